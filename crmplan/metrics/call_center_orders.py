"""Call center: the orders that come in, a day, from strangers and from abroad."""

from __future__ import annotations

import pandas as pd

from crmplan.metrics.estimates import counts, nothing, parts, share
from crmplan.metrics.purchases import orders_received
from crmplan.metrics.registry import Estimate, Period, metric
from crmplan.metrics.windows import Expression, covered_days, known, named, text
from crmplan.tables import Tables

__all__ = ["WEEKDAYS", "by_weekday"]

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
"""In the order in which a week is shown."""


def by_weekday(table: Expression, moment: Expression, n_days: int) -> pd.DataFrame | None:
    """Return how many rows fall on a day of each weekday, Monday first."""
    found = counts(table, moment.day_of_week.index(), times=7.0 / n_days, ordered=True)
    if found is not None:
        found["group"] = [WEEKDAYS[int(day)] for day in found["group"]]
    return found


@metric(
    id="orders_per_day",
    label="Orders a day",
    definition="Orders received in the last 12 months, divided by the calendar days that the order data cover; broken "
    "down by day of the week.",
    department="call_center",
    unit="per_day",
    direction="neutral",
    needs={"orders": ("order_id", "ordered_at", "net_amount")},
    counts="orders",
    covers=("CC.CM.1", "OP.4"),
    cannot_prove="It is an average: the load of the busiest day and hour is higher, and days when the company is "
    "closed are counted.",
)
def _orders_per_day(tables: Tables, period: Period) -> Estimate:
    n_days = covered_days(tables, "orders", "ordered_at", period)
    orders = orders_received(tables, period)
    n = int(orders.count().execute())
    if not n or not n_days:
        return Estimate(None, 0)
    return Estimate(n / n_days, n, breakdown=by_weekday(orders, orders.ordered_at, n_days))


@metric(
    id="unknown_order_share",
    label="Orders from customers not on file",
    definition="Of the orders received in the last 12 months, the share that names no customer; broken down by "
    "channel.",
    department="call_center",
    unit="share",
    direction="down",
    needs={"orders": ("order_id", "ordered_at", "net_amount", "customer_key")},
    counts="orders",
    covers=("CC.CM.2", "MV.4"),
    cannot_prove="An order with a customer number can still stand on the wrong customer; guests who buy once and known "
    "customers who were not recognised look alike.",
)
def _unknown_order_share(tables: Tables, period: Period) -> Estimate:
    orders = orders_received(tables, period, "customer_key", "channel")
    return share(
        orders, orders.customer_key.isnull(), group=named(orders.channel) if "channel" in orders.columns else None
    )


@metric(
    id="international_order_share",
    label="Orders from abroad",
    definition="Of the orders of the last 12 months with a known country, the share that is not sent to the client's "
    "own country; broken down into the share of each country.",
    department="call_center",
    unit="share",
    direction="neutral",
    needs={"orders": ("order_id", "ordered_at", "net_amount", "country")},
    counts="orders",
    covers=("CC.CM.3",),
    cannot_prove="Countries are compared as they are written, so another spelling of the home country would count as "
    "abroad; see the list of countries.",
)
def _international_order_share(tables: Tables, period: Period) -> Estimate:
    home = period.home_country.strip().lower()
    if not home:
        return nothing("needs the client's own country, as the orders write it, in the engagement")
    orders = orders_received(tables, period, "country")
    orders = orders.filter(known(orders.country))
    found = share(orders, text(orders.country) != home)
    return Estimate(found.value, found.n, found.low, found.high, parts(orders, named(orders.country)))
