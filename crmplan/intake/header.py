"""In which row of a sheet the names of the columns stand: titles, dates and blank rows may come before them."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["MOST_ROWS_ABOVE", "header_at"]

MOST_ROWS_ABOVE = 30
"""How far down the names of the columns are looked for."""

_NUMBER_OR_DATE = re.compile(r"[-+(]?[\d.,:/ T-]*\d[\d.,:/ )T-]*")


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
