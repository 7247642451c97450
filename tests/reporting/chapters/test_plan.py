from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from crmplan.engagement import Engagement
from crmplan.metrics.registry import Measured, registry
from crmplan.planning import Plan, PlanFacts, load_initiatives, make_plan
from crmplan.reporting.blocks import Block, Chart, Findings, Note, Table
from crmplan.reporting.brand import standard_brand
from crmplan.reporting.chapters import plan as chapter
from crmplan.reporting.charts import svg

ORDERS_ONLY = {
    "new_customers": 8_000.0, "second_purchase_share": 0.3, "average_order_value": 60.0, "revenue_per_customer": 150.0,
    "falling_revenue": 900_000.0, "inactive_share": 0.5, "movable_middle_share": 0.2,
}  # fmt: skip


def measured(values: dict[str, float]) -> dict[str, Measured]:
    known = registry()
    return {
        id: Measured(id, known[id].label, known[id].unit, "computed", value, 20_000, known[id].counts)
        for id, value in values.items()
    }


def made(values: dict[str, float], facts: PlanFacts | None = None, gaps: pd.DataFrame | None = None) -> Plan:
    none = pd.DataFrame() if gaps is None else gaps
    return make_plan(load_initiatives(), none, measured(values), facts=facts or PlanFacts(n_customers=20_000))


def blocks(plan: Plan, engagement: Engagement) -> list[Block]:
    return [
        chapter.findings(plan, engagement), chapter.key_figures(plan, engagement),
        chapter.gaps_table(plan, engagement), chapter.initiatives_table(plan, engagement),
        chapter.worth_chart(plan, engagement), chapter.first_ninety_days(plan), chapter.worth_table(plan, engagement),
        chapter.assumptions(plan, engagement), chapter.left_table(plan, engagement), chapter.needed_table(plan),
    ]  # fmt: skip


@pytest.fixture
def engagement(small_client: Path) -> Engagement:
    return Engagement.open(small_client)


@pytest.fixture
def answered() -> pd.DataFrame:
    items = [item for one in load_initiatives() for item in one.closes]
    return pd.DataFrame({"item": items, "title": items, "area": "sales", "level": 1.0, "target": 3.0, "weight": 1.0})


def test_every_block_is_words_without_gaps(engagement: Engagement, answered: pd.DataFrame) -> None:
    everything = {id: 0.3 if one.unit == "share" else 2_000.0 for id, one in registry().items()}
    for plan in (
        made(ORDERS_ONLY),
        made(everything, PlanFacts(0.4, 800.0, 6.0, 1_000_000, is_assumed=False), answered),
        made({}, gaps=answered),
        made(ORDERS_ONLY, PlanFacts(day_rate=1e7)),
        made({}),
    ):
        for block in blocks(plan, engagement):
            text = block.text()
            assert not re.search(r"\b(None|nan|NaN|1 initiatives|1 person-days)\b|[{}]|\(\)", text)
            if isinstance(block, Table):
                assert 1 <= len(block.rows) <= 15
                assert len(block.header) <= 7


def test_for_orders_alone_the_findings_give_worth_gaps_and_what_is_missing(engagement: Engagement) -> None:
    block = chapter.findings(made(ORDERS_ONLY), engagement)

    assert isinstance(block, Findings)
    assert 2 <= len(block.sentences) <= 5
    assert "a year in margin and savings" in block.sentences[0]
    assert "gaps that matter" in block.sentences[1]
    assert "could not be priced for want of data" in block.sentences[-1]


def test_a_gap_that_data_alone_price_says_the_figure(engagement: Engagement) -> None:
    table = chapter.gaps_table(made(ORDERS_ONLY), engagement)

    assert isinstance(table, Table)
    currency = engagement.client.currency
    assert table.rows[0][1:3] == (
        f"Customers who buy less brought {currency} 900,000 less than in the year before", "priced from the figures",
    )  # fmt: skip
    assert "50 % of the customers of the year before did not buy again: 10,000 customers" in [
        row[1] for row in table.rows
    ]


