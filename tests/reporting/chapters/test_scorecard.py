from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from crmplan.engagement import Engagement
from crmplan.metrics.registry import Measured, registry
from crmplan.reporting.blocks import Block, Findings, Note, Table
from crmplan.reporting.chapters import scorecard as chapter
from crmplan.scorecard import PERSPECTIVES, Scorecard, build_scorecard, load_kpis

GOALS = ("Keep more of our customers.", "Paint the office blue.")


def measured(*ids: str) -> dict[str, Measured]:
    known = registry()
    return {
        id: Measured(id, known[id].label, known[id].unit, "computed", 0.4, 400, known[id].counts, low=0.35, high=0.45)
        for id in ids or known
    }


def blocks(scorecard: Scorecard, engagement: Engagement) -> list[Block]:
    return [
        chapter.findings(scorecard, engagement),
        chapter.key_figures(scorecard),
        chapter.goals_table(scorecard),
        *(chapter.perspective_table(scorecard, name, engagement) for name in PERSPECTIVES),
        chapter.collect_table(scorecard),
        chapter.departments_table(scorecard),
    ]


@pytest.fixture
def engagement(small_client: Path) -> Engagement:
    return Engagement.open(small_client)


@pytest.mark.parametrize("ids", [(), ("repeat_share", "retention_share"), ("new_customers",)])
def test_every_block_is_words_without_gaps(engagement: Engagement, ids: tuple[str, ...]) -> None:
    for block in blocks(build_scorecard(load_kpis(), measured(*ids), goals=GOALS), engagement):
        text = block.text()
        assert not re.search(r"\b(None|nan|NaN|1 points)\b|[{}]|\(\)", text)
        if isinstance(block, Table):
            assert len(block.rows) <= 15
            assert len(block.header) <= 7


def test_findings_say_what_can_be_read_and_that_targets_are_placeholders(engagement: Engagement) -> None:
    scorecard = build_scorecard(load_kpis(), measured("repeat_share", "retention_share"), goals=GOALS)

    block = chapter.findings(scorecard, engagement)

    assert isinstance(block, Findings)
    readable = "12 KPIs are proposed, of which 2 can be read today"
    assert block.sentences[0] == f"{readable}; the other 10 must be collected first."
    assert "'Customers kept from year to year' stands at 40 % (35 to 45 %) today" in block.sentences[1]
    assert "placeholder" in block.sentences[-1]


def test_a_kpi_without_a_figure_is_not_shown_as_zero(engagement: Engagement) -> None:
    scorecard = build_scorecard(load_kpis(), measured("repeat_share"), goals=GOALS)

    block = chapter.perspective_table(scorecard, "learning_growth", engagement)

    assert isinstance(block, Table)
    assert {row[1] for row in block.rows} == {"not measured"}


def test_a_goal_that_no_kpi_speaks_to_is_named(engagement: Engagement) -> None:
    block = chapter.goals_table(build_scorecard(load_kpis(), measured(), goals=GOALS))

    assert isinstance(block, Table)
    assert block.rows[1] == ("Paint the office blue.", "none yet; to be chosen together")


def test_without_a_scorecard_every_block_says_why(engagement: Engagement) -> None:
    for block in blocks(build_scorecard((), {}), engagement):
        assert isinstance(block, Note)
        assert "needs" in block.message


def test_when_everything_is_measured_nothing_must_be_collected() -> None:
    block = chapter.collect_table(build_scorecard(load_kpis(), measured()))

    assert isinstance(block, Note)
    assert "nothing must be collected" in block.message


def test_where_no_target_is_given_none_is_spoken_of(engagement: Engagement) -> None:
    unmeasured = build_scorecard(
        load_kpis(), {id: replace(one, status="not_available", value=None) for id, one in measured().items()}, goals=()
    )

    assert "placeholder" not in chapter.findings(unmeasured, engagement).text()


def test_a_target_that_stops_at_the_best_there_is_names_no_step_it_does_not_take(engagement: Engagement) -> None:
    values = {**measured(), "single_category_share": replace(measured()["single_category_share"], value=0.002)}
    scorecard = build_scorecard(load_kpis(), values, goals=("Buy from more than one category.",))
    table = chapter.perspective_table(scorecard, "customer", engagement)

    assert isinstance(table, Table)
    (row,) = [row for row in table.rows if row[0] == "Customers who buy from one category only"]
    assert (row[1], row[3]) == ("0.2 %", "0 %: the best there is")
