"""The page for the board: readiness, value at stake, the gaps that matter, the first ninety days, on one page.

Nothing is computed or worded here that does not stand in a chapter: the page takes the first sentences and figures of
the chapters, so that it cannot tell another story than they do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmplan.engagement import Engagement
from crmplan.reporting.blocks import Figure, Findings, KeyFigures, Note, Table
from crmplan.reporting.chapters import plan_sentences, readiness_sentences, value_sentences
from crmplan.reporting.chapters.plan_cells import gap_title, level_of_gap, worth_text
from crmplan.reporting.wording import count, money

if TYPE_CHECKING:
    from crmplan.assessment import Readiness
    from crmplan.planning import Action, Plan
    from crmplan.value import Value

__all__ = ["findings", "first_ninety_days", "five_gaps", "key_figures"]

_MOST_FIRST = 4
"""More would not fit on the page."""


def findings(readiness: Readiness, value: Value, plan: Plan, engagement: Engagement) -> Findings:
    """Return what a board must know: where the company stands, what customers are worth, what is to be won."""
    currency = engagement.client.currency
    told = () if readiness.unavailable else readiness_sentences.opening(readiness, currency)
    # Where nobody was asked, the last sentence says what asking would bring.
    on_readiness = told[:2] if readiness.has_answers else (*told[:1], *told[1:][-1:])
    on_value = f"What customers will bring is not known: {value.unavailable}."
    if not value.unavailable:
        on_value = value_sentences.sentences(value, currency)[0]
    on_plan: tuple[str, ...] = ()
    if not plan.unavailable:
        on_plan = (*plan_sentences.sentences(plan, currency)[:1], plan_sentences.counted(plan))
    return Findings(tuple(sentence for sentence in (*on_readiness, on_value, *on_plan) if sentence))


def key_figures(readiness: Readiness, value: Value, plan: Plan, engagement: Engagement) -> KeyFigures:
    """Return readiness, the value of the base, and worth and cost of the plan."""
    currency = engagement.client.currency
    return KeyFigures((_readiness_figure(readiness), _value_figure(value, currency), *_plan_figures(plan, currency)))


def five_gaps(plan: Plan, engagement: Engagement) -> Table | Note:
    """Return the gaps that matter, with what closes them first."""
    tops = plan.gaps[plan.gaps["is_top"]] if not plan.gaps.empty else plan.gaps
    if tops.empty:
        return Note("No gap is known yet: it takes answers, or figures that show a level.", "unavailable")
    rows = tuple(
        (
            str(place),
            gap_title(plan, row, engagement.client.currency),
            level_of_gap(row),
            worth_text(row["worth_low"], row["worth_high"], engagement.client.currency),
            _closed_by(plan, str(row["initiative"] or "")),
        )
        for place, row in enumerate(tops.to_dict("records"), start=1)
    )
    header = ("", "Gap", "Level and target", "Worth a year", "Closed first by")
    title = "The five gaps that matter" if len(rows) == 5 else "The gaps that matter"
    return Table(title, header, rows, ("right", "left", "left", "right", "left"), "", (0.25, 3.0, 1.75, 2.15, 2.85))


def first_ninety_days(plan: Plan) -> Table | Note:
    """Return the initiatives that begin at once: what comes first and who answers for it."""
    begun = [one for one in plan.actions if one.phase == 1]
    if not begun:
        return Note("Nothing begins in the first ninety days: no initiative is planned for now.", "unavailable")
    shown = begun[:_MOST_FIRST]
    steps = {str(row["initiative"]): row for row in reversed(plan.first_steps.to_dict("records"))}
    rows = tuple(
        (
            one.name,
            str(steps[one.initiative]["step"]),
            str(steps[one.initiative]["owner"]),
        )
        for one in shown
        if one.initiative in steps
    )
    header = ("Initiative", "First step", "Owner")
    some = f": {count(len(rows))} of {count(len(begun))} initiatives" if len(rows) < len(begun) else ""
    title = f"What begins in the first ninety days{some}"
    return Table(title, header, rows, ("left", "left", "left"), "", (2.4, 4.5, 1.6))


def _readiness_figure(readiness: Readiness) -> Figure:
    areas = readiness.areas
    known = areas[areas["level"].notna()] if not areas.empty else areas
    if readiness.unavailable or known.empty:
        return Figure("Areas at their target", "–", "nobody has been asked yet")
    n = int((known["gap"] <= 0).sum())
    return Figure("Areas at their target", f"{n} of {len(known)}", "as people say")


def _value_figure(value: Value, currency: str) -> Figure:
    label = "Value of the customer base"
    if value.unavailable or value.equity.unavailable:
        return Figure(label, "–", value.unavailable or value.equity.unavailable)
    span = f"{money(value.equity.low, currency)} to {money(value.equity.high, currency)}"
    return Figure(label, money(value.equity.total, currency), span)


def _plan_figures(plan: Plan, currency: str) -> tuple[Figure, ...]:
    if plan.unavailable or not plan.actions:
        return (Figure("Worth of the plan a year", "–", "nothing is planned for now"),)
    priced = sum(one.worth.middle > 0 for one in plan.actions)
    remark = f"{count(priced)} of {count(len(plan.actions))} initiatives"
    return (
        Figure("Worth of the plan a year", worth_text(plan.worth_low, plan.worth_high, currency), remark),
        Figure("Cost in the first year", worth_text(plan.cost_low, plan.cost_high, currency)),
    )


def _closed_by(plan: Plan, initiative: str) -> str:
    action: Action | None = plan.action(initiative)
    if action is None:
        return "none yet"
    return action.name if action.phase else f"{action.name} (not planned)"
