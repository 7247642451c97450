"""From questions to areas and components: levels, what holds them down, and three ways to add up."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from crmplan.assessment.grades import Grade

__all__ = ["ROLLUPS_DIFFER", "area_row", "component_row", "percent_to_target", "usual_grade", "weighted_level"]

ROLLUPS_DIFFER = 0.5
"""From this many levels on it matters which way the questions of an area are added up."""

Range = tuple[float, float]


def weighted_level(levels: Iterable[float], weights: Iterable[float]) -> float:
    """Return the weighted mean of the levels that are there; missing when none is.

    Examples
    --------
    >>> weighted_level([2.0, 4.0, math.nan], [1, 3, 3])
    3.5
    """
    pairs = [(level, weight) for level, weight in zip(levels, weights, strict=True) if not math.isnan(level)]
    total = sum(weight for _, weight in pairs)
    return sum(level * weight for level, weight in pairs) / total if total else math.nan


def percent_to_target(questions: pd.DataFrame) -> float:
    """Return how far the questions that have a level are on the way to their targets, 0 to 1.

    One minus the weighted shortfall over the weighted targets: what exceeds a target counts as reaching it, so that a
    strength does not hide a gap.

    Parameters
    ----------
    questions
        One row per question: ``level``, ``target``, ``weight``.

    Examples
    --------
    >>> percent_to_target(pd.DataFrame({"level": [5.0, 0.0], "target": [3.0, 3.0], "weight": [1, 1]}))
    0.5
    """
    known = questions[questions["level"].notna()]
    wanted = float((known["target"] * known["weight"]).sum())
    if not wanted:
        return math.nan
    short = ((known["target"] - known["level"]).clip(lower=0) * known["weight"]).sum()
    return 1.0 - float(short) / wanted


def usual_grade(grades: Iterable[Grade], weights: Iterable[float]) -> Grade:
    """Return the grade that at least half of the weight reaches; empty when there is none.

    Examples
    --------
    >>> usual_grade(["A", "C", "D"], [1, 2, 1]), usual_grade([], [])
    ('C', '')
    """
    pairs = sorted((grade, weight) for grade, weight in zip(grades, weights, strict=True) if grade)
    total, reached = sum(weight for _, weight in pairs), 0.0
    for grade, weight in pairs:
        reached += weight
        if reached * 2 >= total:
            return grade
    return ""


def area_row(
    area: str, questions: pd.DataFrame, counted: pd.DataFrame, target: float, ranges: Mapping[str, Range]
) -> dict[str, Any]:
    """Return an area as a row of the result; see :class:`crmplan.assessment.Readiness`.

    Parameters
    ----------
    area
        Which area.
    questions
        The result by question, of all areas.
    counted
        The answers that count.
    target
        The level the area should reach.
    ranges
        (low, high) by area.
    """
    own = questions[questions["area"] == area]
    answered = own[own["n"] > 0]
    applicable = own[own["is_applicable"]]
    level = weighted_level(own["level"], own["weight"])
    critical = own[own["is_critical"] & own["level"].notna()].sort_values("level", kind="stable")
    weakest = float(critical["level"].iloc[0]) if len(critical) else math.nan
    is_capped = weakest + 1.0 < level
    capped = weakest + 1.0 if is_capped else level
    said_by = counted[counted["question"].isin(own["question"]) & counted["value"].notna()]
    evidence = answered["evidence"].value_counts()
    return {
        "area": area, "level": capped, "uncapped_level": level,
        "capped_by": str(critical["question"].iloc[0]) if is_capped else "",
        **_range_around(capped, ranges[area]), **_rollups(own, level, weakest),
        "target": target, "gap": target - capped, "percent_to_target": percent_to_target(own),
        **_beside_data(own),
        "n_questions": len(own), "n_applicable": len(applicable), "n_answered": len(answered),
        "coverage": len(answered) / len(applicable) if len(applicable) else math.nan,
        "n_people": int(said_by["respondent"].nunique()), "n_dk": int(own["n_dk"].sum()),
        "n_apart": int((answered["is_agreed"] == "no").sum()), "n_settled": int(own["is_settled"].sum()),
        "grade": usual_grade(answered["grade"], answered["weight"]),
        "n_by_data": int(evidence.get("data", 0)), "n_by_document": int(evidence.get("document", 0)),
        "n_by_several": int(evidence.get("several people", 0)), "n_by_one": int(evidence.get("one person", 0)),
    }  # fmt: skip


def component_row(component: str, questions: pd.DataFrame, ranges: Mapping[str, Range]) -> dict[str, Any]:
    """Return a component of a CRM initiative as a row of the result; parameters as in :func:`area_row`."""
    own = questions[questions["component"] == component]
    answered = own[own["n"] > 0]
    applicable = int(own["is_applicable"].sum())
    level = weighted_level(own["level"], own["weight"])
    target = weighted_level(own["target"], own["weight"])
    return {
        "component": component, "level": level, **_range_around(level, ranges[component]), "target": target,
        "gap": target - level, "percent_to_target": percent_to_target(own),
        **_beside_data(own),
        "n_questions": len(own), "n_answered": len(answered),
        "coverage": len(answered) / applicable if applicable else math.nan,
        "grade": usual_grade(answered["grade"], answered["weight"]),
    }  # fmt: skip


def _rollups(own: pd.DataFrame, by_weight: float, weakest: float) -> dict[str, float]:
    themes = [weighted_level(theme["level"], theme["weight"]) for _, theme in own.groupby("theme", sort=False)]
    by_themes = weighted_level(themes, [1.0] * len(themes))
    known = [level for level in (by_weight, by_themes, weakest) if not math.isnan(level)]
    apart = max(known) - min(known) if len(known) > 1 else math.nan
    return {"level_by_themes": by_themes, "weakest_critical": weakest, "rollups_apart": apart}


def _range_around(level: float, range: Range) -> dict[str, float]:
    # Drawing people anew may miss by a hair the level of those who were asked; the range always holds it.
    low, high = range
    if math.isnan(level) or math.isnan(low):
        return {"level_low": math.nan, "level_high": math.nan}
    return {"level_low": min(low, level), "level_high": max(high, level)}


def _beside_data(own: pd.DataFrame) -> dict[str, Any]:
    checked = own[own["distance"].notna()]
    shown = weighted_level(checked["shown"], checked["weight"])
    distance = weighted_level(checked["distance"], checked["weight"])
    return {
        "shown_level": weighted_level(own["shown"], own["weight"]), "n_shown": int(own["shown"].notna().sum()),
        "said_checked": shown + distance, "shown_checked": shown, "n_checked": len(checked), "distance": distance,
    }  # fmt: skip
