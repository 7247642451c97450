"""How far a forecast may be off: for a customer, for any group of customers, and for the base.

Two sources of doubt are put together: the parameters are estimates (their covariance, carried to the forecast), and
customers do as they please even when the parameters are known (purchases and amounts are drawn). For one customer the
second is everything; for the base it averages out and the first remains. Neither says that the model itself may be
wrong; that is measured (:mod:`crmplan.value.coverage`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmplan.value.purchase_history import Patterns
from crmplan.value.repeat_models import RepeatModel
from crmplan.value.simulation import draw_purchases

__all__ = ["LEVELS", "Ranges", "group_sd", "ranges", "relative_spend_variance", "widened"]

Floats = npt.NDArray[np.float64]
LEVELS = (0.50, 0.80, 0.95)
"""Shares of cases that the ranges are meant to hold."""
_N_DRAWS = 200
_CHUNK = 20_000
_STEP = 0.02
_MOST_RELATIVE = 1.0
_MOST_VARIANCE = 9.0


@dataclass(frozen=True, slots=True)
class Ranges:
    """Ranges per distinct history, money in units of what a purchase of the customer is expected to bring.

    Parameters
    ----------
    mean
        Expected purchases.
    process_sd
        Standard deviation of the money, parameters known.
    parameter_sd
        Standard deviation of the expectation, because parameters are estimates.
    n_low, n_high
        Range of the number of purchases: one row per level of ``LEVELS``.
    low, high
        Range of the money, in the same form.
    """

    mean: Floats
    process_sd: Floats
    parameter_sd: Floats
    n_low: Floats
    n_high: Floats
    low: Floats
    high: Floats


def ranges(model: RepeatModel, patterns: Patterns, weeks: float, *, spend_variance: float, seed: int) -> Ranges:
    """Return the ranges of what each distinct history leads one to expect within some weeks.

    Parameters
    ----------
    model, patterns
        A fitted model and distinct histories.
    weeks
        Length of the forecast.
    spend_variance
        Variance of the spend of one purchase, relative to its square (:func:`relative_spend_variance`).
    seed
        Of the draws.
    """
    mean = model.expected(patterns, weeks)
    parameter_sd = _parameter_sd(model, patterns, weeks)
    relative = np.clip(np.divide(parameter_sd, mean, out=np.zeros_like(mean), where=mean > 0), 0, _MOST_RELATIVE)
    random, found = np.random.default_rng(seed), []
    for start in range(0, len(mean), _CHUNK):
        some = slice(start, start + _CHUNK)
        found.append(
            _drawn(
                model,
                _part(patterns, some),
                weeks,
                relative=relative[some],
                spend_variance=spend_variance,
                random=random,
            )
        )
    process_sd, *limits = (np.concatenate(parts, axis=-1) for parts in zip(*found, strict=True))
    n_low, n_high, low, high = limits
    return Ranges(mean, process_sd, parameter_sd, n_low, n_high, low, high)


def relative_spend_variance(histories: pd.DataFrame) -> float:
    """Return the variance of what one customer spends from purchase to purchase, relative to the square of the mean.

    Pooled over customers with two purchases or more; 0 when nobody has.
    """
    n = histories["n_purchases"].to_numpy("float64")
    revenue = histories["revenue"].to_numpy("float64")
    again = (n > 1) & (revenue > 0)
    n, revenue = n[again], revenue[again]
    if not len(n):
        return 0.0
    squares = np.clip(histories["squared_spend"].to_numpy("float64")[again] - revenue**2 / n, 0, None)
    return float(min((squares / (revenue / n) ** 2).sum() / (n - 1).sum(), _MOST_VARIANCE))


def group_sd(process_sd: Floats, parameter_sd: Floats) -> float:
    """Return the standard deviation of a sum over customers.

    Customers do as they please independently of each other; parameters are wrong for all of them at once, and in the
    same direction at worst.

    Examples
    --------
    >>> group_sd(np.array([3.0, 4.0]), np.array([6.0, 6.0]))
    13.0
    """
    return float(np.hypot(np.sqrt((process_sd**2).sum()), parameter_sd.sum()))


def widened(mean: Floats, low: Floats, high: Floats, factor: float) -> tuple[Floats, Floats]:
    """Return a range stretched around its mean by a measured factor; never below 0."""
    down, up = mean - factor * np.clip(mean - low, 0, None), mean + factor * np.clip(high - mean, 0, None)
    return np.clip(np.minimum(low, down), 0, None), np.maximum(high, up)


def _drawn(
    model: RepeatModel,
    patterns: Patterns,
    weeks: float,
    *,
    relative: Floats,
    spend_variance: float,
    random: np.random.Generator,
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    shared = random.standard_normal((_N_DRAWS, 1))
    factors = np.exp(relative * shared - relative**2 / 2)
    n = draw_purchases(model, patterns, weeks, factors=factors, random=random)
    money = n
    if spend_variance > 1e-9:
        # Amounts differ from purchase to purchase, and the mean of a customer with few purchases is itself a guess.
        amounts = random.gamma(np.maximum(n, _STEP) / spend_variance, spend_variance)
        doubt = np.sqrt(np.log1p(spend_variance / (patterns.n_repeat + 1)))
        money = np.where(n > 0, amounts, 0.0) * np.exp(doubt * random.standard_normal(n.shape) - doubt**2 / 2)
    shares = [(1 - level) / 2 for level in LEVELS], [(1 + level) / 2 for level in LEVELS]
    limits = [
        np.asarray(np.quantile(drawn, at, axis=0, method="inverted_cdf")) for drawn in (n, money) for at in shares
    ]
    n_low, n_high, low, high = limits
    return money.std(axis=0, ddof=1), n_low, n_high, low, high


def _parameter_sd(model: RepeatModel, patterns: Patterns, weeks: float) -> Floats:
    """Carry the covariance of the logarithms of the parameters to the expectation, by its slope in them."""
    names, slopes = tuple(model.fit.parameters), []
    for name in names:
        up, down = (_moved(model, name, step).expected(patterns, weeks) for step in (_STEP, -_STEP))
        slope = (up - down) / (2 * _STEP)
        slopes.append(np.where(np.isfinite(slope), slope, 0.0))
    pull = np.array(slopes)
    variance = np.einsum("ip,ij,jp->p", pull, model.fit.covariance, pull)
    return np.asarray(np.sqrt(np.clip(np.nan_to_num(variance), 0, None)))


def _moved(model: RepeatModel, name: str, step: float) -> RepeatModel:
    parameters = dict(model.fit.parameters)
    parameters[name] = parameters[name] * float(np.exp(step))
    return model.with_parameters(parameters)


def _part(patterns: Patterns, some: slice) -> Patterns:
    return Patterns(
        patterns.n_repeat[some],
        patterns.recency_weeks[some],
        patterns.age_weeks[some],
        patterns.n_customers[some],
        np.zeros(0, dtype="int64"),
    )
