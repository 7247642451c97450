"""Which initiatives the money carries: those that can pay, what these need, and groundwork within what they bring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from crmplan.planning.factors import PlanFacts
from crmplan.planning.sequence import Action, pays

__all__ = ["Overlap", "affordable", "total", "worthwhile"]


@dataclass(frozen=True, slots=True)
class Overlap:
    """Initiatives that draw on the same money; only the largest, ``counted``, is in the total."""

    pool: str
    initiatives: tuple[str, ...]
    counted: str


def worthwhile(actions: Sequence[Action]) -> list[Action]:
    """Return the actions that can bring back its cost or closes a gap that cannot be priced, and what these need."""
    by_id = {action.initiative: action for action in actions}
    waiting = [one.initiative for one in actions if pays(one) and (one.gap_weight > 0 or one.worth.middle > 0)]
    kept: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in kept:
            kept.add(name)
            waiting.extend(by_id[name].needs)
    return [action for action in actions if action.initiative in kept]


def affordable(ordered: Sequence[Action], facts: PlanFacts) -> tuple[tuple[Action, ...], tuple[Action, ...]]:
    """Return the actions that the plan carries, and those it does not, with the reason.

    What cannot be priced and is needed by nothing that pays is taken up, in order, while its cost stays within
    ``groundwork_share`` of what the priced ones bring in a year at best. Where nothing is priced there is no such
    measure, and all of it is carried.
    """
    best = total([one for one in ordered if pays(one)])[1]
    if best is None:
        return tuple(ordered), ()
    needed = _needs_of([one for one in ordered if one.worth.middle > 0], ordered)
    budget = facts.groundwork_share * best
    carried: list[Action] = []
    dropped: dict[str, Action] = {}
    for action in ordered:
        cost = (action.cost_low + action.cost_high) / 2
        if action.worth.middle > 0 or action.initiative in needed:
            carried.append(action)
        elif cost <= budget and not any(name in dropped for name in action.needs):
            carried.append(action)
            budget -= cost
        else:
            reason = "groundwork beyond what the plan brings in a year at best"
            dropped[action.initiative] = replace(action, reason=reason)
    return tuple(carried), tuple(dropped.values())


def _needs_of(start: Sequence[Action], among: Sequence[Action]) -> set[str]:
    by_id = {action.initiative: action for action in among}
    waiting = [name for action in start for name in action.needs]
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in by_id and name not in found:
            found.add(name)
            waiting.extend(by_id[name].needs)
    return found


def total(planned: Sequence[Action]) -> tuple[float | None, float | None, tuple[Overlap, ...]]:
    """Return worth with each pool of money counted once: the largest initiative stands for its pool."""
    pools: dict[str, list[Action]] = {}
    for action in planned:
        if action.worth.middle > 0:
            pools.setdefault(action.worth.pool, []).append(action)
    if not pools:
        return None, None, ()
    counted = {pool: max(inside, key=lambda one: one.worth.middle) for pool, inside in pools.items()}
    overlaps = tuple(
        Overlap(pool, tuple(one.name for one in inside), counted[pool].name)
        for pool, inside in pools.items()
        if len(inside) > 1
    )
    low = sum(one.worth.low or 0.0 for one in counted.values())
    high = sum(one.worth.high or 0.0 for one in counted.values())
    return low, high, overlaps
