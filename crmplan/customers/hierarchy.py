"""Who belongs to whom: customers of one household or firm, and firms of one parent, where the data say so.

What says so is ``household_id`` (of a person the household or the firm bought for, of a firm its parent) and ``firm``
(the name of the firm a person buys for). Nothing is guessed here; households that come to light while records are
joined are told by :mod:`crmplan.customers.joining`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmplan.customers import standardise
from crmplan.customers.clusters import components
from crmplan.customers.golden import ranked

__all__ = ["Hierarchy", "build_hierarchy", "top_groups", "totals_by_group"]

_SAID = ("customer_key", "level", "node", "source", "customer_id", "column")
_GROUPS = {"group": "str", "level": "str", "customer_key": "str", "n_customers": "int64", "parent": "str"}
_MEMBERS = ("customer_key", "level", "group", "source", "customer_id", "column")
_CONFLICTS = {"customer_key": "str", "level": "str", "n_groups": "int64", "sources": "str", "reason": "str"}
_SEVERAL, _CIRCLE, _LIKE_NAMED = "several", "circle", "several firms of that name"


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """Households, firms and parent firms.

    Parameters
    ----------
    members
        ``customer_key``, ``level`` (household or firm), ``group``, and where that was said: ``source``,
        ``customer_id``, ``column`` (``kind`` for a firm that is a customer itself).
    groups
        ``group`` (H00001 for households, F00001 for firms), ``level``, ``customer_key`` of a firm that is a customer
        itself, ``n_customers``, ``parent`` (the group of the parent firm; null for none).
    conflicts
        ``customer_key``, ``level`` (household, firm or parent), ``n_groups``, ``sources``, ``reason``: customers of
        whom records name several groups, of which that of the record changed last was taken; firm names that several
        firms bear, and firms that are their own parent over a few corners, which were not used.
    unavailable
        Empty, or what is needed.
    """

    members: pd.DataFrame
    groups: pd.DataFrame
    conflicts: pd.DataFrame
    unavailable: str = ""


def build_hierarchy(records: pd.DataFrame) -> Hierarchy:
    """Return which customers belong to one household or firm, and which firms to one parent.

    Parameters
    ----------
    records
        One row per record: ``source``, ``customer_id``, ``customer_key`` and any of ``household_id``, ``firm``,
        ``kind``, ``name``, ``updated_at``.

    Notes
    -----
    Numbers of households in two systems mean one household where they share a customer, unless that would make two
    households of one system one. The order of rows does not matter.

    Examples
    --------
    >>> records = pd.DataFrame({"source": "crm", "customer_id": ["1", "2", "3"], "kind": ["firm", "person", "person"],
    ...                         "customer_key": ["C00001", "C00002", "C00003"], "name": ["Acme Ltd", "Ann", "Ben"],
    ...                         "household_id": [None, "1", "1"]})
    >>> build_hierarchy(records).groups[["group", "customer_key", "n_customers"]].to_numpy().tolist()
    [['F00001', 'C00001', 3]]
    """
    if not {"household_id", "firm"} & set(records.columns[records.notna().any()]):
        return _none("needs `household_id` or `firm` in `customers`")
    rows = _prepared(records)
    said = pd.concat([_themselves(rows), *_of_numbers(rows), _of_names(rows)], ignore_index=True)[list(_SAID)]
    said["node"] = _one_household(said)
    chosen, several = _chosen(said.loc[said["level"].ne("parent")])
    parents, of_parents = _chosen(said.loc[said["level"].eq("parent")])
    parent_of, circles = _without_circles(parents)
    groups = _groups(chosen, parent_of)
    members = chosen.merge(groups[["node", "group"]], on="node")[list(_MEMBERS)]
    conflicts = pd.concat([several, of_parents, circles, _ambiguous(rows)], ignore_index=True)
    return Hierarchy(
        members=members.sort_values(["customer_key", "level"], ignore_index=True),
        groups=groups[list(_GROUPS)].astype(_GROUPS),
        conflicts=conflicts.sort_values(["level", "customer_key"], ignore_index=True).astype(_CONFLICTS),
    )


def top_groups(hierarchy: Hierarchy) -> pd.Series:
    """Return the topmost parent of every group, by group; itself where it has none.

    Examples
    --------
    >>> groups = pd.DataFrame({"group": ["F1", "F2", "F3"], "parent": [None, "F1", "F2"]})
    >>> top_groups(Hierarchy(pd.DataFrame(), groups, pd.DataFrame())).tolist()
    ['F1', 'F1', 'F1']
    """
    groups = hierarchy.groups
    parent = dict(zip(groups["group"], groups["parent"], strict=True))
    top = {}
    for group in groups["group"]:
        above = group
        while isinstance(parent.get(above), str):
            above = parent[above]
        top[group] = above
    return pd.Series(top, index=groups["group"], dtype="str")


def totals_by_group(hierarchy: Hierarchy, amounts: pd.Series) -> pd.DataFrame:
    """Return an amount of customers (revenue, value) by household and by topmost parent firm, the largest first.

    Parameters
    ----------
    amounts
        By ``customer_key``; customers that are missing count as 0.

    Returns
    -------
    pd.DataFrame
        ``group``, ``level`` (household or firm), ``customer_key`` of the group itself, ``n_customers``, ``n_groups``
        (firms under one parent, itself among them), ``amount``.
    """
    top = top_groups(hierarchy)
    rows = hierarchy.members.assign(
        top=hierarchy.members["group"].map(top), amount=hierarchy.members["customer_key"].map(amounts).fillna(0.0)
    )
    n_groups = top.groupby(top).size()
    found = rows.groupby("top").agg(n_customers=("customer_key", "nunique"), amount=("amount", "sum"))
    whole = hierarchy.groups.set_index("group")[["level", "customer_key"]].join(found, how="inner")
    whole = whole.assign(n_groups=n_groups.reindex(whole.index)).rename_axis("group").reset_index()
    columns = ["group", "level", "customer_key", "n_customers", "n_groups", "amount"]
    return whole[columns].sort_values(["amount", "group"], ascending=[False, True], ignore_index=True)


def _none(reason: str) -> Hierarchy:
    empty = pd.DataFrame({name: pd.Series([], dtype="str") for name in _MEMBERS})
    groups, conflicts = (
        pd.DataFrame({name: pd.Series([], dtype=dtype) for name, dtype in columns.items()})
        for columns in (_GROUPS, _CONFLICTS)
    )
    return Hierarchy(empty, groups, conflicts, reason)


def _prepared(records: pd.DataFrame) -> pd.DataFrame:
    """Return records, the one changed last first, with ``is_firm``, ``firm_name`` and the firms that bear it."""
    rows = ranked(records)
    for name in ("household_id", "firm", "kind", "name"):
        rows[name] = rows[name].astype("str") if name in rows else pd.Series(None, index=rows.index, dtype="str")
    is_called_so = standardise.initials(rows["name"]).eq("firm") & rows["kind"].ne("person")
    rows["is_firm"] = rows["kind"].eq("firm") | is_called_so
    firms = rows.loc[rows["is_firm"]].assign(firm_name=standardise.names(rows.loc[rows["is_firm"], "name"]))
    bearers = firms.dropna(subset="firm_name").groupby("firm_name")["customer_key"].agg(["nunique", "min"])
    rows["firm_name"] = standardise.names(rows["firm"]).mask(rows["is_firm"])
    rows["n_bearers"] = rows["firm_name"].map(bearers["nunique"]).fillna(0).astype("int64")
    rows["bearer"] = rows["firm_name"].map(bearers["min"]).astype("str")
    return rows


def _themselves(rows: pd.DataFrame) -> pd.DataFrame:
    firms = rows.loc[rows["is_firm"]].drop_duplicates("customer_key")
    return firms.assign(level="firm", node=firms["customer_key"], column="kind")


def _of_numbers(rows: pd.DataFrame) -> Iterable[pd.DataFrame]:
    """Yield what ``household_id`` says: a firm's parent, a person's firm, a person's household and who heads it."""
    said = rows.loc[rows["household_id"].notna()].assign(column="household_id")
    target = rows[["source", "customer_id", "customer_key", "is_firm"]]
    target = target.rename(columns={"customer_id": "household_id", "customer_key": "of_key", "is_firm": "of_firm"})
    found = said.merge(target, on=["source", "household_id"], how="left").set_axis(said.index)
    number = said["source"] + ":" + said["household_id"]
    of_firm = found["of_firm"].eq(True)
    said = said.assign(node=number.where(~of_firm, found["of_key"]))
    yield said.loc[said["is_firm"] & said["node"].ne(said["customer_key"])].assign(level="parent")
    # A number is a firm's for all who bear it where one of them says so.
    is_of_firm = (of_firm | said["firm"].notna() | said["is_firm"]).groupby(number).transform("any")
    buys_for = ~said["is_firm"] & is_of_firm
    yield said.loc[buys_for].assign(level="firm")
    lives_in = ~said["is_firm"] & ~buys_for
    yield said.loc[lives_in].assign(level="household")
    heads = found.loc[lives_in & found["of_firm"].eq(False), ["source", "household_id", "of_key"]].drop_duplicates()
    heads = heads.rename(columns={"household_id": "customer_id", "of_key": "customer_key"})
    yield heads.assign(level="household", node=heads["source"] + ":" + heads["customer_id"], column="customer_id")


