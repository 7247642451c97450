"""The plan: gaps in order of worth, the initiatives that close them, and what happens in the first ninety days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from crmplan.metrics.registry import Measured
from crmplan.planning.choice import Overlap, affordable, total, worthwhile
from crmplan.planning.factors import PlanFacts, Worth
from crmplan.planning.gaps import GAP_COLUMNS, counted_gaps, met_items, open_gaps, priced_gaps
from crmplan.planning.initiatives import Initiative
from crmplan.planning.sequence import Action, in_order, in_phases, pays
from crmplan.planning.shortfalls import with_shortfall
from crmplan.planning.worth import price

__all__ = ["Plan", "make_plan"]

_STEP_COLUMNS = ("day", "initiative", "name", "step", "owner")
_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do, in which order, and what it is worth.

    Parameters
    ----------
    gaps
        In order of worth: ``item, title, area, level, target, gap, weight, basis`` (people, data, money, or what was
        counted: capabilities, systems, rights), ``n_short`` of ``n_of`` (where it was counted), ``initiative`` (the
        worthiest that closes it), ``initiatives``, ``worth_low, worth_high`` (in a year), ``is_top`` (the five that
        matter).
    actions
        The initiatives planned, in order.
    left
        Initiatives that have a gap to close and are not planned, with the reason.
    first_steps
        What is done in the first ninety days: ``day`` (30, 60, 90), ``initiative, name, step, owner``.
    worth_low, worth_high
        What the planned initiatives bring in a year of full effect, money that several draw on counted once; None when
        nothing can be priced.
    cost_low, cost_high
        Effort and first year's running of the planned initiatives.
    overlaps
        Where initiatives draw on the same money.
    unpriced
        Initiatives whose worth could be reckoned if there were more data: name, and what it needs.
    facts
        What planning was told.
    unavailable
        Why there is no plan; empty when there is one.
    """

    gaps: pd.DataFrame
    actions: tuple[Action, ...]
    left: tuple[Action, ...]
    first_steps: pd.DataFrame
    worth_low: float | None
    worth_high: float | None
    cost_low: float
    cost_high: float
    overlaps: tuple[Overlap, ...]
    unpriced: tuple[tuple[str, str], ...]
    facts: PlanFacts
    unavailable: str = ""

    def action(self, initiative: str) -> Action | None:
        """Return an initiative, planned or not, by its id; None when it has no gap to close."""
        return next((one for one in (*self.actions, *self.left) if one.initiative == initiative), None)


def make_plan(
    initiatives: Sequence[Initiative],
    gaps: pd.DataFrame,
    measured: Mapping[str, Measured],
    *,
    counted: pd.DataFrame | None = None,
    facts: PlanFacts | None = None,
) -> Plan:
    """Return the plan for a client.

    Parameters
    ----------
    initiatives
        The library of initiatives.
    gaps
        One row per question, as :func:`crmplan.planning.gaps.open_gaps` takes it; may be empty.
    measured
        The client's figures by metric id.
    counted
        Gaps that are counted rather than rated, as :func:`crmplan.planning.gaps.counted_gaps` takes them; None when
        there are none.
    facts
        Margin, costs and capacity.
    """
    facts = facts or PlanFacts()
    worths = {one.id: _worth(one, measured, facts) for one in initiatives}
    below = open_gaps(gaps)
    if counted is not None and len(counted):
        below = pd.concat([below, counted_gaps(counted)], ignore_index=True)
    priced, weights = priced_gaps(below, initiatives, worths)
    wanted = _wanted(initiatives, worths, weights, met_items(gaps))
    actions = [_action(one, needs, gaps=priced, weights=weights, worths=worths, facts=facts) for one, needs in wanted]
    if not actions:
        return _empty(priced, _unpriced(initiatives, worths), facts)
    carried, dropped = affordable(in_order(worthwhile(actions)), facts)
    kept = {one.initiative for one in (*carried, *dropped)}
    too_dear = [one for one in actions if one.initiative not in kept and not pays(one)]
    dear = [replace(one, reason="costs more than it brings") for one in too_dear]
    placed = in_phases(carried, facts)
    planned = tuple(one for one in placed if one.phase)
    low, high, overlaps = total(planned)
    return Plan(
        gaps=priced,
        actions=tuple(sorted(planned, key=lambda one: one.phase)),
        left=(*(one for one in placed if not one.phase), *dropped, *in_order(dear)),
        first_steps=_first_steps(planned, initiatives),
        worth_low=low,
        worth_high=high,
        cost_low=sum((one.cost_low for one in planned), 0.0),
        cost_high=sum((one.cost_high for one in planned), 0.0),
        overlaps=overlaps,
        unpriced=_unpriced(initiatives, worths),
        facts=facts,
    )


