"""How good a forecast is: its level, its error a customer, and the order in which it puts customers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["normalised_gini", "quintile", "top_share"]

Floats = npt.NDArray[np.float64]


def normalised_gini(actual: Floats, score: Floats) -> float:
    """Return how well a score orders customers by what they did: 1 for a perfect order, 0 for no better than chance.

    Customers with equal scores count as if they stood in random order, so that the order of rows does not matter.
    Missing (NaN) when nobody did anything or all did the same.

    Examples
    --------
    >>> actual = np.array([0.0, 1.0, 5.0])
    >>> normalised_gini(actual, np.array([1.0, 2.0, 3.0])), normalised_gini(actual, np.array([3.0, 2.0, 1.0]))
    (1.0, -1.0)
    >>> normalised_gini(actual, np.array([1.0, 1.0, 1.0]))
    0.0
    """
    best = _gini(actual, actual)
    if not np.isfinite(best) or best <= 1e-12:
        return float("nan")
    return round(_gini(actual, score) / best, 12)


def top_share(actual: Floats, score: Floats, share: float = 0.1) -> float:
    """Return the share of the actual total that the best-scored tenth of customers made.

    Customers who tie at the edge count in part. Missing (NaN) when the total is 0.

    Examples
    --------
    >>> top_share(np.array([6.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]), np.arange(10.0)[::-1])
    0.6
    """
    total = float(actual.sum())
    if total <= 0:
        return float("nan")
    cut = max(share * len(actual), 1.0)
    n, gained = _cumulated(actual, score)
    return float(np.interp(cut, n, gained) / total)


def quintile(values: Floats) -> Floats:
    """Return 1 (lowest fifth) to 5 (highest fifth); equal values get equal scores.

    Examples
    --------
    >>> quintile(np.array([0.0, 0.0, 0.0, 4.0, 9.0])).tolist()
    [2.0, 2.0, 2.0, 4.0, 5.0]
    """
    from scipy.stats import rankdata

    return np.asarray(np.ceil(5 * rankdata(values) / max(len(values), 1)), dtype="float64")


def _gini(actual: Floats, score: Floats) -> float:
    total = float(actual.sum())
    if total <= 0 or len(actual) < 2:
        return float("nan")
    n, gained = _cumulated(actual, score)
    area = float(np.trapezoid(gained / total, n / len(actual)))
    return 2 * area - 1


def _cumulated(actual: Floats, score: Floats) -> tuple[Floats, Floats]:
    """Return customers from the best score downwards and what they made, cumulated; ties are taken together."""
    _, group = np.unique(-score, return_inverse=True)
    group = group.reshape(-1)
    n = np.bincount(group).astype("float64")
    made = np.bincount(group, actual)
    return np.concatenate([[0.0], np.cumsum(n)]), np.concatenate([[0.0], np.cumsum(made)])
