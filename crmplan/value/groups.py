"""What groups of customers are worth: segments, sources, years in which they were won."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from crmplan.value.equity import least_value
from crmplan.value.ranges import group_sd

__all__ = ["LEAST_CUSTOMERS", "NOT_KNOWN", "SMALLER", "cohorts", "pooled", "value_by_group"]

LEAST_CUSTOMERS = 20
"""Customers of a group for a range: those of smaller groups were never checked against the past."""
SMALLER = "smaller groups together"
NOT_KNOWN = "not known"
_COLUMNS = [
    "group", "n_customers", "value", "value_share", "mean_value", "low", "high", "mean_alive", "revenue_so_far",
]  # fmt: skip
_Z = 1.96
_MOST_YEARS = 8
_FEW_DAYS = 200


def value_by_group(customers: pd.DataFrame, group: pd.Series, *, factor: float | None) -> pd.DataFrame:
    """Return what each group is worth, most valuable first.

    Parameters
    ----------
    customers
        ``customers`` of :class:`crmplan.value.Value`.
    group
        Name of each customer's group, in the same order; customers without one are left out.
    factor
        By which ranges of groups are widened (:class:`crmplan.value.coverage.Coverage`); None when that was not
        measured, and there is then no range.

    Returns
    -------
    pd.DataFrame
        group, n_customers, value, value_share (of all customers; missing when they are worth nothing), mean_value,
        low, high (95 % range of value; missing under 20 customers), mean_alive, revenue_so_far.
    """
    total = float(customers["value"].sum())
    rows = []
    for name, some in customers.groupby(group.to_numpy(), sort=True):
        value = float(some["value"].sum())
        low, high = _range(some, factor)
        rows.append(
            (str(name), len(some), value, value / total if total > 0 else np.nan, value / len(some), low, high,
             float(some["alive_probability"].mean()), float(some["revenue"].sum()))
        )  # fmt: skip
    found = pd.DataFrame(rows, columns=_COLUMNS)
    return found.sort_values(["value", "group"], ascending=[False, True], ignore_index=True)


def pooled(group: pd.Series, *, least: int = LEAST_CUSTOMERS) -> pd.Series:
    """Return the groups with those of fewer customers joined, and customers without one as a group of their own.

    Nothing can be said of a handful of customers, and a reader might know who they are.

    Examples
    --------
    >>> pooled(pd.Series(["fair"] * 3 + ["web", "mail", None]), least=2).tolist()
    ['fair', 'fair', 'fair', 'smaller groups together', 'smaller groups together', 'not known']
    """
    sizes = group.map(group.value_counts())
    named = group.where(group.isna() | (sizes >= least), SMALLER)
    return named.fillna(NOT_KNOWN).astype("str")


def cohorts(customers: pd.DataFrame, as_of: date) -> pd.Series:
    """Return when each customer was won: the year, the quarter where all were within two years, else the month.

    The names sort by time.

    Examples
    --------
    >>> cohorts(pd.DataFrame({"age_weeks": [10.0, 130.0]}), date(2024, 12, 31)).tolist()
    ['2024', '2022']
    >>> cohorts(pd.DataFrame({"age_weeks": [10.0, 13.0]}), date(2024, 12, 31)).tolist()
    ['2024-10', '2024-10']
    """
    first = pd.Timestamp(as_of) - pd.to_timedelta((customers["age_weeks"] * 7).round(), unit="D")
    days = (first.max() - first.min()).days if len(first) else 0
    if days < _FEW_DAYS:
        return first.dt.strftime("%Y-%m").astype("str")
    if days < 2 * 365:
        quarters = first.dt.year.astype("str") + " Q" + first.dt.quarter.astype("str")
        return quarters.astype("str")
    newest = int(first.dt.year.max()) if len(first) else 0
    oldest = newest - _MOST_YEARS + 1
    years = first.dt.year.where(first.dt.year > oldest, oldest)
    is_cut = len(first) > 0 and int(first.dt.year.min()) < oldest
    return years.astype("str").mask(years == oldest, f"{oldest} and before" if is_cut else str(oldest))


def _range(some: pd.DataFrame, factor: float | None) -> tuple[float, float]:
    if factor is None or len(some) < LEAST_CUSTOMERS:
        return np.nan, np.nan
    value = float(some["value"].sum())
    half = _Z * factor * group_sd(some["process_sd"].to_numpy("float64"), some["parameter_sd"].to_numpy("float64"))
    return max(value - half, least_value(some)), value + half
