"""What went wrong in reading and converting: cells that cannot be read, dates that can be read in two ways."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

import pandas as pd

from crmplan.errors import closest
from crmplan.intake.conversion import Converted
from crmplan.intake.dates import DateForms, date_forms
from crmplan.intake.finding import Finding, grade, shown
from crmplan.intake.reading import RawFile
from crmplan.intake.words import column_label, rows_of
from crmplan.schema import TABLES, Column
from crmplan.sources import TableMapping

__all__ = ["conversion_findings", "guessed_encoding", "new_columns", "ragged"]

_KINDS: Mapping[str, str] = MappingProxyType(
    {"number": "a number", "money": "a number", "flag": "yes or no", "timestamp": "a date", "date": "a date"}
)
_ENCODINGS: Mapping[str, str] = MappingProxyType(
    {"cp1252": "Windows-1252", "latin-1": "Latin-1", "mac_roman": "Mac Roman"}
)
_MOST_LOOKED_AT = 20_000
_MOST_NAMED = 5


def conversion_findings(
    source: str, mapping: TableMapping, column: Column, done: Converted, raw: pd.DataFrame
) -> Iterator[Finding]:
    """Yield what is to be told about one converted column.

    Parameters
    ----------
    source, mapping, column
        Where the values went.
    done
        The converted column.
    raw
        The file's columns as text, from which notations that would fit are found.
    """
    how = mapping.columns[column.name]
    if column.kind == "money" and how.column is not None:
        yield from _thousands(source, mapping, column, raw[how.column])
    texts = raw[how.column] if how.column is not None and column.kind in {"timestamp", "date"} else None
    if done.n_failed:
        forms = None if texts is None else date_forms(texts.dropna().drop_duplicates().head(_MOST_LOOKED_AT))
        unread = _not_converted(source, mapping.table, column, done, len(raw))
        if forms is not None and forms.either and not how.formats:
            pair = " or ".join(f'"{form}"' for form in forms.either[0])
            message = (
                f"Day and month cannot be told apart in the {column_label(column.name)} on "
                f"{rows_of(done.n_failed, len(raw), mapping.table)}."
            )
            effect = f"These rows are not dated until the client says which comes first; then write formats: [{pair}]."
            yield replace(unread, code="day_or_month", severity="high", message=message, effect=effect)
        else:
            yield replace(unread, effect=unread.effect + _hint(forms, how.formats or ()))
        if forms is not None and forms.is_swapped:
            message = f"Day and month of the {column_label(column.name)} look exchanged wherever the day is below 13."
            effect = "A spreadsheet has read days as months; ask for the system's own export."
            yield replace(unread, code="swapped_dates", severity="high", message=message, effect=effect)
    if done.n_two_ways:
        message = (
            f"A {column_label(column.name)} that two of the formats read as different days on "
            f"{rows_of(done.n_two_ways, len(raw), mapping.table)}."
        )
        effect = (
            f'The first that fits counts; if the client says otherwise, put it first in "formats" of {column.name}.'
        )
        severity = grade(done.n_two_ways, len(raw), high=0.05, medium=0.005)
        yield Finding(
            "day_or_month", severity, source, mapping.table, column.name, done.n_two_ways, len(raw), message, effect
        )


def _thousands(source: str, mapping: TableMapping, column: Column, texts: pd.Series) -> Iterator[Finding]:
    """Yield a finding when every amount with a decimal mark has three digits behind it, as thousands have."""
    mark = mapping.reading.decimal
    # Amounts that end in three digits, or in no mark at all, fit both; any other amount with the mark settles it.
    marked = texts[texts.str.contains(mark, regex=False).eq(True)].str.strip()
    if marked.empty or not marked.str.fullmatch(rf"\D*[1-9]\d{{0,2}}(?:{re.escape(mark)}\d{{3}})+\D*").all():
        return
    called = {".": "point", ",": "comma"}
    other = "," if mark == "." else "."
    message = (
        f"Three digits behind the {called[mark]} in every {column_label(column.name)} that has one, on "
        f"{rows_of(len(marked), len(texts), mapping.table)}."
    )
    effect = (
        f"If the {called[mark]} parts thousands, these amounts are a thousand times too low; "
        f"ask the client, then write decimal: '{other}' under 'reading'."
    )
    severity = grade(len(marked), len(texts), high=0.05, medium=0.005)
    where = (source, mapping.table, column.name, len(marked), len(texts))
    yield Finding("thousands_mark", severity, *where, message, effect, shown(marked, is_personal=column.is_personal))


def _hint(forms: DateForms | None, given: tuple[str, ...]) -> str:
    formats = [] if forms is None else [form for form in forms.formats if form not in given]
    if not formats or formats == ["ISO8601"]:
        return ""
    listed = ", ".join(f'"{form}"' for form in [*given, *formats][:4])
    return f" They would be read with formats: [{listed}]."


def _not_converted(source: str, table: str, column: Column, done: Converted, n_rows: int) -> Finding:
    label = column_label(column.name)
    message = f"The {label} cannot be read as {_KINDS[column.kind]} on {rows_of(done.n_failed, n_rows, table)}."
    effect = f"Figures that need the {label} leave these rows out."
    if column.is_required:
        effect = "These rows are left out of everything that follows."
    severity = grade(done.n_failed, n_rows, high=0.05 if column.is_required else 0.2, medium=0.005)
    examples = shown(done.failed, is_personal=column.is_personal)
    return Finding(
        "not_converted", severity, source, table, column.name, done.n_failed, n_rows, message, effect, examples
    )


def ragged(source: str, table: str, raw: RawFile) -> Finding:
    """Return the finding on rows that are wider or narrower than the header."""
    n_bad = len(raw.ragged_lines)
    n_all = n_bad + len(raw.frame)
    message = f"More or fewer cells than the header in {raw.file} on {rows_of(n_bad, n_all, table)}."
    effect = "These rows are left out; ask for the export with quoted text."
    examples = tuple(f"line {line}" for line in raw.ragged_lines[:3])
    severity = grade(n_bad, n_all, high=0.03, medium=0.005)
    return Finding("ragged", severity, source, table, "", n_bad, n_all, message, effect, examples)


def guessed_encoding(source: str, table: str, raw: RawFile) -> Finding:
    """Return the finding on a text whose encoding its bytes do not tell for certain."""
    name = _ENCODINGS[raw.guessed_encoding]
    message = f"Letters outside English in {raw.file} are taken as {name}; the file does not say."
    effect = f"If names look odd, write another encoding under 'reading'; if not, write {raw.guessed_encoding}."
    n_rows = len(raw.frame)
    return Finding("guessed_encoding", "low", source, table, "", n_rows, n_rows, message, effect)


def new_columns(source: str, table: str, raw: RawFile, known: Collection[str]) -> Iterator[Finding]:
    """Yield a finding when an export has columns that were not there when it was mapped."""
    new = [name for name in raw.header if name and name not in known]
    if not new:
        return
    listed = ", ".join(new[:_MOST_NAMED]) + (f" and {len(new) - _MOST_NAMED} more" if len(new) > _MOST_NAMED else "")
    close = {name: closest(name.casefold().replace(" ", "_"), TABLES[table].names) for name in new[:_MOST_NAMED]}
    likely = "; ".join(f"{name} may be {found}" for name, found in close.items() if found)
    message = f"{'A column that is' if len(new) == 1 else 'Columns that are'} new in {raw.file}: {listed}."
    effect = f"Nothing is made of it until it is mapped or put under left_out{f'; {likely}' if likely else ''}."
    n_rows = len(raw.frame)
    yield Finding("new_column", "low", source, table, "", n_rows, n_rows, message, effect)
