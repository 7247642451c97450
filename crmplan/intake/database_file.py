"""Databases that are one file: SQLite, as many small programs keep their data, and DuckDB."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

import pandas as pd

from crmplan.errors import IntakeError, Problem
from crmplan.intake.delimited import Delimited
from crmplan.intake.workbook import cell_text, sheets_meant
from crmplan.sources import Reading

__all__ = ["parse_duckdb", "parse_sqlite", "relations"]


def relations(path: Path, *, file: str, is_sqlite: bool) -> list[str]:
    """Return the names of a database file's tables and views.

    Raises
    ------
    IntakeError
        When the file is damaged or no such database.
    """
    return _sqlite_names(path, file) if is_sqlite else _duckdb_names(path, file)


def parse_sqlite(path: Path, *, file: str, wanted: Sequence[str] | None, reading: Reading) -> list[Delimited]:
    """Return the wanted columns of every table that is meant, as text.

    SQLite lets a column hold values of any type; each value is taken as it is, so nothing is lost to a declared type.

    Raises
    ------
    IntakeError
        When the file is damaged, or holds no such table.
    """
    names = sheets_meant(_sqlite_names(path, file), reading.sheet, file, "table")
    found = []
    for name in names:
        try:
            with _sqlite(path) as connection:
                connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
                header = tuple(str(row[1]) for row in connection.execute(f"pragma table_info({_quoted(name)})"))
                chosen = [title for title in header if wanted is None or title in wanted]
                listed = ", ".join(_quoted(title) for title in chosen) or "1"
                rows = connection.execute(f"select {listed} from {_quoted(name)}").fetchall()  # noqa: S608 - names are quoted
        except (sqlite3.Error, OverflowError) as cause:
            raise _damaged(file, cause) from cause
        columns = {
            title: pd.Series([cell_text(row[at], reading.decimal) for row in rows]).astype("str")
            for at, title in enumerate(chosen)
        }
        found.append(Delimited(header, pd.DataFrame(columns, index=range(len(rows))), ()))
    return found


def parse_duckdb(path: Path, *, file: str, wanted: Sequence[str] | None, reading: Reading) -> list[Delimited]:
    """Return the wanted columns of every table that is meant, as text.

    Raises
    ------
    IntakeError
        When the file is damaged, or holds no such table.
    """
    import duckdb

    names = sheets_meant(_duckdb_names(path, file), reading.sheet, file, "table")
    found = []
    for name in names:
        try:
            with duckdb.connect(str(path), read_only=True) as connection:
                described = connection.execute(f"describe {_quoted(name)}").fetchall()
                header = tuple(str(row[0]) for row in described)
                chosen = [title for title in header if wanted is None or title in wanted]
                kinds = {str(row[0]): str(row[1]) for row in described}
                listed = ", ".join(_as_text(title, kinds[title], reading.decimal) for title in chosen) or "1"
                rows = connection.execute(f"select {listed} from {_quoted(name)}").fetchall()  # noqa: S608 - names are quoted
        except (duckdb.Error, UnicodeDecodeError) as cause:
            raise _damaged(file, cause) from cause
        columns = {title: pd.Series([row[at] for row in rows], dtype="str") for at, title in enumerate(chosen)}
        found.append(Delimited(header, pd.DataFrame(columns, index=range(len(rows))), ()))
    return found


def _sqlite(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True)


def _sqlite_names(path: Path, file: str) -> list[str]:
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
    is_fraction = kind.startswith(("DECIMAL", "DOUBLE", "FLOAT"))
    return f"replace({text}, '.', '{decimal}')" if is_fraction and decimal != "." else text


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _damaged(file: str, cause: Exception) -> IntakeError:
    said = str(cause).splitlines()[0] if str(cause) else type(cause).__name__
    advice = "copy it again while no program writes to it"
    return IntakeError([Problem(file, "a database that can be read", said, advice)])
