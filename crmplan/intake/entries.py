"""What is written down for one column in the mapping: its name, formats of dates, and what its words mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from crmplan.intake.column_values import ColumnValues
from crmplan.intake.name_match import Match
from crmplan.intake.vocabulary import VendorObject, folded
from crmplan.schema import Column

__all__ = ["Answers", "Entry", "entry_of"]

_YES = ("j", "ja", "oui", "si", "richtig", "wahr", "active", "done")
_NO = ("n", "nein", "non", "falsch", "inactive")
_KNOWN_FLAGS = {"true", "t", "yes", "y", "1", "1.0", "x", "false", "f", "no", "n", "0", "0.0"}
_MOST_WORDS = 12


@dataclass(frozen=True, slots=True)
class Answers:
    """What the consultant answers where values leave two readings: which comes first in dates, day or month."""

    first_in_dates: Literal["day", "month"] | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the mapping and what must be asked before it is right."""

    mapping: Mapping[str, Any]
    questions: tuple[str, ...] = ()


def entry_of(
    table: str,
    column: Column,
    match: Match,
    values: ColumnValues,
    *,
    answers: Answers,
    vendor: VendorObject | None,
    words: Mapping[tuple[str, str], Mapping[str, str]],
) -> Entry:
    """Return the entry for a canonical column.

    Parameters
    ----------
    table, column
        The canonical column.
    match, values
        The column of the export and what it holds.
    answers
        What the consultant has answered.
    vendor
        The vendor's kind of record, with what its words mean and how its numbers are scaled.
    words
        What words mean in general, by (table, column).
    """
    mapping: dict[str, Any] = {"column": match.raw}
    questions: list[str] = []
    if column.kind in {"timestamp", "date"}:
        mapping |= _formats(match.raw, values, answers, questions)
    meant = _meant(table, column, values, vendor, words)
    if meant:
        mapping["values"] = meant
    scale = vendor.scales.get(column.name) if vendor is not None else None
    # Amounts in cents have no fractions; where they have some, this export writes whole units.
    if scale is not None and not (scale < 1 and values.has_fractions):
        mapping["scale"] = scale
    return Entry(mapping, tuple(questions))


def _formats(raw: str, values: ColumnValues, answers: Answers, questions: list[str]) -> dict[str, Any]:
    forms = list(values.dates.formats)
    for day_first, month_first in values.dates.either:
        if answers.first_in_dates is None:
            example = next((text for text in values.different if not text.startswith("20")), "")
            questions.append(
                f"In {raw}, dates such as {example} fit {day_first} and {month_first}: which comes first, day or "
                "month? Ask the client, then say --dates day-first or --dates month-first."
            )
        else:
            forms.append(day_first if answers.first_in_dates == "day" else month_first)
    if values.dates.is_swapped:
        questions.append(f"In {raw} a spreadsheet seems to have read days as months: ask for the system's own export.")
    return {"formats": tuple(forms)} if forms and forms != ["ISO8601"] else {}


def _meant(
    table: str,
    column: Column,
    values: ColumnValues,
    vendor: VendorObject | None,
    words: Mapping[tuple[str, str], Mapping[str, str]],
) -> dict[str, str | bool | float | None]:
    given = dict(vendor.values.get(column.name, {})) if vendor is not None else {}
    if given and not values.n_filled:
        return given
    if column.kind == "flag" and not given:
        unknown = [text for text in values.different if text.casefold() not in _KNOWN_FLAGS]
        flags = {text: True for text in unknown if text.casefold() in _YES}
        if flags:
            flags |= {text: False for text in values.different if text.casefold() in _NO}
        return dict(flags)
    known = words.get((table, column.name), {})
    if not given and (not known or len(values.different) > _MOST_WORDS):
        return {}
    found: dict[str, str | bool | float | None] = {}
    n_left = 0
    for text in values.different[:_MOST_WORDS]:
        word = given.get(text, known.get(folded(text)))
        if text in given or (word is not None and word != text.casefold()):
            found[text] = word
        n_left += word is None and text not in given
    return {**found, "*": given["*"]} if "*" in given and n_left else found
