"""BG/NBD and MBG/NBD: customers buy at random at a rate of their own and may leave after any purchase.

In BG/NBD nobody leaves before the first repeat purchase (Fader, Hardie and Lee 2005); in MBG/NBD one may leave right
after the first purchase as well (Batislam, Denizel and Filiztekin 2007), so that a one-time buyer who has been silent
for long is not taken for a customer. The two differ only in how many chances to leave a history has had.

Expectations are computed by one integral over the chance of leaving. The textbook's closed form divides by a - 1 and
loses its digits for heavy buyers; the integral does neither.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from crmplan.value.purchase_history import Patterns

__all__ = ["NAMES", "alive_probability", "count_probability", "purchases_if_alive", "scores"]

Floats = npt.NDArray[np.float64]
Parameters = Mapping[str, float]
NAMES = ("r", "alpha", "a", "b")

_POINTS = 96
_NEGLIGIBLE = 38.0
"""The integral ends where its weight has fallen by this exponent."""
_CELLS = 2_000_000


def scores(parameters: Parameters, patterns: Patterns, *, leaves_at_once: bool) -> tuple[Floats, Floats]:
    """Return the log-likelihood of each history and its slopes along the logarithms of the parameters.

    Parameters
    ----------
    parameters
        r and alpha (how often customers buy, in weeks), a and b (how likely they leave after a purchase).
    patterns
        Distinct histories.
    leaves_at_once
        Whether one may leave right after the first purchase (MBG/NBD) or not (BG/NBD).

    Returns
    -------
    tuple of np.ndarray
        One value per history; one row per history with a column per parameter (``NAMES``).
    """
    from scipy.special import digamma, expit, gammaln

    r, alpha, a, b = (parameters[name] for name in NAMES)
    x, chances = patterns.n_repeat, patterns.n_repeat + float(leaves_at_once)
    log_last, log_age = np.log(alpha + patterns.recency_weeks), np.log(alpha + patterns.age_weeks)
    may_leave = chances > 0
    stayed = np.where(may_leave, b + chances - 1, 1.0)
    here = -(r + x) * log_age
    gone = np.where(may_leave, np.log(a / stayed) - (r + x) * log_last, -np.inf)
    constant = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    constant += gammaln(b + chances) - gammaln(a + b + chances) + gammaln(a + b) - gammaln(b)
    is_here = expit(here - gone)
    left = 1 - is_here
    slopes = np.column_stack(
        [
            digamma(r + x) - digamma(r) + np.log(alpha) - is_here * log_age - left * log_last,
            r / alpha - (r + x) * (is_here * np.exp(-log_age) + left * np.exp(-log_last)),
            digamma(a + b) - digamma(a + b + chances) + left / a,
            digamma(b + chances) - digamma(a + b + chances) - digamma(b) + digamma(a + b) - left / stayed,
        ]
    )
    return constant + np.logaddexp(here, gone), slopes * np.array([r, alpha, a, b])


def alive_probability(parameters: Parameters, patterns: Patterns, *, leaves_at_once: bool) -> Floats:
    """Return the probability of still being a customer, between 0 and 1."""
    from scipy.special import expit

    r, alpha, a, b = (parameters[name] for name in NAMES)
    chances = patterns.n_repeat + float(leaves_at_once)
    may_leave = chances > 0
    odds = np.log(a / np.where(may_leave, b + chances - 1, 1.0))
    silence = (r + patterns.n_repeat) * np.log((alpha + patterns.age_weeks) / (alpha + patterns.recency_weeks))
    return np.asarray(np.where(may_leave, expit(-odds - silence), 1.0))


def purchases_if_alive(
    parameters: Parameters, n_repeat: Floats, age_weeks: Floats, weeks: Floats, *, leaves_at_once: bool
) -> Floats:
    """Return the purchases expected in the coming weeks of somebody who certainly is a customer today.

    With the chance of leaving p after a purchase, a buyer who makes k = r + x purchases in theta = weeks / (alpha +
    age) of the time will make (1 - (1 + p theta) ** -k) / p; the mean is taken over p ~ Beta(a, b + chances).

    Parameters
    ----------
    n_repeat, age_weeks
        One value per history.
    weeks
        A column.

    Returns
    -------
    np.ndarray
        One row per entry of ``weeks``, one column per history.
    """
    r, alpha, a, b = (parameters[name] for name in NAMES)
    shape, reach = r + n_repeat, np.max(weeks, initial=0.0) / (alpha + age_weeks)
    stays, same = np.unique(b + n_repeat + float(leaves_at_once), return_inverse=True)
    chance, weight = _leaving_chances(a, stays, float((shape * reach).max(initial=0.0)))
    mean_chance = (a / (a + stays))[same]
    found = np.zeros((len(weeks), len(shape)))
    step = max(_CELLS // _POINTS, 1)
    for row, ahead in enumerate(weeks[:, 0]):
        for start in range(0, len(shape), step):
            some = slice(start, start + step)
            k, theta, p = shape[some, None], (ahead / (alpha + age_weeks[some]))[:, None], chance[same[some]]
            # What leaving costs is 0 at p = 0; without its straight part it vanishes at p = 1 too.
            missed = k * theta + np.expm1(-k * np.log1p(p * theta)) / p
            at_most = (k * theta)[:, 0] + np.expm1(-k * np.log1p(theta))[:, 0]
            bent = ((missed - at_most[:, None] * p) * weight[same[some]]).sum(axis=1)
            found[row, some] = (k * theta)[:, 0] - at_most * mean_chance[some] - bent
    return found


def count_probability(parameters: Parameters, weeks: Floats, most: int, *, leaves_at_once: bool) -> Floats:
    """Return the probability of 0 .. ``most`` repeat purchases within so many weeks: one row per entry of ``weeks``.

    Fader, Hardie and Lee (2005), eq. 8, in logarithms.
    """
    from scipy.special import betaln, gammaln

    r, alpha, a, b = (parameters[name] for name in NAMES)
    n = np.arange(most + 1.0)
    chances = n + float(leaves_at_once)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(n > 0, n * np.log(weeks / (alpha + weeks))[:, None], 0.0)
    counts = np.exp(gammaln(r + n) - gammaln(r) - gammaln(n + 1) + share + r * np.log(alpha / (alpha + weeks))[:, None])
    at_least = np.clip(1 - (np.cumsum(counts, axis=1) - counts), 0.0, 1.0)
    stays = np.exp(betaln(a, b + chances) - betaln(a, b))
    leaves = np.where(chances > 0, np.exp(betaln(a + 1, np.maximum(b + chances - 1, b)) - betaln(a, b)), 0.0)
    return np.asarray(stays * counts + leaves * at_least)


def _leaving_chances(a: float, b: Floats, most_purchases: float) -> tuple[Floats, Floats]:
    """Return points and weights for a mean over Beta(a, b) of what vanishes at both ends: one row per ``b``.

    On the axis log(p / (1 - p)) such an integrand falls exponentially on both sides, and equal steps are exact to
    about nine digits.
    """
    from scipy.special import betaln, expit

    peak = np.log((a + 1) / (b + 1))
    fall = _NEGLIGIBLE + float(np.log1p(most_purchases))
    low = peak - _half_width(a + 1, b + 1, fall, -1.0)
    high = peak + _half_width(a + 1, b + 1, fall, 1.0)
    step = ((high - low) / (_POINTS - 1))[:, None]
    at = low[:, None] + step * np.arange(_POINTS)
    weight = np.exp(a * at - (a + b)[:, None] * np.logaddexp(0.0, at) - betaln(a, b)[:, None]) * step
    return np.maximum(expit(at), 1e-300), weight


def _half_width(a: float, b: Floats, fall: float, side: float) -> Floats:
    """Return how far from its peak the density of Beta(a, b) on the logit axis has fallen by an exponent."""
    peak = np.log(a / b)
    near, far = np.zeros_like(b), np.full_like(b, 2.0 * fall + 10.0)
    for _ in range(24):
        middle = (near + far) / 2
        at = peak + side * middle
        drop = -side * a * middle + (a + b) * (np.logaddexp(0.0, at) - np.logaddexp(0.0, peak))
        near, far = np.where(drop < fall, middle, near), np.where(drop < fall, far, middle)
    return far
