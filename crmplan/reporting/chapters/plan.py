"""Chapter 07: the gaps in order of worth, the initiatives that close them, and the first ninety days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from crmplan.engagement import Engagement
from crmplan.reporting.blocks import Chart, Figure, Findings, KeyFigures, Note, Table
from crmplan.reporting.chapters.plan_cells import (
    assumed_text,
    days_text,
    formula_text,
    gap_title,
    level_of_gap,
    person_days,
    worth_text,
)
from crmplan.reporting.chapters.plan_sentences import sentences
from crmplan.reporting.chapters.ranges import rounded
from crmplan.reporting.chapters.scorecard_needs import needs_text
from crmplan.reporting.charts import chart
from crmplan.reporting.wording import count, money, plural

if TYPE_CHECKING:
    from crmplan.planning import Action, Plan

__all__ = [
    "assumptions",
    "findings",
    "first_ninety_days",
    "gaps_table",
    "initiatives_table",
    "key_figures",
    "left_table",
    "needed_table",
    "worth_chart",
    "worth_table",
]

_MOST_ROWS = 12
_MOST_STEPS = 15
_MOST_BARS = 12
_PHASES = ("days 1 to 90", "months 4 to 9", "months 10 to 18")


def findings(plan: Plan, engagement: Engagement) -> Findings | Note:
    """Return what the chapter has found: value at stake, the gaps that matter, what it takes, the first ninety days."""
    if plan.unavailable:
        return _unavailable(plan)
    return Findings(sentences(plan, engagement.client.currency))


def key_figures(plan: Plan, engagement: Engagement) -> KeyFigures | Note:
    """Return worth, cost, initiatives and first steps."""
    if plan.unavailable:
        return _unavailable(plan)
    currency = engagement.client.currency
    n_first = sum(one.phase == 1 for one in plan.actions)
    worth = worth_text(plan.worth_low, plan.worth_high, currency) if plan.actions else "none"
    cost = worth_text(plan.cost_low, plan.cost_high, currency) if plan.actions else "none"
    begin = "begins" if n_first == 1 else "begin"
    return KeyFigures(
        (
            Figure("Worth of the plan a year", worth, _worth_words(plan)),
            Figure("Cost in the first year", cost, f"at {money(plan.facts.day_rate, currency)} a person-day"),
            Figure(
                "Initiatives planned", count(len(plan.actions)), f"{count(n_first)} {begin} in the first ninety days"
            ),
            Figure("Gaps", count(len(plan.gaps)), f"{count(int(plan.gaps['worth_high'].notna().sum()))} can be priced"),
        )
    )


def gaps_table(plan: Plan, engagement: Engagement) -> Table | Note:
    """Return the gaps: the five that matter, then what was counted rather than rated, then the rest by worth."""
    if plan.gaps.empty:
        return _unavailable(plan)
    is_top, is_counted = plan.gaps["is_top"], plan.gaps["n_of"].notna()
    ordered = pd.concat([plan.gaps[is_top], plan.gaps[~is_top & is_counted], plan.gaps[~is_top & ~is_counted]])
    names = {
        **{one.initiative: one.name for one in plan.actions},
        **{one.initiative: f"{one.name} (not planned)" for one in plan.left},
    }
    rows = tuple(
        (
            str(place),
            gap_title(plan, row, engagement.client.currency),
            level_of_gap(row),
            worth_text(row["worth_low"], row["worth_high"], engagement.client.currency),
            names.get(row["initiative"], "none yet"),
        )
        for place, row in enumerate(ordered.head(_MOST_ROWS).to_dict("records"), start=1)
    )
    more = len(ordered) - len(rows)
    caption = (
        "Worth: margin or savings a year when the gap is closed as far as the initiative closes it. Gaps that one "
    )
    caption += "initiative closes share its worth. "
    if (is_counted & ~is_top).any():
        caption += "What was counted in capabilities, systems and decision rights stands after the first. "
    caption += f"{plural(more, 'smaller gap')} left out." if more > 0 else ""
    n_top = int(plan.gaps["is_top"].sum())
    title = "The gaps, the five that matter first" if n_top == 5 else "The gaps in order of worth"
    header = ("", "Gap", "Level and target", "Worth a year", "Closed first by")
    return Table(
        title, header, rows, ("right", "left", "left", "right", "left"), caption.strip(), (0.3, 3, 2, 1.7, 2.2)
    )


def initiatives_table(plan: Plan, engagement: Engagement) -> Table | Note:
    """Return the initiatives planned, in order, with worth, cost and phase."""
    if plan.unavailable:
        return _unavailable(plan)
    if not plan.actions:
        return Note(f"Nothing is planned for now: {_worth_words(plan)}.")
    currency = engagement.client.currency
    rows = tuple(
        (
            str(place),
            one.name,
            _PHASES[one.phase - 1],
            worth_text(one.worth.low, one.worth.high, currency),
            worth_text(one.cost_low, one.cost_high, currency),
            days_text(one.effort_low, one.effort_high),
            _remark(one),
        )
        for place, one in enumerate(plan.actions[:_MOST_STEPS], start=1)
    )
    caption = "Cost: effort until it runs and the first year's running. Order: worth less cost, what cannot be priced "
    caption += "by the weight of its gaps, each after what it needs."
    header = ("", "Initiative", "When", "Worth a year", "Cost, first year", "Person-days to set up", "Remark")
    return Table(
        "What is done, in this order",
        header,
        rows,
        ("right", "left", "left", "right", "right", "right", "left"),
        caption,
        (0.3, 2.2, 1.2, 1.6, 1.6, 1.0, 2.1),
    )


def worth_chart(plan: Plan, engagement: Engagement) -> Chart | Note:
    """Return worth against effort of the initiatives that can be priced."""
    import altair as alt

    priced = [one for one in (*plan.actions, *plan.left) if one.worth.middle > 0]
    priced = sorted(priced, key=lambda one: -one.worth.middle)[:_MOST_BARS]
    if not priced:
        return Note("A picture of worth against effort is not available: no initiative can be priced.", "unavailable")
    currency = engagement.client.currency
    frame = pd.DataFrame([_bar(one) for one in priced])
    order = list(frame["initiative"])
    base = alt.Chart(frame).encode(
        y=alt.Y("initiative:N", sort=order, title="Initiative", axis=alt.Axis(labelLimit=260))
    )
    x = alt.X(
        "low:Q", title=f"{currency} a year", scale=alt.Scale(domain=[0, 1.15 * float(frame["right"].max())], nice=False)
    )
    worth = base.mark_bar(height=14, color="brand:accent", opacity=0.6).encode(x=x, x2="high:Q")
    cost = base.mark_tick(size=22, thickness=3, color="brand:ink").encode(x="cost:Q")
    days = base.mark_text(align="left", dx=8, color="brand:ink").encode(x="right:Q", text="label:N")
    return chart(
        (worth + cost + days).properties(width=620, height=34 * len(frame) + 20),
        title=f"{_opened(_paying(priced))} in its first year",
        alt="; ".join(
            f"{one.name}: worth {worth_text(one.worth.low, one.worth.high, currency)} a year, cost about "
            f"{money(rounded((one.cost_low + one.cost_high) / 2), currency)}"
            for one in priced
        ),
        caption="Bars: worth a year, from low to high. Upright marks: cost of the first year. Beside them the "
        "person-days until it runs.",
    )


def first_ninety_days(plan: Plan) -> Table | Note:
    """Return what is done by day 30, 60 and 90, and by whom."""
    if plan.first_steps.empty:
        return Note("There are no first steps: no initiative is planned for the first ninety days.")
    rows = tuple(
        (f"day {row['day']}", str(row["step"]), str(row["name"]), str(row["owner"]))
        for row in _first(plan.first_steps).to_dict("records")
    )
    more = len(plan.first_steps) - len(rows)
    caption = f"{plural(more, 'further step')} of the initiatives that come later in the order." if more else ""
    header = ("By", "Step", "Initiative", "Owner")
    return Table("The first ninety days", header, rows, ("left", "left", "left", "left"), caption, (0.6, 3.4, 2.0, 1.4))


def worth_table(plan: Plan, engagement: Engagement) -> Table | Note:
    """Return what each worth rests on: the formula in words with the client's figures, and what is assumed in it."""
    priced = [one for one in (*plan.actions, *plan.left) if one.worth.factors]
    if not priced:
        return Note("No worth could be reckoned; what would be needed is listed below.", "unavailable")
    currency = engagement.client.currency
    rows = tuple(
        (
            one.name,
            formula_text(one.worth, currency),
            worth_text(one.worth.low, one.worth.high, currency),
            assumed_text(one.worth),
            one.worth.caution,
        )
        for one in sorted(priced, key=lambda one: -one.worth.middle)[:_MOST_ROWS]
    )
    header = ("Initiative", "How it is reckoned", "Worth a year", "Not measured", "Mind")
    caption = "What is not named under 'Not measured' comes from the client's own data."
    return Table(
        "What each worth rests on",
        header,
        rows,
        ("left", "left", "right", "left", "left"),
        caption,
        (1.4, 3, 1.3, 1.8, 1.6),
    )


