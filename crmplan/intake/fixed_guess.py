"""Where the columns of a text without delimiter begin: guessed from places that are blank in every line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise

from crmplan.intake.header import header_at
from crmplan.intake.text_file import TextFile
from crmplan.sources import Reading

__all__ = ["guessed_places"]

_FEWEST_LINES = 5
_MOST_LINES = 5_000
_FEWEST_COLUMNS = 2
_LEAST_FILLED = 0.5
_WORD = re.compile(r"(?:^| )(\S)")
_DIGITS = re.compile(r"\d{3}")


def guessed_places(text: TextFile) -> Reading | None:
    r"""Return how wide the columns of a text probably are; None where it does not look like columns at fixed places.

    Parameters
    ----------
    text
        The text; its first 5,000 lines are looked at.

    Returns
    -------
    Reading or None
        ``widths``, and ``header`` with made-up names where the first line names no columns.

    Notes
    -----
    A guess holds for the lines that were seen: a longer name or a larger number further down may reach into what is
    blank here. Blanks before a column of numbers that end at one place count to the numbers, others to the column on
    their left.

    Examples
    --------
    >>> lines = ["no   name      amount", "0007 Ann Lee    12.50", "0008 Bo          3.00", "0009 Cy Ann     13.00"]
    >>> guessed_places(TextFile.of("\n".join([*lines, lines[1], lines[2]]).encode(), file="x.txt")).widths
    (5, 10, 6)
    """
    lines = [line.rstrip("\r\n\x1a") for line in islice(text.lines(), _MOST_LINES)]
    lines = [line.expandtabs() for line in lines if line.strip("\x00 \t")]
    if len(lines) <= _FEWEST_LINES or any("\x00" in line for line in lines):
        return None
    named = _cut(lines[1:], lines[0])
    if named is not None and _are_names(named[1]):
        return Reading(widths=named[0])
    found = _cut(lines, "")
    if found is None:
        return None
    return Reading(widths=found[0], header=tuple(f"column {place}" for place in range(1, len(found[0]) + 1)))


def _cut(lines: Sequence[str], names: str) -> tuple[tuple[int, ...], list[str]] | None:
    """Return the widths of columns and what stands above them, or None where lines do not look like columns."""
    used = list(_used(lines))
    if len(used) < _FEWEST_COLUMNS:
        return None
    starts = [0, *_starts(used, lines, names)]
    ends = [*starts[1:], max(map(len, [*lines, names.rstrip()]))]
    rows = [[line[start:end].strip() for start, end in zip(starts, ends, strict=True)] for line in lines]
    columns = list(zip(*rows, strict=True))
    is_empty = sum(bool(cell) for row in rows for cell in row) < _LEAST_FILLED * len(used) * len(rows)
    if is_empty or sum(len(set(column)) > 1 for column in columns) < _FEWEST_COLUMNS:
        return None
    widths = tuple(end - start for start, end in zip(starts, ends, strict=True))
    return widths, [names[start:end].strip() for start, end in zip(starts, ends, strict=True)]


def _are_names(cells: Sequence[str]) -> bool:
    is_word = all(cell and not cell.replace(".", "").replace(",", "").isdigit() for cell in cells)
    return (
        is_word
        and len(set(cells)) == len(cells)
        and header_at([cells], None) == 0
        and not any(map(_DIGITS.search, cells))
    )


def _used(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield the stretches of places, each from and up to, in which some line holds more than a blank."""
    width = max(map(len, lines))
    is_used = [False] * width
    for line in lines:
        for at, character in enumerate(line):
            is_used[at] = is_used[at] or character != " "
    edges = [at for at, (one, other) in enumerate(pairwise([False, *is_used, False])) if one != other]
    yield from zip(edges[::2], edges[1::2], strict=True)


def _starts(used: Sequence[tuple[int, int]], lines: Sequence[str], names: str) -> Iterator[int]:
    """Yield where the columns after the first begin: where a name begins above, else by how the cells are aligned."""
    for (_, before), (start, end) in pairwise(used):
        words = [found.start(1) for found in _WORD.finditer(names) if before < found.start(1) <= start]
        apart = [at for at in words if not names[at - 2 : at].strip()]
        if apart or start in words:
            yield max(apart, default=start)
        elif _ends_alike(lines, start, end):
            yield max(words, default=before + 1)
        else:
            yield start


def _ends_alike(lines: Sequence[str], start: int, end: int) -> bool:
    """Whether the cells of a column end at one place and begin at several, as numbers do."""
    cells = [line[start:end].ljust(end - start) for line in lines if line[start:end].strip()]
    return all(cell[-1] != " " for cell in cells) and any(cell[0] == " " for cell in cells)
