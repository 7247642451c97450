"""What went wrong in reading and converting: cells that cannot be read, dates that can be read in two ways."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from types import MappingProxyType

import pandas as pd

from crmplan.errors import closest
from crmplan.intake.conversion import Converted
from crmplan.intake.dates import DateForms, date_forms
from crmplan.intake.finding import Finding, grade, shown
from crmplan.intake.reading import RawPieces
from crmplan.intake.words import column_label, rows_of
from crmplan.schema import TABLES, Column
from crmplan.sources import TableMapping

__all__ = ["Noted", "conversion_findings", "guessed_encoding", "new_columns", "ragged"]

_KINDS: Mapping[str, str] = MappingProxyType(
    {"number": "a number", "money": "a number", "flag": "yes or no", "timestamp": "a date", "date": "a date"}
)
_ENCODINGS: Mapping[str, str] = MappingProxyType(
    {"cp1252": "Windows-1252", "latin-1": "Latin-1", "mac_roman": "Mac Roman"}
)
_MOST_LOOKED_AT = 20_000
_MOST_NAMED = 5
_MOST_EXAMPLES = 9
_MOST_FAILED = 3


@dataclass(slots=True)
class Noted:
    """What was noted of one column while it was converted piece by piece.

    Parameters
    ----------
    n_rows, n_failed, n_two_ways, failed
        As in :class:`crmplan.intake.conversion.Converted`, over all pieces.
    dates
        Different texts of a column of dates, the first 20,000.
    n_marked, is_thousands, marked
        Amounts with a decimal mark, whether all of them have three digits behind it, and a few of them.
    """

    n_rows: int = 0
    n_failed: int = 0
    n_two_ways: int = 0
    failed: dict[str, None] = field(default_factory=dict)
    dates: dict[str, None] = field(default_factory=dict)
    n_marked: int = 0
    is_thousands: bool = True
    marked: dict[str, None] = field(default_factory=dict)

    def add(self, done: Converted, column: Column, mapping: TableMapping, raw: pd.DataFrame) -> None:
        """Note one piece: the converted column, and the file's columns as text."""
        how = mapping.columns[column.name]
        self.n_rows += len(raw)
        self.n_failed += done.n_failed
        self.n_two_ways += done.n_two_ways
        if len(self.failed) < _MOST_FAILED:
            self.failed.update(dict.fromkeys(done.failed))
        if column.kind in {"timestamp", "date"} and how.column is not None and len(self.dates) < _MOST_LOOKED_AT:
            texts = raw[how.column].dropna().drop_duplicates()
            self.dates.update(dict.fromkeys(texts.head(2 * _MOST_LOOKED_AT - len(self.dates))))
        if column.kind == "money" and self.is_thousands:
            for name in dict.fromkeys(how.raw_columns):
                self._add_marked(raw[name], mapping.reading.decimal)

    def _add_marked(self, texts: pd.Series, mark: str) -> None:
        # Amounts that end in three digits, or in no mark at all, fit both; any other amount with the mark settles it.
        marked = texts[texts.str.contains(mark, regex=False).eq(True)].str.strip()
        self.n_marked += len(marked)
        fits = marked.str.fullmatch(rf"\D*[1-9]\d{{0,2}}(?:{re.escape(mark)}\d{{3}})+\D*")
        self.is_thousands = bool(fits.eq(True).all())
        if len(self.marked) < _MOST_EXAMPLES:
            self.marked.update(dict.fromkeys(marked.drop_duplicates().head(_MOST_EXAMPLES)))


def conversion_findings(
    source: str, mapping: TableMapping, column: Column, noted: Noted, numbers: Collection[str] = ()
) -> Iterator[Finding]:
    """Yield what is to be told about one converted column.

    Parameters
    ----------
    source, mapping, column
        Where the values went.
    noted
        What was noted while the column was converted.
    numbers
        Columns of the file that hold numbers, not texts: nothing has to be found out about their marks.
    """
    how = mapping.columns[column.name]
    if column.kind == "money" and not set(how.raw_columns) <= set(numbers):
        yield from _thousands(source, mapping, column, noted)
    is_date = column.kind in {"timestamp", "date"} and how.column is not None
    if noted.n_failed:
        forms = date_forms(islice(noted.dates, _MOST_LOOKED_AT)) if is_date else None
        unread = _not_converted(source, mapping.table, column, noted)
        if forms is not None and forms.either and not how.formats:
            pair = " or ".join(f'"{form}"' for form in forms.either[0])
            message = (
                f"Day and month cannot be told apart in the {column_label(column.name)} on "
                f"{rows_of(noted.n_failed, noted.n_rows, mapping.table)}."
            )
            effect = f"These rows are not dated until the client says which comes first; then write formats: [{pair}]."
            yield replace(unread, code="day_or_month", severity="high", message=message, effect=effect)
        else:
            yield replace(unread, effect=unread.effect + _hint(forms, how.formats or ()))
        if forms is not None and forms.is_swapped:
            message = f"Day and month of the {column_label(column.name)} look exchanged wherever the day is below 13."
            effect = "A spreadsheet has read days as months; ask for the system's own export."
            yield replace(unread, code="swapped_dates", severity="high", message=message, effect=effect)
    if noted.n_two_ways:
        yield _two_ways(source, mapping.table, column, noted)


