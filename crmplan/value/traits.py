"""What was known of customers when they first bought: source, first product group and channel, the client's group."""

from __future__ import annotations

from typing import Any

import pandas as pd

from crmplan.customers.purchases import product_categories
from crmplan.tables import Tables

__all__ = ["TRAITS", "traits"]

TRAITS = ("first_heard", "first_category", "first_channel", "segment")
"""Columns of :func:`traits`: the source that won the customer, the product group and the channel of the first order,
and the client's own grouping."""


def traits(tables: Tables) -> pd.DataFrame:
    """Return one row per customer with those of ``TRAITS`` that the client's data tell.

    Parameters
    ----------
    tables
        ``golden`` and ``orders`` (with ``products`` for the product group), where they are there.

    Returns
    -------
    pd.DataFrame
        customer_key and the traits as text, missing where unknown; no columns of traits when nothing is known.
    """
    known = [name for name in ("first_heard", "segment") if tables.has("golden", "customer_key", name)]
    record = tables.frame("golden", "customer_key", *known) if known else pd.DataFrame({"customer_key": []}, dtype=str)
    found = record.drop_duplicates("customer_key")
    first = _of_first_order(tables)
    if first is not None:
        found = found.merge(first, on="customer_key", how="outer")
    names = [name for name in TRAITS if name in found]
    return found[["customer_key", *names]].astype(object).sort_values("customer_key", ignore_index=True)


def _of_first_order(tables: Tables) -> pd.DataFrame | None:
    import ibis as api

    if not tables.has("orders", "customer_key", "ordered_at", "net_amount"):
        return None
    orders: Any = tables["orders"]
    columns = {"first_channel": "channel"} if tables.has("orders", "channel") else {}
    if tables.has("orders", "product_id") and tables.has("products", "product_id", "category"):
        products = product_categories(tables["products"])
        orders = orders.left_join(products, "product_id")
        columns["first_category"] = "category"
    if not columns:
        return None
    bought = orders.filter(orders.customer_key.notnull() & orders.ordered_at.notnull() & (orders.net_amount > 0))
    frame: pd.DataFrame | None = None
    for name, column in columns.items():
        # Lines of one order share their time; the text settles which one counts, so that the answer is the same again.
        value = bought[column].cast("string")
        in_order = api.window(group_by="customer_key", order_by=[bought.ordered_at, value])
        ranked = bought.mutate(trait=value, place=api.row_number().over(in_order))
        of_first = ranked.filter(ranked.place == 0).select(
            customer_key=ranked.customer_key.cast("string"), **{name: ranked.trait}
        )
        found: pd.DataFrame = of_first.execute()
        frame = found if frame is None else frame.merge(found, on="customer_key", how="outer")
    return frame