def left_table(plan: Plan, engagement: Engagement) -> Table | Note:
    """Return the initiatives with a gap to close that are not planned, why, and what they could bear."""
    if plan.unavailable:
        return _unavailable(plan)
    if not plan.left:
        return Note("Every initiative that has a gap to close is planned.")
    currency = engagement.client.currency
    rows = tuple(
        (
            one.name,
            worth_text(one.worth.low, one.worth.high, currency),
            worth_text(one.cost_low, one.cost_high, currency),
            _bears(one, plan.facts.day_rate),
        )
        for one in plan.left[:_MOST_STEPS]
    )
    header = ("Initiative", "Worth a year", "Cost, first year", "Why not, and what it could bear")
    return Table("What is not planned for now", header, rows, ("left", "right", "right", "left"), "", (2, 1.5, 1.5, 3))


def needed_table(plan: Plan) -> Table | Note:
    """Return what would be needed to price the rest."""
    if not plan.unpriced:
        return Note("Every initiative that brings money of its own could be priced.")
    rows = tuple((name, needs_text(need)) for name, need in plan.unpriced[:_MOST_STEPS])
    caption = "The more of these come, the more of the plan can be weighed in money."
    return Table(
        "What it takes to price the rest", ("Initiative", "To price it"), rows, ("left", "left"), caption, (1, 2.4)
    )


