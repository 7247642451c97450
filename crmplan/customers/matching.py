"""Exact keys: records that share one are the same customer.

Keys are the e-mail address, telephone number with last name, full name with postal code, cross-references between
systems, and numbers that other registers have given (a tax number, a loyalty card). Where people with clearly other
first names share an e-mail address or a telephone, each is a customer. A key that more than ten records of one source
share stands for something else (the shop's own address, a keyboard full of zeros) and joins nobody.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmplan.customers import standardise
from crmplan.customers.sharing import birth_years, by_member

__all__ = ["CONFLICT_COLUMNS", "MOST_SHARED", "ExactLinks", "customer_keys", "exact_links"]

MOST_SHARED = 10
"""A key shared by more records of one source than this is ignored."""

_SHORTEST_NUMBER = 4
"""Of a register's numbers: a shorter one is a note that there is none."""

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
        together, dropped = _links(records["source"], keys)
        links.append(together)
        ignored += [{"customer_key": None, "column": column, **one} for one in dropped]
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
        if "name" in records:
            keys["email"] = by_member(records, keys["email"])
    if {"phone", "name"} <= set(records):
        keys["phone"] = by_member(
            records, standardise.phones(records["phone"]) + "|" + standardise.last_names(records["name"])
        )
    if {"name", "postcode"} <= set(records):
        full = standardise.names(records["name"])
        is_firm = records["kind"].eq("firm") if "kind" in records else pd.Series(False, index=records.index)
        # One word alone, such as a last name, is no full name of a person.
        key = full.where(is_firm | full.str.contains(" ", regex=False).eq(True)) + "|"
        keys["name"] = _one_birth_year(records, key + standardise.postcodes(records["postcode"]))
    return keys


def _one_birth_year(records: pd.DataFrame, keys: pd.Series) -> pd.Series:
    # Father and son may share name and address; with two years of birth they are not one.
    n_years = birth_years(records).groupby(keys).nunique()
    return keys.mask(keys.isin(n_years.index[n_years > 1]))


def _numbered_alike(records: pd.DataFrame, references: pd.DataFrame) -> tuple[np.ndarray, list[dict[str, object]]]:
    """Return links between records under one number of a register that is no source itself."""
    elsewhere = references.loc[~references["other_source"].isin(records["source"].unique())]
    number = elsewhere["other_id"].str.replace(r"[^0-9A-Za-z]", "", regex=True).str.casefold()
    key = (elsewhere["other_source"].str.casefold() + "|" + number).where(number.str.len() >= _SHORTEST_NUMBER)
    rows = records[["source", "customer_id"]].assign(row=np.arange(len(records)))
    found = elsewhere.assign(key=key).merge(rows, on=["source", "customer_id"]).drop_duplicates(["key", "row"])
    ends, dropped = _links(found["source"], found["key"])
    return found["row"].to_numpy(dtype="int64")[ends], dropped


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
