"""The profile of a customer base: who they are, how they buy, and how the relationship develops."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

from crmplan.analysis.agreements import Agreements, agreements, running_fees
from crmplan.analysis.cohorts import Cohorts, cohorts
from crmplan.analysis.concentration import Concentration, concentration
from crmplan.analysis.ladder import Ladder, ladder
from crmplan.analysis.mix import mix
from crmplan.analysis.purchases import MONTHS_12, has_two_years, per_customer, purchase_days, why_no_purchase
from crmplan.analysis.rhythm import Rhythm, months, rhythm
from crmplan.tables import Tables

__all__ = ["Profile", "Spending", "profile_customers"]


@dataclass(frozen=True, slots=True)
class Spending:
    """What customers who bought in the last 12 months spent in them.

    Parameters
    ----------
    mean, median
        Per customer, in the engagement's currency; None when nobody bought.
    quarter_below, quarter_above
        A quarter of these customers spends less than the first, a quarter more than the second.
    below_mean_share
        Share of these customers who spend less than the mean.
    """

    mean: float | None
    median: float | None
    quarter_below: float | None
    quarter_above: float | None
    below_mean_share: float | None


@dataclass(frozen=True, slots=True)
class Profile:
    """What a client's customer base looks like.

    Parameters
    ----------
    as_of, first_day, last_day
        The last day looked at; first and last day with a purchase.
    n_known
        Customers in the single view (who bought or not); None without it.
    n_customers
        Customers who ever bought.
    n_active, n_active_before
        Customers who bought in the last 12 months, and in the 12 months before (None without two years of purchases).
    n_one_time
        Customers who bought on one day only.
    n_new
        Customers whose first purchase lies in the last 12 months; None where the data begin in them.
    n_orders_12m, revenue_12m, revenue_previous_12m, profit_12m
        Sums of the last 12 months and of the 12 months before (None without two years); profit None without cost.
    spending, rhythm, months, revenue, profit, ladder, cohorts, mix, agreements
        See there; ``revenue`` and ``profit`` say how concentrated these are over the last 12 months.
    is_compared
        There are two years of purchases, so that the last 12 months can be set beside the 12 before.
    unavailable
        Why there is none; empty when there is.
    """

    as_of: date
    first_day: date | None
    last_day: date | None
    n_known: int | None
    n_customers: int
    n_active: int
    n_active_before: int | None
    n_one_time: int
    n_new: int | None
    n_orders_12m: int
    revenue_12m: float
    revenue_previous_12m: float | None
    profit_12m: float | None
    spending: Spending
    rhythm: Rhythm
    months: pd.DataFrame
    revenue: Concentration
    profit: Concentration
    ladder: Ladder
    cohorts: Cohorts
    mix: pd.DataFrame
    agreements: Agreements
    is_compared: bool
    unavailable: str = ""


def profile_customers(tables: Tables, *, as_of: date) -> Profile:
    """Return the profile of a client's customers.

    Parameters
    ----------
    tables
        With ``customer_days`` or ``contracts``; ``golden``, ``orders``, ``products`` and ``surveys`` add to it.
    as_of
        The last day looked at.
    """
    days = purchase_days(tables, as_of=as_of)
    customers = per_customer(days)
    active = customers[customers["recency_days"] < MONTHS_12]
    is_compared = has_two_years(days)
    has_profit = "profit" in customers
    span_days = int(days["days_ago"].max()) if len(days) else 0
    contracts = agreements(tables, as_of=as_of)
    brought = active.set_index("customer_key")["revenue_12m"]
    nothing = days.empty and bool(contracts.unavailable)
    return Profile(
        as_of=as_of,
        first_day=days["day"].min().date() if len(days) else None,
        last_day=days["day"].max().date() if len(days) else None,
        n_known=tables.count("golden") if "golden" in tables else None,
        n_customers=len(customers),
        n_active=len(active),
        n_active_before=int((customers["revenue_previous_12m"] > 0).sum()) if is_compared else None,
        n_one_time=int((customers["n_purchases"] == 1).sum()),
        n_new=int((customers["tenure_days"] < MONTHS_12).sum()) if span_days >= MONTHS_12 else None,
        n_orders_12m=int(days.loc[days["days_ago"] < MONTHS_12, "n_orders"].sum()),
        revenue_12m=float(customers["revenue_12m"].sum()),
        revenue_previous_12m=float(customers["revenue_previous_12m"].sum()) if is_compared else None,
        profit_12m=float(customers["profit_12m"].sum()) if has_profit else None,
        spending=_spending(active["revenue_12m"]),
        rhythm=rhythm(days),
        months=months(days, as_of=as_of),
        revenue=concentration(active["revenue_12m"], measure="revenue"),
        profit=_profit(active),
        ladder=ladder(days, tables, as_of=as_of),
        cohorts=cohorts(days, as_of=as_of),
        mix=mix(tables, brought if len(days) else running_fees(tables, as_of=as_of), as_of=as_of),
        agreements=contracts,
        is_compared=is_compared,
        unavailable=why_no_purchase(tables, needed="needs `orders` or `contracts`") if nothing else "",
    )


def _spending(revenue: pd.Series) -> Spending:
    if revenue.empty:
        return Spending(None, None, None, None, None)
    mean = float(revenue.mean())
    below, median, above = (float(revenue.quantile(share)) for share in (0.25, 0.5, 0.75))
    return Spending(mean, median, below, above, float((revenue < mean).mean()))


def _profit(active: pd.DataFrame) -> Concentration:
    if "profit_12m" in active:
        return concentration(active["profit_12m"], measure="profit")
    none = concentration(active["revenue_12m"].iloc[:0], measure="profit")
    return Concentration("profit", 0.0, 0, {}, None, None, none.curve, 0, 0.0, "needs `orders` with cost")
