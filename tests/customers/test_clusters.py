"""Links make customers; the strongest first, and none against what is known."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from crmplan.customers.clusters import MOST_RECORDS_OF_A_SOURCE, Refusals, cluster, components

NONE = np.empty((0, 2), dtype="int64")


def _cluster(n: int, source: str = "abcdefghijklmnop", **pairs: list[tuple[int, int]]) -> tuple[list[int], Refusals]:
    given_pairs = {
        name: np.array(pairs.get(name, NONE), dtype="int64").reshape(-1, 2)
        for name in ("exact", "likely", "same", "different", "household")
    }
    sources = np.array([source[i % len(source)] for i in range(n)], dtype=object)
    labels, refused = cluster(sources, **given_pairs)
    return labels.tolist(), refused


def test_chains_join() -> None:
    assert _cluster(4, exact=[(0, 1)], likely=[(1, 3)])[0] == [0, 0, 2, 0]


def test_of_two_likely_links_against_a_verdict_the_stronger_stands() -> None:
    labels, refused = _cluster(3, likely=[(1, 2), (0, 1)], different=[(0, 2)])

    assert labels == [0, 1, 1]
    assert refused == {"different": 1}


def test_a_verdict_breaks_an_exact_chain() -> None:
    labels, _ = _cluster(4, exact=[(0, 1), (1, 2)], different=[(0, 2)], likely=[(2, 3)])

    assert labels[0] != labels[2]
    assert labels[2] == labels[3]


def test_same_overrules_household_but_not_different() -> None:
    assert _cluster(2, same=[(0, 1)], household=[(0, 1)])[0] == [0, 0]
    assert _cluster(3, same=[(0, 1), (1, 2)], different=[(0, 2)])[0] == [0, 0, 2]


def test_members_of_a_household_are_not_joined_through_a_third_record() -> None:
    labels, refused = _cluster(3, exact=[(0, 1)], likely=[(1, 2)], household=[(0, 2)])

    assert labels == [0, 0, 2]
    assert refused == {"household": 1}


def test_likeness_makes_no_giant() -> None:
    n = MOST_RECORDS_OF_A_SOURCE + 5
    chain = [(i, i + 1) for i in range(n - 1)]
    labels, refused = _cluster(n, source="a", likely=chain)

    assert max(labels.count(label) for label in labels) == MOST_RECORDS_OF_A_SOURCE
    assert refused["size"] >= 1
    assert len(set(_cluster(n, source="a", exact=chain)[0])) == 1


PAIR = st.tuples(st.integers(0, 7), st.integers(0, 7)).filter(lambda pair: pair[0] != pair[1])


@given(st.lists(PAIR, max_size=8), st.lists(PAIR, max_size=8), st.lists(PAIR, max_size=4))
def test_different_records_never_meet_and_without_verdicts_it_is_the_components(
    exact: list[tuple[int, int]], likely: list[tuple[int, int]], different: list[tuple[int, int]]
) -> None:
    labels, _ = _cluster(8, exact=exact, likely=likely, different=different)
    plain, _ = _cluster(8, exact=exact, likely=likely)
    parts = components(8, np.array([*exact, *likely], dtype="int64").reshape(-1, 2))

    assert all(labels[a] != labels[b] for a, b in different)
    assert [plain.index(label) for label in plain] == [parts.tolist().index(part) for part in parts]
