"""In which row of a sheet the names of the columns stand: titles, dates and blank rows may come before them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

__all__ = ["MOST_ROWS_ABOVE", "doubled", "header_at", "told_apart"]

MOST_ROWS_ABOVE = 30
"""How far down the names of the columns are looked for."""

_NUMBERED = re.compile(r"(.+) \((\d+)\)")
_NUMBER_OR_DATE = re.compile(r"[-+(]?[\d.,:/ T-]*\d[\d.,:/ )T-]*")


def told_apart(header: Sequence[str]) -> tuple[str, ...]:
    """Return names of columns of which none comes twice: one that stands over several columns gets their number behind.

    Examples
    --------
    >>> told_apart(["id", "amount", "note", "amount", "", ""])
    ('id', 'amount (1)', 'note', 'amount (2)', '', '')
    """
    counts = Counter(name for name in header if name)
    seen: Counter[str] = Counter()
    names = []
    for name in header:
        seen[name] += 1
        place = seen[name]
        while counts[name] > 1 and counts[f"{name} ({place})"]:
            place += 1  # a column is really called so
        names.append(f"{name} ({place})" if counts[name] > 1 else name)
        seen[name] = place
    return tuple(names)


def doubled(header: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the names that stand over several columns, each with what these are called to be told apart.

    Examples
    --------
    >>> doubled(["id", "amount (1)", "note", "amount (2)", "price (1)"])
    {'amount': ('amount (1)', 'amount (2)')}
    """
    found: dict[str, list[str]] = {}
    for name in header:
        parts = _NUMBERED.fullmatch(name)
        if parts:
            found.setdefault(parts[1], []).append(name)
    return {name: tuple(columns) for name, columns in found.items() if len(columns) > 1}


def header_at(rows: Sequence[Sequence[str]], wanted: Sequence[str] | None) -> int:
    """Return the position of the row with the names of the columns.

    Parameters
    ----------
    rows
        The first rows of the sheet, as text without blanks around it.
    wanted
        Names that must be among them, where a mapping says so: the row with the most of them is the one. Without
        names, it is the first row that is about as wide as the widest and holds different texts that are no numbers.

    Examples
    --------
    >>> header_at([["Orders of 2024", ""], ["", ""], ["No", "Day"], ["7", "2024-01-01"]], None)
    2
    >>> header_at([["Name", "Name of firm"], ["id", "day"]], ["id"])
    1
    """
    first = next((at for at, row in enumerate(rows) if any(row)), 0)
    top = rows[:MOST_ROWS_ABOVE]
    if wanted:
        n_found = [len(set(wanted) & set(row)) for row in top]
        return n_found.index(max(n_found)) if top and max(n_found) else first
    widths = [sum(bool(cell) for cell in row) for row in top]
    widest = max(widths, default=0)
    for at, row in enumerate(top):
        cells = [cell for cell in row if cell]
        is_names = len(set(cells)) == len(cells) and not any(_NUMBER_OR_DATE.fullmatch(cell) for cell in cells)
        if cells and is_names and widths[at] >= 0.7 * widest:
            return at
    return first
