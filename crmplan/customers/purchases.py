"""Purchase days: who bought on which day for how much, as expressions that run on DuckDB and on Spark alike.

Most customers never give anything back; their days are sums, and sums are the engine's work. For the others the
engine adds up lines to orders, and :mod:`crmplan.customers.refunds` charges what came back to what it gives back, some
customers at a time.

Amounts are added up as whole millionths: integers have no order in which they must be added, so that several threads,
or several machines, come to the same sum to the last digit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmplan.customers.refunds import Netted, net_refunds

if TYPE_CHECKING:
    import ibis

__all__ = ["Purchases", "customer_table", "fold_purchases", "product_categories", "with_known_cost"]

_MILLIONTHS = 1_000_000
_MOST_ORDERS_AT_ONCE = 1_000_000
_TOTALS = {"customer_key": "str", "source": "str", "order_id": "str", "marked": "bool", "refunds_order_id": "str"}
_ORDER = ["customer_key", "source", "order_id", "day"]


@dataclass(frozen=True, slots=True)
class Purchases:
    """Purchase days as an expression, and what became of refunds.

    Parameters
    ----------
    customer_days
        ``customer_key``, ``day`` (midnight), ``n_orders``, ``net_amount`` and, when costs are known, ``profit`` (null
        on days on which the cost of a line is not known); only days with ``net_amount`` above zero; in no order.
    refunds
        ``outcome`` (netted_to_order, netted_to_earlier_day, no_earlier_purchase), ``n_refunds``, ``net_amount``.
    """

    customer_days: ibis.Table
    refunds: pd.DataFrame


def fold_purchases(orders: ibis.Table, products: ibis.Table | None = None) -> Purchases:
    """Return the purchase days of every customer.

    Parameters
    ----------
    orders
        Order lines: ``customer_key`` (lines without one are left out), ``source``, ``order_id``, ``ordered_at``,
        ``net_amount`` (below a million million); optionally ``cost``, ``is_refund``, ``refunds_order_id``,
        ``product_id``, ``quantity``.
    products
        ``product_id`` and ``unit_cost``, for lines without a cost; the lowest where a product has several.

    Examples
    --------
    >>> import ibis
    >>> lines = pd.DataFrame({"customer_key": ["C1"] * 3 + ["C2"], "source": "shop", "order_id": list("abrd"),
    ...                       "ordered_at": pd.to_datetime(["2024-01-01", "2024-02-01", "2024-02-03", "2024-01-01"]),
    ...                       "net_amount": [10.0, 8.0, -3.0, 0.1]})
    >>> days = fold_purchases(ibis.memtable(lines)).customer_days
    >>> days.order_by("customer_key", "day").net_amount.to_pandas().tolist()
    [10.0, 5.0, 0.1]
    """
    import ibis

    lines = _lines(orders, products)
    # Few customers give anything back: their names are known from here on, and not looked for again in every question.
    gave_back = ibis.memtable(_who_gave_back(lines).to_pandas().astype({"customer_key": "str"}))
    simple = _days(_orders(lines.anti_join(gave_back, "customer_key")))
    netted = _netted(lines.semi_join(gave_back, "customer_key"), has_profit="profit" in lines.columns)
    if netted.customer_days.empty:
        return Purchases(simple, netted.refunds)
    others = ibis.memtable(netted.customer_days).cast(simple.schema())
    if "profit" in others.columns:
        others = others.mutate(profit=_number(others.profit))
    return Purchases(simple.union(others), netted.refunds)


def customer_table(customer_days: ibis.Table) -> ibis.Table:
    """Return one row per customer from its purchase days.

    Returns
    -------
    ibis.Table
        ``customer_key``, ``first_day``, ``last_day``, ``n_purchase_days``, ``n_orders``, ``net_amount`` and, where
        there is one, ``profit`` (null where that of a day is not known).
    """
    millionths = (customer_days.net_amount * _MILLIONTHS).round().cast("int64")
    measures = {
        "first_day": customer_days.day.min(),
        "last_day": customer_days.day.max(),
        "n_purchase_days": customer_days.count(),
        "n_orders": _whole(customer_days.n_orders.sum()),
        "net_amount": millionths.sum().cast("float64") / _MILLIONTHS,
    }
    if "profit" in customer_days.columns:
        profit = (customer_days.profit * _MILLIONTHS).round().cast("int64")
        is_known = customer_days.profit.isnull().cast("int64").sum() == 0
        measures["profit"] = is_known.ifelse(profit.sum().cast("float64") / _MILLIONTHS, None)
    return customer_days.group_by("customer_key").aggregate(**measures)


def product_categories(products: ibis.Table) -> ibis.Table:
    """Return ``product_id`` and ``category``, one row a product: the first by alphabet where it has several.

    Examples
    --------
    >>> import ibis
    >>> products = ibis.memtable({"product_id": ["1", "1"], "category": ["Tea", "Coffee"]})
    >>> product_categories(products).to_pandas().to_dict("records")
    [{'product_id': '1', 'category': 'Coffee'}]
    """
    return products.group_by("product_id").aggregate(category=products.category.min())


def with_known_cost(lines: ibis.Table, products: ibis.Table | None) -> ibis.Table:
    """Return order lines with ``known_cost``: their own cost, else that of their product; null where there is neither.

    Parameters
    ----------
    lines
        Order lines, with ``cost``, and ``product_id`` and ``quantity``, where these are known.
    products
        ``product_id`` and ``unit_cost``; the lowest where a product has several.
    """
    import ibis

    if products is not None and {"product_id", "quantity"} <= set(lines.columns):
        pieces = products.group_by(_product=products.product_id).aggregate(_unit_cost=_number(products.unit_cost).min())
        found = lines.left_join(pieces, lines.product_id == pieces["_product"])
        of_product = found["_unit_cost"] * _number(found.quantity)
    else:
        found, of_product = lines, ibis.null("float64")
    own = _number(found.cost) if "cost" in found.columns else ibis.null("float64")
    known = found.mutate(known_cost=ibis.coalesce(own, of_product))
    return known.drop(*(name for name in ("_product", "_unit_cost") if name in known.columns))


def _lines(orders: ibis.Table, products: ibis.Table | None) -> ibis.Table:
    import ibis

    lines = orders.filter(orders.customer_key.notnull() & orders.ordered_at.notnull())
    lines = lines.mutate(
        day=lines.ordered_at.truncate("D").cast("timestamp"),
        marked=lines.is_refund.fill_null(False) if "is_refund" in lines.columns else ibis.literal(False),
        net_amount=_number(lines.net_amount),
    )
    lines = lines.mutate(millionths=_millionths(lines.net_amount.fill_null(0.0)))
    lines = with_known_cost(lines, products)
    if not lines.filter(lines.known_cost.notnull()).limit(1).count().execute():
        return lines.drop("known_cost")
    lines = lines.mutate(profit=lines.net_amount - lines.known_cost)
    known = lines.profit.notnull()
    return lines.mutate(is_unknown=(~known).cast("int64"), profit_millionths=_millionths(lines.profit.fill_null(0.0)))


def _number(column: Any) -> Any:
    """Return a number column in which what is no number is null; Spark keeps the two apart."""
    number = column.cast("float64")
    return number.isnan().ifelse(None, number)


def _millionths(amount: Any) -> Any:
    return (amount * _MILLIONTHS).round().cast("int64")


def _whole(count: Any) -> Any:
    """Return a sum of counts as 64 bits: DuckDB's has 128, which no file holds, and Ibis takes it for 64 already."""
    return count.cast("float64").cast("int64")


