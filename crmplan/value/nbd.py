"""The NBD model: customers buy at random at a rate of their own and never leave (Ehrenberg 1959).

It is wrong about people leaving, on purpose: what the other models gain over it is what leaving explains.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from crmplan.value.purchase_history import Patterns

__all__ = ["NAMES", "alive_probability", "count_probability", "purchases_if_alive", "scores"]

Floats = npt.NDArray[np.float64]
Parameters = Mapping[str, float]
NAMES = ("r", "alpha")


def scores(parameters: Parameters, patterns: Patterns) -> tuple[Floats, Floats]:
    """Return the log-likelihood of each history and its slopes along the logarithms of r and alpha (weeks)."""
    from scipy.special import digamma, gammaln

    r, alpha = (parameters[name] for name in NAMES)
    x, until = patterns.n_repeat, alpha + patterns.age_weeks
    found = gammaln(r + x) - gammaln(r) + r * np.log(alpha) - (r + x) * np.log(until)
    slopes = [digamma(r + x) - digamma(r) + np.log(alpha / until), r / alpha - (r + x) / until]
    return found, np.column_stack(slopes) * np.array([r, alpha])


def alive_probability(parameters: Parameters, patterns: Patterns) -> Floats:
    """Return 1 for everybody: in this model nobody leaves."""
    return np.ones(len(patterns.n_repeat))


def purchases_if_alive(parameters: Parameters, n_repeat: Floats, age_weeks: Floats, weeks: Floats) -> Floats:
    """Return the purchases expected in the coming weeks (a column) of customers with such histories."""
    return np.asarray((parameters["r"] + n_repeat) / (parameters["alpha"] + age_weeks) * weeks)


def count_probability(parameters: Parameters, weeks: Floats, most: int) -> Floats:
    """Return the probability of 0 .. ``most`` repeat purchases within so many weeks: one row per entry of ``weeks``.

    Examples
    --------
    >>> count_probability({"r": 1.0, "alpha": 4.0}, np.array([4.0]), 2).round(3).tolist()
    [[0.5, 0.25, 0.125]]
    """
    from scipy.stats import nbinom

    r, alpha = (parameters[name] for name in NAMES)
    return np.asarray(nbinom.pmf(np.arange(most + 1)[None, :], r, (alpha / (alpha + weeks))[:, None]))
