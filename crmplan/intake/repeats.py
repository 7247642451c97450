"""Rows that say again what another row says: found by their numbers and contents, however many there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from crmplan.intake.table_rows import Folder, TableRows, connected
from crmplan.schema import TABLES

__all__ = ["MARKS", "repeats"]

MARKS = ("file", "is_distinct", "is_numbered", "place")
"""Columns of rows on their way that are about the row and not of it."""


def repeats(rows: TableRows, folder: Folder | None = None) -> dict[str, np.ndarray]:
    """Return the places of the rows that repeat another, by outcome.

    Parameters
    ----------
    rows
        Converted rows of one table from all sources in order, with the columns ``source`` and :data:`MARKS`: ``file``,
        ``is_distinct`` (the mapping says that the file repeats its rows), ``is_numbered`` (the key of the row is its
        own number, so that it repeats no other), ``place`` from 0. Only rows that nothing else leaves out.
    folder
        Where the engine may put what does not fit in memory.

    Returns
    -------
    dict of arrays of int64
        ``repeated``: the same again as an earlier row of a file that repeats its rows. ``duplicate``: the same again
        as an earlier row. ``superseded``: the number of another row that was changed later, else is more complete,
        else comes later.
    """
    table = TABLES[rows.name]
    content = ", ".join(name for name in rows.columns if name not in MARKS)
    found = {name: np.array([], dtype="int64") for name in ("repeated", "duplicate", "superseded")}
    connection = connected(folder)
    try:
        rows.put_into(connection, "rows")
        found["repeated"] = _places(
            connection,
            f"select place from (select place, row_number() over (partition by {content} order by place) as n"  # noqa: S608 - names of the schema
            " from rows where is_distinct) where n > 1",
        )
        if table.key:
            _twice(connection, table.key, content, rows.columns, found)
    finally:
        connection.close()
    return found


def _twice(
    connection: Any, key: Sequence[str], content: str, columns: Sequence[str], found: dict[str, np.ndarray]
) -> None:
    import pyarrow as pa

    number = ", ".join(key)
    connection.register("gone", pa.table({"place": found["repeated"]}))
    filled = " + ".join(f"({name} is not null)::int" for name in columns if name not in MARKS)
    changed = "updated_at desc nulls last, " if "updated_at" in columns else ""
    connection.execute(
        "create table shared as select * from rows "  # noqa: S608 - names of the schema
        "where not is_numbered and place not in (select place from gone) "
        f"and ({number}) in (select ({number}) from rows where not is_numbered group by {number} having count(*) > 1)"
    )
    found["duplicate"] = _places(
        connection,
        f"select place from (select place, row_number() over (partition by {content} order by place) as n from shared)"  # noqa: S608 - likewise
        " where n > 1",
    )
    connection.register("twice", pa.table({"place": found["duplicate"]}))
    found["superseded"] = _places(
        connection,
        f"select place from (select place, row_number() over (partition by {number} "  # noqa: S608 - likewise
        f"order by {changed}{filled} desc, place desc) as n from shared where place not in (select place from twice)) "
        "where n > 1",
    )


def _places(connection: Any, query: str) -> np.ndarray:
    return np.sort(connection.execute(query).fetchnumpy()["place"].astype("int64"))
