"""How sure a level is: what it would have been had other people of the same kind been asked."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

__all__ = ["level_ranges", "weighted_levels"]

_N_BATCHES, _DRAWS_A_BATCH = 10, 50
_INTERVAL = (0.05, 0.95)
_FEWEST_PEOPLE = 3


def level_ranges(
    answers: pd.DataFrame,
    groups: Mapping[str, Sequence[str]],
    weights: Mapping[str, float],
    *,
    critical: frozenset[str] = frozenset(),
    agreed: Mapping[str, tuple[float, float]] | None = None,
    seed: int = 0,
) -> dict[str, tuple[float, float]]:
    """Return for each group of questions the levels between which it lies in nine of ten drawings.

    Respondents are drawn again with replacement; an answer that is a range is drawn from within it, and so is a value
    that was agreed with a range. With fewer than three people the range runs from the lowest to the highest answers;
    with a single one, who gave no range, it is missing.

    Parameters
    ----------
    answers
        One row per answer that counts: ``respondent``, ``question``, ``low``, ``high`` (missing without a level).
    groups
        Questions by the name of the group, such as an area.
    weights
        Weight by question.
    critical
        Questions that hold their group to at most one level more than their own.
    agreed
        By question (lowest, highest) of what was agreed on; takes the place of the answers.
    seed
        For the drawing.

    Returns
    -------
    dict
        (low, high) by group; both missing where nothing can be said.
    """
    given = answers[answers["low"].notna()]
    return {
        name: _range_of(
            given[given["question"].isin(list(questions))],
            sorted(questions),
            weights=weights,
            critical=critical,
            agreed=agreed or {},
            seed=seed,
        )
        for name, questions in groups.items()
    }


def weighted_levels(levels: np.ndarray, weights: np.ndarray, is_critical: np.ndarray) -> np.ndarray:
    """Return the weighted mean of each row of levels, held to one more than its lowest critical level.

    Parameters
    ----------
    levels
        One row per drawing, one column per question; NaN where there is none.
    weights, is_critical
        One entry per question.

    Examples
    --------
    >>> weighted_levels(np.array([[4.0, 1.0], [4.0, np.nan]]), np.array([1.0, 1.0]), np.array([False, True])).tolist()
    [2.0, 4.0]
    """
    known = ~np.isnan(levels)
    total = (known * weights).sum(axis=1)
    mean = np.divide((np.where(known, levels, 0) * weights).sum(axis=1), total, where=total > 0, out=total * math.nan)
    ceiling = np.where(known & is_critical, levels, math.inf).min(axis=1, initial=math.inf) + 1
    held: np.ndarray = np.minimum(mean, ceiling)
    return held


def _range_of(
    given: pd.DataFrame,
    questions: list[str],
    *,
    weights: Mapping[str, float],
    critical: frozenset[str],
    agreed: Mapping[str, tuple[float, float]],
    seed: int,
) -> tuple[float, float]:
    lows, highs = _table(given, questions, "low"), _table(given, questions, "high")
    n_people = len(lows)
    settled = np.array([agreed.get(id, (math.nan, math.nan)) for id in questions]).reshape(len(questions), 2)
    weight = np.array([weights[id] for id in questions], dtype="float64")
    is_critical = np.array([id in critical for id in questions], dtype=bool)

    def level(levels: np.ndarray, agreed_on: np.ndarray) -> np.ndarray:
        return weighted_levels(np.where(np.isnan(agreed_on), levels, agreed_on), weight, is_critical)

    if n_people < _FEWEST_PEOPLE:
        low = float(level(_lowest(lows)[None], settled[None, :, 0])[0])
        high = float(level(-_lowest(-highs)[None], settled[None, :, 1])[0])
        is_one_word = n_people == 1 and low == high and bool(np.isnan(settled).all())
        return (math.nan, math.nan) if is_one_word else (low, high)
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(_N_BATCHES):
        people = rng.integers(n_people, size=(_DRAWS_A_BATCH, n_people))
        where, chosen = rng.random((_DRAWS_A_BATCH, n_people, 1)), rng.random((_DRAWS_A_BATCH, 1))
        drawn = lows[people] + (highs - lows)[people] * where
        found.append(level(_middles(drawn), settled[:, 0] + (settled[:, 1] - settled[:, 0]) * chosen))
    low, high = np.nanquantile(np.concatenate(found), _INTERVAL)
    return float(low), float(high)


def _table(given: pd.DataFrame, questions: list[str], column: str) -> np.ndarray:
    """Return a column as a table: one row per respondent in order of id, one column per question."""
    if given.empty:
        return np.empty((0, len(questions)))
    table = given.pivot_table(index="respondent", columns="question", values=column, aggfunc="last").sort_index()
    return table.reindex(columns=questions).to_numpy(dtype="float64")


def _lowest(levels: np.ndarray) -> np.ndarray:
    """Return the lowest level of each column; missing for a column without one."""
    least = np.where(np.isnan(levels), math.inf, levels).min(axis=0, initial=math.inf)
    return np.where(np.isinf(least), math.nan, least)


def _middles(levels: np.ndarray) -> np.ndarray:
    """Return the median over people by drawing and question; missing where nobody gave a level."""
    ordered = np.sort(levels, axis=1)  # missing ones come last
    n = (~np.isnan(levels)).sum(axis=1)
    lower = np.take_along_axis(ordered, np.maximum((n - 1) // 2, 0)[:, None], axis=1)[:, 0]
    upper = np.take_along_axis(ordered, np.minimum(n // 2, levels.shape[1] - 1)[:, None], axis=1)[:, 0]
    middles: np.ndarray = np.where(n > 0, (lower + upper) / 2, math.nan)
    return middles
