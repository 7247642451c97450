"""The residual value of each customer: what purchases still to come are worth today.

value = margin x expected spend per purchase x sum over months of expected purchases / (1 + d) ^ (t / 365.25)

where d is the annual discount rate and t the number of days from today to the middle of the month. The horizon is a
date, months are calendar months and weeks are 7 days, so there is no unit to get wrong. Nothing already bought counts.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmplan.value.category_margin import CategoryMargins
from crmplan.value.purchase_history import DAYS_PER_WEEK, Patterns
from crmplan.value.repeat_models import RepeatModel

__all__ = ["Margin", "MarginBasis", "Outlook", "margins", "month_ends", "months_later", "outlook"]

Floats = npt.NDArray[np.float64]
MarginBasis = Literal["own", "category", "assumed", "none"]
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
    """Share of revenue that is left after cost of goods, one per customer; 1 when value can only be revenue.

    Parameters
    ----------
    shares
        One per customer.
    basis
        own (costs in the orders), category (shares by product category), assumed (one agreed share), none.
    base_share
        Of the whole base; None when value can only be revenue.
    by_category
        Margins by product category and why they are not used where they are not; empty when none were stated.
    """

    shares: Floats
    basis: MarginBasis
    base_share: float | None
    by_category: CategoryMargins = field(default_factory=CategoryMargins)

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


def margins(
    histories: pd.DataFrame, gross_margin_share: float | None, by_category: CategoryMargins | None = None
) -> Margin:
    """Return each customer's margin: its own where costs are known, else by category, else the share agreed.

    What a customer's purchases left so far rests on few of them, so its margin is drawn towards that of the whole base
    by the weight of five usual purchases.

    Parameters
    ----------
    histories
        customer_key, revenue, n_purchases, and profit with amount_with_profit where costs are known.
    gross_margin_share
        Used when neither costs nor margins by category are known; None when nobody has stated it.
    by_category
        Margins by product category; None when none are stated. While a category with sales lacks a margin, and no
        ``gross_margin_share`` stands in for it, value is revenue.
    """
    stated = by_category or CategoryMargins()
    if "profit" in histories:
        own = _drawn(histories, histories["profit"], histories["amount_with_profit"])
        if own is not None:
            return Margin(own[0], "own", own[1], stated)
    if by_category is not None and by_category.is_complete:
        mix = histories[["customer_key"]].merge(by_category.customers, on="customer_key", how="left")
        mixed = _drawn(histories, mix["profit"], mix["amount"])
        if mixed is not None:
            return Margin(mixed[0], "category", mixed[1], stated)
    n = len(histories)
    if gross_margin_share is not None:
        return Margin(np.full(n, float(gross_margin_share)), "assumed", float(gross_margin_share), stated)
    return Margin(np.ones(n), "none", None, stated)


def _drawn(histories: pd.DataFrame, profit: pd.Series, amount: pd.Series) -> tuple[Floats, float] | None:
    """Return customers' margins drawn towards that of the base, and that of the base; None where nothing is known."""
    earned, sold = (of.fillna(0.0).to_numpy("float64") for of in (profit, amount))
    if sold.sum() <= 0:
        return None
    base = float(earned.sum() / sold.sum())
    prior = _PRIOR_PURCHASES * float(histories["revenue"].sum() / histories["n_purchases"].sum())
    return (earned + prior * base) / (sold + prior), base
