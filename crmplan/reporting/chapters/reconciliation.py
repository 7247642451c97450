"""The page of chapter 02 that shows how the figures tie: control totals, and the way of the money."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmplan.engagement import Engagement
from crmplan.intake.reconciliation import Step, is_tied, path_of_money
from crmplan.reporting.blocks import Note, Table
from crmplan.reporting.chapters.single_customer_view_sentences import label_of, table_words
from crmplan.reporting.wording import count, plural

if TYPE_CHECKING:
    import ibis

    from crmplan.customers import SingleView
    from crmplan.intake import Intake

__all__ = ["reconciliation_table"]

_STEPS: Mapping[str, str] = MappingProxyType(
    {
        "received": "Order lines received",
        "cancelled": "Cancelled orders",
        "after_as_of": "After the last day that counts",
        "malformed": "A needed value is missing",
        "not_found": "The order they belong to did not come",
        "duplicate": "Exact copies",
        "superseded": "Older versions",
        "repeated": "Repeats of the same record",
        "used": "Order lines used",
        "no_customer_id": "No customer number",
        "not_identified": "A number that stands for no customer",
        "of_customers": "Order lines of known customers",
        "no_earlier_purchase": "Refunds without an earlier purchase, not taken off",
        "beyond_purchases": "Refunds that are larger than what they give back",
        "purchases": "Purchases in the customers' histories",
    }
)


_OF_LOOKUPS: Mapping[str, str] = MappingProxyType(
    {
        "without_lines": "to which nothing refers",
        "repeated": "whose number comes again",
        "malformed": "that could not be taken apart",
    }
)


def reconciliation_table(intake: Intake, view: SingleView, engagement: Engagement) -> Table | Note:
    """Return how the money of the orders received becomes the purchases that segments and value rest on."""
    if not intake.tables.count("orders") or not view.tables.has("customer_days", "net_amount"):
        return Note(f"Reconciliation: not available; needs `orders`.{_controls(intake, engagement)}", "unavailable")
    lines, days = view.tables["orders"], view.tables["customer_days"]
    steps = path_of_money(
        intake.ledger,
        used=_counted(lines),
        not_identified=_counted(lines.filter(lines.customer_key.isnull())),
        refunds=view.refunds,
        purchases=_counted(days)[1],
    )
    currency = engagement.client.currency
    rows = tuple((_name(one), _rows(one), _amount(one.net_amount)) for one in steps)
    return Table(
        title="From the orders received to the customers' purchases",
        header=("Step", "Order lines", f"Amount ({currency})"),
        rows=rows,
        align=("left", "right", "right"),
        caption="Each sum follows from the lines above it. Amounts that could not be read count as 0. Later chapters "
        f"rest on the last line.{_netted(view)}{_lookups(intake, engagement)}{_controls(intake, engagement)}",
        widths=(3.2, 1.0, 1.4),
    )


def _counted(rows: ibis.Table) -> tuple[int, float]:
    """Return the number of rows and the sum of their amounts, counted where the rows are."""
    amount = rows.net_amount
    found = rows.aggregate(n=rows.count(), total=amount.isnan().ifelse(None, amount).sum()).to_pandas().iloc[0]
    return int(found["n"]), 0.0 if pd.isna(found["total"]) else float(found["total"])


def _name(step: Step) -> str:
    return f"= {_STEPS[step.name]}" if step.is_total and step.name != "received" else _STEPS[step.name]


def _rows(step: Step) -> str:
    if step.n_rows is None or step.name == "no_earlier_purchase":
        return ""
    return count(step.n_rows) if step.n_rows >= 0 else f"−{count(-step.n_rows)}"


def _amount(amount: float) -> str:
    text = f"{abs(amount):,.2f}"
    return f"−{text}" if amount < 0 and text.strip("0,.") else text


def _netted(view: SingleView) -> str:
    netted = view.refunds.loc[view.refunds["outcome"].str.startswith("netted"), ["n_refunds", "net_amount"]].sum()
    n_refunds = int(netted["n_refunds"])
    if not n_refunds:
        return ""
    return f" {plural(n_refunds, 'refund')} of {-netted['net_amount']:,.2f} are taken off the purchases they give back."


def _lookups(intake: Intake, engagement: Engagement) -> str:
    """Return what became of the rows of exports that complete others."""
    parts = []
    for (source, table, file), rows in intake.lookups.groupby(["source", "table", "file"], sort=False):
        n_rows = rows.groupby("outcome")["n_rows"].sum()
        more = [f"{count(int(n_rows[one]))} {words}" for one, words in _OF_LOOKUPS.items() if n_rows.get(one, 0)]
        parts.append(
            f" {label_of(str(source), engagement)}: {table_words(str(table))} are completed from "
            f"{count(int(n_rows.get('used', 0)))} of {plural(int(n_rows.sum()), 'row')} of {file}"
            f"{'; not used: ' if more else ''}{', '.join(more)}."
        )
    return "".join(parts)


def _controls(intake: Intake, engagement: Engagement) -> str:
    if intake.controls.empty:
        return " The client gave no control total; ask for rows and sums of each export, so that a gap can be seen."
    rows = intake.controls.itertuples(index=False)
    return " " + " ".join(
        _control(label_of(str(one.source), engagement), one, engagement.client.currency) for one in rows
    )


def _control(label: str, one: Any, currency: str) -> str:
    parts = []
    if pd.notna(one.control_rows):
        parts.append(f"{count(int(one.control_rows))} rows {'tie' if one.n_rows == one.control_rows else 'do not tie'}")
    if pd.notna(one.control_total) and pd.notna(one.total):
        tied = is_tied(one.total, one.control_total)
        parts.append(f"{currency} {one.control_total:,.2f} {'ties' if tied else 'does not tie'}")
    return f"{label}, {table_words(one.table)}: the client's control of {' and '.join(parts)}."
