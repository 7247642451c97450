from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from crmplan.reporting.chapters.value_second_opinion import second_opinion
from crmplan.value.second_opinion import COLUMNS


def told(*rows: tuple[object, ...]) -> str:
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    value = SimpleNamespace(second_opinion=frame, unavailable="too little data")
    return second_opinion(value).message  # type: ignore[arg-type]


def test_the_largest_difference_is_told_with_its_model_and_its_sample() -> None:
    words = told(
        ("BG/NBD", 900, False, 0.0, 1e-4, -0.00012, ""), ("Pareto/NBD", 400, True, 0.001, 1e-3, 0.0034, "")
    )  # fmt: skip

    assert "but for 0.34 %; the difference is largest for Pareto/NBD (both on an even sample of 400" in words
    assert "worse" not in words


@pytest.mark.parametrize(
    ("ahead", "told_as"), [(0.7, "Its fit is the worse one there, by 0.70"), (-0.7, "Ours is the")]
)
def test_the_worse_fit_is_named(ahead: float, told_as: str) -> None:
    assert told_as in told(("BG/NBD", 900, False, ahead, 1e-2, 0.02, ""))


def test_a_library_without_an_answer_is_named() -> None:
    none = float("nan")

    assert told(("BG/NBD", 9, False, none, none, none, "lifetimes found no parameters")) == (
        "For BG/NBD, lifetimes found no parameters."
    )


def test_nothing_is_said_when_nothing_was_fitted() -> None:
    assert told() == "A second implementation: not available; too little data."


def test_equal_to_the_last_digit_is_not_written_with_twelve_zeros() -> None:
    assert "but for less than 0.01 %" in told(("BG/NBD", 900, False, 0.0, 1e-9, 1e-12, ""))