def _of_names(rows: pd.DataFrame) -> pd.DataFrame:
    """Return what ``firm`` says of persons whose firm no number names; a name that several firms bear says nothing."""
    usable = rows["firm_name"].notna() & rows["n_bearers"].le(1) & ~(rows["household_id"].notna())
    named = rows.loc[usable]
    return named.assign(level="firm", node=named["bearer"].fillna("name:" + named["firm_name"]), column="firm")


def _ambiguous(rows: pd.DataFrame) -> pd.DataFrame:
    named = rows.loc[rows["firm_name"].notna() & rows["n_bearers"].gt(1) & rows["household_id"].isna()]
    by_customer = named.groupby("customer_key").agg(n_groups=("n_bearers", "max"), sources=("source", _listed))
    return by_customer.reset_index().assign(level="firm", reason=_LIKE_NAMED)


def _one_household(said: pd.DataFrame) -> pd.Series:
    """Return nodes; households of several systems that share a customer have one, the first in order."""
    is_household = said["level"].eq("household")
    codes, nodes = pd.factorize(said.loc[is_household, "node"], sort=True)
    customers, _ = pd.factorize(said.loc[is_household, "customer_key"])
    if not len(nodes):
        return said["node"]
    first = pd.Series(codes).groupby(customers).transform("first").to_numpy()
    group = components(len(nodes), np.column_stack([first, codes]))
    sources = pd.DataFrame({"group": group[codes], "source": said.loc[is_household, "source"], "node": codes})
    clashes = sources.drop_duplicates().groupby(["group", "source"])["node"].nunique()
    broken = clashes.index[clashes > 1].get_level_values("group")
    smallest = pd.Series(np.arange(len(nodes))).groupby(group).transform("min").to_numpy()
    joined = np.where(np.isin(group, broken), np.arange(len(nodes)), smallest)
    found = said["node"].copy()
    found[is_household] = nodes[joined[codes]]
    return found


