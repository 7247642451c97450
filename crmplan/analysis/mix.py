"""How customers and revenue divide by channel, product group, region, age and whatever else is known."""

from __future__ import annotations

from datetime import date

import pandas as pd

from crmplan.analysis.attributes import LABELS, OF_ORDERS, order_groups, record_attributes
from crmplan.analysis.purchases import MONTHS_12
from crmplan.tables import Tables

__all__ = ["mix"]

_MOST_GROUPS = 8
_COLUMNS = ("attribute", "label", "group", "n_customers", "customer_share", "revenue", "revenue_share")


def mix(tables: Tables, revenue: pd.Series, *, as_of: date) -> pd.DataFrame:
    """Return how customers and what they bring divide.

    Parameters
    ----------
    tables
        ``golden``, ``orders`` and ``products``, where they are there.
    revenue
        What each customer brought in the last 12 months (or brings a month by contract), by ``customer_key``.
    as_of
        The last day looked at.

    Returns
    -------
    pd.DataFrame
        ``attribute``, ``label``, ``group``, ``n_customers``, ``customer_share`` (of these customers), ``revenue``,
        ``revenue_share``; per attribute at most 8 groups, the largest first, then "other" and "not known". A customer
        who bought through two channels counts in both.
    """
    active = pd.DataFrame({"revenue_12m": revenue})
    if active.empty:
        return pd.DataFrame({name: [] for name in _COLUMNS})
    until = pd.Timestamp(as_of)
    since = until - pd.Timedelta(days=MONTHS_12 - 1)
    known = _of_active(record_attributes(tables), active)
    parts = []
    for name, label in LABELS.items():
        if name in OF_ORDERS:
            bought = order_groups(tables, name, since=since, until=until)
            rows = None if bought is None else _of_active(bought, active)
        else:
            rows = known[known["attribute"] == name]
        if rows is not None and rows["value"].nunique() > 1:
            parts.append(_divided(name, label, rows, active))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({name: [] for name in _COLUMNS})


def _of_active(rows: pd.DataFrame, active: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of these customers, with their revenue as net_amount where the rows have none."""
    place = active.index.get_indexer(pd.Index(rows["customer_key"].astype(object)))
    kept = rows[place >= 0]
    if "net_amount" in kept:
        return kept
    return kept.assign(net_amount=active["revenue_12m"].to_numpy()[place[place >= 0]])


def _divided(name: str, label: str, rows: pd.DataFrame, active: pd.DataFrame) -> pd.DataFrame:
    totals = rows.groupby("value")["net_amount"].sum()
    largest = totals.sort_index().sort_values(ascending=False, kind="stable").index
    group = rows["value"].where(rows["value"].isin(largest[:_MOST_GROUPS]), "other")
    grouped = rows.groupby(group)
    found = pd.DataFrame({"n_customers": grouped["customer_key"].nunique(), "revenue": grouped["net_amount"].sum()})
    order = [value for value in largest[:_MOST_GROUPS] if value != "other"]
    found = found.loc[[*order, *(["other"] if "other" in found.index else [])]]
    unknown = active.index.difference(pd.Index(rows["customer_key"].astype(object).unique()))
    if len(unknown):
        found.loc["not known"] = [len(unknown), float(active.loc[unknown, "revenue_12m"].sum())]
    found = found.rename_axis("group").reset_index().assign(attribute=name, label=label)
    found["n_customers"] = found["n_customers"].astype("int64")
    found["customer_share"] = found["n_customers"] / len(active)
    total = float(found["revenue"].sum())
    found["revenue_share"] = found["revenue"] / total if total > 0 else 0.0
    return found[list(_COLUMNS)]
