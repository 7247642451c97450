"""From single answers and figures to levels: by question, by area and by component."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from crmplan.assessment.agreement import Said, said_to
from crmplan.assessment.answers import latest_answers
from crmplan.assessment.checklists import COMPONENTS, HIGHEST_LEVEL, Checklist, Question
from crmplan.assessment.evidence import figure_for, group_of, perception_gap, shown_by_data, stated_verdict
from crmplan.assessment.readiness import AREA_COLUMNS, COMPONENT_COLUMNS, QUESTION_COLUMNS, Readiness, frame_of
from crmplan.assessment.remarks import remarks_on
from crmplan.engagement import AREAS, Respondent, Targets
from crmplan.metrics.registry import Measured

__all__ = ["ORDINARY_TARGET", "assess", "percent_to_target", "target_of", "weighted_level"]

ORDINARY_TARGET = 3.0
"""The area target for which the checklists' own targets are written."""


def assess(
    checklists: Sequence[Checklist],
    answers: pd.DataFrame,
    measured: Mapping[str, Measured],
    *,
    targets: Targets,
    scope: Sequence[str] = AREAS,
    respondents: Sequence[Respondent] = (),
    customers: str = "both",
    wave: int | None = None,
) -> Readiness:
    """Return how ready a client is, as people say it and as its data show it.

    Parameters
    ----------
    checklists
        As from :func:`crmplan.assessment.load_checklists`.
    answers
        As from :func:`crmplan.assessment.read_answers`; it may be empty, then the data speak alone.
    measured
        Figures by metric id; missing ones are taken as not measured.
    targets
        The level each area should reach.
    scope
        Areas to look at.
    respondents
        Who was asked, with roles.
    customers
        ``consumers``, ``firms`` or ``both``: some targets depend on it.
    wave
        Which wave of answers; the latest when it is not given.

    Returns
    -------
    Readiness
        With frames by area, question and component; see there for their columns.
    """
    asked = [(one.checklist, q) for one in checklists if one.checklist in scope for q in one.questions]
    latest = latest_answers(answers, wave=wave)
    current = {question.id: question.rev for _, question in asked}
    counted = latest[latest["question"].map(current).eq(latest["revision"]).astype(bool)]
    roles = {person.id: person.role for person in respondents}
    said = {id: said_to(group, roles) for id, group in counted.groupby("question", sort=False)}
    rows = [
        _question_row(
            area, question, said.get(question.id, Said()), measured, target_of(question, area, targets, customers)
        )
        for area, question in asked
    ]
    questions = frame_of(rows, QUESTION_COLUMNS)
    areas = [_area_row(area, questions, counted, targets.of(area)) for area in AREAS if area in scope]
    components = [_component_row(name, questions) for name in COMPONENTS]
    return Readiness(
        areas=frame_of(areas, AREA_COLUMNS),
        questions=questions,
        components=frame_of(components, COMPONENT_COLUMNS),
        n_respondents=int(counted["respondent"].nunique()),
        n_answers=len(counted),
        wave=int(counted["wave"].max()) if len(counted) else 0,
        findings=remarks_on(checklists, answers, latest, questions, respondents=respondents, scope=scope),
        unavailable="" if asked else "needs an area in scope that has a checklist",
    )


def target_of(question: Question, area: str, targets: Targets, customers: str) -> float:
    """Return the level a question should reach: its own, moved by as much as its area aims above or below 3.

    Examples
    --------
    >>> from crmplan.assessment import load_checklists
    >>> question = load_checklists()[0].questions[0]
    >>> target_of(question, "marketing", Targets(areas={"marketing": 3.5}), "both")
    3.5
    """
    moved = question.target.of(customers) + targets.of(area) - ORDINARY_TARGET
    return min(max(moved, 0.0), float(HIGHEST_LEVEL))


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
    """Return how far the answered questions are on the way to their targets, 0 to 1.

    One minus the weighted shortfall over the weighted targets: what exceeds a target counts as reaching it, so that a
    strength does not hide a gap.

    Parameters
    ----------
    questions
        One row per question: ``said``, ``target`` (levels), ``weight``.

    Examples
    --------
    >>> percent_to_target(pd.DataFrame({"said": [5.0, 0.0], "target": [3.0, 3.0], "weight": [1, 1]}))
    0.5
    """
    answered = questions[questions["said"].notna()]
    wanted = float((answered["target"] * answered["weight"]).sum())
    if not wanted:
        return math.nan
    short = ((answered["target"] - answered["said"]).clip(lower=0) * answered["weight"]).sum()
    return 1.0 - float(short) / wanted


