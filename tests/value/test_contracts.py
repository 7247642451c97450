from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from crmplan.tables import Tables
from crmplan.value.contracts import ContractValue, value_contracts

AS_OF = date(2023, 12, 31)


def contracts_frame(n: int = 300, seed: int = 2, step_months: int = 1) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    begun = pd.Timestamp("2019-01-01") + pd.to_timedelta(draw.integers(0, 1700, n), unit="D")
    periods = draw.geometric(draw.beta(1.5, 40.0 / step_months, n).clip(1e-6))
    lasted = np.minimum(periods * step_months * 365.25 / 12, 36_500)
    ended = pd.Series(begun + pd.to_timedelta(np.round(lasted) - 1, unit="D"))
    return pd.DataFrame(
        {
            "contract_id": [f"K{i:04d}" for i in range(n)],
            "customer_key": [f"C{i:04d}" for i in range(n)],
            "started_on": begun,
            "ended_on": ended.where(ended <= pd.Timestamp(AS_OF)).to_numpy(),
            "monthly_fee": draw.integers(20, 200, n).astype("float64"),
        }
    )


def valued(frame: pd.DataFrame, **changed: object) -> ContractValue:
    options: dict[str, object] = {
        "as_of": AS_OF, "gross_margin_share": 0.5, "annual_discount_rate": 0.1, "horizon_months": 24,
    }  # fmt: skip
    return value_contracts(Tables.from_frames({"contracts": frame}), **{**options, **changed})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return contracts_frame()


@pytest.fixture(scope="module")
def found(frame: pd.DataFrame) -> ContractValue:
    return valued(frame)


def test_every_contract_is_running_ended_or_left_out(found: ContractValue, frame: pd.DataFrame) -> None:
    assert found.n_contracts == len(frame)
    assert found.n_running + found.n_ended == found.n_contracts
    assert len(found.running) == found.n_running
    assert found.period_months == 1


def test_the_total_is_the_sum_of_the_contracts_and_lies_in_its_range(found: ContractValue) -> None:
    assert found.total == pytest.approx(found.running["value"].sum())
    assert found.low is not None
    assert found.high is not None
    assert 0 <= found.low < found.total < found.high  # type: ignore[operator]


def test_no_contract_brings_more_than_all_its_fees(found: ContractValue) -> None:
    assert found.running["expected_months"].between(0, 24).all()
    assert (found.running["value"] <= 24 * 0.5 * found.running["monthly_fee"]).all()
    assert found.running["stays_a_year"].between(0, 1).all()


def test_value_grows_with_margin_and_horizon_and_falls_with_the_rate(frame: pd.DataFrame, found: ContractValue) -> None:
    assert valued(frame, gross_margin_share=0.25).total == pytest.approx(found.total / 2)  # type: ignore[operator]
    assert valued(frame, horizon_months=36).total > found.total  # type: ignore[operator]
    assert valued(frame, annual_discount_rate=0.2).total < found.total  # type: ignore[operator]


def test_without_a_margin_the_value_is_revenue(frame: pd.DataFrame, found: ContractValue) -> None:
    revenue = valued(frame, gross_margin_share=None)

    assert not revenue.is_profit
    assert revenue.total == pytest.approx(2 * found.total)  # type: ignore[operator]


def test_the_order_of_rows_does_not_matter(frame: pd.DataFrame, found: ContractValue) -> None:
    shuffled = valued(frame.sample(frac=1, random_state=1))

    assert shuffled.total == pytest.approx(found.total, rel=1e-9)
    pd.testing.assert_frame_equal(shuffled.running, found.running)


def test_contracts_that_end_on_anniversaries_are_counted_in_years() -> None:
    yearly = valued(contracts_frame(400, step_months=12))

    assert yearly.period_months == 12
    assert yearly.curve["period"].max() < 12
    first_year = yearly.curve["retention_share"].iloc[0]
    assert 0.5 < first_year < 1


def test_an_agreed_end_is_the_end(frame: pd.DataFrame) -> None:
    with_end = frame.copy()
    running = with_end["ended_on"].isna()
    with_end.loc[running, "ended_on"] = pd.Timestamp("2024-06-30")
    found = valued(with_end)

    assert found.n_running == int(running.sum())
    assert found.running["expected_months"].eq(6).all()


def test_contracts_without_sound_dates_are_counted_and_left_out(frame: pd.DataFrame, found: ContractValue) -> None:
    odd = frame.head(3).copy()
    odd["contract_id"] = ["X1", "X2", "X3"]
    odd["started_on"] = [pd.NaT, pd.Timestamp("2024-05-01"), pd.Timestamp("2023-05-01")]
    odd["ended_on"] = [pd.NaT, pd.NaT, pd.Timestamp("2020-01-01")]

    more = valued(pd.concat([frame, odd]))

    assert more.n_left_out == 3
    assert more.total == pytest.approx(found.total)


def test_contracts_without_a_fee_have_no_value_and_do_not_spoil_the_sum(frame: pd.DataFrame) -> None:
    some = frame.assign(monthly_fee=frame["monthly_fee"].where(frame.index % 2 == 0))
    none = frame.drop(columns="monthly_fee")

    assert valued(some).total > 0  # type: ignore[operator]
    assert valued(none).total is None
    assert "needs `monthly_fee`" in valued(none).unavailable
    assert valued(none).chosen_model


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda f: f.head(0), "no contract has begun yet"),
        (lambda f: f.head(1), "too little data: 1 contract, 0 of them ended"),
        (lambda f: f.assign(ended_on=pd.NaT), "0 of them ended"),
        (lambda f: f.assign(started_on=pd.Timestamp("2030-01-01")), "no contract has begun yet"),
    ],
)
def test_too_little_data_is_said(frame: pd.DataFrame, change: object, words: str) -> None:
    found = valued(change(frame))  # type: ignore[operator]

    assert words in found.unavailable
    assert found.total is None


def test_a_client_without_contracts_is_told_what_it_would_need() -> None:
    found = value_contracts(
        Tables.from_frames({}), as_of=AS_OF, gross_margin_share=0.5, annual_discount_rate=0.1, horizon_months=12
    )

    assert found.unavailable == "needs `contracts`"
    assert found.running.empty
