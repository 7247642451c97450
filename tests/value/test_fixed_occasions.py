from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from crmplan.tables import Tables
from crmplan.value import Value, customer_economics
from crmplan.value.fixed_occasions import PERIOD_WEEKS, calendar_of, find_calendar, purchases_on_occasions
from crmplan.value.purchase_history import customer_days, purchase_histories
from tests.value.conftest import days_of, value_of


def market(freq: str, n_occasions: int, start: str, *, n: int = 250, seed: int = 1) -> pd.DataFrame:
    """Return purchases of customers who can buy on some days only; each takes a third of them in the mean."""
    draw = np.random.default_rng(seed)
    days, rows = pd.date_range(start, periods=n_occasions, freq=freq), []
    for number in range(n):
        first, takes = int(draw.integers(0, n_occasions - 3)), draw.beta(1.2, 2.5)
        stays = int(draw.geometric(max(draw.beta(0.6, 12.0), 1e-9))) - 1
        later = range(first + 1, min(first + stays, n_occasions - 1) + 1)
        taken = [first, *(place for place in later if draw.random() < takes)]
        rows += [(f"C{number:04d}", days[place], float(draw.gamma(6, 5))) for place in taken]
    return pd.DataFrame(rows, columns=["customer_key", "day", "net_amount"])


