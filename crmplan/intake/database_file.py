"""Databases that are one file: SQLite, as many small programs keep their data, and DuckDB."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pandas as pd

from crmplan.errors import IntakeError, Problem
from crmplan.intake.pieces import Pieces
from crmplan.intake.workbook import cell_text, sheets_meant
from crmplan.sources import Reading

__all__ = ["duckdb_pieces", "relations", "sqlite_pieces"]

_ROWS_A_BATCH = 50_000
_FRACTIONS = ("DECIMAL", "DOUBLE", "FLOAT")
_NUMBERS = (
    *_FRACTIONS,
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "HUGEINT",
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
    "UBIGINT",
)


def relations(path: Path, *, file: str, is_sqlite: bool) -> list[str]:
    """Return the names of a database file's tables and views.

    Raises
    ------
    IntakeError
        When the file is damaged or no such database.
    """
    return _sqlite_names(path, file) if is_sqlite else _duckdb_names(path, file)


def sqlite_pieces(path: Path, *, file: str, wanted: Sequence[str] | None, reading: Reading) -> list[Pieces]:
    """Return the wanted columns of every table that is meant, as text, piece by piece.

    SQLite lets a column hold values of any type; each value is taken as it is, so nothing is lost to a declared type.

    Raises
    ------
    IntakeError
        When the file is damaged, or holds no such table; a damaged part may show only after many pieces.
    """
    names = sheets_meant(_sqlite_names(path, file), reading.sheet, file, "table")
    return [_of_sqlite(path, name, file, wanted, reading.decimal) for name in names]


def _of_sqlite(path: Path, name: str, file: str, wanted: Sequence[str] | None, decimal: str) -> Pieces:
    try:
        with closing(_sqlite(path)) as connection:
            header = [str(row[1]) for row in connection.execute(f"pragma table_info({_quoted(name)})")]
    except (sqlite3.Error, OverflowError) as cause:
        raise _damaged(file, cause) from cause
    chosen = [title for title in header if wanted is None or title in wanted]
    listed = ", ".join(_quoted(title) for title in chosen) or "1"
    numbers = set(chosen)

    def frames() -> Iterator[pd.DataFrame]:
        try:
            with closing(_sqlite(path)) as connection:
                connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
                cursor = connection.execute(f"select {listed} from {_quoted(name)}")  # noqa: S608 - names are quoted
                for rows in _batches(cursor):
                    # Any cell of a column may be a text here, whatever its declared type.
                    texts = {title for at, title in enumerate(chosen) if any(isinstance(row[at], str) for row in rows)}
                    numbers.difference_update(texts)
                    yield _frame([[cell_text(cell, decimal) for cell in row] for row in rows], chosen)
        except (sqlite3.Error, OverflowError) as cause:
            raise _damaged(file, cause) from cause

    return Pieces(frames(), header, numbers=numbers)


def duckdb_pieces(path: Path, *, file: str, wanted: Sequence[str] | None, reading: Reading) -> list[Pieces]:
    """Return the wanted columns of every table that is meant, as text, piece by piece.

    Raises
    ------
    IntakeError
        When the file is damaged, or holds no such table; a damaged part may show only after many pieces.
    """
    names = sheets_meant(_duckdb_names(path, file), reading.sheet, file, "table")
    return [_of_duckdb(path, name, file, wanted, reading.decimal) for name in names]


def _of_duckdb(path: Path, name: str, file: str, wanted: Sequence[str] | None, decimal: str) -> Pieces:
    import duckdb

    errors = (duckdb.Error, UnicodeDecodeError)
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            kinds = {str(row[0]): str(row[1]) for row in connection.execute(f"describe {_quoted(name)}").fetchall()}
    except errors as cause:
        raise _damaged(file, cause) from cause
    chosen = [title for title in kinds if wanted is None or title in wanted]
    listed = ", ".join(_as_text(title, kinds[title], decimal) for title in chosen) or "1"

    def frames() -> Iterator[pd.DataFrame]:
        try:
            with duckdb.connect(str(path), read_only=True) as connection:
                for rows in _batches(connection.execute(f"select {listed} from {_quoted(name)}")):  # noqa: S608 - quoted
                    yield _frame(rows, chosen)
        except errors as cause:
            raise _damaged(file, cause) from cause

    return Pieces(frames(), list(kinds), numbers={title for title in chosen if kinds[title].startswith(_NUMBERS)})


def _batches(cursor: Any) -> Iterator[list[tuple[Any, ...]]]:
    """Yield rows in batches; one without rows where there are none at all."""
    rows = cursor.fetchmany(_ROWS_A_BATCH)
    yield rows
    while rows:
        rows = cursor.fetchmany(_ROWS_A_BATCH)
        if rows:
            yield rows


def _frame(rows: Sequence[Sequence[str | None]], titles: Sequence[str]) -> pd.DataFrame:
    columns = {title: pd.Series([row[at] for row in rows], dtype="str") for at, title in enumerate(titles)}
    return pd.DataFrame(columns, index=range(len(rows)))


def _sqlite(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True)


def _refuse_cut_off(path: Path, file: str) -> None:
    """Raise where a database is shorter than it says itself: what is missing would be read as nothing."""
    with path.open("rb") as stream:
        head = stream.read(100)
    bytes_a_page = int.from_bytes(head[16:18], "big")
    n_bytes = (65_536 if bytes_a_page == 1 else bytes_a_page) * int.from_bytes(head[28:32], "big")
    # The number of pages counts only where it was written with the last change.
    if head[24:28] == head[92:96] and path.stat().st_size < n_bytes:
        got = f"{path.stat().st_size:,} of {n_bytes:,} bytes"
        raise IntakeError([Problem(file, "a database that can be read", got, "copy it again, the whole of it")])


def _sqlite_names(path: Path, file: str) -> list[str]:
    _refuse_cut_off(path, file)
    try:
        with _sqlite(path) as connection:
            rows = connection.execute(
                "select name from sqlite_master where type in ('table', 'view') and name not like 'sqlite_%' order by 1"
            )
            return [str(name) for (name,) in rows]
    except sqlite3.Error as cause:
        raise _damaged(file, cause) from cause


def _duckdb_names(path: Path, file: str) -> list[str]:
    import duckdb

    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            rows = connection.execute("select table_name from information_schema.tables order by 1").fetchall()
            return [str(name) for (name,) in rows]
    except (duckdb.Error, UnicodeDecodeError) as cause:
        raise _damaged(file, cause) from cause


def _as_text(title: str, kind: str, decimal: str) -> str:
    text = f"cast({_quoted(title)} as varchar)"
    is_fraction = kind.startswith(_FRACTIONS)
    return f"replace({text}, '.', '{decimal}')" if is_fraction and decimal != "." else text


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _damaged(file: str, cause: Exception) -> IntakeError:
    said = str(cause).splitlines()[0] if str(cause) else type(cause).__name__
    advice = "copy it again while no program writes to it"
    return IntakeError([Problem(file, "a database that can be read", said, advice)])
