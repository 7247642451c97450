"""What customers may do: purchases drawn from a fitted model, given what each has done so far.

Drawn per distinct history, so that millions of customers cost no more than their histories. Given that somebody is
still a customer, the rate of purchases follows a gamma distribution with shape r + x and rate alpha + T; then

- Pareto/NBD: leaves after an exponential time whose rate is gamma (s, beta + T);
- BG/NBD, MBG/NBD: leaves after a purchase with a chance that is beta (a, b + x), or (a, b + x + 1) for MBG;
- NBD: never leaves.

For any other model the number of purchases of those who stay is drawn around its own expectation.
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
    if not {"r", "alpha"} <= set(parameters):
        expected = model.expected(patterns, weeks) / np.clip(model.alive(patterns), _LEAST, 1)
        return np.where(is_alive, random.poisson(np.clip(expected * factors, 0, _MOST_MEAN)), 0).astype("float64")
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
    if not {"r", "alpha", "a", "b"} <= set(parameters):
        return alive
    rate = random.gamma(parameters["r"] + patterns.n_repeat, 1.0, shape) / (parameters["alpha"] + patterns.age_weeks)
    n = random.poisson(np.clip(rate * weeks, 0, _MOST_MEAN))
    chance = _chance_of_leaving(model, patterns, shape, random)
    return np.asarray(alive * ((1 - chance) ** n).mean(axis=0))


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
