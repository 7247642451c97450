"""Who is meant by a mark that several people share: the members of a family with one e-mail address or telephone.

Two first names are taken for one person's where they are equal, alike, or an initial and its name; other ones are two
people, and so are a man's name and a woman's that differ in their ending. What names nobody, or fits several, belongs
to none of them.
"""

from __future__ import annotations

from difflib import SequenceMatcher

import numpy as np
import pandas as pd

from crmplan.customers import standardise
from crmplan.customers.clusters import components
from crmplan.customers.counterparts import are_counterparts

__all__ = ["by_member"]

_LEAST_ALIKE = 0.75
"""One other letter in a name of four; Jan and Johann are below, and left to likeness."""

_FIRM = "firm"
_PERSON = ["key", "name", "first", "born"]


def by_member(records: pd.DataFrame, keys: pd.Series) -> pd.Series:
    """Return keys so that people who share one, and whose first names clearly differ, have a key each.

    Parameters
    ----------
    records
        Customer records: ``name`` and, where there are, ``kind``, ``firm``, ``born_on`` and ``birth_year``.
    keys
        One per record; null for none. Every pair of people under one key is compared, so keys that hundreds share are
        taken out beforehand (:func:`crmplan.customers.matching.exact_links` does).

    Notes
    -----
    A firm and the one person who buys for it are one customer, and so are all who buy for the same firm. People of one
    first name are one whatever their years of birth; names that are only alike are two people's where the years of
    birth are more than one apart. The order of rows does not matter.

    Examples
    --------
    >>> records = pd.DataFrame({"name": ["Ann Lee", "Ben Lee", "LEE, A.", "Bob Lee", "Robert Lee"]})
    >>> by_member(records, pd.Series(["a@b.org"] * 3 + ["c@d.org"] * 2)).tolist()
    ['a@b.org|ann lee', 'a@b.org|ben lee', 'a@b.org|ann lee', 'c@d.org', 'c@d.org']
    """
    rows = _shared(records, keys)
    if rows.empty:
        return keys.copy()
    persons = rows.loc[~rows["is_firm"]]
    who = persons.groupby(_PERSON, dropna=False, sort=True).ngroup()
    people = persons.assign(who=who).drop_duplicates("who").set_index("who").sort_index()
    member = _members(people)
    n_members = member.groupby(people["key"]).nunique()
    of_several = rows["key"].isin(n_members.index[n_members > 1])
    meant = who.map(member).reindex(rows.index).astype("str")
    marked = (rows["key"] + "|" + meant).mask(rows["is_firm"], rows["key"] + "|")
    found = keys.copy()
    found[rows.index[of_several]] = marked[of_several]
    return found


def _shared(records: pd.DataFrame, keys: pd.Series) -> pd.DataFrame:
    """Return the records that share a key with one of another name: key, names, year of birth, is it a firm's."""
    name = records["name"].astype("str")
    rows = pd.DataFrame(
        {
            "key": keys,
            "name": standardise.names(name),
            "first": standardise.first_names(name),
            "born": standardise.birth_years(records),
            "is_firm": _are_firms(records),
        }
    )
    rows = rows.loc[keys.notna() & keys.duplicated(keep=False)]
    n_names = rows["name"].mask(rows["is_firm"]).groupby(rows["key"]).nunique()
    return rows.loc[rows["key"].isin(n_names.index[n_names > 1])]


def _are_firms(records: pd.DataFrame) -> pd.Series:
    is_firm = standardise.initials(records["name"].astype("str")).eq(_FIRM)
    if "kind" in records:
        is_firm |= records["kind"].eq(_FIRM)
    if "firm" in records:
        is_firm |= records["firm"].notna()
    return is_firm


def _members(people: pd.DataFrame) -> pd.Series:
    """Return by person the name of the member that is meant; null where that cannot be told."""
    is_initial = people["first"].str.len().eq(1) & people["first"].str.upper().ne(people["first"])
    is_named = people["first"].notna() & ~is_initial
    named, weak = people.loc[is_named].reset_index(), people.loc[~is_named].reset_index()
    pairs = named.merge(named, on="key", suffixes=("", "_b"))
    pairs = pairs.loc[pairs["who"] < pairs["who_b"]]
    links = pairs.loc[_may_be_one(pairs), ["who", "who_b"]].to_numpy(dtype="int64")
    group = components(len(people), links)
    by_name = named.assign(group=group[named["who"]]).groupby("group")["name"].transform("min")
    found = [by_name.set_axis(named["who"])]
    candidates = weak.merge(named.assign(member=by_name), on="key", suffixes=("", "_b"))
    candidates = candidates.loc[[_fits(*one) for one in _columns(candidates, "name", "first", "name_b", "first_b")]]
    fitting = candidates.groupby("who")["member"].agg(["nunique", "first"])
    found.append(fitting.loc[fitting["nunique"].eq(1), "first"])
    alone = weak.loc[~weak["key"].isin(named["key"])]
    found.append(alone["first"].set_axis(alone["who"]))
    member: pd.Series = pd.concat(found).astype("str").reindex(people.index)
    return member


def _may_be_one(pairs: pd.DataFrame) -> np.ndarray:
    """Return which pairs of people with a first name each may be one person."""
    same_name, same_first = pairs["name"].eq(pairs["name_b"]), pairs["first"].eq(pairs["first_b"])
    is_two = pairs["born"].sub(pairs["born_b"]).abs().gt(1)
    is_two |= are_counterparts(pairs["first"], pairs["first_b"], pairs["name"], pairs["name_b"])
    likeness = [_alike(*one) for one in _columns(pairs, "name", "first", "name_b", "first_b")]
    return (same_name | same_first | (~is_two & np.array(likeness, dtype="bool"))).to_numpy(dtype="bool")


def _columns(frame: pd.DataFrame, *names: str) -> list[tuple[str, str, str, str]]:
    return list(zip(*(frame[name] for name in names), strict=True))


def _alike(name: str, first: str, other_name: str, other_first: str) -> bool:
    if first.startswith(other_first) or other_first.startswith(first):
        return True
    if first in other_name.split() or other_first in name.split():
        return True
    one, other = sorted((first, other_first))  # the measure is not the same in both directions
    return SequenceMatcher(None, one, other).ratio() >= _LEAST_ALIKE


def _fits(name: object, first: object, named: str, named_first: str) -> bool:
    """Return whether an initial, one word or no name at all can mean this person."""
    if not isinstance(name, str):
        return True
    if isinstance(first, str):
        return named_first.startswith(first)
    return name in named.split()