def counted(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.groupby("day", as_index=False).agg(n=("customer_key", "size"))


@pytest.fixture(scope="module")
def weekly() -> pd.DataFrame:
    return market("7D", 78, "2022-07-02")


@pytest.fixture(scope="module")
def valued_weekly(weekly: pd.DataFrame) -> Value:
    return value_of(weekly)


@pytest.mark.parametrize(
    ("freq", "kind"),
    [("7D", "weekly"), ("14D", "fortnightly"), ("MS", "monthly"), ("QS", "quarterly"), ("YS", "yearly")],
)
def test_the_kind_of_occasions_is_found(freq: str, kind: str) -> None:
    found = find_calendar(pd.DataFrame({"day": pd.date_range("2015-01-01", periods=8, freq=freq), "n": 20}))

    assert found is not None
    assert found.kind == kind


def test_one_purchase_in_a_hundred_on_another_day_does_not_matter(weekly: pd.DataFrame) -> None:
    daily = counted(weekly)
    stray = pd.DataFrame({"day": [daily["day"].iloc[3] + pd.Timedelta(days=2)], "n": [1]})

    found = find_calendar(pd.concat([daily, stray], ignore_index=True))

    assert found is not None
    assert found.kind == "weekly"


def test_a_market_left_out_for_a_holiday_is_no_occasion(weekly: pd.DataFrame) -> None:
    missed = counted(weekly).drop(index=[20])

    found = find_calendar(missed)

    assert found is not None
    assert found.kind == "weekly"
    assert len(found.days) == len(missed)


@pytest.mark.parametrize(
    "daily",
    [
        pd.DataFrame({"day": pd.date_range("2024-01-01", periods=200), "n": 9}),
        pd.DataFrame({"day": pd.date_range("2024-01-01", periods=5, freq="MS"), "n": 90}),
        pd.DataFrame({"day": pd.date_range("2024-01-01", periods=50, freq="7D"), "n": 1}),
        pd.DataFrame({"day": pd.DatetimeIndex([]), "n": np.zeros(0, dtype="int64")}),
    ],
    ids=["every day", "few occasions", "few purchases", "nothing"],
)
def test_purchases_on_any_day_or_too_few_make_no_calendar(daily: pd.DataFrame) -> None:
    assert find_calendar(daily) is None


def test_histories_are_counted_in_occasions_up_to_the_last_one() -> None:
    frame = days_of(*((customer, f"2024-{month:02d}-01", 5.0) for month in range(1, 9) for customer in "ABCDEF"))
    frame = frame[(frame["customer_key"] != "A") | frame["day"].isin(pd.to_datetime(["2024-03-01", "2024-06-01"]))]
    days = customer_days(Tables.from_frames({"customer_days": frame}))
    calendar = calendar_of(days, until=date(2024, 8, 31))
    assert calendar is not None

    found = calendar.snapped(purchase_histories(days, until=date(2024, 8, 31)), date(2024, 8, 31))
    first = found.set_index("customer_key").loc["A"]

    assert first["n_repeat"] == 1
    assert first["recency_weeks"] == pytest.approx(3 * PERIOD_WEEKS["monthly"])
    assert first["age_weeks"] == pytest.approx(5 * PERIOD_WEEKS["monthly"])


def test_bg_bb_is_chosen_where_customers_can_buy_on_fixed_days_only(valued_weekly: Value) -> None:
    league = valued_weekly.rolling.league.set_index("forecast")["mae"]

    assert valued_weekly.chosen_model == valued_weekly.alive_model == "BG/BB weekly"
    assert valued_weekly.occasions == "weekly"
    assert "only on weekly occasions" in valued_weekly.chosen_because
    assert league["BG/BB weekly"] == league.min()


def test_every_figure_is_there_for_occasions_too(weekly: pd.DataFrame, valued_weekly: Value) -> None:
    customers = valued_weekly.customers
    economics = customer_economics(
        Tables.from_frames({"customer_days": weekly}), valued_weekly, pd.DataFrame(), horizon_months=24
    )

    assert np.isfinite(customers[["value", "alive_probability", "value_low", "value_high"]]).all(axis=None)
    assert customers["alive_probability"].between(0, 1).all()
    assert (customers["expected_purchases"] <= 105).all()
    assert valued_weekly.frequency["expected"].sum() == pytest.approx(valued_weekly.frequency["actual"].sum())
    assert "more than 30 occasions" in valued_weekly.second_opinion["remark"].iloc[-1]
    assert economics.roll_forward.amount("closing") == pytest.approx(customers["value"].sum(), abs=0.01)


def test_a_model_of_free_times_can_be_pinned_all_the_same(weekly: pd.DataFrame) -> None:
    found = value_of(weekly, repeat_model="Pareto/NBD")

    assert found.chosen_model == "Pareto/NBD"
    assert found.chosen_because == "Pareto/NBD is pinned in engagement.yaml; the check would have chosen BG/BB weekly"


def test_occasions_that_are_asked_for_count_purchases_of_a_year_once() -> None:
    draw = np.random.default_rng(5)
    donors = market("YS", 9, "2014-01-01", n=300)
    spread = pd.to_timedelta(draw.integers(0, 364, len(donors)), unit="D")
    twice = pd.concat([donors.assign(day=donors["day"] + spread), donors.assign(day=donors["day"] + spread / 2)])

    found = value_of(
        twice.assign(day=twice["day"].dt.normalize()), repeat_model="BG/BB yearly", as_of=date(2022, 12, 31)
    )
    assert found.chosen_model == "BG/BB yearly"
    assert found.chosen_because == "BG/BB yearly is pinned in engagement.yaml"
    assert found.customers["n_purchases"].max() <= 9
    years = found.customers["age_weeks"] / PERIOD_WEEKS["yearly"]
    assert years.to_numpy() == pytest.approx(years.round().to_numpy())


def test_a_year_that_is_not_over_does_not_count_yet() -> None:
    donors = market("YS", 9, "2014-01-01", n=300)

    found = value_of(donors, repeat_model="BG/BB yearly", as_of=date(2022, 12, 31))
    shifted = donors.assign(day=donors["day"] + pd.to_timedelta(np.arange(len(donors)) % 300, unit="D"))
    early = value_of(shifted, repeat_model="BG/BB yearly", as_of=date(2022, 6, 30))

    assert found.customers["age_weeks"].max() == pytest.approx(8 * PERIOD_WEEKS["yearly"])
    assert early.customers["age_weeks"].max() == pytest.approx(7 * PERIOD_WEEKS["yearly"])
    opinion = found.second_opinion.set_index("model").loc["BG/BB yearly"]
    assert abs(opinion["log_likelihood_difference"]) < 1e-4
    assert abs(opinion["purchases_difference"]) < 1e-3


@pytest.mark.parametrize("asked", ["", "weekly", "fortnightly", "monthly", "yearly"])
def test_asked_for_the_occasions_it_found_it_finds_the_same_purchases(weekly: pd.DataFrame, asked: str) -> None:
    tables = Tables.from_frames({"customer_days": weekly})

    days, calendar = purchases_on_occasions(tables, until=date(2023, 12, 31), asked=asked)
    kind = calendar.kind if calendar else ""
    again, same = purchases_on_occasions(tables, until=date(2023, 12, 31), asked=kind)

    assert same is not None
    assert same.kind == kind
    assert again.count().execute() == days.count().execute()


def test_purchases_on_occasions_end_with_the_day_of_observation(weekly: pd.DataFrame) -> None:
    days, _ = purchases_on_occasions(Tables.from_frames({"customer_days": weekly}), until=date(2023, 3, 31))

    assert days.day.max().execute() <= pd.Timestamp("2023-03-31")
