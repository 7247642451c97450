"""The quality of every source's tables in five figures, and who writes the records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType

import pandas as pd

from crmplan.intake.finding import Finding
from crmplan.intake.ledger import DATED_BY
from crmplan.schema import TABLES
from crmplan.tables import Tables

__all__ = ["AUTHORS", "authors", "quality_profile"]

AUTHORS: Mapping[str, str] = MappingProxyType(
    {"customers": "created_by", "interactions": "agent_id", "opportunities": "owner"}
)
"""The column that says who wrote a record, by table."""

_INVALID = (
    "not_converted", "day_or_month", "swapped_dates", "bad_email", "bad_phone", "future", "born_on", "birth_year",
    "negative", "sign", "order_of_dates", "score_range", "before_1990", "unknown_word", "damaged_id",
)  # fmt: skip
_MAY_BE_EMPTY = {
    "customers": ("other_ids", "firm", "household_id", "born_on", "birth_year", "industry", "staff_count"),
    "orders": ("refunds_order_id", "is_refund", "discount", "status"),
    "interactions": ("order_id", "revenue", "parent_id", "is_reopened"),
    "opportunities": ("first_response_at", "closed_at", "campaign_id", "lost_reason", "competitor"),
    "contracts": ("ended_on", "committed_amount", "fulfilled_amount", "cancel_reason"),
    "surveys": ("reason",),
    "shipments": ("delivered_on", "handling_cost"),
}
"""Columns that hold nothing in many rows by their nature: a running contract has no last day."""
_TWICE = ("duplicate", "superseded")
_DANGLING = ("no_such_row",)


def quality_profile(
    tables: Tables,
    ledger: pd.DataFrame,
    findings: Sequence[Finding],
    *,
    mapped: Mapping[tuple[str, str], frozenset[str]],
    as_of: date,
) -> pd.DataFrame:
    """Return how good each table of each source is.

    Parameters
    ----------
    tables
        Canonical tables with ``source``; only rows that are used.
    ledger
        The account of every row.
    findings
        What is wrong with the data.
    mapped
        Canonical columns that each (source, table) brings; one that a source does not have is no gap in it.
    as_of
        The last day that counts.

    Returns
    -------
    pd.DataFrame
        One row per source and table: ``source``, ``table``, ``n_rows``; ``complete_share`` of the cells of mapped
        columns that hold something (columns that may be empty by nature do not count); ``valid_share`` of the cells
        that hold something possible; ``unique_share`` of the rows received that repeat no other; ``linked_share`` of
        the references that lead somewhere (null where all do); ``days_old`` from the last event to the last day that
        counts (null for tables without dates).
        Shares are 0 to 1.
    """
    rows = []
    for name in (table for table in TABLES if table in tables):
        for source, part in tables.frame(name).groupby("source", sort=True):
            brought = mapped.get((str(source), name), frozenset()) - set(_MAY_BE_EMPTY.get(name, ()))
            columns = [column for column in part.columns if column in brought]
            here = [one for one in findings if (one.source, one.table) == (source, name)]
            n_cells, n_filled = len(part) * len(columns), int(part[columns].notna().to_numpy().sum())
            n_unread = sum(one.n_rows for one in here if one.code in {"not_converted", "day_or_month"})
            n_invalid = sum(one.n_rows for one in here if one.code in _INVALID)
            rows.append(
                {
                    "source": str(source), "table": name, "n_rows": len(part),
                    "complete_share": n_filled / n_cells if n_cells else float("nan"),
                    "valid_share": max(0.0, 1 - n_invalid / (n_filled + n_unread)) if n_filled else float("nan"),
                    "unique_share": _unique(ledger, str(source), name),
                    "linked_share": _linked(here),
                    "days_old": _days_old(part, name, as_of),
                }
            )  # fmt: skip
    columns = ["source", "table", "n_rows", "complete_share", "valid_share", "unique_share", "linked_share", "days_old"]
    return pd.DataFrame(rows, columns=columns)


def authors(tables: Tables) -> pd.DataFrame:
    """Return who writes the records of each source, without naming anybody.

    Returns
    -------
    pd.DataFrame
        One row per source and table with authors: ``source``, ``table``, ``n_records``, ``n_signed`` (with an author),
        ``n_authors``, ``busiest_share`` of the signed records that the three busiest wrote (0 to 1).

    Examples
    --------
    >>> frame = pd.DataFrame({"source": "crm", "customer_id": ["1", "2", "3"], "created_by": ["a", "a", None]})
    >>> authors(Tables.from_frames({"customers": frame}))[["n_records", "n_signed", "n_authors"]].values.tolist()
    [[3, 2, 1]]
    """
    rows = []
    for name, column in AUTHORS.items():
        if not tables.has(name, "source", column):
            continue
        for source, part in tables.frame(name, "source", column).groupby("source", sort=True):
            counts = part[column].value_counts()
            if len(counts):
                n_signed = int(counts.sum())
                shares = float(counts.head(3).sum()) / n_signed
                rows.append((str(source), name, len(part), n_signed, len(counts), shares))
    columns = ["source", "table", "n_records", "n_signed", "n_authors", "busiest_share"]
    return pd.DataFrame(rows, columns=columns)


def _unique(ledger: pd.DataFrame, source: str, table: str) -> float:
    here = ledger.loc[ledger["source"].eq(source) & ledger["table"].eq(table) & ledger["outcome"].ne("repeated")]
    n_all = int(here["n_rows"].sum())
    n_twice = int(here.loc[here["outcome"].isin(_TWICE), "n_rows"].sum())
    return 1 - n_twice / n_all if n_all else float("nan")


def _linked(findings: Sequence[Finding]) -> float:
    found = [one for one in findings if one.code in _DANGLING]
    n_all = sum(one.of_rows for one in found)
    return 1 - sum(one.n_rows for one in found) / n_all if n_all else float("nan")


def _days_old(rows: pd.DataFrame, table: str, as_of: date) -> float:
    column = DATED_BY.get(table, "updated_at")
    if column not in rows or not rows[column].notna().any():
        return float("nan")
    return float(max((pd.Timestamp(as_of) - rows[column].max().normalize()).days, 0))
