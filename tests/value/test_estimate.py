from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from crmplan.kept import Kept
from crmplan.tables import Tables
from crmplan.value import Value, estimate_value
from crmplan.value.margin import ALIKE
from tests.value.conftest import AS_OF, START, days_of, value_of

ESTIMATES = ["alive_probability", "expected_purchases", "expected_spend", "value"]


def finite_or_explained(value: Value) -> None:
    estimates = value.customers[ESTIMATES].to_numpy(dtype="float64")
    if value.unavailable:
        assert value.equity.unavailable == value.unavailable
        assert value.equity.total is None
        return
    assert np.isfinite(estimates).all()
    assert value.customers["alive_probability"].between(0, 1).all()
    assert (value.customers["expected_purchases"] >= 0).all()
    assert value.equity.total is not None
    assert value.equity.low is not None
    assert value.equity.low <= value.equity.total <= (value.equity.high or 0)


def test_every_customer_gets_finite_estimates(valued: Value, simulated: pd.DataFrame) -> None:
    finite_or_explained(valued)

    assert valued.unavailable == ""
    assert valued.customers["customer_key"].tolist() == sorted(simulated["customer_key"].unique())
    assert valued.equity.total == pytest.approx(valued.customers["value"].sum())
    assert valued.horizon_end == date(2025, 12, 31)
    assert valued.alive_model != "BG/NBD"


def test_value_is_margin_times_spend_times_discounted_purchases(valued: Value) -> None:
    undiscounted = valued.customers["expected_purchases"] * valued.customers["expected_spend"] * 0.4

    assert (valued.customers["value"] < undiscounted + 1e-12).all()
    assert (valued.customers["value"] > 0.8 * undiscounted - 1e-12).all()


def test_the_forecast_of_the_second_half_is_near_the_truth(valued: Value) -> None:
    bias = valued.holdout.bias_of(valued.chosen_model)

    assert bias is not None
    assert abs(bias) < 0.25


def test_the_histogram_and_the_line_retell_the_base(valued: Value) -> None:
    tracking = valued.tracking[valued.tracking["cohort"] == "all"]
    assert valued.frequency["actual"].sum() == len(valued.customers)
    assert valued.frequency["expected"].sum() == pytest.approx(len(valued.customers))
    assert tracking["actual"].is_monotonic_increasing
    assert tracking["expected"].is_monotonic_increasing
    assert tracking["is_forecast"].any()
    assert pd.Timestamp(AS_OF) == tracking["day"].iloc[-1]


@pytest.mark.parametrize(
    ("covered", "rests"),
    [
        ({"own": 1.0}, True), ({"own": 0.6, ALIKE: 0.4}, True), ({"own": 0.97, "assumed": 0.03}, True),
        ({"own": 0.6, "category": 0.4}, False), ({"assumed": 1.0}, False), ({}, False),
    ],
)  # fmt: skip
def test_the_margin_rests_on_costs_where_stated_shares_hardly_count(
    valued: Value, covered: dict[str, float], *, rests: bool
) -> None:
    assert replace(valued, margin_covered=covered).margin_rests_on_costs is rests


def test_without_a_margin_value_is_revenue(simulated: pd.DataFrame) -> None:
    value = value_of(simulated, gross_margin_share=None)

    assert (value.is_profit, value.margin_basis, value.margin_share) == (False, "none", None)


def test_own_costs_come_before_an_agreed_margin(simulated: pd.DataFrame) -> None:
    value = value_of(simulated.assign(profit=simulated["net_amount"] * 0.1))

    assert (value.margin_basis, value.is_profit) == ("own", True)
    assert value.margin_share == pytest.approx(0.1)
    assert value.customers["margin_share"].to_numpy() == pytest.approx(0.1)


