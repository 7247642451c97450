"""How often customers come back: days between purchases, and purchases by month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

__all__ = ["Rhythm", "months", "rhythm", "weighted_quantile"]

_FEWEST_RETURNING = 20
_USUAL_QUIET_DAYS = 90
_USUAL_GONE_DAYS = 365


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How long customers stay away between two purchases.

    Every returning customer counts once, however often he or she bought.

    Parameters
    ----------
    median_gap_days
        Half of all returns come within so many days; None when nobody ever returned.
    quiet_after_days
        Three returns in four come within so many days: who stays away longer has gone quiet.
    gone_after_days
        Nine returning customers in ten have never stayed away longer and come back.
    n_returning
        Customers with two purchases or more, on whom this rests.
    is_assumed
        Fewer than 20 customers returned, so that 90 and 365 days stand in for the client's own rhythm.
    """

    median_gap_days: float | None
    quiet_after_days: int
    gone_after_days: int
    n_returning: int
    is_assumed: bool


def weighted_quantile(values: np.ndarray, weights: np.ndarray, share: float) -> float:
    """Return the smallest value at or below which at least ``share`` of the weight lies.

    Examples
    --------
    >>> weighted_quantile(np.array([1.0, 5.0, 9.0]), np.array([1.0, 1.0, 2.0]), 0.5)
    5.0
    """
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order])
    place = int(np.searchsorted(reached, share * reached[-1] - 1e-9 * reached[-1]))
    return float(values[order][min(place, len(values) - 1)])


def rhythm(days: pd.DataFrame, *, weights: np.ndarray | None = None) -> Rhythm:
    """Return the rhythm of a client's customers.

    Parameters
    ----------
    days
        As ``purchase_days`` returns them: sorted by customer and day.
    weights
        How often each customer counts, in the order of the categories of ``customer_key``; once when not given.
    """
    code = days["customer_key"].cat.codes.to_numpy()
    ago = days["days_ago"].to_numpy()
    same = code[1:] == code[:-1]
    gaps, owner = (ago[:-1] - ago[1:])[same], code[1:][same]
    n = len(days["customer_key"].cat.categories)
    counted = np.ones(n) if weights is None else weights.astype(float)
    n_gaps = np.bincount(owner, minlength=n)
    returning = (n_gaps > 0) & (counted > 0)
    n_returning = int(returning.sum())
    each = counted[owner] / n_gaps[owner]
    median = weighted_quantile(gaps, each, 0.5) if n_returning else None
    if n_returning < _FEWEST_RETURNING:
        return Rhythm(median, _USUAL_QUIET_DAYS, _USUAL_GONE_DAYS, n_returning, True)
    longest = np.zeros(n)
    np.maximum.at(longest, owner, gaps)
    quiet = max(1, round(weighted_quantile(gaps, each, 0.75)))
    gone = round(weighted_quantile(longest[returning], counted[returning], 0.90))
    return Rhythm(median, quiet, max(gone, 2 * quiet), n_returning, False)


def months(days: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """Return purchases by calendar month, gaps filled with zeros.

    Returns
    -------
    pd.DataFrame
        ``month`` (its first day), ``n_customers``, ``n_orders``, ``revenue``, ``is_complete`` (False for a month that
        the as-of date or the first purchase cuts short); oldest first.
    """
    names = ["month", "n_customers", "n_orders", "revenue", "is_complete"]
    if days.empty:
        return pd.DataFrame({name: [] for name in names})
    month = days["day"].dt.to_period("M")
    grouped = days.groupby(month).agg(
        n_customers=("customer_key", "nunique"), n_orders=("n_orders", "sum"), revenue=("net_amount", "sum")
    )
    last = pd.Period(as_of, "M")
    every = pd.period_range(month.min(), last, freq="M", name="month")
    grouped = grouped.reindex(every, fill_value=0).reset_index()
    is_first_cut = (grouped["month"] == month.min()) & (days["day"].min().day > 7)
    is_last_cut = (grouped["month"] == last) & (pd.Timestamp(as_of).normalize() < last.end_time.normalize())
    grouped["is_complete"] = ~(is_first_cut | is_last_cut)
    grouped["month"] = grouped["month"].dt.to_timestamp()
    grouped["n_orders"] = grouped["n_orders"].astype("int64")
    return grouped[names]
