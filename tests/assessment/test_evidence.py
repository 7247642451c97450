from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmplan.assessment import Checklist, Probe
from crmplan.assessment.evidence import (
    Shown,
    figure_for,
    group_of,
    level_of,
    perception_gap,
    shown_by_data,
    stated_verdict,
)
from crmplan.metrics.registry import Measured

UP = Probe(metric="win_rate", bands={1: 0.2, 2: 0.4, 3: 0.6, 4: 0.8}, cap=4, cannot_prove="how it came about")
DOWN = Probe(metric="lead_response_hours", bands={1: 72, 2: 24, 3: 8, 4: 1}, cap=4, cannot_prove="how it came about")


@pytest.mark.parametrize(("value", "level"), [(0.0, 0), (0.2, 1), (0.59, 2), (0.6, 3), (1.0, 4)])
def test_more_reaches_higher_bands_where_more_is_better(value: float, level: int) -> None:
    assert level_of(value, UP) == level


@pytest.mark.parametrize(("value", "level"), [(100, 0), (72, 1), (8.01, 2), (8, 3), (0, 4)])
def test_less_reaches_higher_bands_where_less_is_better(value: float, level: int) -> None:
    assert level_of(value, DOWN) == level


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_levels_are_bounded_and_never_fall_as_the_figure_gets_better(one: float, other: float) -> None:
    worse, better = sorted((one, other))
    assert 0 <= level_of(worse, UP) <= level_of(better, UP) <= 4
    assert 0 <= level_of(better, DOWN) <= level_of(worse, DOWN) <= 4


def test_an_interval_shows_the_levels_it_spans(win_rate: Callable[..., Measured]) -> None:
    assert shown_by_data(UP, win_rate(0.5, 0.35, 0.62)) == Shown(2.0, 1.0, 3.0, 4.0)


def test_a_figure_that_is_missing_or_without_bands_shows_no_level(win_rate: Callable[..., Measured]) -> None:
    context = Probe(metric="win_rate", cannot_prove="how it came about")
    for probe, figure in ((UP, None), (UP, win_rate(None)), (context, win_rate(0.5)), (None, win_rate(0.5))):
        assert shown_by_data(probe, figure) == Shown()


def test_people_and_data_agree_within_a_level_of_the_interval() -> None:
    assert perception_gap(3.5, Shown(2.0, 2.0, 3.0, 4.0)).verdict == "agree"
    assert perception_gap(4.0, Shown(2.0, 2.0, 3.0, 4.0)).verdict == "people say more"
    assert perception_gap(0.0, Shown(2.0, 1.0, 3.0, 4.0)).verdict == "people say less"


def test_what_data_cannot_prove_is_not_held_against_people() -> None:
    assert perception_gap(5.0, Shown(4.0, 4.0, 4.0, 4.0)).levels == 0.0


def test_another_figure_stands_in_where_the_first_cannot_be_computed(
    checklists: tuple[Checklist, ...], win_rate: Callable[..., Measured]
) -> None:
    question = checklists[0].questions[0]
    context = Probe(metric="inactive_share", or_else="win_rate", cannot_prove="how it came about")
    asked = question.model_copy(update={"probe": context})
    missing = Measured("inactive_share", "Inactive", "share", "not_available", reason="needs orders")
    found = figure_for(asked, {"inactive_share": missing, "win_rate": win_rate(0.4)})
    assert found is not None
    assert found.metric == "win_rate"
    assert figure_for(asked, {"inactive_share": missing}) is missing
    assert figure_for(asked, {}) is None


@pytest.mark.parametrize(("stated", "verdict"), [(0.40, "close"), (0.62, "close"), (0.75, "far"), (0.10, "far")])
def test_a_stated_figure_is_far_outside_the_interval_and_by_more_than_a_quarter(
    win_rate: Callable[..., Measured], stated: float, verdict: str
) -> None:
    assert stated_verdict(stated, win_rate(0.5, 0.39, 0.61)) == verdict
    assert stated_verdict(stated, win_rate(None)) == ""


def test_a_group_is_named_only_where_the_figure_is_that_of_a_group(
    checklists: tuple[Checklist, ...], win_rate: Callable[..., Measured]
) -> None:
    groups = pd.DataFrame({"group": ["North", "South"], "value": [0.5, 0.2], "n": [9, 9]})
    figure = replace(win_rate(0.5), breakdown=groups)
    question = checklists[0].questions[0]
    assert group_of(question, figure) == ""
    probe = Probe(metric="win_rate", of_group=True, cannot_prove="how it came about")
    assert group_of(question.model_copy(update={"probe": probe}), figure) == "North"
