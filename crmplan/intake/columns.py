"""One canonical column made of the columns of an export, in the way that the mapping says."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from crmplan.engagement import ColumnMapping, TableMapping
from crmplan.intake.conversion import VOCABULARY, Converted, convert
from crmplan.schema import Column

__all__ = ["made_column"]

_MOST_FAILED = 3


def made_column(
    raw: pd.DataFrame, column: Column, mapping: TableMapping, *, time_zone: str, first_row: int = 1
) -> Converted:
    """Return a canonical column of a piece of an export.

    Parameters
    ----------
    raw
        The columns of the export as text.
    column, mapping
        Which canonical column, and how it is filled.
    time_zone
        Name of the zone into which times with a zone are brought.
    first_row
        Number of the piece's first row, for mappings that count rows.

    Examples
    --------
    >>> from crmplan.schema import TABLES
    >>> mapping = TableMapping(table="staff", file="s.csv", columns={"staff_id": "no", "training_hours": "h"})
    >>> raw = pd.DataFrame({"no": ["7"], "h": ["1.5"]}, dtype="str")
    >>> column = TABLES["staff"].column("training_hours")
    >>> made_column(raw, column, mapping, time_zone="UTC").values.tolist()
    [1.5]
    """
    how = mapping.columns[column.name]

    def converted(text: pd.Series, decimal: str = mapping.reading.decimal) -> Converted:
        return convert(
            text,
            column.kind,
            values=how.values,
            formats=how.formats,
            decimal=decimal,
            scale=how.scale,
            time_zone=time_zone,
            vocabulary=VOCABULARY.get((mapping.table, column.name), ()),
        )

    if how.joined:
        return converted(_joined([raw[name] for name in how.joined]))
    if how.row_number:
        return Converted(
            pd.Series([str(i) for i in range(first_row, first_row + len(raw))], index=raw.index, dtype="str"), 0
        )
    if how.constant is not None:
        constant = str(how.constant).lower() if isinstance(how.constant, bool) else str(how.constant)
        return converted(pd.Series(constant, index=raw.index, dtype="str"), ".")
    parts = [converted(raw[name]) for name in how.raw_columns]
    if len(parts) == 1:
        return parts[0]
    return _combined(raw, how, parts)


def _joined(parts: Sequence[pd.Series]) -> pd.Series:
    """Return texts put together with a blank between; what is empty leaves no blank behind."""
    texts = [part.fillna("").str.strip() for part in parts]
    together = texts[0]
    for text in texts[1:]:
        together = together + " " + text
    return together.str.replace(r"\s+", " ", regex=True).str.strip()


def _combined(raw: pd.DataFrame, how: ColumnMapping, parts: Sequence[Converted]) -> Converted:
    if how.difference_of:
        values = parts[0].values - parts[1].values
    elif how.product_of:
        values = parts[0].values * parts[1].values
    else:
        values = parts[0].values.fillna(0.0)
        for part in parts[1:]:
            values = values + part.values.fillna(0.0)
        for part in parts:
            if part.is_failed is not None:
                # A cell that cannot be read is not an empty one: the sum is not known.
                values = values.mask(part.is_failed)
    unread = [raw[name].where(part.is_failed) for name, part in zip(how.raw_columns, parts, strict=True)
              if part.is_failed is not None]  # fmt: skip
    if not unread:
        return Converted(values, 0)
    is_failed = pd.concat([text.notna() for text in unread], axis=1).any(axis=1)
    # Row by row, so that examples are the same however the file is cut into pieces.
    rows = pd.concat(unread, axis=1).loc[is_failed].drop_duplicates().head(_MOST_FAILED).to_numpy().ravel()
    failed = tuple(pd.Series(rows, dtype="str").dropna().drop_duplicates().head(_MOST_FAILED))
    return Converted(values, int(is_failed.sum()), failed, is_failed=is_failed)
