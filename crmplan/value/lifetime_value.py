"""The residual value of each customer: what purchases still to come are worth today.

value = margin x expected spend per purchase x sum over months of expected purchases / (1 + d) ^ (t / 365.25)

where d is the annual discount rate and t the number of days from today to the middle of the month. The horizon is a
date, months are calendar months and weeks are 7 days, so there is no unit to get wrong. Nothing already bought counts.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from crmplan.value.purchase_history import DAYS_PER_WEEK, Patterns
from crmplan.value.repeat_models import RepeatModel

__all__ = ["Outlook", "month_ends", "months_later", "outlook"]

Floats = npt.NDArray[np.float64]
_DAYS_PER_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class Outlook:
    """Purchases expected until the horizon, one value per pattern: as they are, and discounted to today."""

    purchases: Floats
    discounted: Floats
    ends_on: date


def months_later(day: date, months: int) -> date:
    """Return the same day of a later month, or its last day when the month is too short.

    Examples
    --------
    >>> months_later(date(2024, 1, 31), 1), months_later(date(1998, 6, 30), 36)
    (datetime.date(2024, 2, 29), datetime.date(2001, 6, 30))
    """
    year, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + year, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def month_ends(as_of: date, horizon_months: int) -> Floats:
    """Return the days from today to the end of each month up to the horizon, beginning with 0.

    Examples
    --------
    >>> month_ends(date(2024, 1, 31), 2).tolist()
    [0.0, 29.0, 60.0]
    """
    return np.array([(months_later(as_of, month) - as_of).days for month in range(horizon_months + 1)], dtype="float64")


def outlook(
    model: RepeatModel, patterns: Patterns, *, as_of: date, horizon_months: int, annual_discount_rate: float
) -> Outlook:
    """Return what purchases each history leads one to expect, month by month up to the horizon.

    Parameters
    ----------
    model, patterns
        A fitted model and the distinct histories up to ``as_of``.
    horizon_months
        Calendar months from ``as_of``.
    annual_discount_rate
        Effective rate a year, 0 or more; the purchases of a month are discounted from its middle.
    """
    days = month_ends(as_of, horizon_months)
    so_far = np.maximum.accumulate(model.expected_path(patterns, days / DAYS_PER_WEEK), axis=0)
    factors = (1 + annual_discount_rate) ** (-(days[:-1] + days[1:]) / 2 / _DAYS_PER_YEAR)
    discounted = factors @ np.diff(so_far, axis=0)
    return Outlook(so_far[-1], discounted, months_later(as_of, horizon_months))
