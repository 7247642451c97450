"""One KPI at one client: where it stands today, a first target, and what is missing to measure it.

A KPI that cannot be measured has no baseline; it never has a baseline of 0.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from crmplan.metrics.registry import Measured, Unit
from crmplan.scorecard.kpis import KPI

__all__ = ["Availability", "Entry", "first_target", "place"]

Availability = Literal["have", "derivable", "must_collect"]

_TABLE_MISSING = re.compile(r"^\w+( \(made from [^)]*\))?$")


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a scorecard.

    Parameters
    ----------
    kpi, name, question, decides, perspective, department, phase, kind, metric, definition, exclude, unit, direction,
    rhythm, owner, side_effects, pair_with, not_for, cost, gotchas, goal_words
        From the definition of the KPI.
    baseline, low, high, n, counts, start, end
        The figure today in ``unit``, its 95 % interval, the rows it rests on, and its period; None and 0 when there
        is none.
    target, target_rule, target_amount, target_provenance
        First target in ``unit``, the rule it follows from, and ``placeholder`` until the client has agreed it.
    availability
        ``have``: measured. ``derivable``: the data are there, yet a column or enough rows are missing.
        ``must_collect``: nothing to measure it by has come.
    needed
        What is missing; empty when measured.
    score
        0 to 1: how well it serves as a KPI now.
    serves
        The client's goals it speaks to, in their order.
    """

    kpi: str
    name: str
    question: str
    decides: str
    perspective: str
    department: str
    phase: str
    kind: str
    metric: str
    definition: str
    exclude: str
    unit: Unit
    direction: Literal["up", "down"]
    rhythm: str
    owner: str
    side_effects: str
    pair_with: str
    not_for: str
    cost: str
    gotchas: tuple[str, ...]
    goal_words: tuple[str, ...]
    availability: Availability
    needed: str
    baseline: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0
    counts: str = ""
    start: date | None = None
    end: date | None = None
    target: float | None = None
    target_rule: str = ""
    target_amount: float = 0.0
    target_provenance: str = "placeholder"
    score: float = 0.0
    serves: tuple[str, ...] = ()


def place(kpi: KPI, measured: Mapping[str, Measured]) -> Entry:
    """Return a KPI as it stands at a client.

    Parameters
    ----------
    kpi
        The definition.
    measured
        The client's figures by metric id.
    """
    found = measured.get(kpi.metric) if kpi.metric else None
    availability, needed = _availability(kpi, found)
    rule, amount = _rule(kpi)
    known = found if found is not None and availability == "have" else None
    baseline = known.value if known else None
    return Entry(
        kpi.id, kpi.name, kpi.question, kpi.decides, kpi.perspective, kpi.department, kpi.phase, kpi.kind, kpi.metric,
        kpi.definition, kpi.exclude, kpi.unit, kpi.direction, kpi.rhythm, kpi.owner, kpi.side_effects, kpi.pair_with,
        kpi.not_for, kpi.cost, tuple(kpi.gotchas), tuple(kpi.goal_words), availability, needed,
        baseline=baseline,
        low=known.low if known else None,
        high=known.high if known else None,
        n=known.n if known else 0,
        counts=known.counts if known else "",
        start=known.start if known else None,
        end=known.end if known else None,
        target=first_target(kpi, baseline),
        target_rule=rule,
        target_amount=amount,
    )  # fmt: skip


def first_target(kpi: KPI, baseline: float | None) -> float | None:
    """Return the placeholder target; never worse than the baseline, never beyond the best that can be.

    None when it cannot be set: without a baseline an improvement has no start, and a share of nothing is nothing.
    """
    reach = kpi.target.reach
    if baseline is None:
        return reach
    sign = 1 if kpi.direction == "up" else -1
    if reach is not None:
        wanted = reach
    elif kpi.target.improve_by_points is not None:
        wanted = baseline + sign * kpi.target.improve_by_points
    else:
        wanted = baseline + sign * abs(baseline) * float(kpi.target.improve_by_share or 0)
        if baseline == 0 and kpi.direction == "up":
            return None
    best = _best(kpi, baseline)
    if best is not None:
        wanted = min(wanted, best) if sign > 0 else max(wanted, best)
    return max(wanted, baseline) if sign > 0 else min(wanted, baseline)


def _best(kpi: KPI, baseline: float) -> float | None:
    if kpi.best is not None:
        return kpi.best
    if kpi.direction == "down":
        return 0.0 if baseline >= 0 else None
    # Growth is a share too, yet may lie above 1; what lies within 0 and 1 stays there.
    return 1.0 if kpi.unit == "share" and 0 <= baseline <= 1 else None


def _rule(kpi: KPI) -> tuple[str, float]:
    target = kpi.target
    if target.reach is not None:
        return "reach", target.reach
    if target.improve_by_points is not None:
        return "improve_by_points", target.improve_by_points
    return "improve_by_share", float(target.improve_by_share or 0)


def _availability(kpi: KPI, found: Measured | None) -> tuple[Availability, str]:
    if not kpi.metric:
        return "must_collect", kpi.collect
    if found is None:
        return "must_collect", "has not been measured"
    if found.is_computed and found.value is not None:
        return "have", ""
    reason = found.reason or "has not been measured"
    if found.status == "too_few_rows" or not reason.startswith("needs "):
        return "derivable", reason
    parts = reason.removeprefix("needs ").split("; ")
    # A bare name means that no such table has come; "orders (cost)", that it came without a column.
    return ("must_collect" if any(_TABLE_MISSING.match(part) for part in parts) else "derivable"), reason
