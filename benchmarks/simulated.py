"""Customers and contracts drawn from models with known parameters, for the benchmarks.

Every function takes the number of customers and a seed; times are in weeks.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmplan.value.occasions import Occasions
from crmplan.value.renewals import Durations, durations

TRUTH = {
    "NBD": {"r": 0.4, "alpha": 12.0},
    "BG/NBD": {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426},
    "MBG/NBD": {"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614},
    "Pareto/NBD": {"r": 0.6, "alpha": 12.0, "s": 0.6, "beta": 20.0},
    "BG/BB": {"alpha": 1.2, "beta": 0.75, "gamma": 0.66, "delta": 2.8},
    "Gamma-gamma": {"p": 6.0, "q": 4.0, "v": 15.0},
    "sBG": {"alpha": 0.7, "beta": 3.0},
    "BdW": {"alpha": 0.5, "beta": 2.0, "c": 1.3},
}
"""Parameters close to those of published data sets."""


def purchase_histories(model: str, n: int, seed: int, *, most_weeks: int = 104, unit_days: int = 0) -> pd.DataFrame:
    """Return n_repeat, recency_weeks, age_weeks; ``unit_days`` rounds the last purchase up to whole days or weeks."""
    draw, truth = np.random.default_rng(seed), TRUTH[model]
    step = unit_days / 7 if unit_days else 1 / 7
    age = draw.integers(1, round(most_weeks / step) + 1, n) * step
    rate = draw.gamma(truth["r"], 1 / truth["alpha"], n)
    if model in {"BG/NBD", "MBG/NBD"}:
        x, last = _leaving_at_a_purchase(draw, truth, rate, age, leaves_at_once=model == "MBG/NBD")
    else:
        stays = age
        if model == "Pareto/NBD":
            stays = np.minimum(draw.exponential(1 / draw.gamma(truth["s"], 1 / truth["beta"], n)), age)
        x = draw.poisson(rate * stays)
        last = _last_of(draw, x, stays)
    if unit_days:
        last = np.minimum(np.ceil(last / step) * step, age)
    return pd.DataFrame({"n_repeat": x, "recency_weeks": last, "age_weeks": age})


def _leaving_at_a_purchase(
    draw: np.random.Generator, truth: dict[str, float], rate: np.ndarray, age: np.ndarray, *, leaves_at_once: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Draw the purchase after which each customer leaves and its time; before it, purchases are evenly spread."""
    leaves_after = draw.geometric(np.clip(draw.beta(truth["a"], truth["b"], len(rate)), 1e-9, 1)) - leaves_at_once
    leaves_after = np.minimum(leaves_after, 10**7)
    with np.errstate(divide="ignore", over="ignore"):
        leaves_at = np.where(leaves_after > 0, draw.gamma(np.maximum(leaves_after, 1)) / rate, 0.0)
    has_left = leaves_at <= age
    share = np.divide(age, leaves_at, out=np.ones_like(age), where=leaves_at > age)
    so_far = draw.binomial(np.maximum(leaves_after - 1, 0), share)
    x = np.where(has_left, leaves_after, so_far)
    return x, np.where(has_left, leaves_at, _last_of(draw, so_far, age))


def _last_of(draw: np.random.Generator, x: np.ndarray, until: np.ndarray) -> np.ndarray:
    return np.where(x > 0, until * draw.random(len(x)) ** (1 / np.maximum(x, 1)), 0.0)


def mean_spends(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return numbers of repeat purchases and the mean spend of each customer."""
    draw, truth = np.random.default_rng(seed), TRUTH["Gamma-gamma"]
    x = 1 + draw.poisson(3 * draw.gamma(0.8, 1, n)).astype("float64")
    scale = draw.gamma(truth["q"], 1 / truth["v"], n)
    return x, draw.gamma(truth["p"] * x) / scale / x


def occasions(n: int, seed: int, *, n_occasions: int = 8) -> Occasions:
    """Return histories on fixed occasions."""
    draw, truth = np.random.default_rng(seed), TRUTH["BG/BB"]
    takes = draw.beta(truth["alpha"], truth["beta"], n)
    leaves = draw.geometric(draw.beta(truth["gamma"], truth["delta"], n)) - 1
    chances = np.arange(1, n_occasions + 1)
    taken = (draw.random((n, n_occasions)) < takes[:, None]) & (chances <= leaves[:, None])
    rows = np.column_stack([taken.sum(axis=1), (taken * chances).max(axis=1)]).astype("float64")
    distinct, weight = np.unique(rows, axis=0, return_counts=True)
    return Occasions(
        distinct[:, 0], distinct[:, 1], np.full(len(distinct), float(n_occasions)), weight.astype("float64")
    )


def contract_durations(model: str, n: int, seed: int, *, periods: int = 12) -> Durations:
    """Return how many contracts ended in each of the first periods."""
    draw, truth = np.random.default_rng(seed), TRUTH[model]
    chance = draw.beta(truth["alpha"], truth["beta"], n)
    # Survives t periods with probability (1 - chance) ** (t ** c).
    ends = np.ceil((np.log(draw.random(n)) / np.log1p(-chance)) ** (1 / truth.get("c", 1.0)))
    return durations(np.minimum(ends, periods).astype("int64"), ends <= periods)
