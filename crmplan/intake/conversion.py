"""Text from an export into the values of a canonical column.

Exports write the same thing in many ways: ``$342.09K``, ``1.234,56``, ``(12.50)``, ``Yes``, ``007.0``. What can be
read is read; what cannot becomes empty and is counted, so that no odd cell stops an engagement and none is lost unseen.
Every different text is converted once, however many rows hold it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np
import pandas as pd

from crmplan.schema import Kind

__all__ = ["VOCABULARY", "Converted", "convert", "empty", "is_format", "numbers", "timestamps"]

VOCABULARY: Mapping[tuple[str, str], tuple[str, ...]] = MappingProxyType(
    {
        ("customers", "kind"): ("person", "firm"),
        ("orders", "channel"): ("shop", "web", "telephone", "field"),
        ("orders", "status"): ("open", "shipped", "completed", "cancelled"),
        ("interactions", "channel"): ("call", "mail", "chat", "visit"),
        ("interactions", "direction"): ("inbound", "outbound", "internal"),
        ("interactions", "topic"): ("product", "order_status", "billing", "complaint", "other"),
        ("opportunities", "outcome"): ("won", "lost", "open"),
        ("surveys", "kind"): ("satisfaction", "recommend"),
        ("staff", "department"): ("marketing", "sales", "call_center", "operations", "other"),
        ("systems", "link"): ("none", "file", "interface"),
        ("systems", "urgency"): ("low", "medium", "high"),
    }
)
"""Words that the computations know, by table and column; an export may write them in capitals."""

_EMPTY = ("", "NULL", "null", "NaN", "nan", "#N/A", "N/A", "n/a", "<NA>", "\\N")
_EMPTY_VALUES = (*_EMPTY, "NA", "None", "none", "-", "--", ".", "?")
_TRUE = ("true", "t", "yes", "y", "1", "1.0", "x")
_FALSE = ("false", "f", "no", "n", "0", "0.0")
_DTYPES: Mapping[Kind, str] = {
    "id": "str",
    "text": "str",
    "number": "float64",
    "money": "float64",
    "flag": "boolean",
    "timestamp": "datetime64[us]",
    "date": "datetime64[us]",
}
_PLAIN = r"[+-]?(?:\d+|\d{1,3}(?:,\d{2,3})*,\d{3})?(?:\.\d*)?(?:[eE][+-]?\d+)?"
_USUAL = r"[+-]?\d+(,\d+)?"
"""Amounts with a decimal comma that need no closer look."""
_FACTORS = {"k": 1e3, "m": 1e6, "mn": 1e6, "mio": 1e6, "b": 1e9, "bn": 1e9}
_MOST_AMOUNT = 1e15
"""From here on, a float no longer knows the cents; an export that says so is wrong."""
_FIRST_YEAR = 1700
"""What happened before fits no timestamp to the nanosecond; exports write 0001-01-01 for "no date"."""
_COUNTED: Mapping[str, tuple[Literal["D", "s", "ms"], str, float]] = MappingProxyType(
    {"excel": ("D", "1899-12-30", 1e5), "unix": ("s", "1970-01-01", 1e10), "unix_ms": ("ms", "1970-01-01", 1e13)}
)
"""Unit, day 0 and the count from which on it is no date, by the name of the format."""
_ZONE = r"[T ]\d{1,2}:?\d{2}.*?(?:Z|[+-]\d{2}(?::?\d{2})?)$"


@dataclass(frozen=True, slots=True)
class Converted:
    """A converted column.

    Parameters
    ----------
    values
        One value per row, of the kind's dtype; null where there was nothing or nothing that can be read.
    n_failed
        Rows that held something that cannot be read.
    failed
        A few of those texts, as they stand in the file.
    n_two_ways
        Rows with a date that two of the formats read as different days; the first format counts.
    is_failed
        Whether each row held something that cannot be read; None where no row did.
    """

    values: pd.Series
    n_failed: int
    failed: tuple[str, ...] = ()
    n_two_ways: int = 0
    is_failed: pd.Series | None = None


def empty(kind: Kind, index: pd.Index) -> pd.Series:
    """Return a column of nulls of a kind.

    Examples
    --------
    >>> str(empty("flag", pd.RangeIndex(2)).dtype)
    'boolean'
    """
    return pd.Series(pd.NA if _DTYPES[kind] == "boolean" else None, index=index, dtype=_DTYPES[kind])


def convert(
    text: pd.Series,
    kind: Kind,
    *,
    values: Mapping[str, str | bool | float | None] | None = None,
    formats: Sequence[str] | None = None,
    decimal: str = ".",
    scale: float | None = None,
    time_zone: str = "UTC",
    vocabulary: Sequence[str] = (),
) -> Converted:
    """Return a text column as values of a kind.

    Parameters
    ----------
    text
        Text, null where the export had nothing.
    kind
        Kind of the canonical column.
    values
        What the export writes, and what it means; looked up before anything else. None makes it empty; ``*`` stands
        for every text that is neither named here nor among the known words.
    formats
        Date formats in strptime notation, tried in order; ISO 8601 when not given.
    decimal
        Decimal mark of numbers.
    scale
        Factor for numbers.
    time_zone
        Name of the zone into which times with a zone are brought; times without one are taken as they stand.
    vocabulary
        Known words; a text that differs from one in capitals only becomes that word.

    Examples
    --------
    >>> convert(pd.Series(["$342.09K", "(12.50)", "?", "twelve"]), "money").values.tolist()
    [342090.0, -12.5, nan, nan]
    >>> convert(pd.Series(["00042.0", " 7 ", ""]), "id").values.tolist()
    ['00042', '7', nan]
    """
    if values and "" in values:
        text = text.fillna("")
    codes, distinct = pd.factorize(text)
    unique = pd.Series(distinct, dtype="str")
    plain = _translated(unique.str.strip(), values, decimal, vocabulary)
    if kind in {"id", "text"}:
        plain = plain.mask(plain.isin(_EMPTY))
        done = _ids(plain) if kind == "id" else _words(plain, vocabulary)
    else:
        plain = plain.mask(plain.isin(_EMPTY_VALUES))
        done = _typed(plain, kind, decimal=decimal, scale=scale, formats=formats, time_zone=time_zone)
    n_rows = np.bincount(codes[codes >= 0], minlength=len(unique))
    bad = (plain.notna() & done.isna()).to_numpy(dtype=bool)
    taken = done.array.take(codes, allow_fill=True)
    two_ways = _read_two_ways(plain, done, formats, time_zone) if kind in {"timestamp", "date"} and formats else None
    n_two_ways = 0 if two_ways is None else int(n_rows[two_ways.to_numpy(dtype=bool)].sum())
    n_failed = int(n_rows[bad].sum())
    is_failed = pd.Series((codes >= 0) & bad[codes], index=text.index) if n_failed else None
    converted = pd.Series(taken, index=text.index)
    return Converted(converted, n_failed, tuple(unique[bad].head(3)), n_two_ways, is_failed)


def _read_two_ways(plain: pd.Series, done: pd.Series, formats: Sequence[str], time_zone: str) -> pd.Series:
    """Whether another format reads a text as another day than the one that was taken."""
    found = pd.Series(False, index=plain.index)
    day_first = [form for form in formats if form.startswith(("%d", "%m"))]
    for form in day_first if len(day_first) > 1 else ():
        other = timestamps(plain, [form], time_zone=time_zone)
        found |= other.notna() & done.notna() & other.dt.normalize().ne(done.dt.normalize())
    return found


def _typed(
    plain: pd.Series, kind: Kind, *, decimal: str, scale: float | None, formats: Sequence[str] | None, time_zone: str
) -> pd.Series:
    if kind == "flag":
        return _flags(plain)
    if kind in {"timestamp", "date"}:
        read = timestamps(plain, formats, time_zone=time_zone)
        return read.dt.normalize() if kind == "date" else read
    amounts = numbers(plain, decimal=decimal)
    amounts = amounts if scale is None else amounts * scale
    return amounts.where(amounts.abs() < _MOST_AMOUNT)


def _translated(
    plain: pd.Series,
    values: Mapping[str, str | bool | float | None] | None,
    decimal: str,
    vocabulary: Sequence[str],
) -> pd.Series:
    if not values:
        return plain
    words: dict[str, str | None] = {}
    for key, value in values.items():
        if value is None or isinstance(value, str):
            words[key.strip()] = value
        elif isinstance(value, bool):
            words[key.strip()] = "true" if value else "false"
        else:
            words[key.strip()] = f"{value:g}".replace(".", decimal)
    rest = words.pop("*", None) if "*" in values else None
    translated = plain.where(~plain.isin(list(words)), plain.map(words))
    if rest is not None:
        is_known = plain.isin([*words, *_EMPTY]) | plain.str.casefold().isin(list(vocabulary)) | plain.isna()
        translated = translated.where(is_known, rest)
    return translated.astype("str")


def _ids(plain: pd.Series) -> pd.Series:
    # A spreadsheet's mark that a number is text is no part of it.
    return plain.str.replace(r"^'(?=\d)", "", regex=True).str.replace(r"^(\d+)\.0+$", r"\1", regex=True)


def _words(plain: pd.Series, vocabulary: Sequence[str]) -> pd.Series:
    if not vocabulary:
        return plain
    folded = plain.str.casefold().replace("canceled", "cancelled")
    return plain.where(~folded.isin(list(vocabulary)), folded)


def _flags(plain: pd.Series) -> pd.Series:
    folded = plain.str.casefold()
    flags = empty("flag", plain.index)
    flags[folded.isin(_TRUE)] = True
    flags[folded.isin(_FALSE)] = False
    return flags


def numbers(plain: pd.Series, *, decimal: str = ".") -> pd.Series:
    """Return texts as numbers; what is no number becomes null.

    Understood are currency signs and codes, thousands marks, K, M and B, negatives in brackets or with the sign
    behind. A text whose marks do not fit ``decimal`` is not guessed at: ``1.234,56`` is no number where the decimal
    mark is a point.

    Examples
    --------
    >>> numbers(pd.Series(["€ 1.234,56", "12,50-", "CHF 3'000"]), decimal=",").tolist()
    [1234.56, -12.5, 3000.0]
    >>> numbers(pd.Series(["1.234,56", "1,234.56"])).tolist()
    [nan, 1234.56]
    """
    usual = plain
    if decimal != ".":
        is_usual = plain.str.fullmatch(_USUAL).eq(True)
        usual = plain.where(is_usual).str.replace(decimal, ".", regex=False)
    quick = pd.to_numeric(usual, errors="coerce").astype("float64")
    todo = plain.notna() & quick.isna()
    if todo.any():
        quick[todo] = _written_out(plain[todo], decimal)
    return quick.where(np.isfinite(quick))


def _written_out(plain: pd.Series, decimal: str) -> pd.Series:
    text = plain.str.replace("−", "-", regex=False).str.replace(r"[\s_'’]|\$|€|£|¥|₹|₽|zł|kr\.?", "", regex=True)
    text = text.str.replace(r"^(-?)[A-Z]{3}(?=[-\d(.,])|(?<=[\d).,-])[A-Z]{3}$", r"\1", regex=True)
    in_brackets = text.str.fullmatch(r"\(.*\)")
    text = text.str.replace(r"^\((.*)\)$", r"-\1", regex=True).str.replace(r"^(.+)-$", r"-\1", regex=True)
    unit = text.str.extract(r"(?<=[\d.,])(k|mn|mio|m|bn|b)$", flags=re.IGNORECASE)[0]
    text = text.str.replace(r"(?<=[\d.,])(?:k|mn|mio|m|bn|b)$", "", regex=True, flags=re.IGNORECASE)
    if decimal == ",":
        text = text.str.translate(str.maketrans(",.", ".,"))
    # "-(5)" and "(-5)" say two things at once and are left alone by the pattern.
    fits = text.str.fullmatch(_PLAIN) & text.str.contains(r"\d") & ~(in_brackets & text.str.startswith("--"))
    amounts = pd.to_numeric(text.where(fits).str.replace(",", "", regex=False), errors="coerce").astype("float64")
    return amounts * unit.str.casefold().map(_FACTORS).fillna(1.0).astype("float64")


def timestamps(plain: pd.Series, formats: Sequence[str] | None = None, *, time_zone: str = "UTC") -> pd.Series:
    """Return texts as local times without zone; what fits no format becomes null.

    Parameters
    ----------
    plain
        Text.
    formats
        Formats in strptime notation, or ``ISO8601``, ``excel``, ``unix``, ``unix_ms``, tried in order; ISO 8601 when
        there are none.
    time_zone
        Zone into which times with a zone are brought.

    Examples
    --------
    >>> timestamps(pd.Series(["2024-06-01T10:00:00Z", "31.12.2024"]), time_zone="Europe/Berlin").tolist()
    [Timestamp('2024-06-01 12:00:00'), NaT]
    >>> timestamps(pd.Series(["31.12.2024"]), ["%Y-%m-%d", "%d.%m.%Y"]).tolist()
    [Timestamp('2024-12-31 00:00:00')]
    """
    found = empty("timestamp", plain.index)
    for form in formats or ("ISO8601",):
        todo = plain.notna() & found.isna()
        if not todo.any():
            break
        if form in _COUNTED:
            found[todo] = _counted(plain[todo], form, time_zone)
            continue
        if form != "ISO8601":
            found[todo] = _local(plain[todo], form, time_zone, is_zoned="%z" in form)
            continue
        # Without four digits of a year the ISO reader takes "-3.5" for a month of the year -3.
        todo &= plain.str.match(r"\d{4}").eq(True)
        zoned = todo & plain.str.contains(_ZONE, regex=True).eq(True)
        for part, is_zoned in ((todo & ~zoned, False), (zoned, True)):
            if part.any():
                found[part] = _local(plain[part], form, time_zone, is_zoned=is_zoned)
    return found


def _counted(plain: pd.Series, form: str, time_zone: str) -> pd.Series:
    """Return times that a program counts from its own day 0 on; Unix counts in UTC, a spreadsheet in local time."""
    unit, origin, end = _COUNTED[form]
    count = pd.to_numeric(plain.str.replace(",", ".", regex=False), errors="coerce")
    read = pd.to_datetime(
        count.where(count.between(0, end, inclusive="left")), unit=unit, origin=origin, errors="coerce"
    )
    if form != "excel":
        read = read.dt.tz_localize("UTC").dt.tz_convert(time_zone).dt.tz_localize(None)
    return read.dt.round("s").astype("datetime64[us]")


def _local(plain: pd.Series, form: str, time_zone: str, *, is_zoned: bool) -> pd.Series:
    read = pd.to_datetime(plain, format=form, errors="coerce", utc=is_zoned)
    if is_zoned:
        read = read.dt.tz_convert(time_zone).dt.tz_localize(None)
    read = read.astype("datetime64[us]")
    return read.where(read.dt.year >= _FIRST_YEAR)


def is_format(form: str) -> bool:
    """Return whether :func:`timestamps` knows a format.

    Examples
    --------
    >>> is_format("%d.%m.%Y"), is_format("excel"), is_format("day")
    (True, True, False)
    """
    if form == "ISO8601" or form in _COUNTED:
        return True
    if "%" not in form:
        return False
    try:
        pd.to_datetime(pd.Series(["x"]), format=form, errors="coerce", utc="%z" in form)
    except ValueError:
        return False
    return True
