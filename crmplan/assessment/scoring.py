"""From single answers and figures to a readiness result: by question, by area and component, and what to do with it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import pandas as pd

from crmplan.assessment.agenda import workshop_agenda
from crmplan.assessment.agreed import AgreedValue, agreed_values
from crmplan.assessment.agreement import said_to
from crmplan.assessment.answers import latest_answers
from crmplan.assessment.area_levels import area_row, component_row
from crmplan.assessment.checklists import COMPONENTS, HIGHEST_LEVEL, Checklist, Question
from crmplan.assessment.contradictions import contradictions, rules_of
from crmplan.assessment.evidence import figure_for, shown_by_data
from crmplan.assessment.grades import FRESH_DAYS, founded_on
from crmplan.assessment.level_ranges import level_ranges
from crmplan.assessment.next_question import value_of_next
from crmplan.assessment.on_file import OnFile
from crmplan.assessment.panel_agreement import panel_agreement
from crmplan.assessment.perception import PERCEPTION_COLUMNS, perception_by_group, perception_rows
from crmplan.assessment.prerequisites import open_bases
from crmplan.assessment.question_rows import agreed_row, question_row
from crmplan.assessment.readiness import (
    AGREED_COLUMNS,
    AREA_COLUMNS,
    COMPONENT_COLUMNS,
    PANEL_COLUMNS,
    QUESTION_COLUMNS,
    Readiness,
    frame_of,
)
from crmplan.assessment.remarks import remarks_on
from crmplan.assessment.round_changes import round_changes
from crmplan.assessment.wave_changes import wave_changes
from crmplan.assessment.whose import of_named
from crmplan.engagement import AREAS, Consensus, Respondent, Targets
from crmplan.metrics.registry import Measured

__all__ = ["ORDINARY_TARGET", "assess", "target_of"]

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
    consensus: Consensus | None = None,
    on_file: OnFile | None = None,
    as_of: date | None = None,
    seed: int = 0,
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
        Who was asked, with roles. Answers of anybody else do not count, except in a wave that was closed.
    customers
        ``consumers``, ``firms`` or ``both``: some targets depend on it.
    wave
        Which wave of answers; the latest when it is not given.
    consensus
        The rule, fixed beforehand, for when people agree; the usual one when it is not given.
    on_file
        Rounds revealed, values agreed on, and documents; nothing when it is not given.
    as_of
        The day from which the age of evidence is counted; None: everything counts as fresh.
    seed
        For the ranges of levels.

    Returns
    -------
    Readiness
        With frames by area, question and component; see there for their columns.
    """
    rule, on_file = consensus or Consensus(), on_file or OnFile()
    asked = [(one.checklist, q) for one in checklists if one.checklist in scope for q in one.questions]
    current = {question.id: question.rev for _, question in asked}
    given = of_named(answers, respondents, on_file.closed)
    latest, counted, this_wave = _answers_that_count(given, current, wave)
    agreed = agreed_values(on_file.agreed, wave=this_wave, revisions=current)
    case = _Case(measured, targets, customers, agreed, on_file, respondents, rule, as_of)
    questions, perception, groups = _by_question(asked, counted, case)
    return Readiness(
        questions=questions,
        perception=perception,
        groups=groups,
        contradictions=contradictions(questions, rules_of(checklists), _known(questions, measured, customers)),
        agenda=workshop_agenda(questions),
        next_steps=_next_steps(questions, counted),
        agreed=frame_of([agreed_row(one, questions) for one in agreed.values()], AGREED_COLUMNS),
        documents=on_file.documents,
        **_changes(asked, given, on_file, wave=this_wave),
        **_n_counted(counted),
        findings=remarks_on(
            checklists, answers, latest, questions, respondents=respondents, scope=scope, on_file=on_file, rule=rule
        ),
        unavailable="" if asked else "needs an area in scope that has a checklist",
        **_levels(questions, counted, agreed, targets=targets, scope=scope, seed=seed),
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


@dataclass(frozen=True, slots=True)
class _Case:
    """What every question is looked at with, besides its own answers."""

    measured: Mapping[str, Measured]
    targets: Targets
    customers: str
    agreed: Mapping[str, AgreedValue]
    on_file: OnFile
    respondents: Sequence[Respondent]
    rule: Consensus
    as_of: date | None


def _answers_that_count(
    answers: pd.DataFrame, current: Mapping[str, int], wave: int | None
) -> tuple[pd.DataFrame, pd.DataFrame, int]:
    """Return the latest answers, those of them given to the words of today, and the wave."""
    latest = latest_answers(answers, wave=wave)
    counted = latest[latest["question"].map(current).eq(latest["revision"]).astype(bool)].reset_index(drop=True)
    return latest, counted, int(latest["wave"].max()) if len(latest) else wave or 1


def _changes(
    asked: Sequence[tuple[str, Question]], given: pd.DataFrame, on_file: OnFile, *, wave: int
) -> dict[str, Any]:
    """Return what changed from round to round and from wave to wave."""
    of_asked = given[given["question"].isin([question.id for _, question in asked])]
    return {
        "rounds": round_changes(of_asked, wave=wave),
        "waves": wave_changes(asked, given, on_file.agreed, wave=wave),
    }


def _n_counted(counted: pd.DataFrame) -> dict[str, Any]:
    return {
        "n_respondents": int(counted["respondent"].nunique()),
        "n_answers": len(counted),
        "wave": int(counted["wave"].max()) if len(counted) else 0,
    }


def _next_steps(questions: pd.DataFrame, counted: pd.DataFrame) -> pd.DataFrame:
    single = {str(id): tuple(group.dropna()) for id, group in counted.groupby("question")["value"]}
    return value_of_next(questions, single)


def _by_question(
    asked: Sequence[tuple[str, Question]], counted: pd.DataFrame, case: _Case
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return the result by question, the perception gaps by question and group, and those by group."""
    given = {str(id): group for id, group in counted.groupby("question", sort=False)}
    rows, perceived, by_data = [], [], {}
    for area, question in asked:
        own = given.get(question.id, counted.iloc[:0])
        row, seen, by_data[question.id] = _one_question(area, question, own, case)
        rows.append(row)
        perceived += seen
    weights = {question.id: question.weight for _, question in asked}
    groups = perception_by_group(counted, by_data, weights, case.respondents)
    found = frame_of([{**row, "rests_on": ""} for row in rows], QUESTION_COLUMNS)
    found["rests_on"] = open_bases(found, [question for _, question in asked])
    return found, _by_size(frame_of(perceived, PERCEPTION_COLUMNS)), groups


def _one_question(area: str, question: Question, own: pd.DataFrame, case: _Case) -> tuple[Any, Any, Any]:
    """Return the row of a question, its perception gaps, and what the data show."""
    said = said_to(own, {person.id: person.role for person in case.respondents}, case.rule)
    figure = figure_for(question, case.measured)
    shown = shown_by_data(question.probe, figure)
    founded = founded_on(
        question.id, own, said, documents=case.on_file.documents, as_of=case.as_of, has_data=shown.level is not None,
        data_until=figure.end if figure else None,
        fresh_days=question.evidence.max_age_days if question.evidence else FRESH_DAYS,
    )  # fmt: skip
    row = question_row(
        area,
        question,
        said,
        figure=figure,
        shown=shown,
        founded=founded,
        target=target_of(question, area, case.targets, case.customers),
        agreed=case.agreed.get(question.id),
    )
    named = {"question": question.id, "area": area, "title": question.title, "weight": question.weight}
    return row, perception_rows(named, own, said, shown, case.respondents), shown


def _known(questions: pd.DataFrame, measured: Mapping[str, Measured], customers: str) -> dict[str, Any]:
    """Return what a rule may look up: by source, number by id, without what is not known."""
    sources = {"answers": "level", "shown": "shown", "stated": "stated"}
    found: dict[str, Any] = {
        source: {
            str(id): float(value)
            for id, value in zip(questions["question"], questions[column], strict=True)
            if not math.isnan(value)
        }
        for source, column in sources.items()
    }
    figures = {id: float(one.value) for id, one in measured.items() if one.is_computed and one.value is not None}
    return {**found, "figures": figures, "customers": customers}


def _levels(
    questions: pd.DataFrame,
    counted: pd.DataFrame,
    agreed: Mapping[str, AgreedValue],
    *,
    targets: Targets,
    scope: Sequence[str],
    seed: int,
) -> dict[str, Any]:
    areas = [area for area in AREAS if area in scope]
    weights = dict(zip(questions["question"], questions["weight"], strict=True))
    critical = frozenset(questions.loc[questions["is_critical"], "question"])
    settled = {id: one.range for id, one in agreed.items()}

    def ranges(by: str, held: frozenset[str]) -> dict[str, tuple[float, float]]:
        names = areas if by == "area" else list(COMPONENTS)
        groups = {name: list(questions.loc[questions[by] == name, "question"]) for name in names}
        return level_ranges(counted, groups, weights, critical=held, agreed=settled, seed=seed)

    by_area, by_component = ranges("area", critical), ranges("component", frozenset())
    panels = []
    for area in areas:
        own = counted[counted["question"].isin(questions.loc[questions["area"] == area, "question"])]
        panels.append({"area": area, **asdict(panel_agreement(own, seed=seed))})
    return {
        "areas": frame_of([area_row(a, questions, counted, targets.of(a), by_area) for a in areas], AREA_COLUMNS),
        "components": frame_of([component_row(c, questions, by_component) for c in COMPONENTS], COMPONENT_COLUMNS),
        "panels": frame_of(panels, PANEL_COLUMNS),
    }


def _by_size(perception: pd.DataFrame) -> pd.DataFrame:
    ordered = perception.assign(_size=-perception["distance"].abs())
    ordered = ordered.sort_values(["_size", "weight", "question", "who"], ascending=[True, False, True, True])
    return ordered.drop(columns="_size").reset_index(drop=True)
