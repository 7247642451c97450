"""Further measurements for the assumption sheet: seasons, correlations, and whether those who are active buy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

if TYPE_CHECKING:
    import ibis

__all__ = ["AliveCheck", "Correlation", "alive_check", "correlation", "rank_correlation", "seasonality"]

Floats = npt.NDArray[np.float64]
_LEAST_MONTHS = 24
_LEAST_PURCHASES = 240
_LEAST_CUSTOMERS = 20
_LEAST_CHECKED = 100
_TENTHS = 10


@dataclass(frozen=True, slots=True)
class Correlation:
    """A correlation with its 95 % range."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class AliveCheck:
    """Whether the chance of still being a customer agreed with who bought in the check period.

    Parameters
    ----------
    tenths
        One row per tenth of customers, the likeliest first: tenth, n_customers, alive (mean chance), bought_again
        (share).
    surprise_share
        Customers who bought again beyond what the chances of their tenth allow, as a share of all: nobody who is gone
        can buy, so in no tenth should more buy than are still customers.
    brier_ratio
        Brier score of the chance, scaled to the share who bought again, as a multiple of that of the same chance for
        everybody; below 1 where the chance tells customers apart. None where all or none bought again.
    """

    tenths: pd.DataFrame
    surprise_share: float
    brier_ratio: float | None


def seasonality(days: ibis.Table, *, until: date) -> float | None:
    """Return the share of a year's purchases that lie in other months than they would if all months were alike.

    Each month is compared with the mean of the twelve around it (ratio to moving average), so that growth is no
    season. None with fewer than 24 whole months or 240 purchases.

    Parameters
    ----------
    days
        As :func:`crmplan.value.purchase_history.customer_days` returns it.
    until
        Last day of observation; a month that it cuts off is left out, and so is the first.
    """
    table: Any = days
    seen = table.filter(table.day < pd.Timestamp(until) + pd.Timedelta(days=1))
    found = seen.group_by(month=seen.day.truncate("M")).agg(n=seen.count()).execute()
    if found.empty:
        return None
    by_month = found.set_index(pd.PeriodIndex(pd.to_datetime(found["month"]), freq="M"))["n"].sort_index()
    last = pd.Period(until + timedelta(days=1), "M") - 1
    by_month = by_month.reindex(pd.period_range(by_month.index[0] + 1, last, freq="M"), fill_value=0)
    if len(by_month) < _LEAST_MONTHS or by_month.sum() < _LEAST_PURCHASES:
        return None
    daily = by_month / by_month.index.days_in_month
    level = daily.rolling(12).mean().rolling(2).mean().shift(-6)
    ratio = (daily / level.where(level > 0)).dropna()
    index = ratio.groupby(ratio.index.month).mean()
    return float((index / index.mean() - 1).abs().mean() / 2) if len(index) == 12 else None


def correlation(n_repeat: Floats, mean_spend: Floats) -> Correlation | None:
    """Return Pearson's correlation of purchases and spend a purchase with its range.

    Numbers of purchases and amounts are far from normal, so the textbook range (Fisher's z with 1 / (n - 3)) would be
    too narrow. The variance is that of the influence of each customer (Steiger and Hakstian 1982): with standardised x
    and y, the mean of (x y - r (x^2 + y^2) / 2)^2, over n; the range is laid on Fisher's z and taken back.

    None with fewer than 20 customers who bought again, or where all are alike.

    Examples
    --------
    >>> found = correlation(np.arange(1.0, 31), 5 + 2 * np.arange(30.0))
    >>> round(found.value, 6)
    1.0
    """
    again = (n_repeat > 0) & (np.nan_to_num(mean_spend) > 0)
    pairs = np.array([n_repeat[again], mean_spend[again]])
    n = int(again.sum())
    if n < _LEAST_CUSTOMERS or (np.ptp(pairs, axis=1) <= 1e-9 * np.abs(pairs).max(axis=1)).any():
        return None
    x, y = (pairs - pairs.mean(axis=1, keepdims=True)) / pairs.std(axis=1, keepdims=True)
    value = float(np.clip((x * y).mean(), -1, 1))
    inside = np.clip(value, -0.999999, 0.999999)
    sd = float(np.sqrt(((x * y - value * (x**2 + y**2) / 2) ** 2).mean() / n))
    return _ranged(value, 1.96 * sd / (1 - inside**2))


def rank_correlation(n_repeat: Floats, mean_spend: Floats) -> Correlation | None:
    """Return Spearman's correlation of purchases and spend a purchase with its range (Bonett and Wright 2000).

    None with fewer than 20 customers who bought again, or where all are alike.

    Examples
    --------
    >>> found = rank_correlation(np.arange(1.0, 31), np.exp(np.arange(30.0)))
    >>> round(found.value, 6)
    1.0
    """
    again = (n_repeat > 0) & np.isfinite(mean_spend)
    ranks = np.array([pd.Series(values[again]).rank().to_numpy("float64") for values in (n_repeat, mean_spend)])
    n = int(again.sum())
    if n < _LEAST_CUSTOMERS or (np.ptp(ranks, axis=1) == 0).any():
        return None
    value = float(np.clip(np.corrcoef(ranks)[0, 1], -1, 1))
    return _ranged(value, 1.96 * float(np.sqrt((1 + value**2 / 2) / (n - 3))))


def _ranged(value: float, reach: float) -> Correlation:
    """Lay a range on Fisher's z, where it is even, and take it back."""
    centre = np.arctanh(np.clip(value, -0.999999, 0.999999))
    return Correlation(value, float(np.tanh(centre - reach)), float(np.tanh(centre + reach)))


def alive_check(alive: Floats, has_bought: npt.NDArray[np.bool_]) -> AliveCheck | None:
    """Return how the chance of still being a customer agreed with who then bought; None with under 100 customers.

    Parameters
    ----------
    alive
        Chance of each customer at the cut-off, 0 to 1.
    has_bought
        Whether the customer bought in the check period.

    Examples
    --------
    >>> alive = np.repeat([0.9, 0.1], 50)
    >>> found = alive_check(alive, alive > 0.5)
    >>> round(found.surprise_share, 2), round(found.brier_ratio, 2)
    (0.05, 0.04)
    """
    n = len(alive)
    if n < _LEAST_CHECKED:
        return None
    bought = has_bought.astype("float64")
    # Equal chances share a tenth, so that the order of rows cannot matter.
    rank = pd.Series(-alive).rank(method="average").to_numpy("float64")
    tenth = np.clip(np.ceil(_TENTHS * rank / n), 1, _TENTHS).astype("int64")
    tenths = (
        pd.DataFrame({"tenth": tenth, "alive": alive, "bought_again": bought})
        .groupby("tenth", as_index=False)
        .agg(n_customers=("alive", "size"), alive=("alive", "mean"), bought_again=("bought_again", "mean"))
    )
    beyond = (tenths["bought_again"] - tenths["alive"]).clip(lower=0)
    usual, likely = float(bought.mean()), float(alive.mean())
    flat = usual * (1 - usual)
    scaled = np.clip(alive * usual / likely, 0, 1) if likely > 0 else np.zeros(n)
    ratio = float(((scaled - bought) ** 2).mean()) / flat if flat > 0 else None
    return AliveCheck(tenths, float((beyond * tenths["n_customers"]).sum() / n), ratio)
