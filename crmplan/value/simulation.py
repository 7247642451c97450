"""What customers may do: purchases drawn from a fitted model, given what each has done so far.

Drawn per distinct history, so that millions of customers cost no more than their histories. Given that somebody is
still a customer, the rate of purchases follows a gamma distribution with shape r + x and rate alpha + T; then

- Pareto/NBD: leaves after an exponential time whose rate is gamma (s, beta + T);
- BG/NBD, MBG/NBD: leaves after a purchase with a chance that is beta (a, b + x), or (a, b + x + 1) for MBG;
- NBD: never leaves;
- BG/BB: takes each occasion with a chance that is beta (alpha + x, beta + n - x) and leaves before one with a chance
  that is beta (gamma, delta + n).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from crmplan.value.purchase_history import Patterns
from crmplan.value.repeat_models import RepeatModel

__all__ = ["draw_purchases", "draw_stays"]

Floats = npt.NDArray[np.float64]
_LEAST = 1e-12
_MOST_MEAN = 1e9
"""Above this a Poisson number cannot be drawn."""


def draw_purchases(
    model: RepeatModel, patterns: Patterns, weeks: float, *, factors: Floats, random: np.random.Generator
) -> Floats:
    """Return numbers of purchases in the coming weeks: one row per draw, one column per pattern.

    Parameters
    ----------
    model, patterns
        A fitted model and distinct histories.
    weeks
        Length of the period.
    factors
        By which each draw (row) and pattern (column) multiplies the rate of purchases; how uncertain parameters enter.
    random
        Source of the draws.
    """
    shape = factors.shape
    parameters, x, age = model.fit.parameters, patterns.n_repeat, patterns.age_weeks
    is_alive = random.random(shape) < np.clip(model.alive(patterns), 0, 1)
    if model.is_of_occasions:
        return np.where(is_alive, _occasions_taken(model, patterns, weeks, factors, random), 0.0)
    rate = random.gamma(parameters["r"] + x, 1.0, shape) / (parameters["alpha"] + age) * factors
    stays = _stays(parameters, patterns, weeks, shape, random)
    n = random.poisson(np.clip(rate * stays, 0, _MOST_MEAN)).astype("float64")
    if {"a", "b"} <= set(parameters):
        n = np.minimum(n, random.geometric(_chance_of_leaving(model, patterns, shape, random)))
    return np.where(is_alive, n, 0.0)


def draw_stays(model: RepeatModel, patterns: Patterns, weeks: float, *, n_draws: int, seed: int) -> Floats:
    """Return the chance, one per pattern, that somebody is a customer today and still one after so many weeks."""
    random, shape, parameters = np.random.default_rng(seed), (n_draws, len(patterns.n_repeat)), model.fit.parameters
    alive = np.clip(model.alive(patterns), 0, 1)
    if {"s", "beta"} <= set(parameters):
        age = patterns.age_weeks
        return np.asarray(alive * ((parameters["beta"] + age) / (parameters["beta"] + age + weeks)) ** parameters["s"])
    if model.is_of_occasions:
        chance = random.beta(parameters["gamma"], parameters["delta"] + _seen(model, patterns) + 1, shape)
        return np.asarray(alive * ((1 - chance) ** max(weeks / model.period_weeks - 1, 0.0)).mean(axis=0))
    if not {"r", "alpha", "a", "b"} <= set(parameters):
        return alive
    rate = random.gamma(parameters["r"] + patterns.n_repeat, 1.0, shape) / (parameters["alpha"] + patterns.age_weeks)
    n = random.poisson(np.clip(rate * weeks, 0, _MOST_MEAN))
    chance = _chance_of_leaving(model, patterns, shape, random)
    return np.asarray(alive * ((1 - chance) ** n).mean(axis=0))


def _occasions_taken(
    model: RepeatModel, patterns: Patterns, weeks: float, factors: Floats, random: np.random.Generator
) -> Floats:
    """Occasions taken by those who still are customers on the next one."""
    parameters, seen, shape = model.fit.parameters, _seen(model, patterns), factors.shape
    taken = np.minimum(patterns.n_repeat, seen)
    takes = np.clip(random.beta(parameters["alpha"] + taken, parameters["beta"] + seen - taken, shape) * factors, 0, 1)
    leaves = random.beta(parameters["gamma"], parameters["delta"] + seen + 1, shape)
    ahead = weeks / model.period_weeks
    # Part of an occasion is one that comes within the time with that chance.
    n_ahead = np.floor(ahead) + (random.random(shape) < ahead % 1)
    stays = np.minimum(random.geometric(np.clip(leaves, _LEAST, 1.0)), n_ahead)
    return random.binomial(stays.astype("int64"), takes).astype("float64")


def _seen(model: RepeatModel, patterns: Patterns) -> Floats:
    """Occasions there were since the first purchase."""
    return np.asarray(np.rint(patterns.age_weeks / model.period_weeks))


def _stays(
    parameters: dict[str, float], patterns: Patterns, weeks: float, shape: tuple[int, ...], random: np.random.Generator
) -> Floats | float:
    """Weeks that somebody stays, at most the period."""
    if not {"s", "beta"} <= set(parameters):
        return weeks
    leaving = random.gamma(parameters["s"], 1.0, shape) / (parameters["beta"] + patterns.age_weeks)
    return np.minimum(random.exponential(1.0, shape) / np.clip(leaving, _LEAST, None), weeks)


def _chance_of_leaving(
    model: RepeatModel, patterns: Patterns, shape: tuple[int, ...], random: np.random.Generator
) -> Floats:
    first = 1 if model.name == "MBG/NBD" else 0
    parameters = model.fit.parameters
    chance = random.beta(parameters["a"], parameters["b"] + patterns.n_repeat + first, shape)
    return np.clip(chance, _LEAST, 1.0)
