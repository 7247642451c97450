from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmplan.metrics.registry import Measured
from crmplan.scorecard import KPI, load_kpis
from crmplan.scorecard.baseline import first_target, place
from crmplan.scorecard.kpis import TargetRule

LIBRARY = {kpi.id: kpi for kpi in load_kpis()}
RULES = [TargetRule(improve_by_share=0.1), TargetRule(improve_by_points=0.03), TargetRule(reach=0.6)]


def _kpi(**changes: Any) -> KPI:
    return LIBRARY["KPI-SECOND-PURCHASE"].model_copy(update=changes)


@given(
    baseline=st.floats(-1e6, 1e6),
    rule=st.sampled_from(RULES),
    direction=st.sampled_from(["up", "down"]),
    unit=st.sampled_from(["share", "currency", "points"]),
)
def test_a_target_is_never_worse_than_the_baseline(
    baseline: float, rule: TargetRule, direction: str, unit: str
) -> None:
    target = first_target(_kpi(target=rule, direction=direction, unit=unit), baseline)

    assert target is None or (target >= baseline if direction == "up" else target <= baseline)


@given(baseline=st.floats(0, 1), direction=st.sampled_from(["up", "down"]), rule=st.sampled_from(RULES))
def test_a_share_stays_between_nothing_and_all(baseline: float, direction: str, rule: TargetRule) -> None:
    target = first_target(_kpi(target=rule, direction=direction), baseline)

    assert target is None or 0 <= target <= 1


@pytest.mark.parametrize(
    ("rule", "direction", "baseline", "target"),
    [
        (TargetRule(improve_by_share=0.1), "up", 0.5, 0.55),
        (TargetRule(improve_by_share=0.1), "down", 0.5, 0.45),
        (TargetRule(improve_by_points=0.03), "down", 0.02, 0.0),
        (TargetRule(improve_by_share=0.5), "up", -0.2, -0.1),
        (TargetRule(reach=0.6), "up", 0.7, 0.7),
        (TargetRule(reach=0.6), "up", None, 0.6),
        (TargetRule(improve_by_share=0.1), "up", None, None),
        (TargetRule(improve_by_share=0.1), "up", 0.0, None),
    ],
)
def test_targets_worked_by_hand(rule: TargetRule, direction: str, baseline: float | None, target: float | None) -> None:
    assert first_target(_kpi(target=rule, direction=direction), baseline) == pytest.approx(target)


def test_a_target_stops_at_the_best_that_can_be() -> None:
    assert first_target(LIBRARY["KPI-SATISFACTION"], 4.95) == 5


def _measured(**changes: Any) -> Measured:
    base: dict[str, Any] = {"metric": "second_purchase_share", "label": "x", "unit": "share", "status": "not_available"}
    return Measured(**{**base, **changes})


@pytest.mark.parametrize(
    ("found", "availability"),
    [
        (_measured(status="computed", value=0.3, n=100), "have"),
        (_measured(status="too_few_rows", reason="3 customers; at least 30 are needed"), "derivable"),
        (_measured(reason="needs orders (cost)"), "derivable"),
        (_measured(reason="needs data since 1 July 1996; they begin on 1 January 1997"), "derivable"),
        (_measured(reason="needs interactions"), "must_collect"),
        (_measured(reason="needs orders (cost); products"), "must_collect"),
        (_measured(reason="needs segments (made from orders)"), "must_collect"),
        (_measured(reason="the data hold no value for it"), "derivable"),
    ],
)
def test_availability_follows_from_what_is_missing(found: Measured, availability: str) -> None:
    entry = place(_kpi(), {"second_purchase_share": found})

    assert entry.availability == availability
    assert bool(entry.needed) == (availability != "have")


def test_a_missing_baseline_is_never_zero() -> None:
    for measured in ({}, {"second_purchase_share": _measured(reason="needs orders")}):
        entry = place(_kpi(), measured)

        assert entry.baseline is None
        assert entry.target is None
        assert entry.target_provenance == "placeholder"