def _orders(lines: ibis.Table, *more: str) -> ibis.Table:
    measures = {"millionths": lines.millionths.sum()}
    if "profit" in lines.columns:
        measures |= {"profit_millionths": lines.profit_millionths.sum(), "is_unknown": lines.is_unknown.sum()}
    return lines.group_by([*_ORDER, *more]).aggregate(**measures)


def _days(orders: ibis.Table) -> ibis.Table:
    """Return the days of customers who never gave anything back."""
    measures = {
        "n_orders": _whole((orders.millionths > 0).cast("int64").sum()),
        "net_amount": orders.millionths.sum().cast("float64") / _MILLIONTHS,
    }
    has_profit = "profit_millionths" in orders.columns
    if has_profit:
        profit = orders.profit_millionths.sum().cast("float64") / _MILLIONTHS
        measures["profit"] = (orders.is_unknown.sum() == 0).ifelse(profit, None)
    days = orders.group_by(["customer_key", "day"]).aggregate(**measures)
    return days.filter(days.net_amount > 0)


def _who_gave_back(lines: ibis.Table) -> ibis.Table:
    """Return the customers with a refund: few lines are below zero, so only theirs are added up to orders."""
    suspects = lines.filter(lines.marked | (lines.millionths < 0)).select("customer_key").distinct()
    orders = _orders(lines.semi_join(suspects, "customer_key"), *_refund_columns(lines))
    return orders.filter(orders.marked | (orders.millionths < 0)).select("customer_key").distinct()


