"""Contracts as they were seen on a day: which had begun, which had ended, and in what steps of time contracts end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["DAYS_PER_MONTH", "LEAST_ENDED", "SeenContracts", "seen_contracts"]

Floats = npt.NDArray[np.float64]
DAYS_PER_MONTH = 365.25 / 12
LEAST_ENDED = 10
_ANNIVERSARY_DAYS, _ANNIVERSARY_SHARE = 16, 0.8
_COLUMNS = ["contract_id", "customer_key", "started_on", "ended_on", "monthly_fee"]


@dataclass(frozen=True, slots=True)
class SeenContracts:
    """Contracts that had begun by a day.

    Parameters
    ----------
    frame
        One row per contract, sorted by contract_id: contract_id, customer_key, started_on, ended_on, monthly_fee,
        is_ended, age_months (until the end or the day), n_periods (complete ones of a running contract; the one in
        which an ended contract ended), ends_in_months (where the end of a running one is agreed).
    period_months
        12 where most contracts end on their anniversaries, otherwise 1.
    n_left_out
        Contracts without a start, begun later, or ended before they began.
    """

    frame: pd.DataFrame
    period_months: int
    n_left_out: int

    @property
    def running(self) -> pd.DataFrame:
        """The contracts in force on the day."""
        return self.frame[~self.frame["is_ended"].to_numpy(dtype=bool)]


def seen_contracts(contracts: pd.DataFrame, as_of: date) -> SeenContracts:
    """Return the contracts that had begun by the end of a day.

    Parameters
    ----------
    contracts
        contract_id, customer_key or customer_id, started_on, and where known ended_on and monthly_fee.
    as_of
        Last day of observation; a contract whose last day it is has ended.
    """
    names = {} if "customer_key" in contracts else {"customer_id": "customer_key"}
    frame = contracts.rename(columns=names).reindex(columns=_COLUMNS)
    begun, ended = (_days(frame[name]) for name in ("started_on", "ended_on"))
    today = pd.Timestamp(as_of)
    is_sound = begun.notna() & (begun <= today) & ~(ended < begun)
    frame = frame.assign(started_on=begun, ended_on=ended)[is_sound].sort_values("contract_id", ignore_index=True)
    is_ended = frame["ended_on"] <= today
    last = frame["ended_on"].where(is_ended, today)
    lasted = np.asarray((last - frame["started_on"]).dt.days + is_ended, dtype="float64")
    step = 12 if _ends_on_anniversaries(lasted[is_ended.to_numpy()]) else 1
    in_periods = lasted / (DAYS_PER_MONTH * step)
    # Months differ in length, and a year's contract may end some days early or late.
    ends_in = np.maximum(np.round(in_periods) if step == 12 else np.ceil(in_periods - 0.03), 1)
    frame = frame.assign(
        is_ended=is_ended,
        age_months=lasted / DAYS_PER_MONTH,
        n_periods=np.where(is_ended, ends_in, np.floor(in_periods + 0.04)).astype("int64"),
        ends_in_months=((frame["ended_on"] - today).dt.days / DAYS_PER_MONTH).where(~is_ended),
    )
    return SeenContracts(frame, step, len(contracts) - len(frame))


def _days(column: pd.Series) -> pd.Series:
    return pd.to_datetime(column).dt.tz_localize(None).dt.normalize()


def _ends_on_anniversaries(lasted_days: Floats) -> bool:
    if len(lasted_days) < LEAST_ENDED:
        return False
    off = np.abs(lasted_days - 365.25 * np.maximum(np.round(lasted_days / 365.25), 1))
    return bool((off <= _ANNIVERSARY_DAYS).mean() >= _ANNIVERSARY_SHARE)
