from __future__ import annotations

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from crmplan.tables import Tables
from crmplan.value.holdout import NAIVE, Holdout
from crmplan.value.purchase_history import customer_days, middle_of
from crmplan.value.rolling import cut_offs, roll, rolling_of
from tests.value.conftest import AS_OF

FIRST = date(2022, 1, 1)


@pytest.fixture(scope="module")
def checks(simulated: pd.DataFrame) -> tuple[Holdout, tuple[Holdout, ...]]:
    days = customer_days(Tables.from_frames({"customer_days": simulated}))
    middle, every = roll(days, first=FIRST, until=AS_OF)
    return middle.holdout, tuple(cut.holdout for cut in every)


def test_the_past_is_cut_at_three_days_or_more_and_in_the_middle() -> None:
    found = cut_offs(FIRST, AS_OF)

    assert len(found) >= 3
    assert middle_of(FIRST, AS_OF) in {split for split, _ in found}
    assert all(split < end <= AS_OF for split, end in found)


def test_a_short_history_is_cut_in_the_middle_only() -> None:
    assert len(cut_offs(date(2023, 1, 1), date(2023, 3, 31))) == 1


def test_every_forecast_stands_at_every_cut_off(checks: tuple[Holdout, tuple[Holdout, ...]]) -> None:
    middle, every = checks
    league = rolling_of(every).league.set_index("forecast")

    assert middle.split_on in {check.split_on for check in every}
    assert len(every) >= 3
    assert set(NAIVE) < set(league.index)
    assert (league["n_cut_offs"] == len(every)).all()


def test_the_league_is_the_mean_over_the_cut_offs(checks: tuple[Holdout, tuple[Holdout, ...]]) -> None:
    every = checks[1]
    league = rolling_of(every).league.set_index("forecast")
    maes = [check.forecasts.set_index("forecast").loc["MBG/NBD", "mae"] for check in every]

    assert league.loc["MBG/NBD", "mae"] == pytest.approx(sum(maes) / len(maes))
    assert league.loc["MBG/NBD", "bias_size"] >= abs(league.loc["MBG/NBD", "bias_share"])


def test_the_best_model_has_the_least_error(checks: tuple[Holdout, tuple[Holdout, ...]]) -> None:
    errors = rolling_of(checks[1]).errors()

    assert min(errors.values()) >= 1
    assert set(errors) == {name for name in errors if name not in NAIVE}


def test_one_cut_off_gives_its_own_verdict(checks: tuple[Holdout, tuple[Holdout, ...]]) -> None:
    middle = replace(checks[0], verdict_ranking="as it was")

    assert rolling_of((middle,)).verdict_ranking == "as it was"
    assert rolling_of(()).n_cut_offs == 0


def test_tenths_by_forecast_hold_everybody_and_what_they_bought(checks: tuple[Holdout, tuple[Holdout, ...]]) -> None:
    held = checks[0]
    for _, rows in held.deciles.groupby("model"):
        assert rows["n_customers"].sum() == held.n_customers
        assert (rows["n_customers"] * rows["actual"]).sum() == pytest.approx(held.n_purchases)
        assert rows["expected"].is_monotonic_decreasing
