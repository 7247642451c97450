"""Tables of a system's database, copied once into the client's folder; from there on they are exports like any other.

A database changes while one works. A copy does not: it has a fingerprint, it can be read where the database cannot be
reached, and the report can be made again from it. Copying streams, so a table may be larger than memory. Every value
is taken as the text that the database itself writes, so that no digit is lost on the way.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from crmplan.durable import beside
from crmplan.engagement import Engagement
from crmplan.errors import IntakeError, MissingExtraError, Problem, closest
from crmplan.intake.workbook import cell_text
from crmplan.sources import Lookup, Source, TableMapping

__all__ = ["Fetched", "fetch_tables", "password_name"]

_ROWS_A_BATCH = 50_000
_TABLES = (
    "select table_schema, table_name from information_schema.tables "
    "where table_schema not in ('pg_catalog', 'information_schema') order by 1, 2"
)


@dataclass(frozen=True, slots=True)
class Fetched:
    """One table that was copied, or that was there already (``n_rows`` is then None)."""

    source: str
    relation: str
    file: str
    n_rows: int | None


def password_name(source: str) -> str:
    """Return the name of the environment variable that holds the password of a source's database.

    Examples
    --------
    >>> password_name("web-shop")
    'CRMPLAN_WEB_SHOP_PASSWORD'
    """
    return f"CRMPLAN_{source.upper().replace('-', '_')}_PASSWORD"


def fetch_tables(
    engagement: Engagement, *, only: str = "", again: bool = False, environment: Mapping[str, str] | None = None
) -> tuple[Fetched, ...]:
    """Copy the tables that the mapping names from the sources' databases into the client's folder.

    Parameters
    ----------
    engagement
        Its sources say which ``database`` they have, and their tables which ``relation`` becomes which ``file``.
    only
        Name of the one source to copy from; all when empty.
    again
        Replace files that are there; otherwise they are left as they are.
    environment
        Where passwords are looked up; the process's own when not given.

    Returns
    -------
    tuple of Fetched
        One entry a file. Files are Parquet, all columns text; each appears only when it is complete.

    Raises
    ------
    IntakeError
        When a database cannot be reached or lacks a table; carries the problems of all sources.
    MissingExtraError
        When PostgreSQL is to be read and its driver is not installed.
    """
    known = os.environ if environment is None else environment
    problems: list[Problem] = []
    done: list[Fetched] = []
    for source in engagement.sources:
        if only and source.name != only:
            continue
        exports = [one for mapping in source.tables for one in mapping.exports]
        wanted = {one.file: one for one in exports if one.relation is not None}
        missing = {file: one for file, one in wanted.items() if again or not (engagement.folder / file).exists()}
        done += [
            Fetched(source.name, str(one.relation), file, None) for file, one in wanted.items() if file not in missing
        ]
        if missing:
            try:
                done += _copied(source, list(missing.values()), engagement.folder, known)
            except IntakeError as error:
                problems += error.problems
    if problems:
        raise IntakeError(problems)
    return tuple(done)


def _copied(
    source: Source, tables: Sequence[TableMapping | Lookup], folder: Path, known: Mapping[str, str]
) -> Iterator[Fetched]:
    where = f"engagement.yaml, source '{source.name}'"
    if source.database is None:
        advice = "write its address, such as postgresql://reader@db.example/shop"
        raise IntakeError([Problem(where, "a 'database' to copy from", "", advice)])
    with _opened(source, folder, known) as database:
        names = database.relations()
        unknown = [one for one in tables if _found(str(one.relation), names) is None]
        if unknown:
            shown = [".".join(name) for name in names]
            raise IntakeError([_no_such_table(where, str(one.relation), shown) for one in unknown])
        for one in tables:
            name = _found(str(one.relation), names)
            if name is not None:
                header, batches = database.rows(name)
                n_rows = _written(folder / one.file, header, batches)
                yield Fetched(source.name, str(one.relation), one.file, n_rows)


def _no_such_table(where: str, relation: str, names: Sequence[str]) -> Problem:
    close = closest(relation, [*names, *(name.rpartition(".")[2] for name in names)])
    advice = f"did you mean {close}?" if close else f"there are: {', '.join(names[:8]) or 'none'}"
    return Problem(where, f"a table '{relation}' in the database", "", advice)


def _found(relation: str, names: Sequence[tuple[str, str]]) -> tuple[str, str] | None:
    fitting = [name for name in names if relation in {name[1], f"{name[0]}.{name[1]}"}]
    return next((name for name in fitting if name[0] in {"public", "main"}), fitting[0] if fitting else None)


def _written(path: Path, header: Sequence[str], batches: Iterator[Sequence[Sequence[str | None]]]) -> int:
    """Write rows to a Parquet file of text that takes its name only when it is complete; return how many."""
    import pyarrow as pa
    from pyarrow import parquet

    path.parent.mkdir(parents=True, exist_ok=True)
    schema = pa.schema([(name, pa.string()) for name in header])
    n_rows = 0
    with beside(path) as draft, parquet.ParquetWriter(draft, schema, compression="zstd") as writer:
        for rows in batches:
            columns = [pa.array([row[at] for row in rows], pa.string()) for at in range(len(header))]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))
            n_rows += len(rows)
    return n_rows


class _Database:
    """An open database: what tables it has, and the rows of one as text."""

    quote_mark = '"'

    def __init__(self, connection: Any, tables: str, as_text: str) -> None:
        self._connection = connection
        self._tables = tables
        self._as_text = as_text

    def relations(self) -> list[tuple[str, str]]:
        """Return schema and name of every table and view."""
        with closing(self._connection.cursor()) as cursor:
            cursor.execute(self._tables)
            return [(str(schema), str(name)) for schema, name in cursor.fetchall()]

    def rows(self, name: tuple[str, str]) -> tuple[tuple[str, ...], Iterator[Sequence[Sequence[str | None]]]]:
        """Return the column names of a table, and its rows in batches."""
        table = f"{_quoted(name[0])}.{_quoted(name[1])}"
        with closing(self._connection.cursor()) as cursor:
            cursor.execute(f"select * from {table} limit 0")  # noqa: S608 - the name comes from the database and is quoted
            header = tuple(str(column[0]) for column in cursor.description)
        listed = ", ".join(self._as_text.format(_quoted(title)) for title in header)
        return header, self._batches(f"select {listed} from {table}")  # noqa: S608 - quoted likewise

    def _batches(self, query: str) -> Iterator[Sequence[Sequence[str | None]]]:
        with closing(self._connection.cursor()) as cursor:
            cursor.execute(query)
            while rows := cursor.fetchmany(_ROWS_A_BATCH):
                yield [[cell_text(cell, ".") for cell in row] for row in rows]


@contextmanager
def _opened(source: Source, folder: Path, known: Mapping[str, str]) -> Iterator[_Database]:
    address = str(source.database)
    try:
        if address.startswith("postgresql://"):
            with closing(_postgresql(source.name, address, known)) as connection:
                yield _Database(connection, _TABLES, "{}::text")
        else:
            path = folder / unquote(address.partition(":///")[2])
            if not path.is_file():
                raise IntakeError([Problem(f"engagement.yaml, source '{source.name}'", f"a database {path.name}")])
            if address.startswith("sqlite"):
                with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as connection:
                    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
                    query = "select 'main', name from sqlite_master where type in ('table', 'view') order by 2"
                    yield _Database(connection, query, "{}")
            else:
                import duckdb

                with closing(duckdb.connect(str(path), read_only=True)) as connection:
                    yield _Database(connection, _TABLES, "cast({} as varchar)")
    except IntakeError:
        raise
    except Exception as cause:  # each driver has errors of its own
        if type(cause).__module__.partition(".")[0] not in {"adbc_driver_manager", "duckdb", "_duckdb", "sqlite3"}:
            raise
        raise IntakeError([_unreachable(source, cause, known)]) from None


def _postgresql(source: str, address: str, known: Mapping[str, str]) -> Any:
    try:
        from adbc_driver_postgresql import dbapi
    except ImportError as cause:
        raise MissingExtraError.of("adbc-driver-postgresql", "databases") from cause
    parts = urlsplit(address)
    password = known.get(password_name(source), "")
    if password:
        user, _, host = parts.netloc.rpartition("@")
        parts = parts._replace(netloc=f"{user}:{quote(password, safe='')}@{host}")
    # Whatever a view or a trigger may do, nothing of the client's is changed; and days are written as ISO has them.
    options = quote("-c default_transaction_read_only=on -c datestyle=ISO")
    query = f"{parts.query}&options={options}" if parts.query else f"options={options}"
    return dbapi.connect(parts._replace(query=query).geturl())


def _unreachable(source: Source, cause: Exception, known: Mapping[str, str]) -> Problem:
    said = str(cause).splitlines()[0] if str(cause) else type(cause).__name__
    password = known.get(password_name(source.name), "")
    said = said.replace(password, "***") if password else said
    advice = f"check its address; the password is read from {password_name(source.name)}"
    return Problem(f"engagement.yaml, source '{source.name}'", "a database that can be read", said, advice)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