def _refund_columns(lines: ibis.Table) -> list[str]:
    return ["marked", *(["refunds_order_id"] if "refunds_order_id" in lines.columns else [])]


def _netted(lines: ibis.Table, *, has_profit: bool) -> Netted:
    """Return the days of customers who gave something back, and what became of refunds."""
    parts = [net_refunds(totals, has_profit=has_profit) for totals in _batches(lines, has_profit=has_profit)]
    refunds = pd.concat([part.refunds for part in parts])
    refunds = refunds.groupby("outcome", sort=False).sum().reset_index().astype({"outcome": "str"})
    return Netted(pd.concat([part.customer_days for part in parts], ignore_index=True), refunds)


def _batches(lines: ibis.Table, *, has_profit: bool) -> Iterator[pd.DataFrame]:
    """Yield orders of whole customers, about a million at a time, as the netting of refunds wants them."""
    by = _refund_columns(lines)
    if "refunds_order_id" in by:
        # Of a refund, the order it names parts it from others; of a purchase it says nothing.
        lines = lines.mutate(_refunded=lines.marked.ifelse(lines.refunds_order_id.fill_null(""), ""))
    totals = lines.group_by([*_ORDER, "marked", *(["_refunded"] if "_refunded" in lines.columns else [])])
    measures = {"millionths": lines.millionths.sum(), "at": lines.ordered_at.min()}
    if has_profit:
        measures |= {"profit_millionths": lines.profit_millionths.sum(), "is_unknown": lines.is_unknown.sum()}
    if "_refunded" in lines.columns:
        measures["refunds_order_id"] = lines.refunds_order_id.min()
    totals = totals.aggregate(**measures)
    sizes = totals.group_by("customer_key").aggregate(n=totals.count()).to_pandas().sort_values("customer_key")
    if sizes.empty:
        yield _as_netting_wants(totals.limit(0).to_pandas(), has_profit=has_profit)
    for _, part in sizes.groupby((sizes["n"].cumsum() - 1) // _MOST_ORDERS_AT_ONCE):
        of_part = totals.filter(totals.customer_key.between(part["customer_key"].min(), part["customer_key"].max()))
        yield _as_netting_wants(of_part.to_pandas(), has_profit=has_profit)


def _as_netting_wants(totals: pd.DataFrame, *, has_profit: bool) -> pd.DataFrame:
    totals = totals.assign(net_amount=totals["millionths"].astype("float64") / _MILLIONTHS)
    if has_profit:
        totals["profit"] = totals["profit_millionths"].astype("float64") / _MILLIONTHS
    by = [*_ORDER, "marked", *(["_refunded"] if "_refunded" in totals else [])]
    totals = totals.astype({name: dtype for name, dtype in _TOTALS.items() if name in totals})
    totals = totals.astype({"day": "datetime64[us]", "at": "datetime64[us]"}).sort_values(by, ignore_index=True)
    return totals.drop(columns=["millionths", "profit_millionths", "_refunded"], errors="ignore")
