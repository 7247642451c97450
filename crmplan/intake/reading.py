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
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pandas as pd

from crmplan.engagement import Reading
from crmplan.errors import IntakeError, MissingExtraError, Problem, closest
from crmplan.intake import delimited

__all__ = ["RawFile", "matching_files", "read_raw"]

_WORKBOOKS = {".xlsx", ".xlsm"}
_OTHER_FORMATS = {".xls": "save it as .xlsx or .csv", ".ods": "save it as .xlsx or .csv", ".pdf": "ask for a table"}

_SIGNATURES = (
    (b"PK\x03\x04", "an XLSX workbook or a ZIP archive", "name a workbook .xlsx; unpack an archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", "save it as .xlsx or .csv"),
    (b"PAR1", "a Parquet file", "name it .parquet"),
    (b"\x1f\x8b", "a gzipped file", "let its name end in .gz"),
    (b"%PDF-", "a PDF", "ask for a table"),
)
"""How files begin that are not text, whatever they are called."""
_MOST_SHOWN = 40
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
    ragged_lines
        Lines of rows that could not be taken apart and are not in the frame.
    """

    file: str
    frame: pd.DataFrame
    ragged_lines: tuple[int, ...] = ()


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
    got = f"{len(names)} other files in {near.name}/" if names else "no file"
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


def read_raw(path: Path, *, folder: Path, wanted: Sequence[str], reading: Reading) -> RawFile:
    """Return the wanted columns of one file as text.

    Parameters
    ----------
    path
        Delimited text (``.csv``, ``.tsv``, ``.txt`` or any other ending, also gzipped), ``.parquet``, ``.xlsx``.
    folder
        The client's folder; messages name files from there.
    wanted
        Names of the columns that the mapping reads.
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
    suffix = path.suffix.lower()
    if suffix in _OTHER_FORMATS:
        raise IntakeError([Problem(file, "a CSV, Parquet or XLSX file", suffix, _OTHER_FORMATS[suffix])])
    raw = _bytes(path, file)
    if not raw.strip(_NOTHING):
        raise IntakeError([Problem(file, "rows of data", "an empty file", "ask the client to export it again")])
    if suffix in {".parquet", ".pq"}:
        header, frame = _parquet(raw, file, wanted, reading)
        ragged: tuple[int, ...] = ()
    elif suffix in _WORKBOOKS:
        header, frame = _workbook(raw, file, wanted, reading)
        ragged = ()
    else:
        _refuse_other_formats(raw, file)
        parts = delimited.parse(raw, file=file, wanted=wanted, reading=reading)
        header, frame, ragged = parts.header, parts.frame, parts.ragged_lines
    problems = _column_problems(header, wanted, file)
    if problems:
        raise IntakeError(problems)
    return RawFile(file, frame.loc[:, list(dict.fromkeys(wanted))], ragged)


def _refuse_other_formats(raw: bytes, file: str) -> None:
    for start, kind, advice in _SIGNATURES:
        if raw.startswith(start):
            raise IntakeError([Problem(file, "delimited text", kind, advice)])


def _bytes(path: Path, file: str) -> bytes:
    try:
        raw = path.read_bytes()
        return gzip.decompress(raw) if path.suffix.lower() == ".gz" else raw
    except (OSError, EOFError, zlib.error) as cause:
        raise IntakeError([Problem(file, "a file that can be read", type(cause).__name__)]) from cause


def _column_problems(header: Sequence[str], wanted: Sequence[str], file: str) -> list[Problem]:
    problems = []
    for name in dict.fromkeys(wanted):
        n = list(header).count(name)
        if n == 1:
            continue
        where = f"{file}, column '{name}'"
        if n > 1:
            problems.append(Problem(where, "each column name once", f"{n} columns of that name", "rename them"))
            continue
        close = closest(name, header) or _alike(name, header)
        shown = ", ".join(title[:_MOST_SHOWN] for title in header[:8]) + (", …" if len(header) > 8 else "")
        problems.append(
            Problem(where, "a column of that name", "", f"did you mean {close}?" if close else f"there are: {shown}")
        )
    return problems


def _alike(name: str, header: Sequence[str]) -> str:
    folded = {"".join(c for c in other.casefold() if c.isalnum()): other for other in header}
    found = folded.get("".join(c for c in name.casefold() if c.isalnum()))
    return f"'{found}'" if found else ""


def _parquet(raw: bytes, file: str, wanted: Sequence[str], reading: Reading) -> tuple[tuple[str, ...], pd.DataFrame]:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        opened = parquet.ParquetFile(io.BytesIO(raw))
        header = tuple(str(name) for name in opened.schema_arrow.names)
        table = opened.read(columns=[name for name in dict.fromkeys(wanted) if name in header])
        columns = {name: _arrow_text(table.column(name), reading.decimal) for name in table.column_names}
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as cause:
        raise IntakeError([Problem(file, "a Parquet file of plain columns", str(cause).splitlines()[0])]) from cause
    return header, pd.DataFrame(columns, index=range(table.num_rows))


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


def _workbook(raw: bytes, file: str, wanted: Sequence[str], reading: Reading) -> tuple[tuple[str, ...], pd.DataFrame]:
    try:
        import openpyxl
    except ImportError as cause:
        raise MissingExtraError.of("openpyxl", "office") from cause
    try:
        book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
    except Exception as cause:  # openpyxl raises whatever its ZIP and XML readers raise
        raise IntakeError(
            [Problem(file, "an XLSX workbook", type(cause).__name__, "save it again as .xlsx")]
        ) from cause
    try:
        name = reading.sheet or book.sheetnames[0]
        if name not in book.sheetnames:
            close = closest(name, book.sheetnames)
            advice = f"did you mean {close}?" if close else f"there are: {', '.join(book.sheetnames[:8])}"
            raise IntakeError([Problem(file, f"a sheet '{name}'", "", advice)])
        rows = [row for row in book[name].iter_rows(values_only=True) if any(cell is not None for cell in row)]
    finally:
        book.close()
    if reading.header is None and not rows:
        raise IntakeError([Problem(file, "rows of data", f"an empty sheet '{name}'")])
    header = tuple(reading.header or (str(cell).strip() if cell is not None else "" for cell in rows[0]))
    body = rows if reading.header else rows[1:]
    columns = {}
    for position, title in enumerate(header):
        if title in wanted:
            cells = [_cell_text(row[position] if position < len(row) else None, reading.decimal) for row in body]
            columns[title] = pd.Series(cells, dtype="str")
    return header, pd.DataFrame(columns, index=range(len(body)))


def _cell_text(cell: object, decimal: str) -> str | None:
    if cell is None:
        return None
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        text = str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
        return text.replace(".", decimal)
    if isinstance(cell, datetime | date | time):
        return cell.isoformat()
    return str(cell)