def _unpriced(initiatives: Sequence[Initiative], worths: Mapping[str, Worth]) -> tuple[tuple[str, str], ...]:
    priceable = (one for one in initiatives if worths[one.id].pool and worths[one.id].unavailable)
    return tuple((one.name, worths[one.id].unavailable.removeprefix("cannot be priced: ")) for one in priceable)


def _empty(gaps: pd.DataFrame, unpriced: tuple[tuple[str, str], ...], facts: PlanFacts) -> Plan:
    needs = "needs answers to the checklists, or orders from which gaps can be priced"
    steps = pd.DataFrame(columns=list(_STEP_COLUMNS))
    frame = gaps if len(gaps) else pd.DataFrame(columns=list(GAP_COLUMNS))
    return Plan(frame, (), (), steps, None, None, 0.0, 0.0, (), unpriced, facts, unavailable=needs)


def _worth(initiative: Initiative, measured: Mapping[str, Measured], facts: PlanFacts) -> Worth:
    rule = initiative.worth
    return with_shortfall(price(rule.rule, measured, facts, low=rule.low, high=rule.high), measured)


def _wanted(
    initiatives: Sequence[Initiative],
    worths: Mapping[str, Worth],
    weights: Mapping[str, float],
    met: frozenset[str],
) -> list[tuple[Initiative, tuple[str, ...]]]:
    """Return the initiatives with a gap to close or money to bring, and those they need, each with its open needs."""
    by_id = {one.id: one for one in initiatives}
    waiting = [one.id for one in initiatives if weights[one.id] > 0 or worths[one.id].middle > 0]
    found: dict[str, tuple[str, ...]] = {}
    while waiting:
        id = waiting.pop(0)
        if id in found:
            continue
        # A prerequisite all of whose items are at their target is there already.
        found[id] = tuple(name for name in by_id[id].needs if not _is_met(by_id[name], met))
        waiting.extend(found[id])
    return [(one, found[one.id]) for one in initiatives if one.id in found]


def _is_met(initiative: Initiative, met: frozenset[str]) -> bool:
    return all(item in met for item in initiative.closes)


def _action(
    one: Initiative,
    needs: tuple[str, ...],
    *,
    gaps: pd.DataFrame,
    weights: Mapping[str, float],
    worths: Mapping[str, Worth],
    facts: PlanFacts,
) -> Action:
    closes = [one.id in ids.split(", ") for ids in gaps["initiatives"]]
    low, high = (facts.effort_scale() * days for days in (one.effort_days.low, one.effort_days.high))
    running = facts.running_scale() * one.running_days_a_month
    return Action(
        initiative=one.id,
        name=one.name,
        problem=one.problem,
        what=one.what.strip(),
        owner=one.owner,
        risk=one.risk,
        needs=needs,
        moves=tuple(one.moves),
        change_load={str(department): load for department, load in one.change_load.items()},
        gaps=tuple(gaps.loc[closes, "title"]),
        gap_weight=weights[one.id],
        worth=worths[one.id],
        cost_low=facts.day_rate * (low + _MONTHS * running),
        cost_high=facts.day_rate * (high + _MONTHS * running),
        effort_low=low,
        effort_high=high,
        running_days=running,
    )


def _first_steps(planned: Sequence[Action], initiatives: Sequence[Initiative]) -> pd.DataFrame:
    by_id = {one.id: one for one in initiatives}
    rows = [
        (day, action.initiative, action.name, step, action.owner)
        for day in (30, 60, 90)
        for action in planned
        if action.phase == 1
        for step in getattr(by_id[action.initiative].first_steps, f"days_{day}")
    ]
    return pd.DataFrame(rows, columns=list(_STEP_COLUMNS))
