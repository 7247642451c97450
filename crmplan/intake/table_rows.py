"""The converted rows of one table: in memory while they are few, in a file once they are many."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from crmplan.errors import IntakeError, Problem

__all__ = ["HELD_BYTES", "Folder", "TableRows", "connected"]

HELD_BYTES = 64_000_000
"""How many bytes of a table's rows are held in memory, about; what is more goes to a file."""

_PIECE_ROWS = 100_000
_ENGINE_MEMORY = "256MB"


class Folder:
    """A folder inside the client's for rows on their way, made when first needed; it goes when nobody uses it."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._path: Path | None = None

    @property
    def path(self) -> Path:
        """The folder.

        Raises
        ------
        IntakeError
            When nothing can be written there.
        """
        if self._path is None:
            try:
                self._home.mkdir(parents=True, exist_ok=True)
                self._path = Path(tempfile.mkdtemp(prefix="rows-", dir=self._home))
            except OSError as cause:
                where, advice = str(self._home), "make the client's folder writable: its data do not fit in memory"
                raise IntakeError([Problem(where, "a folder to write to", type(cause).__name__, advice)]) from cause
            weakref.finalize(self, shutil.rmtree, self._path, ignore_errors=True)
        return self._path


class TableRows:
    """Rows of one table that are put in piece by piece and gone through piece by piece.

    Parameters
    ----------
    name
        Name of the table.
    folder
        Where its file may be made; all rows stay in memory when None.
    held_bytes
        How much may stay in memory.

    Examples
    --------
    >>> rows = TableRows.of("orders", pd.DataFrame({"order_id": ["1", "2"]}))
    >>> len(rows), rows.columns, [len(piece) for piece in rows.pieces()]
    (2, ('order_id',), [2])
    """

    def __init__(self, name: str, folder: Folder | None = None, *, held_bytes: int = HELD_BYTES) -> None:
        self.name = name
        self._folder = folder
        self._most = held_bytes
        self._held: list[pd.DataFrame] = []
        self._n_bytes = 0
        self._n_rows = 0
        self._columns: tuple[str, ...] = ()
        self._file: Path | None = None
        self._writer: Any = None

    @classmethod
    def of(cls, name: str, frame: pd.DataFrame) -> TableRows:
        """Return the rows of a frame."""
        rows = cls(name)
        rows.add(frame)
        return rows

    def __len__(self) -> int:
        return self._n_rows

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""
        return self._columns

    @property
    def file(self) -> Path | None:
        """The file, complete, where the rows are in one; else None."""
        self._finish()
        return self._file

    def add(self, frame: pd.DataFrame) -> None:
        """Put in more rows, with the columns and types of those before."""
        self._columns = self._columns or tuple(frame.columns)
        self._n_rows += len(frame)
        if self._writer is None:
            self._held.append(frame)
            self._n_bytes += int(frame.memory_usage().sum())
            if self._folder is None or self._n_bytes <= self._most or not self._n_rows:
                return
            self._begin_file(frame)
            waiting, self._held = self._held, []
        else:
            waiting = [frame]
        for one in waiting:
            self._writer.write_table(_arrow(one, self._writer.schema))

    def frame(self) -> pd.DataFrame:
        """Return all rows at once."""
        if self.file is not None:
            return pd.read_parquet(self.file)
        if len(self._held) != 1:
            self._held = [pd.concat(self._held, ignore_index=True)] if self._held else [pd.DataFrame()]
        return self._held[0]

    def pieces(self) -> Iterator[pd.DataFrame]:
        """Yield the rows piece by piece, in order."""
        if self.file is None:
            yield from self._held
            return
        import pyarrow as pa
        from pyarrow import parquet

        with parquet.ParquetFile(self.file) as opened:
            for batch in opened.iter_batches(_PIECE_ROWS):
                yield pa.Table.from_batches([batch]).to_pandas()

    def put_into(self, connection: Any, name: str) -> None:
        """Make the rows a view of an engine's connection."""
        if self.file is not None:
            connection.read_parquet(str(self.file)).create_view(name)
        else:
            connection.register(name, _arrow(self.frame()))

    def _begin_file(self, frame: pd.DataFrame) -> None:
        from pyarrow import parquet

        if self._folder is None:
            return
        self._file = self._folder.path / f"{self.name}-{id(self)}.parquet"
        self._writer = parquet.ParquetWriter(self._file, _arrow(frame).schema, compression="zstd")

    def _finish(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None


def connected(folder: Folder | None) -> Any:
    """Return an engine that keeps to little memory: what is more than that goes to the folder, while it works."""
    import duckdb

    connection = duckdb.connect()
    connection.execute(f"set memory_limit = '{_ENGINE_MEMORY}'")
    connection.execute("set threads = 1")
    if folder is not None:
        connection.execute("set temp_directory = ?", [str(folder.path)])
    return connection


def _arrow(frame: pd.DataFrame, schema: Any = None) -> Any:
    import pyarrow as pa

    return pa.Table.from_pandas(frame, schema=schema, preserve_index=False)
