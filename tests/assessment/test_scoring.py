from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmplan.assessment import Checklist, Readiness, assess, load_checklists
from crmplan.assessment.answers import ANSWER_COLUMNS
from crmplan.assessment.readiness import AREA_COLUMNS, COMPONENT_COLUMNS, QUESTION_COLUMNS
from crmplan.engagement import Respondent, Targets
from crmplan.metrics.registry import Measured

Say = Callable[..., pd.DataFrame]
NONE = pd.DataFrame(columns=list(ANSWER_COLUMNS)).astype({"problem": object})


def marketing(checklists: tuple[Checklist, ...], answers: pd.DataFrame, **options: Any) -> Readiness:
    fields = {"targets": Targets(), "scope": ("marketing",), "measured": {}, **options}
    return assess(checklists, answers, fields.pop("measured"), **fields)


def row(result: Readiness, id: str = "MK-CH-01") -> pd.Series:
    return result.questions.set_index("question").loc[id]


def test_the_agreed_value_is_the_median_with_its_spread(checklists: tuple[Checklist, ...], said: Say) -> None:
    answers = said(("a", "MK-CH-01", 1), ("b", "MK-CH-01", 2), ("c", "MK-CH-01", 4), ("d", "MK-CH-01", "dk"))
    found = row(marketing(checklists, answers))
    assert (found["said"], found["n"], found["n_dk"]) == (2.0, 3, 1)
    assert found["spread"] == pytest.approx((1 + 0 + 2) / 3)
    assert (found["lowest"], found["highest"]) == (1.0, 4.0)


def test_an_area_is_the_weighted_mean_of_its_answers(checklists: tuple[Checklist, ...], said: Say) -> None:
    answers = said(("a", "MK-CH-01", 4), ("a", "MK-CH-02", 3), ("a", "MK-CH-03", 1))
    area = marketing(checklists, answers).areas.iloc[0]
    assert area["level"] == pytest.approx((3 * 4 + 1 * 3 + 2 * 1) / 6)
    assert area["coverage"] == 1.0
    assert area["percent_to_target"] == pytest.approx(1 - (2 * 2) / (3 * 6))


def test_a_low_critical_answer_caps_its_area(checklists: tuple[Checklist, ...], said: Say) -> None:
    answers = said(("a", "MK-CH-01", 5), ("a", "MK-CH-02", 1), ("a", "MK-CH-03", 5))
    area = marketing(checklists, answers).areas.iloc[0]
    assert (area["level"], area["capped_by"]) == (2.0, "MK-CH-02")
    assert area["uncapped_level"] == pytest.approx((15 + 1 + 10) / 6)


def test_what_does_not_apply_is_left_out_and_what_nobody_knows_counts_against_coverage(
    checklists: tuple[Checklist, ...], said: Say
) -> None:
    answers = said(("a", "MK-CH-01", 4), ("a", "MK-CH-02", "na"), ("a", "MK-CH-03", "dk"))
    area = marketing(checklists, answers).areas.iloc[0]
    assert (area["n_applicable"], area["n_answered"], area["coverage"]) == (2, 1, 0.5)
    assert area["level"] == 4.0


def test_data_speak_where_nobody_was_asked(
    checklists: tuple[Checklist, ...], win_rate: Callable[..., Measured]
) -> None:
    result = marketing(checklists, NONE, measured={"win_rate": win_rate(0.5, 0.45, 0.55)})
    assert not result.has_answers
    assert (result.n_respondents, result.n_answers, result.wave) == (0, 0, 0)
    found = row(result)
    assert (found["shown"], found["measured"], found["measured_n"], found["gap"]) == (2.0, 0.5, 400, 1.0)
    area = result.areas.iloc[0]
    assert math.isnan(area["level"])
    assert (area["shown_level"], area["n_shown"], area["coverage"]) == (2.0, 1, 0.0)


def test_people_are_set_against_the_data(
    checklists: tuple[Checklist, ...], said: Say, win_rate: Callable[..., Measured]
) -> None:
    answers = said(("a", "MK-CH-01", 4), ("b", "MK-CH-01", 4), stated=0.8)
    found = row(marketing(checklists, answers, measured={"win_rate": win_rate(0.3, 0.25, 0.35)}))
    assert (found["said"], found["shown"], found["distance"], found["verdict"]) == (4.0, 1.0, 3.0, "people say more")
    assert (found["stated"], found["n_stated"], found["evidence"]) == (0.8, 2, "data")


def test_areas_set_people_and_data_side_by_side_on_the_same_questions(
    checklists: tuple[Checklist, ...], said: Say, win_rate: Callable[..., Measured]
) -> None:
    answers = said(("a", "MK-CH-01", 5), ("a", "MK-CH-03", 0))
    area = marketing(checklists, answers, measured={"win_rate": win_rate(0.3)}).areas.iloc[0]
    # People's 5 counts as 4, the highest level that data can prove; MK-CH-03 has no figure and stays out.
    assert (area["n_checked"], area["said_checked"], area["shown_checked"], area["distance"]) == (1, 4.0, 1.0, 3.0)


@pytest.mark.parametrize(
    ("rows", "evidence", "grade"),
    [((("a", 3),), "", "one person"), ((("a", 3), ("b", 3)), "", "several people"), ((("a", 3),), "EV-1", "document")],
)
def test_the_grade_of_evidence_is_the_best_there_is(
    checklists: tuple[Checklist, ...], said: Say, rows: tuple[tuple[str, int], ...], evidence: str, grade: str
) -> None:
    answers = said(*((who, "MK-CH-01", value) for who, value in rows), evidence=evidence)
    assert row(marketing(checklists, answers))["evidence"] == grade


