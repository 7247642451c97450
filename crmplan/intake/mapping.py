"""From exports in a client's folder to a mapping in its ``engagement.yaml``: proposed, looked over, put in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import ValidationError

from crmplan import _yaml
from crmplan.durable import one_writer_in, write_durably
from crmplan.errors import EngagementError, IntakeError, Problem
from crmplan.intake.entries import Answers
from crmplan.intake.join_proposal import Studied, with_joins
from crmplan.intake.mapping_text import with_tables
from crmplan.intake.named_customers import with_numbers
from crmplan.intake.proposal import TableProposal, propose, raw_names, won_deals_as_orders
from crmplan.intake.reading import RawFile, sheets_of
from crmplan.intake.sampling import found_reading, read_sample
from crmplan.intake.vocabulary import folded
from crmplan.sources import Reading, Source

__all__ = ["Proposed", "put_in", "propose_mapping"]

_ASKED_PLACES = (
    "The columns were cut where the lines seen are blank: do the widths fit the client's description of the file?"
)
_ASKED_NAMES = "The file names no columns: write their names under 'header', in order."


@dataclass(frozen=True, slots=True)
class Proposed:
    """What exports may become.

    Parameters
    ----------
    tables
        Proposals, in the order of the files.
    unknown
        Files, and sheets as ``file [sheet]``, of which no canonical table can be made.
    """

    tables: tuple[TableProposal, ...]
    unknown: tuple[str, ...]


def propose_mapping(
    folder: Path, files: Sequence[Path], *, table: str = "", answers: Answers | None = None
) -> Proposed:
    """Return what tables the exports probably are, from their names, types and values.

    Parameters
    ----------
    folder
        The client's folder.
    files
        Exports inside it. Every sheet of a workbook and every table of a database file is looked at. An export of
        order lines without customers or days is completed from an export of the orders, where that is among them.
    table
        The canonical table that all of them are, where the consultant knows.
    answers
        What the consultant knows about dates that the values do not tell.

    Raises
    ------
    IntakeError
        When files are missing, outside the folder or unreadable; carries the problems of all of them.
    """
    studied: list[Studied] = []
    problems: list[Problem] = []
    for path in files:
        try:
            file = _inside(folder, path)
            for sheet in sheets_of(folder / file, file=file) or ("",):
                studied.append(_of_sheet(folder, file, sheet, table=table, answers=answers))
        except IntakeError as error:
            problems += error.problems
    if problems:
        raise IntakeError(problems)
    tables = [one for export in studied for one in export.tables]
    if not table:
        raws = {(one.raw.file, one.sheet): one.raw for one in studied}
        tables = list(with_numbers(list(with_joins(studied)), raws))
    used = {(one.file, one.reading.get("sheet", "")) for one in tables}
    used |= {(part.file, part.reading.get("sheet", "")) for one in tables for part in one.lookups}
    unknown = [one for one in studied if (one.raw.file, one.sheet) not in used]
    if not table and not {one.table for one in tables} & {"orders", "contracts"} and not _has_sales(folder):
        tables += [order for one in tables for order in won_deals_as_orders(one)]
    names = (f"{one.raw.file} [{one.sheet}]" if one.sheet else one.raw.file for one in unknown)
    return Proposed(tuple(_without_repeats(tables)), tuple(names))


def _without_repeats(tables: Sequence[TableProposal]) -> Iterator[TableProposal]:
    """Yield proposals without what a flat export repeats of a table that came as an export of its own."""
    own = {one.table for one in tables if not one.is_distinct}
    for one in tables:
        if one.is_distinct and one.table in own:
            continue
        dropped = [other for other in tables if other.file == one.file and other.is_distinct and other.table in own]
        if one.left_out and dropped and one.reading.get("sheet") == dropped[0].reading.get("sheet"):
            used = {name for column in one.columns for name in raw_names(column.mapping)}
            more = [name for other in dropped for column in other.columns for name in raw_names(column.mapping)]
            yield replace(one, left_out=tuple(dict.fromkeys((*one.left_out, *(n for n in more if n not in used)))))
        else:
            yield one


def _has_sales(folder: Path) -> bool:
    """Whether the engagement maps orders or contracts from exports that are there."""
    document = _yaml.read(folder / "engagement.yaml", error=EngagementError)
    sources = document.data.get("sources") if isinstance(document.data, dict) else None
    return any(
        mapping.get("table") in {"orders", "contracts"} and (folder / str(mapping.get("file"))).exists()
        for source in sources or () if isinstance(source, dict)
        for mapping in source.get("tables") or () if isinstance(mapping, dict)
    )  # fmt: skip


def put_in(folder: Path, tables: Sequence[TableProposal], *, source: str = "") -> str:
    """Write proposals into ``engagement.yaml`` and return the name of the source that got them.

    Every line that is there stays as it is; only the example source of a new engagement goes, once there is a real
    one. A table that lacks a column it needs is left out. Nothing is written unless what comes out can be read.

    Parameters
    ----------
    folder
        The client's folder.
    tables
        What to put in; none of them may be there already.
    source
        Name of the source; by default the folder in which the first export lies, else the export's own name.

    Raises
    ------
    EngagementError
        When ``engagement.yaml`` is missing, cannot be read, has such a table already, or a needed column has no answer.
    """
    path = folder / "engagement.yaml"
    document = _yaml.read(path, error=EngagementError)
    tables = [one for one in tables if not one.missing] or tables
    name = source or _source_name(tables[0].file)
    problems = [*_open_problems(tables), *_known_already(document, tables)]
    if problems:
        raise EngagementError(problems)
    placeholder = _placeholder(document, folder)
    text = with_tables(path.read_text("utf-8-sig"), name, tables, placeholder=placeholder)
    after = _yaml.read_text(text, file="engagement.yaml", error=EngagementError)
    for entry in after.data["sources"]:
        if entry.get("name") == name:
            try:
                Source(**entry)
            except ValidationError as cause:
                said = cause.errors()[0]["msg"].removeprefix("Value error, ")
                raise EngagementError([Problem(f"engagement.yaml, source '{name}'", said)]) from cause
    with one_writer_in(folder):
        write_durably(path, text.encode())
    return name


def _of_sheet(folder: Path, file: str, sheet: str, *, table: str, answers: Answers | None) -> Studied:
    reading = Reading(sheet=sheet or None) if sheet else found_reading(folder / file, folder=folder)
    try:
        raw = read_sample(folder / file, folder=folder, reading=reading)
    except IntakeError as error:
        if sheet and all("rows of data" in problem.expected for problem in error.problems):
            return Studied(RawFile(file, pd.DataFrame()), sheet, ())
        raise
    found = propose(raw, sheet=sheet, table=table, answers=answers)
    if any(one.reading.get("decimal") == "," for one in found):
        # Numbers that the file holds as numbers were written out with a point: read again with the comma.
        raw = read_sample(folder / file, folder=folder, reading=reading.model_copy(update={"decimal": ","}))
        found = propose(raw, sheet=sheet, table=table, answers=answers)
    return Studied(raw, sheet, tuple(_at_fixed_places(one, reading) for one in found))


def _at_fixed_places(one: TableProposal, reading: Reading) -> TableProposal:
    """Return a proposal that says where the columns of a text without delimiter were cut, and asks about it."""
    if reading.widths is None:
        return one
    places: dict[str, Any] = {"widths": reading.widths} | ({"header": reading.header} if reading.header else {})
    questions = (_ASKED_PLACES, *((_ASKED_NAMES,) if reading.header else ()), *one.questions)
    return replace(one, reading={**places, **one.reading}, questions=questions)


def _inside(folder: Path, path: Path) -> str:
    for place in (path if path.is_absolute() else Path.cwd() / path, folder / path):
        if place.is_file():
            try:
                return place.resolve().relative_to(folder.resolve()).as_posix()
            except ValueError:
                advice = f"copy it into {folder.name}/data"
                raise IntakeError([Problem(str(path), "a file inside the client's folder", "", advice)]) from None
    raise IntakeError([Problem(str(path), "a file", "none of that name", "put the export into data/")])


def _open_problems(tables: Sequence[TableProposal]) -> list[Problem]:
    problems = []
    for one in tables:
        where = f"{one.file} as {one.table}"
        for name in one.missing:
            problems.append(Problem(where, f"a column for {name}", "", "add it to the mapping by hand, or ask for it"))
        for question in one.questions:
            if "--dates" in question:
                problems.append(Problem(where, "dates that can be read in one way only", "", question))
    return problems


def _known_already(document: _yaml.Document, tables: Sequence[TableProposal]) -> list[Problem]:
    sources = document.data.get("sources") if isinstance(document.data, dict) else None
    known = {
        (mapping.get("file"), mapping.get("table"), (mapping.get("reading") or {}).get("sheet"))
        for source in sources or () if isinstance(source, dict)
        for mapping in source.get("tables") or () if isinstance(mapping, dict)
    }  # fmt: skip
    return [
        Problem(f"{one.file} as {one.table}", "an export that is not mapped yet", "", "change its mapping by hand")
        for one in tables
        if (one.file, one.table, one.reading.get("sheet")) in known
    ]


def _placeholder(document: _yaml.Document, folder: Path) -> str:
    """Return the name of the example source that a new engagement begins with, while its file does not exist."""
    sources = document.data.get("sources") if isinstance(document.data, dict) else None
    if not isinstance(sources, list) or len(sources) != 1 or not isinstance(sources[0], dict):
        return ""
    tables = sources[0].get("tables") or []
    is_example = len(tables) == 1 and all(
        isinstance(value, str) and value == name for name, value in (tables[0].get("columns") or {}).items()
    )
    return str(sources[0].get("name")) if is_example and not (folder / str(tables[0].get("file"))).exists() else ""


def _source_name(file: str) -> str:
    path = Path(file)
    name = path.parent.name if len(path.parts) > 2 else path.stem
    return folded(name)[:40] if "_" not in name else "_".join(folded(part) for part in name.split("_") if folded(part))
