"""The scorecard: a balanced set of KPIs with baselines from the client's own data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crmplan.metrics.registry import Measured
from crmplan.scorecard.balance import Rules, broken
from crmplan.scorecard.baseline import Entry, place
from crmplan.scorecard.kpis import DEPARTMENTS, KPI
from crmplan.scorecard.selection import choose, rate, serving

__all__ = ["Scorecard", "build_scorecard"]

_MOST_PER_DEPARTMENT = 6


@dataclass(frozen=True, slots=True)
class Scorecard:
    """The KPIs proposed, the candidates, and how balanced the proposal is.

    Parameters
    ----------
    chosen
        The proposed KPIs, by perspective and then by score.
    candidates
        All others, by score.
    departments
        KPI ids per department: those chosen first, then its best candidates that can be read now.
    goals
        Ids of the proposed KPIs that speak to each of the client's goals, those that its words name first.
    broken
        Balance rules that the proposal breaks, in words.
    binding
        Balance rules that kept a better KPI out, in words.
    unavailable
        Why there is no scorecard; empty when there is one.
    """

    chosen: tuple[Entry, ...]
    candidates: tuple[Entry, ...]
    departments: dict[str, tuple[str, ...]]
    goals: dict[str, tuple[str, ...]]
    broken: tuple[str, ...]
    binding: tuple[str, ...]
    unavailable: str = ""

    def of(self, perspective: str) -> tuple[Entry, ...]:
        """Return the proposed KPIs of a perspective."""
        return tuple(entry for entry in self.chosen if entry.perspective == perspective)

    def entry(self, kpi: str) -> Entry | None:
        """Return a KPI, proposed or candidate, by its id; None when there is none."""
        return next((entry for entry in (*self.chosen, *self.candidates) if entry.kpi == kpi), None)


def build_scorecard(
    kpis: Sequence[KPI], measured: Mapping[str, Measured], *, goals: Sequence[str] = (), rules: Rules | None = None
) -> Scorecard:
    """Return a proposal of KPIs to steer by.

    Parameters
    ----------
    kpis
        The library of KPIs.
    measured
        The client's figures by metric id.
    goals
        The client's goals in its own words, the weightiest first.
    rules
        The bounds of a balanced scorecard.
    """
    if not kpis:
        return Scorecard((), (), {}, {}, (), (), unavailable="needs KPIs in the templates")
    rules = rules or Rules()
    entries = [rate(place(kpi, measured), goals) for kpi in kpis]
    ids, binding = choose(entries, rules)
    by_id = {entry.kpi: entry for entry in entries}
    chosen = tuple(by_id[id] for id in ids)
    rest = (entry for entry in entries if entry.kpi not in ids)
    candidates = tuple(sorted(rest, key=lambda entry: (-entry.score, entry.kpi)))
    return Scorecard(
        chosen,
        candidates,
        departments=_departments(chosen, candidates),
        goals={goal: serving(goal, chosen) for goal in goals},
        broken=broken(chosen, rules),
        binding=binding,
    )


def _departments(chosen: Sequence[Entry], candidates: Sequence[Entry]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for department in DEPARTMENTS:
        own = [entry.kpi for entry in chosen if entry.department == department]
        more = [entry.kpi for entry in candidates if entry.department == department and entry.availability == "have"]
        if own or more:
            found[department] = tuple((own + more)[:_MOST_PER_DEPARTMENT])
    return found
