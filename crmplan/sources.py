"""Which exports came from which system, how each is written, and how its columns become canonical ones.

These are the models of the ``sources`` section of ``engagement.yaml``: what a consultant agrees with the client's
people about their data, written down before anything is computed.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from crmplan.errors import closest
from crmplan.schema import TABLES

__all__ = [
    "SHORT_ID",
    "ColumnMapping",
    "FolderPath",
    "Lookup",
    "Reading",
    "ShortId",
    "Source",
    "Strict",
    "TableMapping",
    "inside_folder",
]

SHORT_ID = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")


def _short_id(text: str) -> str:
    if not SHORT_ID.match(text):
        raise ValueError("use letters, digits, '_' and '-' only")
    return text


def inside_folder(text: str) -> str:
    """Return a path with slashes, or raise ValueError when it leads out of the client's folder."""
    path = PurePosixPath(text.replace("\\", "/"))
    is_pattern_odd = any("**" in part and part != "**" for part in path.parts)
    if not path.parts or path.is_absolute() or ".." in path.parts or ":" in text or "\0" in text or is_pattern_odd:
        raise ValueError("give a path inside the client's folder, such as data/orders.csv")
    return str(path)


def _one_mark(text: str) -> str:
    if not text or any(mark in text for mark in '"\r\n\0'):
        raise ValueError("write the character that parts the cells, such as ';', or tab or whitespace")
    return text


def _without_password(text: str) -> str:
    scheme = text.partition("://")[0]
    if scheme not in {"postgresql", "sqlite", "duckdb"}:
        raise ValueError("write postgresql://user@host/name, sqlite:///path or duckdb:///path")
    address = text.partition("://")[2].partition("/")[0]
    if ":" in address.rpartition("@")[0] or "password" in text.partition("?")[2].casefold():
        raise ValueError("take the password out; it is read from the environment when the data are fetched")
    return text


ShortId = Annotated[str, AfterValidator(_short_id)]
FolderPath = Annotated[str, AfterValidator(inside_folder)]


