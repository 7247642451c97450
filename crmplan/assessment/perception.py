"""The perception gap: what people say minus what the data show, for everybody and for each group that may be shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from crmplan.assessment.agreement import RoleLevel, Said, levels_by_role
from crmplan.assessment.evidence import Shown, perception_gap
from crmplan.assessment.rounds import SMALLEST_GROUP
from crmplan.engagement import Respondent

__all__ = [
    "EVERYBODY", "GROUP_COLUMNS", "LEADERS", "PERCEPTION_COLUMNS", "TEAMS", "perception_by_group", "perception_rows",
]  # fmt: skip

PERCEPTION_COLUMNS = ("question", "area", "title", "weight", "who", "n", "said", "shown", "distance", "verdict")
"""Columns of the frame of perception gaps."""

GROUP_COLUMNS = ("who", "n_people", "n_answers", "n_questions", "distance", "over_share", "under_share")
"""Columns of the frame of groups; see :func:`perception_by_group`."""

EVERYBODY = "everybody"
LEADERS = "those who lead"
TEAMS = "those who do the work"


def perception_rows(
    question: Mapping[str, Any], answers: pd.DataFrame, said: Said, shown: Shown, respondents: Sequence[Respondent]
) -> list[dict[str, Any]]:
    """Return one row for everybody and one for each group of three people or more: by role, and who leads or does.

    Parameters
    ----------
    question
        ``question`` (id), ``area``, ``title``, ``weight``.
    answers
        One row per answer to the question: ``respondent``, ``value``.
    said
        As from :func:`crmplan.assessment.agreement.said_to`.
    shown
        The level that data show; without one there are no rows.
    respondents
        Who was asked.
    """
    if not said.n or shown.level is None:
        return []
    groups = [RoleLevel(EVERYBODY, said.n, said.value), *said.roles, *_leaders_and_teams(answers, respondents)]
    rows = []
    for group in groups:
        distance = perception_gap(group.value, shown)
        rows.append(
            {
                **question, "who": group.role, "n": group.n, "said": group.value, "shown": shown.level,
                "distance": distance.levels, "verdict": distance.verdict,
            }
        )  # fmt: skip
    return rows


def perception_by_group(
    answers: pd.DataFrame, shown: Mapping[str, Shown], weights: Mapping[str, int], respondents: Sequence[Respondent]
) -> pd.DataFrame:
    """Return how far each group of three people or more lies from the data over all that data can check.

    Single answers are compared, so that a group may be spread over questions of which each was put to few of it.

    Parameters
    ----------
    answers
        One row per answer: ``respondent``, ``question``, ``value``.
    shown
        The level that data show, by question.
    weights
        Weight by question.
    respondents
        Who was asked.

    Returns
    -------
    pandas.DataFrame
        One row per group, everybody first and then the furthest: ``who``, ``n_people``, ``n_answers``, ``n_questions``,
        ``distance`` (mean weighted by question, in levels), ``over_share`` and ``under_share`` (of its answers that lie
        a level or more above or below what data show).
    """
    person = {one.id: one for one in respondents}
    rows = []
    for id, question, value in zip(answers["respondent"], answers["question"], answers["value"], strict=True):
        found = perception_gap(value, shown.get(question, Shown()))
        if found.levels is not None:
            one = person.get(id)
            groups = [EVERYBODY, *([one.role, LEADERS if one.leads else TEAMS] if one else [])]
            rows += [(who, id, question, weights[question], found.levels, found.verdict) for who in groups]
    frame = pd.DataFrame(rows, columns=["who", "respondent", "question", "weight", "distance", "verdict"])
    found_groups = [_group(str(who), group) for who, group in frame.groupby("who", sort=True)]
    kept = [one for one in found_groups if one["n_people"] >= SMALLEST_GROUP or one["who"] == EVERYBODY]
    kept.sort(key=lambda one: (one["who"] != EVERYBODY, -abs(one["distance"]), one["who"]))
    return pd.DataFrame(kept, columns=list(GROUP_COLUMNS))


def _group(who: str, answers: pd.DataFrame) -> dict[str, Any]:
    return {
        "who": who, "n_people": int(answers["respondent"].nunique()), "n_answers": len(answers),
        "n_questions": int(answers["question"].nunique()),
        "distance": float((answers["distance"] * answers["weight"]).sum() / answers["weight"].sum()),
        "over_share": float((answers["verdict"] == "people say more").mean()),
        "under_share": float((answers["verdict"] == "people say less").mean()),
    }  # fmt: skip


def _leaders_and_teams(answers: pd.DataFrame, respondents: Sequence[Respondent]) -> tuple[RoleLevel, ...]:
    kinds = {person.id: LEADERS if person.leads else TEAMS for person in respondents}
    levels = answers[answers["value"].notna() & answers["respondent"].isin(list(kinds))]
    found = tuple(one for one in levels_by_role(levels, kinds) if one.role in (LEADERS, TEAMS))
    # Both or neither: one of them alone would say what the other, too small to be shown, must have said.
    return found if len(found) == 2 and min(one.n for one in found) >= SMALLEST_GROUP else ()
