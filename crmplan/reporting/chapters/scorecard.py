"""Chapter 06: the KPIs to steer by, where they stand today, and what must be collected for the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmplan.engagement import Engagement
from crmplan.reporting.blocks import Figure, Findings, KeyFigures, Note, Table
from crmplan.reporting.chapters.ranges import span
from crmplan.reporting.chapters.scorecard_needs import needs_text
from crmplan.reporting.wording import count, figure, plural, share

if TYPE_CHECKING:
    from crmplan.scorecard import Entry, Scorecard

__all__ = ["collect_table", "departments_table", "findings", "goals_table", "key_figures", "perspective_table"]

_MOST_ROWS = 15
_MOST_NAMED = 4
_PERSPECTIVES = {
    "financial": "Financial",
    "customer": "Customer",
    "internal_process": "Internal process",
    "learning_growth": "Learning and growth",
}
_DEPARTMENTS = {
    "management": "Management",
    "marketing": "Marketing",
    "sales": "Sales",
    "call_center": "Call centre",
    "operations": "Operations",
}
_SIGNS_EARLY = "leading"


def findings(scorecard: Scorecard, engagement: Engagement) -> Findings | Note:
    """Return what the chapter has found: how many KPIs can be read today, where the first goal stands, the balance."""
    if scorecard.unavailable:
        return _unavailable(scorecard.unavailable)
    chosen = scorecard.chosen
    n_have = sum(entry.availability == "have" for entry in chosen)
    rest = len(chosen) - n_have
    need = f"; the other {count(rest)} must be collected first" if rest else ""
    readable = "all of which" if rest == 0 else f"of which {count(n_have)}"
    sentences = [f"{plural(len(chosen), 'KPI')} are proposed, {readable} can be read today{need}."]
    sentences += _on_goal(scorecard, engagement.client.currency)
    n_leading = sum(entry.kind == _SIGNS_EARLY for entry in chosen)
    if scorecard.broken:
        sentences.append(f"The set is not balanced yet: {'; '.join(scorecard.broken)}.")
    else:
        sentences.append(
            f"The set is balanced: {count(n_leading)} of {count(len(chosen))} show early where things go, and no "
            "perspective has fewer than 2 or more than 6."
        )
    n_targets = sum(entry.target is not None for entry in chosen)
    if n_targets:
        are = "is a placeholder" if n_targets == 1 else "are placeholders"
        sentences.append(f"The {plural(n_targets, 'target')} given {are} that the client has still to agree.")
    return Findings(tuple(sentences))


def key_figures(scorecard: Scorecard) -> KeyFigures | Note:
    """Return how many KPIs are proposed, measured, leading and left as candidates."""
    if scorecard.unavailable:
        return _unavailable(scorecard.unavailable)
    chosen = scorecard.chosen
    n_have = sum(entry.availability == "have" for entry in chosen)
    n_leading = sum(entry.kind == _SIGNS_EARLY for entry in chosen)
    return KeyFigures(
        (
            Figure(
                "KPIs proposed", count(len(chosen)), f"from {count(len(chosen) + len(scorecard.candidates))} looked at"
            ),
            Figure("Read today", count(n_have), "from the data that came"),
            Figure("Show early", count(n_leading), "where things go; the others tell what came of it"),
            Figure("Candidates", count(len(scorecard.candidates)), "for the client to choose from"),
        )
    )


def goals_table(scorecard: Scorecard) -> Table | Note:
    """Return which of the proposed KPIs speak to each of the client's goals."""
    if not scorecard.goals:
        return Note("KPIs could not be tied to goals: needs `goals` in engagement.yaml.", "unavailable")
    rows = []
    names = {entry.kpi: entry.name for entry in scorecard.chosen}
    for goal, ids in scorecard.goals.items():
        serving = [names[id] for id in ids]
        more = f" and {len(serving) - _MOST_NAMED} more" if len(serving) > _MOST_NAMED else ""
        rows.append((goal, ", ".join(serving[:_MOST_NAMED]) + more if serving else "none yet; to be chosen together"))
    caption = "Goals and KPIs are tied by the words of the goal; the client should look through the ties."
    return Table(
        "Which KPIs tell whether a goal comes nearer", ("Goal", "KPIs"), tuple(rows), ("left", "left"), caption
    )


def perspective_table(scorecard: Scorecard, perspective: str, engagement: Engagement) -> Table | Note:
    """Return the proposed KPIs of a perspective: where they stand, on how much that rests, target, owner and rhythm."""
    if scorecard.unavailable:
        return _unavailable(scorecard.unavailable)
    entries = scorecard.of(perspective)
    name = _PERSPECTIVES[perspective]
    if not entries:
        return Note(f"No KPI of the perspective {name.lower()} is proposed.", "unavailable")
    currency = engagement.client.currency
    n_have = sum(entry.availability == "have" for entry in entries)
    rows = tuple(
        (
            entry.name,
            figure(entry.baseline, entry.unit, currency) if entry.baseline is not None else "not measured",
            _rests_on(entry, currency),
            _target(entry, currency),
            entry.decides,
            f"{entry.owner}, {entry.rhythm}",
        )
        for entry in entries
    )
    header = ("KPI", "Today", "Rests on", "Target (placeholder)", "Decides", "Owner, rhythm")
    return Table(
        f"{name}: {plural(len(entries), 'KPI')}, {count(n_have)} of them measured",
        header,
        rows,
        ("left", "right", "left", "left", "left", "left"),
        _caption(entries),
        (2.0, 1.1, 1.9, 1.6, 2.2, 1.4),
    )


