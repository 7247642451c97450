"""Which records are one customer, from links between pairs: the strongest first, and none against what is known.

Chains are the danger of joining by pairs: A is like B and B like C, but A is not like C. A link is therefore refused
when it would bring together two records that a person has called different or that are two members of one household,
or when it would make a customer of more records than any customer has.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

import numpy as np

__all__ = ["Refusals", "cluster", "components"]

Pairs = np.ndarray
"""Row numbers of two records a row."""

Refusals = Counter[str]
"""Links refused, by reason: called different, members of one household, too many records."""

MOST_RECORDS = 40
"""Links of mere likeness make no customer of more records than this."""

MOST_RECORDS_OF_A_SOURCE = 20
"""Nor of more records of one source than this."""


def components(n_records: int, links: Pairs) -> np.ndarray:
    """Return a number for every record, the same for records that links connect."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    ends = np.asarray(links, dtype="int64").reshape(-1, 2)
    graph = coo_array((np.ones(len(ends), dtype="int8"), (ends[:, 0], ends[:, 1])), shape=(n_records, n_records))
    _, labels = connected_components(graph, directed=False)
    return np.asarray(labels, dtype="int64")


def cluster(
    sources: np.ndarray, *, exact: Pairs, likely: Pairs, same: Pairs, different: Pairs, household: Pairs
) -> tuple[np.ndarray, Refusals]:
    """Return the customer of every record, as a number, and how many links were refused and why.

    Parameters
    ----------
    sources
        The source of every record.
    exact
        Pairs that share an exact key. Only a person's word keeps them apart.
    likely
        Pairs that are alike enough, the likeliest first.
    same, different
        Pairs that a person has called so.
    household
        Pairs that are two members of one household.

    Examples
    --------
    >>> none = np.empty((0, 2), dtype="int64")
    >>> sources = np.array(["crm", "shop", "desk"])
    >>> chain = np.array([[0, 1], [1, 2]])
    >>> cluster(sources, exact=none, likely=chain, same=none, different=none, household=np.array([[0, 2]]))
    (array([0, 0, 2]), Counter({'household': 1}))
    """
    n = len(sources)
    first = components(n, np.concatenate([exact, same]))
    broken = np.unique(first[different[first[different[:, 0]] == first[different[:, 1]]][:, 0]])
    is_broken = np.isin(first, broken)
    merging = _Merging(np.where(is_broken, np.arange(n), _first_row(first)), sources, different)
    for links in (same, exact):
        merging.merge(links[is_broken[links[:, 0]]], checks_size=False)
    merging.forbid(household, "household")
    merging.merge(likely, checks_size=True)
    return merging.labels(), merging.refused


def _first_row(labels: np.ndarray) -> np.ndarray:
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    return np.asarray(first[inverse], dtype="int64")


class _Merging:
    """Groups of records that grow by links; the number of a group is that of its first record."""

    def __init__(self, root: np.ndarray, sources: np.ndarray, different: Pairs) -> None:
        self._root = root
        self._sources = sources
        self._parent: dict[int, int] = {}
        self._members: dict[int, list[int]] = {}
        self._foes: defaultdict[int, dict[int, str]] = defaultdict(dict)
        self._order = np.argsort(root, kind="stable")
        self._starts = np.searchsorted(root[self._order], np.arange(len(root) + 1))
        self.refused: Refusals = Counter()
        self.forbid(different, "different")

    def forbid(self, pairs: Pairs, why: str) -> None:
        for a, b in pairs:
            one, other = self.find(int(a)), self.find(int(b))
            if one != other:
                self._foes[one].setdefault(other, why)
                self._foes[other].setdefault(one, why)

    def find(self, row: int) -> int:
        group = int(self._root[row])
        while group in self._parent:
            group = self._parent[group]
        return group

    def merge(self, links: Iterable[np.ndarray], *, checks_size: bool) -> None:
        for a, b in links:
            one, other = sorted((self.find(int(a)), self.find(int(b))))
            if one == other:
                continue
            why = self._foes[one].get(other, "") or ("size" if checks_size and self._too_many(one, other) else "")
            if why:
                self.refused[why] += 1
            else:
                self._join(one, other)

    def _of(self, group: int) -> list[int]:
        if group not in self._members:
            rows = self._order[self._starts[group] : self._starts[group + 1]]
            self._members[group] = [int(row) for row in rows]
        return self._members[group]

    def _too_many(self, one: int, other: int) -> bool:
        rows = [*self._of(one), *self._of(other)]
        if len(rows) <= MOST_RECORDS_OF_A_SOURCE:
            return False
        return len(rows) > MOST_RECORDS or max(Counter(self._sources[rows]).values()) > MOST_RECORDS_OF_A_SOURCE

    def _join(self, one: int, other: int) -> None:
        rows = [*self._of(one), *self._members.pop(other, self._of(other))]
        self._members.pop(other, None)
        self._members[one] = rows
        self._parent[other] = one
        for foe, why in self._foes.pop(other, {}).items():
            self._foes[foe].pop(other, None)
            self._foes[foe].setdefault(one, why)
            self._foes[one].setdefault(foe, why)

    def labels(self) -> np.ndarray:
        """Return the number of every record's group."""
        groups = np.unique(self._root)
        final = {int(group): self.find(int(group)) for group in groups} if self._parent else {}
        if not final:
            return self._root
        return np.asarray(np.vectorize(final.__getitem__, otypes=["int64"])(self._root))
