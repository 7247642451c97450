"""What order lines look like when something is wrong with all of them: months missing, one customer for many."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from crmplan.intake.finding import Finding, Severity, grade
from crmplan.intake.table_rows import TableRows
from crmplan.intake.words import rows_of

__all__ = ["OrderLines", "compared_lines"]

_STAND_INS = ("guest", "unknown", "anonymous", "cash", "walk-in", "dummy", "test")
_MIN_LINES = 200


@dataclass(slots=True)
class _Seen:
    """What was counted in one source's order lines so far."""

    n_rows: int = 0
    n_amounts: int = 0
    n_negative: int = 0
    n_not_refund: int = 0
    revenue: float = 0.0
    biggest: float = 0.0
    months: Counter[pd.Period] = field(default_factory=Counter)

    def add(self, rows: pd.DataFrame) -> None:
        amounts = rows["net_amount"]
        self.n_rows += len(rows)
        self.n_amounts += int(amounts.notna().sum())
        self.n_negative += int((amounts < 0).sum())
        self.n_not_refund += len(rows) - (int(rows["is_refund"].fillna(False).sum()) if "is_refund" in rows else 0)
        self.revenue += float(amounts.clip(lower=0).sum())
        self.biggest = max(self.biggest, float(amounts.max()) if amounts.notna().any() else 0.0)
        months = rows["ordered_at"].dropna().dt.to_period("M").value_counts()
        self.months.update(dict(months.items()))


class OrderLines:
    """Counts order lines while they go by, and tells what is odd about all lines of a source."""

    def __init__(self) -> None:
        self._seen: dict[str, _Seen] = defaultdict(_Seen)

    def see(self, source: str, rows: pd.DataFrame) -> None:
        """Count in some order lines of a source; only lines that are used."""
        self._seen[source].add(rows)

    def findings(self) -> Iterator[Finding]:
        """Yield what was found, per source."""
        is_sold = any(one.n_amounts > one.n_negative and one.revenue > 0 for one in self._seen.values())
        for source, seen in self._seen.items():
            yield from _missing_months(source, seen)
            yield from _one_big_line(source, seen)
            yield from _only_refunds(source, seen, is_sold=is_sold)


def compared_lines(orders: TableRows, connection: Any) -> Iterator[Finding]:
    """Yield what shows only when order lines are compared with each other, per source.

    Parameters
    ----------
    orders
        Order lines that are used, with ``source``.
    connection
        An engine in which they are the view ``orders``.
    """
    content = ", ".join(orders.columns)
    n_rows = dict(connection.execute("select source, count(*) from orders group by source").fetchall())
    copied = connection.execute(
        f"select source, sum(n - 1) from (select source, count(*) as n from orders group by {content}) "  # noqa: S608 - names of the schema
        "group by source order by source"
    ).fetchall()
    for source, n_copies in copied:
        yield from _copied_lines(source, int(n_copies), n_rows[source], has_products="product_id" in orders.columns)
    shared = connection.execute(
        "select source, count(*), count(*) filter (n > 1) from (select source, order_id, count(distinct customer_id)"
        " as n from orders where order_id is not null and customer_id is not null group by source, order_id) "
        "group by source order by source"
    ).fetchall()
    for source, n_orders, n_shared in shared:
        yield from _shared_orders(source, n_shared, n_orders)
    lines = connection.execute(
        "with lines as (select source, customer_id, count(*) as n from orders where customer_id is not null "
        "group by source, customer_id), means as (select source, avg(n) as mean from lines group by source) "
        "select source, sum(n)::bigint, count(*), max(n), coalesce(sum(n) filter (lower(customer_id) in "
        "(select unnest(?)) or (regexp_full_match(customer_id, '0+') and n > 5 * mean)), 0)::bigint "
        "from lines join means using (source) group by source order by source",
        [list(_STAND_INS)],
    ).fetchall()
    for source, n_lines, n_customers, n_top, n_stand_in in lines:
        yield from _one_for_many(source, n_lines, n_customers, n_top, n_stand_in)


