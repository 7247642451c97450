from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from crmplan.metrics.registry import Measured
from crmplan.planning import Initiative, PlanFacts, make_plan
from crmplan.planning.gaps import GAP_COLUMNS, met_items, open_gaps

NAN = float("nan")
FACTS = PlanFacts(0.4, contact_cost=6.0, n_customers=20_000)


def _gaps(*rows: tuple[str, str, float, float, float, float]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["item", "title", "level", "shown_level", "target", "weight"])
    return frame.assign(area="marketing", gap=NAN)


def test_gaps_are_taken_from_people_and_else_from_data() -> None:
    gaps = open_gaps(
        _gaps(
            ("SY.2", "said", 1.0, 2.0, 3.0, 2.0),
            ("SY.3", "shown", NAN, 2.0, 3.0, 1.0),
            ("SY.4", "met", 3.5, 1.0, 3.0, 1.0),
            ("SY.1", "unknown", NAN, NAN, 3.0, 1.0),
        )
    )

    assert gaps[["title", "gap", "basis"]].to_numpy().tolist() == [["said", 2.0, "people"], ["shown", 1.0, "data"]]


def test_an_item_is_met_when_every_question_on_it_is() -> None:
    frame = _gaps(
        ("SY.2, MK.CH.1", "met", 3.0, NAN, 3.0, 1.0),
        ("SY.2", "open", 1.0, NAN, 3.0, 1.0),
        ("SY.1", "unknown", NAN, NAN, 3.0, 1.0),
    )

    assert met_items(frame) == {"MK.CH.1"}


def test_the_questions_of_a_readiness_result_fit_as_they_are() -> None:
    questions = pd.DataFrame(
        {
            "question": ["A", "B"], "covers": ["SY.2", "SY.3"], "title": ["one", "two"], "area": ["sales", "sales"],
            "said": [1.0, NAN], "shown": [NAN, 2.0], "target": [3.0, 3.0], "gap": [2.0, 1.0], "weight": [1.0, 1.0],
            "is_applicable": [True, False], "initiatives": ["INI-WELCOME", ""],
        }
    )  # fmt: skip

    assert open_gaps(questions)["title"].tolist() == ["one"]


def test_nothing_known_gives_no_plan_and_says_what_is_needed(initiatives: tuple[Initiative, ...]) -> None:
    plan = make_plan(initiatives, pd.DataFrame(), {})

    assert plan.unavailable.startswith("needs answers")
    assert plan.actions == ()
    assert list(plan.gaps.columns) == list(GAP_COLUMNS)
    assert len(plan.unpriced) > 10


def test_without_answers_the_data_alone_make_a_plan(
    initiatives: tuple[Initiative, ...], everything: dict[str, Measured]
) -> None:
    plan = make_plan(initiatives, pd.DataFrame(), everything, facts=FACTS)

    assert plan.unavailable == ""
    assert set(plan.gaps["basis"]) == {"money"}
    assert plan.gaps["is_top"].sum() == 5
    middles = (plan.gaps["worth_low"] + plan.gaps["worth_high"]).to_numpy()
    assert (middles[:-1] >= middles[1:]).all()


def test_what_is_needed_comes_first(initiatives: tuple[Initiative, ...], everything: dict[str, Measured]) -> None:
    plan = make_plan(initiatives, pd.DataFrame(), everything, facts=FACTS)
    place = {one.initiative: (one.phase, position) for position, one in enumerate(plan.actions)}

    for action in plan.actions:
        for name in action.needs:
            assert place[name] < place[action.initiative]


def test_a_prerequisite_that_is_met_is_not_planned(
    initiatives: tuple[Initiative, ...], everything: dict[str, Measured]
) -> None:
    calls = next(one for one in initiatives if one.id == "INI-CALL-REASONS")
    met = _gaps(*((item, item, 4.0, NAN, 3.0, 1.0) for item in calls.closes))

    action = make_plan(initiatives, met, everything, facts=FACTS).action("INI-FIRST-FIX")

    assert action is not None
    assert action.needs == ()


