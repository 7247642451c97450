"""What each customer has bought so far, in the terms that repeat-purchase models use.

Only days count: two orders of one customer on one day are one purchase. The first purchase makes somebody a customer;
every later day is a repeat purchase. Days after the end date are left out; purchases *on* the end date belong to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmplan.tables import Tables

if TYPE_CHECKING:
    import ibis

__all__ = [
    "DAYS_PER_WEEK",
    "Patterns",
    "customer_days",
    "customers_with_orders",
    "day_in_words",
    "distinct_patterns",
    "middle_of",
    "purchase_histories",
    "purchases_after",
    "purchases_by_day",
    "with_holdout",
]

DAYS_PER_WEEK = 7.0
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Patterns:
    """The distinct histories of a customer base, each with the number of customers that share it.

    Fitting on patterns with weights gives exactly the estimates that fitting on all customers would.

    Parameters
    ----------
    n_repeat, recency_weeks, age_weeks
        One value per pattern: repeat purchases, weeks from first to last purchase, weeks from first purchase to the
        end of observation.
    n_customers
        Customers with that pattern.
    row
        For each customer, the position of its pattern.
    """

    n_repeat: Floats
    recency_weeks: Floats
    age_weeks: Floats
    n_customers: Floats
    row: npt.NDArray[np.int64]

    @classmethod
    def single(cls, n_repeat: float, recency_weeks: float, age_weeks: float) -> Patterns:
        """Return one customer's history."""
        x, t_x, age = (np.array([float(value)]) for value in (n_repeat, recency_weeks, age_weeks))
        return cls(x, t_x, age, np.ones(1), np.zeros(1, dtype="int64"))

    @property
    def total(self) -> int:
        """Number of customers."""
        return int(self.n_customers.sum())


def customer_days(tables: Tables, *, counts_free: bool = False) -> ibis.Table:
    """Return one row per customer and day on which the customer bought: customer_key, day, net_amount, [profit].

    Parameters
    ----------
    tables
        With ``customer_days``. Rows without customer, without amount or with an amount of 0 or less are no purchase.
    counts_free
        Count days with an amount of 0 as purchases too, as the published figures do.
    """
    days: Any = tables["customer_days"]
    is_purchase = days.net_amount >= 0 if counts_free else days.net_amount > 0
    bought = days.filter(days.customer_key.notnull() & is_purchase)
    day = bought.day.cast("timestamp").truncate("D")
    sums = {"net_amount": bought.net_amount.cast("float64").sum()}
    if "profit" in days.columns:
        sums["profit"] = bought.profit.cast("float64").sum()
        sums["amount_with_profit"] = bought.profit.notnull().ifelse(bought.net_amount.cast("float64"), 0.0).sum()
    return bought.group_by(customer_key=bought.customer_key.cast("string"), day=day).agg(**sums)


def customers_with_orders(tables: Tables, *, until: date) -> int:
    """Return how many customers have an order line up to and including a day, whatever became of the order."""
    if not tables.has("orders", "customer_key", "ordered_at"):
        return 0
    orders: Any = tables["orders"]
    return int(orders.filter(orders.ordered_at < _midnight_after(until)).customer_key.nunique().execute())


def purchase_histories(days: ibis.Table, *, until: date) -> pd.DataFrame:
    """Return one row per customer who bought up to and including a day.

    Parameters
    ----------
    days
        As :func:`customer_days` returns it.
    until
        Last day of observation, included.

    Returns
    -------
    pd.DataFrame
        Sorted by customer_key: customer_key, first_day, last_day, n_purchases (days with a purchase), n_repeat,
        recency_weeks, age_weeks, revenue, squared_spend (sum of squares of the spend per day), mean_spend (per repeat
        day; missing without one), first_spend, and where profit is known profit and amount_with_profit.

    Examples
    --------
    >>> tables = Tables.from_frames({"customer_days": pd.DataFrame({
    ...     "customer_key": ["C1", "C1", "C2"], "net_amount": [10.0, 30.0, 5.0],
    ...     "day": pd.to_datetime(["2024-01-01", "2024-01-15", "2024-01-08"])})})
    >>> found = purchase_histories(customer_days(tables), until=date(2024, 1, 22))
    >>> found[["n_repeat", "recency_weeks", "age_weeks", "mean_spend"]].to_dict("list")
    {'n_repeat': [1, 0], 'recency_weeks': [2.0, 0.0], 'age_weeks': [3.0, 2.0], 'mean_spend': [30.0, nan]}
    """
    table: Any = days
    seen = table.filter(table.day < _midnight_after(until))
    sums = {
        "first_day": seen.day.min(),
        "last_day": seen.day.max(),
        "n_purchases": seen.count(),
        "revenue": seen.net_amount.sum(),
        "squared_spend": (seen.net_amount * seen.net_amount).sum(),
        "first_spend": seen.net_amount.argmin(seen.day),
    }
    if "profit" in table.columns:
        sums |= {"profit": seen.profit.sum(), "amount_with_profit": seen.amount_with_profit.sum()}
    frame: pd.DataFrame = seen.group_by("customer_key").agg(**sums).execute()
    frame = frame.sort_values("customer_key", ignore_index=True)
    end = pd.Timestamp(until)
    frame["n_repeat"] = frame["n_purchases"].astype("int64") - 1
    frame["recency_weeks"] = (frame["last_day"] - frame["first_day"]).dt.days / DAYS_PER_WEEK
    frame["age_weeks"] = (end - frame["first_day"]).dt.days / DAYS_PER_WEEK
    repeat_spend = frame["revenue"] - frame["first_spend"]
    frame["mean_spend"] = repeat_spend / frame["n_repeat"].where(frame["n_repeat"] > 0)
    return frame


