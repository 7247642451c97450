"""What became of every row that came in: none vanishes, and the money can be followed.

A row has one outcome. It is *used* or used though it names no customer (``no_customer_id``), or it is left out because
a value without which it means nothing is missing (``malformed``), it was cancelled, it is dated after the as-of date,
or it repeats another row: exactly (``duplicate``), as the export's way of writing (``repeated``, for mappings with
``distinct``), or with other content under the same number (``superseded``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType

import pandas as pd

from crmplan.schema import TABLES, Table

__all__ = ["DATED_BY", "KEPT", "LEDGER_COLUMNS", "MONEY", "account", "needed", "outcomes"]

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


def outcomes(table: Table, rows: pd.DataFrame, *, as_of: date) -> pd.Series:
    """Return the outcome of every row of a table.

    Parameters
    ----------
    table
        The canonical table.
    rows
        Its rows from all sources, converted, in order of source and file, with ``source``, and two columns of marks:
        ``is_distinct`` (the mapping says that the file repeats its rows) and ``is_numbered`` (the key of the row is
        its own number, so that it repeats no other).
    as_of
        The last day that counts.

    Returns
    -------
    pd.Series
        Text; see the module for the words. Of rows with one key the last changed is used, then the most complete,
        then the last.
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
    content = [name for name in rows.columns if name not in {"is_distinct", "is_numbered", "file"}]
    open_ = rows.loc[found.isin(KEPT)]
    again = _again(open_.loc[open_["is_distinct"]], content)
    found[again] = "repeated"
    if table.key:
        open_ = open_.loc[~open_.index.isin(again) & ~open_["is_numbered"]]
        twice = _again(open_, content)
        found[twice] = "duplicate"
        found[_superseded(table, open_.drop(index=twice))] = "superseded"
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


def _again(rows: pd.DataFrame, content: Sequence[str]) -> pd.Index:
    return rows.index[rows.duplicated(list(content))]


def _superseded(table: Table, rows: pd.DataFrame) -> pd.Index:
    twice = rows.loc[rows.duplicated(list(table.key), keep=False)]
    if twice.empty:
        return twice.index
    order = pd.DataFrame({"n_filled": twice.notna().sum(axis=1)}, index=twice.index)
    order["changed"] = twice.get("updated_at", pd.NaT)
    ranked = order.sort_values(["changed", "n_filled"], na_position="first", kind="stable").index
    return ranked[twice.loc[ranked].duplicated(list(table.key), keep="last")]


def account(
    rows: Mapping[str, pd.DataFrame], found: Mapping[str, pd.Series], others: Sequence[tuple[str, str, str, str, int]]
) -> pd.DataFrame:
    """Return the ledger: one row per source, table, file and outcome.

    Parameters
    ----------
    rows
        The converted rows by table, with ``source`` and ``file``.
    found
        Their outcomes by table.
    others
        Source, table, file, outcome and number of rows that are in none of the frames: rows that could not even be
        taken apart, and files without a row.

    Returns
    -------
    pd.DataFrame
        Columns ``source``, ``table``, ``file``, ``outcome``, ``n_rows`` and ``net_amount`` (sum of the table's money
        column, see :data:`MONEY`; null for tables without one). Its rows add up to the rows of every file.
    """
    parts = []
    for name, frame in rows.items():
        money = frame[MONEY[name]] if name in MONEY and MONEY[name] in frame else pd.Series(float("nan"), frame.index)
        entry = pd.DataFrame(
            {"source": frame["source"], "table": name, "file": frame["file"], "outcome": found[name], "money": money}
        )
        grouped = entry.groupby(["source", "table", "file", "outcome"], sort=False)["money"]
        parts.append(
            pd.DataFrame({"n_rows": grouped.size(), "net_amount": grouped.sum(min_count=1).round(2)}).reset_index()
        )
    for other in others:
        parts.append(pd.DataFrame([[*other, float("nan")]], columns=list(LEDGER_COLUMNS)))
    parts = [part for part in parts if len(part)]
    if not parts:
        return _typed(pd.DataFrame(columns=list(LEDGER_COLUMNS)))
    together = pd.concat([_typed(part.rename(columns={"money": "net_amount"})) for part in parts], ignore_index=True)
    ledger = together.groupby(["source", "table", "file", "outcome"], as_index=False).agg(
        n_rows=("n_rows", "sum"), net_amount=("net_amount", _total)
    )
    tables = {name: position for position, name in enumerate(TABLES)}
    order = ledger.assign(
        place=ledger["table"].map(tables), last=~ledger["outcome"].isin(KEPT), more=-ledger["n_rows"]
    ).sort_values(["source", "place", "file", "last", "more", "outcome"], kind="stable")
    return _typed(order[list(LEDGER_COLUMNS)].reset_index(drop=True))


def _total(values: pd.Series) -> float:
    return float(values.sum(min_count=1))


def _typed(ledger: pd.DataFrame) -> pd.DataFrame:
    return ledger.astype({**dict.fromkeys(LEDGER_COLUMNS[:4], "str"), "n_rows": "int64", "net_amount": "float64"})