def _chosen(said: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return one node a customer and level, that of the record changed last, and who has several."""
    first = said.drop_duplicates(["customer_key", "level"])
    by = ["customer_key", "level"]
    kinds = said.drop_duplicates([*by, "node"])
    contradicted = said.merge(kinds.loc[kinds.duplicated(by), by].drop_duplicates(), on=by)
    several = contradicted.groupby(by, sort=True).agg(n_groups=("node", "nunique"), sources=("source", _listed))
    return first, several.reset_index().assign(reason=_SEVERAL)


def _listed(sources: pd.Series) -> str:
    return ", ".join(sorted(sources.unique()))


def _without_circles(parents: pd.DataFrame) -> tuple[dict[str, str], pd.DataFrame]:
    parent_of = dict(zip(parents["customer_key"], parents["node"], strict=True))
    on_circle = {child: n for child in parent_of if (n := _circle_size(child, parent_of))}
    found = parents.loc[parents["customer_key"].isin(on_circle)]
    n_groups = found["customer_key"].map(on_circle)
    circles = found.assign(n_groups=n_groups, sources=found["source"], reason=_CIRCLE)
    kept = {child: parent for child, parent in parent_of.items() if child not in on_circle}
    return kept, circles[list(_CONFLICTS)]


def _circle_size(child: str, parent_of: dict[str, str]) -> int:
    """Return over how many firms one is its own parent; 0 where it is not."""
    seen: set[str] = set()
    above = parent_of.get(child)
    while above is not None and above not in seen:
        seen.add(above)
        if above == child:
            return len(seen)
        above = parent_of.get(above)
    return 0


def _groups(chosen: pd.DataFrame, parent_of: dict[str, str]) -> pd.DataFrame:
    """Return households, and firms that have several customers, a parent or daughters."""
    own = chosen.assign(own=chosen["column"].eq("kind"))
    n = own.groupby(["level", "node"]).agg(n_customers=("customer_key", "nunique"), own=("own", "max"))
    above = pd.Series(sorted(set(parent_of.values())), dtype="str")
    firms = above.loc[~above.isin(n.index.get_level_values("node"))]
    more = pd.DataFrame({"level": "firm", "node": firms, "n_customers": 0, "own": False})
    groups = pd.concat([n.reset_index(), more], ignore_index=True).astype({"level": "str", "node": "str"})
    is_kin = groups["node"].isin(above) | groups["node"].isin(parent_of)
    groups = groups.loc[groups["level"].eq("household") | groups["n_customers"].gt(1) | is_kin]
    groups = groups.sort_values(["level", "node"], ascending=[False, True], ignore_index=True)
    number = groups.groupby("level").cumcount().add(1).astype("str").str.zfill(5)
    groups["group"] = groups["level"].str.get(0).str.upper() + number
    name = dict(zip(groups["node"], groups["group"], strict=True))
    groups["parent"] = groups["node"].map(parent_of).map(name)
    return groups.assign(customer_key=groups["node"].where(groups["own"]))
