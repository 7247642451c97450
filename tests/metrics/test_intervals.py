"""Intervals hold what they are an interval of, and narrow as rows grow."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmplan.metrics.intervals import mean_interval, median_ranks, wilson


@given(st.integers(1, 10**7).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_holds_the_share_and_stays_between_0_and_1(counts):
    n_yes, n = counts
    low, high = wilson(n_yes, n)

    assert 0 <= low <= n_yes / n <= high <= 1
    assert low < high


def test_wilson_of_nobody_and_of_everybody_says_something():
    # Agresti and Coull (1998): with 0 of 20 the upper bound is z^2 / (n + z^2)
    assert wilson(0, 20) == (0.0, pytest.approx(3.8415 / 23.8415, abs=1e-4))
    assert wilson(20, 20) == (pytest.approx(1 - 3.8415 / 23.8415, abs=1e-4), 1.0)
    assert wilson(0, 0) is None


@pytest.mark.parametrize(("n", "quantile", "within"), [(5, 2.7764, 0.02), (11, 2.2281, 1e-3), (31, 2.0423, 1e-4)])
def test_mean_interval_is_that_of_students_t(n, quantile, within):
    low, high = mean_interval(0.0, n**0.5, n)

    assert high == pytest.approx(quantile, rel=within)
    assert low == -high


def test_one_row_has_no_interval():
    assert mean_interval(1.0, None, 1) is None
    assert median_ranks(5) is None


@given(st.integers(6, 10**6))
def test_median_ranks_lie_around_the_middle(n):
    low, high = median_ranks(n)

    assert 1 <= low <= (n + 1) / 2 <= high <= n
    assert low - 1 == n - high
