"""GGompertz/NBD on CDNOW: a model that is not offered, computed to see that its published figures lead back to ours.

Customers leave at a rate that grows with time (Bemmaor and Glady 2012). As that growth b goes to 0 the model becomes
Pareto/NBD with a lifetime scale of beta / b; on CDNOW the best b is so small that both models say the same. Only the
ratio of beta and b is known there, so the other parameters are fitted at the published beta.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from crmplan.value.fitting import Fit, maximise
from crmplan.value.published_figure import Check, compare
from crmplan.value.purchase_history import Patterns

__all__ = ["checks"]

Floats = npt.NDArray[np.float64]
_SOURCE = "CLVTools 0.12 tests"
_NAMES = ("r", "alpha", "s", "b")
_BETA = 0.0026
_PUBLISHED = {"r": (0.553, 5e-4), "alpha": (10.578, 5e-3), "s": (0.603, 1e-3), "b": (0.0002, 5e-5)}
_LOG_LIKELIHOOD = -9594.9762
_POINTS = 64


def checks(patterns: Patterns) -> tuple[Check, ...]:
    """Return the figures of GGompertz/NBD; ``patterns`` are the histories of the first 39 weeks of CDNOW."""
    fit = _fit(patterns)
    found = [
        compare(f"GGompertz/NBD {name}, at beta {_BETA}", value, fit.parameters[name], tolerance, _SOURCE)
        for name, (value, tolerance) in _PUBLISHED.items()
    ]
    return (*found, compare("GGompertz/NBD log-likelihood", _LOG_LIKELIHOOD, fit.log_likelihood, 5e-3, _SOURCE))


def _fit(patterns: Patterns) -> Fit:
    n = float(patterns.n_customers.sum())

    def mean(log_parameters: Floats) -> float:
        parameters = dict(zip(_NAMES, np.exp(log_parameters).tolist(), strict=True))
        return float(_log_likelihood(parameters, patterns) @ patterns.n_customers) / n

    return maximise(mean, names=_NAMES, starts=[[0.5, 10.0, 0.6, 0.0003]], n=n, ratios={"alpha": "r", "b": "s"})


def _log_likelihood(parameters: dict[str, float], patterns: Patterns) -> Floats:
    """Stayed until today, or left at some time since the last purchase: the mean over that time by Gauss-Legendre."""
    from scipy.special import gammaln

    r, alpha, s, b = (parameters[name] for name in _NAMES)
    x, last, age = patterns.n_repeat, patterns.recency_weeks, patterns.age_weeks
    nodes, weights = np.polynomial.legendre.leggauss(_POINTS)
    at = last[:, None] + (age - last)[:, None] * (nodes + 1) / 2
    risk = _BETA + np.expm1(b * at)
    leaves = np.log(b * s / risk) + b * at + s * np.log(_BETA / risk)
    gone = np.exp(leaves - (r + x)[:, None] * np.log((alpha + at) / (alpha + age)[:, None]))
    stays = (_BETA / (_BETA + np.expm1(b * age))) ** s
    either = stays + (age - last) / 2 * (gone @ weights)
    return np.asarray(gammaln(r + x) - gammaln(r) + r * np.log(alpha) - (r + x) * np.log(alpha + age) + np.log(either))
