from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from crmplan.assessment.level_ranges import level_ranges, weighted_levels


def answers(*rows: tuple[str, str, float, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["respondent", "question", "low", "high"])


def range_of(given: pd.DataFrame, **options: object) -> tuple[float, float]:
    fields: dict = {"groups": {"g": ["q1", "q2"]}, "weights": {"q1": 1.0, "q2": 1.0}, **options}
    return level_ranges(given, fields.pop("groups"), fields.pop("weights"), **fields)["g"]


def test_people_who_all_say_the_same_leave_no_doubt() -> None:
    assert range_of(answers(*((f"p{n}", "q1", 3.0, 3.0) for n in range(4)))) == (3.0, 3.0)


def test_one_word_is_no_range_unless_it_names_one() -> None:
    assert all(map(math.isnan, range_of(answers(("a", "q1", 3.0, 3.0)))))
    assert range_of(answers(("a", "q1", 2.0, 4.0))) == (2.0, 4.0)


def test_a_median_over_people_drawn_again() -> None:
    # Levels 1, 3, 3: a drawing of three has median 1 when 1 is drawn twice or more, 7 times in 27.
    low, high = range_of(answers(("a", "q1", 1.0, 1.0), ("b", "q1", 3.0, 3.0), ("c", "q1", 3.0, 3.0)))
    assert (low, high) == (1.0, 3.0)


def test_answers_given_as_ranges_widen_the_level() -> None:
    exact = range_of(answers(*((f"p{n}", "q1", 3.0, 3.0) for n in range(4))))
    vague = range_of(answers(*((f"p{n}", "q1", 2.0, 4.0) for n in range(4))))
    assert vague[0] < exact[0] <= exact[1] < vague[1]


def test_what_was_agreed_on_takes_the_place_of_answers() -> None:
    given = answers(*((f"p{n}", "q1", 5.0, 5.0) for n in range(4)))
    assert range_of(given, agreed={"q1": (2.0, 2.0)}) == (2.0, 2.0)
    low, high = range_of(given, agreed={"q1": (1.0, 3.0)})
    assert 1.0 <= low < high <= 3.0
    assert range_of(answers(), agreed={"q1": (1.0, 3.0)}) == (1.0, 3.0)


def test_a_critical_question_holds_the_range_down() -> None:
    given = answers(*((f"p{n}", q, level, level) for n in range(4) for q, level in (("q1", 5.0), ("q2", 0.0))))
    assert range_of(given) == (2.5, 2.5)
    assert range_of(given, critical=frozenset({"q2"})) == (1.0, 1.0)


def test_nothing_said_is_no_range() -> None:
    assert all(map(math.isnan, range_of(answers())))


def test_the_same_seed_draws_the_same_whatever_the_order_of_answers() -> None:
    rng = np.random.default_rng(1)
    rows = [(f"p{n}", q, float(level), float(level)) for n in range(6) for q, level in
            zip(("q1", "q2"), rng.integers(0, 6, 2), strict=True)]  # fmt: skip
    given = answers(*rows)
    assert range_of(given, seed=4) == range_of(given.sample(frac=1, random_state=2), seed=4)


def test_a_row_without_levels_stays_without() -> None:
    found = weighted_levels(np.array([[math.nan, math.nan]]), np.array([1.0, 2.0]), np.array([True, False]))
    assert found.tolist() == pytest.approx([math.nan], nan_ok=True)
