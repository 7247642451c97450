from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from crmplan.assessment.agreement import said_to
from crmplan.assessment.evidence import Shown
from crmplan.assessment.perception import EVERYBODY, LEADERS, TEAMS, perception_by_group, perception_rows
from crmplan.engagement import Respondent

Say = Callable[..., pd.DataFrame]
NAMED = {"question": "MK-CH-01", "area": "marketing", "title": "T", "weight": 2}
PEOPLE = tuple(Respondent(id=f"r{n}", role="agent" if n < 3 else f"head {n}", leads=n >= 3) for n in range(6))


def rows_for(said: Say, levels: tuple[int, ...], shown: Shown, people: tuple[Respondent, ...] = PEOPLE) -> Any:
    answers = said(*((f"r{n}", "MK-CH-01", level) for n, level in enumerate(levels)))
    return perception_rows(NAMED, answers, said_to(answers, {p.id: p.role for p in people}), shown, people)


def test_managers_say_four_agents_two_data_show_two(said: Say) -> None:
    rows = rows_for(said, (2, 2, 2, 4, 4, 4), Shown(2.0, 2.0, 2.0, cap=4.0))
    found = {row["who"]: (row["n"], row["said"], row["distance"], row["verdict"]) for row in rows}
    assert found[EVERYBODY] == (6, 3.0, 1.0, "people say more")
    assert found["agent"] == (3, 2.0, 0.0, "agree")
    assert found[LEADERS] == (3, 4.0, 2.0, "people say more")
    assert found[TEAMS] == (3, 2.0, 0.0, "agree")


def test_without_a_level_in_the_data_or_from_people_there_is_no_gap(said: Say) -> None:
    assert rows_for(said, (2, 2, 2), Shown()) == []
    assert rows_for(said, (), Shown(2.0, 2.0, 2.0, cap=4.0)) == []


def test_leaders_and_teams_are_shown_only_where_both_are_three_or_more(said: Say) -> None:
    rows = rows_for(said, (2, 2, 2, 4, 4), Shown(2.0, 2.0, 2.0, cap=4.0))
    assert {row["who"] for row in rows} == {EVERYBODY, "agent"}


def test_groups_are_compared_over_their_questions_by_weight() -> None:
    frame = pd.DataFrame(
        {
            "who": ["a", "a", "b"], "weight": [3, 1, 1], "distance": [2.0, -2.0, -3.0],
            "verdict": ["people say more", "people say less", "people say less"],
        }
    )  # fmt: skip
    found = perception_by_group(frame)
    assert found["who"].tolist() == ["b", "a"]
    assert found["distance"].tolist() == pytest.approx([-3.0, 1.0])
    assert found[["n_questions", "n_over", "n_under"]].to_numpy().tolist() == [[1, 0, 1], [2, 1, 1]]