def test_phases_hold_no_more_than_they_can(
    initiatives: tuple[Initiative, ...], everything: dict[str, Measured]
) -> None:
    plan = make_plan(initiatives, pd.DataFrame(), everything, facts=FACTS)

    for phase, capacity in enumerate(FACTS.capacity_days, start=1):
        inside = [one for one in plan.actions if one.phase == phase]
        assert len(inside) == 1 or sum(one.effort for one in inside) <= capacity
        for department in ("sales", "marketing", "call_center", "operations"):
            assert sum(one.change_load.get(department, 0) for one in inside) <= FACTS.change_capacity


def test_money_that_two_draw_on_is_counted_once(
    initiatives: tuple[Initiative, ...], everything: dict[str, Measured]
) -> None:
    plan = make_plan(initiatives, pd.DataFrame(), everything, facts=FACTS)
    highs = {one.worth.pool: 0.0 for one in plan.actions if one.worth.high}
    for one in plan.actions:
        if one.worth.high:
            highs[one.worth.pool] = max(highs[one.worth.pool], one.worth.high)

    assert plan.overlaps
    assert plan.worth_high is not None
    assert plan.worth_high <= sum(highs.values())
    for overlap in plan.overlaps:
        assert overlap.counted in overlap.initiatives


def test_what_costs_more_than_it_brings_is_left_with_the_reason(
    initiatives: tuple[Initiative, ...], everything: dict[str, Measured]
) -> None:
    dear = make_plan(initiatives, pd.DataFrame(), everything, facts=PlanFacts(0.4, day_rate=1e9))

    assert dear.actions == ()
    assert dear.worth_low is None
    assert {one.reason for one in dear.left} == {"costs more than it brings"}


def test_groundwork_stays_within_what_the_plan_brings(initiatives: tuple[Initiative, ...]) -> None:
    fall = Measured("falling_revenue", "Lost", "currency", "computed", 1_500_000.0, 100, "customers")
    gaps = _gaps(*((item, item, 1.0, NAN, 3.0, 1.0) for one in initiatives for item in one.closes))
    plan = make_plan(initiatives, gaps, {"falling_revenue": fall}, facts=FACTS)
    groundwork = [one for one in plan.actions if one.worth.middle == 0]

    assert plan.worth_high is not None
    assert sum((one.cost_low + one.cost_high) / 2 for one in groundwork) <= plan.worth_high
    assert any(one.reason.startswith("groundwork beyond") for one in plan.left)


def test_unpriced_initiatives_follow_the_weight_of_their_gaps(initiatives: tuple[Initiative, ...]) -> None:
    gaps = _gaps(("IC.6", "light", 2.0, NAN, 3.0, 1.0), ("CC.PK.5", "heavy", 0.0, NAN, 3.0, 3.0))

    names = [one.initiative for one in make_plan(initiatives, gaps, {}).actions]

    assert names.index("INI-SKILLS") < names.index("INI-DECISION-RIGHTS")


def test_first_steps_are_those_of_the_first_phase_in_order_of_days(
    initiatives: tuple[Initiative, ...], everything: dict[str, Measured]
) -> None:
    plan = make_plan(initiatives, pd.DataFrame(), everything, facts=FACTS)
    first = {one.initiative for one in plan.actions if one.phase == 1}

    assert set(plan.first_steps["initiative"]) == first
    assert plan.first_steps["day"].is_monotonic_increasing
    assert set(plan.first_steps["day"]) == {30, 60, 90}


