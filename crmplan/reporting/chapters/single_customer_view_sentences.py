"""The sentences of chapter 02."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from crmplan.engagement import Engagement
from crmplan.reporting.wording import count, money, plural, share

if TYPE_CHECKING:
    from crmplan.customers import SingleView
    from crmplan.intake import Finding, Intake

__all__ = ["effect_sentences", "label_of", "rows_received", "sentences", "table_words"]

_MOST_SENTENCES = 5
_TABLES: Mapping[str, str] = MappingProxyType(
    {
        "customers": "customer records", "orders": "order lines", "products": "products", "interactions": "contacts",
        "opportunities": "deals", "contracts": "contracts", "campaigns": "campaigns", "touches": "campaign contacts",
        "surveys": "survey answers", "shipments": "deliveries", "staff": "members of staff", "systems": "systems",
    }
)  # fmt: skip
_STEPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Purchases, segments and value", ("orders", "contracts")),
    ("Who the customers are", ("customers",)),
    ("What is bought together", ("products",)),
    ("Figures of the call centre", ("interactions", "staff")),
    ("Figures of the sales department", ("opportunities",)),
    ("Figures of marketing", ("campaigns", "touches", "surveys")),
    ("Figures of operations", ("shipments",)),
)


def label_of(source: str, engagement: Engagement) -> str:
    """Return the name of a source as the client knows it."""
    return next((one.label for one in engagement.sources if one.name == source and one.label), source)


def table_words(table: str) -> str:
    """Return what the rows of a canonical table are.

    Examples
    --------
    >>> table_words("orders")
    'order lines'
    """
    return _TABLES.get(table, table)


def rows_received(intake: Intake) -> tuple[int, int]:
    """Return the rows of all files and how many of them are left out.

    Rows that are read as several tables were sent once: they count as the table that most of them are used for. Tables
    of one file that have other numbers of rows are other sheets of a workbook, or tables of a database, and count too.
    """
    ledger = intake.ledger
    is_left_out = ~ledger["outcome"].isin(("used", "no_customer_id", "repeated"))
    is_used = ledger["outcome"].isin(("used", "no_customer_id"))
    rows = ledger.assign(n_left_out=ledger["n_rows"].where(is_left_out, 0), n_used=ledger["n_rows"].where(is_used, 0))
    parts = rows.groupby(["file", "table"], sort=False)[["n_rows", "n_left_out", "n_used"]].sum()
    by_use = parts.sort_values(["n_rows", "n_used"], ascending=False, kind="stable")
    main = by_use.groupby(["file", "n_rows"], sort=False).head(1)
    return int(main["n_rows"].sum()), int(main["n_left_out"].sum())


def sentences(intake: Intake, view: SingleView, engagement: Engagement) -> tuple[str, ...]:
    """Return two to five sentences: customers behind records, unnamed sales, rows used, disagreement, quality."""
    told = [
        _customers(view),
        *_unnamed(intake, engagement),
        _rows(intake),
        *_disagreement(view),
        *_refunds(view, engagement),
        _quality(intake, engagement),
    ]
    return tuple(told if len(told) <= _MOST_SENTENCES else [*told[: _MOST_SENTENCES - 1], told[-1]])


def effect_sentences(intake: Intake, view: SingleView, engagement: Engagement) -> tuple[str, ...]:
    """Return, for each later step that findings of high or medium severity touch, how many and the weightiest."""
    told = []
    for step, tables in _STEPS:
        touching = [one for one in intake.findings if one.table in tables and one.severity in {"high", "medium"}]
        if not touching:
            continue
        n_high = sum(one.severity == "high" for one in touching)
        severity = " of high severity" if n_high == len(touching) else " of medium severity"
        if 0 < n_high < len(touching):
            severity = f", {count(n_high)} of high severity"
        first = touching[0]
        told.append(f"{step}: {plural(len(touching), 'finding')}{severity}. {_first(first, engagement)} {first.effect}")
    return tuple(told)


def _customers(view: SingleView) -> str:
    n_joined = view.n_records - view.n_customers
    if len(view.sources) == 1 and not n_joined:
        return f"{_stand(view.n_customers)} in the one system that came; none is in it twice."
    where = plural(len(view.sources), "system")
    if not n_joined:
        several = int((view.tables.frame("golden", "n_sources")["n_sources"] > 1).sum())
        rest = f"{count(several)} of them are in more than one." if several else "none could be found in two of them."
        return f"{_stand(view.n_customers)} in {where}; {rest}"
    return (
        f"Behind {plural(view.n_records, 'customer record')} in {where} stand {plural(view.n_customers, 'customer')}: "
        f"{share(n_joined / view.n_records)} of the records repeat a customer who has another."
    )


def _stand(n_customers: int) -> str:
    return f"{plural(n_customers, 'customer')} {'stands' if n_customers == 1 else 'stand'}"


def _unnamed(intake: Intake, engagement: Engagement) -> Iterator[str]:
    orders = intake.ledger.loc[intake.ledger["table"].eq("orders")]
    unnamed = orders.loc[orders["outcome"].eq("no_customer_id")]
    used = orders.loc[orders["outcome"].isin(("used", "no_customer_id"))]
    n_unnamed, n_used = int(unnamed["n_rows"].sum()), int(used["n_rows"].sum())
    if not n_unnamed:
        return
    amount, total = float(unnamed["net_amount"].sum()), float(used["net_amount"].sum())
    worth = f"; they carry {money(amount, engagement.client.currency)}"
    if total > 0 and 0 <= amount <= total:
        worth += f", {share(amount / total)} of revenue"
    yield f"{share(n_unnamed / n_used)} of order lines name no customer{worth}."


def _rows(intake: Intake) -> str:
    n_rows, n_out = rows_received(intake)
    if not n_out:
        return (
            "The 1 row received could be used." if n_rows == 1 else f"All {count(n_rows)} rows received could be used."
        )
    return f"Of {plural(n_rows, 'row')} received, {count(n_out)} ({share(n_out / n_rows)}) had to be left out."


def _disagreement(view: SingleView) -> Iterator[str]:
    n_several = int((view.tables.frame("golden", "n_records")["n_records"] > 1).sum())
    n_differ = int(view.conflicts["customer_key"].nunique())
    if n_several and n_differ:
        yield (
            f"For {count(n_differ)} of {plural(n_several, 'customer')} with several records the records say different "
            f"things ({share(n_differ / n_several)})."
        )


def _refunds(view: SingleView, engagement: Engagement) -> Iterator[str]:
    n_refunds = int(view.refunds["n_refunds"].sum())
    if not n_refunds:
        return
    lost = view.refunds.loc[view.refunds["outcome"].eq("no_earlier_purchase")]
    n_lost = int(lost["n_refunds"].sum())
    total = money(-float(view.refunds["net_amount"].sum()), engagement.client.currency)
    rest = f"; {count(n_lost)} of them have no earlier purchase in the data and are left out" if n_lost else ""
    verb = "is" if n_refunds == 1 else "are"
    yield f"{plural(n_refunds, 'refund')} of {total} {verb} charged to the purchases before them{rest}."


def _quality(intake: Intake, engagement: Engagement) -> str:
    high = [one for one in intake.findings if one.severity == "high"]
    if high:
        first = _first(high[0], engagement)
        return f"The data have {plural(len(high), 'defect')} of high severity; the weightiest: {first}"
    if len(intake.findings) == 1:
        only = intake.findings[0]
        return f"The checks found 1 defect in the data, of {only.severity} severity: {_first(only, engagement)}"
    if intake.findings:
        return f"None of the {plural(len(intake.findings), 'finding')} on the quality of the data is of high severity."
    return "The checks of the data found nothing wrong."


def _first(finding: Finding, engagement: Engagement) -> str:
    return f"{label_of(finding.source, engagement)}: {finding.message[0].lower()}{finding.message[1:]}"
