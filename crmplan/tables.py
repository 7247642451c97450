"""A client's canonical tables, read through one engine-neutral door.

Computations over whole tables are Ibis expressions on ``tables["orders"]``; only what is small enough to be shown
becomes a pandas frame. The tables of one client are Parquet files in its folder, opened when they are first needed.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmplan.errors import UnknownNameError

if TYPE_CHECKING:
    import ibis
    import pyarrow

__all__ = ["Tables"]


class Tables:
    """Named tables; immutable.

    Examples
    --------
    >>> tables = Tables.from_frames({"orders": pd.DataFrame({"order_id": ["a", "b"], "net_amount": [10.0, 5.0]})})
    >>> tables.has("orders", "net_amount"), tables.has("orders", "cost"), tables.has("contracts")
    (True, False, False)
    >>> float(tables["orders"].net_amount.sum().execute())
    15.0
    """

    def __init__(
        self, files: Mapping[str, Path], frames: Mapping[str, pd.DataFrame], *, home: object | None = None
    ) -> None:
        self._files = dict(files)
        self._frames = dict(frames)
        self._home = home
        """Whatever keeps the files in being; they may go when it does."""
        self._connection: Any = None
        self._opened: dict[str, Any] = {}

    @classmethod
    def from_frames(cls, frames: Mapping[str, pd.DataFrame]) -> Tables:
        """Return tables held in memory."""
        return cls({}, frames)

    @classmethod
    def from_folder(cls, folder: Path) -> Tables:
        """Return the tables kept as ``<name>.parquet`` in a folder."""
        return cls({file.stem: file for file in sorted(folder.glob("*.parquet"))}, {})

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the tables, sorted."""
        return tuple(sorted({*self._files, *self._frames}))

    def __contains__(self, name: object) -> bool:
        return name in self._files or name in self._frames

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __getitem__(self, name: str) -> ibis.Table:
        """Return a table as an Ibis expression."""
        if name not in self:
            raise UnknownNameError.among("table", name, self.names)
        if name not in self._opened:
            import ibis
            import pyarrow

            if self._connection is None:
                # Two threads add up the same amounts in an order of their own, and the last digit of a sum differs
                # from run to run; with one, what is computed again comes out the same.
                self._connection = ibis.duckdb.connect(threads=1)
            if name in self._frames:
                arrow = _without_null_types(pyarrow.Table.from_pandas(self._frames[name], preserve_index=False))
                self._opened[name] = self._connection.create_table(name, arrow, temp=True)
            else:
                self._opened[name] = self._connection.read_parquet(self._files[name], table_name=name)
        return self._opened[name]

    def has(self, name: str, *columns: str) -> bool:
        """Return whether the table is there with all these columns."""
        return name in self and set(columns) <= set(self.columns(name))

    def columns(self, name: str) -> tuple[str, ...]:
        """Return the names of a table's columns."""
        if name in self._frames:
            return tuple(self._frames[name].columns)
        import pyarrow.parquet

        return tuple(pyarrow.parquet.read_schema(self._files[name]).names)

    def count(self, name: str) -> int:
        """Return the number of rows; 0 when the table is not there."""
        if name not in self:
            return 0
        if name in self._frames:
            return len(self._frames[name])
        import pyarrow.parquet

        return int(pyarrow.parquet.read_metadata(self._files[name]).num_rows)

    def frame(self, name: str, *columns: str) -> pd.DataFrame:
        """Return a table, or some of its columns, as a new pandas frame."""
        if name in self._frames:
            frame = self._frames[name]
            return (frame[list(columns)] if columns else frame).copy()
        if name not in self._files:
            raise UnknownNameError.among("table", name, self.names)
        return pd.read_parquet(self._files[name], columns=list(columns) or None)

    def with_frames(self, **frames: pd.DataFrame) -> Tables:
        """Return these tables and more; a frame replaces the table of its name."""
        files = {name: file for name, file in self._files.items() if name not in frames}
        return Tables(files, {**self._frames, **frames}, home=self._home)

    def save(self, folder: Path) -> None:
        """Write every table to ``<name>.parquet`` in a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in self.names:
            if name in self._frames:
                self._frames[name].to_parquet(folder / f"{name}.parquet", index=False)
            else:
                # A table in a file may be larger than memory.
                shutil.copyfile(self._files[name], folder / f"{name}.parquet")


def _without_null_types(arrow: pyarrow.Table) -> pyarrow.Table:
    """Return the table with columns that hold nothing at all as text: the engine takes no column without a type."""
    import pyarrow

    for place, one in enumerate(arrow.schema):
        if pyarrow.types.is_null(one.type):
            arrow = arrow.set_column(place, one.name, arrow.column(place).cast(pyarrow.string()))
    return arrow
