"""What a file is: by how it begins, and by its name only where that leaves it open."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Literal

from crmplan.errors import IntakeError, Problem
from crmplan.intake.text_file import opened_bytes, unreadable
from crmplan.sources import Reading

__all__ = ["Format", "bytes_of", "format_of", "name_in"]

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
_OTHER_FORMATS = {".ods": "save it as .xlsx or .csv", ".pdf": "ask for a table"}
_REFUSED = (
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", "save it as .xlsx or .csv"),
    (b"%PDF-", "a PDF", "ask for a table"),
    (b"<html", "a web page", "ask for the export as CSV, not for what a browser shows"),
    (b"<!doctype", "a web page", "ask for the export as CSV, not for what a browser shows"),
)
"""How files begin that hold no table, whatever they are called."""
_BLOCK_BYTES = 1_000_000
_NOTHING = b" \t\r\n\x00\xef\xbb\xbf\xff\xfe"


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
    head = bytes_of(path, file, most=65_536)
    if not head.strip(_NOTHING) and _is_blank(path, file):
        raise IntakeError([Problem(file, "rows of data", "an empty file", "ask the client to export it again")])
    for start, kind, advice in _REFUSED:
        if head.lstrip(_NOTHING).lower().startswith(start.lower()):
            raise IntakeError([Problem(file, "a table", kind, advice)])
    for start, found in _BY_CONTENT:
        if head.startswith(start):
            return found
    if head[8:12] == b"DUCK":
        return "duckdb"
    if head.lstrip(_NOTHING).startswith((b'{"', b"[{")):
        return "json"
    name = path.with_suffix("") if suffix == ".gz" else path
    known = _BY_NAME.get(name.suffix.lower(), "delimited")
    return "fixed" if known == "delimited" and reading is not None and reading.widths else known


def name_in(folder: Path, path: Path) -> str:
    """Return how messages call a file: by its path inside the client's folder."""
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name


def bytes_of(path: Path, file: str, *, most: int = -1) -> bytes:
    """Return the bytes of a file, unpacked, at most so many of them.

    Raises
    ------
    IntakeError
        When it cannot be read.
    """
    try:
        with opened_bytes(path) as stream:
            return stream.read(most)
    except (OSError, EOFError, zlib.error) as cause:
        raise unreadable(file, cause) from cause


def _is_blank(path: Path, file: str) -> bool:
    try:
        with opened_bytes(path) as stream:
            return not any(block.strip(_NOTHING) for block in iter(lambda: stream.read(_BLOCK_BYTES), b""))
    except (OSError, EOFError, zlib.error) as cause:
        raise unreadable(file, cause) from cause
