"""Refunds, taken off the purchase that they give back.

A refund is a line that is marked as one or, where nothing is marked, an order whose lines sum to less than zero; a
voucher line within an order lowers that order. A refund lowers the order it names, or under whose number it is
written; one without such an order lowers the customer's latest order up to then; one without an earlier order is left
out and counted. What a refund takes beyond its order is taken from the orders before it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

__all__ = ["Netted", "net_refunds"]

_OUTCOMES = ("netted_to_order", "netted_to_earlier_day", "no_earlier_purchase")


@dataclass(frozen=True, slots=True)
class Netted:
    """Purchase days of those who gave something back, and what became of it.

    Parameters
    ----------
    customer_days
        ``customer_key``, ``day`` (midnight), ``n_orders``, ``net_amount`` and, when costs are known, ``profit`` (null
        on days on which the cost of a line is not known); only days with ``net_amount`` above zero.
    refunds
        ``outcome`` (netted_to_order, netted_to_earlier_day, no_earlier_purchase), ``n_refunds``, ``net_amount``.
    """

    customer_days: pd.DataFrame
    refunds: pd.DataFrame


def net_refunds(totals: pd.DataFrame, *, has_profit: bool) -> Netted:
    """Return purchase days from orders, with refunds charged to what they give back.

    Parameters
    ----------
    totals
        One row per order, day and refund named, sorted by them: ``customer_key``, ``source``, ``order_id``, ``day``,
        ``marked`` (a refund by its mark), ``net_amount``, ``at`` (its first line) and, where there are, the
        ``refunds_order_id`` that a refund names, ``profit`` and ``is_unknown`` (lines whose profit is not known).
    has_profit
        Whether profits are known at all.

    Examples
    --------
    >>> at = pd.to_datetime(["2024-01-01 09:00", "2024-02-01 09:00", "2024-02-03 09:00"])
    >>> totals = pd.DataFrame({"customer_key": "C1", "source": "shop", "order_id": ["a", "b", "r"],
    ...                        "day": at.normalize(), "marked": False, "net_amount": [10.0, 8.0, -3.0], "at": at})
    >>> net_refunds(totals, has_profit=False).customer_days["net_amount"].tolist()
    [10.0, 5.0]
    """
    is_refund = totals["marked"] | (totals["net_amount"] < 0)
    bought = totals.loc[~is_refund].reset_index(drop=True)
    returned, outcome = _assigned(totals.loc[is_refund].reset_index(drop=True), bought)
    days = _folded(bought, returned.loc[returned["target"] >= 0], has_profit=has_profit)
    return Netted(days, _summed(returned, outcome))


def _folded(bought: pd.DataFrame, returned: pd.DataFrame, *, has_profit: bool) -> pd.DataFrame:
    """Return purchase days from orders and from refunds with ``target``, the row of the order each lowers."""
    net = bought.assign(target=bought.index)
    entries = pd.concat([net, returned], ignore_index=True) if len(returned) else net
    measures = ["net_amount", *(["profit", "is_unknown"] if has_profit else [])]
    sums = entries.groupby("target")[measures].sum().reindex(bought.index)
    by_order = _carried_back(pd.concat([bought[["customer_key", "day", "at"]], sums], axis=1), measures)
    by_order["n_orders"] = (by_order["net_amount"] > 0).astype("int64")
    days = by_order.groupby(["customer_key", "day"], sort=True)[["n_orders", *measures]].sum().reset_index()
    days = days.assign(**days[[name for name in measures if name != "is_unknown"]].round(6))
    days = days.loc[days["net_amount"] > 0].reset_index(drop=True)
    if has_profit:
        days["profit"] = days["profit"].mask(days["is_unknown"] > 0)
        days = days.drop(columns="is_unknown")
    return days.astype({"customer_key": "str", "day": "datetime64[us]", "n_orders": "int64"})


def _carried_back(orders: pd.DataFrame, measures: list[str]) -> pd.DataFrame:
    """Return orders in which what a refund takes beyond its order is taken from the customer's orders before it."""
    # Sums of cents leave dust behind; an order refunded to the cent is no purchase.
    orders = orders.assign(net_amount=orders["net_amount"].round(6))
    over = orders["customer_key"].isin(orders.loc[orders["net_amount"] < 0, "customer_key"])
    part = orders.loc[over].sort_values(["customer_key", "at"], kind="stable")
    amounts = part[measures].to_numpy(dtype="float64", copy=True)
    has_earlier = part["customer_key"].eq(part["customer_key"].shift()).to_numpy(dtype=bool)
    rows = np.flatnonzero((amounts[:, 0] < 0) & has_earlier) if len(part) else np.array([], dtype="int64")
    while len(rows):
        # Every round moves each excess one order up, so it ends with the longest history among these customers.
        excess = amounts[rows].copy()
        amounts[rows] = 0.0
        np.add.at(amounts, rows - 1, excess)
        amounts[:, 0] = amounts[:, 0].round(6)
        rows = np.flatnonzero((amounts[:, 0] < 0) & has_earlier)
    orders.loc[part.index, measures] = amounts
    return orders


def _assigned(returned: pd.DataFrame, bought: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    """Return refunds with ``target``, the row of the order that each lowers (-1 for none), and what became of each."""
    outcome = pd.Series("no_earlier_purchase", index=returned.index, dtype="str")
    orders = bought.assign(row=bought.index)
    known = orders.drop_duplicates(["customer_key", "source", "order_id"])
    known = known[["customer_key", "source", "order_id", "row"]].rename(columns={"order_id": "named"})
    # A refund may name another order, or be written under the number of the order itself.
    named = returned["order_id"]
    if "refunds_order_id" in returned:
        named = returned["refunds_order_id"].fillna(named)
    found = returned.assign(named=named).merge(known, on=["customer_key", "source", "named"], how="left")["row"]
    target = found.fillna(-1).astype("int64")
    outcome[target >= 0] = "netted_to_order"
    rest = returned.loc[target < 0, ["customer_key", "at"]]
    if len(rest) and len(orders):
        rest = rest.assign(refund=rest.index).sort_values("at", kind="stable")
        earlier = (
            pd.merge_asof(
                rest,
                orders[["customer_key", "at", "row"]].sort_values("at", kind="stable"),
                on="at",
                by="customer_key",
                direction="backward",
            )
            .set_index("refund")["row"]
            .dropna()
            .astype("int64")
        )
        target[earlier.index] = earlier
        outcome[earlier.index] = "netted_to_earlier_day"
    return returned.assign(target=target), outcome


def _summed(returned: pd.DataFrame, outcome: pd.Series) -> pd.DataFrame:
    grouped = returned["net_amount"].groupby(outcome)
    summed = pd.DataFrame({"n_refunds": grouped.size(), "net_amount": grouped.sum()}).reindex(list(_OUTCOMES))
    summed = summed.rename_axis("outcome").reset_index()
    return summed.fillna({"n_refunds": 0, "net_amount": 0.0}).astype({"outcome": "str", "n_refunds": "int64"})
