"""BG/BB in the terms of the other models of repeat purchases: histories and forecasts in weeks.

The model itself is :mod:`crmplan.value.occasions`. Here weeks become occasions; between two occasions a forecast
grows evenly, as nobody says on which day of the time between the forecast begins.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt

from crmplan.value import occasions
from crmplan.value.occasions import Occasions
from crmplan.value.purchase_history import Patterns

__all__ = ["NAMES", "alive_probability", "count_probability", "occasions_of", "purchases_if_alive", "scores"]

Floats = npt.NDArray[np.float64]
Parameters = Mapping[str, float]
NAMES = ("alpha", "beta", "gamma", "delta")
_ROWS = 8192


def scores(parameters: Parameters, patterns: Patterns, *, period_weeks: float) -> tuple[Floats, Floats]:
    """Return the log-likelihood of each history and its slopes along the logarithms of the parameters."""
    parts = [occasions.scores(parameters, some) for some in _in_parts(patterns, period_weeks)]
    if not parts:
        return np.zeros(0), np.zeros((0, len(NAMES)))
    return np.concatenate([found for found, _ in parts]), np.concatenate([slopes for _, slopes in parts])


def alive_probability(parameters: Parameters, patterns: Patterns, *, period_weeks: float) -> Floats:
    """Return the probability that a customer will still be one on the next occasion."""
    found = [occasions.alive_probability(parameters, some) for some in _in_parts(patterns, period_weeks)]
    return np.concatenate(found) if found else np.zeros(0)


def purchases_if_alive(
    parameters: Parameters, n_repeat: Floats, age_weeks: Floats, weeks: Floats, *, period_weeks: float
) -> Floats:
    """Return the purchases expected in the coming weeks (a column) of a customer who still is one on the next occasion.

    Parameters
    ----------
    n_repeat, age_weeks
        One value per history.
    weeks
        A column; so many weeks hold ``weeks / period_weeks`` occasions.
    """
    alpha, beta, gamma, delta = (parameters[name] for name in NAMES)
    seen = np.rint(age_weeks / period_weeks)
    ahead = np.maximum(np.asarray(weeks, dtype="float64")[:, 0] / period_weeks, 0.0)
    n_seen, row = np.unique(seen, return_inverse=True)
    later = n_seen[:, None] + 1 + np.arange(max(int(np.ceil(ahead.max(initial=0.0))), 1))
    stays = np.cumprod((delta + later) / (gamma + delta + later), axis=1)
    # On the first of them the customer certainly still is one.
    sums = np.concatenate(
        [np.zeros((len(n_seen), 1)), 1 + np.cumsum(np.c_[np.zeros(len(n_seen)), stays], axis=1)], axis=1
    )
    whole = np.floor(ahead).astype("int64")
    reached = sums[:, whole] + (ahead - whole) * (sums[:, whole + 1] - sums[:, whole])
    takes = (alpha + np.minimum(n_repeat, seen)) / (alpha + beta + seen)
    return np.asarray(reached.T[:, row.reshape(-1)] * takes)


def count_probability(parameters: Parameters, weeks: Floats, most: int, *, period_weeks: float) -> Floats:
    """Return the probability of 0 .. ``most`` repeat purchases within so many weeks: one row per entry of ``weeks``."""
    counts, row = np.unique(np.rint(weeks / period_weeks).astype("int64"), return_inverse=True)
    found = np.zeros((len(counts), most + 1))
    for place, n in enumerate(counts.tolist()):
        shares = occasions.count_probability(parameters, n)[: most + 1]
        found[place, : len(shares)] = shares
    return found[row.reshape(-1)]


def occasions_of(patterns: Patterns, period_weeks: float) -> Occasions:
    """Return histories in weeks as histories in occasions; nobody can have taken more occasions than there were."""
    n = np.rint(patterns.age_weeks / period_weeks)
    last = np.minimum(np.rint(patterns.recency_weeks / period_weeks), n)
    return Occasions(np.minimum(patterns.n_repeat, last), last, n, patterns.n_customers)


def _in_parts(patterns: Patterns, period_weeks: float) -> Iterator[Occasions]:
    """Yield the histories some thousands at a time: each needs a row as long as its silence."""
    whole = occasions_of(patterns, period_weeks)
    for start in range(0, len(whole.n_repeat), _ROWS):
        some = slice(start, start + _ROWS)
        yield Occasions(whole.n_repeat[some], whole.recency[some], whole.n_occasions[some], whole.n_customers[some])