def test_purchases_after_the_day_of_observation_are_not_seen(valued: Value, simulated: pd.DataFrame) -> None:
    later = simulated.head(30).assign(day=pd.Timestamp("2024-03-01"))

    value = value_of(pd.concat([simulated, later]))

    assert value.equity.total == pytest.approx(valued.equity.total, rel=1e-9)


def test_inputs_are_not_changed(simulated: pd.DataFrame) -> None:
    before = simulated.copy()

    value_of(simulated)

    pd.testing.assert_frame_equal(simulated, before)


def test_a_client_without_orders_gets_the_reason() -> None:
    contracts = pd.DataFrame({"contract_id": ["k1"], "customer_id": ["1"], "monthly_fee": [10.0]})
    value = estimate_value(
        Tables.from_frames({"contracts": contracts}),
        as_of=AS_OF,
        gross_margin_share=None,
        annual_discount_rate=0.1,
        horizon_months=12,
    )

    assert value.unavailable == "needs `orders`"
    assert value.customers.empty


def test_known_customers_without_a_purchase_are_counted(simulated: pd.DataFrame) -> None:
    keys = [*simulated["customer_key"].unique(), "X1", "X2"]
    tables = Tables.from_frames({"customer_days": simulated, "golden": pd.DataFrame({"customer_key": keys})})

    value = estimate_value(tables, as_of=AS_OF, gross_margin_share=0.4, annual_discount_rate=0.1, horizon_months=12)

    assert value.n_not_scored == 2


def repeated(n: int, every: int, until: int = 729, amount: float = 20.0) -> pd.DataFrame:
    rows = [
        (f"C{i:04d}", START + pd.Timedelta(days=i % 30 + day), amount)
        for i in range(n)
        for day in range(0, until, every)
    ]
    frame = pd.DataFrame(rows, columns=["customer_key", "day", "net_amount"]).assign(n_orders=1)
    return frame[frame["day"] <= pd.Timestamp(AS_OF)]


@pytest.mark.parametrize(
    ("days", "reason"),
    [
        (days_of(), "no customer has bought yet"),
        (days_of(("A", "2023-01-01", 10.0)), "no customer has bought on a second day"),
        (days_of(("A", "2023-01-01", 10.0), ("A", "2023-02-01", 12.0)), "1 customer, 1 of them bought again"),
        (repeated(300, 800), "no customer has bought on a second day"),
        (repeated(10, 30), "10 customers, 10 of them bought again"),
        (days_of(*((f"C{i}", "2023-12-31", 5.0) for i in range(80))), "no customer has bought on a second day"),
    ],
    ids=["nobody", "one purchase", "one customer", "all bought once", "ten customers", "all today"],
)
def test_small_bases_get_the_reason_and_keep_their_history(days: pd.DataFrame, reason: str) -> None:
    value = value_of(days)

    assert value.unavailable.startswith("too little data")
    assert reason in value.unavailable
    assert len(value.customers) == days["customer_key"].nunique()
    finite_or_explained(value)


def test_a_kept_result_reads_as_it_was(valued: Value, tmp_path: Path) -> None:
    again = Kept(tmp_path).keep("value", "k", valued, seconds=1.0)

    pd.testing.assert_frame_equal(again.customers, valued.customers)
    assert again.assumptions == valued.assumptions
    assert again.parameters == valued.parameters
    assert again.holdout.verdict_ranking == valued.holdout.verdict_ranking


@pytest.mark.slow
def test_cdnow_as_a_client_is_worth_what_independent_code_says(cdnow: pd.DataFrame) -> None:
    value = value_of(cdnow[cdnow["day"] <= "1998-06-30"], as_of=date(1998, 6, 30), gross_margin_share=1.0)

    assert value.holdout.split_on == date(1997, 9, 30)
    assert "(past spend) did better than every model" in value.holdout.verdict_ranking
    assert value.chosen_model == "MBG/NBD"
    assert (value.spend.model, round(value.spend.typical_spend, 1)) == ("gamma-gamma", 35.8)
