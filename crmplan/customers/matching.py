"""Exact keys: records that share one are the same customer.

Keys are the e-mail address, telephone number with last name, full name with postal code, cross-references between
systems, and numbers that other registers have given (a tax number, a loyalty card). A key that more than ten records of
one source share, or more than a hundred in all, stands for something else (the shop's own address, a keyboard full of
zeros) and joins nobody. Where people with clearly other first names share an e-mail address or a telephone, each is a
customer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmplan.customers import standardise
from crmplan.customers.sharing import by_member

__all__ = ["CONFLICT_COLUMNS", "MOST_SHARED", "ExactLinks", "customer_keys", "exact_links"]

MOST_SHARED = 10
"""A key shared by more records of one source than this is ignored."""

MOST_SHARED_IN_ALL = 100
"""And one shared by more records of all sources together."""

_SHORTEST_NUMBER = 4
"""Of a register's numbers: a shorter one is a note that there is none."""

_SHARED_IN_FAMILIES = frozenset({"email", "phone"})

CONFLICT_COLUMNS = ("customer_key", "column", "n_values", "sources")


@dataclass(frozen=True, slots=True)
class ExactLinks:
    """Pairs of records that share an exact key.

    Parameters
    ----------
    pairs
        Row numbers of two records a row.
    ignored
        Keys that too many records share: columns ``customer_key`` (null), ``column``, ``n_values`` (records that share
        it), ``sources``.
    """

    pairs: np.ndarray
    ignored: pd.DataFrame


def exact_links(records: pd.DataFrame, references: pd.DataFrame) -> ExactLinks:
    """Return which records share an exact key.

    Parameters
    ----------
    records
        One row per (``source``, ``customer_id``), sorted by them; any of ``name``, ``email``, ``phone``, ``postcode``,
        ``kind``, ``born_on`` and ``birth_year``.
    references
        Columns ``source``, ``customer_id``, ``other_source``, ``other_id``: records that are the same customer, or the
        number that a register which is no source (``tax``, ``card``) has given the customer.

    Examples
    --------
    >>> records = pd.DataFrame({"source": ["crm", "shop", "shop"], "customer_id": ["9", "1", "2"],
    ...                         "email": ["ann@example.org", "bo@example.org", "Ann@Example.org"]})
    >>> references = pd.DataFrame(columns=["source", "customer_id", "other_source", "other_id"])
    >>> exact_links(records, references).pairs.tolist()
    [[0, 2]]
    """
    links: list[np.ndarray] = []
    ignored: list[dict[str, object]] = []
    for column, keys in _keys(records).items():
        usable, dropped = _not_of_too_many(records["source"], keys)
        ignored += [{"customer_key": None, "column": column, **one} for one in dropped]
        links.append(
            _links(by_member(records, usable) if column in _SHARED_IN_FAMILIES and "name" in records else usable)
        )
    links.append(_referenced(records, references))
    together, dropped = _numbered_alike(records, references)
    links.append(together)
    ignored += [{"customer_key": None, "column": "other_ids", **one} for one in dropped]
    frame = pd.DataFrame(ignored, columns=list(CONFLICT_COLUMNS))
    dtypes = {"customer_key": "str", "column": "str", "n_values": "int64", "sources": "str"}
    pairs = np.unique(np.sort(np.concatenate(links), axis=1), axis=0)
    return ExactLinks(pairs[pairs[:, 0] != pairs[:, 1]], frame.astype(dtypes))


def customer_keys(labels: np.ndarray) -> pd.Series:
    """Return customer keys for group numbers: customers are counted in the order of their first records.

    The same records in the same groups get the same keys, whatever the order of the rows in the exports.

    Examples
    --------
    >>> customer_keys(np.array([5, 2, 5])).tolist()
    ['C00001', 'C00002', 'C00001']
    """
    codes, first = pd.factorize(labels)
    width = max(5, len(str(len(first))))
    return ("C" + pd.Series(codes + 1).astype("str").str.zfill(width)).astype("str")


