"""Who is meant by a mark that several people share: the members of a family with one e-mail address or telephone.

Two first names are taken for one person's where they are equal, alike, or an initial and its name; other ones are two
people. What names nobody, or fits several, belongs to none of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

import pandas as pd

from crmplan.customers import standardise

__all__ = ["birth_years", "by_member"]

_LEAST_ALIKE = 0.75
"""One other letter in a name of four; Jan and Johann are below, and left to likeness."""

_FIRM = "firm"


def by_member(records: pd.DataFrame, keys: pd.Series) -> pd.Series:
    """Return keys so that people who share one, and whose first names clearly differ, have a key each.

    Parameters
    ----------
    records
        Customer records: ``name`` and, where there are, ``kind``, ``firm`` and ``birth_year``.
    keys
        One per record; null for none.

    Notes
    -----
    A firm and the one person who buys for it are one customer, and so are all who buy for the same firm.

    Examples
    --------
    >>> records = pd.DataFrame({"name": ["Ann Lee", "Ben Lee", "LEE, A.", "Bob Lee", "Robert Lee"]})
    >>> by_member(records, pd.Series(["a@b.org"] * 3 + ["c@d.org"] * 2)).tolist()
    ['a@b.org|0', 'a@b.org|1', 'a@b.org|0', 'c@d.org', 'c@d.org']
    """
    name, born = records["name"].astype("str"), birth_years(records)
    first = standardise.first_names(name)
    is_firm = _are_firms(records)
    people = pd.DataFrame({"key": keys, "name": standardise.names(name), "first": first, "born": born})
    people = people.loc[keys.notna() & keys.duplicated(keep=False)]
    n_names = people["name"].mask(is_firm).groupby(people["key"]).nunique()
    several = people.loc[people["key"].isin(n_names.index[n_names > 1])]
    found = keys.copy()
    for key, members in several.groupby("key", sort=False):
        of_firm = is_firm[members.index]
        persons = members.loc[~of_firm]
        numbers = _numbered(list(persons[["name", "first", "born"]].itertuples(index=False, name=None)))
        if len(set(numbers) - {None}) > 1:
            found[persons.index] = [None if number is None else f"{key}|{number}" for number in numbers]
            found[members.index[of_firm]] = f"{key}|{_FIRM}"
    return found


def _are_firms(records: pd.DataFrame) -> pd.Series:
    is_firm = standardise.initials(records["name"].astype("str")).eq(_FIRM)
    if "kind" in records:
        is_firm |= records["kind"].eq(_FIRM)
    if "firm" in records:
        is_firm |= records["firm"].notna()
    return is_firm


def birth_years(records: pd.DataFrame) -> pd.Series:
    """Return years of birth, from the day where it is known.

    Examples
    --------
    >>> records = pd.DataFrame({"born_on": pd.to_datetime(["1980-02-01", None]), "birth_year": [None, 1975.0]})
    >>> birth_years(records).tolist()
    [1980.0, 1975.0]
    """
    years = pd.Series(float("nan"), index=records.index)
    if "born_on" in records:
        years = pd.to_datetime(records["born_on"]).dt.year.astype("float64")
    return years.fillna(records["birth_year"].astype("float64")) if "birth_year" in records else years


Person = tuple[str | float, str | float, float]
"""Standard full name, first name, year of birth; what is not known is not a number."""


def _numbered(people: Sequence[Person]) -> list[int | None]:
    """Return for each of those who share a mark the number of the person meant; none where that cannot be told."""
    named = [i for i, one in enumerate(people) if _is_full(one[1])]
    number: dict[int, int] = {}
    for place, i in enumerate(named):
        like = {number[j] for j in named[:place] if _may_be_one(people[i], people[j])}
        number[i] = min(like, default=max(number.values(), default=-1) + 1)
        number |= {j: number[i] for j, other in number.items() if other in like}
    found: list[int | None] = []
    initials: dict[str, int] = {}
    for i, one in enumerate(people):
        if i in number:
            found.append(number[i])
        elif named:
            fits = {number[j] for j in named if _fits(one, people[j])}
            found.append(next(iter(fits)) if len(fits) == 1 else None)
        else:
            initial = one[1] if isinstance(one[1], str) else ""
            found.append(initials.setdefault(initial, len(initials)) if initial else None)
    return found


def _is_full(first: object) -> bool:
    return isinstance(first, str) and len(first) > 1


def _may_be_one(one: Person, other: Person) -> bool:
    first, second = one[1], other[1]
    if first == second or one[0] == other[0]:
        return True
    if abs(one[2] - other[2]) > 1:
        return False
    first, second = str(first), str(second)
    if first.startswith(second) or second.startswith(first):
        return True
    if first in str(other[0]).split() or second in str(one[0]).split():
        return True
    return SequenceMatcher(None, first, second).ratio() >= _LEAST_ALIKE


def _fits(weak: Person, named: Person) -> bool:
    """Return whether an initial, one word or no name at all can mean this person."""
    if not isinstance(weak[0], str):
        return True
    if isinstance(weak[1], str):
        return str(named[1]).startswith(weak[1])
    return weak[0] in str(named[0]).split()
