"""One view of the customer: records of all systems joined, and every table brought under one key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import pandas as pd

from crmplan.customers.golden import conflicts, golden_records, lineage, without_stand_ins
from crmplan.customers.hierarchy import Hierarchy, build_hierarchy
from crmplan.customers.identity import cross_references, homes, used_ids
from crmplan.customers.joining import Joining, join_records
from crmplan.customers.purchases import Purchases, customer_table, fold_purchases
from crmplan.customers.standardise import birth_years
from crmplan.schema import TABLES
from crmplan.tables import Tables

if TYPE_CHECKING:
    import ibis

__all__ = ["SingleView", "single_view"]


@dataclass(frozen=True, slots=True)
class SingleView:
    """Who is who across the client's systems.

    Parameters
    ----------
    tables
        All canonical tables, those with ``customer_id`` now with ``customer_key`` too (null where the customer is not
        known), and ``golden`` (one row per customer), ``customer_ids`` (``source``, ``customer_id``, ``customer_key``),
        ``golden_lineage`` (which record gave which value; :func:`crmplan.customers.golden.lineage`),
        ``customer_days`` (``customer_key``, ``day``, ``n_orders``, ``net_amount``, ``profit`` where it is known) and
        ``customer_purchases`` (one row per customer who bought; :func:`crmplan.customers.purchases.customer_table`).
    sources
        Per source ``n_rows`` (in all its tables), ``n_records`` (customer numbers it uses), ``n_customers`` behind
        them, ``n_duplicates`` and ``duplicate_share`` of the records.
    conflicts
        ``customer_key``, ``column``, ``n_values``, ``sources``: where records of one customer differ. A row without
        ``customer_key`` is a key that ``n_values`` records share, too many for one customer; it joined nobody.
    overlap
        ``source_a``, ``source_b``, ``n_shared_customers``, for every pair of sources.
    n_records, n_customers
        Records (numbers that mean a customer in some system) and customers behind them.
    refunds
        ``outcome``, ``n_refunds``, ``net_amount``: to which purchases refunds were charged.
    joining
        How records were joined, pair by pair.
    hierarchy
        Households, firms and parent firms, where the data name them.
    unavailable
        Empty, or why there is no view.
    """

    tables: Tables
    sources: pd.DataFrame
    conflicts: pd.DataFrame
    overlap: pd.DataFrame
    n_records: int
    n_customers: int
    refunds: pd.DataFrame
    joining: Joining
    hierarchy: Hierarchy
    unavailable: str = ""


def single_view(tables: Tables, *, labels: pd.DataFrame | None = None) -> SingleView:
    """Return one view of the customer.

    Parameters
    ----------
    tables
        Canonical tables, each with ``source``.
    labels
        Verdicts of people on pairs of records, as from :func:`crmplan.customers.labels.read_labels`.

    Notes
    -----
    How records are joined: :mod:`crmplan.customers.joining`; whose numbers a source uses:
    :mod:`crmplan.customers.identity`; which value wins: :mod:`crmplan.customers.golden`; how refunds are charged:
    :mod:`crmplan.customers.purchases`. Nothing depends on the order of rows.

    Examples
    --------
    >>> lines = pd.DataFrame({"source": "shop", "order_id": ["1", "2"], "customer_id": ["007", "007"],
    ...                       "ordered_at": pd.to_datetime(["2024-01-05", "2024-03-01"]), "net_amount": [10.0, 20.0]})
    >>> view = single_view(Tables.from_frames({"orders": lines}))
    >>> view.n_customers, view.tables.frame("customer_days")["customer_key"].tolist()
    (1, ['C00001', 'C00001'])
    """
    customers = _customers(tables)
    references = cross_references(customers)
    used = used_ids(tables)
    home = homes(used, frozenset(references["other_source"]))
    pairs = used[["source", "customer_id"]].drop_duplicates().reset_index(drop=True)
    pairs["home"] = pairs["source"].map(home).astype("str")
    records = _records(pairs, customers)
    joined = join_records(records, references, labels)
    records = without_stand_ins(records.assign(customer_key=joined.customer_key))
    ids = pairs.merge(
        records[["source", "customer_id", "customer_key"]].rename(columns={"source": "home"}),
        on=["home", "customer_id"],
    )[["source", "customer_id", "customer_key"]]
    keyed = _keyed(tables, ids)
    purchases = _purchases({**{name: tables[name] for name in tables}, **keyed})
    view = tables.with_frames(golden=golden_records(records, ids), golden_lineage=lineage(records), customer_ids=ids)
    days = purchases.customer_days
    # Both are worked out when they are written: to hold the days for the second would cost more memory than time.
    view = view.with_expressions(
        **keyed,
        customer_days=days.order_by("customer_key", "day"),
        customer_purchases=customer_table(days).order_by("customer_key"),
    )
    return SingleView(
        tables=view,
        sources=_sources(tables, ids),
        conflicts=pd.concat([conflicts(records), joined.ignored], ignore_index=True),
        overlap=_overlap(ids),
        n_records=len(records),
        n_customers=int(records["customer_key"].nunique()),
        refunds=purchases.refunds,
        joining=joined.joining,
        hierarchy=build_hierarchy(records),
        unavailable="" if len(records) else "needs `orders` or `contracts` with `customer_id`",
    )


def _customers(tables: Tables) -> pd.DataFrame:
    """Return the customers table with one row per record: of several the last changed, then the fullest."""
    if not tables.has("customers", "source", "customer_id"):
        return pd.DataFrame({"source": pd.Series([], dtype="str"), "customer_id": pd.Series([], dtype="str")})
    rows = tables.frame("customers").dropna(subset=["source", "customer_id"])
    if "born_on" in rows:
        rows = rows.assign(birth_year=birth_years(rows))
    if not rows.duplicated(["source", "customer_id"]).any():
        return rows
    ranks = rows.assign(
        _changed=rows.get("updated_at", pd.Series(pd.NaT, rows.index)), _n_filled=rows.notna().sum(axis=1)
    )
    ranks = ranks.sort_values(["_changed", "_n_filled", *rows.columns], na_position="first")
    return ranks.drop_duplicates(["source", "customer_id"], keep="last")[list(rows.columns)]


def _records(pairs: pd.DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    """Return one row per record, sorted: what ``customers`` holds, and numbers that only other tables use."""
    known = pairs[["home", "customer_id"]].rename(columns={"home": "source"}).drop_duplicates()
    records = known.merge(customers, on=["source", "customer_id"], how="left")
    return records.sort_values(["source", "customer_id"], ignore_index=True)


def _keyed(tables: Tables, ids: pd.DataFrame) -> dict[str, ibis.Table]:
    """Return every table that knows customer numbers, with the customers behind them."""
    import ibis

    keys = ibis.memtable(ids)
    return {
        name: tables[name].left_join(keys, ["source", "customer_id"]).select(*tables.columns(name), "customer_key")
        for name in tables
        if name in TABLES and tables.has(name, "source", "customer_id")
    }


def _purchases(keyed: Mapping[str, ibis.Table]) -> Purchases:
    import ibis

    orders, products = (keyed.get(name) for name in ("orders", "products"))
    if products is not None and not {"product_id", "unit_cost"} <= set(products.columns):
        products = None
    if orders is None or "customer_key" not in orders.columns:
        columns = {"source": "str", "order_id": "str", "customer_key": "str", "ordered_at": "datetime64[us]"}
        empty = pd.DataFrame({name: pd.Series([], dtype=dtype) for name, dtype in columns.items()})
        orders = ibis.memtable(empty.assign(net_amount=pd.Series([], dtype="float64")))
    return fold_purchases(orders, products)


def _sources(tables: Tables, ids: pd.DataFrame) -> pd.DataFrame:
    counts = [
        tables[name].group_by("source").aggregate(n=lambda rows: rows.count()).to_pandas().set_index("source")["n"]
        for name in tables
        if name in TABLES and tables.has(name, "source")
    ]
    n_rows = pd.concat(counts).groupby(level=0).sum() if counts else pd.Series(dtype="int64")
    grouped = ids.groupby("source")["customer_key"]
    sources = pd.DataFrame({"n_rows": n_rows, "n_records": grouped.size(), "n_customers": grouped.nunique()})
    sources = sources.fillna(0).astype("int64").rename_axis("source").sort_index().reset_index()
    sources["n_duplicates"] = sources["n_records"] - sources["n_customers"]
    share = sources["n_duplicates"] / sources["n_records"].where(sources["n_records"] > 0)
    return sources.assign(duplicate_share=share.fillna(0.0).astype("float64")).astype({"source": "str"})


def _overlap(ids: pd.DataFrame) -> pd.DataFrame:
    members = {str(name): frozenset(keys) for name, keys in ids.groupby("source")["customer_key"]}
    rows = [(a, b, len(members[a] & members[b])) for a, b in combinations(sorted(members), 2)]
    frame = pd.DataFrame(rows, columns=["source_a", "source_b", "n_shared_customers"])
    return frame.astype({"source_a": "str", "source_b": "str", "n_shared_customers": "int64"})
