"""The BG/BB model: purchases that can only be made on fixed occasions, such as a yearly appeal for donations.

A customer takes each occasion with a chance of its own until it leaves, before an occasion, with a chance of its own
(Fader, Hardie and Shang 2010).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from crmplan.value.fitting import Fit, maximise, weighted

__all__ = ["Occasions", "alive_probability", "count_probability", "expected_purchases", "fit_occasions", "scores"]

Floats = npt.NDArray[np.float64]
Parameters = Mapping[str, float]
NAMES = ("alpha", "beta", "gamma", "delta")


@dataclass(frozen=True, slots=True)
class Occasions:
    """Distinct histories on fixed occasions.

    Parameters
    ----------
    n_repeat
        Occasions taken after the first purchase.
    recency
        The last of them (0 without one).
    n_occasions
        Occasions there were.
    n_customers
        Customers with that history.
    """

    n_repeat: Floats
    recency: Floats
    n_occasions: Floats
    n_customers: Floats


def fit_occasions(histories: Occasions) -> Fit:
    """Return the most likely parameters: alpha, beta of taking an occasion, gamma, delta of leaving before one."""
    mean, gradient = weighted(lambda parameters: scores(parameters, histories), NAMES, histories.n_customers)
    starts = [[1.0, 1.0, 0.5, 2.0], [0.5, 2.0, 1.0, 1.0]]
    return maximise(mean, names=NAMES, starts=starts, n=float(histories.n_customers.sum()), gradient=gradient)


def scores(parameters: Parameters, histories: Occasions) -> tuple[Floats, Floats]:
    """Return the log-likelihood of each history and its slopes along the logarithms of the parameters."""
    from scipy.special import digamma, logsumexp

    alpha, beta, gamma, delta = (parameters[name] for name in NAMES)
    x, terms = histories.n_repeat[:, None], _terms(parameters, histories)
    found = logsumexp(terms.log_weight, axis=1)
    share = np.exp(terms.log_weight - found[:, None])
    missed, survived, leaves = terms.n_seen - x, terms.n_survived, terms.leaves
    seen, risk = digamma(alpha + beta + terms.n_seen), digamma(gamma + delta + survived + leaves)
    both, chance = digamma(alpha + beta), digamma(gamma + delta)
    slopes = [
        digamma(alpha + x) - seen - digamma(alpha) + both,
        digamma(beta + missed) - seen - digamma(beta) + both,
        digamma(gamma + leaves) - risk - digamma(gamma) + chance,
        digamma(delta + survived) - risk - digamma(delta) + chance,
    ]
    summed = np.column_stack([(share * slope).sum(axis=1) for slope in slopes])
    return found, summed * np.array([alpha, beta, gamma, delta])


def alive_probability(parameters: Parameters, histories: Occasions) -> Floats:
    """Return the probability that a customer will still be one on the next occasion."""
    gamma, delta, n = parameters["gamma"], parameters["delta"], histories.n_occasions
    return np.asarray(_stayed(parameters, histories) * (delta + n) / (gamma + delta + n))


def expected_purchases(parameters: Parameters, histories: Occasions, n_ahead: int) -> Floats:
    """Return how many of the coming occasions will be taken, one value per history.

    A customer without a history (0, 0, 0) is a new one.
    """
    alpha, beta, gamma, delta = (parameters[name] for name in NAMES)
    ahead = np.arange(n_ahead) + histories.n_occasions[:, None]
    stays = np.cumprod((delta + ahead) / (gamma + delta + ahead), axis=1).sum(axis=1)
    takes = (alpha + histories.n_repeat) / (alpha + beta + histories.n_occasions)
    return np.asarray(_stayed(parameters, histories) * takes * stays)


def count_probability(parameters: Parameters, n_occasions: int) -> Floats:
    """Return the probability of taking 0 .. all of so many occasions."""
    from scipy.special import betaln, gammaln

    alpha, beta, gamma, delta = (parameters[name] for name in NAMES)
    x, last = np.arange(n_occasions + 1.0)[:, None], np.arange(n_occasions + 1.0)[None, :]
    leaves = last < n_occasions
    with np.errstate(invalid="ignore"):
        ways = gammaln(last + 1) - gammaln(x + 1) - gammaln(np.maximum(last - x, 0) + 1)
        taken = betaln(alpha + x, beta + np.maximum(last - x, 0)) - betaln(alpha, beta)
    gone = betaln(gamma + leaves, delta + last) - betaln(gamma, delta)
    return np.asarray(np.where(last >= x, np.exp(ways + taken + gone), 0.0).sum(axis=1))


@dataclass(frozen=True, slots=True)
class _Terms:
    """The ways in which a history can have come about, one column each: stayed, or left before an occasion."""

    n_seen: Floats
    n_survived: Floats
    leaves: Floats
    log_weight: Floats


def _terms(parameters: Parameters, histories: Occasions) -> _Terms:
    from scipy.special import betaln

    alpha, beta, gamma, delta = (parameters[name] for name in NAMES)
    n, last = histories.n_occasions[:, None], histories.recency[:, None]
    most = int((n - last).max(initial=0.0))
    later = np.concatenate([n, last + np.arange(most)], axis=1)
    leaves = np.concatenate([np.zeros_like(n), np.ones((len(n), most))], axis=1)
    happened = (leaves == 0) | (later < n)
    later = np.where(happened, later, n)
    x = histories.n_repeat[:, None]
    weight = betaln(alpha + x, beta + later - x) - betaln(alpha, beta)
    weight = weight + betaln(gamma + leaves, delta + later) - betaln(gamma, delta)
    return _Terms(later, later, leaves, np.where(happened, weight, -np.inf))


def _stayed(parameters: Parameters, histories: Occasions) -> Floats:
    """Probability of having still been a customer on the last occasion there was."""
    from scipy.special import logsumexp

    weight = _terms(parameters, histories).log_weight
    return np.asarray(np.exp(weight[:, 0] - logsumexp(weight, axis=1)))
