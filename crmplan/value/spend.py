"""What a customer can be expected to spend per purchase.

Few purchases say little about a customer, so a customer's own mean is drawn towards that of similar customers. The
gamma-gamma model (Fader and Hardie 2013) does this when spend does not depend on how often people buy and its shape
parameter leaves a finite mean; otherwise means are drawn towards the mean of customers who buy about as often.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmplan.value.fitting import Fit
from crmplan.value.gamma_gamma import expected_spend, fit_spend

__all__ = [
    "BUCKET_STARTS",
    "FREQUENCY_BUCKETS",
    "Spend",
    "SpendFacts",
    "fit_spend_model",
    "frequency_bucket",
    "similar_spend",
]

Floats = npt.NDArray[np.float64]
MOST_CORRELATION = 0.3
_LEAST_REPEAT_CUSTOMERS = 20
_LEAST_SHAPE = 1.05
"""The population mean is p v / (q - 1): just above 1 it explodes."""

FREQUENCY_BUCKETS = ("0", "1", "2", "3", "4", "5", "6", "7–11", "12–25", "26+")
BUCKET_STARTS = (0, 1, 2, 3, 4, 5, 6, 7, 12, 26)


@dataclass(frozen=True, slots=True)
class SpendFacts:
    """How spend per purchase was modelled.

    Parameters
    ----------
    model
        gamma-gamma, shrunken means, or constant.
    because
        Why this one.
    parameters
        Of the model; empty for constant spend.
    correlation
        Between number of repeat purchases and mean spend, among customers who bought again; None when it cannot be
        computed.
    n_customers
        Customers on whom it was fitted.
    typical_spend
        Expected spend per purchase of a customer of whom nothing is known.
    """

    model: Literal["gamma-gamma", "shrunken means", "constant", "none"]
    because: str
    parameters: dict[str, float]
    correlation: float | None
    n_customers: int
    typical_spend: float


@dataclass(frozen=True, slots=True)
class Spend:
    """A fitted model of spend with each customer's expected spend per purchase, in the order of the histories."""

    facts: SpendFacts
    expected: Floats


def fit_spend_model(histories: pd.DataFrame) -> Spend:
    """Return the expected spend per purchase of every customer.

    Parameters
    ----------
    histories
        As :func:`crmplan.value.purchase_history.purchase_histories` returns them.
    """
    n_repeat = histories["n_repeat"].to_numpy("float64")
    mean_spend = histories["mean_spend"].to_numpy("float64")
    again = (n_repeat > 0) & (mean_spend > 0)
    revenue, n_days = histories["revenue"].to_numpy("float64"), histories["n_purchases"].to_numpy("float64")
    if not len(histories) or not n_days.sum():
        return Spend(SpendFacts("none", "nobody has bought", {}, None, 0, 0.0), np.zeros(len(histories)))
    typical = float(revenue.sum() / n_days.sum())
    spread = float(np.ptp(revenue / n_days)) + _within_variance(histories) ** 0.5
    if spread <= 1e-6 * abs(typical):
        facts = SpendFacts("constant", "every purchase costs the same", {}, None, len(histories), typical)
        return Spend(facts, np.full(len(histories), typical))
    correlation = _correlation(n_repeat[again], mean_spend[again])
    reason = _against_gamma_gamma(int(again.sum()), correlation)
    if not reason:
        fit = _fit_distinct(n_repeat[again], mean_spend[again])
        p, q, v = (fit.parameters[name] for name in ("p", "q", "v"))
        if fit.is_usable and q > _LEAST_SHAPE:
            population = p * v / (q - 1)
            expected = expected_spend(fit.parameters, np.where(again, n_repeat, 0.0), mean_spend)
            because = "spend per purchase hardly depends on how often a customer buys"
            facts = SpendFacts("gamma-gamma", because, fit.parameters, correlation, int(again.sum()), population)
            return Spend(facts, expected)
        reason = (
            f"the gamma-gamma model has no finite mean here (q = {q:.2f})"
            if q <= _LEAST_SHAPE
            else f"the gamma-gamma model was {fit.status}"
        )
    return _shrunken(histories, correlation, reason)


def frequency_bucket(n_repeat: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Return the position in ``FREQUENCY_BUCKETS`` of a number of repeat purchases.

    Examples
    --------
    >>> frequency_bucket([0, 3, 8, 400]).tolist()
    [0, 3, 7, 9]
    """
    return np.asarray(np.searchsorted(BUCKET_STARTS, np.asarray(n_repeat), side="right") - 1, dtype="int64")


def similar_spend(histories: pd.DataFrame) -> Floats:
    """Return the mean spend a purchase of customers who have bought about as often, one per customer."""
    n = histories["n_purchases"].to_numpy("float64")
    bucket = frequency_bucket(histories["n_repeat"].to_numpy())
    sums = np.bincount(bucket, histories["revenue"].to_numpy("float64"), len(FREQUENCY_BUCKETS))
    days = np.bincount(bucket, n, len(FREQUENCY_BUCKETS))
    typical = float(sums.sum() / days.sum())
    return np.asarray(((sums + 10 * typical) / (days + 10))[bucket])


def _against_gamma_gamma(n_again: int, correlation: float | None) -> str:
    if n_again < _LEAST_REPEAT_CUSTOMERS:
        return f"only {n_again} customers bought again"
    if correlation is not None and abs(correlation) > MOST_CORRELATION:
        return f"spend per purchase depends on how often a customer buys (correlation {correlation:.2f})"
    return ""


def _correlation(n_repeat: Floats, mean_spend: Floats) -> float | None:
    if len(n_repeat) < 3 or np.ptp(n_repeat) == 0 or np.ptp(mean_spend) <= 1e-9 * np.abs(mean_spend).max():
        return None
    return float(np.corrcoef(n_repeat, mean_spend)[0, 1])


def _fit_distinct(n_repeat: Floats, mean_spend: Floats) -> Fit:
    pairs = np.column_stack([n_repeat, mean_spend])
    distinct, weights = np.unique(pairs, axis=0, return_counts=True)
    return fit_spend(distinct[:, 0], distinct[:, 1], weights.astype("float64"))


def _within_variance(histories: pd.DataFrame) -> float:
    """Variance of the spend of one customer from purchase to purchase, pooled."""
    n = histories["n_purchases"].to_numpy("float64")
    squares = histories["squared_spend"].to_numpy("float64") - histories["revenue"].to_numpy("float64") ** 2 / n
    free = float((n - 1).sum())
    return float(np.clip(squares, 0, None).sum() / free) if free > 0 else 0.0


def _shrunken(histories: pd.DataFrame, correlation: float | None, reason: str) -> Spend:
    """Draw own means towards that of customers who buy about as often (one-way analysis of variance)."""
    n = histories["n_purchases"].to_numpy("float64")
    own = histories["revenue"].to_numpy("float64") / n
    typical = float(histories["revenue"].sum() / n.sum())
    similar = similar_spend(histories)
    within = _within_variance(histories)
    between = max(float(np.average((own - similar) ** 2 - within / n, weights=n)), 0.0)
    strength = float(np.clip(within / between, 0.0, 1e6)) if between > 0 else 1e6
    expected = (n * own + strength * similar) / (n + strength)
    facts = SpendFacts(
        "shrunken means", reason, {"purchases_of_weight": strength}, correlation, len(histories), typical
    )
    return Spend(facts, expected)
