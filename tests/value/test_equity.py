from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmplan.value.coverage import Coverage
from crmplan.value.equity import concentration, customer_equity, deciles, equity_of, top_thousandth


def customers(values: list[float]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_key": [f"C{i:03d}" for i in range(len(values))],
            "value": values,
            "value_low": [min(value, 0.0) * 3 for value in values],
            "alive_probability": 0.5,
            "expected_purchases": 1.0,
        }
    )


def test_deciles_add_up_to_the_whole() -> None:
    found = deciles(customers(list(np.arange(1.0, 48.0))))

    assert found["n_customers"].sum() == 47
    assert found["n_customers"].max() - found["n_customers"].min() <= 1
    assert found["value_share"].sum() == pytest.approx(1.0)
    assert found["mean_value"].is_monotonic_decreasing


def test_concentration_is_counted_from_the_top() -> None:
    found = customer_equity(customers([60.0, *[40.0 / 9] * 9]), sd=1.0, covers="chance")

    assert found.top_tenth_share == pytest.approx(0.6)
    assert found.half_share == pytest.approx(0.1)
    assert found.total == pytest.approx(100.0)


def test_the_range_is_95_percent_of_a_normal_distribution() -> None:
    found = customer_equity(customers(list(np.linspace(1, 9, 60))), sd=10.0, covers="chance")

    assert (found.low, found.high) == (pytest.approx(300 - 19.6), pytest.approx(300 + 19.6))
    assert found.covers == "chance"


def test_the_range_does_not_go_below_nothing_unless_customers_cost_money() -> None:
    assert customer_equity(customers([1.0] * 60), sd=100.0, covers="").low == 0.0
    assert customer_equity(customers([-1.0] + [1.0] * 59), sd=100.0, covers="").low == -3.0


@pytest.mark.parametrize(
    ("coverage", "half_width", "words"),
    [
        (Coverage(), 1.96 * 5, "could not be checked and comes on top"),
        (Coverage(n_cut_offs=3), 1.96 * 5, "such ranges held at the cut-offs of the check"),
        (Coverage(base_factor=2.0, n_cut_offs=3), 1.96 * 10, "widened 2.0 times because without it"),
    ],
    ids=["not checked", "held", "too narrow"],
)
def test_the_range_is_widened_as_measured_and_says_so(coverage: Coverage, half_width: float, words: str) -> None:
    base = customers([100.0] * 4).assign(process_sd=2.0, parameter_sd=0.75)

    found = equity_of(base, coverage)

    assert found.high == pytest.approx(400 + half_width)
    assert words in found.covers


def test_a_base_without_value_has_no_concentration() -> None:
    found = customer_equity(customers([0.0] * 60), sd=1.0, covers="chance")

    assert (found.total, found.top_tenth_share, found.half_share) == (0.0, None, None)
    assert found.curve.empty


def test_the_value_without_the_top_thousandth_is_the_rest_in_money() -> None:
    found = customer_equity(customers([50.0, 30.0, *[1.0] * 2998]), sd=1.0, covers="chance")

    assert found.n_top == 3
    assert found.without_top == pytest.approx(3078 - 50 - 30 - 1)


def test_a_small_base_is_told_without_its_one_best_customer() -> None:
    found = customer_equity(customers([5.0, 9.0, 1.0]), sd=1.0, covers="chance")

    assert (found.n_top, found.without_top) == (1, 6.0)
    assert top_thousandth(np.zeros(0)).sum() == 0


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=900).filter(lambda values: sum(values) > 1))
def test_the_curve_of_concentration_runs_from_nothing_to_all_and_bends_one_way(values: list[float]) -> None:
    curve = concentration(np.array(values))
    slope = np.diff(curve["value_share"]) / np.diff(curve["customer_share"])

    assert curve.iloc[0].tolist() == [0.0, 0.0]
    assert curve.iloc[-1].tolist() == pytest.approx([1.0, 1.0])
    assert len(curve) <= 201
    assert (np.diff(slope) <= 1e-6 * slope.max()).all()


def test_customers_who_cost_money_lift_the_curve_above_the_whole() -> None:
    curve = concentration(np.array([8.0, 4.0, -2.0]))

    assert curve["value_share"].tolist() == pytest.approx([0.0, 0.8, 1.2, 1.0])
