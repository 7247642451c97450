"""Does the model retell what happened? Counts and cumulative purchases, actual beside expected."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmplan.value.purchase_history import DAYS_PER_WEEK, Patterns, purchases_by_day
from crmplan.value.repeat_models import RepeatModel

if TYPE_CHECKING:
    import ibis

__all__ = ["ALL", "cohort_days", "frequency_fit", "track", "track_cohorts"]

ALL = "all"

_MOST_SHOWN = 7
_MOST_POINTS = 110
_MOST_SLOW_AGES = 400


def cohort_days(first_days: pd.Series) -> tuple[tuple[str, date, date], ...]:
    """Return all customers and their thirds by first purchase, each with the day after which and until which they came.

    Thirds that begin and end on the same day are left out.

    Examples
    --------
    >>> [(name, str(until)) for name, _, until in cohort_days(pd.Series(pd.date_range("2024-01-01", periods=9)))]
    [('all', '2024-01-09'), ('first third', '2024-01-03'), ('second third', '2024-01-06'), ('last third', '2024-01-09')]
    """
    before = (first_days.min() - pd.Timedelta(days=1)).date()
    last = first_days.max().date()
    ranked = np.sort(first_days.to_numpy())
    cuts = [pd.Timestamp(ranked[max(len(ranked) * k // 3 - 1, 0)]).date() for k in (1, 2)]
    ends = [before, *cuts, last]
    names = ("first third", "second third", "last third")
    thirds = [(name, ends[k], ends[k + 1]) for k, name in enumerate(names) if ends[k] < ends[k + 1]]
    return ((ALL, before, last), *(thirds if len(thirds) > 1 else ()))


def frequency_fit(model: RepeatModel, patterns: Patterns) -> pd.DataFrame:
    """Return how many customers bought again 0, 1, .. 7 and more times, and how many the model expects.

    Returns
    -------
    pd.DataFrame
        n_repeat ("0" .. "7 and more"), actual, expected (customers; missing where it would take too long).
    """
    labels = [*(str(n) for n in range(_MOST_SHOWN)), f"{_MOST_SHOWN} and more"]
    bucket = np.minimum(patterns.n_repeat, _MOST_SHOWN).astype("int64")
    actual = np.bincount(bucket, patterns.n_customers, _MOST_SHOWN + 1)
    ages, row = np.unique(patterns.age_weeks, return_inverse=True)
    n_customers = np.bincount(row.reshape(-1), patterns.n_customers).astype("float64")
    if model.name == "Pareto/NBD" and len(ages) > _MOST_SLOW_AGES:
        ages, n_customers = _thinned(ages, n_customers)
    share = model.count_probability(ages, _MOST_SHOWN - 1)
    below = n_customers @ share
    expected = [*below, n_customers.sum() - below.sum()]
    return pd.DataFrame({"n_repeat": labels, "actual": actual, "expected": expected})


def track(
    model: RepeatModel, first_days: pd.Series, bought: pd.DataFrame, *, split_on: date | None, until: date
) -> pd.DataFrame:
    """Return cumulative repeat purchases, actual beside expected, at equal steps of whole weeks.

    Parameters
    ----------
    model
        Fitted to the days up to ``split_on`` (or to all, when that is None).
    first_days
        First purchase of every customer that is tracked.
    bought
        day, n_repeat of these customers (:func:`crmplan.value.purchase_history.purchases_by_day`).
    split_on, until
        Last day the model saw; last day to show.

    Returns
    -------
    pd.DataFrame
        day, actual, expected (cumulative purchases), is_forecast (after the split).
    """
    start = first_days.min()
    weeks = int((pd.Timestamp(until) - start).days // DAYS_PER_WEEK)
    step = max(1, -(-weeks // _MOST_POINTS))
    days = pd.DatetimeIndex([pd.Timestamp(until) - pd.Timedelta(weeks=w) for w in range(0, weeks + 1, step)][::-1])
    starts, n_customers = np.unique(((first_days - start).dt.days).to_numpy("int64"), return_counts=True)
    at = (days - start).days.to_numpy("int64")
    ages = at[:, None] - starts[None, :]
    known, row = np.unique(np.clip(ages, 0, None), return_inverse=True)
    expected = model.expected_since_first(known / DAYS_PER_WEEK)[row.reshape(ages.shape)] @ n_customers
    counts = bought.set_index("day")["n_repeat"].sort_index().cumsum()
    actual = counts.reindex(counts.index.union(days)).ffill().reindex(days).fillna(0)
    is_forecast = days > pd.Timestamp(split_on) if split_on else np.zeros(len(days), dtype=bool)
    return pd.DataFrame(
        {
            "day": days,
            "actual": actual.to_numpy("float64"),
            "expected": np.asarray(expected, dtype="float64"),
            "is_forecast": np.asarray(is_forecast, dtype=bool),
        }
    )


def track_cohorts(
    model: RepeatModel, first_days: pd.Series, days: ibis.Table, *, split_on: date | None, until: date
) -> pd.DataFrame:
    """Return what :func:`track` does, for all customers and for thirds of them by first purchase.

    Parameters
    ----------
    model, split_on, until
        As in :func:`track`; customers who came after the split are left out, for the model could not know them.
    first_days
        First purchase of every customer.
    days
        As :func:`crmplan.value.purchase_history.customer_days` returns it.

    Returns
    -------
    pd.DataFrame
        The columns of :func:`track`, and cohort ("all", then the thirds).
    """
    known = first_days[first_days <= pd.Timestamp(split_on or until)]
    found = []
    for cohort, after, last in cohort_days(known):
        chosen = known[(known > pd.Timestamp(after)) & (known <= pd.Timestamp(last))]
        bought = purchases_by_day(days, acquired_after=after, acquired_until=last, until=until)
        found.append(track(model, chosen, bought, split_on=split_on, until=until).assign(cohort=cohort))
    return pd.concat(found, ignore_index=True)


def _thinned(
    ages: npt.NDArray[np.float64], n_customers: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Round ages to equal steps, so that a slow count probability is computed for some hundred of them only."""
    edges = np.linspace(ages.min(), ages.max(), _MOST_SLOW_AGES)
    nearest = np.abs(ages[:, None] - edges[None, :]).argmin(axis=1)
    counts = np.bincount(nearest, n_customers, _MOST_SLOW_AGES).astype("float64")
    return edges[counts > 0], counts[counts > 0]
