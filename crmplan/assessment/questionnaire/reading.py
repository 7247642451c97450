"""Reading a filled-in workbook: values only, never formulas, and nothing is believed that is not checked."""

from __future__ import annotations

import json
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from crmplan.assessment.questionnaire.layout import (
    EARLIER,
    FIELD_COLUMNS,
    FIRST_ROW,
    LISTS,
    META,
    PROPERTY,
    START,
    TEXT_COLUMNS,
    Identity,
)
from crmplan.assessment.questionnaire.reply import Reply
from crmplan.errors import AnswersError, MissingExtraError, Problem

__all__ = ["Filled", "FilledRow", "Sent", "read_workbook"]

_MOST_BYTES = 20_000_000
_MOST_UNPACKED = 200_000_000
_MOST_ROWS = 5_000
_OWN_SHEETS = (START, META, LISTS, EARLIER)


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
    identity: Identity
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
    try:
        import openpyxl
    except ImportError as cause:
        raise MissingExtraError.of("openpyxl", "office") from cause
    _refuse_what_is_no_workbook(file)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of what it would lose in writing; nothing is written
            # Formulas must stay visible as such; with data_only they would pass for the values Excel last saw.
            book = openpyxl.load_workbook(file, data_only=False, keep_links=False)
    except Exception as cause:  # whatever openpyxl stumbles over, the file is not one that crmplan wrote
        raise _no_questionnaire(file, type(cause).__name__) from cause
    missing = [name for name in (META, EARLIER) if name not in book.sheetnames]
    if missing:
        raise _no_questionnaire(file, f"no sheet {missing[0]}")
    identity, seal = _identity(book, file)
    rows = tuple(
        row for name in book.sheetnames if name not in _OWN_SHEETS for row in _rows(book[name], f"{file.name}, {name}")
    )
    return Filled(file.name, identity, seal, rows, _earlier(book[EARLIER], file))


def _no_questionnaire(file: Path, got: str) -> AnswersError:
    advice = "make one with: crmplan questionnaire export CLIENT"
    return AnswersError([Problem(file.name, "a questionnaire workbook made by crmplan", got, advice)])


def _refuse_what_is_no_workbook(file: Path) -> None:
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise _no_questionnaire(file, "a file above 20 MB")
        with zipfile.ZipFile(file) as packed:
            if sum(one.file_size for one in packed.infolist()) > _MOST_UNPACKED:
                raise _no_questionnaire(file, "a file that unpacks to more than 200 MB")
            for name in packed.namelist():
                if name.endswith((".xml", ".rels")) and b"<!DOCTYPE" in packed.read(name)[:2000]:
                    raise _no_questionnaire(file, "a document type inside")
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, EOFError) as cause:
        raise _no_questionnaire(file, "no workbook (.xlsx)") from cause
    except OSError as cause:
        raise AnswersError([Problem(str(file), "a file that can be read", type(cause).__name__)]) from cause


def _identity(book: Any, file: Path) -> tuple[Identity, str]:
    fields = {str(row[0].value): row[1].value for row in book[META].iter_rows(min_row=1, max_row=20, max_col=2)}
    try:
        identity = Identity(
            client=str(fields["client"]), respondent=str(fields["respondent"]), wave=int(str(fields["wave"])),
            round=int(str(fields["round"])), versions=str(fields["versions"]), content=str(fields["content"]),
        )  # fmt: skip
        seal = str(fields["seal"])
    except (KeyError, ValueError) as cause:
        raise _no_questionnaire(file, f"an incomplete sheet {META}") from cause
    brief = next((one.value for one in book.custom_doc_props.props if one.name == PROPERTY), None)
    if brief is not None and brief != identity.in_brief(seal):
        raise _no_questionnaire(file, f"a sheet {META} that contradicts the document's properties")
    return identity, seal


def _rows(sheet: Any, where: str) -> Iterator[FilledRow]:
    for cells in sheet.iter_rows(min_row=FIRST_ROW + 1, max_row=_MOST_ROWS, max_col=max(FIELD_COLUMNS.values()) + 1):
        id = cells[0].value
        if id is None:
            continue
        texts = tuple(_plain(cells[column].value) for column in TEXT_COLUMNS)
        addresses = {field: f"{where}!{cells[column].coordinate}" for field, column in FIELD_COLUMNS.items()}
        problems = tuple(
            problem
            for field, column in FIELD_COLUMNS.items()
            if (problem := _no_value(cells[column], addresses[field])) is not None
        )
        typed = {
            field: _unescaped(cells[column].value)
            for field, column in FIELD_COLUMNS.items()
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
    return "" if value is None else str(_unescaped(value))


def _unescaped(value: Any) -> Any:
    # openpyxl has undone Excel's escapes but for the carriage return of a pasted line end.
    return value.replace("_x000D_\n", "\n") if isinstance(value, str) else value


def _earlier(sheet: Any, file: Path) -> dict[str, Sent]:
    parts: dict[str, list[str]] = {}
    for id, _, text in sheet.iter_rows(min_row=1, max_row=_MOST_ROWS, max_col=3, values_only=True):
        if id is not None:
            parts.setdefault(str(id), []).append(str(text or ""))
    try:
        return {id: _SENT.validate_python(json.loads("".join(texts))) for id, texts in parts.items()}
    except (ValueError, ValidationError) as cause:
        raise _no_questionnaire(file, f"a changed sheet {EARLIER}") from cause