def purchases_after(days: ibis.Table, *, after: date, until: date) -> pd.DataFrame:
    """Return what customers bought after one day, up to and including another: customer_key, n_bought, spent."""
    table: Any = days
    later = table.filter((table.day >= _midnight_after(after)) & (table.day < _midnight_after(until)))
    frame: pd.DataFrame = (
        later.group_by("customer_key").agg(n_bought=later.count(), spent=later.net_amount.sum()).execute()
    )
    return frame.sort_values("customer_key", ignore_index=True)


def purchases_by_day(
    days: ibis.Table, *, acquired_until: date, until: date, acquired_after: date | None = None
) -> pd.DataFrame:
    """Return repeat purchases a day of the customers acquired up to a day (and after another): day, n_repeat."""
    table: Any = days
    seen = table.filter(table.day < _midnight_after(until))
    first = seen.group_by("customer_key").agg(first_day=seen.day.min())
    known = first.filter(first.first_day < _midnight_after(acquired_until))
    if acquired_after is not None:
        known = known.filter(known.first_day >= _midnight_after(acquired_after))
    joined = seen.join(known, "customer_key")
    repeat = joined.filter(joined.day > joined.first_day)
    frame: pd.DataFrame = repeat.group_by("day").agg(n_repeat=repeat.count()).execute()
    return frame.sort_values("day", ignore_index=True)


def with_holdout(calibration: pd.DataFrame, later: pd.DataFrame) -> pd.DataFrame:
    """Return the histories up to the split with what the same customers bought after it (0 where nothing).

    Customers first seen after the split are not in the result: at the split nobody could have known them.
    """
    joined = calibration.merge(later, on="customer_key", how="left", validate="one_to_one")
    return joined.fillna({"n_bought": 0, "spent": 0.0}).astype({"n_bought": "int64", "spent": "float64"})


def distinct_patterns(histories: pd.DataFrame) -> Patterns:
    """Return the distinct (n_repeat, recency_weeks, age_weeks) of a base, in sorted order, with their weights.

    Examples
    --------
    >>> frame = pd.DataFrame({"n_repeat": [0, 0, 2], "recency_weeks": [0.0, 0.0, 3.0], "age_weeks": [5.0, 5.0, 5.0]})
    >>> patterns = distinct_patterns(frame)
    >>> patterns.n_customers.tolist(), patterns.row.tolist()
    ([2.0, 1.0], [0, 0, 1])
    """
    names = ("n_repeat", "recency_weeks", "age_weeks")
    columns = [histories[name].to_numpy("float64") for name in names]
    if not len(histories):
        none = np.zeros(0)
        return Patterns(none, none, none, none, np.zeros(0, dtype="int64"))
    # One number for each history: far quicker than comparing rows when there are millions.
    coded = [pd.factorize(column, sort=True) for column in columns]
    key = np.zeros(len(histories), dtype="int64")
    for codes, values in coded:
        key = key * len(values) + codes
    row, distinct = pd.factorize(key, sort=True)
    parts = []
    for _, values in reversed(coded):
        parts.append(np.asarray(values)[distinct % len(values)])
        distinct = distinct // len(values)
    return Patterns(
        n_repeat=parts[2],
        recency_weeks=parts[1],
        age_weeks=parts[0],
        n_customers=np.bincount(row).astype("float64"),
        row=row.astype("int64"),
    )


def middle_of(first: date, until: date) -> date:
    """Return the day in the middle of a period, at which it is split for checking.

    Examples
    --------
    >>> middle_of(date(1997, 1, 1), date(1998, 6, 30))
    datetime.date(1997, 9, 30)
    """
    return first + timedelta(days=(until - first).days // 2)


def day_in_words(day: date) -> str:
    """Return a day as sentences print it.

    Examples
    --------
    >>> day_in_words(date(1998, 6, 30))
    '30 Jun 1998'
    """
    return f"{day.day} {day:%b %Y}"


def _midnight_after(day: date) -> pd.Timestamp:
    return pd.Timestamp(day) + pd.Timedelta(days=1)
