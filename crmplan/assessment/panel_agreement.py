"""How far a panel agrees over a whole section: Krippendorff's alpha, Kendall's W, and what must stand beside them.

Alpha compares the disagreement seen with that expected by chance from the same levels. Where nearly all answers are
alike there is hardly any to expect, and alpha falls near or below 0 although everybody agrees. It is therefore never
given without the share of answers within one level of the question's median.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

__all__ = ["PanelAgreement", "kendall_w", "krippendorff_alpha", "panel_agreement"]

_N_DRAWS = 200
_INTERVAL = (0.05, 0.95)
_FEWEST_QUESTIONS = 3
_FEWEST_PEOPLE = 3


@dataclass(frozen=True, slots=True)
class PanelAgreement:
    """How far the people who answered a section agree.

    ``share_within`` is the share of answers within one level of their question's median and ``average_deviation`` the
    mean distance from it, over questions that two people or more answered. ``alpha`` is Krippendorff's alpha for
    ordered levels with a 90 % interval, ``w`` Kendall's W (0 to 1): whether people put the questions in the same order
    from low to high, over the ``n_ranked`` questions that the ``n_rankers`` people answered without a gap. Missing
    where there is too little.
    """

    n_people: int = 0
    n_questions: int = 0
    share_within: float = math.nan
    average_deviation: float = math.nan
    alpha: float = math.nan
    alpha_low: float = math.nan
    alpha_high: float = math.nan
    w: float = math.nan
    w_low: float = math.nan
    w_high: float = math.nan
    n_rankers: int = 0
    n_ranked: int = 0


def krippendorff_alpha(levels: np.ndarray) -> float:
    r"""Return Krippendorff's alpha for ordered levels; answers may be missing.

    .. math:: \alpha = 1 - D_o / D_e, \qquad
        \delta^2_{ck} = \left(\sum_{g=c}^{k} n_g - \frac{n_c + n_k}{2}\right)^2

    from the coincidences of levels within questions (Krippendorff, Computing Krippendorff's Alpha-Reliability, 2011).

    Parameters
    ----------
    levels
        One row per question, one column per person; NaN where a person gave no level.

    Returns
    -------
    float
        1 for full agreement, 0 for as much as chance would bring; NaN when no question has two answers or all answers
        are alike.

    Examples
    --------
    >>> round(krippendorff_alpha(np.array([[1.0, 1.0], [2.0, 2.0], [5.0, 4.0]])), 3)
    0.949
    """
    paired = levels[(~np.isnan(levels)).sum(axis=1) >= 2]
    if paired.size == 0:
        return math.nan
    known = ~np.isnan(paired)
    values, index = np.unique(paired[known], return_inverse=True)
    rows = np.nonzero(known)[0]
    counts = np.zeros((len(paired), len(values)))
    np.add.at(counts, (rows, index), 1.0)
    weight = 1.0 / (counts.sum(axis=1) - 1.0)
    seen = (counts * weight[:, None]).T @ counts - np.diag((counts * weight[:, None]).sum(axis=0))
    totals = seen.sum(axis=1)
    below = np.concatenate([[0.0], np.cumsum(totals)])
    between = below[1:][None, :] - below[:-1][:, None]
    distance = (np.triu(between) + np.triu(between, 1).T - (totals[:, None] + totals[None, :]) / 2) ** 2
    expected = float((np.outer(totals, totals) * distance).sum() / (totals.sum() - 1.0))
    return 1.0 - float((seen * distance).sum()) / expected if expected > 0 else math.nan


def kendall_w(levels: np.ndarray) -> float:
    r"""Return Kendall's coefficient of concordance, corrected for ties.

    .. math:: W = \frac{12 S}{m^2 (n^3 - n) - m \sum_j T_j}, \qquad T_j = \sum_g (t_g^3 - t_g)

    with *m* people, *n* things ranked, *S* the sum of squared deviations of the rank sums, and ties of size *t*
    (Siegel and Castellan, Nonparametric Statistics for the Behavioral Sciences, 1988).

    Parameters
    ----------
    levels
        One row per thing that is ranked, one column per person, nothing missing; only the order counts.

    Returns
    -------
    float
        1 when all rank alike, 0 when rank sums are equal; NaN for fewer than two people or things, or when everybody
        puts everything level.

    Examples
    --------
    >>> kendall_w(np.array([[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]]))
    1.0
    """
    n, m = levels.shape
    if n < 2 or m < 2:
        return math.nan
    from scipy.stats import rankdata

    ranks = rankdata(levels, axis=0)
    ties = 0.0
    for column in levels.T:
        sizes = np.unique(column, return_counts=True)[1].astype("float64")
        ties += float((sizes**3 - sizes).sum())
    most = m**2 * (n**3 - n) - m * ties
    sums = ranks.sum(axis=1)
    return 12.0 * float(((sums - sums.mean()) ** 2).sum()) / most if most > 0 else math.nan


def panel_agreement(answers: pd.DataFrame, *, seed: int = 0) -> PanelAgreement:
    """Return how far people agree over the questions of a section.

    Parameters
    ----------
    answers
        One row per answer: ``question``, ``respondent``, ``value`` (level; missing rows are left out).
    seed
        For the intervals, which come from drawing questions again with replacement.
    """
    given = answers[answers["value"].notna()]
    if given.empty:
        return PanelAgreement()
    table = given.pivot_table(index="question", columns="respondent", values="value", aggfunc="last")
    levels = table.sort_index().sort_index(axis=1).to_numpy(dtype="float64")
    shared = levels[(~np.isnan(levels)).sum(axis=1) >= 2]
    counts = {"n_people": levels.shape[1], "n_questions": levels.shape[0]}
    if not len(shared):
        return PanelAgreement(**counts)
    apart = np.abs(shared - np.nanmedian(shared, axis=1, keepdims=True))
    block = _without_gaps(levels)
    alpha_low, alpha_high = _interval(shared, krippendorff_alpha, seed)
    w_low, w_high = _interval(block, kendall_w, seed)
    return PanelAgreement(
        **counts,
        share_within=float((apart[~np.isnan(apart)] <= 1).mean()),
        average_deviation=float(np.nanmean(np.nanmean(apart, axis=1))),
        alpha=krippendorff_alpha(shared), alpha_low=alpha_low, alpha_high=alpha_high,
        w=kendall_w(block), w_low=w_low, w_high=w_high,
        n_rankers=block.shape[1], n_ranked=block.shape[0],
    )  # fmt: skip


def _without_gaps(levels: np.ndarray) -> np.ndarray:
    """Return the part of a table that has no gaps: while there are any, the emptiest row or column is taken out."""
    kept = levels
    while kept.size and np.isnan(kept).any():
        gaps = np.isnan(kept)
        rows, columns = gaps.mean(axis=1), gaps.mean(axis=0)
        if rows.max() > columns.max():
            kept = np.delete(kept, int(rows.argmax()), axis=0)
        else:
            kept = np.delete(kept, int(columns.argmax()), axis=1)
    enough = kept.shape[0] >= _FEWEST_QUESTIONS and kept.shape[1] >= _FEWEST_PEOPLE
    return kept if enough else np.empty((0, 0))


def _interval(levels: np.ndarray, statistic: object, seed: int) -> tuple[float, float]:
    if len(levels) < _FEWEST_QUESTIONS or not callable(statistic):
        return math.nan, math.nan
    drawn = np.random.default_rng(seed).integers(len(levels), size=(_N_DRAWS, len(levels)))
    found = np.array([statistic(levels[rows]) for rows in drawn])
    found = found[~np.isnan(found)]
    if len(found) < _N_DRAWS / 2:
        return math.nan, math.nan
    low, high = np.quantile(found, _INTERVAL)
    return float(low), float(high)
