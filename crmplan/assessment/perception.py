"""The perception gap: what people say minus what the data show, for everybody and for each group that may be shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from crmplan.assessment.agreement import RoleLevel, Said, levels_by_role
from crmplan.assessment.evidence import Shown, perception_gap
from crmplan.assessment.rounds import SMALLEST_GROUP
from crmplan.engagement import Respondent

__all__ = ["EVERYBODY", "LEADERS", "PERCEPTION_COLUMNS", "TEAMS", "perception_by_group", "perception_rows"]

PERCEPTION_COLUMNS = ("question", "area", "title", "weight", "who", "n", "said", "shown", "distance", "verdict")
"""Columns of the frame of perception gaps."""

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


def perception_by_group(perception: pd.DataFrame) -> pd.DataFrame:
    """Return how far each group lies from the data on average, the furthest first.

    Returns
    -------
    pandas.DataFrame
        One row per group: ``who``, ``n_questions``, ``distance`` (mean, weighted by question; levels), ``n_over`` and
        ``n_under`` (questions on which it says a level or more above or below what data show).
    """
    rows = [
        {
            "who": str(who), "n_questions": len(group),
            "distance": float((group["distance"] * group["weight"]).sum() / group["weight"].sum()),
            "n_over": int((group["verdict"] == "people say more").sum()),
            "n_under": int((group["verdict"] == "people say less").sum()),
        }
        for who, group in perception.groupby("who", sort=True)
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["who", "n_questions", "distance", "n_over", "n_under"])
    return frame.sort_values("distance", key=lambda one: -one.abs(), kind="stable", ignore_index=True)


def _leaders_and_teams(answers: pd.DataFrame, respondents: Sequence[Respondent]) -> tuple[RoleLevel, ...]:
    kinds = {person.id: LEADERS if person.leads else TEAMS for person in respondents}
    levels = answers[answers["value"].notna() & answers["respondent"].isin(list(kinds))]
    found = tuple(one for one in levels_by_role(levels, kinds) if one.role in (LEADERS, TEAMS))
    # Both or neither: one of them alone would say what the other, too small to be shown, must have said.
    return found if len(found) == 2 and min(one.n for one in found) >= SMALLEST_GROUP else ()
