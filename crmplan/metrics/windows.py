"""The rows a figure looks at: one table, its columns as what they are, cut to a period.

Clients' columns arrive as they are: a column of days may be text, a column without a value may be of any type. Here
each is read as the schema says, so that no computation has to ask. What cannot be read as such counts as empty.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from crmplan.analysis.purchases import FORGIVEN_DAYS
from crmplan.metrics.registry import Period
from crmplan.schema import TABLES
from crmplan.tables import Tables

__all__ = ["between", "covered_days", "first_day", "known", "lacks_history", "named", "rows", "text"]

_DERIVED = {
    "golden": {"kind": "text", "n_sources": "number"},
    "customer_ids": {"source": "text", "customer_id": "id"},
    "customer_days": {"day": "date", "n_orders": "number", "net_amount": "money", "profit": "money"},
    "segments": {
        "segment": "text", "previous_segment": "text", "tier": "text", "revenue": "money", "revenue_12m": "money",
        "revenue_previous_12m": "money",
    },
    "quality": {
        "source": "text", "table": "text", "n_cells": "number", "n_filled": "number", "n_given": "number",
        "n_invalid": "number", "n_received": "number", "n_twice": "number", "n_references": "number",
        "n_dangling": "number", "days_old": "number",
    },
    "customer_value": {"value": "money", "alive_probability": "number", "expected_purchases": "number"},
}  # fmt: skip
_KINDS = {
    **{name: {column.name: str(column.kind) for column in table.columns} for name, table in TABLES.items()},
    **_DERIVED,
}
_TYPES = {
    "id": "string", "text": "string", "number": "float64", "money": "float64", "flag": "boolean",
    "timestamp": "timestamp", "date": "date",
}  # fmt: skip
_NO_VALUE = ("", "-", "?", "n/a", "na", "nan", "none", "null", "unknown", "not known")

Expression = Any
"""An Ibis expression; Ibis carries no types that a checker could use."""


def rows(tables: Tables, name: str, *columns: str) -> Expression:
    """Return some columns of a table, each read as the schema says; ``customer_key`` is null where it is not known.

    Parameters
    ----------
    tables
        The client's tables.
    name
        A table that is there.
    columns
        Names of columns; those that the client does not have are left out.

    Examples
    --------
    >>> import pandas as pd
    >>> tables = Tables.from_frames({"orders": pd.DataFrame({"order_id": [1, 2], "net_amount": ["9.5", "x"]})})
    >>> rows(tables, "orders", "order_id", "net_amount", "cost").execute().values.tolist()
    [['1', 9.5], ['2', nan]]
    """
    table = tables[name]
    kinds = _KINDS.get(name, {})
    return table.select(
        **{column: _read(table[column], kinds.get(column, "id")) for column in columns if tables.has(name, column)}
    )


def _read(column: Expression, kind: str) -> Expression:
    found, wanted = column.type(), _TYPES[kind]
    if kind in {"timestamp", "date"}:
        is_moment = found.is_timestamp() or found.is_date()
        if not is_moment:
            return column.cast("string").try_cast(wanted)
        if found.is_timestamp() and kind == "date":
            return column.date()
        return column.cast("timestamp") if kind == "timestamp" else column
    if kind in {"number", "money"}:
        number = column if found.is_floating() else column.try_cast(wanted)
        return (number.isnan() | number.isinf()).ifelse(None, number)
    if kind == "flag":
        return column if found.is_boolean() else column.try_cast(wanted)
    as_text = column if found.is_string() else column.cast("string")
    return as_text.nullif("") if kind == "id" else as_text


def between(table: Expression, column: str, start: date, end: date) -> Expression:
    """Return the rows from ``start`` (included) to ``end`` (not included); rows without a day are left out."""
    import ibis

    moment = table[column]
    literal = ibis.date if moment.type().is_date() else ibis.timestamp
    kept = moment < literal(end.isoformat())
    # Year 1 stands for "from the beginning".
    return table.filter(kept if start.year == 1 else kept & (moment >= literal(start.isoformat())))


def text(column: Expression) -> Expression:
    """Return text as it is compared: without blanks around it, in small letters.

    ``strip`` is not used: on Spark it takes away letters.
    """
    return column.re_replace(r"^\s+|\s+$", "").lower()


def known(column: Expression) -> Expression:
    """Return whether a text says something: not empty, and not "unknown", "n/a" or the like."""
    return column.notnull() & ~text(column).isin(_NO_VALUE)


def named(column: Expression) -> Expression:
    """Return text as it is shown: without blanks around it, null where it says nothing."""
    return known(column).ifelse(column.re_replace(r"^\s+|\s+$", ""), None)


def first_day(tables: Tables, name: str, column: str) -> date | None:
    """Return the first day that a table knows; None when it has none."""
    return _bounds(tables, name, column)[0]


def covered_days(tables: Tables, name: str, column: str, period: Period) -> int:
    """Return how many days of the period lie between the first and the last row of a table, both included."""
    first, last = _bounds(tables, name, column, period.end)
    if first is None or last is None:
        return 0
    return max(0, (min(period.end, date.fromordinal(last.toordinal() + 1)) - max(period.start, first)).days)


def lacks_history(tables: Tables, since: date, *, name: str = "customer_days", column: str = "day") -> str:
    """Return why a figure that needs data since a day would mislead; empty when the data reach back far enough.

    The first 31 days are forgiven: a business need not have had an order on the very first day.

    Examples
    --------
    >>> import pandas as pd
    >>> days = pd.DataFrame({"customer_key": ["C1"], "day": [pd.Timestamp("2024-03-01")]})
    >>> lacks_history(Tables.from_frames({"customer_days": days}), date(2024, 1, 1))
    'needs data since 1 January 2024; they begin on 1 March 2024'
    """
    first = first_day(tables, name, column)
    if first is None:
        return "the data hold no purchases" if name in {"customer_days", "orders"} else "the data hold no rows for it"
    if first.toordinal() <= since.toordinal() + FORGIVEN_DAYS:
        return ""
    return f"needs data since {_worded(since)}; they begin on {_worded(first)}"


def _bounds(tables: Tables, name: str, column: str, end: date | None = None) -> tuple[date | None, date | None]:
    if not tables.has(name, column):
        return None, None
    table = rows(tables, name, column)
    if end is not None:
        table = between(table, column, date(1, 1, 1), end)
    found = table.aggregate(first=table[column].min(), last=table[column].max()).to_pyarrow().to_pylist()[0]
    first, last = (_as_date(found[key]) for key in ("first", "last"))
    return first, last


def _as_date(value: Any) -> date | None:
    return None if value is None else date(value.year, value.month, value.day)


def _worded(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
