"""What is left of the order lines whose own cost is known, by customer, and how much was bought without one."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmplan.customers.purchases import with_known_cost
from crmplan.tables import Tables

if TYPE_CHECKING:
    import ibis

__all__ = ["costs_by_customer", "lines_seen"]

_COLUMNS = ("customer_key", "ordered_at", "net_amount")


def lines_seen(tables: Tables, *, as_of: date, customer: str = "customer_key") -> ibis.Table:
    """Return the order lines of known customers up to a day, with ``known_cost`` (null where a line has none).

    Parameters
    ----------
    tables
        ``orders`` (customer, ordered_at, net_amount, optionally cost, product_id and quantity) and, for lines without a
        cost, ``products`` (product_id, unit_cost).
    as_of
        Last day that counts.
    customer
        Column that names the customer.
    """
    lines: Any = tables["orders"]
    can_be_priced = tables.has("products", "product_id", "unit_cost") and tables.has("orders", "product_id", "quantity")
    lines = with_known_cost(lines, tables["products"] if can_be_priced else None)
    return lines.filter(
        lines[customer].notnull()
        & lines.net_amount.notnull()
        & (lines.ordered_at < pd.Timestamp(as_of) + pd.Timedelta(days=1))
    )


def costs_by_customer(tables: Tables, histories: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """Return what each customer's lines of known cost left, net of returns.

    Parameters
    ----------
    tables
        As for :func:`lines_seen`. Where there are no order lines, the profit of the purchase days is taken.
    histories
        customer_key, revenue, and profit with amount_with_profit where the purchase days have a profit.

    Returns
    -------
    pd.DataFrame
        One row per history, in its order: amount (of lines whose cost is known), profit (what these left), other_amount
        (of lines without a cost). What was returned beyond what was bought counts for nothing.

    Examples
    --------
    >>> orders = pd.DataFrame({"customer_key": ["C1", "C1"], "ordered_at": pd.to_datetime(["2024-01-01"] * 2),
    ...                        "net_amount": [10.0, 5.0], "cost": [4.0, None]})
    >>> histories = pd.DataFrame({"customer_key": ["C1"], "revenue": [15.0]})
    >>> found = costs_by_customer(Tables.from_frames({"orders": orders}), histories, as_of=date(2024, 1, 31))
    >>> found.to_dict("records")
    [{'amount': 10.0, 'profit': 6.0, 'other_amount': 5.0}]
    """
    if not tables.has("orders", *_COLUMNS):
        return _of_days(histories)
    lines: Any = lines_seen(tables, as_of=as_of)
    amount, has_cost = lines.net_amount.cast("float64"), lines.known_cost.notnull()
    found: pd.DataFrame = (
        lines.group_by(customer_key=lines.customer_key.cast("string"))
        .agg(
            amount=has_cost.ifelse(amount, 0.0).sum(),
            profit=has_cost.ifelse(amount - lines.known_cost, 0.0).sum(),
            other_amount=has_cost.ifelse(0.0, amount).sum(),
        )
        .execute()
    )
    joined = histories[["customer_key"]].merge(found, on="customer_key", how="left", validate="one_to_one")
    return _above_nothing(joined)


def _of_days(histories: pd.DataFrame) -> pd.DataFrame:
    known = histories.reindex(columns=["amount_with_profit", "profit"]).fillna(0.0).astype("float64")
    amount = known["amount_with_profit"]
    return _above_nothing(
        pd.DataFrame({"amount": amount, "profit": known["profit"], "other_amount": histories["revenue"] - amount})
    )


def _above_nothing(costs: pd.DataFrame) -> pd.DataFrame:
    costs = costs[["amount", "profit", "other_amount"]].fillna(0.0).astype("float64").reset_index(drop=True)
    is_bought = costs["amount"] > 0
    return costs.assign(
        amount=costs["amount"].where(is_bought, 0.0),
        profit=costs["profit"].where(is_bought, 0.0),
        other_amount=costs["other_amount"].clip(lower=0.0),
    )
