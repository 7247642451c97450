"""What was known on the as-of day: later facts are taken back, and refunds get the sign of refunds."""

from __future__ import annotations

from datetime import date

import pandas as pd

from crmplan.intake.finding import Finding, grade
from crmplan.intake.words import column_label, rows_of

__all__ = ["as_known", "with_signed_refunds"]

_LATER_FACTS = {
    "opportunities": ("first_response_at", "closed_at"),
    "shipments": ("delivered_on",),
}
_FLIPPED = ("net_amount", "quantity", "cost")


def as_known(table: str, rows: pd.DataFrame, *, as_of: date, source: str) -> tuple[pd.DataFrame, list[Finding]]:
    """Return rows without facts dated after the as-of day, and what was taken back.

    A deal that was won or lost later was open on that day; a parcel delivered later was under way.

    Parameters
    ----------
    table
        Name of the canonical table.
    rows
        Its rows, converted.
    as_of
        The last day that counts.
    source
        Name of the source, for the findings.
    """
    findings = []
    for column in _LATER_FACTS.get(table, ()):
        if column not in rows:
            continue
        late = rows[column] >= pd.Timestamp(as_of) + pd.Timedelta(days=1)
        n_late = int(late.sum())
        if not n_late:
            continue
        rows = rows.assign(**{column: rows[column].mask(late)})
        if column == "closed_at":
            rows = rows.assign(outcome=rows["outcome"].mask(late, "open"))
        message = f"{column_label(column).capitalize()} after {as_of} for {rows_of(n_late, len(rows), table)}."
        effect = f"They count as they stood on {as_of}, so the figures are those of that day."
        findings.append(Finding("known_later", "low", source, table, column, n_late, len(rows), message, effect))
    return rows, findings


def with_signed_refunds(rows: pd.DataFrame, *, source: str) -> tuple[pd.DataFrame, list[Finding]]:
    """Return order lines in which every refund has a negative amount, and a finding when some had not.

    Examples
    --------
    >>> lines = pd.DataFrame({"net_amount": [10.0, 4.0], "is_refund": pd.array([False, True], dtype="boolean")})
    >>> with_signed_refunds(lines, source="shop")[0]["net_amount"].tolist()
    [10.0, -4.0]
    """
    if "is_refund" not in rows or "net_amount" not in rows:
        return rows, []
    wrong = rows["is_refund"].fillna(False).astype(bool) & (rows["net_amount"] > 0)
    n_wrong = int(wrong.sum())
    if not n_wrong:
        return rows, []
    flipped = {name: rows[name].mask(wrong, -rows[name].abs()) for name in _FLIPPED if name in rows}
    message = f"Refunds written as positive amounts on {rows_of(n_wrong, len(rows), 'orders')}."
    effect = "They are taken as money given back; otherwise revenue would be too high by twice their amount."
    severity = grade(0, n_wrong)
    finding = Finding("refund_sign", severity, source, "orders", "net_amount", n_wrong, len(rows), message, effect)
    return rows.assign(**flipped), [finding]
