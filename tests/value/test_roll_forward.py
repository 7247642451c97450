from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from crmplan.tables import Tables
from crmplan.value import Value
from crmplan.value.economics import fitted
from crmplan.value.purchase_history import customer_days
from crmplan.value.roll_forward import RollForward, roll_forward
from tests.value.conftest import AS_OF

ITEMS = ["opening", "acquired", "revaluation", "realised", "lost", "closing"]


def rolled(valued: Value, simulated: pd.DataFrame, as_of: date = AS_OF) -> RollForward:
    return roll_forward(
        customer_days(Tables.from_frames({"customer_days": simulated})),
        valued.customers,
        model=fitted(valued, valued.chosen_model),
        alive_model=fitted(valued, valued.alive_model),
        as_of=as_of,
        horizon_months=24,
        annual_discount_rate=0.1,
    )


def test_the_movement_ties_to_the_cent(valued: Value, simulated: pd.DataFrame) -> None:
    found = rolled(valued, simulated)

    assert found.items["item"].tolist() == ITEMS
    cents = [round(100 * amount) for amount in found.items["amount"]]
    assert sum(cents[:-1]) == cents[-1]
    assert found.amount("closing") == pytest.approx(valued.equity.total, abs=0.005)
    assert found.opened_on == date(2022, 12, 31)


def test_what_was_earned_and_lost_lowers_the_value_and_new_customers_raise_it(
    valued: Value, simulated: pd.DataFrame
) -> None:
    found = rolled(valued, simulated)
    later = simulated[simulated["day"] > "2022-12-31"].merge(
        simulated.groupby("customer_key")["day"].min().rename("first").reset_index(), on="customer_key"
    )
    earned = later.loc[later["first"] <= "2022-12-31", "net_amount"].sum() * 0.4

    assert found.amount("realised") == pytest.approx(-earned, abs=0.01)
    assert found.amount("lost") <= 0
    assert found.amount("acquired") > 0


def test_less_than_a_year_has_no_opening(valued: Value, simulated: pd.DataFrame) -> None:
    found = rolled(valued, simulated, as_of=date(2022, 11, 1))

    assert found.opened_on is None
    assert found.unavailable == "too little data: 0 customers had bought by 1 Nov 2021"


def test_data_that_begin_just_before_the_opening_tell_of_no_movement(valued: Value, simulated: pd.DataFrame) -> None:
    late = simulated[simulated["day"] >= "2022-11-01"]

    found = rolled(valued, late)

    assert found.opened_on is None
    assert found.unavailable == "too little data: purchases begin shortly before 31 Dec 2022"


def test_the_29th_of_february_has_a_day_a_year_before(valued: Value, simulated: pd.DataFrame) -> None:
    assert "28 Feb 2019" in rolled(valued, simulated, as_of=date(2020, 2, 29)).unavailable
