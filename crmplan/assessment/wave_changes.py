"""What another wave changed: levels of an area before and now, over the questions that were asked in the same words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from crmplan.assessment.agreed import AgreedValue
from crmplan.assessment.answers import latest_answers
from crmplan.assessment.questions import Question

__all__ = ["WAVE_CHANGE_COLUMNS", "wave_changes"]

WAVE_CHANGE_COLUMNS = (
    "area", "wave_before", "level_before", "level", "change", "n_compared", "n_reworded", "n_only_before", "n_only_now",
    "n_risen", "n_fallen", "most_risen", "most_fallen",
)  # fmt: skip
"""Columns of the frame of changes; see :func:`wave_changes`."""

_MOVED = 0.5


def wave_changes(
    asked: Sequence[tuple[str, Question]],
    answers: pd.DataFrame,
    agreed: Sequence[AgreedValue],
    *,
    wave: int,
) -> pd.DataFrame:
    """Return for each area how far a wave lies from the last one before it, like for like.

    A question is compared when it has a level in both waves under the same revision; otherwise another wording, or
    another set of questions, would pass for a change of the company. Levels are what was agreed on, else the median.

    Parameters
    ----------
    asked
        (area, question) of what is asked now.
    answers
        As from :func:`crmplan.assessment.read_answers`, of all waves.
    agreed
        As from :func:`crmplan.assessment.read_agreed`; records that were changed after signing do not count.
    wave
        The wave looked at.

    Returns
    -------
    pandas.DataFrame
        One row per area with a question in both waves: ``area``, ``wave_before``, ``level_before`` and ``level`` (mean
        over the compared questions weighted by their weight, 0 to 5), ``change``, ``n_compared``; why other questions
        are left out: ``n_reworded`` (another revision), ``n_only_before``, ``n_only_now`` (no level in the other wave);
        ``n_risen``, ``n_fallen`` (by half a level or more), ``most_risen``, ``most_fallen`` (ids).
        Empty for a first wave.
    """
    earlier = [int(one) for one in set(answers.loc[answers["problem"] == "", "wave"]) if one < wave]
    rows: list[dict[str, Any]] = []
    if earlier:
        before, now = (_levels(answers, agreed, one) for one in (max(earlier), wave))
        for area in dict.fromkeys(area for area, _ in asked):
            questions = [question for its_area, question in asked if its_area == area]
            row = _row(questions, before, now)
            if row["n_compared"]:
                rows.append({"area": area, "wave_before": max(earlier), **row})
    frame = pd.DataFrame(rows, columns=list(WAVE_CHANGE_COLUMNS))
    texts = {"area", "most_risen", "most_fallen"}
    levels = {"level_before", "level", "change"}
    kinds = {name: "object" if name in texts else "float64" if name in levels else "int64" for name in frame.columns}
    return frame.astype(kinds)


def _levels(answers: pd.DataFrame, agreed: Sequence[AgreedValue], wave: int) -> dict[tuple[str, int], float]:
    """Return the level of each question in a wave, by id and revision."""
    given = latest_answers(answers, wave=wave).dropna(subset=["value"])
    medians = given.groupby(["question", "revision"], as_index=False)["value"].median()
    columns = (medians["question"], medians["revision"], medians["value"])
    found = {(str(id), int(rev)): float(level) for id, rev, level in zip(*columns, strict=True)}
    settled = {(one.question, one.revision): one.value for one in agreed if one.wave == wave and one.is_intact}
    return {**found, **settled}


def _row(
    questions: Sequence[Question], before: Mapping[tuple[str, int], float], now: Mapping[tuple[str, int], float]
) -> dict[str, Any]:
    ids_before, ids_now = {id for id, _ in before}, {id for id, _ in now}
    same = [one for one in questions if (one.id, one.rev) in before and (one.id, one.rev) in now]
    weight = sum(one.weight for one in same)

    def level(of: Mapping[tuple[str, int], float]) -> float:
        return sum(of[one.id, one.rev] * one.weight for one in same) / weight if same else math.nan

    moved = {one.id: now[one.id, one.rev] - before[one.id, one.rev] for one in same}
    risen = [id for id, by in sorted(moved.items(), key=lambda one: (-one[1], one[0])) if by >= _MOVED]
    fallen = [id for id, by in sorted(moved.items(), key=lambda one: (one[1], one[0])) if by <= -_MOVED]
    left = [one for one in questions if one not in same]
    return {
        "level_before": level(before), "level": level(now), "change": level(now) - level(before),
        "n_compared": len(same),
        "n_reworded": sum(one.id in ids_before and one.id in ids_now for one in left),
        "n_only_before": sum(one.id in ids_before and one.id not in ids_now for one in left),
        "n_only_now": sum(one.id in ids_now and one.id not in ids_before for one in left),
        "n_risen": len(risen), "n_fallen": len(fallen),
        "most_risen": risen[0] if risen else "", "most_fallen": fallen[0] if fallen else "",
    }  # fmt: skip
