"""Delimited text (CSV, TSV, columns of blanks) as it comes: any delimiter, any of the usual encodings."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence

import pandas as pd

from crmplan.engagement import Reading
from crmplan.errors import IntakeError, Problem
from crmplan.intake.header import told_apart
from crmplan.intake.pieces import PIECE_BYTES, Pieces
from crmplan.intake.row_text import RowText
from crmplan.intake.text_file import TextFile

__all__ = ["delimiter_of", "pieces_of"]

_CANDIDATES = (",", ";", "\t", "|")
_RARE = ("^", "~", "¦", "§", "¬", "#", "\x01", "\x1e", "\x1f")
"""Marks that some systems part cells with; they count only where they part every line and no usual mark does."""
_NAMED = {"tab": "\t", "\\t": "\t", "space": " ", "comma": ",", "semicolon": ";", "pipe": "|"}
_SAMPLE_LINES = 50
_HEAD_CHARACTERS = 200_000
_MOST_RAGGED_SHARE = 0.05
_MOST_COLUMNS = 20_000


def pieces_of(
    text: TextFile, *, wanted: Sequence[str] | None, reading: Reading, piece_bytes: int = PIECE_BYTES
) -> Pieces:
    r"""Return the wanted columns of a delimited text, piece by piece; columns that it does not have are left out.

    Parameters
    ----------
    text
        The text.
    wanted
        Names of columns; all when None.
    reading
        Delimiter and header where they are known; what is not given is found out.
    piece_bytes
        How much of the text makes a piece; what comes out does not depend on it.

    Raises
    ------
    IntakeError
        When a quotation mark is never closed, or more than 5 % of the rows do not have as many cells as the header;
        says file and line. Either shows only after the last piece.

    Examples
    --------
    >>> text = TextFile.of(b"id;name\n007;Ann\n", file="x.csv")
    >>> pieces_of(text, wanted=["id"], reading=Reading()).whole().frame["id"].tolist()
    ['007']
    """
    with text.opened() as stream:
        head = stream.read(_HEAD_CHARACTERS)
    hint = re.match(r"sep=(.)\r?\n", head)
    head = head[hint.end() :] if hint else head
    delimiter = hint.group(1) if hint and reading.delimiter is None else delimiter_of(head, reading.delimiter)
    rows = RowText.of(text, delimiter, after_lines=1 if hint else 0)
    if reading.header is not None:
        header = tuple(reading.header)
    else:
        names, n_lines = rows.header(wanted, reading.header_row)
        if len(names) > _MOST_COLUMNS:
            where, wanted = f"{text.file}:{n_lines}", f"a table of at most {_MOST_COLUMNS:,} columns"
            advice = "give the delimiter, or mend the line ends of the export"
            raise IntakeError([Problem(where, wanted, f"{len(names):,}", advice)])
        header = told_apart(names)
        rows = rows.after(n_lines)
    return _taken_apart(rows, header, wanted, piece_bytes)


def _taken_apart(rows: RowText, header: Sequence[str], wanted: Sequence[str] | None, piece_bytes: int) -> Pieces:
    positions = [at for at, name in enumerate(header) if wanted is None or name in set(wanted)]
    titles = pd.Index([header[at] for at in positions])
    ragged_lines: list[int] = []

    def frames() -> Iterator[pd.DataFrame]:
        width, n_good = len(header), 0
        while True:
            ragged: list[tuple[int, int]] = []
            for frame in rows.cells(width, positions, ragged, piece_bytes):
                n_good += len(frame)
                yield frame.set_axis(titles, axis=1)
            if not ragged or n_good or width != len(header) or not rows.is_padded(width, ragged):
                break
            width = ragged[0][1]
        if ragged:
            lines = rows.lines_of(ragged)
            if len(ragged) > _MOST_RAGGED_SHARE * (n_good + len(ragged)):
                raise IntakeError(_ragged_problems(lines, ragged, len(header), rows.text.file))
            ragged_lines.extend(lines)
        if not n_good:
            yield pd.DataFrame({at: pd.Series([], dtype="str") for at in range(len(titles))}).set_axis(titles, axis=1)

    return Pieces(frames(), list(header), ragged_lines)


def delimiter_of(text: str, given: str | None = None) -> str:
    r"""Return the delimiter: the one given, else the one that parts the first lines most evenly.

    Examples
    --------
    >>> delimiter_of("a;b\n1,5;2\n"), delimiter_of("a|b"), delimiter_of("a b", "whitespace"), delimiter_of("a\tb")
    (';', '|', 'whitespace', '\t')
    """
    if given is not None:
        return _NAMED.get(given, given)
    lines = [line for line in text[:200_000].splitlines() if line.strip()][:_SAMPLE_LINES]
    best, best_score = ",", (0.0, 0)
    for candidate in (*_CANDIDATES, *_RARE):
        is_usual = candidate in _CANDIDATES
        if not is_usual and (best_score[0] == 1.0 or len(lines) < 2):
            break
        score = _evenness(lines, candidate)
        if score > best_score and (is_usual or score[0] == 1.0):
            best, best_score = candidate, score
    return best


def _evenness(lines: Sequence[str], delimiter: str) -> tuple[float, int]:
    """Return the share of lines with the most usual number of cells, and that number; nothing where it is one."""
    try:
        widths = [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
    except csv.Error:
        return 0.0, 0
    width, n = Counter(widths).most_common(1)[0] if widths else (0, 0)
    return (n / len(widths), width) if width > 1 else (0.0, 0)


def _ragged_problems(lines: Sequence[int], ragged: Sequence[tuple[int, int]], width: int, file: str) -> list[Problem]:
    problems = [
        Problem(f"{file}:{line}", f"{width} cells as in the header", str(cells))
        for line, (_, cells) in zip(lines[:5], ragged, strict=False)
    ]
    if len(ragged) > len(problems):
        more = f"{len(ragged)} rows in all have another number of cells"
        problems.append(Problem(file, "rows as wide as the header", more, "give the delimiter, or mend the export"))
    return problems
