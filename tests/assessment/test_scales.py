from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmplan.assessment.questions import Question
from crmplan.assessment.scales import CAPABILITY_LEVELS, banded_lines, level_reached

STATES = {"unit": "hours", "ask": "Hours until an answer"}
DOWN = {"1": 72, "2": 24, "3": 8, "4": 2}


def test_a_stated_number_becomes_the_level_whose_band_it_reaches(make_question: Callable[..., dict[str, Any]]) -> None:
    fields = make_question("SY-01", scale="number", states=STATES, bands=DOWN)
    question = Question.model_validate({key: value for key, value in fields.items() if key != "anchors"})
    assert [question.level_for(hours) for hours in (100, 72, 9, 8, 0)] == [0, 1, 2, 3, 4]
    assert question.anchors[0] == "More than 72"
    assert question.anchors[3] == "From 8 down to above 2"
    assert question.anchors[4] == "2 or less"


def test_a_capability_has_lines_common_to_all_and_a_target_from_its_need(
    make_question: Callable[..., dict[str, Any]],
) -> None:
    fields = make_question("CF-SA-01", scale="fit_gap", need={"default": "should", "firms": "must"})
    question = Question.model_validate({key: value for key, value in fields.items() if key != "anchors"})
    assert question.anchors == dict(CAPABILITY_LEVELS)
    assert [question.target.of(kind) for kind in ("both", "consumers", "firms")] == [3.0, 3.0, 4.0]
    assert question.need is not None
    assert question.need.of("firms") == "must"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"scale": "practice_0_5", "anchors": {"0": "never", "1": "at times"}}, "one line for each of the levels"),
        ({"scale": "yes_no", "anchors": {"0": "no", "2": "in part", "4": "yes"}}, "yes_no has 2 lines"),
        ({"scale": "yes_no", "anchors": {"1": "no", "4": "yes"}}, "one of them for 0"),
        ({"scale": "choice", "anchors": {"0": "none", "3": "some"}}, "choice has 3 to 6 lines"),
        ({"scale": "choice", "anchors": {"0": "none", "3": "some", "6": "all"}}, "levels from 0 to 5"),
        ({"scale": "number", "anchors": {}, "bands": DOWN}, "needs 'states'"),
        ({"scale": "share", "anchors": {}, "bands": {"1": 0.1, "2": 0.5}, "states": STATES}, "the unit under 'states'"),
        ({"scale": "number", "bands": {"1": 5, "2": 5}, "states": STATES}, "must rise, or fall"),
        ({"scale": "practice_0_5", "bands": DOWN}, "are for a number or share"),
        ({"scale": "fit_gap", "anchors": {}}, "fit_gap cannot do without it"),
        ({"scale": "practice_0_5", "need": {"default": "must"}}, "'need'"),
        ({"scale": "fit_gap", "need": {"default": "must"}}, "lines common to all"),
        ({"conflicts": [{"when": "answers > 3", "say": "That cannot be so."}]}, "may not stand in a rule"),
    ],
)
def test_a_question_that_does_not_fit_its_scale_is_refused(
    make_question: Callable[..., dict[str, Any]], fields: dict[str, Any], message: str
) -> None:
    whole = make_question("MK-CH-01", **fields)
    if not fields.get("anchors", True):
        del whole["anchors"]
    with pytest.raises(ValueError, match=message):
        Question.model_validate(whole)


def test_a_question_answered_by_a_line_has_no_figure(make_question: Callable[..., dict[str, Any]]) -> None:
    with pytest.raises(ValueError, match="answered by choosing a line"):
        Question.model_validate(make_question("MK-CH-01")).level_for(3)


rising = st.lists(st.floats(0, 1e6), min_size=2, max_size=5, unique=True).map(sorted)


@given(rising, st.floats(0, 1e6), st.floats(0, 1e6), st.booleans())
def test_a_better_figure_never_reaches_a_lower_level(ends: list[float], one: float, other: float, is_up: bool) -> None:
    bands = dict(enumerate(ends if is_up else reversed(ends), start=1))
    worse, better = sorted((one, other), reverse=not is_up)
    assert 0 <= level_reached(worse, bands) <= level_reached(better, bands) <= len(bands)
    assert sorted(banded_lines(bands, is_share=False)) == list(range(len(bands) + 1))
