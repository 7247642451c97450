from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmplan.analysis.concentration import concentration, top_share

_AMOUNTS = st.lists(st.floats(0.01, 1e6), min_size=1, max_size=300)


def test_the_best_of_ten_customers():
    found = concentration(pd.Series([50.0, 20, 10, 5, 5, 2, 2, 2, 2, 2]), measure="revenue")
    assert found.top["10"] == 0.5
    assert found.top["20"] == 0.7
    assert found.top["1"] == 0.5  # at least one customer
    assert found.customers_for_80_share == pytest.approx(0.3)


def test_equal_customers_are_not_concentrated():
    found = concentration(pd.Series([7.0] * 100), measure="revenue")
    assert found.gini == pytest.approx(0.0)
    assert found.top["20"] == pytest.approx(0.2)


def test_one_who_brings_everything():
    assert concentration(pd.Series([0.0] * 99 + [5.0]), measure="revenue").gini == pytest.approx(0.99)


def test_customers_who_bring_a_loss_lift_the_curve_above_all():
    found = concentration(pd.Series([100.0, 50, -50]), measure="profit")
    assert found.curve["sum_share"].max() == pytest.approx(1.5)
    assert (found.n_below_zero, found.below_zero, found.gini) == (1, -50.0, None)


@pytest.mark.parametrize("values", [[], [-5.0, 2.0], [0.0]])
def test_nothing_to_divide_is_an_answer(values):
    found = concentration(pd.Series(values, dtype=float), measure="profit")
    assert found.unavailable
    assert found.top == {}
    assert top_share(pd.Series(values, dtype=float), 0.2) is None


@given(_AMOUNTS)
def test_the_curve_rises_from_nothing_to_everything(values):
    found = concentration(pd.Series(values), measure="revenue")
    assert found.curve["sum_share"].is_monotonic_increasing
    assert found.curve["sum_share"].iloc[0] == 0
    assert found.curve["sum_share"].iloc[-1] == pytest.approx(1)
    assert found.curve["customer_share"].iloc[-1] == 1
    assert len(found.curve) <= 101
    assert 0 <= found.top["1"] <= found.top["5"] <= found.top["10"] <= found.top["20"] <= 1 + 1e-9
    assert found.gini is not None
    assert -1e-9 <= found.gini < 1