def _question_row(
    area: str, question: Question, said: Said, measured: Mapping[str, Measured], target: float
) -> dict[str, Any]:
    figure = figure_for(question, measured)
    shown = shown_by_data(question.probe, figure)
    distance = perception_gap(said.value, shown)
    known = said.value if said.n else _number(shown.level)
    stated_fits = question.states is not None and figure is not None and figure.unit == question.states.unit
    stated = said.stated if stated_fits else math.nan
    return {
        "question": question.id, "area": area, "theme": question.theme, "title": question.title,
        "component": question.component, "weight": question.weight, "is_critical": question.critical,
        "covers": ", ".join(question.covers), "target": target,
        "said": said.value, "n": said.n, "n_na": said.n_na, "n_dk": said.n_dk, "spread": said.spread,
        "lowest": said.lowest, "highest": said.highest, "lowest_role": said.lowest_role,
        "highest_role": said.highest_role, "is_applicable": said.is_applicable, "gap": target - known,
        **_figure_fields(figure), "measured_group": group_of(question, figure),
        "shown": _number(shown.level), "shown_low": _number(shown.low), "shown_high": _number(shown.high),
        "distance": _number(distance.levels), "verdict": distance.verdict,
        "stated": stated, "n_stated": said.n_stated if stated_fits else 0,
        "stated_verdict": stated_verdict(stated, figure),
        "evidence": _evidence(said, has_level=shown.level is not None), "meaning": question.gap,
        "cannot_prove": question.probe.cannot_prove if question.probe else "",
        "initiatives": ", ".join(question.leads_to.initiatives), "kpis": ", ".join(question.leads_to.kpis),
    }  # fmt: skip


def _figure_fields(figure: Measured | None) -> dict[str, Any]:
    if figure is None:
        return {
            "metric": "", "metric_label": "", "unit": "", "measured": math.nan,
            "measured_low": math.nan, "measured_high": math.nan, "measured_n": 0, "counts": "", "reason": "",
        }  # fmt: skip
    return {
        "metric": figure.metric, "metric_label": figure.label, "unit": figure.unit,
        "measured": _number(figure.value) if figure.is_computed else math.nan,
        "measured_low": _number(figure.low),
        "measured_high": _number(figure.high), "measured_n": figure.n, "counts": figure.counts,
        "reason": "" if figure.is_computed else figure.reason,
    }  # fmt: skip


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _evidence(said: Said, *, has_level: bool) -> str:
    if has_level:
        return "data"
    if said.n == 0:
        return "none"
    if said.n_with_evidence:
        return "document"
    return "several people" if said.n > 1 else "one person"


def _area_row(area: str, questions: pd.DataFrame, counted: pd.DataFrame, target: float) -> dict[str, Any]:
    own = questions[questions["area"] == area]
    answered = own[own["n"] > 0]
    applicable = own[own["is_applicable"]]
    level = weighted_level(own["said"], own["weight"])
    critical = answered[answered["is_critical"]].sort_values("said", kind="stable")
    ceiling = float(critical["said"].iloc[0]) + 1.0 if len(critical) else math.inf
    is_capped = not math.isnan(level) and ceiling < level
    capped = min(level, ceiling) if not math.isnan(level) else level
    said_by = counted[counted["question"].isin(own["question"]) & counted["value"].notna()]
    grades = answered["evidence"].value_counts()
    return {
        "area": area, "level": capped, "uncapped_level": level,
        "capped_by": str(critical["question"].iloc[0]) if is_capped else "",
        "target": target, "gap": target - capped, "percent_to_target": percent_to_target(own),
        **_beside_data(own),
        "n_questions": len(own), "n_applicable": len(applicable), "n_answered": len(answered),
        "coverage": len(answered) / len(applicable) if len(applicable) else math.nan,
        "n_people": int(said_by["respondent"].nunique()), "n_dk": int(own["n_dk"].sum()),
        "n_by_data": int(grades.get("data", 0)), "n_by_document": int(grades.get("document", 0)),
        "n_by_several": int(grades.get("several people", 0)), "n_by_one": int(grades.get("one person", 0)),
    }  # fmt: skip


def _beside_data(own: pd.DataFrame) -> dict[str, Any]:
    checked = own[own["distance"].notna()]
    shown = weighted_level(checked["shown"], checked["weight"])
    distance = weighted_level(checked["distance"], checked["weight"])
    return {
        "shown_level": weighted_level(own["shown"], own["weight"]), "n_shown": int(own["shown"].notna().sum()),
        "said_checked": shown + distance, "shown_checked": shown, "n_checked": len(checked), "distance": distance,
    }  # fmt: skip


def _component_row(component: str, questions: pd.DataFrame) -> dict[str, Any]:
    own = questions[questions["component"] == component]
    applicable = int(own["is_applicable"].sum())
    answered = int((own["n"] > 0).sum())
    level = weighted_level(own["said"], own["weight"])
    target = weighted_level(own["target"], own["weight"])
    return {
        "component": component, "level": level, "target": target, "gap": target - level,
        **_beside_data(own),
        "n_questions": len(own), "n_answered": answered,
        "coverage": answered / applicable if applicable else math.nan,
    }  # fmt: skip
