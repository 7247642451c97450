"""What was known on the as-of day: later facts are taken back, and refunds get the sign of refunds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

import pandas as pd

from crmplan.intake.finding import Finding, grade
from crmplan.intake.words import column_label, rows_of

__all__ = ["as_known", "known_later", "refund_signs", "with_signed_refunds"]

_LATER_FACTS = {
    "opportunities": ("first_response_at", "closed_at"),
    "shipments": ("delivered_on",),
}
_FLIPPED = ("net_amount", "quantity", "cost")


def as_known(table: str, rows: pd.DataFrame, *, as_of: date) -> tuple[pd.DataFrame, dict[str, int]]:
    """Return rows without facts dated after the as-of day, and in how many rows each column had one.

    A deal that was won or lost later was open on that day; a parcel delivered later was under way.

    Parameters
    ----------
    table
        Name of the canonical table.
    rows
        Some of its rows, converted.
    as_of
        The last day that counts.
    """
    n_late: dict[str, int] = {}
    for column in _LATER_FACTS.get(table, ()):
        if column not in rows:
            continue
        late = rows[column] >= pd.Timestamp(as_of) + pd.Timedelta(days=1)
        n_late[column] = int(late.sum())
        rows = rows.assign(**{column: rows[column].mask(late)})
        if column == "closed_at":
            rows = rows.assign(outcome=rows["outcome"].mask(late, "open"))
    return rows, n_late


def known_later(source: str, table: str, n_late: Mapping[str, int], n_rows: int, *, as_of: date) -> Iterator[Finding]:
    """Yield a finding for every column of a table from which later facts were taken back."""
    for column, n in n_late.items():
        if n:
            message = f"{column_label(column).capitalize()} after {as_of} for {rows_of(n, n_rows, table)}."
            effect = f"They count as they stood on {as_of}, so the figures are those of that day."
            yield Finding("known_later", "low", source, table, column, n, n_rows, message, effect)


def with_signed_refunds(rows: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Return order lines in which every refund has a negative amount, and in how many it had not.

    Examples
    --------
    >>> lines = pd.DataFrame({"net_amount": [10.0, 4.0], "is_refund": pd.array([False, True], dtype="boolean")})
    >>> with_signed_refunds(lines)[0]["net_amount"].tolist()
    [10.0, -4.0]
    """
    if "is_refund" not in rows or "net_amount" not in rows:
        return rows, 0
    wrong = rows["is_refund"].fillna(False).astype(bool) & (rows["net_amount"] > 0)
    flipped = {name: rows[name].mask(wrong, -rows[name].abs()) for name in _FLIPPED if name in rows}
    return rows.assign(**flipped), int(wrong.sum())


def refund_signs(source: str, n_wrong: int, n_rows: int) -> Iterator[Finding]:
    """Yield a finding when refunds were written as positive amounts."""
    if n_wrong:
        message = f"Refunds written as positive amounts on {rows_of(n_wrong, n_rows, 'orders')}."
        effect = "They are taken as money given back; otherwise revenue would be too high by twice their amount."
        severity = grade(0, n_wrong)
        yield Finding("refund_sign", severity, source, "orders", "net_amount", n_wrong, n_rows, message, effect)
