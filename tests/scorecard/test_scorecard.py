from __future__ import annotations

import random
from dataclasses import replace

import pytest

from crmplan.metrics.registry import Measured
from crmplan.scorecard import KPI, Rules, build_scorecard
from crmplan.scorecard.balance import broken, needed_leading
from crmplan.scorecard.selection import phases_of

GOALS = ("Keep more of our customers.", "Answer calls faster.")


def test_the_proposal_is_balanced(kpis: tuple[KPI, ...], everything: dict[str, Measured]) -> None:
    scorecard = build_scorecard(kpis, everything, goals=GOALS)

    assert scorecard.broken == ()
    assert 12 <= len(scorecard.chosen) <= 16
    assert len(scorecard.chosen) + len(scorecard.candidates) == len(kpis)
    assert all(entry.baseline is not None for entry in scorecard.chosen)


@pytest.mark.parametrize("seed", range(4))
def test_any_part_of_the_data_gives_a_balanced_proposal(
    kpis: tuple[KPI, ...], everything: dict[str, Measured], seed: int
) -> None:
    drawn = random.Random(seed)  # noqa: S311 - which metrics are there
    some = {id: one for id, one in everything.items() if drawn.random() < 0.3}

    assert build_scorecard(kpis, some, goals=GOALS).broken == ()


def test_the_order_of_kpis_and_metrics_does_not_matter(kpis: tuple[KPI, ...], everything: dict[str, Measured]) -> None:
    first = build_scorecard(kpis, everything, goals=GOALS)
    second = build_scorecard(kpis[::-1], dict(reversed(everything.items())), goals=GOALS)

    assert first == second


def test_without_any_figure_there_is_a_proposal_without_baselines(kpis: tuple[KPI, ...]) -> None:
    scorecard = build_scorecard(kpis, {})

    assert scorecard.unavailable == ""
    assert len(scorecard.chosen) == 12
    assert all(entry.baseline is None and entry.needed for entry in scorecard.chosen)


def test_without_kpis_there_is_no_scorecard() -> None:
    assert build_scorecard((), {}).unavailable == "needs KPIs in the templates"


def test_every_goal_whose_words_are_known_gets_a_kpi(kpis: tuple[KPI, ...], everything: dict[str, Measured]) -> None:
    scorecard = build_scorecard(kpis, everything, goals=(*GOALS, "Paint the office blue."))

    assert scorecard.goals[GOALS[0]][0] == "KPI-KEPT-CUSTOMERS"
    assert scorecard.goals[GOALS[1]]
    assert scorecard.goals["Paint the office blue."] == ()


def test_what_can_be_read_goes_before_what_must_be_collected(
    kpis: tuple[KPI, ...], everything: dict[str, Measured]
) -> None:
    orders_only = {id: everything[id] for id in ("repeat_share", "average_order_value", "customer_equity")}
    chosen = {entry.kpi for entry in build_scorecard(kpis, orders_only).chosen}

    assert {"KPI-REPEAT-BUYERS", "KPI-ORDER-SIZE", "KPI-BASE-VALUE"} <= chosen


def test_kpis_of_contracts_wait_where_there_are_no_contracts(kpis: tuple[KPI, ...]) -> None:
    none = Measured("contract_churn_share", "Lost", "share", "not_available", reason="needs contracts")
    scorecard = build_scorecard(kpis, {"contract_churn_share": none}, goals=GOALS)

    entry = scorecard.entry("KPI-CONTRACT-CHURN")
    assert entry is not None
    assert entry.score == 0
    assert entry not in scorecard.chosen


def test_a_rule_that_binds_is_named(kpis: tuple[KPI, ...], everything: dict[str, Measured]) -> None:
    scorecard = build_scorecard(kpis, everything, rules=Rules(department_max=3))

    assert any(text.startswith("at most 3 for") and "was left out" in text for text in scorecard.binding)


def test_broken_rules_are_named(kpis: tuple[KPI, ...], everything: dict[str, Measured]) -> None:
    chosen = build_scorecard(kpis, everything).chosen
    lagging = [replace(entry, kind="lagging", perspective="financial", department="sales") for entry in chosen]

    said = " | ".join(broken(lagging[:10]))

    assert "10 KPIs in all; 12 to 16 are wanted" in said
    assert "0 in the perspective learning and growth" in said
    assert "10 for sales; at most 5" in said
    assert f"0 that show early where things go; at least {needed_leading(10, Rules())}" in said


def test_departments_have_their_own_part(kpis: tuple[KPI, ...], everything: dict[str, Measured]) -> None:
    scorecard = build_scorecard(kpis, everything, goals=GOALS)
    departments = {entry.kpi: entry.department for entry in (*scorecard.chosen, *scorecard.candidates)}

    assert set(scorecard.departments) == {"management", "marketing", "sales", "call_center", "operations"}
    for department, ids in scorecard.departments.items():
        assert {departments[id] for id in ids} == {department}
        assert len(ids) <= 6


@pytest.mark.parametrize(
    ("goal", "phases"),
    [
        ("Bring more first-time buyers to a second purchase.", ("retention",)),
        ("Win new customers in the north", ("acquisition",)),
        ("Work against waste", ()),
        ("Sell more products to each customer", ("selling_across",)),
    ],
)
def test_goals_are_read_by_their_words(goal: str, phases: tuple[str, ...]) -> None:
    assert phases_of(goal) == phases
