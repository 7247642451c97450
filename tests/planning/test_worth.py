from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmplan.metrics.registry import Measured, registry
from crmplan.planning import PlanFacts
from crmplan.planning.factors import Case
from crmplan.planning.shortfalls import SHORTFALLS, with_shortfall
from crmplan.planning.worth import CITED_METRICS, RULES, price

PRICED = [name for name, known in RULES.items() if known.rule is not None]
FACTS = PlanFacts(0.4, contact_cost=6.0, is_assumed=False)
ROOM = {"second_purchase_share": 1.0, "win_rate": 1.0, "contract_churn_share": 0.0}


def _measured(**values: float) -> dict[str, Measured]:
    known = registry()
    return {id: Measured(id, known[id].label, known[id].unit, "computed", value, 100) for id, value in values.items()}


def _all(scale: float = 1.0) -> dict[str, Measured]:
    values = {id: scale * (0.3 if registry()[id].unit == "share" else 500.0) for id in CITED_METRICS}
    return _measured(**values)


@pytest.mark.parametrize("rule", PRICED)
def test_every_rule_prices_and_its_words_hold_every_factor(rule: str) -> None:
    worth = price(rule, _all(), FACTS, low=0.1, high=0.2)

    assert worth.unavailable == ""
    assert worth.low is not None
    assert worth.high is not None
    assert 0 < worth.low <= worth.high
    for factor in worth.factors:
        assert f"{{{factor.name}}}" in worth.formula
    assert worth.formula.count("{") == len(worth.factors)


@pytest.mark.parametrize("rule", PRICED)
def test_every_rule_says_what_is_short_with_figures_that_it_has(rule: str) -> None:
    worth = with_shortfall(price(rule, _all(), FACTS, low=0.1, high=0.2), _all())

    known = {factor.name for factor in (*worth.factors, *worth.beside)}
    assert worth.shortfall.format(**dict.fromkeys(known, "7")).count("7") >= 1
    assert all(factor.basis == "measured" for factor in worth.beside)
    assert set(SHORTFALLS) == set(PRICED)


def test_what_is_short_is_said_by_the_figure_that_there_is() -> None:
    without = {id: one for id, one in _all().items() if id != "white_space_share"}
    worth = with_shortfall(price("cross_sell", without, FACTS, low=0.1, high=0.2), without)

    assert worth.shortfall == "{single_category_share} of customers buy from one category only: {lacking} customers"
    assert with_shortfall(price("cross_sell", {}, FACTS, low=0.1, high=0.2), {}).shortfall == ""


@pytest.mark.parametrize("rule", PRICED)
def test_every_rule_says_what_it_needs_when_nothing_is_known(rule: str) -> None:
    worth = price(rule, {}, FACTS, low=0.1, high=0.2)

    assert worth.low is None
    assert worth.unavailable.startswith("cannot be priced: ")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rule=st.sampled_from(PRICED),
    low=st.floats(0, 0.5),
    more=st.floats(0, 0.5),
    margin=st.floats(0, 1),
)
def test_worth_is_never_negative_and_grows_with_gain(rule: str, low: float, more: float, margin: float) -> None:
    measured = {id: one for id, one in _all().items() if id != "margin_share"}
    facts = replace(FACTS, gross_margin_share=margin)
    small = price(rule, measured, facts, low=low, high=low)
    large = price(rule, measured, facts, low=low, high=low + more)

    assert small.low is not None
    assert large.high is not None
    assert 0 <= small.low <= large.high


@pytest.mark.parametrize("rule", PRICED)
@pytest.mark.parametrize("metric", sorted(CITED_METRICS))
def test_worth_grows_with_the_figures_that_are_no_limits(rule: str, metric: str) -> None:
    if metric in ROOM:
        return
    more = _all()
    more[metric] = replace(more[metric], value=2 * float(more[metric].value or 0))
    before, after = (price(rule, one, FACTS, low=0.1, high=0.2) for one in (_all(), more))

    assert before.middle <= after.middle


@pytest.mark.parametrize(
    ("rule", "metric", "value"),
    [
        ("raise_second_purchase", "second_purchase_share", 1.0),
        ("stop_decline", "falling_revenue", 0.0),
        ("stop_territory_decline", "falling_territories_share", 0.0),
        ("win_back", "inactive_share", 0.0),
        ("cross_sell", "white_space_share", 0.0),
        ("keep_contracts", "contract_churn_share", 0.0),
        ("win_more_deals", "win_rate", 1.0),
        ("fewer_wrong_items", "wrong_item_cost", 0.0),
        ("fewer_repeat_contacts", "repeat_contact_share", 0.0),
        ("faster_leads", "campaign_lead_no_followup_share", 0.0),
    ],
)
def test_where_there_is_nothing_to_gain_there_is_no_worth(rule: str, metric: str, value: float) -> None:
    measured = {**_all(), **_measured(**{metric: value})}

    assert price(rule, measured, FACTS, low=0.1, high=0.2).high == 0


def test_a_negative_figure_never_makes_a_negative_worth() -> None:
    measured = {**_all(), **_measured(margin_share=-0.2, falling_revenue=-100.0)}

    assert price("stop_decline", measured, FACTS, low=0.1, high=0.2).low == 0


def test_second_purchases_worked_by_hand() -> None:
    measured = _measured(
        new_customers=1000, second_purchase_share=0.3, average_order_value=50, revenue_per_customer=120
    )

    worth = price("raise_second_purchase", measured, FACTS, low=0.02, high=0.05)

    assert worth.low == pytest.approx(1000 * 0.02 * 50 * 0.4)
    assert worth.high == pytest.approx(1000 * 0.05 * 120 * 0.4)


def test_repeat_contacts_need_the_cost_of_a_contact() -> None:
    worth = price("fewer_repeat_contacts", _all(), PlanFacts(), low=0.1, high=0.2)

    assert worth.unavailable == (
        "cannot be priced: needs the cost of a contact with a customer, from the client's finance department"
    )


@pytest.mark.parametrize(
    ("facts", "has_cost", "basis", "low", "high"),
    [
        (PlanFacts(0.5, is_assumed=True), True, "measured", 0.3, 0.3),
        (PlanFacts(0.5, is_assumed=True), False, "assumed", 0.5, 0.5),
        (PlanFacts(0.5, is_assumed=False), False, "client", 0.5, 0.5),
        (PlanFacts(None), False, "assumed", 0.2, 0.4),
    ],
)
def test_the_margin_says_where_it_comes_from(
    facts: PlanFacts, has_cost: bool, basis: str, low: float, high: float
) -> None:
    measured = _all() if has_cost else {id: one for id, one in _all().items() if id != "margin_share"}

    margin = price("stop_decline", measured, facts, low=0.1, high=0.2).factors[-1]

    assert (margin.basis, margin.low, margin.high) == (basis, low, high)


def test_groundwork_brings_no_money_of_its_own() -> None:
    assert price("enables", _all(), FACTS).unavailable == "brings no money of its own; others stand on it"


def test_the_margin_of_a_few_lines_with_costs_does_not_go_before_the_one_known_for_all() -> None:
    measured = _measured(margin_share=0.9)
    resting, other = (replace(FACTS, margin_rests_on_costs=rests) for rests in (True, False))

    assert Case(measured, resting, 0.1, 0.2).margin().low == 0.9
    assert Case(measured, other, 0.1, 0.2).margin().low == 0.4
