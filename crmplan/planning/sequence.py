"""In which order initiatives are taken up, and in which phase each fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from crmplan.planning.factors import PlanFacts, Worth

__all__ = ["PHASES", "Action", "in_order", "in_phases", "pays"]

PHASES = ("first ninety days", "months 4 to 9", "months 10 to 18")
"""The three phases of a plan."""


@dataclass(frozen=True, slots=True)
class Action:
    """An initiative at a client.

    Parameters
    ----------
    initiative, name, problem, what, owner, risk, needs, moves, change_load
        From the definition; ``needs`` without prerequisites that are met already.
    gaps
        Titles of the open gaps that it closes.
    gap_weight
        Sum over them of gap times weight.
    worth
        What it is worth in a year.
    cost_low, cost_high
        Effort and the first year's running, in the client's currency.
    effort_low, effort_high, running_days
        Person-days until it runs, and a month.
    phase
        1 to 3; 0 when it is not planned.
    reason
        Why it stands where it stands, or why it is not planned.
    """

    initiative: str
    name: str
    problem: str
    what: str
    owner: str
    risk: str
    needs: tuple[str, ...]
    moves: tuple[str, ...]
    change_load: dict[str, int]
    gaps: tuple[str, ...]
    gap_weight: float
    worth: Worth
    cost_low: float
    cost_high: float
    effort_low: float
    effort_high: float
    running_days: float
    phase: int = 0
    reason: str = ""

    @property
    def net(self) -> float:
        """Worth less cost of the first year, each halfway between its bounds."""
        return self.worth.middle - (self.cost_low + self.cost_high) / 2

    @property
    def effort(self) -> float:
        """Person-days until it runs, halfway between the bounds."""
        return (self.effort_low + self.effort_high) / 2


def pays(action: Action) -> bool:
    """Return whether an initiative can bring back its cost; what cannot be priced may."""
    return action.worth.high is None or action.worth.high >= action.cost_low


def in_order(actions: Sequence[Action]) -> tuple[Action, ...]:
    """Return the actions by worth less cost and then by gap weight, each after those it needs.

    What can bring back its cost comes first, what cannot be priced next, what others need although it does not last.
    """
    by_id = {action.initiative: action for action in actions}
    done: dict[str, Action] = {}

    def place(action: Action) -> None:
        if action.initiative in done:
            return
        for name in action.needs:
            if name in by_id:
                place(by_id[name])
        done[action.initiative] = action

    for action in sorted(actions, key=_rank):
        place(action)
    return tuple(done.values())


def in_phases(actions: Sequence[Action], facts: PlanFacts) -> tuple[Action, ...]:
    """Return the actions with their phase: the first that has room, not before the phase of what is needed.

    A phase has room for the person-days of ``capacity_days`` and, in each department, for ``change_capacity`` points
    of change; one initiative alone always fits. What fits nowhere gets phase 0.
    """
    days = [0.0 for _ in PHASES]
    change: list[dict[str, int]] = [{} for _ in PHASES]
    phases: dict[str, int] = {}
    placed = []
    names = {action.initiative: action.name for action in actions}
    for action in actions:
        needed = [phases[name] for name in action.needs if name in phases]
        phase = 0 if 0 in needed else _first_with_room(action, max(needed, default=1), days, change, facts)
        phases[action.initiative] = phase
        if phase:
            days[phase - 1] += action.effort
            for department, load in action.change_load.items():
                change[phase - 1][department] = change[phase - 1].get(department, 0) + load
        placed.append(replace(action, phase=phase, reason=action.reason or _reason(action, phase, names)))
    return tuple(placed)


def _first_with_room(
    action: Action, start: int, days: Sequence[float], change: Sequence[Mapping[str, int]], facts: PlanFacts
) -> int:
    for phase in range(start, len(PHASES) + 1):
        used, load = days[phase - 1], change[phase - 1]
        fits_days = used + action.effort <= facts.capacity_days[phase - 1] or used == 0
        fits_change = used == 0 or all(
            load.get(department, 0) + points <= facts.change_capacity
            for department, points in action.change_load.items()
        )
        if fits_days and fits_change:
            return phase
    return 0


def _reason(action: Action, phase: int, names: Mapping[str, str]) -> str:
    if phase == 0:
        return "the departments it changes have enough other changes in the three phases"
    after = [f"after '{names[name]}'" for name in action.needs if name in names]
    trial = ["as a trial: it has still to show that it pays"] if not action.worth.unavailable and action.net < 0 else []
    return "; ".join((*after, *trial))


def _rank(action: Action) -> tuple[int, float, float, str]:
    if action.worth.unavailable:
        return (1, -action.gap_weight, action.cost_low, action.initiative)
    return (0 if pays(action) else 2, -action.net, -action.gap_weight, action.initiative)
