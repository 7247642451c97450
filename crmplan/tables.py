"""A client's canonical tables, read through one engine-neutral door.

Computations over whole tables are Ibis expressions on ``tables["orders"]``; only what is small enough to be shown
becomes a pandas frame. The tables of one client are Parquet files in its folder, opened when they are first needed, and
expressions over them, which the engine works out when their table is first looked at or saved.
"""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmplan.errors import UnknownNameError

if TYPE_CHECKING:
    import ibis
    import pyarrow

__all__ = ["Tables"]

_ENGINE_MEMORY = "2GB"
"""What the engine may hold; what is more lies in a folder for temporary files while it works."""


class _Engine:
    """The embedded engine, started when it is first needed; tables made of one another share it."""

    @cached_property
    def connection(self) -> Any:
        import ibis

        folder = tempfile.mkdtemp(prefix="crmplan-")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        # Two threads add up the same amounts in an order of their own, and the last digit of a sum differs from run to
        # run; with one, what is computed again comes out the same.
        # One thread gives rows in the same order every time; to promise more would hold whole tables in memory.
        return ibis.duckdb.connect(
            threads=1, memory_limit=_ENGINE_MEMORY, temp_directory=folder, preserve_insertion_order=False
        )

    def held(self, what: Any) -> ibis.Table:
        """Return a table of the engine's own that holds what a frame or an expression says."""
        import ibis

        return self.connection.create_table(ibis.util.gen_name("held"), what, temp=True)

    def write(self, table: ibis.Table, file: Path) -> None:
        """Write a table while it is computed: what comes of it need not fit in memory.

        Raises
        ------
        OSError
            When it cannot be written.
        """
        import duckdb

        try:
            self.connection.to_parquet(table, file)
        except duckdb.IOException as cause:
            raise OSError(f"{file}: {cause}") from cause


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
        self,
        files: Mapping[str, Path],
        frames: Mapping[str, pd.DataFrame],
        made: Mapping[str, ibis.Table] | None = None,
        *,
        engine: _Engine | None = None,
        home: object | None = None,
    ) -> None:
        self._files = dict(files)
        self._frames = dict(frames)
        self._made = dict(made or {})
        """Expressions over the same engine that nobody has asked for yet."""
        self._engine = engine or _Engine()
        self._home = home
        """Whatever keeps the files in being; they may go when it does."""
        self._opened: dict[str, ibis.Table] = {}

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
        return tuple(sorted({*self._files, *self._frames, *self._made}))

    def __contains__(self, name: object) -> bool:
        return name in self._files or name in self._frames or name in self._made

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __getitem__(self, name: str) -> ibis.Table:
        """Return a table as an Ibis expression."""
        if name not in self:
            raise UnknownNameError.among("table", name, self.names)
        if name not in self._opened:
            self._opened[name] = self._open(name)
        return self._opened[name]

    def _open(self, name: str) -> ibis.Table:
        if name in self._made:
            return self._engine.held(self._made[name])
        if name in self._frames:
            import pyarrow

            return self._engine.held(
                _without_null_types(pyarrow.Table.from_pandas(self._frames[name], preserve_index=False))
            )
        table: ibis.Table = self._engine.connection.read_parquet(self._files[name])
        return table

    def has(self, name: str, *columns: str) -> bool:
        """Return whether the table is there with all these columns."""
        return name in self and set(columns) <= set(self.columns(name))

    def columns(self, name: str) -> tuple[str, ...]:
        """Return the names of a table's columns."""
        if name in self._made:
            return tuple(self._made[name].columns)
        if name in self._frames:
            return tuple(self._frames[name].columns)
        import pyarrow.parquet

        return tuple(pyarrow.parquet.read_schema(self._files[name]).names)

    def count(self, name: str) -> int:
        """Return the number of rows; 0 when the table is not there."""
        if name not in self:
            return 0
        if name in self._made:
            return int(self[name].count().execute())
        if name in self._frames:
            return len(self._frames[name])
        import pyarrow.parquet

        return int(pyarrow.parquet.read_metadata(self._files[name]).num_rows)

    def frame(self, name: str, *columns: str) -> pd.DataFrame:
        """Return a table, or some of its columns, as a new pandas frame."""
        if name in self._frames:
            frame = self._frames[name]
            return (frame[list(columns)] if columns else frame).copy()
        if name in self._made:
            table = self[name].select(*columns) if columns else self[name]
            return _as_frame(table.to_pyarrow())
        if name not in self._files:
            raise UnknownNameError.among("table", name, self.names)
        from pyarrow import parquet

        return _as_frame(parquet.read_table(self._files[name], columns=list(columns) or None))

    def with_frames(self, **frames: pd.DataFrame) -> Tables:
        """Return these tables and more; a frame replaces the table of its name."""
        return self._with(frames, {})

    def with_expressions(self, **made: ibis.Table) -> Tables:
        """Return these tables and more, made of them by expressions; one replaces the table of its name.

        Nothing is computed before a table is looked at or saved, and then it need not fit in memory.

        Examples
        --------
        >>> tables = Tables.from_frames({"orders": pd.DataFrame({"net_amount": [10.0, 5.0]})})
        >>> large = tables["orders"].filter(tables["orders"].net_amount > 7)
        >>> tables.with_expressions(orders=large).frame("orders")["net_amount"].tolist()
        [10.0]
        """
        return self._with({}, made)

    def _with(self, frames: Mapping[str, pd.DataFrame], made: Mapping[str, ibis.Table]) -> Tables:
        new = {*frames, *made}
        more = Tables(
            {name: file for name, file in self._files.items() if name not in new},
            {name: frame for name, frame in self._frames.items() if name not in new} | dict(frames),
            {name: table for name, table in self._made.items() if name not in new} | dict(made),
            engine=self._engine,
            home=self._home,
        )
        more._opened = {name: table for name, table in self._opened.items() if name not in new}
        return more

    def save(self, folder: Path) -> None:
        """Write every table to ``<name>.parquet`` in a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in self.names:
            file = folder / f"{name}.parquet"
            if name in self._frames:
                self._frames[name].to_parquet(file, index=False)
            elif name in self._made:
                self._engine.write(self._opened.get(name, self._made[name]), file)
            else:
                # A table in a file may be larger than memory.
                shutil.copyfile(self._files[name], file)


def _as_frame(arrow: pyarrow.Table) -> pd.DataFrame:
    """Return a frame; a column of yes and no may have gaps, whoever wrote it."""
    import pyarrow

    frame: pd.DataFrame = arrow.to_pandas(types_mapper={pyarrow.bool_(): pd.BooleanDtype()}.get)
    return frame


def _without_null_types(arrow: pyarrow.Table) -> pyarrow.Table:
    """Return the table with columns that hold nothing at all as text: the engine takes no column without a type."""
    import pyarrow

    for place, one in enumerate(arrow.schema):
        if pyarrow.types.is_null(one.type):
            arrow = arrow.set_column(place, one.name, arrow.column(place).cast(pyarrow.string()))
    return arrow
