"""Do customers buy when they please, or only on fixed occasions? A weekly market, a monthly box, a yearly appeal.

Where purchases of the whole base fall on few days at equal distances, the silence between two of these days says
nothing, and a customer's time is counted in occasions. Occasions are the days on which anybody bought, so that a market
that was left out for a holiday is held against nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmplan.tables import Tables
from crmplan.value.purchase_history import DAYS_PER_WEEK, customer_days

if TYPE_CHECKING:
    import ibis

__all__ = ["PERIOD_WEEKS", "Calendar", "calendar_of", "find_calendar", "purchases_on_occasions"]

PERIOD_WEEKS: Mapping[str, float] = MappingProxyType(
    {
        "weekly": 1.0,
        "fortnightly": 2.0,
        "monthly": 30.4375 / 7,
        "quarterly": 91.3125 / 7,
        "yearly": 365.25 / 7,
    }
)
"""Kinds of occasions and the weeks from one to the next."""
_ENDS = MappingProxyType({"weekly": "W", "monthly": "M", "quarterly": "Q", "yearly": "Y"})
_MOST_STRAY, _LEAST_OCCASIONS, _LEAST_PER_OCCASION = 0.01, 6, 5.0
_LEAST_ALIKE, _NEAR = 0.9, 0.2


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days on which customers can buy.

    Parameters
    ----------
    kind
        A key of ``PERIOD_WEEKS``.
    days
        Days of the occasions, in order.
    is_moved
        Whether purchases were made on other days and count for the end of their week, month, quarter or year.
    """

    kind: str
    days: pd.DatetimeIndex
    is_moved: bool = False

    def moved(self, days: ibis.Table) -> ibis.Table:
        """Return purchases as those of their occasion: one row per customer and occasion.

        Those of a week, month, quarter or year that is not over yet thereby lie in the future.
        """
        if not self.is_moved:
            return days
        table: Any = days
        on = table.day.truncate(_ENDS[self.kind]) + _length(self.kind)
        sums = {name: table[name].sum() for name in table.columns if name not in {"customer_key", "day"}}
        return table.group_by(customer_key=table.customer_key, day=on).agg(**sums)

    def snapped(self, histories: pd.DataFrame, until: date) -> pd.DataFrame:
        """Return histories whose times are counted in occasions, as weeks of equal length.

        Parameters
        ----------
        histories
            As :func:`crmplan.value.purchase_history.purchase_histories` returns them.
        until
            Last day of observation; occasions up to and including it count.
        """
        first, last = (self._passed(histories[name]) for name in ("first_day", "last_day"))
        now = int(self.days.searchsorted(pd.Timestamp(until), side="right"))
        taken, seen = last - first, np.maximum(now - first, 0)
        period = PERIOD_WEEKS[self.kind]
        return histories.assign(
            n_repeat=np.minimum(histories["n_repeat"].to_numpy("int64"), taken),
            recency_weeks=taken * period,
            age_weeks=np.maximum(seen, taken) * period,
        )

    def _passed(self, days: pd.Series) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Return how many occasions there were up to each day."""
        return np.asarray(self.days.searchsorted(pd.DatetimeIndex(days), side="right"), dtype="int64")


def find_calendar(daily: pd.DataFrame) -> Calendar | None:
    """Return the fixed occasions on which customers buy; None when they buy on any day or too few days are known.

    Parameters
    ----------
    daily
        day, n (purchases of the base on that day). One purchase in a hundred may fall on another day.

    Examples
    --------
    >>> saturdays = pd.date_range("2024-01-06", periods=20, freq="7D")
    >>> find_calendar(pd.DataFrame({"day": saturdays, "n": 30})).kind
    'weekly'
    >>> find_calendar(pd.DataFrame({"day": pd.date_range("2024-01-01", periods=90), "n": 30})) is None
    True
    """
    counts = daily.set_index("day")["n"].sort_values(kind="stable")
    usual = counts[counts.cumsum() > _MOST_STRAY * counts.sum()].sort_index()
    if len(usual) < _LEAST_OCCASIONS or usual.mean() < _LEAST_PER_OCCASION:
        return None
    gaps = np.diff(usual.index.to_numpy()).astype("timedelta64[D]").astype("float64") / DAYS_PER_WEEK
    for kind, period in PERIOD_WEEKS.items():
        if (np.abs(gaps / period - 1) <= _NEAR).mean() >= _LEAST_ALIKE:
            return Calendar(kind, _with_quiet_ones(usual.index, counts, pd.Timedelta(weeks=(1 - _NEAR) * period)))
    return None


def _with_quiet_ones(usual: pd.Index, counts: pd.Series, apart: pd.Timedelta) -> pd.DatetimeIndex:
    """Return the occasions with those on which hardly anybody bought: they keep their distance, strays do not."""
    days = list(usual)
    for day in counts.index[::-1]:
        if min(abs(day - other) for other in days) >= apart:
            days.append(day)
    return pd.DatetimeIndex(sorted(days))


def purchases_on_occasions(tables: Tables, *, until: date, asked: str = "") -> tuple[ibis.Table, Calendar | None]:
    """Return the purchases up to a day and the occasions on which they were made; None where there are no such days.

    Parameters
    ----------
    tables
        With ``customer_days``.
    until
        Last day of observation.
    asked
        As in :func:`calendar_of`. Asked for the kind of the occasions that it found, it finds the same again.
    """
    days: Any = customer_days(tables)
    calendar = calendar_of(days, until=until, asked=asked)
    days = calendar.moved(days) if calendar is not None else days
    return days.filter(days.day < pd.Timestamp(until) + pd.Timedelta(days=1)), calendar


def calendar_of(days: ibis.Table, *, until: date, asked: str = "") -> Calendar | None:
    """Return the occasions that the purchases show, or those that were asked for.

    Parameters
    ----------
    days
        As :func:`crmplan.value.purchase_history.customer_days` returns it.
    until
        Last day of observation.
    asked
        A kind of ``PERIOD_WEEKS``: where purchases do not fall on such days, they count for the end of their week,
        month, quarter or year. Empty for what the purchases show.
    """
    table: Any = days
    seen = table.filter(table.day < pd.Timestamp(until) + pd.Timedelta(days=1))
    daily: pd.DataFrame = seen.group_by("day").agg(n=seen.count()).order_by("day").execute()
    found = find_calendar(daily)
    if not asked or daily.empty or (found is not None and found.kind == asked):
        return found
    if asked not in _ENDS:
        return found
    periods = pd.DatetimeIndex(daily["day"]).to_period(_ENDS[asked])
    ends = pd.period_range(periods.min(), periods.max(), freq=_ENDS[asked]).to_timestamp(how="end").normalize()
    return Calendar(asked, pd.DatetimeIndex(ends), is_moved=True)


def _length(kind: str) -> Any:
    """From the first day of a period to its last."""
    import ibis as api

    whole = {
        "weekly": api.interval(weeks=1),
        "monthly": api.interval(months=1),
        "quarterly": api.interval(months=3),
        "yearly": api.interval(years=1),
    }
    return whole[kind] - api.interval(days=1)
