"""Which KPIs to begin with: those that can be read now, speak to a goal, and can tell progress from chance.

This is a proposal for the client to change, made the same way every time. KPIs that do not make it stay candidates.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from crmplan.scorecard.balance import Rules, needed_leading, why_not
from crmplan.scorecard.baseline import Entry
from crmplan.scorecard.kpis import PERSPECTIVES

__all__ = ["choose", "phases_of", "rate", "serving"]

_AVAILABLE = {"have": 1.0, "derivable": 0.5, "must_collect": 0.0}
_COST = {"S": 0, "M": 1, "L": 2}
_WEIGHT_AVAILABLE, _WEIGHT_FIT, _WEIGHT_PRECISE = 0.5, 0.3, 0.2
_AT_BEST = 0.25
_FIT_BY_PHASE = 0.8
_CROWDING = 0.05
_NOT_EVERYWHERE = re.compile(r"needs (contracts|opportunities)\b")
_PHASE_WORDS: Mapping[str, str] = {
    "acquisition": r"new customers?\b|acqui|leads?\b|attract|prospect|winning customers|win customers",
    "selling_up": r"spend more|larger|bigger|frequen|more often|upsell|sell(ing)? up|basket|move[sd]? up|most valuable"
    r"|best customers",
    "selling_across": r"cross|categor|departments|range|second product|other products|more products",
    "retention": r"keep|kept|lose|losing customers|retain|retention|loyal|churn|again\b|back\b|leav|lapse|repeat"
    r"|second (purchase|order)|stay",
    "service": r"service|serve|complain|calls?\b|wait|deliver|satisf|support|help|resol|return(s|ed)?\b",
}


def phases_of(goal: str) -> tuple[str, ...]:
    """Return the phases of a customer's life that a goal speaks of, judged by its words.

    Examples
    --------
    >>> phases_of("Keep more of our customers and answer calls faster")
    ('retention', 'service')
    """
    said = goal.lower()
    return tuple(phase for phase, words in _PHASE_WORDS.items() if re.search(rf"\b(?:{words})", said))


def rate(entry: Entry, goals: Sequence[str]) -> Entry:
    """Return a KPI with its score of 0 to 1 and the goals it serves.

    Half of the score is whether it can be read now, 0.3 whether a goal speaks of it (a little less when of its phase
    alone), 0.2 whether a step of the size of its target can be told from chance. A KPI at its best already, or at
    nothing at all, counts a quarter; one of deals or contracts counts nothing where none have come: not every company
    has them.

    Parameters
    ----------
    entry
        The KPI at the client.
    goals
        The client's goals, the weightiest first.
    """
    serves = tuple(goal for goal in goals if _speaks_to(goal, entry))
    fit = _fit(entry, goals, serves)
    score = _WEIGHT_AVAILABLE * _AVAILABLE[entry.availability] + _WEIGHT_FIT * fit + _WEIGHT_PRECISE * _precision(entry)
    if entry.baseline is not None and entry.baseline in {0, entry.target}:
        score *= _AT_BEST
    if entry.availability == "must_collect" and _NOT_EVERYWHERE.match(entry.needed):
        score = 0.0
    return replace(entry, score=round(score, 6), serves=serves)


def _fit(entry: Entry, goals: Sequence[str], serves: Sequence[str]) -> float:
    if any(_names(goal, entry) for goal in goals):
        return 1.0
    if serves:
        return _FIT_BY_PHASE
    # Goals that name no phase favour none.
    return 0.0 if any(phases_of(goal) for goal in goals) else 0.5


def _speaks_to(goal: str, entry: Entry) -> bool:
    return entry.phase in phases_of(goal) or _names(goal, entry)


def _names(goal: str, entry: Entry) -> bool:
    said = goal.lower()
    return any(re.search(rf"\b{re.escape(word)}", said) for word in entry.goal_words)


def choose(entries: Sequence[Entry], rules: Rules | None = None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the ids of a balanced set, the best first within each perspective, and the rules that bound the choice.

    Parameters
    ----------
    entries
        Rated KPIs.
    rules
        The bounds of a balanced scorecard.

    Notes
    -----
    First the best KPI for every goal and the best few of every perspective, then the best of all, where a KPI counts a
    little less the more there are of its perspective: up to the least number in any case, beyond it only KPIs that can
    be read now. At last the weakest lagging KPIs give way until enough are leading.
    """
    rules = rules or Rules()
    ranked = sorted(entries, key=_rank)
    chosen: list[Entry] = []
    for goal in dict.fromkeys(goal for entry in ranked for goal in entry.serves):
        best = serving(goal, ranked)[0]
        if all(entry.kpi != best for entry in chosen):
            _add(next(entry for entry in ranked if entry.kpi == best), chosen, rules)
    for perspective in PERSPECTIVES:
        for entry in [one for one in ranked if one.perspective == perspective and one not in chosen]:
            if sum(one.perspective == perspective for one in chosen) < rules.perspective_min:
                _add(entry, chosen, rules)
    bound: dict[str, str] = {}
    _fill(ranked, chosen, rules, bound)
    chosen = _with_leading(chosen, ranked, rules, bound)
    order = sorted(chosen, key=lambda one: (PERSPECTIVES.index(one.perspective), _rank(one)))
    said = tuple(f"{reason}: '{name}' was left out" for reason, name in bound.items())
    return tuple(entry.kpi for entry in order), said


