"""The gamma-gamma model of spend per purchase (Fader and Hardie 2013, note 025), by our own likelihood."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from crmplan.value.fitting import Fit, maximise, weighted

__all__ = ["expected_spend", "fit_spend", "scores"]

Floats = npt.NDArray[np.float64]
NAMES = ("p", "q", "v")
_COARSE_ABOVE = 200_000
"""Above so many distinct pairs, means are rounded to a hundredth of themselves: parameters move by less than 0.01 %."""
_STEP = 0.01


def fit_spend(n_repeat: Floats, mean_spend: Floats, n_customers: Floats) -> Fit:
    """Return the most likely parameters (p, q, v) of the gamma-gamma model of spend per purchase.

    Parameters
    ----------
    n_repeat, mean_spend
        Repeat purchases (1 or more) and their mean spend (above 0).
    n_customers
        Customers with that pair.
    """
    level = float(np.average(mean_spend, weights=n_customers))
    x, relative, weight = n_repeat.astype("float64"), mean_spend / level, n_customers.astype("float64")
    if len(x) > _COARSE_ABOVE:
        x, relative, weight = _coarse(x, relative, weight)
    mean, gradient = weighted(lambda parameters: scores(parameters, x, relative), NAMES, weight)
    starts = [[2.0, 4.0, 2.0], [6.0, 2.5, 0.5]]
    fit = maximise(mean, names=NAMES, starts=starts, n=float(weight.sum()), gradient=gradient)
    parameters = {**fit.parameters, "v": fit.parameters["v"] * level}
    log_likelihood = fit.log_likelihood - float(weight.sum()) * float(np.log(level))
    return Fit(parameters, log_likelihood, fit.covariance, fit.status, fit.gap, fit.at_bound, fit.loose)


def scores(parameters: Mapping[str, float], n_repeat: Floats, mean_spend: Floats) -> tuple[Floats, Floats]:
    """Return the log density of each mean spend and its slopes along the logarithms of p, q and v."""
    from scipy.special import digamma, gammaln

    p, q, v = (parameters[name] for name in NAMES)
    x, m = n_repeat, mean_spend
    shape, total = p * x, v + x * m
    constant = gammaln(shape + q) - gammaln(shape) - gammaln(q) + shape * np.log(x)
    found = constant + q * np.log(v) + (shape - 1) * np.log(m) - (shape + q) * np.log(total)
    both = digamma(shape + q)
    slopes = [
        x * (both - digamma(shape) + np.log(x * m / total)),
        both - digamma(q) + np.log(v / total),
        q / v - (shape + q) / total,
    ]
    return found, np.column_stack(slopes) * np.array([p, q, v])


def expected_spend(parameters: Mapping[str, float], n_repeat: Floats, mean_spend: Floats) -> Floats:
    """Return what a customer can be expected to spend per purchase; the population mean without a repeat purchase.

    E = (q - 1) / (p x + q - 1) x p v / (q - 1) + p x / (p x + q - 1) x own mean. It needs q above 1.

    Examples
    --------
    >>> fitted = {"p": 6.25, "q": 3.74, "v": 15.44}
    >>> expected_spend(fitted, np.array([0.0, 2.0]), np.array([0.0, 22.35])).round(2).tolist()
    [35.22, 24.66]
    """
    p, q, v = (parameters[name] for name in NAMES)
    own = p * n_repeat / (p * n_repeat + q - 1)
    return np.asarray((1 - own) * p * v / (q - 1) + own * np.where(n_repeat > 0, mean_spend, 0.0))


def _coarse(n_repeat: Floats, mean_spend: Floats, n_customers: Floats) -> tuple[Floats, Floats, Floats]:
    pairs = np.column_stack([n_repeat, np.round(np.log(mean_spend) / _STEP)])
    distinct, row = np.unique(pairs, axis=0, return_inverse=True)
    weight = np.bincount(row.reshape(-1), n_customers).astype("float64")
    logarithm = np.bincount(row.reshape(-1), n_customers * np.log(mean_spend)) / weight
    return distinct[:, 0], np.exp(logarithm), weight
