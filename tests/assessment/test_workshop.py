"""Contradictions, the agenda of a workshop, and what to ask next: all drawn from the result by question."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmplan.assessment.agenda import AGENDA_COLUMNS, workshop_agenda
from crmplan.assessment.contradictions import CONTRADICTION_COLUMNS, Rule, contradictions
from crmplan.assessment.expressions import parse
from crmplan.assessment.next_question import NEXT_COLUMNS, value_of_next

ROW = {
    "question": "Q1", "area": "sales", "title": "One", "weight": 1, "is_critical": False, "target": 3.0, "level": 3.0,
    "said": 3.0, "n": 4, "spread": 0.0, "is_agreed": "yes", "is_settled": False, "is_applicable": True,
    "shown": math.nan, "distance": math.nan, "verdict": "", "metric": "", "evidence": "several people",
}  # fmt: skip


def questions(*rows: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame([{**ROW, "question": f"Q{n}", **row} for n, row in enumerate(rows, start=1)], columns=[*ROW])


def test_the_agenda_is_in_order_of_disagreement_times_weight_times_stake() -> None:
    agenda = workshop_agenda(
        questions(
            {"is_agreed": "no", "spread": 1.0, "level": 2.0, "weight": 2},
            {"is_agreed": "no", "spread": 2.0, "level": 1.0, "weight": 3},
            {"is_agreed": "yes", "spread": 0.2, "level": 0.0, "weight": 3},
            {"is_agreed": "yes", "level": 4.0, "shown": 1.0, "distance": 3.0, "verdict": "people say more"},
            {"is_agreed": "no", "spread": 1.5, "level": 4.0},
            {"is_agreed": "no", "spread": 1.5, "level": 1.0, "is_settled": True},
        )
    )
    assert agenda["question"].tolist() == ["Q2", "Q4", "Q1"]
    assert agenda["priority"].tolist() == [2.0 * 3 * 2, 3.0 * 1 * 2, 1.0 * 2 * 1]
    assert agenda["reason"].tolist() == ["people apart", "people and data apart", "people apart"]
    assert agenda["minutes"].tolist() == [20, 10, 10]


def test_the_agenda_fits_the_time_there_is() -> None:
    many = questions(*({"is_agreed": "no", "spread": 2.0, "level": 1.0} for _ in range(20)))
    agenda = workshop_agenda(many, minutes=90)
    assert agenda["minutes"].sum() <= 90
    assert len(agenda) == 4


def test_where_all_agree_there_is_nothing_to_talk_about() -> None:
    assert list(workshop_agenda(questions({}, {})).columns) == list(AGENDA_COLUMNS)
    assert workshop_agenda(questions({}, {})).empty
    assert workshop_agenda(questions()).empty


@settings(max_examples=30, deadline=None)
@given(
    rows=st.lists(
        st.fixed_dictionaries(
            {"spread": st.floats(0, 2.5), "level": st.floats(0, 5), "weight": st.integers(1, 3),
             "is_agreed": st.sampled_from(["yes", "no"])}
        ),
        max_size=12,
    ),
    minutes=st.integers(0, 240),
)  # fmt: skip
def test_an_agenda_never_overruns_and_points_are_of_five_to_twenty_minutes(
    rows: list[dict[str, Any]], minutes: int
) -> None:
    agenda = workshop_agenda(questions(*rows), minutes=minutes)
    assert agenda["minutes"].sum() <= minutes
    assert agenda["minutes"].between(5, 20).all()
    assert agenda["priority"].is_monotonic_decreasing


def test_a_rule_between_answers_and_one_against_a_figure() -> None:
    one_view = Rule(
        "Q1", ("Q2",), "One view is claimed, yet the numbers differ",
        parse('answers["Q1"] >= 4 and answers["Q2"] <= 1').holds,
    )  # fmt: skip
    rare = Rule("Q2", ("win_rate",), "Winning is said to be rare", parse('figures["win_rate"] > 0.5').holds)
    unasked = Rule("Q9", (), "of a question that is not asked", lambda known: True)
    undecided = Rule("Q1", (), "needs what is not known", parse('stated["Q1"] > 1').holds)
    known = {"answers": {"Q1": 4.0, "Q2": 1.0}, "figures": {"win_rate": 0.6}}
    found = contradictions(questions({"weight": 2}, {}), (one_view, rare, unasked, undecided), known)
    assert found[["question", "against", "size"]].to_numpy().tolist() == [["Q1", "Q2", 6.0], ["Q2", "win_rate", 1.0]]
    assert found["kind"].tolist() == ["between answers", "answers and data"]
    assert found["severity"].tolist() == ["high", "medium"]


def test_people_who_say_more_than_data_show_contradict_them() -> None:
    found = contradictions(
        questions(
            {"said": 4.0, "shown": 1.0, "distance": 3.0, "verdict": "people say more", "weight": 3, "metric": "m"},
            {"said": 1.0, "shown": 3.0, "distance": -2.0, "verdict": "people say less"},
        ),
        (), {"answers": {}},
    )  # fmt: skip
    assert found[["kind", "against", "size"]].to_numpy().tolist() == [["answers and data", "m", 9.0]]
    assert found["says"].tolist() == ["People put 'One' at 4, the data show 1"]
    assert list(contradictions(questions(), (), {"answers": {}}).columns) == list(CONTRADICTION_COLUMNS)


FIVE = [{"level": 1.0 + n / 10, "weight": 2, "evidence": "data"} for n in range(5)]


def test_the_next_question_is_the_one_whose_answer_would_most_change_the_top_five() -> None:
    table = questions(
        *FIVE,
        {"level": math.nan, "n": 0, "weight": 3, "evidence": "none"},
        {"level": 2.9, "is_agreed": "no", "weight": 1},
        {"level": 3.0, "weight": 3},
    )
    found = value_of_next(table, {"Q7": (0.0, 2.9, 5.0)})
    assert found["question"].tolist() == ["Q6"]
    # Outcomes are the levels of the area: 1.0 to 1.4, 2.9 and 3.0. All but the last two push the fifth out.
    assert found["how"].tolist() == ["ask"]
    assert found["changed"].iloc[0] == pytest.approx(5 / 7)
    assert found["chance"].iloc[0] == pytest.approx(5 / 7)


def test_a_document_is_worth_asking_for_where_a_high_level_rests_on_words() -> None:
    found = value_of_next(questions({"level": 4.0, "weight": 3}, {"level": 4.0, "evidence": "document"}), {})
    assert found[["how", "question"]].to_numpy().tolist() == [["document", "Q1"]]
    # Half of the outcomes (there is none, the level falls to 2) bring it among the five, where there was none.
    assert (found["changed"].iloc[0], found["chance"].iloc[0]) == (0.5, 0.5)


def test_where_people_and_data_differ_either_may_be_right() -> None:
    off = {"level": 2.9, "shown": 0.0, "verdict": "people say more", "weight": 3, "evidence": "data"}
    found = value_of_next(questions(*FIVE, off), {})
    assert found[["how", "question", "changed"]].to_numpy().tolist() == [["settle", "Q6", 0.5]]


def test_nothing_is_worth_asking_where_all_is_settled() -> None:
    assert value_of_next(questions({"level": 4.0, "is_settled": True}), {}).empty
    assert list(value_of_next(questions(), {}).columns) == list(NEXT_COLUMNS)
