"""Delimited text (CSV, TSV, columns of blanks) as it comes: any delimiter, any of the usual encodings."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from crmplan.engagement import Reading
from crmplan.errors import IntakeError, Problem
from crmplan.intake.encoding import decoded
from crmplan.intake.header import MOST_ROWS_ABOVE, header_at

__all__ = ["Delimited", "delimiter_of", "parse"]

_CANDIDATES = (",", ";", "\t", "|")
_RARE = ("^", "~", "¦", "§", "¬", "#", "\x01", "\x1e", "\x1f")
"""Marks that some systems part cells with; they count only where they part every line and no usual mark does."""
_NAMED = {"tab": "\t", "\\t": "\t", "space": " ", "comma": ",", "semicolon": ";", "pipe": "|"}
_STAND_IN = "\x1f"
_SAMPLE_LINES = 50
_MOST_RAGGED_SHARE = 0.05
_MOST_BLOCK = 2**31 - 1
_BLANKS = re.compile(r"[ \t]+")
_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Delimited:
    """A delimited file, taken apart.

    Parameters
    ----------
    header
        Column names as the file (or the mapping) gives them.
    frame
        The wanted columns as text, one row per row of the file that has as many cells as the header; an empty cell is
        an empty text.
    ragged_lines
        Lines (from 1) of rows with more or fewer cells than the header; these rows are not in the frame.
    """

    header: tuple[str, ...]
    frame: pd.DataFrame
    ragged_lines: tuple[int, ...]


def parse(raw: bytes, *, file: str, wanted: Sequence[str] | None, reading: Reading) -> Delimited:
    r"""Return the wanted columns of a delimited file; columns that it does not have are left out.

    Parameters
    ----------
    raw
        The bytes of the file.
    file
        The name to use in messages.
    wanted
        Names of columns; all when None.
    reading
        Delimiter, encoding and header where they are known; what is not given is found out.

    Raises
    ------
    IntakeError
        When the text cannot be decoded, a quotation mark is never closed, or more than 5 % of the rows do not have as
        many cells as the header; says file and line.

    Examples
    --------
    >>> parse(b"id;name\n007;Ann\n", file="x.csv", wanted=["id"], reading=Reading()).frame["id"].tolist()
    ['007']
    """
    text = decoded(raw, file=file, encoding=reading.encoding)
    hint = re.match(r"sep=(.)\r?\n", text)
    n_before = 1 if hint else 0
    text = text[hint.end() :] if hint else text
    delimiter = hint.group(1) if hint and reading.delimiter is None else delimiter_of(text, reading.delimiter)
    quoted = delimiter != "whitespace"
    if delimiter == "whitespace":
        text = _single_blanks(text)
        delimiter = " "
    elif len(delimiter.encode()) > 1:
        text = text.replace(delimiter, _STAND_IN)
        delimiter = _STAND_IN
    if reading.header is not None:
        header, body = tuple(reading.header), text
    else:
        header, body, n_lines = _split_header(text, delimiter, wanted, reading.header_row)
        n_before += n_lines
    positions = [i for i, name in enumerate(header) if wanted is None or name in set(wanted)]
    frame, ragged = _cells(body, delimiter, len(header), positions, is_quoted=quoted, file=file, n_before=n_before)
    if ragged and frame.empty and _is_padded(body, delimiter, len(header), ragged):
        width = ragged[0][1]
        frame, ragged = _cells(body, delimiter, width, positions, is_quoted=quoted, file=file, n_before=n_before)
    if ragged:
        lines = _lines_of(body, delimiter, ragged, n_before)
        if len(ragged) > _MOST_RAGGED_SHARE * (len(frame) + len(ragged)):
            raise IntakeError(_ragged_problems(lines, ragged, len(header), file))
    else:
        lines = ()
    frame.columns = pd.Index([header[i] for i in positions])
    return Delimited(header, frame, lines)


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


def _single_blanks(text: str) -> str:
    return "\n".join(_BLANKS.sub(" ", line).strip(" ") for line in text.splitlines())


def _split_header(
    text: str, delimiter: str, wanted: Sequence[str] | None, header_row: int | None
) -> tuple[tuple[str, ...], str, int]:
    """Return the column names, the text after them, and how many lines they and the titles above them take."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows: list[list[str]] = []
    ends: list[int] = []
    try:
        for cells in reader:
            rows.append([cell.strip() for cell in cells])
            ends.append(reader.line_num)
            if len(rows) >= (header_row or MOST_ROWS_ABOVE):
                break
    except csv.Error:
        rows, ends = [[cell.strip() for cell in text.split("\n", 1)[0].split(delimiter)]], [1]
    at = header_at(rows, wanted) if header_row is None else min(header_row, len(rows)) - 1
    header, n_lines = (tuple(rows[at]), ends[at]) if rows else ((), 1)
    end = 0
    for _ in range(n_lines):
        found = _LINE_END.search(text, end)
        end = found.end() if found else len(text)
    return header, text[end:], n_lines


