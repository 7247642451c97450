"""What is known of each customer, as attribute and value: from the customer's record, and from the orders."""

from __future__ import annotations

import pandas as pd

from crmplan.customers.purchases import product_categories
from crmplan.tables import Tables

__all__ = ["LABELS", "OF_ORDERS", "attributes", "order_groups", "record_attributes"]

LABELS = {
    "channel": "Main channel",
    "category": "Main product group",
    "territory": "Sales territory",
    "kind": "Kind of customer",
    "segment": "The client's own grouping",
    "industry": "Industry",
    "first_heard": "First heard of the company",
    "age_band": "Age",
    "income_band": "Income",
    "household_size": "Household size",
    "region": "Region",
    "country": "Country",
}
"""What an attribute is called in a report, in the order in which it is shown."""

OF_ORDERS = ("channel", "category", "territory")
"""Attributes that are seen in what was bought; the others stand in the customer's record."""

_COLUMNS = ("customer_key", "attribute", "value")
_MOST_VALUES = 200


def attributes(tables: Tables, *, since: pd.Timestamp, until: pd.Timestamp) -> pd.DataFrame:
    """Return ``customer_key``, ``attribute``, ``value``: one row per customer and attribute that is known.

    Parameters
    ----------
    tables
        ``golden`` and ``orders`` (with ``products`` for the product group), where they are there.
    since, until
        First and last day of the orders looked at. A customer's main channel, product group or territory is the one
        with the largest net amount in these days.
    """
    parts = [record_attributes(tables)]
    for name in OF_ORDERS:
        bought = order_groups(tables, name, since=since, until=until)
        if bought is None:
            continue
        bought = bought.sort_values(["customer_key", "net_amount", "value"], ascending=[True, False, True])
        main = bought.drop_duplicates("customer_key")[["customer_key", "value"]]
        parts.append(_not_too_many(main.assign(attribute=name)))
    return pd.concat(parts, ignore_index=True)[list(_COLUMNS)]


def record_attributes(tables: Tables) -> pd.DataFrame:
    """Return ``customer_key``, ``attribute``, ``value`` of what ``golden`` says of each customer."""
    names = [name for name in LABELS if name not in OF_ORDERS and tables.has("golden", "customer_key", name)]
    none = pd.DataFrame({name: pd.Series(dtype=object) for name in _COLUMNS})
    return pd.concat([none, *(_not_too_many(_of_record(tables, name)) for name in names)], ignore_index=True)


def order_groups(tables: Tables, name: str, *, since: pd.Timestamp, until: pd.Timestamp) -> pd.DataFrame | None:
    """Return ``customer_key``, ``value``, ``net_amount`` of the orders between two days; None when it is not known.

    Parameters
    ----------
    tables
        With ``orders``.
    name
        ``channel``, ``territory`` or another column of ``orders``, or ``category`` of ``products``.
    since, until
        First and last day, both included.
    """
    import ibis

    if not tables.has("orders", "customer_key", "ordered_at", "net_amount"):
        return None
    orders = tables["orders"]
    if name == "category":
        if not (tables.has("orders", "product_id") and tables.has("products", "product_id", "category")):
            return None
        products = product_categories(tables["products"])
        orders = orders.join(products, "product_id")
    elif not tables.has("orders", name):
        return None
    day = orders.ordered_at.cast("date")
    wanted = orders.customer_key.notnull() & orders[name].notnull()
    wanted = wanted & (day >= ibis.literal(since.date())) & (day <= ibis.literal(until.date()))
    grouped = orders.filter(wanted).group_by(["customer_key", orders[name].cast("string").name("value")])
    found: pd.DataFrame = grouped.agg(net_amount=lambda t: t.net_amount.cast("float64").sum()).execute()
    found[["customer_key", "value"]] = found[["customer_key", "value"]].astype(object)
    return found.sort_values(["customer_key", "value"]).reset_index(drop=True)


def _of_record(tables: Tables, name: str) -> pd.DataFrame:
    known = tables.frame("golden", "customer_key", name).dropna()
    return pd.DataFrame(
        {
            "customer_key": known["customer_key"].astype(object),
            "attribute": name,
            "value": known[name].astype(str).astype(object),
        }
    ).reset_index(drop=True)


def _not_too_many(part: pd.DataFrame) -> pd.DataFrame:
    # A column with hundreds of values (free text, towns written as regions) marks nobody.
    return part if part["value"].nunique() <= _MOST_VALUES else part.iloc[:0]