def assumptions(plan: Plan, engagement: Engagement) -> Note:
    """Return what the plan assumes: day rate, effort, capacity, and money counted once."""
    facts, currency = plan.facts, engagement.client.currency
    by = "assumed by the consultant" if facts.is_assumed else "given by the client"
    size = "for a client of 20,000 customers"
    if facts.n_customers is not None:
        size = f"scaled to {plural(facts.n_customers, 'customer')}"
    *first, last = (count(value) for value in facts.capacity_days)
    days = f"{', '.join(first)} and {last}"
    text = (
        f"A person-day costs {money(facts.day_rate, currency)} ({by}). Effort is a rule of thumb {size}. The three "
        f"phases have room for {days} person-days, and in each no department is asked to change more than it can bear "
        "(assumed). Gains are rules of thumb until a trial with a group "
        "left out has shown the client's own. Worth counts one year; what a customer brings later is not in it."
    )
    for overlap in plan.overlaps:
        names = ", ".join(f"'{name}'" for name in overlap.initiatives)
        text += f" {names} draw on the same money ({overlap.pool}); only '{overlap.counted}' is in the total."
    return Note(text)


def _unavailable(plan: Plan) -> Note:
    if not plan.unavailable:
        return Note("There is no gap to close: every question reaches its target, and no figure shows one.")
    return Note(f"The plan is not available: {plan.unavailable}.", "unavailable")


def _worth_words(plan: Plan) -> str:
    if not plan.actions:
        is_priced = any(one.worth.middle > 0 for one in plan.left)
        return "nothing that can be priced brings back its cost" if is_priced else "no initiative can be priced"
    if plan.worth_low is None:
        return "what is planned is judged by the gaps it closes"
    n_priced = sum(one.worth.middle > 0 for one in plan.actions)
    if n_priced < len(plan.actions):
        return f"of {count(n_priced)} of {plural(len(plan.actions), 'initiative')}; the others cannot be priced"
    return "margin and savings, in full effect"


def _remark(action: Action) -> str:
    if action.reason:
        return _opened(action.reason)
    return "Groundwork" if action.worth.rule == "enables" else ("" if action.worth.factors else "Not priced yet")


def _bar(action: Action) -> dict[str, Any]:
    low, high = rounded(action.worth.low or 0.0), rounded(action.worth.high or 0.0)
    cost = rounded((action.cost_low + action.cost_high) / 2)
    label = f"{days_text(action.effort_low, action.effort_high)} days"
    return {"initiative": action.name, "low": low, "high": high, "cost": cost, "right": max(high, cost), "label": label}


def _paying(priced: list[Action]) -> str:
    n = sum(one.net >= 0 for one in priced)
    if n == 0:
        return "no initiative that can be priced is likely to bring back its cost"
    verb = "is" if n == 1 else "are"
    return f"{count(n)} of {plural(len(priced), 'priced initiative')} {verb} likely to bring back the cost"


def _bears(action: Action, day_rate: float) -> str:
    if action.worth.high is None or day_rate <= 0:
        return _opened(action.reason)
    return f"{_opened(action.reason)}; at best it bears {person_days(action.worth.high / day_rate)} a year"


def _first(steps: pd.DataFrame) -> pd.DataFrame:
    """Return as many steps as the table holds, those of the first initiatives, by day."""
    if len(steps) <= _MOST_STEPS:
        return steps
    place = {name: position for position, name in enumerate(dict.fromkeys(steps["initiative"]))}
    kept = steps.assign(_place=steps["initiative"].map(place)).sort_values(["_place", "day"], kind="stable")
    return kept.head(_MOST_STEPS).sort_values(["day", "_place"], kind="stable").drop(columns="_place")


def _opened(text: str) -> str:
    return text[:1].upper() + text[1:]
