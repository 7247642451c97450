"""In whose numbers a row speaks of a customer.

A source with a ``customers`` table has numbers of its own. A source without one (a mailing tool, a call log) often
uses the numbers of another system. It is taken to do so when at least half of the numbers it uses are in use in
exactly one of the sources that do have a ``customers`` table (in that table, its orders or its contracts); where no
source has one, those with orders or contracts stand in. A source that is named as a system in ``customers.other_ids``
always has numbers of its own.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from crmplan.schema import TABLES
from crmplan.tables import Tables

__all__ = ["cross_references", "homes", "used_ids"]

_SHARED_SHARE = 0.5
_REGISTERING = ("customers", "orders", "contracts")


def used_ids(tables: Tables) -> pd.DataFrame:
    """Return which source uses which customer number in which table.

    Returns
    -------
    pd.DataFrame
        Columns ``source``, ``table``, ``customer_id``, without repetition, sorted; rows without a number left out.
    """
    parts: list[pd.DataFrame] = []
    for name in tables:
        if name in TABLES and tables.has(name, "source", "customer_id"):
            rows = tables[name]
            rows = rows.filter(rows.source.notnull() & rows.customer_id.notnull())
            pairs: pd.DataFrame = rows.select("source", "customer_id").distinct().to_pandas()
            parts.append(pairs.assign(table=name))
    if not parts:
        return pd.DataFrame({name: pd.Series([], dtype="str") for name in ("source", "table", "customer_id")})
    used = pd.concat(parts, ignore_index=True)[["source", "table", "customer_id"]].astype("str")
    return used.sort_values(["source", "customer_id", "table"], ignore_index=True)


def cross_references(customers: pd.DataFrame) -> pd.DataFrame:
    """Return what ``other_ids`` says: which number in another system is the same customer.

    Returns
    -------
    pd.DataFrame
        Columns ``source``, ``customer_id``, ``other_source``, ``other_id``.

    Examples
    --------
    >>> cross_references(pd.DataFrame({"source": ["crm"], "customer_id": ["7"], "other_ids": ["web:12 | calls:3"]}))
      source customer_id other_source other_id
    0    crm           7          web       12
    1    crm           7        calls        3
    """
    columns = ["source", "customer_id", "other_source", "other_id"]
    if "other_ids" not in customers or customers["other_ids"].notna().sum() == 0:
        return pd.DataFrame({name: pd.Series([], dtype="str") for name in columns})
    given = customers.loc[customers["other_ids"].notna(), ["source", "customer_id", "other_ids"]]
    pieces = given.assign(piece=given["other_ids"].str.split("|")).explode("piece", ignore_index=True)
    parts = pieces["piece"].str.strip().str.extract(r"^([^:]+?)\s*:\s*(.+)$")
    found = pieces[["source", "customer_id"]].assign(other_source=parts[0], other_id=parts[1])
    return found.dropna()[columns].astype("str").drop_duplicates().reset_index(drop=True)


def homes(used: pd.DataFrame, referenced: frozenset[str] = frozenset()) -> Mapping[str, str]:
    """Return, for every source, the source whose customer numbers it uses; itself in most cases.

    Parameters
    ----------
    used
        As from :func:`used_ids`.
    referenced
        Sources that ``other_ids`` names as systems.

    Examples
    --------
    >>> used = pd.DataFrame({"source": ["crm", "crm", "mail"], "table": ["customers", "customers", "touches"],
    ...                      "customer_id": ["1", "2", "2"]})
    >>> homes(used)
    {'crm': 'crm', 'mail': 'crm'}
    """
    keepers = sorted(used.loc[used["table"].eq("customers"), "source"].unique())
    if not keepers:
        keepers = sorted(used.loc[used["table"].isin(("orders", "contracts")), "source"].unique())
    registered = used.loc[used["table"].isin(_REGISTERING)]
    registers = {name: frozenset(registered.loc[registered["source"].eq(name), "customer_id"]) for name in keepers}
    found = {}
    for source in sorted(used["source"].unique()):
        found[source] = source
        if source in registers or source in referenced:
            continue
        ids = frozenset(used.loc[used["source"].eq(source), "customer_id"])
        shared = [name for name, known in registers.items() if len(ids & known) >= _SHARED_SHARE * len(ids)]
        if len(shared) == 1:
            found[source] = shared[0]
    return found
