"""One canonical table while its rows come in from all sources: what counts, what is left out, what repeats."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from crmplan.intake.conversion import empty
from crmplan.intake.ledger import KEPT, Account, outcome_of_rows
from crmplan.intake.repeats import MARKS, repeats
from crmplan.intake.table_rows import HELD_BYTES, Folder, TableRows
from crmplan.schema import Table
from crmplan.sources import TableMapping

__all__ = ["TableTaking"]


class TableTaking:
    """Rows of one table on their way.

    Parameters
    ----------
    table
        The canonical table.
    mappings
        All exports that become this table.
    as_of
        The last day that counts.
    folder
        Where rows that do not fit in memory may go.
    held_bytes
        How much of them is held in memory.
    """

    def __init__(
        self, table: Table, mappings: Sequence[TableMapping], *, as_of: date, folder: Folder,
        held_bytes: int = HELD_BYTES,
    ) -> None:  # fmt: skip
        self._table = table
        self._as_of = as_of
        self._folder = folder
        self._columns = [
            column for column in table.columns if any(column.name in mapping.columns for mapping in mappings)
        ]
        self._is_compared = bool(table.key) or any(mapping.distinct for mapping in mappings)
        self._open = TableRows(table.name, folder, held_bytes=held_bytes)
        self._kept = TableRows(table.name, folder, held_bytes=held_bytes)

    def filled(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return rows of a source with all columns of the table that any source brings; what it lacks is null."""
        more = {column.name: empty(column.kind, rows.index) for column in self._columns if column.name not in rows}
        return rows.assign(**more)[["source", *(column.name for column in self._columns)]]

    def take(
        self, rows: pd.DataFrame, file: str, mapping: TableMapping, account: Account, *, is_found: pd.Series
    ) -> pd.Series:
        """Take in some rows of a file and return which of them are malformed; what is known of them is entered.

        ``is_found`` says which of them found everything that they look up in other exports.
        """
        outcomes = outcome_of_rows(self._table, rows, as_of=self._as_of)
        outcomes = outcomes.mask(outcomes.eq("malformed") & ~is_found, "not_found")
        marked = rows.assign(file=pd.Series(file, index=rows.index, dtype="str"))
        if mapping.distinct:
            # What repeats within a piece need not be kept until all pieces are compared.
            is_open = outcomes.isin(KEPT)
            outcomes = outcomes.mask(
                is_open & rows.loc[is_open].duplicated().reindex(rows.index, fill_value=False), "repeated"
            )
        is_open = outcomes.isin(KEPT)
        if not self._is_compared:
            account.enter(self._table.name, marked, outcomes)
            self._kept.add(rows.loc[is_open].reset_index(drop=True))
            return outcomes.eq("malformed")
        account.enter(self._table.name, marked.loc[~is_open], outcomes.loc[~is_open])
        keys = [mapping.columns[name] for name in self._table.key if name in mapping.columns]
        first = len(self._open)
        open_ = marked.loc[is_open].assign(
            is_distinct=mapping.distinct, is_numbered=any(key.row_number for key in keys),
        )  # fmt: skip
        self._open.add(open_.assign(place=np.arange(first, first + len(open_))).reset_index(drop=True))
        return outcomes.eq("malformed")

    def kept(self, account: Account) -> TableRows:
        """Return the rows that later steps see, all of them compared with each other, and enter what became of each."""
        if not self._is_compared:
            return self._kept
        found = repeats(self._open, self._folder)
        for piece in self._open.pieces():
            # Whether a customer is named is told by the row itself.
            outcomes = outcome_of_rows(self._table, piece, as_of=self._as_of)
            for name, places in found.items():
                first, last = (
                    np.searchsorted(places, [piece["place"].min(), piece["place"].max() + 1]) if len(piece) else (0, 0)
                )
                outcomes = outcomes.mask(piece["place"].isin(places[first:last]), name)
            account.enter(self._table.name, piece, outcomes)
            self._kept.add(piece.loc[outcomes.isin(KEPT)].drop(columns=list(MARKS)).reset_index(drop=True))
        return self._kept
