"""Likelihoods and closed-form predictions of the library ``lifetimes``, kept at arm's length.

This is the only module that imports lifetimes. The library silences warnings for the whole process and sets a pandas
option when it is imported; both are put back. Of its fitting only the likelihoods are used: it reports false alarms,
rescales time without saying so, and sums or averages the log-likelihood depending on the model; and its Pareto/NBD
overflows for heavy buyers, which is why that model has a module of its own. Here every
log-likelihood is the sum over customers, in weeks, of the density of the purchase times (as published in Fader, Hardie
and Lee 2005). Its penalizer is always 0.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from types import ModuleType
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from crmplan.value import pareto
from crmplan.value.fitting import Fit, maximise
from crmplan.value.purchase_history import Patterns

__all__ = [
    "REPEAT_MODELS",
    "alive_probability",
    "count_probability",
    "expected_of_new_customer",
    "expected_purchases",
    "fit_donations",
    "fit_repeat_model",
    "fit_spend",
]

Floats = npt.NDArray[np.float64]

REPEAT_MODELS: dict[str, tuple[str, ...]] = {
    "BG/NBD": ("r", "alpha", "a", "b"),
    "MBG/NBD": ("r", "alpha", "a", "b"),
    "Pareto/NBD": ("r", "alpha", "s", "beta"),
}
"""Models of repeat purchases and the names of their parameters."""

_FITTERS = {"BG/NBD": "BetaGeoFitter", "MBG/NBD": "ModifiedBetaGeoFitter", "Pareto/NBD": "ParetoNBDFitter"}
_CLOSED_FORM_BELOW = 2000.0
"""Dropout parameters above this make the hypergeometric series lose its digits; the integral is used instead."""

_CHEAP_PATTERNS = 1500
"""Up to so many distinct histories Pareto/NBD is searched for from several starts."""
_MOST = {"r": 50.0, "a": 50.0, "s": 20.0}
"""Customers then hardly differ any more; further up the hypergeometric functions are slow and inexact."""


@contextmanager
def _quiet() -> Iterator[None]:
    """Put warning filters back afterwards: the library changes them on import and at every likelihood."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


@cache
def _library() -> ModuleType:
    import pandas as pd

    with _quiet():
        option = pd.get_option("mode.chained_assignment")
        try:
            import lifetimes

            return cast("ModuleType", lifetimes)
        finally:
            pd.set_option("mode.chained_assignment", option)


def _fitter(model: str, parameters: dict[str, float] | None = None) -> Any:
    import pandas as pd

    fitter = getattr(_library(), _FITTERS[model])(penalizer_coef=0.0)
    if parameters is not None:
        fitter.params_ = pd.Series(parameters)
    return fitter


def fit_repeat_model(model: str, patterns: Patterns) -> Fit:
    """Return the most likely parameters of a repeat-purchase model.

    Parameters
    ----------
    model
        A key of ``REPEAT_MODELS``.
    patterns
        Distinct histories with their number of customers; at least one customer must have bought again.
    """
    x, age, weight = patterns.n_repeat, patterns.age_weeks, patterns.n_customers
    names, n = REPEAT_MODELS[model], float(weight.sum())
    rate = max(float((x * weight).sum() / max((age * weight).sum(), 1e-9)), 1e-6)
    ratios = {"alpha": "r", names[3]: names[2]}
    if model == "Pareto/NBD":
        weeks = max(float((age * weight).sum() / n), 1.0)
        starts = [[0.5, 0.4 / rate, 0.5, weeks / 3], [2.0, 2.0 / rate, 1.5, 2 * weeks]]
        starts = starts if len(x) <= _CHEAP_PATTERNS else starts[:1]
        return maximise(
            lambda log_parameters: _mean_of_pareto(log_parameters, patterns),
            names=names,
            starts=starts,
            n=n,
            ratios=ratios,
            most=_MOST,
        )
    starts = [[0.5, 0.4 / rate, 0.8, 2.0], [2.0, 2.0 / rate, 0.3, 5.0]]
    arguments = (x.astype("int64"), patterns.recency_weeks, age, weight, 0.0)
    mean, gradient = _with_gradient(_fitter(model)._negative_log_likelihood, arguments)
    return maximise(mean, names=names, starts=starts, n=n, gradient=gradient, ratios=ratios, most=_MOST)


def _mean_of_pareto(log_parameters: Floats, patterns: Patterns) -> float:
    parameters = dict(zip(REPEAT_MODELS["Pareto/NBD"], np.exp(log_parameters), strict=True))
    found = pareto.log_likelihood(parameters, patterns)
    return float(patterns.n_customers @ found / patterns.n_customers.sum())


