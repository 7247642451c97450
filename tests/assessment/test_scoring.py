from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmplan.assessment import AgreedValue, Checklist, OnFile, Readiness, assess, load_checklists
from crmplan.assessment.answers import ANSWER_COLUMNS
from crmplan.assessment.documents import DOCUMENT_COLUMNS
from crmplan.assessment.prerequisites import bases_first
from crmplan.assessment.readiness import AREA_COLUMNS, COMPONENT_COLUMNS, QUESTION_COLUMNS
from crmplan.engagement import Respondent, Targets
from crmplan.metrics.registry import Measured

Say = Callable[..., pd.DataFrame]


def report_of(day: str) -> pd.DataFrame:
    columns = {"document": "EV-001", "title": "Report", "dated": day, "supports": "", "status": "on file"}
    return pd.DataFrame([{**dict.fromkeys(DOCUMENT_COLUMNS, ""), **columns, "n_revisions": 1}])


NONE = pd.DataFrame(columns=list(ANSWER_COLUMNS)).astype({"problem": object})


def marketing(checklists: tuple[Checklist, ...], answers: pd.DataFrame, **options: Any) -> Readiness:
    people = [Respondent(id=str(who), role="") for who in answers["respondent"].unique()]
    fields = {"targets": Targets(), "scope": ("marketing",), "measured": {}, "respondents": people, **options}
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
    [
        ((("a", 3),), "", ("one person", "D")),
        ((("a", 3), ("b", 3)), "", ("several people", "C")),
        ((("a", 3),), "EV-001", ("document", "B")),
        ((("a", 3), ("b", 3)), "a report nobody has seen", ("several people", "C")),
    ],
)
def test_the_grade_of_evidence_is_the_best_there_is(
    checklists: tuple[Checklist, ...],
    said: Say,
    rows: tuple[tuple[str, int], ...],
    evidence: str,
    grade: tuple[str, str],
) -> None:
    answers = said(*((who, "MK-CH-01", value) for who, value in rows), evidence=evidence)
    found = row(marketing(checklists, answers, on_file=OnFile(documents=report_of("2024-05-01"))))
    assert (found["evidence"], found["grade"]) == grade


def test_what_a_level_rests_on_is_worth_less_the_older_it_is(checklists: tuple[Checklist, ...], said: Say) -> None:
    answers = said(("a", "MK-CH-01", 3), ("b", "MK-CH-01", 3), evidence="EV-001")
    old = OnFile(documents=report_of("2020-05-01"))
    found = row(marketing(checklists, answers, on_file=old, as_of=date(2024, 6, 30)))
    # The document of four years ago is worth less than what people said last month.
    assert (found["evidence"], found["grade"], found["evidence_age_days"]) == ("several people", "C", 30.0)
    later = row(marketing(checklists, answers, as_of=date(2026, 6, 30)))
    assert (later["evidence"], later["grade"]) == ("several people", "D")


def agreed_on(value: float, **fields: Any) -> OnFile:
    record = AgreedValue(
        **{
            "wave": 1, "question": "MK-CH-01", "revision": 1, "value": value, "rule": "facilitated",
            "rationale": "As talked over.", "by": "facilitator", "at": "2024-06-07T15:00:00", **fields,
        }
    )  # fmt: skip
    return OnFile(agreed=(record.sealed(),))


def test_what_was_agreed_on_takes_the_place_of_the_median_and_keeps_it_beside(
    checklists: tuple[Checklist, ...], said: Say
) -> None:
    answers = said(("a", "MK-CH-01", 5), ("b", "MK-CH-01", 1), ("c", "MK-CH-01", 1))
    dissent = [{"value": 5, "why": "We do it in the shop.", "n_people": 1}]
    result = marketing(checklists, answers, on_file=agreed_on(2, low=1, high=3, dissent=dissent))
    found = row(result)
    assert (found["said"], found["level"], found["is_settled"], found["gap"]) == (1.0, 2.0, True, 1.0)
    area = result.areas.iloc[0]
    assert (area["level"], area["level_low"], area["level_high"], area["n_settled"]) == (
        2.0, pytest.approx(1.1, abs=0.1), pytest.approx(2.9, abs=0.1), 1,
    )  # fmt: skip
    kept = result.agreed.iloc[0]
    assert (kept["said"], kept["value"], kept["n_dissent"], kept["by"]) == (1.0, 2.0, 1, "facilitator")
    assert kept["dissent"] == "1 at 5: We do it in the shop."


