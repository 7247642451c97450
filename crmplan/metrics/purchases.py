"""What several figures say about purchases, defined once: sale lines, orders, first purchases, two years side by side.

"A purchase" is a customer's buying day; "12 months" are 365 days, so that every figure compares the same season with
the same season of the year before.
"""

from __future__ import annotations

from crmplan.metrics.registry import Period
from crmplan.metrics.windows import Expression, between, lacks_history, rows
from crmplan.tables import Tables

__all__ = [
    "all_lines",
    "by_customer",
    "first_purchases",
    "is_refund",
    "lacks_two_years",
    "orders_received",
    "purchases",
    "sale_lines",
    "two_years",
    "with_segment",
]


def purchases(tables: Tables, period: Period) -> Expression:
    """Return the customer days of the period: ``customer_key``, ``day``, ``n_orders``, ``net_amount``, ``profit``."""
    days = rows(tables, "customer_days", "customer_key", "day", "n_orders", "net_amount", "profit")
    return between(days.filter(days.customer_key.notnull()), "day", period.start, period.end)


def by_customer(tables: Tables, period: Period) -> Expression:
    """Return one row per customer who bought in the period: ``n_days``, ``revenue``."""
    days = purchases(tables, period)
    return days.group_by("customer_key").aggregate(n_days=days.day.nunique(), revenue=days.net_amount.sum())


def first_purchases(tables: Tables) -> Expression:
    """Return ``customer_key`` and ``first``, the first day on which the customer bought in all the data."""
    days = rows(tables, "customer_days", "customer_key", "day")
    days = days.filter(days.customer_key.notnull() & days.day.notnull())
    return days.group_by("customer_key").aggregate(first=days.day.min())


def lacks_two_years(tables: Tables, period: Period) -> str:
    """Return why a year cannot be set beside the one before; empty when it can."""
    return lacks_history(tables, period.before().start)


def two_years(tables: Tables, period: Period) -> Expression:
    """Return one row per customer who bought in the period before: ``n_days_before``, ``revenue_before``, ``revenue``.

    ``revenue`` is that of the period, 0 for a customer who stopped.
    """
    before = by_customer(tables, period.before()).rename(n_days_before="n_days", revenue_before="revenue")
    now = by_customer(tables, period)
    joined = before.left_join(now, "customer_key")
    return joined.select(
        "customer_key",
        "n_days_before",
        "revenue_before",
        revenue=joined.revenue.fill_null(0.0),
        is_kept=joined.n_days.notnull(),
    )


def is_refund(lines: Expression) -> Expression:
    """Return whether an order line gives money or goods back."""
    found = lines.net_amount < 0
    if "is_refund" in lines.columns:
        found = found | lines.is_refund.fill_null(False)
    return found


def all_lines(tables: Tables, *columns: str) -> Expression:
    """Return order lines with an amount that were not cancelled, refunds among them."""
    wanted = ("source", "order_id", "ordered_at", "net_amount", "is_refund", "status")
    lines = rows(tables, "orders", *dict.fromkeys((*wanted, *columns)))
    lines = lines.filter(lines.net_amount.notnull() & lines.ordered_at.notnull())
    if "status" in lines.columns:
        lines = lines.filter(~lines.status.fill_null("").lower().isin(["cancelled", "canceled"]))
    return lines


def sale_lines(tables: Tables, period: Period, *columns: str) -> Expression:
    """Return the order lines of the period that sell something."""
    lines = between(all_lines(tables, *columns), "ordered_at", period.start, period.end)
    return lines.filter(~is_refund(lines))


def orders_received(tables: Tables, period: Period, *columns: str) -> Expression:
    """Return one row per order of the period: ``ordered_at``, ``net_amount`` before refunds, and more columns."""
    lines = sale_lines(tables, period, *columns)
    key = [name for name in ("source", "order_id") if name in lines.columns]
    more = {name: lines[name].max() for name in columns if name in lines.columns}
    orders = lines.group_by(key).aggregate(ordered_at=lines.ordered_at.min(), net_amount=lines.net_amount.sum(), **more)
    return orders.filter(orders.order_id.notnull())


def with_segment(tables: Tables, table: Expression, column: str = "segment") -> tuple[Expression, Expression | None]:
    """Return the table with each customer's segment (or tier), and that column; None where segments are not there."""
    if not tables.has("segments", "customer_key", column):
        return table, None
    segments = rows(tables, "segments", "customer_key", column)
    joined = table.left_join(segments.filter(segments.customer_key.notnull()), "customer_key")
    named = joined.select(*table.columns, in_group=joined[column].nullif(""))
    return named, named.in_group