def _copied_lines(source: str, n_copies: int, n_rows: int, *, has_products: bool) -> Iterator[Finding]:
    if n_copies:
        severity: Severity = "medium" if n_copies >= 0.01 * n_rows and has_products else "low"
        message = f"Nothing that sets them apart from another line on {rows_of(n_copies, n_rows, 'orders')}."
        effect = (
            "They are kept, as the same thing can be bought twice; if the export repeats lines, revenue is too high."
        )
        yield Finding("same_lines", severity, source, "orders", "", n_copies, n_rows, message, effect)


def _shared_orders(source: str, n_shared: int, n_orders: int) -> Iterator[Finding]:
    if n_shared:
        message = f"An order number that stands for more than one customer: {n_shared:,} of {n_orders:,} orders."
        effect = "Each customer's part counts as an order of its own."
        severity = grade(n_shared, n_orders)
        yield Finding("shared_order", severity, source, "orders", "order_id", n_shared, n_orders, message, effect)


def _one_for_many(source: str, n_lines: int, n_customers: int, n_top: int, n_stand_in: int) -> Iterator[Finding]:
    if n_lines < _MIN_LINES or n_customers < 20:
        return
    # Numbers may begin with 0; a zero that buys far more than others is no customer.
    if n_stand_in:
        where = rows_of(n_stand_in, n_lines, "orders")
        message = f"A customer number that looks like a stand-in (such as 0 or guest) on {where}."
    elif n_top >= 0.2 * n_lines:
        message = f"One and the same customer number on {rows_of(n_top, n_lines, 'orders')}."
    else:
        return
    n_rows = n_stand_in or n_top
    effect = "If it stands for many customers, one false best customer distorts segments and value; map it to empty."
    severity = grade(n_rows, n_lines, high=0.05, medium=0.005)
    yield Finding("stand_in_customer", severity, source, "orders", "customer_id", n_rows, n_lines, message, effect)


def _missing_months(source: str, seen: _Seen) -> Iterator[Finding]:
    months = seen.months
    if len(months) < 4 or months.total() / len(months) < 30:
        return
    between = pd.period_range(min(months), max(months), freq="M")
    missing = [str(month) for month in between if month not in months]
    if missing:
        shown = ", ".join(missing[:4]) + (" and more" if len(missing) > 4 else "")
        message = f"No order line at all in {len(missing)} of {len(between)} months: {shown}."
        effect = "If an export is missing, customers look lost who were not; ask for it."
        yield Finding(
            "missing_months", "high", source, "orders", "ordered_at", len(missing), len(between), message, effect
        )


def _one_big_line(source: str, seen: _Seen) -> Iterator[Finding]:
    if seen.n_rows >= _MIN_LINES and seen.revenue > 0 and seen.biggest >= 0.02 * seen.revenue:
        message = f"One order line carries {100 * seen.biggest / seen.revenue:.0f} % of the revenue of this source."
        effect = (
            "If it is a slip of the keyboard, averages, best customers and value are wrong; check it with the client."
        )
        yield Finding("one_big_line", "high", source, "orders", "net_amount", 1, seen.n_rows, message, effect)


def _only_refunds(source: str, seen: _Seen, *, is_sold: bool) -> Iterator[Finding]:
    if not seen.n_amounts or seen.n_negative < seen.n_amounts:
        return
    if not seen.n_not_refund and is_sold:
        # A system of its own for returns, beside one that sells.
        return
    message = f"Money given back on {rows_of(seen.n_amounts, seen.n_rows, 'orders')}; is the sign turned?"
    effect = (
        "No line counts as a purchase. If sales are written with a minus, map net_amount with scale: -1; "
        "if these are refunds, ask for the sales."
    )
    where = (source, "orders", "net_amount", seen.n_amounts, seen.n_rows)
    yield Finding("only_refunds", "high", *where, message, effect)
