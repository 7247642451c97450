"""What must hold of every value, whatever the base, through the whole estimate: purchase days in, equity out."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmplan.tables import Tables
from crmplan.value import Value, customer_economics
from tests.value.conftest import AS_OF, START, simulated_days, value_of

pytestmark = pytest.mark.slow
MODEL = "MBG/NBD"
bases = st.builds(simulated_days, n_customers=st.integers(80, 160), seed=st.integers(0, 10_000))
few = settings(max_examples=2, deadline=None)
MONEY = ["value", "value_low", "value_high", "process_sd", "parameter_sd", "expected_spend"]
COUNTS = ["alive_probability", "expected_purchases"]


def pinned(days: pd.DataFrame, **changed: object) -> Value:
    """Value a base by one model, so that no test hangs on which of two nearly equal models is chosen."""
    value = value_of(days, **{"repeat_model": MODEL, **changed})
    assert value.unavailable or value.chosen_model == MODEL
    return value


def columns(value: Value, names: list[str]) -> np.ndarray:
    return value.customers[names].to_numpy("float64")


@given(days=bases)
@few
def test_every_probability_and_every_share_lies_between_nothing_and_all(days: pd.DataFrame) -> None:
    value = value_of(days)
    if value.unavailable:
        return
    economics = customer_economics(
        Tables.from_frames({"customer_days": days}), value, pd.DataFrame(), horizon_months=24, contact_cost=5.0
    )
    shares = [
        value.customers["alive_probability"], value.matrix["alive"], value.coverage.table["measured"],
        value.equity.deciles["value_share"], value.equity.curve["value_share"], economics.segments["mean_alive"],
        economics.offers["leaving_share"], economics.offers["chance_of_loss"], economics.segments["value_share"],
        value.rolling.league["top_spend_share"].dropna(),
    ]  # fmt: skip

    for share in shares:
        assert share.astype("float64").between(-1e-12, 1 + 1e-12).all()
        assert len(share)
    assert (value.customers["expected_purchases"] >= 0).all()
    assert value.rolling.league["spend_gini"].astype("float64").between(-1, 1).all()


@given(days=bases, low=st.floats(0.01, 0.8), more=st.floats(0.01, 0.2))
@few
def test_value_grows_in_proportion_to_the_margin(days: pd.DataFrame, low: float, more: float) -> None:
    small, large = (pinned(days, gross_margin_share=share) for share in (low, low + more))
    if small.unavailable:
        return

    assert columns(large, ["value"]) == pytest.approx(columns(small, ["value"]) * (low + more) / low)
    assert (columns(large, ["value"]) >= columns(small, ["value"])).all()
    assert large.equity.total > small.equity.total  # type: ignore[operator]


@given(days=bases, low=st.floats(0.0, 0.5), more=st.floats(0.01, 0.5))
@few
def test_value_falls_with_the_discount_rate_for_everybody(days: pd.DataFrame, low: float, more: float) -> None:
    small, large = (pinned(days, annual_discount_rate=rate) for rate in (low, low + more))
    if small.unavailable:
        return
    has_value = columns(small, ["value"]) > 0

    assert (columns(large, ["value"]) < columns(small, ["value"]))[has_value].all()
    assert columns(large, COUNTS) == pytest.approx(columns(small, COUNTS))


@given(days=bases, factor=st.floats(-9, 9).map(lambda exponent: float(10.0**exponent)))
@few
def test_the_currency_scales_every_amount_and_nothing_else(days: pd.DataFrame, factor: float) -> None:
    value, scaled = pinned(days), pinned(days.assign(net_amount=days["net_amount"] * factor))
    if value.unavailable:
        assert scaled.unavailable == value.unavailable
        return

    assert scaled.spend.model == value.spend.model
    assert columns(scaled, MONEY) == pytest.approx(factor * columns(value, MONEY), rel=2e-3)
    assert columns(scaled, COUNTS) == pytest.approx(columns(value, COUNTS), rel=1e-6)
    assert scaled.equity.total == pytest.approx(factor * value.equity.total, rel=2e-3)  # type: ignore[operator]
    assert scaled.equity.low == pytest.approx(factor * value.equity.low, rel=5e-3)  # type: ignore[operator]
    assert scaled.equity.top_tenth_share == pytest.approx(value.equity.top_tenth_share, rel=2e-3)
    assert scaled.rolling.verdict_ranking == value.rolling.verdict_ranking
    assert [check.colour for check in scaled.assumptions] == [check.colour for check in value.assumptions]


@given(days=bases, times=st.sampled_from([2, 3]))
@few
def test_the_unit_of_time_does_not_matter(days: pd.DataFrame, times: int) -> None:
    """Were a day called a month, purchases, horizon and rate would stretch together and the value stay."""
    apart = (pd.Timestamp(AS_OF) - START).days
    stretched = days.assign(day=START + (days["day"] - START) * times)
    value = pinned(days)
    other = pinned(
        stretched,
        as_of=START.date() + timedelta(days=apart * times),
        horizon_months=24 * times,
        annual_discount_rate=1.1 ** (1 / times) - 1,
    )
    if value.unavailable:
        return

    assert columns(other, ["alive_probability"]) == pytest.approx(columns(value, ["alive_probability"]), abs=2e-3)
    assert columns(other, ["expected_purchases"]) == pytest.approx(
        columns(value, ["expected_purchases"]), rel=1e-2, abs=1e-6
    )
    assert other.equity.total == pytest.approx(value.equity.total, rel=5e-3)


@given(days=bases, seed=st.integers(0, 1000))
@few
def test_the_order_of_rows_does_not_matter(days: pd.DataFrame, seed: int) -> None:
    value, shuffled = value_of(days), value_of(days.sample(frac=1, random_state=seed))

    assert shuffled.unavailable == value.unavailable
    assert shuffled.chosen_model == value.chosen_model
    pd.testing.assert_frame_equal(value.customers, shuffled.customers, rtol=1e-6)
    assert (shuffled.equity.low, shuffled.equity.high) == pytest.approx((value.equity.low, value.equity.high), rel=1e-6)
    assert shuffled.rolling.verdict_ranking == value.rolling.verdict_ranking


@given(days=bases, seed=st.integers(0, 1000))
@few
def test_what_customers_are_called_does_not_matter(days: pd.DataFrame, seed: int) -> None:
    keys = days["customer_key"].unique()
    names = dict(zip(keys, np.random.default_rng(seed).permutation(keys), strict=True))
    value, renamed = pinned(days), pinned(days.assign(customer_key=days["customer_key"].map(names)))
    if value.unavailable:
        return
    again = renamed.customers.set_index("customer_key").loc[value.customers["customer_key"].map(names)]

    assert again[COUNTS].to_numpy("float64") == pytest.approx(columns(value, COUNTS), rel=1e-5)
    assert renamed.equity.total == pytest.approx(value.equity.total, rel=1e-5)
