"""Reading a filled-in workbook: values only, never formulas, and nothing is believed that is not checked."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from crmplan.assessment.questionnaire import layout
from crmplan.assessment.questionnaire.reply import Reply
from crmplan.assessment.workbook_file import opened, text_in
from crmplan.errors import AnswersError, Problem

__all__ = ["Filled", "FilledRow", "Sent", "read_workbook"]

_KIND = "a questionnaire workbook made by crmplan"
_ADVICE = "make one with: crmplan questionnaire export CLIENT"
_MOST_ROWS = 5_000
_OWN_SHEETS = (layout.START, layout.META, layout.LISTS, layout.EARLIER)


@dataclass(frozen=True, slots=True)
class Sent:
    """A reply as it stood when the workbook was made; ``n_said`` counts all that had been said to the question."""

    reply: Reply = field(default_factory=Reply)
    n_said: int = 0


_SENT = TypeAdapter(Sent)


@dataclass(frozen=True, slots=True)
class FilledRow:
    """One question as the workbook has it: the locked texts and the fields, each with the address of its cell.

    ``problems`` are fields that hold a formula, a date or an error instead of a value.
    """

    question: str
    texts: tuple[str, str]
    typed: Mapping[str, Any]
    cells: Mapping[str, str]
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Filled:
    """A workbook that came back: whose it says it is, the seal on that, its rows, and the replies it was sent with."""

    file: str
    identity: layout.Identity
    seal: str
    rows: tuple[FilledRow, ...]
    earlier: Mapping[str, Sent]


def read_workbook(file: Path) -> Filled:
    """Return what a workbook holds.

    Raises
    ------
    AnswersError
        When it is no questionnaire: not a workbook, too large, without its hidden sheets.
    MissingExtraError
        When openpyxl is not installed.
    """
    book = opened(file, kind=_KIND, advice=_ADVICE, error=AnswersError)
    missing = [name for name in (layout.META, layout.EARLIER) if name not in book.sheetnames]
    if missing:
        raise _no_questionnaire(file, f"no sheet {missing[0]}")
    identity, seal = _identity(book, file)
    rows = tuple(
        row for name in book.sheetnames if name not in _OWN_SHEETS for row in _rows(book[name], f"{file.name}, {name}")
    )
    return Filled(file.name, identity, seal, rows, _earlier(book[layout.EARLIER], file))


def _no_questionnaire(file: Path, got: str) -> AnswersError:
    return AnswersError([Problem(file.name, _KIND, got, _ADVICE)])


def _identity(book: Any, file: Path) -> tuple[layout.Identity, str]:
    rows = book[layout.META].iter_rows(min_row=1, max_row=20, max_col=2, values_only=True)
    fields = {str(name): text_in(value) for name, value in rows}
    try:
        identity = layout.Identity(
            client=str(fields["client"]), respondent=str(fields["respondent"]), wave=int(str(fields["wave"])),
            round=int(str(fields["round"])), versions=str(fields["versions"]), content=str(fields["content"]),
        )  # fmt: skip
        seal = str(fields["seal"])
    except (KeyError, ValueError) as cause:
        raise _no_questionnaire(file, f"an incomplete sheet {layout.META}") from cause
    brief = next((one.value for one in book.custom_doc_props.props if one.name == layout.PROPERTY), None)
    if brief is not None and brief != identity.in_brief(seal):
        raise _no_questionnaire(file, f"a sheet {layout.META} that contradicts the document's properties")
    return identity, seal


def _rows(sheet: Any, where: str) -> Iterator[FilledRow]:
    for cells in sheet.iter_rows(
        min_row=layout.FIRST_ROW + 1, max_row=_MOST_ROWS, max_col=max(layout.FIELD_COLUMNS.values()) + 1
    ):
        id = cells[0].value
        if id is None:
            continue
        texts = tuple(_plain(cells[column].value) for column in layout.TEXT_COLUMNS)
        addresses = {field: f"{where}!{cells[column].coordinate}" for field, column in layout.FIELD_COLUMNS.items()}
        problems = tuple(
            problem
            for field, column in layout.FIELD_COLUMNS.items()
            if (problem := _no_value(cells[column], addresses[field])) is not None
        )
        typed = {
            field: text_in(cells[column].value)
            for field, column in layout.FIELD_COLUMNS.items()
            if cells[column].value is not None
        }
        yield FilledRow(_plain(id).strip(), (texts[0], texts[1]), typed, addresses, problems)


def _no_value(cell: Any, where: str) -> Problem | None:
    match cell.data_type:
        case "f":
            got = cell.value if isinstance(cell.value, str) else "a formula"
            return Problem(where, "a value, not a formula", got, "write the text or number itself")
        case "e":
            return Problem(where, "a value", str(cell.value), "Excel shows an error here; write the answer again")
        case "d":
            return Problem(where, "an answer, not a date", str(cell.value), "Excel made a date of it; write it again")
    return None


def _plain(value: Any) -> str:
    return "" if value is None else str(text_in(value))


def _earlier(sheet: Any, file: Path) -> dict[str, Sent]:
    parts: dict[str, list[str]] = {}
    for id, _, text in sheet.iter_rows(min_row=1, max_row=_MOST_ROWS, max_col=3, values_only=True):
        if id is not None:
            parts.setdefault(_plain(id), []).append(_plain(text))
    try:
        return {id: _SENT.validate_python(json.loads("".join(texts))) for id, texts in parts.items()}
    except (ValueError, ValidationError) as cause:
        raise _no_questionnaire(file, f"a changed sheet {layout.EARLIER}") from cause
