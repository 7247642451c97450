"""The rows of a delimited text, taken apart into cells without holding more than a part of it in memory."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from crmplan.errors import IntakeError, Problem
from crmplan.intake.header import MOST_ROWS_ABOVE, header_at
from crmplan.intake.text_file import TextFile

if TYPE_CHECKING:
    from _csv import Reader as CsvReader

__all__ = ["RowText"]

_STAND_IN = "\x1f"
_MOST_BLOCK = 2**31 - 1
_GROWTH = 8
_MOST_LINES_TOLD = 1000
_BLANKS = re.compile(r"[ \t]+")
_AT_LINE_ENDS = re.compile(r"^ +| +$", re.MULTILINE)
_TOO_LONG = ("straddl", "out of sync")
_NOTHING = "Empty CSV"


@dataclass(frozen=True, slots=True)
class RowText:
    """What is left of a text from some line on, and the one-byte mark that parts its cells.

    Parameters
    ----------
    text
        The whole text.
    delimiter
        The mark, after ``replaced`` has been put in its place.
    replaced
        A mark of more than one byte, which the delimiter stands for; ``whitespace`` for runs of blanks; else empty.
    n_before
        Lines that stand above the rows.
    """

    text: TextFile
    delimiter: str
    replaced: str
    n_before: int

    @classmethod
    def of(cls, text: TextFile, delimiter: str, *, after_lines: int) -> RowText:
        """Return the rows of a text that stand behind some lines."""
        if delimiter == "whitespace":
            return cls(text, " ", delimiter, after_lines)
        if len(delimiter.encode()) > 1:
            return cls(text, _STAND_IN, delimiter, after_lines)
        return cls(text, delimiter, "", after_lines)

    def after(self, n_lines: int) -> RowText:
        """Return the rows that stand behind some more lines."""
        return replace(self, n_before=self.n_before + n_lines)

    def header(self, wanted: Sequence[str] | None, header_row: int | None) -> tuple[tuple[str, ...], int]:
        """Return the column names, and how many lines they and the titles above them take."""
        reader = self._reader()
        rows: list[list[str]] = []
        ends: list[int] = []
        try:
            for cells in reader:
                rows.append([cell.strip() for cell in cells])
                ends.append(reader.line_num)
                if len(rows) >= (header_row or MOST_ROWS_ABOVE):
                    break
        except csv.Error:
            first = next(self._lines(), "")
            rows, ends = [[cell.strip() for cell in first.rstrip("\r\n").split(self.delimiter)]], [1]
        at = header_at(rows, wanted) if header_row is None else min(header_row, len(rows)) - 1
        return (tuple(rows[at]), ends[at]) if rows else ((), 1)

    def cells(
        self, width: int, positions: Sequence[int], ragged: list[tuple[int, int]], piece_bytes: int
    ) -> Iterator[pd.DataFrame]:
        """Yield the columns at ``positions``; (row from 1, cells) of rows that are not ``width`` wide go to ``ragged``.

        Raises
        ------
        IntakeError
            When a quotation mark is never closed, or the text is none that has cells.
        """
        if not positions:
            return
        n_done, block = 0, piece_bytes
        while True:
            text = _RowBytes(self, block)
            n_new = 0
            try:
                for frame in _frames(text, width, positions, ragged):
                    n_new += len(frame)
                    # After a row that was too long for a block, the text was begun again with a larger one.
                    fresh = frame.iloc[max(len(frame) - max(n_new - n_done, 0), 0) :]
                    if len(fresh):
                        n_done = n_new
                        yield fresh.reset_index(drop=True)
                break
            except _RowTooLongError:
                # Perhaps everything from a quotation mark on that nobody closed; then no block is large enough.
                if sum(line.count('"') for line in self._lines()) % 2:
                    self.refuse_open_quote()
                ragged.clear()
                block = min(block * _GROWTH, _MOST_BLOCK)
            finally:
                text.close()
        # Only a text with an odd number of quotation marks can hold one that is never closed.
        if text.n_quotes % 2:
            self.refuse_open_quote()

    def refuse_open_quote(self) -> None:
        """Raise IntakeError, naming the line, when a quotation mark is never closed."""
        if self.replaced == "whitespace":
            return
        reader = self._reader()
        start, line = 0, 0
        try:
            for _ in reader:
                start, line = line, reader.line_num
        except csv.Error:
            start = line
        if reader.line_num - start > 1:
            where = f"{self.text.file}:{self.n_before + start + 1}"
            advice = "close it, or double a quotation mark that belongs to the text"
            raise IntakeError([Problem(where, "every quotation mark closed", "", advice)])

    def is_padded(self, width: int, ragged: Sequence[tuple[int, int]]) -> bool:
        """Return whether every row ends in the same number of empty cells more than the header has."""
        widths = {n for _, n in ragged}
        if len(widths) != 1 or min(widths) <= width:
            return False
        try:
            return all(not any(cell.strip() for cell in cells[width:]) for cells in self._reader())
        except csv.Error:
            return False

    def lines_of(self, ragged: Sequence[tuple[int, int]]) -> tuple[int, ...]:
        """Return the lines of the file in which rows begin; beyond the first thousand of them, the row's number."""
        wanted = {number for number, _ in ragged[:_MOST_LINES_TOLD]}
        last = max(wanted)
        reader = self._reader()
        lines, number, line = [], 0, 0
        try:
            for cells in reader:
                start, line = line + 1, reader.line_num
                number += bool(cells)
                if cells and number in wanted:
                    lines.append(self.n_before + start)
                if number >= last:
                    break
        except csv.Error:
            pass
        return (*lines, *(self.n_before + number for number, _ in ragged[_MOST_LINES_TOLD:]))

    def with_one_mark(self, text: str) -> str:
        """Return whole lines with the delimiter in place of what it stands for."""
        if self.replaced == "whitespace":
            text = _BLANKS.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n"))
            return _AT_LINE_ENDS.sub("", text)
        return text.replace(self.replaced, self.delimiter) if self.replaced else text

    def _lines(self) -> Iterator[str]:
        return map(self.with_one_mark, self.text.lines(after_lines=self.n_before))

    def _reader(self) -> CsvReader:
        return csv.reader(self._lines(), delimiter=self.delimiter)