def test_an_agreement_far_from_what_data_show_is_remarked_on(
    checklists: tuple[Checklist, ...], said: Say, win_rate: Callable[..., Measured]
) -> None:
    found = marketing(
        checklists, said(("a", "MK-CH-01", 4)), on_file=agreed_on(4), measured={"win_rate": win_rate(0.3)}
    )
    remark = next(one for one in found.findings if one.code == "agreed_against_data")
    assert remark.message == "'Title of MK-CH-01' was agreed on at 4, though the data show 1"


def test_a_value_agreed_for_another_wave_or_wording_or_changed_by_hand_does_not_count(
    checklists: tuple[Checklist, ...], said: Say
) -> None:
    answers = said(("a", "MK-CH-01", 1))
    broken = OnFile(agreed=(agreed_on(4).agreed[0].model_copy(update={"value": 5.0}),))
    for on_file in (agreed_on(4, wave=2), agreed_on(4, revision=9), broken):
        assert row(marketing(checklists, answers, on_file=on_file))["level"] == 1.0
    codes = [one.code for one in marketing(checklists, answers, on_file=broken).findings]
    assert "seal_broken" in codes


def test_three_ways_to_add_up_are_compared(checklists: tuple[Checklist, ...], said: Say) -> None:
    answers = said(("a", "MK-CH-01", 4), ("a", "MK-CH-02", 3), ("a", "MK-CH-03", 1))
    area = marketing(checklists, answers).areas.iloc[0]
    assert area["level_by_themes"] == pytest.approx(17 / 6)
    assert area["weakest_critical"] == 3.0
    assert area["rollups_apart"] == pytest.approx(3 - 17 / 6)


def test_an_area_is_a_range_from_three_people_on_and_their_extremes_below(
    checklists: tuple[Checklist, ...], said: Say
) -> None:
    def area(*rows: tuple[str, str, int]) -> pd.Series:
        return marketing(checklists, said(*rows)).areas.iloc[0]

    alone = area(("a", "MK-CH-01", 3))
    assert math.isnan(alone["level_low"])
    two = area(("a", "MK-CH-01", 1), ("b", "MK-CH-01", 4))
    assert (two["level_low"], two["level"], two["level_high"]) == (1.0, 2.5, 4.0)
    few = area(*((f"p{n}", "MK-CH-01", level) for n, level in enumerate((1, 2, 4))))
    many = area(*((f"p{n:02d}", "MK-CH-01", level) for n, level in enumerate((1, 2, 4) * 8)))
    assert few["level_low"] <= few["level"] <= few["level_high"]
    assert many["level_high"] - many["level_low"] < few["level_high"] - few["level_low"]


def test_agreement_of_an_area_stands_beside_its_level(checklists: tuple[Checklist, ...], said: Say) -> None:
    rows = [(who, f"MK-CH-0{n}", n + d) for n in (1, 2, 3) for who, d in (("a", 0), ("b", 0), ("c", 1))]
    panel = marketing(checklists, said(*rows)).panels.iloc[0]
    assert (panel["area"], panel["n_people"], panel["n_questions"], panel["share_within"]) == ("marketing", 3, 3, 1.0)
    assert panel["alpha"] > 0.5
    assert (panel["w"], panel["n_rankers"], panel["n_ranked"]) == (1.0, 3, 3)


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
    assert codes == ["torn_line", "unlisted_respondent", "unknown_question", "few_people"]
    assert (result.n_answers, result.n_respondents) == (1, 1)