def _keys(records: pd.DataFrame) -> dict[str, pd.Series]:
    """Return the keys that join records, by the column that they are about; null where a record has none."""
    keys = {}
    if "email" in records:
        keys["email"] = standardise.emails(records["email"])
    if {"phone", "name"} <= set(records):
        keys["phone"] = standardise.phones(records["phone"]) + "|" + standardise.last_names(records["name"])
    if {"name", "postcode"} <= set(records):
        full = standardise.names(records["name"])
        is_firm = records["kind"].eq("firm") if "kind" in records else pd.Series(False, index=records.index)
        # One word alone, such as a last name, is no full name of a person.
        key = full.where(is_firm | full.str.contains(" ", regex=False).eq(True)) + "|"
        keys["name"] = _one_birth_year(records, key + standardise.postcodes(records["postcode"]))
    return keys


def _one_birth_year(records: pd.DataFrame, keys: pd.Series) -> pd.Series:
    # Father and son may share name and address; with two years of birth they are not one.
    n_years = standardise.birth_years(records).groupby(keys).nunique()
    return keys.mask(keys.isin(n_years.index[n_years > 1]))


def _numbered_alike(records: pd.DataFrame, references: pd.DataFrame) -> tuple[np.ndarray, list[dict[str, object]]]:
    """Return links between records under one number of a register that is no source itself."""
    elsewhere = references.loc[~references["other_source"].isin(records["source"].unique())]
    number = elsewhere["other_id"].str.replace(r"[^0-9A-Za-z]", "", regex=True).str.casefold()
    key = (elsewhere["other_source"].str.casefold() + "|" + number).where(number.str.len() >= _SHORTEST_NUMBER)
    rows = records[["source", "customer_id"]].assign(row=np.arange(len(records)))
    found = elsewhere.assign(key=key).merge(rows, on=["source", "customer_id"]).drop_duplicates(["key", "row"])
    usable, dropped = _not_of_too_many(found["source"], found["key"])
    return found["row"].to_numpy(dtype="int64")[_links(usable)], dropped


def _not_of_too_many(source: pd.Series, keys: pd.Series) -> tuple[pd.Series, list[dict[str, object]]]:
    """Return keys without those that too many records share, and how many share each of those."""
    rows = pd.DataFrame({"key": keys, "source": source}).dropna(subset="key")
    rows = rows.loc[rows.duplicated("key", keep=False)]
    n_all, n_of_source = rows.groupby("key").size(), rows.groupby(["key", "source"]).size().groupby("key").max()
    too_many = n_all.index[n_all.gt(MOST_SHARED_IN_ALL) | n_of_source.gt(MOST_SHARED)]
    dropped = [
        {"n_values": len(members), "sources": ", ".join(sorted(members.unique()))}
        for _, members in rows.loc[rows["key"].isin(too_many)].groupby("key")["source"]
    ]
    return keys.mask(keys.isin(too_many)), dropped


def _links(keys: pd.Series) -> np.ndarray:
    """Return the place of the first record under every key with the place of each record under it."""
    codes, _ = pd.factorize(keys)
    rows = pd.DataFrame({"code": codes, "row": np.arange(len(codes))})
    rows = rows.loc[(rows["code"] >= 0) & rows.duplicated("code", keep=False)]
    first = rows.groupby("code")["row"].transform("first")
    return np.column_stack([first.to_numpy(dtype="int64"), rows["row"].to_numpy(dtype="int64")])


def _referenced(records: pd.DataFrame, references: pd.DataFrame) -> np.ndarray:
    if references.empty:
        return np.empty((0, 2), dtype="int64")
    rows = records[["source", "customer_id"]].assign(row=np.arange(len(records)))
    found = references.merge(rows, on=["source", "customer_id"]).merge(
        rows.rename(columns={"source": "other_source", "customer_id": "other_id", "row": "other_row"}),
        on=["other_source", "other_id"],
    )
    return found[["row", "other_row"]].to_numpy(dtype="int64")
