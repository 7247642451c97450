"""When a set of KPIs is balanced: few enough to be steered by, and no side of the company left out."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from crmplan.scorecard.baseline import Entry
from crmplan.scorecard.kpis import PERSPECTIVES

__all__ = ["Rules", "broken", "needed_leading", "why_not"]


@dataclass(frozen=True, slots=True)
class Rules:
    """Bounds of a balanced scorecard: KPIs in all, per perspective, per department, and the leading share."""

    total_min: int = 12
    total_max: int = 16
    perspective_min: int = 2
    perspective_max: int = 6
    department_max: int = 5
    leading_share: float = 1 / 3


def needed_leading(total: int, rules: Rules) -> int:
    """Return how many of ``total`` KPIs must be leading.

    Examples
    --------
    >>> needed_leading(12, Rules()), needed_leading(13, Rules())
    (4, 5)
    """
    return math.ceil(round(total * rules.leading_share, 9))


def broken(chosen: Sequence[Entry], rules: Rules | None = None) -> tuple[str, ...]:
    """Return the rules that a set of KPIs breaks, in words; empty when it is balanced.

    Parameters
    ----------
    chosen
        The KPIs of the scorecard.
    rules
        The bounds.
    """
    rules = rules or Rules()
    said: list[str] = []
    if not rules.total_min <= len(chosen) <= rules.total_max:
        said.append(f"{len(chosen)} KPIs in all; {rules.total_min} to {rules.total_max} are wanted")
    perspectives = Counter(entry.perspective for entry in chosen)
    for perspective in PERSPECTIVES:
        n = perspectives[perspective]
        if not rules.perspective_min <= n <= rules.perspective_max:
            bounds = f"{rules.perspective_min} to {rules.perspective_max} are wanted"
            said.append(f"{n} in the perspective {_spoken(perspective)}; {bounds}")
    for department, n in sorted(Counter(entry.department for entry in chosen).items()):
        if n > rules.department_max:
            said.append(f"{n} for {_spoken(department)}; at most {rules.department_max} are wanted")
    n_leading = sum(entry.kind == "leading" for entry in chosen)
    if n_leading < needed_leading(len(chosen), rules):
        wanted = needed_leading(len(chosen), rules)
        said.append(f"{n_leading} that show early where things go; at least {wanted} are wanted")
    return tuple(said)


def why_not(entry: Entry, chosen: Sequence[Entry], rules: Rules) -> str:
    """Return the upper bound that keeps a KPI from being added, in words; empty when it may be added."""
    if len(chosen) >= rules.total_max:
        return f"at most {rules.total_max} KPIs in all"
    if sum(other.perspective == entry.perspective for other in chosen) >= rules.perspective_max:
        return f"at most {rules.perspective_max} in the perspective {_spoken(entry.perspective)}"
    if sum(other.department == entry.department for other in chosen) >= rules.department_max:
        return f"at most {rules.department_max} for {_spoken(entry.department)}"
    return ""


def _spoken(name: str) -> str:
    names = {
        "learning_growth": "learning and growth",
        "internal_process": "internal process",
        "call_center": "call centre",
    }
    return names.get(name, name)
