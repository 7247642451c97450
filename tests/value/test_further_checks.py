"""Seasons, rank correlation with its range, and whether those called active buy again."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from crmplan.tables import Tables
from crmplan.value import Value
from crmplan.value.further_checks import alive_check, correlation, rank_correlation, seasonality
from crmplan.value.purchase_history import customer_days

UNTIL = date(2024, 12, 31)


def purchases(by_month: dict[int, int], *, start: str = "2020-12-01", growth: float = 0.0) -> Any:
    """So many purchases a day and month of the year, growing by a share of the first month's with each month."""
    days, keys = [], []
    for place, day in enumerate(pd.date_range(start, UNTIL, freq="D")):
        n = round(by_month.get(day.month, 1) * (1 + growth * (place // 30)))
        days += [day] * n
        keys += [f"C{number}" for number in range(n)]
    frame = pd.DataFrame({"customer_key": keys, "day": days, "net_amount": 1.0})
    return customer_days(Tables.from_frames({"customer_days": frame}))


def test_without_seasons_nothing_has_to_move() -> None:
    assert seasonality(purchases({}), until=UNTIL) == pytest.approx(0, abs=1e-9)


def test_a_december_of_four_times_the_usual_moves_a_fifth() -> None:
    # Indices: eleven months of 1 and one of 4, mean 1.25; half the mean distance is (11 x 0.2 + 2.2) / 12 / 2.
    found = seasonality(purchases({12: 4}), until=UNTIL)

    assert found == pytest.approx((11 * 0.2 + 2.2) / 24, rel=0.03)


def test_growth_is_no_season() -> None:
    found = seasonality(purchases(dict.fromkeys(range(1, 13), 4), growth=0.05), until=UNTIL)

    assert found is not None
    assert found < 0.02


def test_under_two_whole_years_seasons_cannot_be_told() -> None:
    assert seasonality(purchases({}, start="2022-12-15"), until=date(2024, 11, 29)) is None
    assert seasonality(purchases({}), until=date(2019, 1, 1)) is None


def test_a_single_giant_moves_no_rank() -> None:
    n_repeat, spend = np.repeat(np.arange(1.0, 9), 50), np.tile(np.arange(1.0, 51), 8)
    n_repeat[0], spend[0] = 5000.0, 1e6
    found = rank_correlation(n_repeat, spend)

    assert found is not None
    assert found.low < 0 < found.high
    assert abs(found.value) < 0.02
    assert np.corrcoef(n_repeat, spend)[0, 1] > 0.9


def test_the_range_of_a_correlation_holds_what_it_promises_although_amounts_are_skewed() -> None:
    draw = np.random.default_rng(5)

    def skewed(n: int) -> tuple[np.ndarray, np.ndarray]:
        rate = draw.gamma(0.8, 3, n)
        return 1.0 + draw.poisson(rate), np.exp(0.6 * draw.standard_normal(n) + 0.25 * np.log1p(rate))

    true = np.corrcoef(*skewed(2_000_000))[0, 1]
    found = [correlation(*skewed(1500)) for _ in range(1500)]
    held = [one.low <= true <= one.high for one in found if one]
    textbook = [abs(np.arctanh(one.value) - np.arctanh(true)) < 1.96 / np.sqrt(1497) for one in found if one]

    assert len(held) == 1500
    assert np.mean(held) > 0.93
    assert np.mean(textbook) < np.mean(held)


def test_a_correlation_is_that_of_pearson_and_one_giant_widens_its_range() -> None:
    n_repeat, spend = np.repeat(np.arange(1.0, 9), 50), np.tile(np.arange(1.0, 51), 8)
    plain = correlation(n_repeat, spend)
    spend = spend.copy()
    n_repeat[0], spend[0] = 50.0, 500.0
    found = correlation(n_repeat, spend)

    assert plain is not None
    assert found is not None
    assert found.value == pytest.approx(np.corrcoef(n_repeat, spend)[0, 1])
    assert found.low < 0 < found.high
    assert found.high - found.low > 3 * (plain.high - plain.low)


def test_the_range_of_a_rank_correlation_is_that_of_bonett_and_wright() -> None:
    found = rank_correlation(np.arange(1.0, 41), np.tile([2.0, 1.0], 20) + np.arange(40.0) // 2 * 10)

    assert found is not None
    assert -1 <= found.low <= found.value <= found.high <= 1
    reach = 1.96 * np.sqrt((1 + found.value**2 / 2) / 37)
    assert np.arctanh(found.high) - np.arctanh(found.value) == pytest.approx(reach)


@pytest.mark.parametrize("spend", [np.full(50, 3.0), np.full(50, np.nan)])
def test_where_all_are_alike_or_unknown_there_is_no_correlation(spend: np.ndarray) -> None:
    assert rank_correlation(np.arange(50.0), spend) is None
    assert correlation(np.arange(50.0), spend) is None


def test_buyers_among_those_called_lost_are_counted() -> None:
    alive = np.repeat([0.8, 0.1], 100)
    bought = np.r_[np.arange(100) < 60, np.arange(100) < 30]
    found = alive_check(alive, bought)

    assert found is not None
    # Of those at 10 %, 30 % bought: 20 points too many in half of the base. Of those at 80 %, 60 %: not too many.
    assert found.surprise_share == pytest.approx(0.1)
    assert found.tenths["bought_again"].tolist() == [0.6, 0.3]


def test_the_same_chance_for_everybody_tells_nobody_apart() -> None:
    found = alive_check(np.full(200, 0.7), np.arange(200) < 50)

    assert found is not None
    assert found.brier_ratio == pytest.approx(1.0)


def test_row_order_does_not_matter() -> None:
    draw = np.random.default_rng(3)
    alive, bought = draw.random(300).round(1), draw.random(300) < 0.4
    order = draw.permutation(300)
    one, other = alive_check(alive, bought), alive_check(alive[order], bought[order])

    assert one is not None
    assert other is not None
    assert other.surprise_share == pytest.approx(one.surprise_share)
    assert other.brier_ratio == pytest.approx(one.brier_ratio)


def test_too_few_customers_or_nobody_who_bought_give_no_answer() -> None:
    assert alive_check(np.full(99, 0.5), np.zeros(99, dtype=bool)) is None
    nobody = alive_check(np.full(100, 0.5), np.zeros(100, dtype=bool))

    assert nobody is not None
    assert nobody.brier_ratio is None


def test_the_sheet_holds_each_of_them_with_number_threshold_and_colour(valued: Value) -> None:
    by_start = {check.name.split(" (")[0]: check for check in valued.assumptions}
    names = (
        "Customers taken for lost stay away",
        "The chance of still being a customer tells who buys again",
        "Spend per purchase does not depend on how often people buy, by rank",
        "The value stands without its very largest customers",
        "Customers buy alike all year",
    )

    assert set(names) <= set(by_start)
    assert all(by_start[name].threshold for name in names)
    assert all(by_start[name].number is None for name in names if by_start[name].colour == "unknown")
