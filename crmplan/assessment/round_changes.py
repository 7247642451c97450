"""What a further round changed: who moved, and whether people have come closer together."""

from __future__ import annotations

import pandas as pd

from crmplan.assessment.answers import last_words

__all__ = ["ROUND_CHANGE_COLUMNS", "round_changes"]

ROUND_CHANGE_COLUMNS = (
    "round", "n_questions", "n_answers", "moved_share", "stable_share", "deviation_before", "deviation_after",
)  # fmt: skip
"""Columns of the frame of changes; see :func:`round_changes`."""

_STABLE_LEVELS = 1.0


def round_changes(answers: pd.DataFrame, *, wave: int) -> pd.DataFrame:
    """Return for each round after the first what it changed against what the same people had said before.

    Asking again can end when answers are stable, not after a number of rounds.

    Parameters
    ----------
    answers
        As from :func:`crmplan.assessment.read_answers`.
    wave
        Which wave.

    Returns
    -------
    pandas.DataFrame
        One row per round: ``round``, ``n_questions`` and ``n_answers`` that were answered with a level both in it and
        before, ``moved_share`` of those answers that changed at all, ``stable_share`` that stayed within one level, and
        the mean distance from the median of the question, in levels, among these answers before and after.
    """
    said = last_words(answers)
    said = said[(said["wave"] == wave) & said["value"].notna()]
    rows = []
    for turn in sorted(set(said["round"]))[1:]:
        before = said[said["round"] < turn].drop_duplicates(["respondent", "question"], keep="last")
        both = said[said["round"] == turn].merge(
            before, on=["respondent", "question", "revision"], suffixes=("_after", "_before")
        )
        if both.empty:
            continue
        moved = (both["value_after"] - both["value_before"]).abs()
        rows.append(
            {
                "round": int(turn), "n_questions": int(both["question"].nunique()), "n_answers": len(both),
                "moved_share": float((moved > 0).mean()), "stable_share": float((moved <= _STABLE_LEVELS).mean()),
                "deviation_before": _deviation(both, "value_before"),
                "deviation_after": _deviation(both, "value_after"),
            }
        )  # fmt: skip
    return pd.DataFrame(rows, columns=list(ROUND_CHANGE_COLUMNS))


def _deviation(both: pd.DataFrame, column: str) -> float:
    """Return the mean over questions of the mean distance from the question's median."""
    apart = (both[column] - both.groupby("question")[column].transform("median")).abs()
    return float(apart.groupby(both["question"]).mean().mean())
