"""What is counted while the rows of every source go by: how good its tables are, and who writes its records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

import pandas as pd

from crmplan.intake.finding import Finding
from crmplan.intake.ledger import DATED_BY
from crmplan.intake.validity import Reference
from crmplan.schema import TABLES

__all__ = ["AUTHORS", "AUTHORS_COLUMNS", "PROFILE_COLUMNS", "Seen", "SeenTables", "authors", "quality_profile"]

AUTHORS: Mapping[str, str] = MappingProxyType(
    {"customers": "created_by", "interactions": "agent_id", "opportunities": "owner"}
)
"""The column that says who wrote a record, by table."""

PROFILE_COLUMNS = (
    "source", "table", "n_rows", "n_cells", "n_filled", "n_given", "n_invalid", "n_received", "n_twice",
    "n_references", "n_dangling", "days_old",
)  # fmt: skip
AUTHORS_COLUMNS = ("source", "table", "n_records", "n_signed", "n_authors", "busiest_share")
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
_UNREAD = ("not_converted", "day_or_month")
_TWICE = ("duplicate", "superseded")


@dataclass(slots=True)
class Seen:
    """What was counted in the rows of one source and table so far.

    Parameters
    ----------
    n_rows
        Rows.
    n_filled
        Rows that hold something, by column.
    last
        The last event, or the last change where rows are no events.
    authors
        Records by author.
    """

    n_rows: int = 0
    n_filled: Counter[str] = field(default_factory=Counter)
    last: pd.Timestamp | None = None
    authors: Counter[str] = field(default_factory=Counter)

    def add(self, table: str, rows: pd.DataFrame) -> None:
        """Count some more rows."""
        self.n_rows += len(rows)
        self.n_filled.update({str(name): int(n) for name, n in rows.notna().sum().items()})
        column = DATED_BY.get(table, "updated_at")
        if column in rows and rows[column].notna().any():
            last = rows[column].max()
            self.last = last if self.last is None else max(self.last, last)
        if AUTHORS.get(table) in rows:
            self.authors.update({str(name): int(n) for name, n in rows[AUTHORS[table]].value_counts().items()})


SeenTables = Mapping[tuple[str, str], Seen]
"""What was counted, by source and table."""


def quality_profile(
    seen: SeenTables,
    ledger: pd.DataFrame,
    findings: Sequence[Finding],
    references: Iterable[Reference],
    *,
    mapped: Mapping[tuple[str, str], frozenset[str]],
    as_of: date,
) -> pd.DataFrame:
    """Return what the quality of each table of each source is judged by, as counts.

    Parameters
    ----------
    seen
        What was counted in the rows that are used.
    ledger
        The account of every row.
    findings
        What is wrong with the data.
    references
        Which numbers lead to rows that came.
    mapped
        Canonical columns that each (source, table) brings; one that a source does not have is no gap in it.
    as_of
        The last day that counts.

    Returns
    -------
    pd.DataFrame
        One row per source and table: ``source``, ``table``, ``n_rows``; ``n_cells`` of the columns sent (those that may
        be empty by nature do not count) and ``n_filled`` of them; ``n_given`` cells that were not empty as they came
        and ``n_invalid`` of them, which cannot be read or cannot be right; ``n_received`` rows and ``n_twice`` of them,
        which repeat another; ``n_references`` to rows of other tables and ``n_dangling`` of them, which lead nowhere;
        ``days_old`` from the last event or change to the last day that counts (null where nothing is dated).

    Examples
    --------
    >>> seen = {("crm", "customers"): Seen(n_rows=4, n_filled=Counter({"email": 3}))}
    >>> outcomes = {"outcome": ["used", "duplicate"], "n_rows": [4, 1]}
    >>> ledger = pd.DataFrame({"source": "crm", "table": "customers", **outcomes})
    >>> found = quality_profile(seen, ledger, [], [], mapped={("crm", "customers"): frozenset({"email"})},
    ...                         as_of=date(2024, 12, 31))
    >>> found[["n_cells", "n_filled", "n_received", "n_twice"]].values.tolist()
    [[4, 3, 5, 1]]
    """
    leads = [(one.source, one.table, one.n_given, one.n_missing) for one in references]
    rows = []
    for source, table, one in _in_order(seen):
        here = [finding for finding in findings if (finding.source, finding.table) == (source, table)]
        brought = mapped.get((source, table), frozenset()) - set(_MAY_BE_EMPTY.get(table, ()))
        n_filled = sum(n for name, n in one.n_filled.items() if name in brought)
        n_unread = sum(finding.n_rows for finding in here if finding.code in _UNREAD)
        n_received, n_twice = _received(ledger, source, table)
        rows.append(
            {
                "source": source, "table": table, "n_rows": one.n_rows,
                "n_cells": one.n_rows * sum(name in brought for name in one.n_filled), "n_filled": n_filled,
                "n_given": n_filled + n_unread,
                "n_invalid": min(n_filled + n_unread, sum(f.n_rows for f in here if f.code in _INVALID)),
                "n_received": n_received, "n_twice": n_twice,
                "n_references": sum(n for *where, n, _ in leads if where == [source, table]),
                "n_dangling": sum(n for *where, _, n in leads if where == [source, table]),
                "days_old": _days_old(one, as_of),
            }
        )  # fmt: skip
    return pd.DataFrame(rows, columns=list(PROFILE_COLUMNS))


def authors(seen: SeenTables) -> pd.DataFrame:
    """Return who writes the records of each source, without naming anybody.

    Returns
    -------
    pd.DataFrame
        One row per source and table with authors: ``source``, ``table``, ``n_records``, ``n_signed`` (with an author),
        ``n_authors``, ``busiest_share`` of the signed records that the three busiest wrote (0 to 1).

    Examples
    --------
    >>> seen = {("crm", "customers"): Seen(n_rows=3, authors=Counter({"a": 2}))}
    >>> authors(seen)[["n_records", "n_signed", "n_authors"]].values.tolist()
    [[3, 2, 1]]
    """
    rows = [
        (
            source, table, one.n_rows, one.authors.total(), len(one.authors),
            sum(n for _, n in one.authors.most_common(3)) / one.authors.total(),
        )
        for source, table, one in _in_order(seen)
        if one.authors
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(AUTHORS_COLUMNS))


def _in_order(seen: SeenTables) -> Iterator[tuple[str, str, Seen]]:
    places = {name: place for place, name in enumerate(TABLES)}
    for source, table in sorted(seen, key=lambda key: (places[key[1]], key[0])):
        yield source, table, seen[source, table]


def _received(ledger: pd.DataFrame, source: str, table: str) -> tuple[int, int]:
    here = ledger.loc[ledger["source"].eq(source) & ledger["table"].eq(table) & ledger["outcome"].ne("repeated")]
    return int(here["n_rows"].sum()), int(here.loc[here["outcome"].isin(_TWICE), "n_rows"].sum())


def _days_old(seen: Seen, as_of: date) -> float:
    if seen.last is None:
        return float("nan")
    return float(max((pd.Timestamp(as_of) - seen.last.normalize()).days, 0))
