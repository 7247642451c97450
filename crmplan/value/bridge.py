"""From gross revenue to value: what is taken off on the way, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from crmplan.tables import Tables

if TYPE_CHECKING:
    import ibis

__all__ = ["BRIDGE_STEPS", "ALL_CUSTOMERS", "price_cuts", "value_bridge"]

BRIDGE_STEPS = ("list_revenue", "discounts", "returns", "cost_of_goods", "serving", "acquisition", "time", "value")
ALL_CUSTOMERS = "all customers"


def price_cuts(tables: Tables) -> pd.DataFrame:
    """Return per customer what was bought, taken off the price and given back, so far.

    Returns
    -------
    pd.DataFrame
        customer_key, bought (net amount of lines above 0), discount, returned; no rows without orders. A column of the
        orders that is not there counts as 0.
    """
    if not tables.has("orders", "customer_key", "net_amount"):
        return pd.DataFrame(columns=["customer_key", "bought", "discount", "returned"])
    orders: Any = tables["orders"]
    amount = orders.net_amount.cast("float64")
    is_refund = amount < 0
    if tables.has("orders", "is_refund"):
        is_refund = is_refund | orders.is_refund.fill_null(False)
    discount: ibis.Value = orders.discount.cast("float64").fill_null(0) if "discount" in orders.columns else amount * 0
    lines = orders.filter(orders.customer_key.notnull()).mutate(
        bought=is_refund.ifelse(0.0, amount),
        off=is_refund.ifelse(0.0, discount.clip(lower=0)),
        returned=is_refund.ifelse(amount.abs(), 0.0),
    )
    found: pd.DataFrame = (
        lines.group_by(customer_key=lines.customer_key.cast("string"))
        .agg(bought=lines.bought.sum(), discount=lines.off.sum(), returned=lines.returned.sum())
        .execute()
    )
    return found.sort_values("customer_key", ignore_index=True)


def value_bridge(customers: pd.DataFrame, segment: pd.Series, cuts: pd.DataFrame, *, serve_cost: float) -> pd.DataFrame:
    """Return what lies between the list price of what customers will buy and their value, by segment and in all.

    Discounts and returns are expected to stay at the shares they have had so far. What it cost to win today's customers
    is spent and takes nothing off what they still bring.

    Parameters
    ----------
    customers
        ``customers`` of :class:`crmplan.value.Value`.
    segment
        Of each customer, in the same order; missing where there is none.
    cuts
        As :func:`price_cuts` returns them.
    serve_cost
        Cost of serving a purchase beyond the goods.

    Returns
    -------
    pd.DataFrame
        segment ("all customers" first), list_revenue, discounts, returns, cost_of_goods, serving, acquisition, time
        (discounting; each negative), value: a row's figures before value add up to it.
    """
    joined = customers.merge(cuts, on="customer_key", how="left").fillna(
        {"bought": 0.0, "discount": 0.0, "returned": 0.0}
    )
    joined["segment"] = segment.to_numpy()
    rows = [_row(ALL_CUSTOMERS, joined, serve_cost)]
    rows += [_row(str(name), part, serve_cost) for name, part in joined.groupby("segment", sort=True)]
    ordered = [rows[0], *sorted(rows[1:], key=lambda row: (-float(row[-1]), row[0]))]
    return pd.DataFrame(ordered, columns=["segment", *BRIDGE_STEPS])


def _row(name: str, part: pd.DataFrame, serve_cost: float) -> tuple[Any, ...]:
    bought, taken_off, returned = (float(part[column].sum()) for column in ("bought", "discount", "returned"))
    purchases = part["expected_purchases"].to_numpy("float64")
    net = float((purchases * part["expected_spend"]).sum())
    profit = float((purchases * part["expected_spend"] * part["margin_share"]).sum())
    kept = 1 - min(returned / bought, 0.99) if bought > 0 else 1.0
    at_price = net / kept
    listed = at_price * (1 + taken_off / bought) if bought > 0 else at_price
    serving, value = serve_cost * float(purchases.sum()), float(part["value"].sum())
    time = value - profit + serving
    return name, listed, at_price - listed, net - at_price, profit - net, 0.0 - serving, 0.0, time, value