def test_counted_gaps_stand_with_those_that_matter_and_say_how_many_are_in_place(
    engagement: Engagement, answered: pd.DataFrame
) -> None:
    counted = pd.DataFrame(
        [("4 of 7 systems have still to be linked", "systems", 4, 7, 2.0, "INI-LINKS")],
        columns=["title", "basis", "n_short", "n_of", "weight", "initiatives"],
    )
    facts = PlanFacts(n_customers=20_000, capacity_days=(9e9, 9e9, 9e9), change_capacity=99, groundwork_share=99.0)
    plan = make_plan(load_initiatives(), answered, measured(ORDERS_ONLY), counted=counted, facts=facts)
    table = chapter.gaps_table(plan, engagement)

    assert isinstance(table, Table)
    assert ("4 of 7 systems have still to be linked", "3 of 7 in place") in [row[1:3] for row in table.rows[:6]]
    assert "On the way to a CRM: 4 of 7 systems have still to be linked." in chapter.findings(plan, engagement).text()


def test_worth_is_told_as_a_formula_with_the_clients_figures(engagement: Engagement) -> None:
    block = chapter.worth_table(made(ORDERS_ONLY), engagement)

    assert isinstance(block, Table)
    cells = {row[0]: row for row in block.rows}["Look after the customers who matter most"]
    currency = engagement.client.currency
    assert cells[1] == (
        f"{currency} 900,000 lost in a year at customers who buy less × 5.0 to 15 % of it recovered × 20 to 40 % margin"
    )
    assert cells[2] == f"{currency} 9,000 to 54,000"
    assert cells[3] == (
        "share gained: rule of thumb; gross margin, not known yet: assumed until the client gives its own"
    )


def test_the_chart_can_be_drawn(engagement: Engagement) -> None:
    block = chapter.worth_chart(made(ORDERS_ONLY), engagement)

    assert isinstance(block, Chart)
    assert "Welcome new customers" in svg(block.spec, standard_brand(), title=block.title, alt=block.alt)


def test_when_nothing_pays_the_report_says_so_and_what_it_could_bear(engagement: Engagement) -> None:
    plan = made(ORDERS_ONLY, PlanFacts(day_rate=100_000.0))

    findings, left = chapter.findings(plan, engagement), chapter.left_table(plan, engagement)

    assert isinstance(findings, Findings)
    assert "brings back its cost" in findings.sentences[0]
    assert isinstance(left, Table)
    assert all("at best it bears" in row[3] for row in left.rows)


def test_without_a_plan_the_notes_say_what_is_needed(engagement: Engagement) -> None:
    block = chapter.findings(made({}), engagement)

    assert isinstance(block, Note)
    assert block.message == (
        "The plan is not available: needs answers to the checklists, or orders from which gaps can be priced."
    )


def test_assumptions_are_named_as_such(engagement: Engagement) -> None:
    assumed = chapter.assumptions(made(ORDERS_ONLY), engagement).message
    given = chapter.assumptions(made(ORDERS_ONLY, PlanFacts(0.4, is_assumed=False)), engagement).message

    assert "assumed by the consultant" in assumed
    assert "given by the client" in given
    assert "draw on the same money" in assumed


def test_when_nothing_is_planned_the_first_sentence_and_the_figures_say_so(engagement: Engagement) -> None:
    plan = made(ORDERS_ONLY, PlanFacts(day_rate=1e7))

    assert chapter.findings(plan, engagement).text().count("Nothing is planned for now") == 1
    figures = chapter.key_figures(plan, engagement).text()
    assert "not priced" not in figures
    assert "nothing that can be priced brings back its cost" in figures
    assert chapter.initiatives_table(plan, engagement).text().count("Nothing is planned for now") == 1


def test_a_plan_without_a_worth_never_shows_its_cost_without_a_word(
    engagement: Engagement, answered: pd.DataFrame
) -> None:
    plan = made({}, gaps=answered)

    assert plan.actions
    assert "must be judged by the gaps closed, before money is spent" in chapter.findings(plan, engagement).text()
    assert "what is planned is judged by the gaps it closes" in chapter.key_figures(plan, engagement).text()


def test_a_doubt_about_the_return_of_the_plan_is_said(engagement: Engagement) -> None:
    plan = made(ORDERS_ONLY)
    dear = replace(plan, cost_low=plan.worth_high + 1, cost_high=plan.worth_high + 2)

    assert "does not bring this back in a year" in chapter.findings(dear, engagement).text()


def test_without_a_plan_it_is_not_said_that_everything_is_planned(engagement: Engagement) -> None:
    assert chapter.left_table(made({}), engagement).text() == chapter.findings(made({}), engagement).text()


def test_a_gap_that_data_only_price_is_not_said_to_be_seen(engagement: Engagement) -> None:
    table = chapter.gaps_table(made(ORDERS_ONLY), engagement)

    assert isinstance(table, Table)
    assert {row[2] for row in table.rows} == {"priced from the figures"}
