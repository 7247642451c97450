"""What groups of customers are worth: segments, sources, years in which they were won."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from crmplan.value.ranges import group_sd

__all__ = ["cohorts", "value_by_group"]

_COLUMNS = [
    "group", "n_customers", "value", "value_share", "mean_value", "low", "high", "mean_alive", "revenue_so_far",
]  # fmt: skip
_Z = 1.96
_MOST_YEARS = 8


def value_by_group(customers: pd.DataFrame, group: pd.Series, *, factor: float) -> pd.DataFrame:
    """Return what each group is worth, most valuable first.

    Parameters
    ----------
    customers
        ``customers`` of :class:`crmplan.value.Value`.
    group
        Name of each customer's group, in the same order; customers without one are left out.
    factor
        By which ranges of groups are widened (:class:`crmplan.value.coverage.Coverage`).

    Returns
    -------
    pd.DataFrame
        group, n_customers, value, value_share (of all customers), mean_value, low, high (95 % range of value),
        mean_alive, revenue_so_far.
    """
    total = float(customers["value"].sum())
    rows = []
    for name, some in customers.groupby(group.to_numpy(), sort=True):
        value = float(some["value"].sum())
        half = _Z * factor * group_sd(some["process_sd"].to_numpy("float64"), some["parameter_sd"].to_numpy("float64"))
        low = value - half if some["value"].min() < 0 else max(value - half, 0.0)
        rows.append(
            (str(name), len(some), value, value / total if total else np.nan, value / len(some), low, value + half,
             float(some["alive_probability"].mean()), float(some["revenue"].sum()))
        )  # fmt: skip
    found = pd.DataFrame(rows, columns=_COLUMNS)
    return found.sort_values(["value", "group"], ascending=[False, True], ignore_index=True)


def cohorts(customers: pd.DataFrame, as_of: date) -> pd.Series:
    """Return when each customer was won: the year, or the quarter where the data cover less than two years.

    Examples
    --------
    >>> cohorts(pd.DataFrame({"age_weeks": [10.0, 130.0]}), date(2024, 12, 31)).tolist()
    ['2024', '2022']
    """
    first = pd.Timestamp(as_of) - pd.to_timedelta((customers["age_weeks"] * 7).round(), unit="D")
    if len(first) and (first.max() - first.min()).days < 2 * 365:
        quarters = first.dt.year.astype("str") + " Q" + first.dt.quarter.astype("str")
        return quarters.astype("str")
    newest = int(first.dt.year.max()) if len(first) else 0
    oldest = newest - _MOST_YEARS + 1
    years = first.dt.year.where(first.dt.year > oldest, oldest)
    is_cut = len(first) > 0 and int(first.dt.year.min()) < oldest
    return years.astype("str").mask(years == oldest, f"{oldest} and before" if is_cut else str(oldest))
