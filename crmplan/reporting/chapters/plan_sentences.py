"""What the chapter on the plan has found, in sentences with their numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmplan.reporting.chapters.plan_cells import gap_title, worth_text
from crmplan.reporting.wording import count, money, plural

if TYPE_CHECKING:
    from crmplan.planning import Plan

__all__ = ["counted", "sentences"]

_MOST = 5


def sentences(plan: Plan, currency: str) -> tuple[str, ...]:
    """Return two to five sentences, the weightiest first."""
    said = [
        _stake(plan, currency), _gaps(plan, currency), counted(plan), _cost(plan, currency), _first_days(plan),
        _needed(plan),
    ]  # fmt: skip
    return tuple(sentence for sentence in said if sentence)[:_MOST]


def counted(plan: Plan) -> str:
    """Return what is short in capabilities, systems and decision rights, as far as the plan closes it; else nothing."""
    planned = {one.initiative for one in plan.actions}
    due = plan.gaps[plan.gaps["n_of"].notna() & plan.gaps["initiative"].isin(planned)]
    return f"On the way to a CRM: {'; '.join(due['title'])}." if len(due) else ""


def _stake(plan: Plan, currency: str) -> str:
    if plan.worth_low is not None:
        at = worth_text(plan.worth_low, plan.worth_high, currency)
        n = sum(one.worth.middle > 0 for one in plan.actions)
        once = ", money that several draw on counted once" if plan.overlaps else ""
        subject = "The one initiative of the plan that can be priced is"
        if n > 1:
            subject = f"The {n} initiatives of the plan that can be priced are"
        return f"{subject} worth {at} a year in margin and savings{once}."
    priced = [one for one in plan.left if one.worth.middle > 0]
    if not priced:
        if not plan.actions:
            return "Nothing is planned for now: no gap can be priced from the data that came."
        return "No gap can be priced from the data that came; the order rests on the weight of the gaps alone."
    best = max(priced, key=lambda one: one.worth.middle)
    worth = worth_text(best.worth.low, best.worth.high, currency)
    cost = worth_text(best.cost_low, best.cost_high, currency)
    day = money(plan.facts.day_rate, currency)
    opening = f"At {day}" if plan.actions else f"Nothing is planned for now: at {day}"
    if len(priced) == 1:
        return (
            f"{opening} a person-day the one initiative that can be priced, '{best.name}', does not bring back its "
            f"cost: it is worth {worth} a year and costs {cost}."
        )
    return (
        f"{opening} a person-day none of the {len(priced)} initiatives that can be priced brings back its cost: the "
        f"worthiest, '{best.name}', is worth {worth} a year and costs {cost}."
    )


def _gaps(plan: Plan, currency: str) -> str:
    tops = plan.gaps[plan.gaps["is_top"]]
    if tops.empty:
        return ""
    first = tops.iloc[0]
    titles = [gap_title(plan, row, currency) for row in tops.to_dict("records")]
    if len(titles) == 1:
        return f"The gap that matters: {titles[0]}."
    names = "; ".join(f"{place}. {title}" for place, title in enumerate(titles, start=1))
    priced = worth_text(first["worth_low"], first["worth_high"], currency)
    worth = f", the first of them worth {priced} a year" if priced != "not priced" else ""
    return f"The {len(tops)} gaps that matter{worth}: {names}."


def _cost(plan: Plan, currency: str) -> str:
    if not plan.actions:
        return ""
    cost = worth_text(plan.cost_low, plan.cost_high, currency)
    unpriced = [one for one in plan.actions if one.worth.middle == 0]
    groundwork = ""
    if unpriced and len(unpriced) < len(plan.actions):
        own = worth_text(sum(one.cost_low for one in unpriced), sum(one.cost_high for one in unpriced), currency)
        groundwork = (
            f"; {own} of it goes into {plural(len(unpriced), 'initiative')} whose worth cannot be priced and must be "
            "judged by the gaps they close"
        )
    if len(unpriced) == len(plan.actions):
        what = "it brings" if len(plan.actions) == 1 else "they bring"
        groundwork = f"; what {what} cannot be priced yet and must be judged by the gaps closed, before money is spent"
    n = len(plan.actions)
    planned = "one initiative planned costs" if n == 1 else f"{n} initiatives planned cost"
    return f"The {planned} {cost} in the first year{groundwork}{_returned(plan)}."


def _returned(plan: Plan) -> str:
    """Return whether the worth of a year covers the cost of the first, where the low end leaves a doubt."""
    if plan.worth_low is None or plan.worth_high is None or plan.worth_low >= plan.cost_high:
        return ""
    if plan.worth_high < plan.cost_low:
        return "; what can be priced does not bring this back in a year"
    return "; at the low end of its worth the plan does not bring this back in a year"


def _first_days(plan: Plan) -> str:
    if plan.first_steps.empty:
        return ""
    begun = [one.name for one in plan.actions if one.phase == 1]
    named = ", ".join(f"'{name}'" for name in begun[:3])
    more = f" and {count(len(begun) - 3)} more" if len(begun) > 3 else ""
    steps = plural(len(plan.first_steps), "step")
    return f"The first ninety days hold {steps} of {plural(len(begun), 'initiative')}: {named}{more}."


def _needed(plan: Plan) -> str:
    n = len(plan.unpriced)
    if not n:
        return ""
    return f"{plural(n, 'initiative')} could not be priced for want of data; what each needs is listed at the end."