def test_roles_are_shown_apart_from_three_people_on(checklists: tuple[Checklist, ...], said: Say) -> None:
    people = [Respondent(id=f"r{n}", role="agent" if n < 3 else "manager") for n in range(6)]
    answers = said(*((f"r{n}", "MK-CH-01", 1 if n < 3 else 4) for n in range(6)))
    found = row(marketing(checklists, answers, respondents=people))
    assert (found["lowest_role"], found["highest_role"]) == ("agent: 1", "manager: 4")
    fewer = row(marketing(checklists, answers[answers["respondent"] != "r0"], respondents=people))
    assert (fewer["lowest_role"], fewer["highest_role"]) == ("", "")


def test_a_higher_area_target_lifts_each_question_and_stays_on_the_scale(checklists: tuple[Checklist, ...]) -> None:
    result = marketing(checklists, NONE, targets=Targets(areas={"marketing": 4.5}))
    assert result.questions["target"].tolist() == [4.5] * 3
    assert result.areas["target"].tolist() == [4.5]


def test_a_target_may_depend_on_the_kind_of_customers() -> None:
    carried = load_checklists()
    by_kind = {
        kind: assess(carried, NONE, {}, targets=Targets(), customers=kind).questions.set_index("question")["target"]
        for kind in ("consumers", "firms", "both")
    }
    assert [by_kind[kind]["SM-CC-01"] for kind in ("consumers", "firms", "both")] == [2.0, 4.0, 3.0]


def test_answers_that_do_not_count_are_named(checklists: tuple[Checklist, ...], said: Say) -> None:
    answers = pd.concat(
        [
            said(("a", "MK-CH-01", 2), ("a", "XX-99", 2)),
            said(("b", "MK-CH-02", 2), revision=7),
            said(("c", "", "torn"), problem="c.jsonl:1: the line was cut off"),
        ]
    )
    result = marketing(checklists, answers, respondents=[Respondent(id="a", role="agent")])
    codes = [one.code for one in result.findings]
    assert codes == ["torn_line", "other_wording", "unknown_question", "unlisted_respondent", "few_people"]
    assert (result.n_answers, result.n_respondents) == (1, 1)


def test_a_high_answer_that_rests_on_a_low_one_is_named(checklists: tuple[Checklist, ...], said: Say) -> None:
    answers = said(("a", "MK-CH-02", 0), ("a", "MK-CH-03", 5))
    found = [one for one in marketing(checklists, answers).findings if one.code == "built_on_sand"]
    assert [one.where for one in found] == ["MK-CH-03"]


def test_the_result_has_the_same_shape_whatever_is_missing(checklists: tuple[Checklist, ...], said: Say) -> None:
    for answers in (NONE, said(("a", "MK-CH-01", "na")), said(("a", "XX-1", 2))):
        result = marketing(checklists, answers)
        assert list(result.areas.columns) == list(AREA_COLUMNS)
        assert list(result.questions.columns) == list(QUESTION_COLUMNS)
        assert list(result.components.columns) == list(COMPONENT_COLUMNS)
        assert result.unavailable == ""


def test_areas_out_of_scope_are_left_out(checklists: tuple[Checklist, ...]) -> None:
    result = marketing(checklists, NONE, scope=("sales",))
    assert result.questions.empty
    assert result.unavailable == "needs an area in scope that has a checklist"


def test_inputs_are_not_changed(
    checklists: tuple[Checklist, ...], said: Say, win_rate: Callable[..., Measured]
) -> None:
    answers = said(("a", "MK-CH-01", 4), ("b", "MK-CH-02", 1))
    before = answers.copy(deep=True)
    marketing(checklists, answers, measured={"win_rate": win_rate(0.3)})
    pd.testing.assert_frame_equal(answers, before)


CARRIED = tuple(
    one.model_copy(update={"questions": tuple(q for q in one.questions if q.id.startswith("MK-CH"))})
    for one in load_checklists()[:1]
)
VALUES = st.lists(
    st.tuples(st.sampled_from("abcd"), st.sampled_from(["MK-CH-01", "MK-CH-02", "MK-CH-03"]), st.integers(0, 5)),
    min_size=1, max_size=12, unique_by=lambda one: one[:2],
)  # fmt: skip


def _frame(rows: list[tuple[str, str, int]]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "respondent": who, "wave": 1, "round": 1, "question": id, "revision": 1, "kind": "level",
                "low": float(value), "high": float(value), "value": float(value), "stated": math.nan, "choice": "",
                "confidence": 0, "comment": "", "reason": "", "evidence": "", "via": "", "entered_by": "",
                "at": "2024-05-31", "line": line, "problem": "",
            }
            for line, (who, id, value) in enumerate(rows, start=1)
        ]
    )  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(rows=VALUES, data=st.data())
def test_levels_are_bounded_monotone_and_blind_to_order(rows: list[tuple[str, str, int]], data: st.DataObject) -> None:
    lists = CARRIED
    level = marketing(lists, _frame(rows)).areas["level"].iloc[0]
    assert 0 <= level <= 5
    shuffled = data.draw(st.permutations(rows))
    assert marketing(lists, _frame(shuffled)).areas["level"].iloc[0] == pytest.approx(level)
    raised = [(who, id, min(value + 1, 5)) for who, id, value in rows[:1]] + rows[1:]
    assert marketing(lists, _frame(raised)).areas["level"].iloc[0] >= level - 1e-12
