"""Purchase days counted one order at a time, as slowly and plainly as the rules can be written down."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import pandas as pd

_Order = dict[str, Any]


def purchases_by_hand(
    orders: pd.DataFrame, unit_costs: dict[str, float]
) -> tuple[list[tuple[Any, ...]], dict[str, int]]:
    """Return (customer, day, number of orders, amount, profit), sorted, and how many refunds had which outcome."""
    has_cost = "cost" in orders or bool(unit_costs)
    made = _orders(line for line in orders.to_dict("records") if not pd.isna(line["customer_key"]))
    bought = [one for one in made if not _is_refund(one)]
    outcomes: dict[str, int] = defaultdict(int)
    for refund in (one for one in made if _is_refund(one)):
        order, outcome = _given_back(refund, bought)
        outcomes[outcome] += 1
        if order is not None:
            _charge(order, refund)
    for customer in {one["customer"] for one in bought}:
        history = sorted((one for one in bought if one["customer"] == customer), key=lambda one: one["at"])
        for earlier, later in zip(history[-2::-1], history[:0:-1], strict=True):
            if later["left"] < 0:
                _charge(earlier, later)
                later.update(left=0, profit=0, n_unknown=0)
    days: dict[tuple[str, Any], list[_Order]] = defaultdict(list)
    for one in bought:
        days[one["customer"], one["day"]].append(one)
    knows_profit = has_cost and any(one["knows_cost"] for one in made)
    return sorted(_day(key, of_day, knows_profit) for key, of_day in days.items() if _left(of_day) > 0), outcomes


def with_costs(orders: pd.DataFrame, unit_costs: dict[str, float]) -> pd.DataFrame:
    """Return the lines with the cost of a piece where a line has none."""
    if not unit_costs:
        return orders
    by_piece = orders["product_id"].map(unit_costs).astype("float64") * orders["quantity"]
    return orders.assign(cost=orders["cost"].fillna(by_piece) if "cost" in orders else by_piece)


def _orders(lines: Iterable[dict[str, Any]]) -> list[_Order]:
    found: dict[tuple[Any, ...], _Order] = {}
    for line in lines:
        marked = line.get("is_refund") is True
        named = line.get("refunds_order_id")
        named = None if pd.isna(named) else named
        day = line["ordered_at"].normalize()
        key = (line["customer_key"], line["source"], line["order_id"], day, marked, (named or "") if marked else "")
        blank = {"left": 0, "profit": 0, "n_unknown": 0, "knows_cost": False, "at": line["ordered_at"], "named": None}
        one = found.setdefault(key, blank)
        amount, cost = line["net_amount"], line.get("cost", float("nan"))
        one["left"] += 0 if pd.isna(amount) else round(amount * 1e6)
        one["at"] = min(one["at"], line["ordered_at"])
        one["named"] = min(filter(None, (one["named"], named)), default=None)
        one["knows_cost"] |= not pd.isna(cost)
        if pd.isna(amount) or pd.isna(cost):
            one["n_unknown"] += 1
        else:
            one["profit"] += round((amount - cost) * 1e6)
    for (customer, source, order_id, day, marked, _), one in found.items():
        one.update(customer=customer, source=source, order_id=order_id, day=day, marked=marked)
    return [found[key] for key in sorted(found)]


def _is_refund(order: _Order) -> bool:
    return bool(order["marked"] or order.setdefault("first", order["left"]) < 0)


def _given_back(refund: _Order, bought: list[_Order]) -> tuple[_Order | None, str]:
    """Return the order that a refund lowers: the one it names, or the customer's latest up to then."""
    own = [one for one in bought if one["customer"] == refund["customer"]]
    number = refund["named"] or refund["order_id"]
    for one in own:
        if (one["source"], one["order_id"]) == (refund["source"], number):
            return one, "netted_to_order"
    earlier = [one for one in own if one["at"] <= refund["at"]]
    if earlier:
        latest = max(one["at"] for one in earlier)
        return [one for one in earlier if one["at"] == latest][-1], "netted_to_earlier_day"
    return None, "no_earlier_purchase"


def _charge(order: _Order, refund: _Order) -> None:
    for name in ("left", "profit", "n_unknown"):
        order[name] += refund[name]


def _left(orders: list[_Order]) -> int:
    return sum(int(one["left"]) for one in orders)


def _day(key: tuple[str, Any], orders: list[_Order], knows_profit: bool) -> tuple[Any, ...]:
    profit = sum(one["profit"] for one in orders) / 1e6
    is_known = not any(one["n_unknown"] for one in orders)
    n_orders = sum(one["left"] > 0 for one in orders)
    return (*key, n_orders, _left(orders) / 1e6, (profit if is_known else None) if knows_profit else "")
