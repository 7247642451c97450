from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crmplan.value.equity import customer_equity, deciles


def customers(values: list[float]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_key": [f"C{i:03d}" for i in range(len(values))],
            "value": values,
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
    assert customer_equity(customers([-1.0] + [1.0] * 59), sd=100.0, covers="").low < 0


def test_a_base_without_value_has_no_concentration() -> None:
    found = customer_equity(customers([0.0] * 60), sd=1.0, covers="chance")

    assert (found.total, found.top_tenth_share, found.half_share) == (0.0, None, None)
