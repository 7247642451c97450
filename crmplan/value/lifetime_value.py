"""The residual value of each customer: what purchases still to come are worth today.

value = margin x expected spend per purchase x sum over months of expected purchases / (1 + d) ^ (t / 365.25)

where d is the annual discount rate and t the number of days from today to the middle of the month. The horizon is a
date, months are calendar months and weeks are 7 days, so there is no unit to get wrong. Nothing already bought counts.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmplan.value.purchase_history import DAYS_PER_WEEK, Patterns
from crmplan.value.repeat_models import RepeatModel

__all__ = ["Margin", "Outlook", "margins", "month_ends", "months_later", "outlook"]

Floats = npt.NDArray[np.float64]
_DAYS_PER_YEAR = 365.25
_PRIOR_PURCHASES = 5.0
"""A customer's own margin counts as much as the base's once it rests on the revenue of so many usual purchases."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """Purchases expected until the horizon, one value per pattern: as they are, and discounted to today."""

    purchases: Floats
    discounted: Floats
    ends_on: date


@dataclass(frozen=True, slots=True)
class Margin:
    """Share of revenue that is left after cost of goods, one per customer; 1 when value can only be revenue."""

    shares: Floats
    basis: Literal["own", "assumed", "none"]
    base_share: float | None

    @property
    def is_profit(self) -> bool:
        """Whether value is stated after cost of goods."""
        return self.basis != "none"


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


def margins(histories: pd.DataFrame, gross_margin_share: float | None) -> Margin:
    """Return each customer's margin: its own where costs are known, else the share agreed with the client.

    A customer's own margin rests on few purchases, so it is drawn towards that of the whole base by the weight of
    five usual purchases.

    Parameters
    ----------
    histories
        With profit and amount_with_profit where costs are known.
    gross_margin_share
        Used when costs are not known; None when nobody has stated it.
    """
    n = len(histories)
    if "profit" in histories:
        profit = histories["profit"].fillna(0.0).to_numpy("float64")
        amount = histories["amount_with_profit"].fillna(0.0).to_numpy("float64")
        if amount.sum() > 0:
            base = float(profit.sum() / amount.sum())
            usual = float(histories["revenue"].sum() / histories["n_purchases"].sum())
            prior = _PRIOR_PURCHASES * usual
            return Margin((profit + prior * base) / (amount + prior), "own", base)
    if gross_margin_share is not None:
        return Margin(np.full(n, float(gross_margin_share)), "assumed", float(gross_margin_share))
    return Margin(np.ones(n), "none", None)
