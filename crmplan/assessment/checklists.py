"""The readiness checklists: what is asked, what each level looks like, and which figure can check the answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import get_args

from pydantic import ValidationError

from crmplan import _yaml, carried
from crmplan.assessment.overlays import overlaid, read_overlay
from crmplan.assessment.questions import (
    COMPONENTS,
    Checklist,
    LeadsTo,
    Probe,
    Question,
    States,
    Target,
    Whom,
)
from crmplan.assessment.references import Placed, wrong_references
from crmplan.assessment.scales import HIGHEST_LEVEL
from crmplan.engagement import Area, Engagement
from crmplan.errors import Problem, TemplateError, closest
from crmplan.metrics.registry import Metric, registry

__all__ = [
    "COMPONENTS",
    "HIGHEST_LEVEL",
    "Checklist",
    "LeadsTo",
    "Probe",
    "Question",
    "States",
    "Target",
    "Whom",
    "checklists_of",
    "load_checklists",
    "questions_by_id",
]


def load_checklists(
    folder: Path | None = None, *, metrics: Mapping[str, Metric] | None = None, overlay: Path | None = None
) -> tuple[Checklist, ...]:
    """Return the checklists in a folder, in the order of the areas.

    Parameters
    ----------
    folder
        A folder of ``*.yaml`` checklists; those that crmplan carries when it is not given.
    metrics
        The metrics that may be cited; the registry when it is not given.
    overlay
        A client's ``overlay.yaml``, which hides, rewords and adds questions; it need not exist.

    Raises
    ------
    TemplateError
        With every problem of every file, each with file and line.

    Examples
    --------
    >>> [(one.checklist, len(one.questions)) for one in load_checklists()][:2]
    [('marketing', 19), ('sales', 13)]
    """
    folder = folder or carried.templates() / "checklists"
    files = sorted(folder.glob("*.yaml"))
    if not files:
        raise TemplateError([Problem(str(folder), "a folder with checklists (*.yaml)")])
    problems: list[Problem] = []
    loaded = [one for file in files if (one := _read(file, problems)) is not None]
    placed = [
        Placed(checklist.checklist, question, document, ("questions", position))
        for checklist, document in loaded
        for position, question in enumerate(checklist.questions)
    ]
    hidden: frozenset[str] = frozenset()
    if overlay is not None:
        placed, hidden = _with_overlay(placed, overlay, problems)
    problems.extend(wrong_references(placed, registry() if metrics is None else metrics, hidden=hidden))
    if problems:
        raise TemplateError(problems)
    return _by_area([checklist for checklist, _ in loaded], placed)


def checklists_of(engagement: Engagement, checklists: Iterable[Checklist] | None = None) -> tuple[Checklist, ...]:
    """Return the checklists that a client is asked by: the areas in scope, with its own overlay.

    Parameters
    ----------
    engagement
        The client's.
    checklists
        Those to choose from; the carried ones under the client's overlay when they are not given.

    Raises
    ------
    TemplateError
        When they have to be loaded and do not fit, with every problem.
    """
    checklists = load_checklists(overlay=engagement.overlay) if checklists is None else checklists
    return tuple(one for one in checklists if one.checklist in engagement.scope)


def _read(file: Path, problems: list[Problem]) -> tuple[Checklist, _yaml.Document] | None:
    try:
        document = _yaml.read(file, error=TemplateError)
    except TemplateError as cause:
        problems.extend(cause.problems)
        return None
    try:
        return Checklist.model_validate(document.data), document
    except ValidationError as cause:
        problems.extend(_wrong_fields(cause, document))
        return None


def _with_overlay(placed: list[Placed], file: Path, problems: list[Problem]) -> tuple[list[Placed], frozenset[str]]:
    try:
        found = read_overlay(file)
    except TemplateError as cause:
        problems.extend(cause.problems)
        return placed, frozenset()
    return (placed, frozenset()) if found is None else overlaid(placed, *found, problems)


def _by_area(checklists: list[Checklist], placed: list[Placed]) -> tuple[Checklist, ...]:
    asked: dict[str, list[Question]] = {}
    for one in placed:
        asked.setdefault(one.area, []).append(one.question)
    order = get_args(Area)
    kept = [
        one.model_copy(update={"questions": tuple(asked[one.checklist])})
        for one in checklists
        if one.checklist in asked
    ]
    return tuple(sorted(kept, key=lambda one: order.index(one.checklist)))


def questions_by_id(checklists: Iterable[Checklist]) -> dict[str, tuple[str, Question]]:
    """Return (area, question) by the id of the question, in the order of the checklists."""
    return {question.id: (one.checklist, question) for one in checklists for question in one.questions}


def _wrong_fields(cause: ValidationError, document: _yaml.Document) -> list[Problem]:
    found = []
    for error in cause.errors():
        place = tuple(error["loc"])
        where = document.where(place)
        name = ".".join(str(part) for part in place) or "checklist"
        if error["type"] == "extra_forbidden":
            close = closest(str(place[-1]), sorted(Question.model_fields | Probe.model_fields | Checklist.model_fields))
            found.append(Problem(where, "a known key", name, f"did you mean {close}?" if close else ""))
            continue
        message = error["msg"].removeprefix("Value error, ")
        got = "" if isinstance(error["input"], dict | list | tuple) else str(error["input"])
        found.append(Problem(where, f"{name}: {message[0].lower()}{message[1:]}", got))
    return found
