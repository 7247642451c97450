from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmplan.assessment.agreement import OTHER_ROLES, RoleLevel, Said, rwg_star, said_to, split_of
from crmplan.engagement import Consensus

Say = Callable[..., pd.DataFrame]
LEVELS = st.lists(st.integers(0, 5), min_size=1, max_size=12)


def said_by(said: Say, *levels: Any, roles: dict[str, str] | None = None, rule: Consensus | None = None) -> Said:
    answers = said(*((f"r{n:02d}", "MK-CH-01", level) for n, level in enumerate(levels)))
    return said_to(answers, roles or {}, rule)


def test_a_lone_dissenter_shows_in_the_deviation_though_the_quartiles_hide_it(said: Say) -> None:
    found = said_by(said, 4, 4, 4, 4, 4, 0)
    assert (found.value, found.iqr) == (4.0, 0.0)
    assert found.spread == pytest.approx(4 / 6)
    assert found.rwg == pytest.approx(1 - (20 / 9) / 6.25)
    assert (found.n_far, found.camps) == (1, "")


def test_agreement_counted_by_hand(said: Say) -> None:
    # 1 2 2 3 5: median 2, distances 1 0 0 1 3, quartiles 2 and 3, variance 1.84.
    found = said_by(said, 1, 2, 2, 3, 5)
    assert (found.value, found.spread, found.iqr) == (2.0, 1.0, 1.0)
    assert found.rwg == pytest.approx(1 - 1.84 / 6.25)
    assert (found.share_within, found.n_far) == (0.8, 1)


@pytest.mark.parametrize(
    ("levels", "rule", "verdict"),
    [
        ((3, 3, 4, 2), Consensus(), "yes"),
        ((0, 3, 3, 5), Consensus(), "no"),
        ((3, 3, 4, 2), Consensus(within_levels=0), "no"),
        ((0, 3, 3, 5), Consensus(share=0.5, max_average_deviation=2), "yes"),
        ((3,), Consensus(), ""),
        (("dk", "na"), Consensus(), ""),
    ],
)
def test_people_agree_when_the_rule_fixed_beforehand_says_so(
    said: Say, levels: tuple[Any, ...], rule: Consensus, verdict: str
) -> None:
    assert said_by(said, *levels, rule=rule).is_agreed == verdict


def test_two_halves_at_the_ends_are_the_greatest_disagreement() -> None:
    assert rwg_star(np.array([0.0, 0, 5, 5])) == 0.0
    assert rwg_star(np.array([2.0, 2])) == 1.0
    assert math.isnan(rwg_star(np.array([2.0])))


def test_camps_by_role_are_named_where_each_has_three_people(said: Say) -> None:
    roles = {f"r{n:02d}": "agent" if n < 3 else "manager" for n in range(6)}
    found = said_by(said, 1, 1, 2, 4, 4, 4, roles=roles)
    assert found.camps == "by role"
    assert found.roles == (RoleLevel("agent", 3, 1.0), RoleLevel("manager", 3, 4.0))
    assert (found.lowest_role, found.highest_role) == ("agent: 1", "manager: 4")


def test_roles_of_fewer_than_three_are_taken_together_and_hidden_if_still_too_few(said: Say) -> None:
    roles = {"r00": "agent", "r01": "agent", "r02": "agent", "r03": "buyer", "r04": "seller", "r05": "driver"}
    assert [one.role for one in said_by(said, 1, 1, 1, 3, 4, 5, roles=roles).roles] == ["agent", OTHER_ROLES]
    assert [one.role for one in said_by(said, 1, 1, 1, 3, 4, roles=roles).roles] == ["agent"]
    assert said_by(said, 1, 1, roles=roles).roles == ()


@pytest.mark.parametrize(
    ("levels", "camps"),
    [((0, 0, 4, 4), "across roles"), ((0, 1, 4), ""), ((1, 2, 3, 4), ""), ((0, 4, 4, 4), ""), ((2, 2, 3, 3), "")],
)
def test_camps_across_roles_need_two_people_close_together_on_either_side(levels: tuple[int, ...], camps: str) -> None:
    assert split_of(np.array(levels, dtype=float), ()) == camps


def test_a_figure_without_a_level_keeps_a_question_applicable(said: Say) -> None:
    found = said_by(said, "other", "na")
    assert (found.n, found.n_other, found.is_applicable) == (0, 1, True)
    assert not said_by(said, "na").is_applicable


@settings(max_examples=60, deadline=None)
@given(levels=LEVELS)
def test_measures_of_agreement_are_bounded_and_blind_to_order(levels: list[int]) -> None:
    def found(values: list[int]) -> Said:
        frame = pd.DataFrame({"value": [float(v) for v in values]})
        return said_to(frame.assign(respondent=[str(v) for v in values], kind="level", stated=math.nan), {})

    one = found(levels)
    assert one.lowest <= one.value <= one.highest
    assert 0 <= one.spread <= 2.5
    assert 0 <= one.share_within <= 1
    assert math.isnan(one.rwg) or -1e-9 <= one.rwg <= 1
    other = found(levels[::-1])
    assert (other.value, other.iqr, other.camps) == (one.value, one.iqr, one.camps) or len(levels) == 1
    assert other.spread == pytest.approx(one.spread)
