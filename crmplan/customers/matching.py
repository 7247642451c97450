"""Which records are the same customer: records that share an exact key are joined, and what is joined to those.

Keys are the e-mail address, telephone number with last name (and initial, where several people share both), full name
with postal code, and cross-references between systems. A key that more than ten
records of one source share stands for something else (the shop's own address, a keyboard full of zeros) and joins
nobody.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmplan.customers import standardise

__all__ = ["CONFLICT_COLUMNS", "MOST_SHARED", "Matches", "match_records"]

MOST_SHARED = 10
"""A key shared by more records of one source than this is ignored."""

CONFLICT_COLUMNS = ("customer_key", "column", "n_values", "sources")


@dataclass(frozen=True, slots=True)
class Matches:
    """Which record belongs to which customer.

    Parameters
    ----------
    customer_key
        One key per record, in the order of the records.
    ignored
        Keys that too many records share: columns ``customer_key`` (null), ``column``, ``n_values`` (records that share
        it), ``sources``.
    """

    customer_key: pd.Series
    ignored: pd.DataFrame


def match_records(records: pd.DataFrame, references: pd.DataFrame) -> Matches:
    """Return the customer of every record.

    Parameters
    ----------
    records
        One row per (``source``, ``customer_id``), sorted by them; any of ``name``, ``email``, ``phone``, ``postcode``,
        ``kind`` and ``birth_year``.
    references
        Columns ``source``, ``customer_id``, ``other_source``, ``other_id``: records that are the same customer.

    Notes
    -----
    Customers are numbered in the order of their smallest (source, customer_id), so that the same records get the same
    keys whatever the order of the rows in the exports.

    Examples
    --------
    >>> records = pd.DataFrame({"source": ["crm", "shop", "shop"], "customer_id": ["9", "1", "2"],
    ...                         "email": ["ann@example.org", "bo@example.org", "Ann@Example.org"]})
    >>> references = pd.DataFrame(columns=["source", "customer_id", "other_source", "other_id"])
    >>> match_records(records, references).customer_key.tolist()
    ['C00001', 'C00002', 'C00001']
    """
    links: list[np.ndarray] = []
    ignored: list[dict[str, object]] = []
    for column, keys in _keys(records).items():
        together, dropped = _links(records["source"], keys)
        links.append(together)
        ignored += [{"customer_key": None, "column": column, **one} for one in dropped]
    links.append(_referenced(records, references))
    labels = _components(len(records), links)
    first = pd.Series(labels).drop_duplicates().to_numpy()
    number = np.empty(len(first), dtype="int64")
    number[first] = np.arange(1, len(first) + 1)
    width = max(5, len(str(len(first))))
    keys = pd.Series(number[labels], index=records.index).astype("str").str.zfill(width)
    frame = pd.DataFrame(ignored, columns=list(CONFLICT_COLUMNS))
    dtypes = {"customer_key": "str", "column": "str", "n_values": "int64", "sources": "str"}
    return Matches(("C" + keys).astype("str"), frame.astype(dtypes))


def _keys(records: pd.DataFrame) -> dict[str, pd.Series]:
    """Return the keys that join records, by the column that they are about; null where a record has none."""
    keys = {}
    if "email" in records:
        keys["email"] = standardise.emails(records["email"])
    if {"phone", "name"} <= set(records):
        keys["phone"] = _one_household_member(
            records, standardise.phones(records["phone"]) + "|" + standardise.last_names(records["name"])
        )
    if {"name", "postcode"} <= set(records):
        full = standardise.names(records["name"])
        is_firm = records["kind"].eq("firm") if "kind" in records else pd.Series(False, index=records.index)
        # One word alone, such as a last name, is no full name of a person.
        key = full.where(is_firm | full.str.contains(" ", regex=False).eq(True)) + "|"
        keys["name"] = _one_birth_year(records, key + standardise.postcodes(records["postcode"]))
    return keys


def _one_household_member(records: pd.DataFrame, keys: pd.Series) -> pd.Series:
    # A couple shares telephone and last name: where first names differ, their initials tell the records apart. A firm
    # and the one person who buys for it are one.
    initials = standardise.initials(records["name"])
    is_firm = initials.eq("firm")
    if "kind" in records:
        is_firm |= records["kind"].eq("firm")
    if "firm" in records:
        is_firm |= records["firm"].notna()
    n_people = initials.mask(is_firm).groupby(keys).nunique()
    several = keys.isin(n_people.index[n_people > 1])
    return keys.where(~several, keys + "|" + initials.mask(is_firm, "firm"))


def _one_birth_year(records: pd.DataFrame, keys: pd.Series) -> pd.Series:
    # Father and son may share name and address; with two years of birth they are not one.
    if "birth_year" not in records:
        return keys
    n_years = records["birth_year"].groupby(keys).nunique()
    return keys.mask(keys.isin(n_years.index[n_years > 1]))


def _links(source: pd.Series, keys: pd.Series) -> tuple[np.ndarray, list[dict[str, object]]]:
    codes, _ = pd.factorize(keys)
    rows = pd.DataFrame({"code": codes, "source": source.to_numpy(), "row": np.arange(len(codes))})
    rows = rows.loc[rows["code"] >= 0]
    rows = rows.loc[rows.duplicated("code", keep=False)]
    shared = rows.groupby(["code", "source"]).size()
    too_many = shared[shared > MOST_SHARED].index.get_level_values("code").unique()
    dropped = [
        {"n_values": len(members), "sources": ", ".join(sorted(members.unique()))}
        for _, members in rows.loc[rows["code"].isin(too_many)].groupby("code")["source"]
    ]
    rows = rows.loc[~rows["code"].isin(too_many)]
    first = rows.groupby("code")["row"].transform("first")
    return np.column_stack([first.to_numpy(dtype="int64"), rows["row"].to_numpy(dtype="int64")]), dropped


def _referenced(records: pd.DataFrame, references: pd.DataFrame) -> np.ndarray:
    if references.empty:
        return np.empty((0, 2), dtype="int64")
    rows = records[["source", "customer_id"]].assign(row=np.arange(len(records)))
    found = references.merge(rows, on=["source", "customer_id"]).merge(
        rows.rename(columns={"source": "other_source", "customer_id": "other_id", "row": "other_row"}),
        on=["other_source", "other_id"],
    )
    return found[["row", "other_row"]].to_numpy(dtype="int64")


def _components(n_records: int, links: list[np.ndarray]) -> np.ndarray:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    pairs = np.concatenate([*links, np.empty((0, 2), dtype="int64")])
    graph = coo_array((np.ones(len(pairs), dtype="int8"), (pairs[:, 0], pairs[:, 1])), shape=(n_records, n_records))
    _, labels = connected_components(graph, directed=False)
    return np.asarray(labels)
