"""What became of every row that came in: none vanishes, and the money can be followed.

A row has one outcome. It is *used* or used though it names no customer (``no_customer_id``), or it is left out because
a value without which it means nothing is missing (``malformed``) or stands in another export that has no such row
(``not_found``), it was cancelled, it is dated after the as-of date, or it repeats another row: exactly
(``duplicate``), as the export's way of writing (``repeated``, for mappings with ``distinct``), or with other content
under the same number (``superseded``).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import cast

import pandas as pd

from crmplan.schema import TABLES, Table

__all__ = ["DATED_BY", "KEPT", "LEDGER_COLUMNS", "MONEY", "Account", "needed", "outcome_of_rows"]

KEPT = ("used", "no_customer_id")
"""Outcomes of rows that later steps see."""

LEDGER_COLUMNS = ("source", "table", "file", "outcome", "n_rows", "net_amount")

DATED_BY: Mapping[str, str] = MappingProxyType(
    {
        "orders": "ordered_at",
        "interactions": "started_at",
        "opportunities": "created_at",
        "contracts": "started_on",
        "campaigns": "started_on",
        "touches": "touched_at",
        "surveys": "answered_at",
    }
)
"""The column that says when the event of a row happened, by table."""

MONEY: Mapping[str, str] = MappingProxyType(
    {
        "orders": "net_amount",
        "opportunities": "amount",
        "contracts": "monthly_fee",
        "campaigns": "cost",
        "interactions": "revenue",
    }
)
"""The column whose sum the ledger carries, and which a control total is compared with, by table."""

_MAY_LACK_CUSTOMER = ("orders", "interactions", "opportunities", "surveys")


def outcome_of_rows(table: Table, rows: pd.DataFrame, *, as_of: date) -> pd.Series:
    """Return what becomes of every row as far as the row alone tells it.

    Parameters
    ----------
    table
        The canonical table.
    rows
        Some of its rows, converted, with every column that any source brings.
    as_of
        The last day that counts.

    Returns
    -------
    pd.Series
        Text; see the module for the words. Which rows repeat another is told by :mod:`crmplan.intake.repeats`.
    """
    found = pd.Series("used", index=rows.index, dtype="str")
    if table.name in _MAY_LACK_CUSTOMER and "customer_id" in rows:
        found[rows["customer_id"].isna()] = "no_customer_id"
    malformed = rows[[name for name in needed(table) if name in rows]].isna().any(axis=1)
    if table.name == "orders" and "status" in rows:
        found[rows["status"].eq("cancelled")] = "cancelled"
    if table.name in DATED_BY and DATED_BY[table.name] in rows:
        late = rows[DATED_BY[table.name]] >= pd.Timestamp(as_of) + pd.Timedelta(days=1)
        found[late & ~found.eq("cancelled")] = "after_as_of"
    found[malformed & ~found.eq("cancelled")] = "malformed"
    return found


def needed(table: Table) -> tuple[str, ...]:
    """Return the columns without a value in which a row of a table says nothing.

    An order, a contact, a deal or an answer counts in totals even where the customer is not known.

    Examples
    --------
    >>> needed(TABLES["orders"])
    ('order_id', 'ordered_at', 'net_amount')
    """
    required = [column.name for column in table.columns if column.is_required]
    return tuple(name for name in required if name != "customer_id" or table.name not in _MAY_LACK_CUSTOMER)


class Account:
    """The account of every row, kept while they go by.

    Examples
    --------
    >>> account = Account()
    >>> rows = pd.DataFrame({"source": "shop", "file": "o.csv", "net_amount": [5.0, 2.5]})
    >>> account.enter("orders", rows, pd.Series(["used", "used"]))
    >>> account.frame()[["outcome", "n_rows", "net_amount"]].values.tolist()
    [['used', 2, 7.5]]
    """

    def __init__(self) -> None:
        self._n_rows: dict[tuple[str, str, str, str], int] = defaultdict(int)
        self._amounts: dict[tuple[str, str, str, str], list[float]] = defaultdict(list)

    def enter(self, table: str, rows: pd.DataFrame, outcomes: pd.Series) -> None:
        """Enter rows of a table, which have ``source`` and ``file``, with what became of each."""
        column = MONEY.get(table, "")
        amounts = rows[column] if column in rows else pd.Series(float("nan"), rows.index)
        grouped = amounts.groupby([rows["source"], rows["file"], outcomes.rename("outcome")], sort=False)
        for key, n_rows in grouped.size().items():
            source, file, outcome = cast("tuple[str, str, str]", key)
            self._n_rows[source, table, file, outcome] += int(n_rows)
        for key, amount in grouped.sum(min_count=1).dropna().items():
            source, file, outcome = cast("tuple[str, str, str]", key)
            self._amounts[source, table, file, outcome].append(float(amount))

    def enter_unread(self, source: str, table: str, file: str, outcome: str, n_rows: int) -> None:
        """Enter rows that could not even be taken apart, or a file without a row."""
        self._n_rows[source, table, file, outcome] += n_rows

    def frame(self) -> pd.DataFrame:
        """Return the ledger: one row per source, table, file and outcome.

        Returns
        -------
        pd.DataFrame
            Columns ``source``, ``table``, ``file``, ``outcome``, ``n_rows`` and ``net_amount`` (sum of the table's
            money column, see :data:`MONEY`; null for tables without one). Its rows add up to the rows of every file.
        """
        rows = [
            (*place, n_rows, round(math.fsum(self._amounts[place]), 2) if place in self._amounts else float("nan"))
            for place, n_rows in self._n_rows.items()
        ]
        ledger = _typed(pd.DataFrame(rows, columns=list(LEDGER_COLUMNS)))
        tables = {name: position for position, name in enumerate(TABLES)}
        order = ledger.assign(
            place=ledger["table"].map(tables), last=~ledger["outcome"].isin(KEPT), more=-ledger["n_rows"]
        ).sort_values(["source", "place", "file", "last", "more", "outcome"], kind="stable")
        return _typed(order[list(LEDGER_COLUMNS)].reset_index(drop=True))


def _typed(ledger: pd.DataFrame) -> pd.DataFrame:
    return ledger.astype({**dict.fromkeys(LEDGER_COLUMNS[:4], "str"), "n_rows": "int64", "net_amount": "float64"})
