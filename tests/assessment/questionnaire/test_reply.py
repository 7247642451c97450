from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmplan.assessment.questionnaire.reply import CONFIDENCES, Reply, as_typed, lines_of, understood
from crmplan.assessment.questions import Question

from .conftest import every_scale

QUESTIONS = {one.id: one for one in every_scale().questions}
PRACTICE, WITH_FIGURE, YES_NO, CHOICE, SHARE, NUMBER, FIT = QUESTIONS.values()

words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30)
lines = words.map(str.strip).filter(bool)


@st.composite
def replies(draw: st.DrawFn, question: Question) -> Reply:
    levels = sorted(question.anchors)
    level = float(draw(st.sampled_from(levels)))
    values = [(level, level), "na", "dk"]
    if question.scale in {"practice_0_5", "fit_gap"}:
        values.append((level, float(draw(st.sampled_from([one for one in levels if one >= level])))))
    value = draw(st.sampled_from(values))
    stated = None
    if question.states and value not in ("na", "dk"):
        stated = draw(st.none() | st.floats(-1e14, 1e14))
        if stated is not None and question.bands:
            value = (question.level_for(stated),) * 2
    reason = draw(words.filter(str.strip)) if value == "na" else ""
    return Reply(
        value=value, stated=stated, confidence=draw(st.none() | st.sampled_from([1, 2, 3])), comment=draw(words),
        reason=reason, evidence=tuple(draw(st.lists(lines, max_size=3))),
    )  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_what_a_form_shows_is_understood_as_what_was_said(data: st.DataObject) -> None:
    question = data.draw(st.sampled_from(list(QUESTIONS.values())))
    reply = data.draw(replies(question))

    assert understood(question, as_typed(question, reply)) == (_clean(reply), [])


def _clean(reply: Reply) -> Reply:
    from dataclasses import replace

    from crmplan.entered_text import clean_text

    texts = {name: clean_text(getattr(reply, name)) for name in ("comment", "reason")}
    return replace(reply, **texts, evidence=tuple(clean_text(one).strip() for one in reply.evidence))


@pytest.mark.parametrize(
    "typed", ["2", "2 - sight 2 of MK-CH-01", "  2 - shortened", 2, 2.0, "2,0", "sight 2 of mk-ch-01"]
)
def test_a_line_is_read_by_its_code_or_its_words(typed: object) -> None:
    assert understood(PRACTICE, {"answer": typed}) == (Reply(value=(2.0, 2.0)), [])


@pytest.mark.parametrize("typed", ["DK", "dk - I do not know", "Dk "])
def test_do_not_know_is_an_answer(typed: str) -> None:
    assert understood(PRACTICE, {"answer": typed})[0].value == "dk"


def test_does_not_apply_needs_a_reason() -> None:
    assert understood(PRACTICE, {"answer": "NA", "reason": "outsourced"}) == (
        Reply(value="na", reason="outsourced"),
        [],
    )
    (wrong,) = understood(PRACTICE, {"answer": "N/A"})[1]
    assert (wrong.field, wrong.expected) == ("reason", "why the question does not apply")
    assert "done by a partner" in wrong.advice


@pytest.mark.parametrize(
    ("question", "typed", "field"),
    [
        (PRACTICE, {"answer": "6"}, "answer"),
        (PRACTICE, {"answer": "2026-03-02"}, "answer"),
        (PRACTICE, {"answer": "perhaps"}, "answer"),
        (PRACTICE, {"answer": True}, "answer"),
        (PRACTICE, {"answer": "3", "up_to": "1"}, "up_to"),
        (PRACTICE, {"up_to": "4"}, "answer"),
        (PRACTICE, {"answer": "DK", "up_to": "4"}, "up_to"),
        (PRACTICE, {"answer": "3", "figure": 4}, "figure"),
        (PRACTICE, {"answer": "3", "confidence": "4"}, "confidence"),
        (PRACTICE, {"comment": "but no answer"}, "answer"),
        (YES_NO, {"answer": "3"}, "answer"),
        (CHOICE, {"answer": "0", "up_to": "5"}, "up_to"),
        (CHOICE, {"answer": "2.5"}, "answer"),
        (SHARE, {"figure": "13"}, "figure"),
        (SHARE, {"figure": "many"}, "figure"),
        (NUMBER, {"figure": "1,200"}, "figure"),
        (NUMBER, {"figure": "12 %"}, "figure"),
        (NUMBER, {"figure": float("nan")}, "figure"),
        (NUMBER, {"figure": 1e16}, "figure"),
    ],
)
def test_a_field_that_cannot_be_taken_is_named(question: Question, typed: dict[str, object], field: str) -> None:
    _, wrong = understood(question, typed)

    assert [one.field for one in wrong] == [field]
    assert wrong[0].expected


@pytest.mark.parametrize(("typed", "share"), [("13 %", 0.13), ("0.13", 0.13), ("12,5%", 0.125), (0.4, 0.4), (1.5, 1.5)])
def test_a_share_is_read_with_its_sign(typed: object, share: float) -> None:
    assert understood(SHARE, {"figure": typed})[0].stated == pytest.approx(share)


def test_a_figure_alone_decides_the_level_where_the_scale_says_so() -> None:
    assert understood(NUMBER, {"figure": "4"})[0] == Reply(value=(1.0, 1.0), stated=4.0)
    assert understood(SHARE, {"figure": 0.9})[0].value == (3.0, 3.0)
    assert understood(WITH_FIGURE, {"figure": 4})[0] == Reply(stated=4.0)


def test_a_line_may_be_chosen_instead_of_a_figure() -> None:
    assert understood(SHARE, {"answer": "2"})[0] == Reply(value=(2.0, 2.0))


def test_every_scale_offers_its_lines_and_two_ways_out() -> None:
    assert [len(lines_of(one)) for one in QUESTIONS.values()] == [8, 8, 4, 5, 6, 5, 8]
    assert lines_of(YES_NO) == ("0 - No, not at all", "4 - Yes, in writing", *lines_of(PRACTICE)[-2:])
    assert [line[0] for line in CONFIDENCES] == ["1", "2", "3"]