def fit_spend(n_repeat: Floats, mean_spend: Floats, n_customers: Floats) -> Fit:
    """Return the most likely parameters (p, q, v) of the gamma-gamma model of spend per purchase.

    Parameters
    ----------
    n_repeat, mean_spend
        Repeat purchases (1 or more) and their mean spend (above 0).
    n_customers
        Customers with that pair.
    """
    fitter = _library().GammaGammaFitter(penalizer_coef=0.0)
    level = float(np.average(mean_spend, weights=n_customers))
    arguments = (n_repeat.astype("float64"), mean_spend / level, n_customers, 0.0)
    mean, gradient = _with_gradient(fitter._negative_log_likelihood, arguments)
    fit = maximise(
        mean, names=("p", "q", "v"), starts=[[2.0, 4.0, 2.0], [6.0, 2.5, 0.5]], n=n_customers.sum(), gradient=gradient
    )
    parameters = {**fit.parameters, "v": fit.parameters["v"] * level}
    log_likelihood = fit.log_likelihood - float(n_customers.sum()) * float(np.log(level))
    return Fit(parameters, log_likelihood, fit.covariance, fit.status, fit.gap, fit.at_bound, fit.loose)


def fit_donations(n_repeat: Floats, recency: Floats, n_periods: Floats, n_customers: Floats) -> Fit:
    """Return the most likely parameters (alpha, beta, gamma, delta) of BG/BB, for purchases at fixed occasions."""
    fitter = _library().BetaGeoBetaBinomFitter(penalizer_coef=0.0)
    arguments = (n_repeat.astype("int64"), recency.astype("int64"), n_periods.astype("int64"), n_customers, 0.0)
    mean, gradient = _with_gradient(fitter._negative_log_likelihood, arguments)
    names = ("alpha", "beta", "gamma", "delta")
    return maximise(mean, names=names, starts=[[1.0, 1.0, 0.5, 2.0]], n=n_customers.sum(), gradient=gradient)


def _with_gradient(
    negative: Callable[..., Any], arguments: tuple[Any, ...]
) -> tuple[Callable[[Floats], float], Callable[[Floats], Floats]]:
    from autograd import grad  # type: ignore[import-untyped]

    slope = grad(negative)

    def mean(log_parameters: Floats) -> float:
        with _quiet():
            return -float(negative(log_parameters, *arguments))

    def gradient(log_parameters: Floats) -> Floats:
        with _quiet():
            return -np.asarray(slope(log_parameters, *arguments))

    return mean, gradient


def alive_probability(model: str, parameters: dict[str, float], patterns: Patterns) -> Floats:
    """Return the probability that a customer with such a history is still a customer, between 0 and 1."""
    if model == "Pareto/NBD":
        return pareto.alive_probability(parameters, patterns)
    history = (patterns.n_repeat, patterns.recency_weeks, patterns.age_weeks)
    with _quiet():
        found = np.asarray(_fitter(model, parameters).conditional_probability_alive(*history), dtype="float64")
    just_bought = np.where(patterns.recency_weeks >= patterns.age_weeks, 1.0, 0.0)
    return np.clip(np.where(np.isfinite(found), found, just_bought), 0.0, 1.0)


def expected_purchases(model: str, parameters: dict[str, float], patterns: Patterns, weeks: Floats) -> Floats:
    """Return the purchases expected within the coming weeks of customers with such histories; always finite.

    One row per entry of ``weeks``, one column per history. Where a closed form of the library has lost its digits (it
    then leaves the range from 0 to what a customer who never leaves would buy), the integral is computed instead.
    """
    weeks = np.asarray(weeks, dtype="float64")[:, None]
    alive = alive_probability(model, parameters, patterns)
    if model == "Pareto/NBD":
        return alive * pareto.purchases_if_alive(parameters, patterns, weeks)
    most = (parameters["r"] + patterns.n_repeat) * weeks / (parameters["alpha"] + patterns.age_weeks)
    history = (patterns.n_repeat, patterns.recency_weeks, patterns.age_weeks)
    with _quiet():
        predict = _fitter(model, parameters).conditional_expected_number_of_purchases_up_to_time
        found = np.asarray(predict(weeks, *history), dtype="float64")
    doubtful = np.flatnonzero(_is_doubtful(found, most, parameters).any(axis=0))
    if len(doubtful):
        found[:, doubtful] = alive[doubtful] * _if_alive(model, parameters, patterns, doubtful, weeks)
    return np.asarray(np.clip(found, 0.0, most))


