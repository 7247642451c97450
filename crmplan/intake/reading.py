"""Raw files as frames of text: nothing is interpreted yet, and nothing of the client's is changed.

Everything is text in the notation that the mapping declares, so that one set of rules
(:mod:`crmplan.intake.conversion`) turns it into values, whatever the format of the file.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from crmplan.errors import IntakeError, Problem, closest
from crmplan.intake import columnar, database_file, delimited, fixed_width, json_lines
from crmplan.intake.file_format import Format, bytes_of, format_of, name_in
from crmplan.intake.header import doubled
from crmplan.intake.pieces import PIECE_BYTES, Pieces
from crmplan.intake.text_file import TextFile
from crmplan.intake.workbook import parse_workbook, sheet_names
from crmplan.sources import Reading

__all__ = ["TEXTS", "RawFile", "RawPieces", "matching_files", "read_pieces", "read_raw", "sheets_of"]

_MOST_SHOWN = 40
TEXTS: Mapping[str, Callable[..., Pieces]] = {
    "delimited": delimited.pieces_of,
    "fixed": fixed_width.pieces_of,
    "json": json_lines.pieces_of,
}


@dataclass(frozen=True, slots=True)
class RawFile:
    """The wanted columns of one raw file.

    Parameters
    ----------
    file
        Name inside the client's folder.
    frame
        Text columns, one row per row of the file; an absent value is an empty text or null.
    header
        Names of all its columns.
    ragged_lines
        Lines of rows that could not be taken apart and are not in the frame.
    guessed_encoding
        The encoding that was guessed where the bytes leave more than one possible; else empty.
    """

    file: str
    frame: pd.DataFrame
    header: tuple[str, ...] = ()
    ragged_lines: tuple[int, ...] = ()
    guessed_encoding: str = ""


@dataclass(frozen=True, slots=True)
class RawPieces:
    """The wanted columns of one raw file, piece by piece.

    Parameters
    ----------
    file
        Name inside the client's folder.
    frames
        Text columns, as in :class:`RawFile`; can be gone through once.
    header, ragged_lines
        As in :class:`RawFile`; complete only after the last piece.
    guessed_encoding
        As in :class:`RawFile`.
    numbers
        Columns that hold numbers in the file itself, which has no notation for them; complete only after the last
        piece.
    """

    file: str
    frames: Iterator[pd.DataFrame]
    header: Mapping[str, None]
    ragged_lines: Sequence[int]
    guessed_encoding: str = ""
    numbers: Collection[str] = ()


def matching_files(folder: Path, pattern: str, *, source: str) -> list[Path]:
    """Return the files that a mapping means, in order of name.

    Parameters
    ----------
    folder
        The client's folder.
    pattern
        A path inside it, which may hold ``*`` and ``?``.
    source
        Name of the source, for the message.

    Raises
    ------
    IntakeError
        When there is no such file (names those that look like it), or a link leads out of the client's folder.
    """
    exact = folder / pattern
    found = [exact] if exact.is_file() else []
    if not found and any(mark in pattern for mark in "*?["):
        found = sorted(path for path in folder.glob(pattern) if path.is_file())
    if found:
        _refuse_links_out(found, folder, source)
        return found
    near = exact.parent if exact.parent.is_dir() else folder
    names = [path.relative_to(folder).as_posix() for path in sorted(near.iterdir()) if path.is_file()]
    close = closest(pattern, names)
    others = "one other file" if len(names) == 1 else f"{len(names)} other files"
    got = f"{others} in {near.name}/" if names else "no file"
    advice = f"did you mean {close}?" if close else "put the export there, or mend 'file' in engagement.yaml"
    raise IntakeError([Problem(f"engagement.yaml, source '{source}'", f"the file {pattern}", got, advice)])


def _refuse_links_out(files: Sequence[Path], folder: Path, source: str) -> None:
    inside = folder.resolve()
    problems = [
        Problem(
            f"engagement.yaml, source '{source}'",
            f"{file.relative_to(folder).as_posix()} to lie in the client's folder",
            "a link that leads out of it",
            "put the file itself there",
        )
        for file in files
        if not file.resolve().is_relative_to(inside)
    ]
    if problems:
        raise IntakeError(problems)


def read_raw(path: Path, *, folder: Path, wanted: Sequence[str] | None, reading: Reading) -> RawFile:
    """Return the wanted columns of one file as text, at once.

    Parameters
    ----------
    path, folder, reading
        As in :func:`read_pieces`.
    wanted
        Names of the columns that the mapping reads; all when None.

    Raises
    ------
    IntakeError, MissingExtraError
        As :func:`read_pieces` does.
    """
    file = name_in(folder, path)
    kind = format_of(path, file=file, reading=reading)
    sheets, guessed = _opened(kind, path, wanted, file=file, reading=reading, piece_bytes=PIECE_BYTES)
    parts = [one.whole() for one in sheets]
    problems = [] if wanted is None else _problems_of([one.header for one in parts], wanted, file)
    if problems:
        raise IntakeError(problems)
    names = list(parts[0].frame.columns) if wanted is None else list(dict.fromkeys(wanted))
    frames = [one.frame if wanted is None else one.frame.loc[:, names] for one in parts]
    return RawFile(
        file,
        frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True),
        tuple(dict.fromkeys(name for one in parts for name in one.header)),
        tuple(line for one in parts for line in one.ragged_lines),
        guessed,
    )


def read_pieces(
    path: Path, *, folder: Path, wanted: Sequence[str], reading: Reading, piece_bytes: int = PIECE_BYTES
) -> RawPieces:
    """Return the wanted columns of one file as text, piece by piece, so that it may be larger than memory.

    What a file is follows from how it begins, and from its name only where that leaves it open: a workbook that
    somebody called ``.csv`` is read as the workbook it is.

    Parameters
    ----------
    path
        Delimited text (``.csv``, ``.tsv``, ``.txt`` or any other ending), text of fixed places, JSON, XLSX, Parquet,
        SQLite or DuckDB; all but the last two also gzipped. Workbooks, JSON that is one list and gzipped Parquet are
        held in memory while they are read.
    folder
        The client's folder; messages name files from there.
    wanted
        Names of the columns that the mapping reads.
    reading
        How the file is written.
    piece_bytes
        How much of a text makes a piece; what comes out does not depend on it.

    Raises
    ------
    IntakeError
        When the file is empty or cannot be read, or columns are missing; lists every missing column with close names.
        What is wrong further down shows while the pieces are gone through.
    MissingExtraError
        When a workbook is to be read and openpyxl is not installed.
    """
    file = name_in(folder, path)
    kind = format_of(path, file=file, reading=reading)
    sheets, guessed = _opened(kind, path, wanted, file=file, reading=reading, piece_bytes=piece_bytes)
    problems = _problems_of([one.header for one in sheets if one.is_header_known], wanted, file)
    if problems:
        raise IntakeError(problems)
    names = list(dict.fromkeys(wanted))
    header: dict[str, None] = {}
    ragged_lines: list[int] = []
    numbers = set(names)

    def frames() -> Iterator[pd.DataFrame]:
        for one in sheets:
            for frame in one.frames:
                yield frame if list(frame.columns) == names else frame.reindex(columns=names).astype("str")
            missing = [] if one.is_header_known else _problems_of([one.header], wanted, file)
            if missing:
                raise IntakeError(missing)
            header.update(dict.fromkeys(one.header))
            ragged_lines.extend(one.ragged_lines)
            numbers.intersection_update(one.numbers)

    return RawPieces(file, frames(), header, ragged_lines, guessed, numbers)


def sheets_of(path: Path, *, file: str) -> tuple[str, ...]:
    """Return the names of the sheets of a workbook or the tables of a database file; empty for other files."""
    kind = format_of(path, file=file)
    if kind == "workbook":
        return tuple(sheet_names(bytes_of(path, file), file=file))
    if kind in {"sqlite", "duckdb"}:
        return tuple(database_file.relations(path, file=file, is_sqlite=kind == "sqlite"))
    return ()


def _opened(
    kind: Format, path: Path, wanted: Sequence[str] | None, *, file: str, reading: Reading, piece_bytes: int
) -> tuple[list[Pieces], str]:
    """Return the sheets of a file in pieces (but for workbooks there is one), and the encoding that was guessed."""
    if kind in {"sqlite", "duckdb"}:
        opened = database_file.sqlite_pieces if kind == "sqlite" else database_file.duckdb_pieces
        return opened(path, file=file, wanted=wanted, reading=reading), ""
    if kind == "workbook":
        return parse_workbook(bytes_of(path, file), file=file, wanted=wanted, reading=reading), ""
    if kind == "parquet":
        return [columnar.pieces_of(path, file=file, wanted=wanted, reading=reading, piece_bytes=piece_bytes)], ""
    text = TextFile.of(path, file=file, encoding=reading.encoding)
    pieces = TEXTS[kind](text, wanted=wanted, reading=reading, piece_bytes=piece_bytes)
    return [pieces], text.guessed_encoding


def _problems_of(headers: Sequence[Sequence[str]], wanted: Sequence[str], file: str) -> list[Problem]:
    found: dict[Problem, None] = {}
    for header in headers:
        found.update(dict.fromkeys(_column_problems(header, wanted, file)))
    return list(found)


def _column_problems(header: Sequence[str], wanted: Sequence[str], file: str) -> list[Problem]:
    problems = []
    unused = [name for name in header if name not in wanted]
    twice = doubled(header)
    for name in dict.fromkeys(wanted):
        n = list(header).count(name)
        if n == 1:
            continue
        where = f"{file}, column '{name}'"
        if n > 1:
            problems.append(Problem(where, "each column name once", f"{n} columns of that name", "rename them"))
            continue
        if name in twice:
            advice = f"write {' or '.join(repr(one) for one in twice[name])}, counted from the left"
            problems.append(Problem(where, "one column of that name", f"{len(twice[name])} of them", advice))
            continue
        # A column that was renamed stands among those that nothing else uses.
        close = closest(name, unused) or _alike(name, unused) or closest(name, header)
        shown = ", ".join(title[:_MOST_SHOWN] for title in header[:8]) + (", …" if len(header) > 8 else "")
        problems.append(
            Problem(where, "a column of that name", "", f"did you mean {close}?" if close else f"there are: {shown}")
        )
    return problems


def _alike(name: str, header: Sequence[str]) -> str:
    folded = {"".join(c for c in other.casefold() if c.isalnum()): other for other in header}
    found = folded.get("".join(c for c in name.casefold() if c.isalnum()))
    return f"'{found}'" if found else ""