class _RowTooLongError(Exception):
    """A row that does not fit a block."""


class _RowBytes(io.RawIOBase):
    """The rows of a text as UTF-8, read in blocks that end with a line."""

    def __init__(self, rows: RowText, block: int) -> None:
        super().__init__()
        self.rows = rows
        self.block = block
        self._stream = rows.text.opened(after_lines=rows.n_before)
        self._n_characters = max(block // 2, 1)
        self._rest = b""
        self.n_quotes = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        if not self._rest:
            text = self._stream.read(self._n_characters)
            text += self._stream.readline()
            self._rest = self.rows.with_one_mark(text).encode("utf-8", "surrogatepass")
            self.n_quotes += self._rest.count(b'"')
        size = len(self._rest) if size < 0 else size
        block, self._rest = self._rest[:size], self._rest[size:]
        return block

    def close(self) -> None:
        self._stream.close()
        super().close()


def _frames(
    rows: _RowBytes, width: int, positions: Sequence[int], ragged: list[tuple[int, int]]
) -> Iterator[pd.DataFrame]:
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    is_quoted = rows.rows.replaced != "whitespace"
    names = [str(at) for at in positions]
    try:
        batches = arrow_csv.open_csv(
            pa.PythonFile(rows, mode="r"),
            # One thread: only then does the reader know the number of a row that it cannot read.
            read_options=arrow_csv.ReadOptions(
                use_threads=False, block_size=rows.block, column_names=[str(at) for at in range(width)]
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=rows.rows.delimiter,
                quote_char='"' if is_quoted else False,
                newlines_in_values=is_quoted,
                invalid_row_handler=partial(_noted, ragged),
            ),
            convert_options=arrow_csv.ConvertOptions(
                include_columns=names, column_types={name: pa.string() for name in names}, check_utf8=False
            ),
        )
        yield from (batch.to_pandas() for batch in batches if batch.num_rows)
    except pa.ArrowInvalid as cause:
        said = str(cause).splitlines()[0]
        if any(mark in said for mark in _TOO_LONG) and rows.block < _MOST_BLOCK:
            raise _RowTooLongError from cause
        if not said.startswith(_NOTHING):
            raise IntakeError([Problem(rows.rows.text.file, "rows of cells", said)]) from cause


def _noted(ragged: list[tuple[int, int]], row: object) -> str:
    ragged.append((row.number, row.actual_columns))  # type: ignore[attr-defined]
    return "skip"