def _fill(ranked: Sequence[Entry], chosen: list[Entry], rules: Rules, bound: dict[str, str]) -> None:
    waiting = [entry for entry in ranked if entry not in chosen]
    while waiting:
        n = Counter(entry.perspective for entry in chosen)
        entry = min(waiting, key=lambda one: (-(one.score - _CROWDING * n[one.perspective]), *_rank(one)))
        waiting.remove(entry)
        if len(chosen) >= rules.total_min and entry.availability != "have":
            continue
        reason = _add(entry, chosen, rules)
        if reason:
            bound.setdefault(reason, entry.name)


def serving(goal: str, entries: Sequence[Entry]) -> tuple[str, ...]:
    """Return the ids of the KPIs that speak to a goal: those that its words name first, then by score."""
    found = [entry for entry in entries if goal in entry.serves]
    return tuple(entry.kpi for entry in sorted(found, key=lambda one: (not _names(goal, one), *_rank(one))))


def _add(entry: Entry, chosen: list[Entry], rules: Rules) -> str:
    reason = why_not(entry, chosen, rules)
    if not reason:
        chosen.append(entry)
    return reason


def _with_leading(chosen: list[Entry], ranked: list[Entry], rules: Rules, bound: dict[str, str]) -> list[Entry]:
    chosen = list(chosen)
    for entry in (one for one in ranked if one.kind == "leading"):
        if sum(one.kind == "leading" for one in chosen) >= needed_leading(len(chosen), rules):
            break
        if entry in chosen:
            continue
        for weakest in sorted((one for one in chosen if one.kind == "lagging"), key=_rank, reverse=True):
            rest = [one for one in chosen if one is not weakest]
            n_left = sum(one.perspective == weakest.perspective for one in rest)
            keeps_balance = n_left >= rules.perspective_min or weakest.perspective == entry.perspective
            if keeps_balance and not why_not(entry, rest, rules):
                chosen = [*rest, entry]
                bound.setdefault("at least a third must show early where things go", weakest.name)
                break
    return chosen


def _rank(entry: Entry) -> tuple[float, int, str]:
    return (-entry.score, _COST[entry.cost], entry.kpi)


def _precision(entry: Entry) -> float:
    if entry.baseline is None:
        return 0.0
    if entry.low is None or entry.high is None:
        return 0.7  # a count of everything there is, with no interval to compare the step with
    step = abs((entry.target if entry.target is not None else entry.baseline) - entry.baseline)
    half = abs(entry.high - entry.low) / 2
    return step / (step + half) if step + half > 0 else 0.0
