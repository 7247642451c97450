from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmplan.analysis.migration import migration, tier_cuts, tiers
from crmplan.analysis.purchases import per_customer


def _found(days):
    return migration(per_customer(days), days)


def _rows(now, before):
    rows = [(f"C{i:02d}", 10, amount) for i, amount in enumerate(now) if amount]
    return rows + [(f"C{i:02d}", 710, amount) for i, amount in enumerate(before) if amount]


def test_tiers_are_the_best_fifth_the_next_three_tenths_and_the_rest(days_of):
    found = _found(days_of(_rows([100, 90, 80, 70, 60, 50, 40, 30, 20, 10], [])))
    assert (found.top_from, found.middle_from) == (90.0, 60.0)
    assert found.tiers["n_customers"].tolist() == [2, 3, 5]
    assert found.tiers["revenue_share"].sum() == pytest.approx(1)
    assert found.unavailable == "needs two years of purchases"


def test_both_years_are_cut_at_the_same_amounts(days_of):
    now = [100, 90, 80, 70, 60, 50, 40, 30, 20, 10, 0]
    before = [50, 90, 95, 10, 60, 0, 40, 30, 20, 10, 70]
    found = _found(days_of(_rows(now, before)))
    # C00 small to top and C03 small to middle climb; C02 top to middle falls; C10 left; C05 is new.
    assert found.n_previous == 10
    assert (found.upward_share, found.downward_share, found.left_share) == (0.2, 0.1, 0.1)
    assert found.net_upward_share == pytest.approx(0.1)
    assert int(found.matrix["n_customers"].sum()) == 11


def test_the_movable_middle_is_close_to_the_top(days_of):
    found = _found(days_of(_rows([100, 90, 80, 70, 60, 50, 40, 30, 20, 10], [])))
    # 70 % of 90 is 63: the customers with 80 and 70 miss 10 and 20.
    assert (found.n_movable, found.movable_gap) == (2, 30.0)
    assert found.movable_share == pytest.approx(2 / 3)


def test_a_lifted_customer_brings_the_difference_of_the_means(days_of):
    found = _found(days_of(_rows([100] * 8 + [60] * 12 + [20] * 20, [])))
    assert [(lift.n_moved, lift.revenue) for lift in found.lifts] == [(1, 40.0), (2, 80.0)]


def test_nobody_in_the_last_year(days_of):
    assert _found(days_of([("A", 400, 1)])).unavailable == "no customer bought in the last 12 months"
    assert _found(days_of([])).tiers.empty


@given(st.lists(st.floats(0, 1e5), min_size=1, max_size=200))
def test_a_tier_never_holds_a_customer_above_a_higher_one(values):
    revenue = pd.Series(values)
    found = tiers(revenue, tier_cuts(revenue))
    lowest = {tier: revenue[found == tier].min() for tier in set(found)}
    order = [lowest[tier] for tier in ("none", "small", "middle", "top") if tier in lowest]
    assert order == sorted(order)
    assert (found == "none").sum() == (revenue <= 0).sum()