class Strict(BaseModel):
    """A part of ``engagement.yaml``: a key that it does not know is refused, and nothing is changed once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class ColumnMapping(Strict):
    """How one canonical column is filled; exactly one origin is given.

    The origin is a ``column`` of the export, a ``constant``, ``row_number: true`` (for exports without a number of
    their own: the rows counted from 1 through all files of the mapping, in order of name; a row so numbered is no
    duplicate of another), ``total_of`` (two or more columns added, an empty cell counting as 0), ``difference_of``
    (the first column less the second; empty where either is), ``product_of`` (two columns multiplied, such as pieces
    and price; empty where either is) or ``joined`` (texts put together with a blank, such as first and last name).

    ``values`` translates what the export writes; ``scale`` multiplies numbers; ``formats`` are the date formats to
    try in order, in strptime notation, or ``excel`` (days as a spreadsheet counts them), ``unix`` (seconds since
    1970) and ``unix_ms`` (thousandths of them).
    """

    column: str | None = None
    constant: str | float | bool | None = None
    row_number: Literal[True] | None = None
    total_of: Annotated[tuple[str, ...], Field(min_length=2)] | None = None
    difference_of: tuple[str, str] | None = None
    product_of: tuple[str, str] | None = None
    joined: Annotated[tuple[str, ...], Field(min_length=2)] | None = None
    values: dict[str, str | bool | float | None] | None = None
    formats: tuple[str, ...] | None = None
    scale: float | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> ColumnMapping:
        origins = (
            self.column,
            self.constant,
            self.row_number,
            self.total_of,
            self.difference_of,
            self.product_of,
            self.joined,
        )
        if sum(origin is not None for origin in origins) != 1:
            known = "'column', 'constant', 'row_number', 'total_of', 'difference_of', 'product_of' and 'joined'"
            raise ValueError(f"give one of {known}")
        return self

    @property
    def raw_columns(self) -> tuple[str, ...]:
        """Columns of the export that it reads."""
        if self.column is not None:
            return (self.column,)
        return self.total_of or self.difference_of or self.product_of or self.joined or ()


class Reading(Strict):
    """How the raw file is written; what is not given is found out.

    ``delimiter`` (``whitespace`` for runs of blanks), ``encoding`` and ``decimal`` mark; ``widths`` of the columns of
    a file without delimiter, in characters; ``header`` names the columns of a file that does not, ``header_row`` says
    in which row they stand where titles come before; ``sheet`` names a sheet of a workbook or a table of a database
    file, and may hold ``*`` for several of one shape.
    """

    delimiter: Annotated[str, AfterValidator(_one_mark)] | None = None
    encoding: str | None = None
    header: tuple[str, ...] | None = None
    header_row: Annotated[int, Field(ge=1)] | None = None
    widths: Annotated[tuple[Annotated[int, Field(ge=1)], ...], Field(min_length=1)] | None = None
    sheet: str | None = None
    decimal: Literal[".", ","] = "."

    @model_validator(mode="after")
    def _one_way(self) -> Reading:
        if self.widths and self.delimiter:
            raise ValueError("give 'widths' or a 'delimiter', not both")
        if self.header and self.header_row:
            raise ValueError("give 'header' or 'header_row', not both")
        if self.widths and self.header and len(self.widths) != len(self.header):
            raise ValueError(f"there are {len(self.widths)} widths and {len(self.header)} names under 'header'")
        return self


def _as_mapping(value: Any) -> Any:
    return {"column": value} if isinstance(value, str) else value


class Lookup(Strict):
    """Another export in which every row of this one looks something up: an order line its order.

    ``on`` says by which columns, as ``{column of this export: column of that one}``. Columns found there are called by
    the lookup's ``name``, a point and their own name (``order.CustomerId``); a lookup may be made on what one before
    it has found. ``total`` names the column of that export
    to which the amounts of its rows here add up, for reconciliation.
    """

    name: ShortId
    file: FolderPath
    relation: str | None = None
    reading: Reading = Reading()
    on: Annotated[dict[str, str], Field(min_length=1)]
    total: str | None = None
    left_out: tuple[str, ...] | None = None
    """As in :class:`TableMapping`."""


class TableMapping(Strict):
    """One raw file (a pattern may name several of one shape) and the canonical table its rows become.

    ``relation`` is the table of the source's database that ``crmplan fetch`` copies into ``file``; ``lookups`` are
    exports that complete its rows.
    """

    table: str
    file: FolderPath
    relation: str | None = None
    columns: dict[str, Annotated[ColumnMapping, BeforeValidator(_as_mapping)]]
    reading: Reading = Reading()
    distinct: bool = False
    """The file repeats these rows (customers in every line of an order export): each different row counts once."""
    control_rows: Annotated[int, Field(ge=0)] | None = None
    """How many rows the client says it sent, for reconciliation."""
    control_total: float | None = None
    """What the client says the money column sums to, for reconciliation."""
    left_out: tuple[str, ...] | None = None
    """Columns of the export that are known and not used; a column that is neither used nor here is told as new."""
    lookups: tuple[Lookup, ...] = ()

    @property
    def raw_columns(self) -> tuple[str, ...]:
        """Columns of its own export that are read, those by which lookups are made among them."""
        prefixes = tuple(f"{lookup.name}." for lookup in self.lookups)
        return tuple(dict.fromkeys(name for name in self._named if not name.startswith(prefixes)))

    def columns_of(self, lookup: Lookup) -> tuple[str, ...]:
        """Return the columns of the looked-up export that are read, by its own names."""
        prefix = f"{lookup.name}."
        found = [name.removeprefix(prefix) for name in self._named if name.startswith(prefix)]
        return tuple(dict.fromkeys([*found, *lookup.on.values(), *([lookup.total] if lookup.total else [])]))

    @property
    def exports(self) -> tuple[TableMapping | Lookup, ...]:
        """All exports that it reads: its own and those in which it looks something up."""
        return (self, *self.lookups)

    @property
    def _named(self) -> list[str]:
        named = [name for column in self.columns.values() for name in column.raw_columns]
        return [*named, *(name for lookup in self.lookups for name in lookup.on)]

    @model_validator(mode="after")
    def _lookups_that_serve(self) -> TableMapping:
        names = [lookup.name for lookup in self.lookups]
        for lookup in self.lookups:
            if names.count(lookup.name) > 1:
                raise ValueError(f"there are two lookups called '{lookup.name}'")
            if not any(name.startswith(f"{lookup.name}.") for name in self._named):
                raise ValueError(f"no column begins with '{lookup.name}.'; take the lookup out, or use it")
            if lookup.reading.decimal != self.reading.decimal:
                raise ValueError(f"the decimal mark of lookup '{lookup.name}' must be that of the export itself")
        return self

    @model_validator(mode="after")
    def _known_names(self) -> TableMapping:
        if self.table not in TABLES:
            raise ValueError(f"there is no canonical table '{self.table}'; {_hint(self.table, tuple(TABLES))}")
        known = TABLES[self.table].names
        for name in self.columns:
            if name not in known:
                raise ValueError(f"'{self.table}' has no column '{name}'; {_hint(name, known)}")
        missing = [c.name for c in TABLES[self.table].columns if c.is_required and c.name not in self.columns]
        if missing:
            raise ValueError(f"'{self.table}' needs {', '.join(missing)}; map the column or give a constant")
        return self


class Source(Strict):
    """One source system and the exports that came from it.

    ``database`` is the address of the system's database, without user's password:
    ``postgresql://user@host/name``, ``sqlite:///path`` or ``duckdb:///path``; ``crmplan fetch`` copies the tables
    that the mapping names into ``data/``.
    """

    name: ShortId
    label: str = ""
    serves: str = ""
    database: Annotated[str, AfterValidator(_without_password)] | None = None
    tables: tuple[TableMapping, ...] = ()


def _hint(name: str, known: tuple[str, ...]) -> str:
    close = closest(name, known)
    return f"did you mean {close}?" if close else f"known: {', '.join(known)}"
