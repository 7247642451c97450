"""What it takes to keep several systems in step: every change to a customer has to be made in each that knows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

__all__ = ["Upkeep", "upkeep"]

_HOURS_A_DAY = 8.0
_FEWEST_DATED_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Upkeep:
    """The yearly work of carrying changes from system to system.

    Parameters
    ----------
    n_shared
        Customers whom more than one system knows.
    n_changed
        Records of theirs that were changed in the last twelve months.
    n_carried
        Changes that have to be made again in another system: for each changed record, the other systems that know
        the customer.
    days, cost
        Working days and money a year, at the minutes and the day rate given.
    unavailable
        Empty, or what is missing.
    """

    n_shared: int = 0
    n_changed: int = 0
    n_carried: int = 0
    days: float = 0.0
    cost: float = 0.0
    unavailable: str = ""


def upkeep(customers: pd.DataFrame, *, as_of: date, minutes_a_change: float, day_rate: float) -> Upkeep:
    """Return what keeping the systems in step by hand takes in a year.

    Parameters
    ----------
    customers
        Customer records of all systems: ``source``, ``customer_key``, ``updated_at``.
    as_of
        The last day that counts.
    minutes_a_change
        Minutes to make one change in one more system.
    day_rate
        Money for one working day of eight hours.

    Notes
    -----
    It is the work that would keep systems in step, not work that is known to be done: where nobody does it, records
    drift apart instead, and that is what the conflicts between systems show.

    Examples
    --------
    >>> frame = pd.DataFrame({"source": ["shop", "crm", "shop"], "customer_key": ["C1", "C1", "C2"],
    ...                       "updated_at": pd.to_datetime(["2024-06-01", "2020-01-01", "2024-06-01"])})
    >>> found = upkeep(frame, as_of=date(2024, 12, 31), minutes_a_change=4, day_rate=480)
    >>> found.n_shared, found.n_changed, found.n_carried, round(found.cost)
    (1, 1, 1, 4)
    """
    known = customers.loc[customers["customer_key"].notna()]
    n_systems = known.groupby("customer_key")["source"].transform("nunique")
    shared = known.assign(n_others=n_systems - 1).loc[n_systems > 1]
    n_shared = int(shared["customer_key"].nunique())
    if not n_shared:
        return Upkeep(unavailable="no customer is known to be in more than one system")
    if "updated_at" not in shared or shared["updated_at"].notna().mean() < _FEWEST_DATED_SHARE:
        return Upkeep(n_shared=n_shared, unavailable="needs `updated_at` on at least half of the customer records")
    end = pd.Timestamp(as_of) + pd.Timedelta(days=1)
    changed = shared.loc[shared["updated_at"].between(end - pd.DateOffset(years=1), end, inclusive="left")]
    n_carried = int(changed["n_others"].sum())
    days = n_carried * minutes_a_change / 60 / _HOURS_A_DAY
    return Upkeep(n_shared, len(changed), n_carried, days, days * day_rate)
