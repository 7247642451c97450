from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmplan.analysis.rfm import rank_scores, rfm_scores

_CUSTOMERS = st.lists(
    st.tuples(st.integers(0, 2000), st.integers(1, 400), st.floats(0.01, 1e6)), min_size=1, max_size=60
)


def _base(rows):
    return pd.DataFrame(rows, columns=["recency_days", "n_purchases", "revenue"])


@given(_CUSTOMERS)
def test_scores_lie_within_1_and_5(rows):
    scores = rfm_scores(_base(rows)).to_numpy()
    assert scores.min() >= 1
    assert scores.max() <= 5


@given(_CUSTOMERS, st.randoms())
def test_the_order_of_rows_does_not_matter(rows, random):
    base = _base(rows)
    mixed = base.sample(frac=1, random_state=random.randint(0, 10**6))
    pd.testing.assert_frame_equal(rfm_scores(mixed).sort_index(), rfm_scores(base))


@given(_CUSTOMERS)
def test_who_bought_later_more_often_or_more_never_scores_lower(rows):
    base = _base(rows)
    scores = rfm_scores(base)
    for figure, score, sign in (
        ("recency_days", "r_score", -1),
        ("n_purchases", "f_score", 1),
        ("revenue", "m_score", 1),
    ):
        order = (sign * base[figure]).sort_values(kind="stable").index
        assert scores.loc[order, score].is_monotonic_increasing


@pytest.mark.parametrize(("n", "score"), [(1, 1), (2, 2), (3, 3), (4, 3), (5, 4), (9, 4), (10, 5), (300, 5)])
def test_frequency_has_fixed_meanings(n, score):
    assert rfm_scores(_base([(1, n, 1.0)]))["f_score"].tolist() == [score]


def test_a_base_of_one_timers_still_tells_repeat_buyers_apart():
    base = _base([(i, 1, 10.0) for i in range(95)] + [(1, 2, 10.0), (1, 4, 10.0), (1, 7, 10.0), (1, 12, 10.0)])
    assert sorted(rfm_scores(base)["f_score"].unique()) == [1, 2, 3, 4, 5]


def test_no_customers_have_no_scores():
    assert rfm_scores(_base([])).empty
    assert rank_scores(pd.Series([], dtype=float)).empty