def _is_padded(body: str, delimiter: str, width: int, ragged: Sequence[tuple[int, int]]) -> bool:
    """Whether every row ends in the same number of empty cells more than the header has."""
    widths = {n for _, n in ragged}
    if len(widths) != 1 or min(widths) <= width:
        return False
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=delimiter)
    try:
        return all(not any(cell.strip() for cell in cells[width:]) for cells in reader)
    except csv.Error:
        return False


def _cells(
    body: str, delimiter: str, width: int, positions: Sequence[int], *, is_quoted: bool, file: str, n_before: int
) -> tuple[pd.DataFrame, list[tuple[int, int]]]:
    """Return the columns at ``positions``, and (row from 1, cells) of every row that is not ``width`` cells wide."""
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    names = [str(i) for i in positions]
    if not body.strip("\r\n") or not positions:
        return pd.DataFrame({name: pd.Series([], dtype="str") for name in names}), []
    ragged: list[tuple[int, int]] = []

    def note(row: arrow_csv.InvalidRow) -> str:
        ragged.append((row.number, row.actual_columns))
        return "skip"

    data = body.encode("utf-8", "surrogatepass")
    # Only a text with an odd number of quotation marks can hold one that is never closed.
    if is_quoted and data.count(b'"') % 2:
        _refuse_open_quote(body, delimiter, file, n_before)
    try:
        table = arrow_csv.read_csv(
            io.BytesIO(data),
            # One thread: only then does the reader know the number of a row that it cannot read.
            read_options=arrow_csv.ReadOptions(
                use_threads=False,
                block_size=min(len(data) + 1, _MOST_BLOCK),
                column_names=[str(i) for i in range(width)],
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=delimiter,
                quote_char='"' if is_quoted else False,
                newlines_in_values=is_quoted,
                invalid_row_handler=note,
            ),
            convert_options=arrow_csv.ConvertOptions(
                include_columns=names, column_types={name: pa.string() for name in names}, check_utf8=False
            ),
        )
    except pa.ArrowInvalid as cause:
        raise IntakeError([Problem(file, "rows of cells", str(cause).splitlines()[0])]) from cause
    return table.to_pandas(), ragged


def _refuse_open_quote(body: str, delimiter: str, file: str, n_before: int) -> None:
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=delimiter)
    start, line = 0, 0
    try:
        for _ in reader:
            start, line = line, reader.line_num
    except csv.Error:
        start = line
    if reader.line_num - start > 1:
        where = f"{file}:{n_before + start + 1}"
        advice = "close it, or double a quotation mark that belongs to the text"
        raise IntakeError([Problem(where, "every quotation mark closed", "", advice)])


def _lines_of(body: str, delimiter: str, ragged: Sequence[tuple[int, int]], n_before: int) -> tuple[int, ...]:
    wanted = {number for number, _ in ragged[:1000]}
    last = max(wanted)
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=delimiter)
    lines, number, line = [], 0, 0
    try:
        for cells in reader:
            start, line = line + 1, reader.line_num
            number += bool(cells)
            if cells and number in wanted:
                lines.append(n_before + start)
            if number >= last:
                break
    except csv.Error:
        pass
    # Beyond the first thousand the numbers of the rows do: nobody reads more.
    return (*lines, *(n_before + number for number, _ in ragged[1000:]))


def _ragged_problems(lines: Sequence[int], ragged: Sequence[tuple[int, int]], width: int, file: str) -> list[Problem]:
    problems = [
        Problem(f"{file}:{line}", f"{width} cells as in the header", str(cells))
        for line, (_, cells) in zip(lines[:5], ragged, strict=False)
    ]
    if len(ragged) > len(problems):
        more = f"{len(ragged)} rows in all have another number of cells"
        problems.append(Problem(file, "rows as wide as the header", more, "give the delimiter, or mend the export"))
    return problems
