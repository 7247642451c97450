"""How much of revenue and profit the best customers bring: the 80:20 question, answered with the client's figures."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

__all__ = ["Concentration", "concentration", "top_share"]

_TOP = (0.01, 0.05, 0.10, 0.20)
_POINTS = 101


@dataclass(frozen=True, slots=True)
class Concentration:
    """What the best customers bring of one sum.

    Parameters
    ----------
    measure
        ``revenue`` or ``profit``.
    total, n_customers
        The sum, and how many customers it is made of.
    top
        Share of the sum by share of customers: keys ``1``, ``5``, ``10``, ``20`` (per cent, the best first). Empty when
        the sum is not above 0.
    customers_for_80_share
        The smallest share of customers that brings 80 % of the sum.
    gini
        0 when all bring the same, near 1 when one brings everything; None where somebody brings less than nothing.
    curve
        ``customer_share`` (best first) and ``sum_share``, at most 101 points.
    n_below_zero, below_zero
        Customers who bring less than nothing, and what they bring (0 or below).
    unavailable
        Why there is none; empty when there is.
    """

    measure: str
    total: float
    n_customers: int
    top: dict[str, float]
    customers_for_80_share: float | None
    gini: float | None
    curve: pd.DataFrame
    n_below_zero: int
    below_zero: float
    unavailable: str = ""


def top_share(values: pd.Series, share: float) -> float | None:
    """Return what the best ``share`` of customers (at least one) brings of the sum; None when the sum is not above 0.

    Examples
    --------
    >>> top_share(pd.Series([80.0, 5, 5, 5, 5]), 0.2)
    0.8
    """
    total = float(values.sum())
    if values.empty or total <= 0:
        return None
    n_best = max(1, math.ceil(share * len(values) - 1e-9))
    return float(np.sort(values.to_numpy(dtype=float))[::-1][:n_best].sum() / total)


def concentration(values: pd.Series, *, measure: str) -> Concentration:
    """Return how concentrated a sum is.

    Parameters
    ----------
    values
        One value per customer, in the engagement's currency.
    measure
        ``revenue`` or ``profit``.

    Notes
    -----
    The Gini coefficient is ``2 * sum(i * x_i) / (n * sum(x)) - (n + 1) / n`` over values in rising order.
    """
    empty = pd.DataFrame({"customer_share": pd.Series(dtype=float), "sum_share": pd.Series(dtype=float)})
    total, n = float(values.sum()), len(values)
    below = values[values < 0]
    if n == 0 or total <= 0:
        why = "no customer bought in the period" if n == 0 else f"the sum of {measure} is not above 0"
        return Concentration(measure, total, n, {}, None, None, empty, len(below), float(below.sum()), why)
    best_first = np.sort(values.to_numpy(dtype=float))[::-1]
    reached = np.cumsum(best_first) / total
    places = np.unique(np.linspace(0, n, min(n + 1, _POINTS)).round().astype(int))
    curve = pd.DataFrame({"customer_share": places / n, "sum_share": np.concatenate([[0.0], reached])[places]})
    gini = None
    if below.empty:
        rising = best_first[::-1]
        gini = float(2 * (np.arange(1, n + 1) * rising).sum() / (n * total) - (n + 1) / n)
    top = {f"{share * 100:.0f}": float(top_share(values, share) or 0.0) for share in _TOP}
    n_for_80 = int(np.argmax(reached >= 0.8 - 1e-12)) + 1
    return Concentration(measure, total, n, top, n_for_80 / n, gini, curve, len(below), float(below.sum()))
