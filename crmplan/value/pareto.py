"""The Pareto/NBD model: customers buy at random at a rate of their own and leave at a random time, unseen.

The likelihood of a history is that of having stayed, plus an integral over the time of leaving between the last
purchase and today (Schmittlein, Morrison and Colombo 1987; Fader and Hardie 2005, note 009). The textbook writes the
integral as a difference of two hypergeometric functions, which no float holds once somebody has bought a few hundred
times. Here it is computed as it stands, on a logarithmic axis of time on which it is smooth and falls off ever faster,
so that few points give it to eleven digits; the slopes that a search needs are means over the same points.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from crmplan.value.purchase_history import Patterns

__all__ = [
    "NAMES",
    "alive_probability",
    "count_probability",
    "discounted_residual",
    "log_likelihood",
    "purchases_if_alive",
    "scores",
]

Floats = npt.NDArray[np.float64]
Parameters = Mapping[str, float]
NAMES = ("r", "alpha", "s", "beta")

_NEGLIGIBLE = 40.0
"""The integral is cut where its integrand has fallen by this exponent."""
_ROWS = 4096
_POINTS = ((12, 2.5, 8.0), (24, 6.0, 25.0), (64, np.inf, np.inf))
"""Points of the integral, each up to a length of the axis and a fall of the integrand along it."""


def log_likelihood(parameters: Parameters, patterns: Patterns) -> Floats:
    """Return the log density of the purchase times of each history.

    Parameters
    ----------
    parameters
        r and alpha (how often customers buy), s and beta (how long they stay), in weeks.
    patterns
        Distinct histories.
    """
    still_here, gone = _still_here(parameters, patterns), _leaving(parameters, patterns)
    return np.asarray(_constant(parameters, patterns) + np.logaddexp(still_here, gone.log_weight))


def scores(parameters: Parameters, patterns: Patterns) -> tuple[Floats, Floats]:
    """Return the log-likelihood of each history and its slopes along the logarithms of the parameters.

    Returns
    -------
    tuple of np.ndarray
        One value per history; one row per history with a column per parameter (``NAMES``).
    """
    from scipy.special import digamma, expit

    r, alpha, s, beta = (parameters[name] for name in NAMES)
    x, age = patterns.n_repeat, patterns.age_weeks
    still_here, gone = _still_here(parameters, patterns), _leaving(parameters, patterns)
    found = _constant(parameters, patterns) + np.logaddexp(still_here, gone.log_weight)
    here = expit(still_here - gone.log_weight)
    left = 1 - here
    slopes = np.column_stack(
        [
            digamma(r + x) - digamma(r) + np.log(alpha) - here * np.log(alpha + age) - left * gone.log_alpha,
            r / alpha - (r + x) * (here / (alpha + age) + left * gone.over_alpha),
            np.log(beta) - here * np.log(beta + age) + left * (1 / s - gone.log_beta),
            s / beta - here * s / (beta + age) - left * (s + 1) * gone.over_beta,
        ]
    )
    return found, slopes * np.array([r, alpha, s, beta])


def alive_probability(parameters: Parameters, patterns: Patterns) -> Floats:
    """Return the probability of still being a customer, between 0 and 1."""
    from scipy.special import expit

    return np.asarray(expit(_still_here(parameters, patterns) - _leaving(parameters, patterns).log_weight))


def purchases_if_alive(parameters: Parameters, n_repeat: Floats, age_weeks: Floats, weeks: Floats) -> Floats:
    """Return the purchases expected in the coming weeks (a column) of somebody who certainly is a customer today."""
    s, lifetime = parameters["s"], parameters["beta"] + age_weeks
    rate = (parameters["r"] + n_repeat) / (parameters["alpha"] + age_weeks)
    ratio = np.log(lifetime / (lifetime + weeks))
    active_share = -np.expm1((s - 1) * ratio) / (s - 1) if abs(s - 1) > 1e-9 else -ratio
    return np.asarray(rate * lifetime * active_share)


def discounted_residual(parameters: Parameters, patterns: Patterns, weekly_discount: float) -> Floats:
    """Return all purchases still to come, discounted to today (DERT; Fader, Hardie and Lee 2005, JMR 42).

    Parameters
    ----------
    weekly_discount
        Continuous rate a week, above 0: log(1 + annual rate) x 7 / 365.25.
    """
    nodes, weights = np.polynomial.legendre.leggauss(64)
    lifetime = parameters["beta"] + patterns.age_weeks
    rate = (parameters["r"] + patterns.n_repeat) / (parameters["alpha"] + patterns.age_weeks)
    decay = weekly_discount * lifetime
    reach = np.log1p(_NEGLIGIBLE / decay)[:, None]
    along = reach * (nodes[None, :] + 1) / 2
    stays = np.exp(-decay[:, None] * np.expm1(along) + (1 - parameters["s"]) * along)
    weeks_to_come = lifetime * (reach[:, 0] / 2) * (stays @ weights)
    return np.asarray(alive_probability(parameters, patterns) * rate * weeks_to_come)


def count_probability(parameters: Parameters, weeks: Floats, most: int) -> Floats:
    """Return the probability of 0 .. ``most`` repeat purchases within so many weeks: one row per entry of ``weeks``."""
    from scipy.special import gammaln

    r, alpha, s, beta = (parameters[name] for name in NAMES)
    n = np.arange(most + 1.0)
    ways = gammaln(r + n) - gammaln(r) - gammaln(n + 1)

    def random_counts(after: Floats) -> Floats:
        with np.errstate(divide="ignore", invalid="ignore"):
            repeats = np.where(n == 0, 0.0, n * np.log(after / (alpha + after))[..., None])
        return np.asarray(np.exp(ways + repeats + r * np.log(alpha / (alpha + after))[..., None]))

    nodes, weights = np.polynomial.legendre.leggauss(96)
    low = min(alpha, beta)
    length = np.log1p(weeks / low)[:, None]
    grown = np.exp(length * (nodes + 1) / 2)
    time = low * (grown - 1)
    leaves = s / (beta + time) * (beta / (beta + time)) ** s * low * grown * weights * length / 2
    stays = (beta / (beta + weeks)) ** s
    return np.asarray(stays[:, None] * random_counts(weeks) + np.einsum("wt,wtn->wn", leaves, random_counts(time)))


def _constant(parameters: Parameters, patterns: Patterns) -> Floats:
    from scipy.special import gammaln

    r, alpha, s, beta = (parameters[name] for name in NAMES)
    return np.asarray(gammaln(r + patterns.n_repeat) - gammaln(r) + r * np.log(alpha) + s * np.log(beta))


def _still_here(parameters: Parameters, patterns: Patterns) -> Floats:
    """Return the log weight of having stayed until today."""
    r, alpha, s, beta = (parameters[name] for name in NAMES)
    age = patterns.age_weeks
    return np.asarray(-(r + patterns.n_repeat) * np.log(alpha + age) - s * np.log(beta + age))


@dataclass(frozen=True, slots=True)
class _Leaving:
    """The log weight of having left since the last purchase, and means over the time of leaving.

    ``log_alpha`` and ``over_alpha`` are the means of log(alpha + time) and 1 / (alpha + time); likewise for beta.
    """

    log_weight: Floats
    log_alpha: Floats
    over_alpha: Floats
    log_beta: Floats
    over_beta: Floats


def _leaving(parameters: Parameters, patterns: Patterns) -> _Leaving:
    r, alpha, s, beta = (parameters[name] for name in NAMES)
    last, age = patterns.recency_weeks, patterns.age_weeks
    buying, leaving = r + patterns.n_repeat, np.full(len(last), s + 1.0)
    near, far = min(alpha, beta), max(alpha, beta)
    by_near, by_far = (buying, leaving) if alpha <= beta else (leaving, buying)
    fall = by_near + by_far * (near + last) / (far + last) - 1
    length = np.log((near + age) / (near + last))
    length = np.where(fall > 0, np.minimum(length, _NEGLIGIBLE / np.maximum(fall, 1e-12)), length)
    found = np.empty((5, len(last)))
    for rows, n_points in _batches(length, fall * length):
        powers = by_near[rows], by_far[rows]
        found[:, rows] = _integrals(near + last[rows], far - near, powers, length[rows], n_points)
    log_weight, log_near, over_near, log_far, over_far = found
    log_weight = log_weight + np.log(s)
    if alpha <= beta:
        return _Leaving(log_weight, log_near, over_near, log_far, over_far)
    return _Leaving(log_weight, log_far, over_far, log_near, over_near)


def _batches(length: Floats, fall: Floats) -> Iterator[tuple[npt.NDArray[np.int64], int]]:
    """Yield rows that need equally many points, few enough at a time to stay in the processor's cache."""
    needs = np.full(len(length), len(_POINTS) - 1)
    for level in range(len(_POINTS) - 2, -1, -1):
        _, longest, steepest = _POINTS[level]
        needs[(length <= longest) & (fall <= steepest)] = level
    for level, (n_points, _, _) in enumerate(_POINTS):
        rows = np.flatnonzero(needs == level)
        for start in range(0, len(rows), _ROWS):
            yield rows[start : start + _ROWS], n_points


