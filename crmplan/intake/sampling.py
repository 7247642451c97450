"""The beginning of an export, as much of it as it takes to see what its columns are."""

from __future__ import annotations

from pathlib import Path

from crmplan.errors import IntakeError
from crmplan.intake import columnar, delimited
from crmplan.intake.file_format import bytes_of, format_of, name_in
from crmplan.intake.fixed_guess import guessed_places
from crmplan.intake.reading import TEXTS, RawFile, read_raw
from crmplan.intake.text_file import TextFile
from crmplan.sources import Reading

__all__ = ["found_reading", "read_sample"]

_SAMPLE_BYTES = 16_000_000
_HEAD_BYTES = 200_000


def read_sample(path: Path, *, folder: Path, reading: Reading | None = None) -> RawFile:
    """Return all columns of a file as text, and of a large file only its first rows.

    Raises
    ------
    IntakeError
        As :func:`read_pieces` does.
    """
    reading = reading or Reading()
    file = name_in(folder, path)
    kind = format_of(path, file=file, reading=reading)
    if path.stat().st_size <= _SAMPLE_BYTES or kind not in {*TEXTS, "parquet"}:
        return read_raw(path, folder=folder, wanted=None, reading=reading)
    if kind == "parquet":
        pieces = columnar.pieces_of(path, file=file, wanted=None, reading=reading)
        return RawFile(file, next(pieces.frames), tuple(pieces.header))
    text = TextFile.of(_beginning(path, file, _SAMPLE_BYTES), file=file, encoding=reading.encoding)
    parts = TEXTS[kind](text, wanted=None, reading=reading).whole()
    return RawFile(file, parts.frame, parts.header, parts.ragged_lines, text.guessed_encoding)


def found_reading(path: Path, *, folder: Path) -> Reading:
    """Return what must be known to read a file that does not tell: the widths of columns at fixed places, guessed.

    Raises
    ------
    IntakeError
        When the file cannot be read at all.
    """
    file = name_in(folder, path)
    if format_of(path, file=file) != "delimited":
        return Reading()
    text = TextFile.of(_beginning(path, file, _HEAD_BYTES), file=file)
    try:
        header = delimited.pieces_of(text, wanted=None, reading=Reading()).whole().header
    except IntakeError:
        # A mark within texts was taken for the delimiter, if it was no delimited text.
        header = ("",)
    places = guessed_places(text) if len(header) == 1 else None
    return places or Reading()


def _beginning(path: Path, file: str, n_bytes: int) -> bytes:
    """Return the whole lines at the beginning of a large file, or all of a small one."""
    raw = bytes_of(path, file, most=n_bytes)
    if len(raw) < n_bytes:
        return raw
    end = max(raw.rfind(b"\n"), raw.rfind(b"\r")) + 1
    if raw[:100].count(0) > len(raw[:100]) // 4:
        # Every character of the usual ones is two bytes here.
        end += end % 2
    return raw[:end] or raw
