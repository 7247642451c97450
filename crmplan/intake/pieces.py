"""A file in pieces: what is larger than memory is read, converted and checked part by part."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import pandas as pd

__all__ = ["PIECE_BYTES", "Delimited", "Pieces"]

PIECE_BYTES = 16_000_000
"""How many bytes of a text make a piece, about: some 100,000 rows of a usual export."""


@dataclass(frozen=True, slots=True)
class Delimited:
    """A file or a sheet, taken apart.

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


@dataclass(slots=True)
class Pieces:
    """A file or a sheet that is taken apart piece by piece.

    Parameters
    ----------
    frames
        The wanted columns as text, in the order of the file; can be gone through once. An error in the file shows
        where it stands, which may be after many pieces.
    header
        Column names; for files that name columns in every row (JSON) complete only after the last piece.
    ragged_lines
        Lines of rows that could not be taken apart; complete only after the last piece.
    is_header_known
        The header is complete from the start.
    numbers
        Columns that hold numbers in the file itself, not texts; complete only after the last piece.

    Examples
    --------
    >>> two = Pieces(iter([pd.DataFrame({"a": ["1"]}), pd.DataFrame({"a": ["2"]})]), ["a"])
    >>> two.whole().frame["a"].tolist()
    ['1', '2']
    """

    frames: Iterator[pd.DataFrame]
    header: list[str] = field(default_factory=list)
    ragged_lines: list[int] = field(default_factory=list)
    is_header_known: bool = True
    numbers: set[str] = field(default_factory=set)

    def whole(self) -> Delimited:
        """Return all of it at once."""
        frames = list(self.frames)
        frame = frames[0] if len(frames) == 1 else _stacked(frames)
        return Delimited(tuple(self.header), frame, tuple(self.ragged_lines))


def _stacked(frames: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Return frames below each other; columns are told apart by their place where all have the same."""
    parts = list(frames)
    names = {tuple(part.columns) for part in parts}
    if len(names) > 1:
        return pd.concat(parts, ignore_index=True).astype("str")
    if not parts:
        return pd.DataFrame()
    numbered = [part.set_axis(range(part.shape[1]), axis=1) for part in parts]
    return pd.concat(numbered, ignore_index=True).set_axis(parts[0].columns, axis=1)
