"""The models of repeat purchases under one roof: fitting them to a base, and what each predicts.

NBD, BG/NBD, MBG/NBD and Pareto/NBD, all by our own likelihoods with exact slopes over the distinct histories of a
base. Every log-likelihood is the sum over customers, in weeks, of the density of the purchase times (as published in
Fader, Hardie and Lee 2005), so that the models can be compared. BG/BB, for purchases on fixed occasions, is here too,
once for each kind of occasions; its log-likelihood is that of occasions taken, and not to be compared with the others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from crmplan.value import beta_geometric, nbd, pareto, repeat_occasions
from crmplan.value.fitting import Fit, maximise, weighted
from crmplan.value.fixed_occasions import PERIOD_WEEKS
from crmplan.value.purchase_history import Patterns

__all__ = [
    "OCCASION_MODELS",
    "REPEAT_MODELS",
    "alive_probability",
    "count_probability",
    "discounted_residual",
    "expected_of_new_customer",
    "expected_purchases",
    "fit_repeat_model",
    "log_likelihood",
    "sample_of",
]

Floats = npt.NDArray[np.float64]
Parameters = Mapping[str, float]

_MANY, _FEW = 6000, 2000
"""With more distinct histories, the searches start on so few of them; the last steps are made on all."""
_MOST = MappingProxyType({"r": 50.0, "a": 50.0, "s": 20.0})
"""Customers then hardly differ any more, and only the ratio to the next parameter can be known."""
_DAYS_PER_YEAR, _DAYS_PER_WEEK = 365.25, 7.0


@dataclass(frozen=True, slots=True)
class _Law:
    """What a model says, as functions of its parameters; ``period_weeks`` where purchases need an occasion."""

    names: tuple[str, ...]
    scores: Callable[[Parameters, Patterns], tuple[Floats, Floats]]
    alive: Callable[[Parameters, Patterns], Floats]
    if_alive: Callable[[Parameters, Floats, Floats, Floats], Floats]
    counts: Callable[[Parameters, Floats, int], Floats]
    period_weeks: float | None = None

    @property
    def ratios(self) -> dict[str, str]:
        """Parameters that are searched for as a multiple of the one before."""
        return {other: name for name, other in zip(self.names[::2], self.names[1::2], strict=True)}

    def most(self, parameters: Parameters, n_repeat: Floats, age_weeks: Floats, weeks: Floats) -> Floats:
        """Return what somebody who never leaves would buy."""
        if self.period_weeks is not None:
            return np.asarray(weeks / self.period_weeks + np.zeros_like(age_weeks))
        return np.asarray((parameters["r"] + n_repeat) * weeks / (parameters["alpha"] + age_weeks))


def _geometric(leaves_at_once: bool) -> _Law:
    form = beta_geometric
    return _Law(
        form.NAMES,
        partial(form.scores, leaves_at_once=leaves_at_once),
        partial(form.alive_probability, leaves_at_once=leaves_at_once),
        partial(form.purchases_if_alive, leaves_at_once=leaves_at_once),
        partial(form.count_probability, leaves_at_once=leaves_at_once),
    )


def _occasions(period_weeks: float) -> _Law:
    form = repeat_occasions
    return _Law(
        form.NAMES,
        partial(form.scores, period_weeks=period_weeks),
        partial(form.alive_probability, period_weeks=period_weeks),
        partial(form.purchases_if_alive, period_weeks=period_weeks),
        partial(form.count_probability, period_weeks=period_weeks),
        period_weeks,
    )


_LAWS = {
    "NBD": _Law(nbd.NAMES, nbd.scores, nbd.alive_probability, nbd.purchases_if_alive, nbd.count_probability),
    "BG/NBD": _geometric(False),
    "MBG/NBD": _geometric(True),
    "Pareto/NBD": _Law(
        pareto.NAMES, pareto.scores, pareto.alive_probability, pareto.purchases_if_alive, pareto.count_probability
    ),
    **{f"BG/BB {kind}": _occasions(period) for kind, period in PERIOD_WEEKS.items()},
}
REPEAT_MODELS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {name: law.names for name, law in _LAWS.items() if law.period_weeks is None}
)
"""Models of repeat purchases at any time and the names of their parameters."""
OCCASION_MODELS: Mapping[str, str] = MappingProxyType({kind: f"BG/BB {kind}" for kind in PERIOD_WEEKS})
"""The model of purchases on fixed occasions, by kind of occasions."""


def fit_repeat_model(model: str, patterns: Patterns) -> Fit:
    """Return the most likely parameters of a repeat-purchase model.

    Parameters
    ----------
    model
        A key of ``REPEAT_MODELS``, or a value of ``OCCASION_MODELS``.
    patterns
        Distinct histories with their number of customers; at least one customer must have bought again.
    """
    starts = _starts(model, patterns)
    if len(patterns.n_repeat) <= _MANY:
        return _fitted(model, patterns, starts)
    some = sample_of(patterns, _FEW)
    rough = _fitted(model, some, starts)
    if not np.isfinite(list(rough.parameters.values())).all():
        return _fitted(model, patterns, starts)
    spread = rough.covariance * float(some.n_customers.sum())
    return _fitted(model, patterns, [list(rough.parameters.values())], spread=spread)


def sample_of(patterns: Patterns, n: int) -> Patterns:
    """Return about ``n`` of the histories, evenly over customers in the order of the histories; always the same ones.

    Each stands for equally many customers, so that estimates from the sample are those of the base within chance.
    """
    ends = np.cumsum(patterns.n_customers)
    picked = np.searchsorted(ends, (np.arange(n) + 0.5) * ends[-1] / n)
    chosen, times = np.unique(picked, return_counts=True)
    weight = times * (ends[-1] / n)
    return Patterns(
        patterns.n_repeat[chosen],
        patterns.recency_weeks[chosen],
        patterns.age_weeks[chosen],
        weight.astype("float64"),
        np.arange(len(chosen)),
    )


def log_likelihood(model: str, parameters: Parameters, patterns: Patterns) -> Floats:
    """Return the log density of the purchase times of each history."""
    return _LAWS[model].scores(parameters, patterns)[0]


def alive_probability(model: str, parameters: Parameters, patterns: Patterns) -> Floats:
    """Return the probability that a customer with such a history is still a customer, between 0 and 1."""
    return _LAWS[model].alive(parameters, patterns)


def expected_purchases(model: str, parameters: Parameters, patterns: Patterns, weeks: Floats) -> Floats:
    """Return the purchases expected within the coming weeks of customers with such histories; always finite.

    One row per entry of ``weeks``, one column per history. What a customer would buy if still there depends on the
    number of purchases and the age alone, so it is computed once for each such pair.
    """
    weeks = np.asarray(weeks, dtype="float64")
    alive = alive_probability(model, parameters, patterns)
    n_repeat, age, row = _distinct_pairs(patterns)
    there = _LAWS[model].if_alive(parameters, n_repeat, age, weeks[:, None])
    most = _LAWS[model].most(parameters, n_repeat, age, weeks[:, None])
    return np.asarray(np.clip(there, 0.0, most)[:, row] * alive)


def discounted_residual(
    model: str, parameters: Parameters, patterns: Patterns, annual_discount_rate: float
) -> Floats | None:
    """Return all purchases still to come, discounted to today; None where a model gives no finite one.

    Only Pareto/NBD lets people leave while they do not buy, so that what is to come falls off with time.
    """
    if model != "Pareto/NBD" or annual_discount_rate <= 0:
        return None
    weekly = float(np.log1p(annual_discount_rate)) * _DAYS_PER_WEEK / _DAYS_PER_YEAR
    return pareto.discounted_residual(parameters, patterns, weekly)


def expected_of_new_customer(model: str, parameters: Parameters, weeks: Floats) -> Floats:
    """Return the repeat purchases expected within so many weeks after a first purchase."""
    return expected_purchases(model, parameters, Patterns.single(0, 0, 0), np.asarray(weeks, dtype="float64"))[:, 0]


def count_probability(model: str, parameters: Parameters, weeks: Floats, most: int) -> Floats:
    """Return the probability of 0, 1, .. ``most`` repeat purchases within so many weeks of the first.

    Returns
    -------
    np.ndarray
        One row per entry of ``weeks``, ``most + 1`` columns.
    """
    return np.clip(_LAWS[model].counts(parameters, np.asarray(weeks, dtype="float64"), most), 0.0, 1.0)


def _fitted(model: str, patterns: Patterns, starts: list[list[float]], *, spread: Floats | None = None) -> Fit:
    law, weight = _LAWS[model], patterns.n_customers
    names = law.names
    mean, gradient = weighted(lambda parameters: law.scores(parameters, patterns), names, weight)
    return maximise(
        mean,
        names=names,
        starts=starts,
        n=float(weight.sum()),
        gradient=gradient,
        ratios=law.ratios,
        most=_MOST,
        spread=spread,
    )


def _starts(model: str, patterns: Patterns) -> list[list[float]]:
    """Return where to begin: few differing customers or many, leaving early or late, at the rate of the base."""
    if _LAWS[model].period_weeks is not None:
        return [[1.0, 1.0, 0.5, 2.0], [0.5, 2.0, 1.0, 1.0]]
    x, age, weight = patterns.n_repeat, patterns.age_weeks, patterns.n_customers
    rate = max(float((x * weight).sum() / max((age * weight).sum(), 1e-9)), 1e-6)
    weeks = max(float((age * weight).sum() / weight.sum()), 1.0)
    buying = [[0.5, 0.4 / rate], [2.0, 2.0 / rate]]
    leaving: list[list[float]] = [[0.8, 2.0], [0.3, 5.0]]
    if model == "Pareto/NBD":
        leaving = [[0.5, weeks / 3], [1.5, 2 * weeks]]
    if model == "NBD":
        leaving = [[], []]
    return [[*one, *other] for one, other in zip(buying, leaving, strict=True)]


def _distinct_pairs(patterns: Patterns) -> tuple[Floats, Floats, npt.NDArray[np.int64]]:
    """Return the distinct (n_repeat, age_weeks), and for each history the position of its pair."""
    counts, one = np.unique(patterns.n_repeat, return_inverse=True)
    ages, other = np.unique(patterns.age_weeks, return_inverse=True)
    pairs, row = np.unique(one.reshape(-1) * len(ages) + other.reshape(-1), return_inverse=True)
    return counts[pairs // max(len(ages), 1)], ages[pairs % max(len(ages), 1)], row.reshape(-1).astype("int64")
