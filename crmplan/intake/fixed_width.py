"""Files whose columns stand at fixed places, as mainframes and older accounting systems write them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import pandas as pd

from crmplan.errors import IntakeError, Problem
from crmplan.intake.delimited import Delimited
from crmplan.intake.encoding import decoded
from crmplan.sources import Reading

__all__ = ["parse_fixed_width"]

_MOST_TOLD = 5
_MOST_RAGGED_SHARE = 0.05


def parse_fixed_width(raw: bytes, *, file: str, wanted: Sequence[str] | None, reading: Reading) -> Delimited:
    r"""Return the wanted columns of a file of fixed places.

    Parameters
    ----------
    raw, file, wanted
        As in :func:`crmplan.intake.delimited.parse`.
    reading
        ``widths`` says how many characters each column takes; names come from ``header`` or from the file.

    Raises
    ------
    IntakeError
        When more than 5 % of the lines are longer than all columns together; says file and line.

    Notes
    -----
    A line may be shorter: what is missing at its end are blanks that a program has cut off. A longer one cannot be
    taken apart; it is not in the frame but among ``ragged_lines``.

    Examples
    --------
    >>> reading = Reading(widths=(4, 6), header=("id", "name"))
    >>> parse_fixed_width(b"0007Ann\n0008Bo\n", file="x.txt", wanted=None, reading=reading).frame.values.tolist()
    [['0007', 'Ann'], ['0008', 'Bo']]
    """
    widths = reading.widths or ()
    ends = list(accumulate(widths))
    starts = [0, *ends[:-1]]
    text = decoded(raw, file=file, encoding=reading.encoding).replace("\r\n", "\n").replace("\r", "\n")
    lines = [(number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip("\x00\x1a \t")]
    if reading.header is not None:
        header: tuple[str, ...] = tuple(reading.header)
    else:
        at = max((reading.header_row or 1) - 1, 0)
        lines = [(number, line) for number, line in lines if number > at]
        first = lines.pop(0)[1] if lines else ""
        header = tuple(first[start:end].strip() for start, end in zip(starts, ends, strict=True))
    ragged = tuple(number for number, line in lines if len(line.rstrip()) > ends[-1])
    if len(ragged) > _MOST_RAGGED_SHARE * len(lines):
        raise IntakeError(_too_long(ragged, dict(lines), ends[-1], file))
    left_out = set(ragged)
    rows = [line for number, line in lines if number not in left_out]
    columns = {
        place: pd.Series([row[starts[place] : ends[place]].strip() for row in rows], dtype="str")
        for place, name in enumerate(header)
        if wanted is None or name in wanted
    }
    frame = pd.DataFrame(columns, index=range(len(rows)))
    frame.columns = pd.Index([header[place] for place in columns])
    return Delimited(header, frame, ragged)


def _too_long(ragged: Sequence[int], lines: dict[int, str], width: int, file: str) -> list[Problem]:
    wanted = f"at most {width} characters, as 'widths' says"
    problems = [Problem(f"{file}:{line}", wanted, str(len(lines[line].rstrip()))) for line in ragged[:_MOST_TOLD]]
    more = f"{len(ragged)} lines in all are longer"
    return [*problems, Problem(file, wanted, more, "mend 'widths' in the mapping, or mend the export")]
