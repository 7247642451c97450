"""The Pareto/NBD model in a form that survives customers with hundreds of purchases.

The textbook form (Fader and Hardie 2005, note 009) raises hypergeometric functions to heights that no float holds as
soon as somebody buys a few hundred times; lifetimes then returns nothing usable. Euler's transformation
2F1(a, b; c; z) = (1 - z) ** (c - a - b) 2F1(c - a, c - b; c; z) takes that power out, so that it can stay a logarithm.
Elsewhere both forms agree to the last digits.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from crmplan.value.purchase_history import Patterns

__all__ = ["alive_probability", "log_likelihood", "purchases_if_alive"]

Floats = npt.NDArray[np.float64]


def log_likelihood(parameters: Mapping[str, float], patterns: Patterns) -> Floats:
    """Return the log density of the purchase times of each history.

    Parameters
    ----------
    parameters
        r and alpha (how often customers buy), s and beta (how long they stay), in weeks.
    patterns
        Distinct histories.
    """
    from scipy.special import gammaln

    r, alpha, s, beta = (parameters[name] for name in ("r", "alpha", "s", "beta"))
    x = patterns.n_repeat
    constant = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
    return np.asarray(constant + np.logaddexp(*_here_and_gone(parameters, patterns)))


def alive_probability(parameters: Mapping[str, float], patterns: Patterns) -> Floats:
    """Return the probability of still being a customer, between 0 and 1."""
    from scipy.special import expit

    still_here, gone = _here_and_gone(parameters, patterns)
    return np.asarray(expit(still_here - gone))


def purchases_if_alive(parameters: Mapping[str, float], patterns: Patterns, weeks: Floats) -> Floats:
    """Return the purchases expected in the coming weeks (a column) of somebody who certainly is a customer today."""
    s, lifetime = parameters["s"], parameters["beta"] + patterns.age_weeks
    rate = (parameters["r"] + patterns.n_repeat) / (parameters["alpha"] + patterns.age_weeks)
    ratio = np.log(lifetime / (lifetime + weeks))
    active_share = -np.expm1((s - 1) * ratio) / (s - 1) if abs(s - 1) > 1e-9 else -ratio
    return np.asarray(rate * lifetime * active_share)


def _here_and_gone(parameters: Mapping[str, float], patterns: Patterns) -> tuple[Floats, Floats]:
    """Return the log weights of having stayed until today and of having left since the last purchase."""
    r, alpha, s, beta = (parameters[name] for name in ("r", "alpha", "s", "beta"))
    x, age = patterns.n_repeat, patterns.age_weeks
    still_here = -(r + x) * np.log(alpha + age) - s * np.log(beta + age)
    early, late = (_log_term(parameters, x, time) for time in (patterns.recency_weeks, age))
    with np.errstate(divide="ignore"):
        between = early + np.log(-np.expm1(np.minimum(late - early, 0.0)))
    return still_here, np.log(s / (r + s + x)) + between


def _log_term(parameters: Mapping[str, float], x: Floats, time: Floats) -> Floats:
    from scipy.special import hyp2f1

    r, alpha, s, beta = (parameters[name] for name in ("r", "alpha", "s", "beta"))
    large, small = max(alpha, beta), min(alpha, beta)
    b = s + 1 if alpha >= beta else r + x
    c = r + s + x + 1
    z = (large - small) / (large + time)
    power = (1 - b) * np.log((small + time) / (large + time)) - (c - 1) * np.log(large + time)
    return np.asarray(power + np.log(hyp2f1(1.0, c - b, c, z)))
