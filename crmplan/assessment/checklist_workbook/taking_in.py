"""Taking an edited workbook of checklists in: first what it would change, then the files, other lines untouched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from crmplan import _yaml
from crmplan.assessment.checklist_text import checklist_text
from crmplan.assessment.checklist_workbook.columns import COLUMNS, Cell, cells_of
from crmplan.assessment.checklist_workbook.reading import EditedChecklist, read_checklists
from crmplan.assessment.checklist_workbook.writing import HEAD_FIELDS
from crmplan.assessment.checklists import load_checklists
from crmplan.assessment.questions import Checklist, Question
from crmplan.assessment.references import Placed, wrong_references
from crmplan.durable import one_writer_in, write_durably
from crmplan.errors import Problem, TemplateError
from crmplan.metrics.registry import Metric, registry

__all__ = ["ChecklistPreview", "Edit", "preview_of", "put_in"]

_READ_BY_PEOPLE = ("text", "help", "why", "anchors", "bands", "states", "scale")


@dataclass(frozen=True, slots=True)
class Edit:
    """A field that the workbook has otherwise than the files; ``kind`` is changed, added or removed.

    Of a question that was added or removed there is one edit, with its title.
    """

    kind: str
    where: str
    question: str
    field: str
    before: Cell
    after: Cell


@dataclass(frozen=True, slots=True)
class ChecklistPreview:
    """What taking a workbook in would change: field by field, and as the new text of each file that changes.

    ``remarks`` names questions that read otherwise under the same revision: answers to the old words go on counting.
    """

    edits: tuple[Edit, ...]
    remarks: tuple[str, ...]
    texts: Mapping[Path, str]


def preview_of(file: Path, folder: Path, *, metrics: Mapping[str, Metric] | None = None) -> ChecklistPreview:
    """Return what a workbook would change in a folder of checklists; nothing is written.

    Parameters
    ----------
    file
        The workbook.
    folder
        The folder of ``*.yaml`` checklists; those of which the workbook has no sheet stay as they are.
    metrics
        The metrics that may be cited; the registry when it is not given.

    Raises
    ------
    TemplateError
        With every problem of the workbook, each with its cell or row.
    """
    metrics = registry() if metrics is None else metrics
    now: dict[str, Checklist] = {one.checklist: one for one in load_checklists(folder, metrics=metrics)}
    edited = read_checklists(file)
    problems = [*_twice(edited, file), *wrong_references(_together(now, edited), metrics), *_lower(now, edited)]
    if problems:
        raise TemplateError(problems)
    changed = [one for one in edited if now.get(one.checklist.checklist) != one.checklist]
    files = _files(folder)
    texts = {}
    for one in changed:
        area = one.checklist.checklist
        place = files.get(area, folder / f"{area}.yaml")
        before = place.read_text("utf-8-sig") if area in files else ""
        texts[place] = checklist_text(one.checklist, before, was=now.get(area))
    edits = tuple(edit for one in changed for edit in _edits(now.get(one.checklist.checklist), one))
    return ChecklistPreview(edits, tuple(_remarks(now, changed)), texts)


def put_in(preview: ChecklistPreview) -> int:
    """Write the files of a preview, each wholly or not at all, and return how many they were."""
    for file, text in preview.texts.items():
        with one_writer_in(file.parent):
            write_durably(file, text.encode("utf-8"))
    return len(preview.texts)


def _files(folder: Path) -> dict[str, Path]:
    return {
        str(document.data.get("checklist")): file
        for file in sorted(folder.glob("*.yaml"))
        if isinstance((document := _yaml.read(file, error=TemplateError)).data, dict)
    }


def _together(now: Mapping[str, Checklist], edited: Sequence[EditedChecklist]) -> list[Placed]:
    anew = {one.checklist.checklist for one in edited}
    others = [
        Placed(area, question, _yaml.Document(None, f"{area}.yaml"), ())
        for area, checklist in now.items()
        if area not in anew
        for question in checklist.questions
    ]
    return [*others, *(placed for one in edited for placed in one.placed)]


def _twice(edited: Sequence[EditedChecklist], file: Path) -> Iterator[Problem]:
    areas = [one.checklist.checklist for one in edited]
    for area in dict.fromkeys(areas):
        if areas.count(area) > 1:
            yield Problem(file.name, "every checklist once", area)


def _lower(now: Mapping[str, Checklist], edited: Sequence[EditedChecklist]) -> Iterator[Problem]:
    for one, before, after in _pairs(now, edited):
        if after.rev < before.rev:
            cell = one.cells[after.id]["Revision"]
            yield Problem(cell, f"revision {before.rev} or a higher one", str(after.rev), "revisions only rise")


def _remarks(now: Mapping[str, Checklist], edited: Sequence[EditedChecklist]) -> Iterator[str]:
    for _, before, after in _pairs(now, edited):
        if after.rev == before.rev and any(getattr(before, name) != getattr(after, name) for name in _READ_BY_PEOPLE):
            yield (
                f"{after.id} reads otherwise under the same revision: raise it if the meaning is another one, "
                "so that answers to the old words count no more"
            )


def _pairs(
    now: Mapping[str, Checklist], edited: Sequence[EditedChecklist]
) -> Iterator[tuple[EditedChecklist, Question, Question]]:
    for one in edited:
        known = {q.id: q for q in now[one.checklist.checklist].questions} if one.checklist.checklist in now else {}
        for question in one.checklist.questions:
            if question.id in known:
                yield one, known[question.id], question


def _edits(before: Checklist | None, edited: EditedChecklist) -> Iterator[Edit]:
    after = edited.checklist
    for name in HEAD_FIELDS:
        old, new = getattr(before, name, ""), getattr(after, name)
        if old != new:
            yield Edit("changed", after.checklist, "", name, old, new)
    known = {one.id: one for one in before.questions} if before else {}
    for question in after.questions:
        cells = edited.cells[question.id]
        if question.id not in known:
            yield Edit("added", cells["Question"], question.id, "Title", "", question.title)
            continue
        old_cells, new_cells = cells_of(known[question.id]), cells_of(question)
        for column in COLUMNS:
            old, new = old_cells[column.heading], new_cells[column.heading]
            if old != new:
                yield Edit("changed", cells[column.heading], question.id, column.heading, old, new)
    for id in sorted(known.keys() - {one.id for one in after.questions}):
        yield Edit("removed", after.checklist, id, "Title", known[id].title, "")