def _integrals(begin: Floats, apart: float, powers: tuple[Floats, Floats], length: Floats, n_points: int) -> Floats:
    """Integrate (near + time) ** -by_near x (far + time) ** -by_far from the last purchase on.

    ``begin`` is near + time of the last purchase, ``apart`` is far - near, ``powers`` are by_near and by_far,
    ``length`` the logarithm of how often ``begin`` fits into near + the end of the integral.
    """
    by_near, by_far = powers
    nodes, weights = np.polynomial.legendre.leggauss(n_points)
    along = length[:, None] * ((nodes + 1) / 2)
    near = begin[:, None] * np.exp(along)
    far = near + apart
    log_far = np.log(far)
    start_near, start_far = np.log(begin), np.log(begin + apart)
    mass = np.exp((1 - by_near)[:, None] * along - by_far[:, None] * (log_far - start_far[:, None]))
    mass *= weights / 2
    total = mass.sum(axis=1)
    with np.errstate(divide="ignore"):
        log_weight = (1 - by_near) * start_near - by_far * start_far + np.log(total * length)
    means = [
        (mass * along).sum(axis=1),
        (mass / near).sum(axis=1),
        (mass * log_far).sum(axis=1),
        (mass / far).sum(axis=1),
    ]
    log_near, over_near, mean_log_far, over_far = (mean / total for mean in means)
    return np.stack([log_weight, start_near + log_near, over_near, mean_log_far, over_far])
