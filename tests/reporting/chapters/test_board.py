"""The page for the board says what the chapters say, and fits on a page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from crmplan.reporting.blocks import Block, Findings, KeyFigures, Note, Table
from crmplan.reporting.chapters import board as chapter
from crmplan.workbench import Workbench


def _blocks(bench: Workbench) -> list[Block]:
    steps = bench.readiness(), bench.value(), bench.plan()
    return [
        chapter.findings(*steps, bench.engagement),
        chapter.key_figures(*steps, bench.engagement),
        chapter.five_gaps(bench.plan(), bench.engagement),
        chapter.first_ninety_days(bench.plan()),
    ]


def test_orders_alone_give_a_page_that_says_what_is_not_known(small_client: Path) -> None:
    findings, figures, *_ = _blocks(Workbench.open(small_client))

    assert isinstance(findings, Findings)
    assert "Nobody has been asked yet" in findings.sentences[0]
    assert findings.sentences[1].startswith("Asking would give a level to")
    assert isinstance(figures, KeyFigures)
    assert (figures.figures[0].value, figures.figures[0].remark) == ("–", "nobody has been asked yet")


@pytest.mark.slow
def test_every_figure_of_the_page_stands_in_a_chapter() -> None:
    from crmplan.reporting.chapters import plan, value

    bench = Workbench.open("rehearsal")
    findings, figures, gaps, first = _blocks(bench)

    value_figures, plan_figures = (
        value.key_figures(bench.value(), bench.engagement),
        plan.key_figures(bench.plan(), bench.engagement),
    )
    assert isinstance(figures, KeyFigures)
    assert isinstance(value_figures, KeyFigures)
    assert isinstance(plan_figures, KeyFigures)
    elsewhere = {figure.value for figure in (*value_figures.figures, *plan_figures.figures)}
    assert {figure.value for figure in figures.figures[1:]} <= elsewhere
    assert isinstance(findings, Findings)
    assert 3 <= len(findings.sentences) <= 5
    assert "capabilities that must be there fall short" in findings.sentences[-1]
    assert isinstance(gaps, Table)
    assert len(gaps.rows) <= 5
    assert isinstance(first, Table | Note)


def test_no_page_has_a_gap_in_its_words(small_client: Path) -> None:
    for block in _blocks(Workbench.open(small_client)):
        assert not re.search(r"\b(None|nan|NaN)\b|[{}]|\(\)", block.text())
