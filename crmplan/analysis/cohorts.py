"""Customers by the quarter or month of their first purchase, and how many of each group still buy later on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

__all__ = ["Cohorts", "cohorts"]

_MONTHLY_BELOW_DAYS = 480
_MOST_COHORTS = 12


@dataclass(frozen=True, slots=True)
class Cohorts:
    """How well each group of new customers has been kept.

    Parameters
    ----------
    period
        ``quarter``, or ``month`` where the purchases span less than 16 months.
    table
        ``cohort`` (label), ``n_customers``, ``period`` (1 is the one after the first purchase), ``n_active``,
        ``retained_share``; only whole periods up to the as-of date, at most the last 12 cohorts.
    next_period_share
        Of all customers whose following period is over, the share that bought in it.
    n_customers
        Customers behind ``next_period_share``.
    is_first_old
        The first cohort holds customers who were there before the data begin.
    unavailable
        Why there is none; empty when there is.
    """

    period: str
    table: pd.DataFrame
    next_period_share: float | None
    n_customers: int
    is_first_old: bool
    unavailable: str = ""


def cohorts(days: pd.DataFrame, *, as_of: date) -> Cohorts:
    """Return the cohorts of a client.

    Parameters
    ----------
    days
        As ``purchase_days`` returns them.
    as_of
        The last day looked at; a period that it cuts short is left out.
    """
    empty = pd.DataFrame({name: [] for name in ("cohort", "n_customers", "period", "n_active", "retained_share")})
    if days.empty:
        return Cohorts("quarter", empty, None, 0, False, "needs purchases in `orders`")
    span_days = int(days["days_ago"].max())
    period, code = ("month", "M") if span_days < _MONTHLY_BELOW_DAYS else ("quarter", "Q")
    last_whole = _last_whole(as_of, code)
    ordinal = _ordinals(days["day"], code)
    customer = days["customer_key"].cat.codes.to_numpy()
    first = np.full(len(days["customer_key"].cat.categories), np.iinfo("int64").max)
    np.minimum.at(first, customer, ordinal)
    seen = pd.DataFrame({"first": first[customer], "period": ordinal - first[customer], "customer": customer})
    seen = seen[(seen["period"] >= 1) & (ordinal <= last_whole)].drop_duplicates()
    active = seen.groupby(["first", "period"]).size()
    sizes = pd.Series(first).value_counts().sort_index()
    sizes = sizes[sizes.index < last_whole]
    rows = [
        (_label(start, code), size, step, int(active.get((start, step), 0)))
        for start, size in zip(sizes.index.tolist(), sizes.tolist(), strict=True)
        for step in range(1, last_whole - start + 1)
    ]
    if not rows:
        return Cohorts(period, empty, None, 0, False, f"needs purchases over at least two whole {period}s")
    table = pd.DataFrame(rows, columns=["cohort", "n_customers", "period", "n_active"])
    table["retained_share"] = table["n_active"] / table["n_customers"]
    following = table[table["period"] == 1]
    n = int(following["n_customers"].sum())
    share = float(following["n_active"].sum() / n)
    kept = table["cohort"].drop_duplicates().tail(_MOST_COHORTS)
    is_first_old = table["cohort"].iloc[0] in set(kept)
    return Cohorts(period, table[table["cohort"].isin(kept)].reset_index(drop=True), share, n, is_first_old)


def _ordinals(day: pd.Series, code: str) -> np.ndarray:
    month: np.ndarray = (day.dt.year * 12 + day.dt.month - 1).to_numpy().astype("int64")
    return month if code == "M" else month // 3


def _last_whole(as_of: date, code: str) -> int:
    today = pd.Period(as_of, code)
    is_over = today.end_time.date() == as_of
    return int(_ordinals(pd.Series([pd.Timestamp(as_of)]), code)[0]) - (0 if is_over else 1)


def _label(ordinal: int, code: str) -> str:
    if code == "M":
        return f"{ordinal // 12}-{ordinal % 12 + 1:02d}"
    return f"{ordinal // 4} Q{ordinal % 4 + 1}"