def test_what_somebody_said_whom_nobody_has_named_counts_once_that_person_is_named(
    checklists: tuple[Checklist, ...], said: Say
) -> None:
    answers = said(("a", "MK-CH-01", 1), ("b", "MK-CH-01", 5), ("b", "MK-CH-02", 5))
    listed = [Respondent(id="a", role="agent")]
    result = marketing(checklists, answers, respondents=listed)
    assert (row(result)["said"], row(result)["n"], result.n_answers, result.n_respondents) == (1.0, 1, 1, 1)
    assert row(result, "MK-CH-02")["n"] == 0
    assert [(one.severity, one.message) for one in result.findings if one.code == "unlisted_respondent"] == [
        ("high", "2 answers of b, who is not among the respondents: not counted; they count once engagement.yaml "
        "names that person, with a role")
    ]  # fmt: skip

    named = marketing(checklists, answers, respondents=[*listed, Respondent(id="b", role="agent")])
    assert (row(named)["said"], named.n_answers) == (3.0, 3)
    assert "unlisted_respondent" not in [one.code for one in named.findings]


def test_a_high_answer_that_rests_on_a_low_one_is_named(checklists: tuple[Checklist, ...], said: Say) -> None:
    answers = said(("a", "MK-CH-02", 0), ("a", "MK-CH-03", 5))
    found = marketing(checklists, answers).contradictions
    assert found[["kind", "question", "against"]].to_numpy().tolist() == [["between answers", "MK-CH-03", "MK-CH-02"]]
    assert "rests on 'Title of MK-CH-02'" in found["says"].iloc[0]


def test_a_question_names_the_prerequisites_that_fall_short(checklists: tuple[Checklist, ...], said: Say) -> None:
    """MK-CH-03 needs MK-CH-02, whose target is 3."""
    short = marketing(checklists, said(("a", "MK-CH-02", 2), ("a", "MK-CH-03", 1)))
    there = marketing(checklists, said(("a", "MK-CH-02", 3), ("a", "MK-CH-03", 1)))
    unknown = marketing(checklists, said(("a", "MK-CH-03", 1)))
    assert [row(one, "MK-CH-03")["rests_on"] for one in (short, there, unknown)] == ["MK-CH-02", "", ""]


def test_what_must_be_in_place_first_stands_first() -> None:
    rows = [{"question": id, "rests_on": bases} for id, bases in (("a", "c"), ("b", "a"), ("c", "d"), ("d", "x"))]
    assert [one["question"] for one in bases_first(rows)] == ["d", "c", "a", "b"]


def test_rules_of_the_checklist_find_contradictions(checklists: tuple[Checklist, ...], said: Say) -> None:
    lists = with_conflict(checklists, 'answers["MK-CH-01"] >= 4 and answers["MK-CH-03"] <= 1')
    found = marketing(lists, said(("a", "MK-CH-01", 4), ("a", "MK-CH-03", 1))).contradictions
    assert found[["question", "against", "says"]].to_numpy().tolist() == [
        ["MK-CH-01", "MK-CH-03", "Both cannot be true."]
    ]
    assert marketing(lists, said(("a", "MK-CH-01", 4))).contradictions.empty


def with_conflict(checklists: tuple[Checklist, ...], when: str) -> tuple[Checklist, ...]:
    fields = checklists[0].model_dump(mode="json")
    fields["questions"][0]["conflicts"] = [{"when": when, "say": "Both cannot be true."}]
    return (Checklist.model_validate(fields),)


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


@settings(max_examples=25, deadline=None)
@given(rows=VALUES, data=st.data())
def test_levels_are_bounded_monotone_and_blind_to_order(rows: list[tuple[str, str, int]], data: st.DataObject) -> None:
    lists = CARRIED
    area = marketing(lists, _frame(rows)).areas.iloc[0]
    level = area["level"]
    assert 0 <= level <= 5
    assert math.isnan(area["level_low"]) or 0 <= area["level_low"] <= level <= area["level_high"] <= 5
    other = marketing(lists, _frame(data.draw(st.permutations(rows)))).areas.iloc[0]
    for name in ("level", "level_low", "level_high"):
        assert other[name] == pytest.approx(area[name], nan_ok=True)
    raised = marketing(lists, _frame([(who, id, min(value + 1, 5)) for who, id, value in rows[:1]] + rows[1:]))
    for name in ("level", "level_low", "level_high", "level_by_themes", "weakest_critical"):
        # Raising one answer can make a range appear that two equal words did not have, never lower one.
        assert not raised.areas[name].iloc[0] < area[name] - 1e-12
