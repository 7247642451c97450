from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from crmplan.value.accuracy import normalised_gini, quintile, top_share

NUMBERS = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 5)), min_size=3, max_size=40)


@given(pairs=NUMBERS, seed=st.integers(0, 9))
@settings(deadline=None)
def test_measures_stay_in_bounds_and_ignore_the_order_of_rows(pairs: list[tuple[int, int]], seed: int) -> None:
    actual, score = np.array(pairs, dtype=float).T
    order = np.random.default_rng(seed).permutation(len(actual))

    gini, share = normalised_gini(actual, score), top_share(actual, score)

    assert np.isnan(gini) or -1 <= gini <= 1
    assert np.isnan(share) or 0 <= share <= 1
    assert np.isclose(gini, normalised_gini(actual[order], score[order]), equal_nan=True)
    assert np.isclose(share, top_share(actual[order], score[order]), equal_nan=True)


def test_the_top_tenth_is_counted_to_the_fraction_of_a_customer() -> None:
    actual, score = np.arange(15.0), np.arange(15.0)

    assert top_share(actual, score) == (14 + 0.5 * 13) / 105


def test_nothing_to_order_is_missing() -> None:
    assert np.isnan(normalised_gini(np.zeros(5), np.arange(5.0)))
    assert np.isnan(normalised_gini(np.ones(5), np.arange(5.0)))
    assert np.isnan(top_share(np.zeros(5), np.arange(5.0)))


def test_quintiles_of_distinct_values_are_equal_fifths() -> None:
    assert np.bincount(quintile(np.arange(50.0)).astype(int)).tolist() == [0, 10, 10, 10, 10, 10]
