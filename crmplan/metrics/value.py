"""Value: what customers will bring, as the chapter on value estimates it for each of them."""

from __future__ import annotations

import math

from crmplan.metrics.estimates import breakdown, mean, one_row
from crmplan.metrics.marketing_revenue import top_share
from crmplan.metrics.purchases import with_segment
from crmplan.metrics.registry import Estimate, Period, metric
from crmplan.metrics.windows import Expression, rows
from crmplan.tables import Tables

__all__: list[str] = []

_MODEL = (
    "It is a forecast from past buying, made as if the market and the company stayed as they are; the chapter on value "
    "shows how well such forecasts have done."
)


def _values(tables: Tables) -> Expression:
    values = rows(tables, "customer_value", "customer_key", "value")
    return values.filter(values.value.notnull())


@metric(
    id="customer_equity",
    label="Value of all customers",
    definition="What today's customers are expected to bring over the horizon of the engagement, net of the cost of "
    "goods and discounted to today, added up; broken down by segment.",
    department="value",
    unit="currency",
    needs={"customer_value": ("customer_key", "value")},
    counts="customers",
    window_days=None,
    covers=("MV.7",),
    cannot_prove=_MODEL + " Customers still to be won are not in it.",
)
def _customer_equity(tables: Tables, period: Period) -> Estimate:
    values, segment = with_segment(tables, _values(tables))
    found = one_row(values.aggregate(total=values.value.sum(), n=values.count()))
    groups = None if segment is None else breakdown(values, segment, values.value.sum())
    return Estimate(found["total"], int(found["n"]), breakdown=groups)


@metric(
    id="mean_customer_value",
    label="Value of a customer",
    definition="What a customer is expected to bring over the horizon of the engagement, net of the cost of goods and "
    "discounted to today, on average over all customers; broken down by segment.",
    department="value",
    unit="currency",
    needs={"customer_value": ("customer_key", "value")},
    counts="customers",
    window_days=None,
    covers=("MV.5", "MV.7"),
    cannot_prove=_MODEL + " The interval is that of the average over customers, not of the forecast.",
)
def _mean_customer_value(tables: Tables, period: Period) -> Estimate:
    values, segment = with_segment(tables, _values(tables))
    return mean(values, "value", group=segment)


@metric(
    id="expected_active_customers",
    label="Customers expected to be still active",
    definition="Probabilities that each customer will still buy, added up over all customers; broken down by segment.",
    department="value",
    unit="count",
    needs={"customer_value": ("customer_key", "alive_probability")},
    counts="customers",
    window_days=None,
    covers=("MV.13", "MK.CH.1"),
    cannot_prove=_MODEL + " It does not say which customers they are.",
)
def _expected_active_customers(tables: Tables, period: Period) -> Estimate:
    values = rows(tables, "customer_value", "customer_key", "alive_probability")
    values = values.filter(values.alive_probability.between(0, 1))
    values, segment = with_segment(tables, values)
    chance = values.alive_probability
    found = one_row(values.aggregate(total=chance.sum(), spread=(chance * (1 - chance)).sum(), n=values.count()))
    n = int(found["n"])
    if not n:
        return Estimate(None, 0)
    # Customers stay or go independently of each other, each with a chance of its own.
    half = 1.959963984540054 * math.sqrt(max(0.0, found["spread"]))
    low, high = max(0.0, found["total"] - half), min(float(n), found["total"] + half)
    groups = None if segment is None else breakdown(values, segment, chance.sum())
    return Estimate(found["total"], n, low, high, groups)


@metric(
    id="top10_value_share",
    label="Value held by the best tenth of customers",
    definition="Share of the value of all customers that lies with the 10 % of customers of the highest expected "
    "value; a value below zero counts as nothing. Broken down by tenths of customers, the best first.",
    department="value",
    unit="share",
    direction="neutral",
    needs={"customer_value": ("customer_key", "value")},
    counts="customers",
    window_days=None,
    covers=("MK.SG.6", "MV.1", "MV.7", "SM.FM.1"),
    cannot_prove=_MODEL,
)
def _top10_value_share(tables: Tables, period: Period) -> Estimate:
    return top_share(_values(tables), "value", 0.1)
