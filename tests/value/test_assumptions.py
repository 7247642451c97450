from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from crmplan.tables import Tables
from crmplan.value import Value
from crmplan.value.assumptions import graded, rhythm, spend_drift
from crmplan.value.customer_assumptions import margin_told
from crmplan.value.margin import Margin
from crmplan.value.purchase_history import customer_days


def days(frame: pd.DataFrame) -> Any:
    return customer_days(Tables.from_frames({"customer_days": frame}))


def test_clockwork_is_told_from_chance() -> None:
    draw = np.random.default_rng(2)
    start = pd.Timestamp("2024-01-01")

    def base(gaps: np.ndarray) -> pd.DataFrame:
        at = np.cumsum(gaps, axis=1)
        return pd.DataFrame(
            {
                "customer_key": np.repeat([f"C{i}" for i in range(len(gaps))], gaps.shape[1]),
                "day": start + pd.to_timedelta(at.ravel(), unit="D"),
                "net_amount": 1.0,
            }
        )

    regular = rhythm(days(base(draw.integers(27, 32, (200, 4)))))
    chance = rhythm(days(base(1 + draw.exponential(60, (2000, 4)).astype(int))))

    assert regular is not None
    assert regular > 10
    assert chance == pytest.approx(1.0, abs=0.15)


def test_too_few_intervals_say_nothing() -> None:
    frame = pd.DataFrame({"customer_key": ["A"] * 3, "day": pd.date_range("2024-01-01", periods=3), "net_amount": 1.0})

    assert rhythm(days(frame)) is None


def test_drift_compares_spend_before_and_after_the_middle() -> None:
    frame = pd.DataFrame(
        {
            "customer_key": [f"C{i}" for i in range(60)],
            "day": [pd.Timestamp("2024-01-01")] * 30 + [pd.Timestamp("2024-07-01")] * 30,
            "net_amount": [10.0] * 30 + [13.0] * 30,
        }
    )

    assert spend_drift(days(frame), date(2024, 3, 31)) == pytest.approx(0.3)
    assert spend_drift(days(frame), date(2024, 12, 31)) is None


@pytest.mark.parametrize(("number", "colour"), [(-0.05, "green"), (0.2, "amber"), (-0.3, "red"), (None, "unknown")])
def test_size_decides_the_colour_and_the_sign_is_kept(number: float | None, colour: str) -> None:
    found = graded("The total was right", number, "share", (0.1, 0.25), "it is off")

    assert (found.colour, found.number) == (colour, number)
    assert found.threshold == "up to 10 % holds, up to 25 % is to be looked at"


def test_every_assumption_has_its_number_threshold_and_effect(valued: Value) -> None:
    assert len(valued.assumptions) >= 19
    for check in valued.assumptions:
        assert check.threshold
        assert check.effect
        assert check.number is not None or check.colour in {"unknown", "red"}


def test_a_stake_in_money_is_there_wherever_one_can_be_named(valued: Value) -> None:
    by_name = {check.name.split(" (")[0]: check for check in valued.assumptions}

    assert sum(check.money is not None for check in valued.assumptions) >= 14
    once = by_name["Customers bought more than once"]
    assert once.is_in_doubt
    assert once.money == pytest.approx(valued.customers.loc[valued.customers["n_repeat"] == 0, "value"].sum())
    right = by_name["Spend was right when it could be checked"]
    assert right.number is not None
    assert right.money == pytest.approx((valued.equity.total or 0) * (1 / (1 + right.number) - 1))
    margin = by_name["The margin is known"]
    assert margin.money is not None
    assert margin.money < 0


@pytest.mark.parametrize(
    ("covered", "colour", "told"),
    [
        ({"assumed": 1.0}, "amber", "one share stands for 100 % of what was bought"),
        ({"assumed": 0.7, "category": 0.3}, "amber", "one share stands for 70 % of what was bought"),
        ({"own": 0.85, "alike": 0.15}, "green", "known by the costs in the orders or by product category"),
        ({"category": 1.0}, "green", "known by the costs in the orders or by product category"),
    ],
)
def test_the_margin_is_to_be_looked_at_where_one_share_stands_for_much(
    covered: dict[str, float], colour: str, told: str
) -> None:
    found = margin_told(Margin(np.ones(1), "assumed", 0.3, covered=covered))

    assert found[0] == colour
    assert told in found[1]


def test_a_margin_that_is_missing_is_told_with_its_reason() -> None:
    found = margin_told(Margin(np.ones(1), "none", None, remark="no margin is known"))

    assert found == ("red", "no margin is known: the value is revenue, not profit")