def collect_table(scorecard: Scorecard) -> Table | Note:
    """Return the proposed KPIs that cannot be read yet, with what each needs."""
    if scorecard.unavailable:
        return _unavailable(scorecard.unavailable)
    missing = [entry for entry in scorecard.chosen if entry.availability != "have"]
    if not missing:
        return Note("Every KPI proposed can be read from the data that came; nothing must be collected first.")
    rows = tuple(
        (
            entry.name,
            entry.question,
            "some data are missing" if entry.availability == "derivable" else "no data yet",
            needs_text(entry.needed),
            {"S": "small", "M": "medium", "L": "large"}[entry.cost],
        )
        for entry in missing
    )
    header = ("KPI", "Question it answers", "State", "What is needed", "Effort")
    return Table(
        "What must be collected before the scorecard is whole",
        header,
        rows[:_MOST_ROWS],
        ("left", "left", "left", "left", "left"),
        "A figure that is missing is not shown as 0.",
        (1.6, 2.2, 1.4, 2.6, 0.8),
    )


def departments_table(scorecard: Scorecard) -> Table | Note:
    """Return the scorecard of each department: its proposed KPIs, then those it could read at once."""
    if scorecard.unavailable or not scorecard.departments:
        return _unavailable(scorecard.unavailable or "needs figures that can be measured")
    chosen = {entry.kpi: entry.name for entry in scorecard.chosen}
    others = {entry.kpi: entry.name for entry in scorecard.candidates}
    rows = tuple(
        (
            _DEPARTMENTS[department],
            ", ".join(chosen[id] for id in ids if id in chosen) or "none",
            ", ".join(others[id] for id in ids if id in others) or "none",
        )
        for department, ids in scorecard.departments.items()
    )
    return Table(
        "Each department has its own part",
        ("Department", "Proposed", "Candidates that can be read today"),
        rows,
        ("left", "left", "left"),
        "; ".join(_opened(text) for text in scorecard.binding) + ("." if scorecard.binding else ""),
        (1.0, 3.0, 3.0),
    )


def _unavailable(reason: str) -> Note:
    return Note(f"The scorecard is not available: {reason}.", "unavailable")


def _on_goal(scorecard: Scorecard, currency: str) -> list[str]:
    by_id = {entry.kpi: entry for entry in scorecard.chosen}
    for goal, ids in scorecard.goals.items():
        entry = next((by_id[id] for id in ids if by_id[id].baseline is not None), None)
        if entry is not None:
            bounds = f" ({_interval(entry, currency)})" if entry.low is not None else ""
            today = figure(entry.baseline, entry.unit, currency)
            return [f"For the goal '{goal.rstrip('.')}', '{entry.name}' stands at {today}{bounds} today."]
    return []


def _rests_on(entry: Entry, currency: str) -> str:
    if entry.baseline is None:
        return needs_text(entry.needed)
    rows = f"{count(entry.n)} {entry.counts}"
    return f"{rows}; 95 %: {_interval(entry, currency)}" if entry.low is not None else rows


def _interval(entry: Entry, currency: str) -> str:
    return "" if entry.low is None or entry.high is None else span(entry.low, entry.high, entry.unit, currency)


def _target(entry: Entry, currency: str) -> str:
    if entry.target is None:
        return f"to be set once measured: {_step(entry, currency)}" if entry.baseline is None else "to be set"
    wanted = figure(entry.target, entry.unit, currency)
    if entry.baseline is None:
        return wanted
    if entry.target == entry.baseline:
        return f"{wanted}: hold it"
    if _is_cut(entry, entry.target - entry.baseline):
        return f"{wanted}: the best there is"
    return f"{wanted}: {_step(entry, currency)}"


def _is_cut(entry: Entry, change: float) -> bool:
    """Return whether the target stops short of its rule, because a figure cannot get better than its best."""
    wanted = entry.target_amount
    if entry.target_rule == "improve_by_share":
        wanted *= abs(entry.baseline or 0)
    return entry.target_rule != "reach" and abs(change) < wanted - 1e-9


def _step(entry: Entry, currency: str) -> str:
    way = "more" if entry.direction == "up" else "less"
    if entry.target_rule == "improve_by_share":
        return f"{share(entry.target_amount)} {way}"
    if entry.target_rule == "reach":
        return f"reach {figure(entry.target_amount, entry.unit, currency)}"
    if entry.unit == "share":
        return f"{plural(100 * entry.target_amount, 'point')} {way}"
    return f"{figure(entry.target_amount, entry.unit, currency)} {way}"


def _caption(entries: tuple[Entry, ...]) -> str:
    ends = [entry.end for entry in entries if entry.end is not None]
    dated = f"Figures up to {max(ends).strftime('%d %B %Y').lstrip('0')}. " if ends else ""
    return f"{dated}Targets follow from a rule of improvement and are placeholders until agreed."


def _opened(text: str) -> str:
    return text[:1].upper() + text[1:]