def _two_ways(source: str, table: str, column: Column, noted: Noted) -> Finding:
    n_rows, of_rows = noted.n_two_ways, noted.n_rows
    message = (
        f"A {column_label(column.name)} that two of the formats read as different days on "
        f"{rows_of(n_rows, of_rows, table)}."
    )
    effect = f'The first that fits counts; if the client says otherwise, put it first in "formats" of {column.name}.'
    severity = grade(n_rows, of_rows, high=0.05, medium=0.005)
    return Finding("day_or_month", severity, source, table, column.name, n_rows, of_rows, message, effect)


def _thousands(source: str, mapping: TableMapping, column: Column, noted: Noted) -> Iterator[Finding]:
    """Yield a finding when every amount with a decimal mark has three digits behind it, as thousands have."""
    mark = mapping.reading.decimal
    if not noted.n_marked or not noted.is_thousands:
        return
    n_rows, of_rows = min(noted.n_marked, noted.n_rows), noted.n_rows
    called = {".": "point", ",": "comma"}
    other = "," if mark == "." else "."
    made = mapping.columns[column.name].column is None
    what = f"{column_label(column.name)} that has one" if not made else f"number behind the {column_label(column.name)}"
    message = f"Three digits behind the {called[mark]} in every {what}, on {rows_of(n_rows, of_rows, mapping.table)}."
    effect = (
        f"If the {called[mark]} parts thousands, these amounts are a thousand times too low; "
        f"ask the client, then write decimal: '{other}' under 'reading'."
    )
    severity = grade(n_rows, of_rows, high=0.05, medium=0.005)
    where = (source, mapping.table, column.name, n_rows, of_rows)
    examples = shown(islice(noted.marked, _MOST_EXAMPLES), is_personal=column.is_personal)
    yield Finding("thousands_mark", severity, *where, message, effect, examples)


def _hint(forms: DateForms | None, given: tuple[str, ...]) -> str:
    formats = [] if forms is None else [form for form in forms.formats if form not in given]
    if not formats or formats == ["ISO8601"]:
        return ""
    listed = ", ".join(f'"{form}"' for form in [*given, *formats][:4])
    return f" They would be read with formats: [{listed}]."


def _not_converted(source: str, table: str, column: Column, noted: Noted) -> Finding:
    label = column_label(column.name)
    n_rows, of_rows = noted.n_failed, noted.n_rows
    message = f"The {label} cannot be read as {_KINDS[column.kind]} on {rows_of(n_rows, of_rows, table)}."
    effect = f"Figures that need the {label} leave these rows out."
    if column.is_required:
        effect = "These rows are left out of everything that follows."
    severity = grade(n_rows, of_rows, high=0.05 if column.is_required else 0.2, medium=0.005)
    examples = shown(islice(noted.failed, _MOST_FAILED), is_personal=column.is_personal)
    return Finding("not_converted", severity, source, table, column.name, n_rows, of_rows, message, effect, examples)


def ragged(source: str, table: str, raw: RawPieces, n_rows: int, *, lost: str = "") -> Finding:
    """Return the finding on rows that could not be taken apart, beside ``n_rows`` that could.

    ``lost`` names what else is lost with them.
    """
    n_bad = len(raw.ragged_lines)
    n_all = n_bad + n_rows
    message = f"More or fewer cells than the header in {raw.file} on {rows_of(n_bad, n_all, table)}."
    effect = f"These rows are left out{lost}; ask for the export with quoted text."
    examples = tuple(f"line {line}" for line in raw.ragged_lines[:3])
    severity = grade(n_bad, n_all, high=0.03, medium=0.005)
    return Finding("ragged", severity, source, table, "", n_bad, n_all, message, effect, examples)


def guessed_encoding(source: str, table: str, raw: RawPieces, n_rows: int) -> Finding:
    """Return the finding on a text whose encoding its bytes do not tell for certain."""
    name = _ENCODINGS[raw.guessed_encoding]
    message = f"Letters outside English in {raw.file} are taken as {name}; the file does not say."
    effect = f"If names look odd, write another encoding under 'reading'; if not, write {raw.guessed_encoding}."
    return Finding("guessed_encoding", "low", source, table, "", n_rows, n_rows, message, effect)


def new_columns(source: str, table: str, raw: RawPieces, n_rows: int, known: Collection[str]) -> Iterator[Finding]:
    """Yield a finding when an export has columns that were not there when it was mapped."""
    new = [name for name in raw.header if name and name not in known]
    if not new:
        return
    listed = ", ".join(new[:_MOST_NAMED]) + (f" and {len(new) - _MOST_NAMED} more" if len(new) > _MOST_NAMED else "")
    close = {name: closest(name.casefold().replace(" ", "_"), TABLES[table].names) for name in new[:_MOST_NAMED]}
    likely = "; ".join(f"{name} may be {found}" for name, found in close.items() if found)
    message = f"{'A column that is' if len(new) == 1 else 'Columns that are'} new in {raw.file}: {listed}."
    effect = f"Nothing is made of it until it is mapped or put under left_out{f'; {likely}' if likely else ''}."
    yield Finding("new_column", "low", source, table, "", n_rows, n_rows, message, effect)
