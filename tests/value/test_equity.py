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
    found = customer_equity(customers([60.0, *[40.0 / 9] * 9]), np.ones(5), level_error=None, seed=1)

    assert found.top_tenth_share == pytest.approx(0.6)
    assert found.half_share == pytest.approx(0.1)
    assert found.total == pytest.approx(100.0)


def test_an_error_seen_in_the_check_widens_the_range_and_is_named() -> None:
    base = customers(list(np.linspace(1, 9, 60)))
    blind = customer_equity(base, np.ones(5), level_error=None, seed=1)
    seen = customer_equity(base, np.ones(5), level_error=-0.3, seed=1)

    assert seen.low < blind.low < blind.total < blind.high < seen.high
    assert "30 %" in seen.covers
    assert "could not be checked" in blind.covers


def test_the_range_does_not_go_below_nothing_unless_customers_cost_money() -> None:
    assert customer_equity(customers([1.0] * 60), np.ones(5), level_error=2.0, seed=1).low == 0.0
    assert customer_equity(customers([-1.0] + [1.0] * 59), np.ones(5), level_error=2.0, seed=1).low < 0


def test_the_same_seed_gives_the_same_range() -> None:
    base = customers(list(np.linspace(1, 9, 60)))

    one, other = (customer_equity(base, np.ones(5), level_error=0.1, seed=3) for _ in range(2))

    assert (one.low, one.high) == (other.low, other.high)


def test_a_base_without_value_has_no_concentration() -> None:
    found = customer_equity(customers([0.0] * 60), np.ones(1), level_error=None, seed=1)

    assert (found.total, found.top_tenth_share, found.half_share) == (0.0, None, None)
