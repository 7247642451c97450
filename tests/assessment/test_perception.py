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


def test_groups_are_compared_answer_by_answer_and_by_weight(said: Say) -> None:
    answers = said(
        *((f"r{n}", "A", 2) for n in range(3)), *((f"r{n}", "B", 5) for n in range(3, 6)), ("r3", "A", 4),
        ("stranger", "A", 2), ("r4", "C", 1),
    )  # fmt: skip
    shown = {"A": Shown(2.0, 2.0, 2.0, cap=4.0), "B": Shown(1.0, 1.0, 1.0, cap=4.0), "C": Shown()}
    found = perception_by_group(answers, shown, {"A": 1, "B": 3, "C": 1}, PEOPLE)
    assert found["who"].tolist() == [EVERYBODY, LEADERS, "agent", TEAMS]
    assert found["n_people"].tolist() == [7, 3, 3, 3]
    # Those who lead: three answers three levels over at weight 3 (the 5 counts as 4), one two levels over at weight 1.
    assert found["distance"].tolist() == pytest.approx([29 / 14, 29 / 10, 0, 0])
    assert found["over_share"].tolist() == pytest.approx([4 / 8, 1, 0, 0])


def test_groups_of_fewer_than_three_people_are_left_out(said: Say) -> None:
    answers = said(("r0", "A", 2), ("r1", "A", 2), ("r3", "A", 2))
    found = perception_by_group(answers, {"A": Shown(2.0, 2.0, 2.0, cap=4.0)}, {"A": 1}, PEOPLE)
    assert found["who"].tolist() == [EVERYBODY]
    assert perception_by_group(answers, {}, {"A": 1}, PEOPLE).empty
