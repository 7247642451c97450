"""How tables, columns and counts of rows are named in a finding."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["column_label", "one_of", "rows_of", "table_label"]

_ROWS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "customers": ("customer record", "customer records"),
        "orders": ("order line", "order lines"),
        "products": ("product", "products"),
        "interactions": ("contact", "contacts"),
        "opportunities": ("deal", "deals"),
        "contracts": ("contract", "contracts"),
        "campaigns": ("campaign", "campaigns"),
        "touches": ("campaign contact", "campaign contacts"),
        "surveys": ("survey answer", "survey answers"),
        "shipments": ("delivery", "deliveries"),
        "staff": ("member of staff", "members of staff"),
        "systems": ("system", "systems"),
    }
)
_COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "email": "e-mail address",
        "born_on": "day of birth",
        "phone": "telephone number",
        "postcode": "postal code",
        "customer_id": "customer number",
        "order_id": "order number",
        "product_id": "product number",
        "campaign_id": "campaign number",
        "opportunity_id": "deal number",
        "interaction_id": "contact number",
        "contract_id": "contract number",
        "net_amount": "amount",
        "ordered_at": "date of order",
        "started_at": "time of contact",
        "touched_at": "date of campaign contact",
        "answered_at": "date of answer",
        "created_at": "date of creation",
        "updated_at": "date of last change",
        "closed_at": "date of closing",
        "first_response_at": "time of the first response",
        "started_on": "first day",
        "ended_on": "last day",
        "promised_on": "promised day",
        "delivered_on": "day of delivery",
        "first_heard": "how the customer first heard of the company",
        "is_resolved": "mark of a settled contact",
        "is_response": "mark of a response",
        "is_refund": "mark of a refund",
        "wait_seconds": "waiting time",
        "duration_seconds": "time spent",
        "lead_source": "origin of the lead",
        "refunds_order_id": "number of the refunded order",
    }
)


def table_label(table: str, n: int = 2) -> str:
    """Return what the rows of a table are called.

    Examples
    --------
    >>> table_label("orders"), table_label("shipments", 1)
    ('order lines', 'delivery')
    """
    one, many = _ROWS[table]
    return one if n == 1 else many


def column_label(column: str) -> str:
    """Return what a column is called.

    Examples
    --------
    >>> column_label("email"), column_label("birth_year")
    ('e-mail address', 'birth year')
    """
    return _COLUMNS.get(column, column.removeprefix("is_").replace("_", " "))


def one_of(column: str) -> str:
    """Return what a column is called, with its article, to begin a sentence.

    Examples
    --------
    >>> one_of("order_id"), one_of("product_id")
    ('An order number', 'A product number')
    """
    label = column_label(column)
    return f"{'An' if label[0] in 'aeio' else 'A'} {label}"


def rows_of(n_rows: int, of_rows: int, table: str) -> str:
    """Return a count of rows out of all.

    Examples
    --------
    >>> rows_of(12, 1000, "orders"), rows_of(3, 3, "orders"), rows_of(1, 1, "orders")
    ('12 of 1,000 order lines', 'all 3 order lines', 'the only order line')
    """
    if n_rows == of_rows:
        return f"the only {table_label(table, 1)}" if of_rows == 1 else f"all {of_rows:,} {table_label(table)}"
    return f"{n_rows:,} of {of_rows:,} {table_label(table, of_rows)}"
