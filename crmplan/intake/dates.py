"""In which notations a column writes its dates, and whether day and month can be told apart.

``03/04/2024`` is the third of April or the fourth of March, and nothing in it says which. Other dates of the column may
(``25/04/2024`` has no 25th month); where none does, the client is asked, and no reading is chosen in silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

__all__ = ["DateForms", "date_forms"]

_ISO = re.compile(r"\d{4}-(\d{1,2})-(\d{1,2})(?:[T ].*)?")
_TIME = r"(?P<gap>,? +|T)(?P<hour>\d{1,2}):\d{2}(?P<second>:\d{2})?(?P<part>\.\d+)?(?P<half> ?[AaPp][Mm])?"
_TWO_WAYS = re.compile(rf"(\d{{1,2}})([./-])(\d{{1,2}})\2(\d{{4}}|\d{{2}})(?:{_TIME})?")
_YEAR_FIRST = re.compile(rf"\d{{4}}([./])\d{{1,2}}\1\d{{1,2}}(?:{_TIME})?")
_COMPACT = re.compile(r"(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_DAY_MONTH_NAME = re.compile(rf"\d{{1,2}}([ .-]+)([A-Za-z]{{3,9}})([ .,-]+)(\d{{4}}|\d{{2}})(?:{_TIME})?")
_MONTH_NAME_DAY = re.compile(rf"([A-Za-z]{{3,9}}) \d{{1,2}}(, | )\d{{4}}(?:{_TIME})?")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SERIAL = re.compile(r"[2-5]\d{4}(?:\.\d+)?")
_UNIX = re.compile(r"1\d{9}")
_UNIX_MS = re.compile(r"1\d{12}")
_FEWEST_TO_SUSPECT = 12


@dataclass(frozen=True, slots=True)
class DateForms:
    """How a column writes its dates.

    Parameters
    ----------
    formats
        Notations that are certain, for ``formats`` in the mapping; ``ISO8601`` among them where others stand beside it.
    either
        Pairs of notations, day first and month first, between which the values do not decide.
    n_values, n_read
        Different values that were looked at, and those among them that some notation fits.
    n_undecided
        Different values that fit both notations of a pair.
    is_swapped
        Proper dates all with a day up to 12 stand beside texts all with a day above 12: a spreadsheet has taken the
        day for the month wherever it could.
    """

    formats: tuple[str, ...]
    either: tuple[tuple[str, str], ...]
    n_values: int
    n_read: int
    n_undecided: int
    is_swapped: bool = False


def date_forms(values: Iterable[str]) -> DateForms:
    """Return the notations of a column of dates.

    Parameters
    ----------
    values
        Texts that are not empty; each different one counts once.

    Examples
    --------
    >>> date_forms(["25.12.2024", "03.04.2024 10:30"]).formats
    ('%d.%m.%Y', '%d.%m.%Y %H:%M')
    >>> date_forms(["03/04/2024", "05/06/2024"]).either
    (('%d/%m/%Y', '%m/%d/%Y'),)
    """
    different = list(dict.fromkeys(value.strip() for value in values if value.strip()))
    certain: dict[str, int] = {}
    pairs: dict[tuple[str, str], list[tuple[int, int]]] = {}
    iso: list[tuple[int, int]] = []
    for value in different:
        found = _TWO_WAYS.fullmatch(value)
        if found:
            mark, year, time = found[2], "%Y" if len(found[4]) == 4 else "%y", _time(found)
            pairs.setdefault((mark, f"{year}{time}"), []).append((int(found[1]), int(found[3])))
            continue
        day = _ISO.fullmatch(value)
        if day:
            iso.append((int(day[1]), int(day[2])))
        form = "ISO8601" if day else _one_way(value)
        if form:
            certain[form] = certain.get(form, 0) + 1
    either: list[tuple[str, str]] = []
    n_undecided = n_paired = 0
    for (mark, rest), parts in pairs.items():
        forms = (f"%d{mark}%m{mark}{rest}", f"%m{mark}%d{mark}{rest}")
        ways = set(_ways([pair for other, found in pairs.items() if other[0] == mark for pair in found]))
        if len(ways) == 1:
            certain[forms[0] if "day" in ways else forms[1]] = len(parts)
        else:
            # Either nothing decides, or some dates have the day first and some the month.
            either.append(forms)
            n_paired += sum(max(pair) <= 31 and min(pair) <= 12 for pair in parts)
            n_undecided += sum(max(pair) <= 12 and pair[0] != pair[1] for pair in parts)
    texts = [pair for parts in pairs.values() for pair in parts]
    return DateForms(
        tuple(certain), tuple(either), len(different), sum(certain.values()) + n_paired, n_undecided,
        is_swapped=_is_swapped(iso, texts),
    )  # fmt: skip


def _ways(parts: Iterable[tuple[int, int]]) -> Iterator[str]:
    """Yield which of the two comes first in each date that can be read in one way only."""
    for first, second in parts:
        if 12 < first <= 31 and second <= 12:
            yield "day"
        elif 12 < second <= 31 and first <= 12:
            yield "month"


def _is_swapped(iso: list[tuple[int, int]], texts: list[tuple[int, int]]) -> bool:
    if len(iso) < _FEWEST_TO_SUSPECT or len(texts) < _FEWEST_TO_SUSPECT:
        return False
    return all(day <= 12 for _, day in iso) and all(max(pair) > 12 for pair in texts)


def _one_way(value: str) -> str:  # noqa: PLR0911 - one line a notation reads best
    found = _YEAR_FIRST.fullmatch(value)
    if found:
        return f"%Y{found[1]}%m{found[1]}%d{_time(found)}"
    if _COMPACT.fullmatch(value):
        return "%Y%m%d"
    found = _DAY_MONTH_NAME.fullmatch(value)
    if found and found[2][:3].casefold() in _MONTHS:
        year = "%Y" if len(found[4]) == 4 else "%y"
        return f"%d{found[1]}{_month(found[2])}{found[3]}{year}{_time(found)}"
    found = _MONTH_NAME_DAY.fullmatch(value)
    if found and found[1][:3].casefold() in _MONTHS:
        return f"{_month(found[1])} %d{found[2]}%Y{_time(found)}"
    if _UNIX_MS.fullmatch(value):
        return "unix_ms"
    if _UNIX.fullmatch(value):
        return "unix"
    return "excel" if _SERIAL.fullmatch(value) else ""


def _month(name: str) -> str:
    return "%b" if len(name) == 3 else "%B"


def _time(found: re.Match[str]) -> str:
    if not found["hour"]:
        return ""
    second = ("%S" if not found["part"] else "%S.%f") if found["second"] else ""
    half = found["half"] or ""
    clock = ("%I" if half else "%H") + ":%M" + (f":{second}" if second else "")
    return found["gap"] + clock + (f"{' ' if half.startswith(' ') else ''}%p" if half else "")
