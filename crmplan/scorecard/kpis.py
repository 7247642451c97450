"""KPI definitions: what each asks, which decision hangs on it, and how its figure is had."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from crmplan import carried
from crmplan._yaml import Document
from crmplan.errors import Problem, TemplateError, closest
from crmplan.metrics.registry import Metric, Unit, registry
from crmplan.template_files import Location, checked, documents, entries

__all__ = ["DEPARTMENTS", "KPI", "PERSPECTIVES", "PHASES", "TargetRule", "load_kpis"]

Perspective = Literal["financial", "customer", "internal_process", "learning_growth"]
Phase = Literal["acquisition", "selling_up", "selling_across", "retention", "service"]
Department = Literal["management", "marketing", "sales", "call_center", "operations"]

PERSPECTIVES: tuple[Perspective, ...] = ("financial", "customer", "internal_process", "learning_growth")
"""The four sides from which a balanced scorecard looks at a company."""

PHASES: tuple[Phase, ...] = ("acquisition", "selling_up", "selling_across", "retention", "service")
"""Phases of a customer's life with the company."""

DEPARTMENTS: tuple[Department, ...] = ("management", "marketing", "sales", "call_center", "operations")
"""Who answers for a KPI."""

_Text = Annotated[str, Field(min_length=3, max_length=300)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class TargetRule(_Strict):
    """How a first target follows from the baseline; exactly one of the three.

    ``improve_by_share`` is a share of the baseline, ``improve_by_points`` an amount in the KPI's unit (0.03 of a share
    is 3 percentage points), ``reach`` a level. The direction of the KPI says which way is better.
    """

    improve_by_share: float | None = Field(None, gt=0, le=1)
    improve_by_points: float | None = Field(None, gt=0)
    reach: float | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> TargetRule:
        given = [value for value in (self.improve_by_share, self.improve_by_points, self.reach) if value is not None]
        if len(given) != 1:
            raise ValueError("give exactly one of improve_by_share, improve_by_points and reach")
        return self


class KPI(_Strict):
    """One KPI: question, decision, definition, target rule, and what can go wrong with it.

    ``metric`` names the figure in the registry; ``collect`` says how to gather it where no data hold it; a KPI has one
    of the two. ``best`` is the best value there can be, where unit and direction do not say it. ``goal_words`` are
    beginnings of words by which a goal speaks to it, beside those of its phase. ``pair_with`` is the KPI that shows
    when this one is bought at a price elsewhere.
    """

    id: str = Field(pattern=r"^KPI(-[A-Z0-9]+)+$")
    name: str = Field(min_length=3, max_length=60)
    question: _Text
    decides: _Text
    perspective: Perspective
    department: Department
    phase: Phase
    kind: Literal["leading", "lagging"]
    metric: str = ""
    collect: str = ""
    definition: _Text
    exclude: _Text
    direction: Literal["up", "down"]
    unit: Unit
    best: float | None = None
    target: TargetRule
    rhythm: Literal["weekly", "monthly", "quarterly", "yearly"]
    owner: _Text
    side_effects: _Text
    pair_with: str
    not_for: _Text
    cost: Literal["S", "M", "L"]
    gotchas: list[str] = Field(min_length=1)
    goal_words: list[str] = []

    @model_validator(mode="after")
    def _one_origin(self) -> KPI:
        if bool(self.metric) == bool(self.collect):
            raise ValueError("give either 'metric' or 'collect'")
        return self


def load_kpis(folder: Path | None = None, *, metrics: Mapping[str, Metric] | None = None) -> tuple[KPI, ...]:
    """Return the KPIs of the templates, by perspective and then in the order of the files.

    Parameters
    ----------
    folder
        Folder of YAML files with ``perspective`` and ``kpis``; by default those that come with crmplan.
    metrics
        The metrics a KPI may cite; by default the registry.

    Raises
    ------
    TemplateError
        With every problem of every file: unknown keys, metrics or pairs, ids or metrics used twice, and a unit or
        direction that differs from the metric's.
    """
    known = registry() if metrics is None else metrics
    problems: list[Problem] = []
    found: list[tuple[KPI, Document, Location]] = []
    for document in documents(folder or carried.templates() / "kpis"):
        found.extend(_of_file(document, problems))
    problems.extend(_contradictions(found, known))
    if problems:
        raise TemplateError(problems)
    return tuple(sorted((kpi for kpi, _, _ in found), key=lambda kpi: PERSPECTIVES.index(kpi.perspective)))


def _of_file(document: Document, problems: list[Problem]) -> list[tuple[KPI, Document, Location]]:
    found = []
    shared = document.data.get("perspective", "") if isinstance(document.data, dict) else ""
    if shared not in PERSPECTIVES:
        problems.append(Problem(document.where(("perspective",)), f"one of {', '.join(PERSPECTIVES)}", str(shared)))
        return []
    for location, data in entries(document, "kpis", problems):
        kpi = checked(KPI, {"perspective": shared, **data}, document, location, problems)
        if kpi is not None:
            found.append((kpi, document, location))
    return found


def _contradictions(found: Sequence[tuple[KPI, Document, Location]], metrics: Mapping[str, Metric]) -> list[Problem]:
    problems: list[Problem] = []
    ids = {kpi.id for kpi, _, _ in found}
    first_id: dict[str, str] = {}
    first_metric: dict[str, str] = {}
    for kpi, document, location in found:
        here = document.where((*location, "id"))
        if kpi.id in first_id:
            problems.append(Problem(here, "every KPI once", kpi.id, f"it stands in {first_id[kpi.id]} already"))
        first_id.setdefault(kpi.id, here)
        if kpi.pair_with not in ids or kpi.pair_with == kpi.id:
            advice = f"did you mean {close}?" if (close := closest(kpi.pair_with, ids - {kpi.id})) else ""
            where = document.where((*location, "pair_with"))
            problems.append(Problem(where, f"{kpi.id}: another KPI as its pair", kpi.pair_with, advice))
        if kpi.metric:
            problems.extend(_against_metric(kpi, document, location, metrics))
            where = document.where((*location, "metric"))
            if kpi.metric in first_metric:
                advice = f"{first_metric[kpi.metric]} uses it already"
                problems.append(Problem(where, f"{kpi.id}: a metric of its own", kpi.metric, advice))
            first_metric.setdefault(kpi.metric, kpi.id)
    return problems


def _against_metric(kpi: KPI, document: Document, location: Location, metrics: Mapping[str, Metric]) -> list[Problem]:
    if kpi.metric not in metrics:
        close = closest(kpi.metric, metrics)
        advice = f"did you mean {close}?" if close else ""
        return [
            Problem(document.where((*location, "metric")), f"{kpi.id}: a metric of the registry", kpi.metric, advice)
        ]
    metric = metrics[kpi.metric]
    problems = []
    if kpi.unit != metric.unit:
        where = document.where((*location, "unit"))
        problems.append(Problem(where, f"{kpi.id}: the unit of {metric.id}, {metric.unit}", kpi.unit))
    if metric.direction not in {kpi.direction, "neutral"}:
        where = document.where((*location, "direction"))
        problems.append(Problem(where, f"{kpi.id}: the direction of {metric.id}, {metric.direction}", kpi.direction))
    return problems
