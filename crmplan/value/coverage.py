"""Whether ranges hold what they promise: measured at every cut-off, and widened by the measured factor if not.

A range that is meant to hold 80 % of cases is laid over what then happened: to every customer, to groups of customers
and to the base. Where it held fewer, all ranges of its kind are stretched by the factor that would have made it right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtri

from crmplan.value.purchase_history import distinct_patterns
from crmplan.value.ranges import LEVELS, Ranges, group_sd, ranges, relative_spend_variance
from crmplan.value.rolling import CutOff
from crmplan.value.spend import fit_spend_model, frequency_bucket

__all__ = ["Coverage", "measure_coverage"]

Floats = npt.NDArray[np.float64]
_MOST_FACTOR = 20.0
_LEAST_GROUP = 20
_COLUMNS = ["of", "level", "measured", "n", "factor"]


@dataclass(frozen=True, slots=True)
class Coverage:
    """How often ranges held, and by what they are widened.

    Parameters
    ----------
    table
        One row per kind of range and level: of (purchases of a customer, spend of a customer, spend of a group, spend
        of the base), level, measured (share of cases within), n (cases), factor (by which such ranges are widened).
    customer_factors
        Widening of a customer's range of money, one per level.
    group_factor, base_factor
        Widening of the range of a group and of the base.
    n_cut_offs
        Checks that it rests on; 0 when nothing could be measured, and the ranges are then as the model gives them.
    """

    table: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=_COLUMNS))
    customer_factors: tuple[float, ...] = (1.0,) * len(LEVELS)
    group_factor: float = 1.0
    base_factor: float = 1.0
    n_cut_offs: int = 0


def measure_coverage(model: str, cut_offs: Sequence[CutOff], *, seed: int) -> Coverage:
    """Return how often the ranges of a model held what then happened.

    Parameters
    ----------
    model
        Name of the model that is used.
    cut_offs
        Where it was not among those fitted, a cut-off says nothing.
    seed
        Of the draws.
    """
    measured = [_at(cut, model, seed) for cut in cut_offs if cut.model(model) is not None]
    if not measured:
        return Coverage()
    n, money, groups, base = (np.concatenate(parts, axis=-1) for parts in zip(*measured, strict=True))
    factors = tuple(_factor(money[place], level) for place, level in enumerate(LEVELS))
    group_factor, base_factor = (float(np.clip(np.sqrt((z**2).mean()), 1, _MOST_FACTOR)) for z in (groups, base))
    rows = [
        *_rows("purchases of a customer", n, tuple(_factor(n[place], level) for place, level in enumerate(LEVELS))),
        *_rows("spend of a customer", money, factors),
        *_rows("spend of a group", _needed(groups), (group_factor,) * len(LEVELS)),
        *_rows("spend of the base", _needed(base), (base_factor,) * len(LEVELS)),
    ]
    return Coverage(pd.DataFrame(rows, columns=_COLUMNS), factors, group_factor, base_factor, len(measured))


def _at(cut: CutOff, name: str, seed: int) -> tuple[Floats, Floats, Floats, Floats]:
    """Return what each range would have had to be stretched by: customers (two kinds), then groups and base in sds."""
    model = cut.model(name)
    known, patterns = cut.known, distinct_patterns(cut.known)
    assert model is not None  # noqa: S101 - the caller has asked
    found = ranges(model, patterns, cut.weeks, spend_variance=relative_spend_variance(known), seed=seed)
    spend, row = fit_spend_model(known).expected, patterns.row
    n_actual, actual = known["n_bought"].to_numpy("float64"), known["spent"].to_numpy("float64")
    n_needed = _stretch(found.mean[row], found.n_low[:, row], found.n_high[:, row], n_actual)
    money = _stretch(found.mean[row] * spend, found.low[:, row] * spend, found.high[:, row] * spend, actual)
    labels = [frequency_bucket(known["n_repeat"]), 100 + _thirds(known)]
    off = [
        _sds(found, row, spend, actual, labels_of == label) for labels_of in labels for label in np.unique(labels_of)
    ]
    base = _sds(found, row, spend, actual, np.ones(len(known), dtype=bool))
    return n_needed, money, np.array([z for z in off if z is not None]), np.array([0.0 if base is None else base])


def _stretch(mean: Floats, low: Floats, high: Floats, actual: Floats) -> Floats:
    """Factor by which a range must be stretched around its mean to hold what happened; 1 or less where it does."""
    with np.errstate(divide="ignore", invalid="ignore"):
        up = np.where(actual > high, np.where(high > mean, (actual - mean) / (high - mean), np.inf), 0.0)
        down = np.where(actual < low, np.where(low < mean, (mean - actual) / (mean - low), np.inf), 0.0)
    return np.maximum(np.maximum(up, down), 0.0)


def _sds(
    found: Ranges, row: npt.NDArray[np.int64], spend: Floats, actual: Floats, chosen: npt.NDArray[np.bool_]
) -> float | None:
    if chosen.sum() < _LEAST_GROUP:
        return None
    rows, amounts = row[chosen], spend[chosen]
    sd = group_sd(found.process_sd[rows] * amounts, found.parameter_sd[rows] * amounts)
    expected = float((found.mean[rows] * amounts).sum())
    return (float(actual[chosen].sum()) - expected) / sd if sd > 0 else None


def _thirds(known: pd.DataFrame) -> npt.NDArray[np.int64]:
    rank = known["first_day"].rank(method="average", pct=True).to_numpy("float64")
    return np.asarray(np.clip(np.ceil(rank * 3) - 1, 0, 2), dtype="int64")


def _needed(z: Floats) -> Floats:
    """Stretch that each level of range would have needed, from distances in standard deviations."""
    return np.array([np.abs(z) / float(ndtri((1 + level) / 2)) for level in LEVELS])


def _factor(needed: Floats, level: float) -> float:
    return float(np.clip(np.quantile(needed, level, method="inverted_cdf"), 1.0, _MOST_FACTOR))


def _rows(of: str, needed: Floats, factors: tuple[float, ...]) -> list[dict[str, object]]:
    return [
        {"of": of, "level": level, "measured": float((needed[place] <= 1).mean()), "n": needed.shape[1],
         "factor": factors[place]}
        for place, level in enumerate(LEVELS)
    ]  # fmt: skip
