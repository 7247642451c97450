"""Parquet files: typed columns, written out as the text that the mapping's notation expects."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from crmplan.errors import IntakeError, Problem
from crmplan.intake.pieces import PIECE_BYTES, Pieces
from crmplan.intake.text_file import opened_bytes
from crmplan.sources import Reading

__all__ = ["pieces_of"]

_BYTES_A_ROW = 100


def pieces_of(
    path: Path, *, file: str, wanted: Sequence[str] | None, reading: Reading, piece_bytes: int = PIECE_BYTES
) -> Pieces:
    """Return the wanted columns of a Parquet file as text, piece by piece; a gzipped one is unpacked in memory.

    Parameters
    ----------
    path, file
        The file, and the name to use in messages.
    wanted, piece_bytes
        As in :func:`crmplan.intake.delimited.pieces_of`; a row counts as 100 bytes.
    reading
        The decimal mark in which fractions are written out.

    Raises
    ------
    IntakeError
        When it is damaged or holds columns within columns; a damaged part may show only after many pieces.
    """
    import pyarrow as pa
    from pyarrow import parquet

    errors = (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowKeyError, OSError)
    try:
        opened = parquet.ParquetFile(_unpacked(path))
    except errors as cause:
        raise _damaged(file, cause) from cause
    header = [str(name) for name in opened.schema_arrow.names]
    names = header if wanted is None else [name for name in dict.fromkeys(wanted) if name in header]

    def frames() -> Iterator[pd.DataFrame]:
        n_rows = 0
        try:
            for batch in opened.iter_batches(max(piece_bytes // _BYTES_A_ROW, 1), columns=names):
                n_rows += batch.num_rows
                yield _frame(pa.Table.from_batches([batch]), reading.decimal)
            if not n_rows:
                yield _frame(opened.schema_arrow.empty_table().select(names), reading.decimal)
        except errors as cause:
            raise _damaged(file, cause) from cause
        finally:
            opened.close()

    is_number = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal)
    numbers = {str(one.name) for one in opened.schema_arrow if any(check(one.type) for check in is_number)}
    return Pieces(frames(), header, numbers=numbers)


def _unpacked(path: Path) -> Path | io.BytesIO:
    with path.open("rb") as stream:
        is_gzipped = stream.read(2) == b"\x1f\x8b"
    if not is_gzipped:
        return path
    with opened_bytes(path) as packed:
        return io.BytesIO(packed.read())


def _frame(table: Any, decimal: str) -> pd.DataFrame:
    columns = {name: _text(table.column(name), decimal) for name in table.column_names}
    return pd.DataFrame(columns, index=range(table.num_rows))


def _text(column: Any, decimal: str) -> pd.Series:
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


def _damaged(file: str, cause: Exception) -> IntakeError:
    said = str(cause).splitlines()[0] if str(cause) else type(cause).__name__
    return IntakeError([Problem(file, "a Parquet file of plain columns", said)])
