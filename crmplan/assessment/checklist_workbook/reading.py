"""Reading an edited workbook of checklists: each row as a question, every problem with the cell it stands in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from crmplan import _yaml
from crmplan.assessment.checklist_workbook.columns import COLUMNS, column_of, fields_of
from crmplan.assessment.checklist_workbook.writing import FIRST_ROW, HEAD_FIELDS, HEADS
from crmplan.assessment.questions import Checklist, Question
from crmplan.assessment.references import Placed
from crmplan.assessment.workbook_file import opened, text_in
from crmplan.engagement import Area
from crmplan.errors import Problem, TemplateError, closest, wanted_of

__all__ = ["EditedChecklist", "read_checklists"]

_KIND = "a workbook of checklists made by crmplan"
_ADVICE = "make one with: crmplan checklist export"
_MOST_ROWS = 20_000
_AREAS: tuple[str, ...] = get_args(Area)


@dataclass(frozen=True, slots=True)
class EditedChecklist:
    """A checklist as a workbook has it, and the cell of each field: by id of the question, then by heading."""

    checklist: Checklist
    cells: Mapping[str, Mapping[str, str]]
    placed: tuple[Placed, ...]


@dataclass(frozen=True, slots=True)
class _Row:
    values: dict[str, Any]
    cells: dict[str, str]
    number: int


def read_checklists(file: Path) -> tuple[EditedChecklist, ...]:
    """Return the checklists of a workbook.

    Parameters
    ----------
    file
        A workbook as from :func:`crmplan.assessment.checklist_workbook.writing.workbook_of_checklists`.

    Raises
    ------
    TemplateError
        When it is no such workbook, or with every problem of every cell.
    """
    book = opened(file, kind=_KIND, advice=_ADVICE, error=TemplateError)
    if HEADS not in book.sheetnames:
        raise TemplateError([Problem(file.name, _KIND, f"no sheet {HEADS}", _ADVICE)])
    problems: list[Problem] = []
    head_names = {name.capitalize(): name for name in HEAD_FIELDS}
    heads = [
        (row, {name: _text(row.values.get(heading, "")) for heading, name in head_names.items()})
        for row in _rows(book[HEADS], tuple(head_names), file.name, problems)
    ]
    of_sheets = {name for name in book.sheetnames if name != HEADS}
    for name in sorted(of_sheets - {head["checklist"] for _, head in heads}):
        problems.append(Problem(f"{file.name}, {name}", f"a row for it on the sheet {HEADS}", "none"))
    read = [
        one
        for row, head in heads
        if (one := _checklist(book, row, head, file.name, problems)) is not None
    ]  # fmt: skip
    if problems:
        raise TemplateError(problems)
    return tuple(read)


def _checklist(
    book: Any, row: _Row, head: dict[str, str], file: str, problems: list[Problem]
) -> EditedChecklist | None:
    area = head["checklist"]
    if area not in _AREAS or area not in book.sheetnames:
        wanted = "a sheet of that name" if area in _AREAS else "the name of an area"
        close = closest(area, _AREAS)
        problems.append(Problem(row.cells["Checklist"], wanted, area, f"did you mean {close}?" if close else ""))
        return None
    before = len(problems)
    rows = list(_rows(book[area], tuple(column.heading for column in COLUMNS), file, problems))
    questions = [question for one in rows if (question := _question(one, problems)) is not None]
    if len(problems) > before:
        return None
    made = _checked(Checklist, {**head, "questions": questions}, problems, lambda path: _of_head(row, path))
    if made is None:
        return None
    document = _yaml.Document(None, f"{file}, {area}", {(place,): one.number for place, one in enumerate(rows)})
    placed = tuple(Placed(area, question, document, (place,)) for place, question in enumerate(made.questions))
    return EditedChecklist(made, {_text(one.values["Question"]).strip(): one.cells for one in rows}, placed)


def _rows(sheet: Any, headings: Sequence[str], file: str, problems: list[Problem]) -> Iterator[_Row]:
    """Yield the entries of a sheet; a row under the id of the row above carries on its texts."""
    where = f"{file}, {sheet.title}"
    places = _places(sheet, headings, where, problems)
    first = headings[0]
    if len(places) < len(headings):  # told already; what stands under it would be told wrongly
        return
    row: _Row | None = None
    for cells in sheet.iter_rows(min_row=FIRST_ROW + 1, max_row=min(sheet.max_row, _MOST_ROWS)):
        found = {name: cells[place] for name, place in places.items() if place < len(cells)}
        values = {name: text_in(cell.value) for name, cell in found.items() if cell.value is not None}
        problems.extend(_no_values(found, where))
        id = values.get(first, "")
        if not values:
            continue
        if row is not None and id == row.values[first]:
            _carry_on(row, {name: value for name, value in values.items() if name != first}, found, where, problems)
            continue
        if row is not None:
            yield row
        addresses = {name: f"{where}!{cell.coordinate}" for name, cell in found.items()}
        row = _Row({first: id, **values}, addresses, cells[0].row)
    if row is not None:
        yield row


def _places(sheet: Any, headings: Sequence[str], where: str, problems: list[Problem]) -> dict[str, int]:
    line = next(sheet.iter_rows(min_row=FIRST_ROW, max_row=FIRST_ROW, values_only=True), ())
    found = {str(text_in(value)).strip(): place for place, value in enumerate(line) if value is not None}
    for heading in found:
        if heading not in headings:
            close = closest(heading, headings)
            problems.append(
                Problem(f"{where}:{FIRST_ROW}", "a known heading", heading, f"did you mean {close}?" if close else "")
            )
    missing = [heading for heading in headings if heading not in found]
    if missing:
        problems.append(Problem(f"{where}:{FIRST_ROW}", "every heading", f"no '{missing[0]}'", "put it back"))
    return {heading: place for heading, place in found.items() if heading in headings}


def _carry_on(
    row: _Row, more: Mapping[str, Any], found: Mapping[str, Any], where: str, problems: list[Problem]
) -> None:
    for name, value in more.items():
        before = row.values.get(name)
        if isinstance(before, str) and isinstance(value, str):
            row.values[name] = before + value
        else:
            cell = f"{where}!{found[name].coordinate}"
            expected = "the rest of the text above, or another id in the first column"
            problems.append(Problem(cell, expected, str(value)))


def _no_values(found: Mapping[str, Any], where: str) -> Iterator[Problem]:
    kinds = {"f": "a formula", "e": "an error", "d": "a date"}
    for cell in found.values():
        if cell.data_type in kinds:
            yield Problem(f"{where}!{cell.coordinate}", "a text or a number", kinds[cell.data_type])


def _question(row: _Row, problems: list[Problem]) -> Question | None:
    fields, wrong = fields_of(row.values)
    problems.extend(
        Problem(row.cells[heading], expected, str(row.values.get(heading, ""))) for heading, expected in wrong.items()
    )
    return None if wrong else _checked(Question, fields, problems, lambda path: row.cells[column_of(path).heading])


def _checked(model: Any, fields: dict[str, Any], problems: list[Problem], cell_of: Any) -> Any:
    try:
        return model.model_validate(fields)
    except ValidationError as cause:
        for error in cause.errors():
            path = tuple(part for part in error["loc"] if not str(part).startswith("function-"))
            message = wanted_of(error)
            got = "" if isinstance(error["input"], dict | list | tuple | BaseModel) else str(error["input"])
            problems.append(Problem(cell_of(path), f"{message[0].lower()}{message[1:]}", got))
        return None


def _of_head(row: _Row, path: tuple[Any, ...]) -> str:
    return row.cells.get(str(path[0]).capitalize() if path else "", row.cells["Checklist"])


def _text(value: Any) -> str:
    return "" if value is None else str(value)
