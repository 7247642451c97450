"""Files whose columns stand at fixed places, as mainframes and older accounting systems write them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate

import pandas as pd

from crmplan.errors import IntakeError, Problem
from crmplan.intake.header import told_apart
from crmplan.intake.pieces import PIECE_BYTES, Pieces
from crmplan.intake.text_file import TextFile
from crmplan.sources import Reading

__all__ = ["pieces_of"]

_MOST_TOLD = 5
_MOST_RAGGED_SHARE = 0.05


def pieces_of(
    text: TextFile, *, wanted: Sequence[str] | None, reading: Reading, piece_bytes: int = PIECE_BYTES
) -> Pieces:
    r"""Return the wanted columns of a text of fixed places, piece by piece.

    Parameters
    ----------
    text, wanted, piece_bytes
        As in :func:`crmplan.intake.delimited.pieces_of`.
    reading
        ``widths`` says how many characters each column takes; names come from ``header`` or from the file.

    Raises
    ------
    IntakeError
        When more than 5 % of the lines are longer than all columns together; says file and line, after the last piece.

    Notes
    -----
    A line may be shorter: what is missing at its end are blanks that a program has cut off. A longer one cannot be
    taken apart; it is not in a frame but among ``ragged_lines``.

    Examples
    --------
    >>> text = TextFile.of(b"0007Ann\n0008Bo\n", file="x.txt")
    >>> reading = Reading(widths=(4, 6), header=("id", "name"))
    >>> pieces_of(text, wanted=None, reading=reading).whole().frame.values.tolist()
    [['0007', 'Ann'], ['0008', 'Bo']]
    """
    ends = list(accumulate(reading.widths or ()))
    places = list(zip([0, *ends[:-1]], ends, strict=True))
    lines = _numbered(text)
    if reading.header is not None:
        header = list(reading.header)
    else:
        at = reading.header_row or 1
        lines = ((number, line) for number, line in lines if number >= at)
        first = next(lines, (0, ""))[1]
        header = list(told_apart([first[start:end].strip() for start, end in places]))
    chosen = [at for at, name in enumerate(header) if wanted is None or name in wanted]
    ragged: list[int] = []

    def frames() -> Iterator[pd.DataFrame]:
        too_long: dict[int, int] = {}
        rows: list[str] = []
        n_lines = n_characters = 0
        for number, line in lines:
            n_lines += 1
            if len(line.rstrip()) > ends[-1]:
                too_long[number] = len(line.rstrip())
                continue
            rows.append(line)
            n_characters += len(line)
            if n_characters >= piece_bytes:
                yield _frame(rows, header, chosen, places)
                rows, n_characters = [], 0
        if len(too_long) > _MOST_RAGGED_SHARE * n_lines:
            raise IntakeError(_too_long(too_long, ends[-1], text.file))
        ragged.extend(too_long)
        if rows or n_lines == len(too_long):
            yield _frame(rows, header, chosen, places)

    return Pieces(frames(), header, ragged)


def _numbered(text: TextFile) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.lines(), start=1):
        if line.strip("\x00\x1a \t\r\n"):
            yield number, line.rstrip("\r\n")


def _frame(
    rows: Sequence[str], header: Sequence[str], chosen: Sequence[int], places: Sequence[tuple[int, int]]
) -> pd.DataFrame:
    columns = {
        at: pd.Series([row[places[at][0] : places[at][1]].strip() for row in rows], dtype="str") for at in chosen
    }
    return pd.DataFrame(columns, index=range(len(rows))).set_axis([header[at] for at in chosen], axis=1)


def _too_long(lines: Mapping[int, int], width: int, file: str) -> list[Problem]:
    wanted = f"at most {width} characters, as 'widths' says"
    problems = [Problem(f"{file}:{line}", wanted, str(n)) for line, n in list(lines.items())[:_MOST_TOLD]]
    more = f"{len(lines)} lines in all are longer"
    return [*problems, Problem(file, wanted, more, "mend 'widths' in the mapping, or mend the export")]