def expected_of_new_customer(model: str, parameters: dict[str, float], weeks: Floats) -> Floats:
    """Return the repeat purchases expected within so many weeks after a first purchase."""
    weeks, new = np.asarray(weeks, dtype="float64"), Patterns.single(0, 0, 0)
    if model == "Pareto/NBD":
        return np.asarray(expected_purchases(model, parameters, new, weeks)[:, 0])
    with _quiet():
        found = np.asarray(_fitter(model, parameters).expected_number_of_purchases_up_to_time(weeks), dtype="float64")
    most = parameters["r"] * weeks / parameters["alpha"]
    if _is_doubtful(found, most, parameters).any():
        alive = alive_probability(model, parameters, new)
        found = (alive * _if_alive(model, parameters, new, np.zeros(1, dtype="int64"), weeks[:, None]))[:, 0]
    return np.asarray(np.clip(found, 0.0, most))


def _is_doubtful(found: Floats, most: Floats, parameters: dict[str, float]) -> npt.NDArray[np.bool_]:
    is_outside = ~np.isfinite(found) | (found < 0) | (found > most * (1 + 1e-9))
    is_steep = max(parameters["a"], parameters["b"]) > _CLOSED_FORM_BELOW or abs(parameters["a"] - 1) < 1e-6
    return np.asarray(is_outside | is_steep)


def _if_alive(
    model: str, parameters: dict[str, float], patterns: Patterns, chosen: npt.NDArray[np.int64], weeks: Floats
) -> Floats:
    """Purchases expected of somebody who is certainly a customer today, by an integral that cannot overflow.

    The integral runs over the dropout probability, at the same 64 points for all histories with as many purchases.
    """
    from scipy.special import betaincinv

    nodes, weights = np.polynomial.legendre.leggauss(64)
    n_repeat, row = np.unique(patterns.n_repeat[chosen], return_inverse=True)
    chances = n_repeat + parameters["b"] + (1.0 if model == "MBG/NBD" else 0.0)
    with np.errstate(all="ignore"):
        p = betaincinv(parameters["a"], chances[:, None], (nodes[None, :] + 1) / 2)[row]
    shape = (parameters["r"] + patterns.n_repeat[chosen])[:, None]
    scale = (parameters["alpha"] + patterns.age_weeks[chosen])[:, None]
    found = np.zeros((len(weeks), len(chosen)))
    for position, ahead in enumerate(weeks[:, 0]):
        with np.errstate(all="ignore"):
            bought = -np.expm1(-shape * np.log1p(p * ahead / scale)) / p
        found[position] = np.where(p < 1e-12, shape * ahead / scale, bought) @ (weights / 2)
    return found


def count_probability(model: str, parameters: dict[str, float], weeks: Floats, most: int) -> Floats:
    """Return the probability of 0, 1, .. ``most`` repeat purchases within so many weeks of the first.

    Returns
    -------
    np.ndarray
        One row per entry of ``weeks``, ``most + 1`` columns.
    """
    weeks = np.asarray(weeks, dtype="float64")
    found = np.zeros((len(weeks), most + 1))
    for n in range(most + 1):
        if model == "Pareto/NBD":
            found[:, n] = [_pareto_count(parameters, float(w), n) for w in weeks]
        else:
            found[:, n] = _geometric_count(model, parameters, weeks, n)
    return np.clip(found, 0.0, 1.0)


def _pareto_count(parameters: dict[str, float], weeks: float, n: int) -> float:
    if weeks <= 0:
        return float(n == 0)
    none = np.zeros(1)
    with _quiet():
        fitter = _fitter("Pareto/NBD", parameters)
        return float(np.squeeze(fitter.conditional_probability_of_n_purchases_up_to_time(n, weeks, none, none, none)))


def _geometric_count(model: str, parameters: dict[str, float], weeks: Floats, n: int) -> Floats:
    """Count probabilities of BG/NBD (Fader, Hardie and Lee 2005, eq. 8) and MBG/NBD, in logarithms."""
    from scipy.special import betaln, gammaln

    r, alpha, a, b = (parameters[name] for name in ("r", "alpha", "a", "b"))
    chances = n + (1 if model == "MBG/NBD" else 0)
    past = np.log(alpha / (alpha + weeks))
    with np.errstate(all="ignore"):
        share = np.log(weeks / (alpha + weeks))
        below = [
            np.exp(gammaln(r + j) - gammaln(r) - gammaln(j + 1) + r * past + (j * share if j else 0.0))
            for j in range(n + 1)
        ]
    found = np.exp(betaln(a, b + chances) - betaln(a, b)) * below[n]
    if chances:
        left = np.exp(betaln(a + 1, b + chances - 1) - betaln(a, b))
        found = found + left * np.clip(1 - sum(below[:n], np.zeros(len(weeks))), 0, 1)
    return np.asarray(found)
