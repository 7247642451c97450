"""Raw files as frames of text: nothing is interpreted yet, and nothing of the client's is changed.

Everything is text in the notation that the mapping declares, so that one set of rules
(:mod:`crmplan.intake.conversion`) turns it into values, whatever the format of the file.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from crmplan.errors import IntakeError, Problem, closest
from crmplan.intake import database_file, delimited
from crmplan.intake.delimited import Delimited
from crmplan.intake.encoding import encoding_of
from crmplan.intake.fixed_width import parse_fixed_width
from crmplan.intake.json_lines import parse_json
from crmplan.intake.workbook import parse_workbook, sheet_names
from crmplan.sources import Reading

__all__ = ["Format", "RawFile", "format_of", "matching_files", "read_raw", "read_sample", "sheets_of"]

Format = Literal["delimited", "fixed", "json", "parquet", "workbook", "sqlite", "duckdb"]

_BY_NAME: dict[str, Format] = {
    ".xlsx": "workbook", ".xlsm": "workbook", ".parquet": "parquet", ".pq": "parquet", ".jsonl": "json",
    ".ndjson": "json", ".json": "json",
}  # fmt: skip
_BY_CONTENT: tuple[tuple[bytes, Format], ...] = (
    (b"PK\x03\x04", "workbook"),
    (b"PAR1", "parquet"),
    (b"SQLite format 3\x00", "sqlite"),
)
_OTHER_FORMATS = {".xls": "save it as .xlsx or .csv", ".ods": "save it as .xlsx or .csv", ".pdf": "ask for a table"}
_REFUSED = (
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", "save it as .xlsx or .csv"),
    (b"%PDF-", "a PDF", "ask for a table"),
    (b"<html", "a web page", "ask for the export as CSV, not for what a browser shows"),
    (b"<!doctype", "a web page", "ask for the export as CSV, not for what a browser shows"),
)
"""How files begin that hold no table, whatever they are called."""
_MOST_SHOWN = 40
_SAMPLE_BYTES = 16_000_000
_SAMPLE_ROWS = 100_000
_NOTHING = b" \t\r\n\x00\xef\xbb\xbf\xff\xfe"


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
    """Return the wanted columns of one file as text.

    What a file is follows from how it begins, and from its name only where that leaves it open: a workbook that
    somebody called ``.csv`` is read as the workbook it is.

    Parameters
    ----------
    path
        Delimited text (``.csv``, ``.tsv``, ``.txt`` or any other ending), text of fixed places, JSON, XLSX, Parquet,
        SQLite or DuckDB; all but the last two also gzipped.
    folder
        The client's folder; messages name files from there.
    wanted
        Names of the columns that the mapping reads; all when None.
    reading
        How the file is written.

    Raises
    ------
    IntakeError
        When the file is empty or cannot be read, or columns are missing; lists every missing column with close names.
    MissingExtraError
        When a workbook is to be read and openpyxl is not installed.
    """
    file = path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name
    kind = format_of(path, file=file, reading=reading)
    sheets = _parsed(kind, path, file, wanted, reading)
    problems = [] if wanted is None else _problems_of(sheets, wanted, file)
    if problems:
        raise IntakeError(problems)
    names = list(sheets[0].frame.columns) if wanted is None else list(dict.fromkeys(wanted))
    parts = [one.frame if wanted is None else one.frame.loc[:, names] for one in sheets]
    if len(parts) > 1:
        # Columns that share a name on a sheet cannot be told apart, and so not be put under those of another sheet.
        parts = [part.loc[:, ~part.columns.duplicated(keep=False)] for part in parts]
    frame = parts[0] if len(parts) == 1 else pd.concat(parts, ignore_index=True)
    return RawFile(
        file,
        frame,
        tuple(dict.fromkeys(name for one in sheets for name in one.header)),
        tuple(line for one in sheets for line in one.ragged_lines),
        _guessed(_bytes(path, file), reading) if kind in {"delimited", "fixed", "json"} else "",
    )


def format_of(path: Path, *, file: str, reading: Reading | None = None) -> Format:
    """Return what a file is, by how it begins, else by its name.

    Raises
    ------
    IntakeError
        When it cannot be read, is empty, or is of a kind that holds no table.
    """
    suffix = path.suffix.lower()
    if suffix in _OTHER_FORMATS:
        raise IntakeError([Problem(file, "a CSV, Parquet or XLSX file", suffix, _OTHER_FORMATS[suffix])])
    head = _bytes(path, file, most=65_536)
    if not head.strip(_NOTHING) and not _bytes(path, file).strip(_NOTHING):
        raise IntakeError([Problem(file, "rows of data", "an empty file", "ask the client to export it again")])
    for start, kind, advice in _REFUSED:
        if head.lstrip(_NOTHING).lower().startswith(start.lower()):
            raise IntakeError([Problem(file, "a table", kind, advice)])
    for start, found in _BY_CONTENT:
        if head.startswith(start):
            return found
    if head[8:12] == b"DUCK":
        return "duckdb"
    name = path.with_suffix("") if suffix == ".gz" else path
    known = _BY_NAME.get(name.suffix.lower(), "delimited")
    return "fixed" if known == "delimited" and reading is not None and reading.widths else known


def read_sample(path: Path, *, folder: Path, reading: Reading | None = None) -> RawFile:
    """Return all columns of a file as text, and of a large file only its first rows.

    Raises
    ------
    IntakeError
        As :func:`read_raw` does.
    """
    reading = reading or Reading()
    file = path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name
    kind = format_of(path, file=file, reading=reading)
    if kind in {"delimited", "fixed", "json"} and path.stat().st_size > _SAMPLE_BYTES:
        raw = _bytes(path, file, most=_SAMPLE_BYTES)
        raw = raw[: max(raw.rfind(b"\n"), raw.rfind(b"\r")) + 1] or raw
        parsers = {"json": parse_json, "fixed": parse_fixed_width, "delimited": delimited.parse}
        parts = parsers[kind](raw, file=file, wanted=None, reading=reading)
        return RawFile(file, parts.frame, parts.header, parts.ragged_lines, _guessed(raw, reading))
    if kind == "parquet" and path.stat().st_size > _SAMPLE_BYTES:
        parts = _parquet_top(path, file, reading)
        return RawFile(file, parts.frame, parts.header)
    return read_raw(path, folder=folder, wanted=None, reading=reading)


def sheets_of(path: Path, *, file: str) -> tuple[str, ...]:
    """Return the names of the sheets of a workbook or the tables of a database file; empty for other files."""
    kind = format_of(path, file=file)
    if kind == "workbook":
        return tuple(sheet_names(_bytes(path, file), file=file))
    if kind in {"sqlite", "duckdb"}:
        return tuple(database_file.relations(path, file=file, is_sqlite=kind == "sqlite"))
    return ()


def _parsed(kind: Format, path: Path, file: str, wanted: Sequence[str] | None, reading: Reading) -> list[Delimited]:
    if kind in {"sqlite", "duckdb"}:
        parse = database_file.parse_sqlite if kind == "sqlite" else database_file.parse_duckdb
        return parse(path, file=file, wanted=wanted, reading=reading)
    raw = _bytes(path, file)
    if kind == "workbook":
        return parse_workbook(raw, file=file, wanted=wanted, reading=reading)
    parsers = {"parquet": _parquet, "json": parse_json, "fixed": parse_fixed_width, "delimited": delimited.parse}
    return [parsers[kind](raw, file=file, wanted=wanted, reading=reading)]


def _guessed(raw: bytes, reading: Reading) -> str:
    if reading.encoding is not None or raw.isascii():
        return ""
    found = encoding_of(raw)
    return found if found in {"cp1252", "latin-1", "mac_roman"} else ""


def _bytes(path: Path, file: str, *, most: int = -1) -> bytes:
    try:
        with path.open("rb") as stream:
            is_gzipped = stream.read(2) == b"\x1f\x8b"
            stream.seek(0)
            if not is_gzipped:
                return stream.read(most)
            with gzip.open(stream) as inside:
                return inside.read(most)
    except (OSError, EOFError, zlib.error) as cause:
        raise IntakeError([Problem(file, "a file that can be read", type(cause).__name__)]) from cause


def _problems_of(sheets: Sequence[Delimited], wanted: Sequence[str], file: str) -> list[Problem]:
    found: dict[Problem, None] = {}
    for one in sheets:
        found.update(dict.fromkeys(_column_problems(one.header, wanted, file)))
    return list(found)


def _column_problems(header: Sequence[str], wanted: Sequence[str], file: str) -> list[Problem]:
    problems = []
    unused = [name for name in header if name not in wanted]
    for name in dict.fromkeys(wanted):
        n = list(header).count(name)
        if n == 1:
            continue
        where = f"{file}, column '{name}'"
        if n > 1:
            problems.append(Problem(where, "each column name once", f"{n} columns of that name", "rename them"))
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


def _parquet(raw: bytes, *, file: str, wanted: Sequence[str] | None, reading: Reading) -> Delimited:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        opened = parquet.ParquetFile(io.BytesIO(raw))
        header = tuple(str(name) for name in opened.schema_arrow.names)
        names = header if wanted is None else [name for name in dict.fromkeys(wanted) if name in header]
        table = opened.read(columns=list(names))
        columns = {name: _arrow_text(table.column(name), reading.decimal) for name in table.column_names}
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowKeyError, OSError) as cause:
        said = str(cause).splitlines()[0] if str(cause) else type(cause).__name__
        raise IntakeError([Problem(file, "a Parquet file of plain columns", said)]) from cause
    return Delimited(header, pd.DataFrame(columns, index=range(table.num_rows)), ())


def _parquet_top(path: Path, file: str, reading: Reading) -> Delimited:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        opened = parquet.ParquetFile(path)
        batch = next(opened.iter_batches(batch_size=_SAMPLE_ROWS), None)
        header = tuple(str(name) for name in opened.schema_arrow.names)
        table = opened.schema_arrow.empty_table() if batch is None else pa.Table.from_batches([batch])
        columns = {name: _arrow_text(table.column(name), reading.decimal) for name in table.column_names}
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as cause:
        raise IntakeError([Problem(file, "a Parquet file of plain columns", type(cause).__name__)]) from cause
    return Delimited(header, pd.DataFrame(columns, index=range(table.num_rows)), ())


def _arrow_text(column: Any, decimal: str) -> pd.Series:
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = column.type
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        kind = pa.string()
    text = column.cast(pa.string())
    if decimal != "." and (pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
        text = pc.replace_substring(text, ".", decimal)
    return pd.Series(text.to_pandas()).astype("str") if len(text) else pd.Series([], dtype="str")