def test_the_order_of_initiatives_and_rows_does_not_matter_and_nothing_is_changed(
    initiatives: tuple[Initiative, ...], everything: dict[str, Measured]
) -> None:
    gaps = _gaps(
        ("SY.2", "a", 1.0, NAN, 3.0, 2.0), ("SY.3", "b", 2.0, NAN, 3.0, 1.0), ("IC.6", "c", 1.0, NAN, 3.0, 1.0)
    )
    before = gaps.copy()
    one = make_plan(initiatives, gaps, everything, facts=FACTS)
    other = make_plan(initiatives[::-1], gaps.iloc[::-1], everything, facts=FACTS)

    pd.testing.assert_frame_equal(one.gaps, other.gaps)
    assert [action.initiative for action in one.actions] == [action.initiative for action in other.actions]
    assert one.worth_high == pytest.approx(other.worth_high)
    pd.testing.assert_frame_equal(gaps, before)


def test_a_plan_can_be_kept_and_read_again(
    initiatives: tuple[Initiative, ...], everything: dict[str, Measured], tmp_path: object
) -> None:
    from pathlib import Path

    from crmplan.kept import Kept

    plan = make_plan(initiatives, pd.DataFrame(), everything, facts=FACTS)
    again = Kept(Path(str(tmp_path))).keep("plan", "key", plan, seconds=0.0)

    assert again.actions == plan.actions
    pd.testing.assert_frame_equal(again.gaps, plan.gaps)
    assert again.facts == plan.facts


def test_no_territory_is_said_to_fall_where_none_does_or_none_is_known(
    initiatives: tuple[Initiative, ...], everything: dict[str, Measured]
) -> None:
    calm = {**everything, "falling_territories_share": replace(everything["falling_territories_share"], value=0.0)}
    unknown = {id: one for id, one in everything.items() if id != "falling_territories_share"}

    for measured in (calm, unknown):
        plan = make_plan(initiatives, pd.DataFrame(), measured, facts=FACTS)

        assert plan.action("INI-TERRITORY") is None
        assert "INI-TERRITORY" not in set(plan.gaps["initiative"])
    assert make_plan(initiatives, pd.DataFrame(), everything, facts=FACTS).action("INI-TERRITORY") is not None


def test_a_counted_gap_leads_to_its_initiative_by_the_share_that_is_short(initiatives: tuple[Initiative, ...]) -> None:
    counted = pd.DataFrame(
        [("7 of 10 not linked", "systems", 7, 10, 2.0, "INI-LINKS"), ("1 of 10 open", "rights", 1, 10, 2.0, "INI-X")],
        columns=["title", "basis", "n_short", "n_of", "weight", "initiatives"],
    )

    plan = make_plan(initiatives, _gaps(("IT.5", "rated", 1.0, NAN, 3.0, 1.0)), {}, counted=counted, facts=FACTS)

    assert plan.gaps[["title", "gap", "initiative"]].to_numpy().tolist() == [
        ["7 of 10 not linked", 3.5, "INI-LINKS"], ["rated", 2.0, "INI-LINKS"], ["1 of 10 open", 0.5, ""],
    ]  # fmt: skip
    assert plan.gaps["n_of"].tolist()[0] == 10
    action = plan.action("INI-LINKS")
    assert action is not None
    assert action.gap_weight == 3.5 * 2.0 + 2.0


def test_what_is_counted_alone_makes_a_plan(initiatives: tuple[Initiative, ...]) -> None:
    counted = pd.DataFrame(
        [{"title": "t", "basis": "systems", "n_short": 1, "n_of": 2, "weight": 2.0, "initiatives": "INI-LINKS"}]
    )

    plan = make_plan(initiatives, pd.DataFrame(), {}, counted=counted)

    assert plan.unavailable == ""
    assert {one.initiative for one in plan.actions} >= {"INI-LINKS", "INI-IT-STRATEGY"}


def test_of_initiatives_without_a_price_the_one_that_the_question_names_first_closes_its_gap(
    initiatives: tuple[Initiative, ...],
) -> None:
    gaps = _gaps(("SM.CC.2", "Profit of each account", 1.0, NAN, 3.0, 1.0))
    gaps["initiatives"] = "INI-PROFIT-VIEW, INI-CONTRACTS"

    plan = make_plan(initiatives, gaps, {}, facts=FACTS)

    assert plan.gaps["initiative"].tolist() == ["INI-PROFIT-VIEW"]
