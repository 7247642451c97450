"""How the chapter on the plan words worth, cost and what they rest on."""

from __future__ import annotations

import math
from typing import Any

from crmplan.planning import Factor, Plan, Worth
from crmplan.reporting.chapters.ranges import rounded, span
from crmplan.reporting.wording import count, quantity

__all__ = ["assumed_text", "days_text", "formula_text", "gap_title", "level_of_gap", "person_days", "worth_text"]

_BASES = {
    "client": "given by the client",
    "assumed": "assumed until the client gives its own",
    "rule_of_thumb": "rule of thumb",
}


def worth_text(low: float | None, high: float | None, currency: str) -> str:
    """Return what something is worth or costs, rounded; a dash when it cannot be priced."""
    if low is None or high is None or math.isnan(low) or math.isnan(high):
        return "not priced"
    # Whole amounts: the pence of an estimate say nothing.
    return span(rounded(low), rounded(high), "currency", currency).replace(".00", "")


def days_text(low: float, high: float) -> str:
    """Return person-days; below ten with half days.

    Examples
    --------
    >>> days_text(2.0, 4.2), days_text(12.3, 24.9)
    ('2 to 4', '12 to 25')
    """

    def one(days: float) -> str:
        halves = round(2 * days) / 2
        return count(days) if days >= 10 else quantity(halves, 0 if halves == round(halves) else 1)

    return one(low) if one(low) == one(high) else f"{one(low)} to {one(high)}"


def person_days(days: float) -> str:
    """Return a budget of person-days in words.

    Examples
    --------
    >>> person_days(0.2), person_days(1.1), person_days(5.6)
    ('less than half a person-day', '1 person-day', '5.5 person-days')
    """
    if days < 0.5:
        return "less than half a person-day"
    said = days_text(days, days)
    return f"{said} person-day" if said == "1" else f"{said} person-days"


def formula_text(worth: Worth, currency: str) -> str:
    """Return the formula in words with the client's figures."""
    return _filled_in(worth.formula, worth, currency)


def gap_title(plan: Plan, row: dict[Any, Any], currency: str) -> str:
    """Return what a gap of the plan is; one that data alone price says the figure."""
    action = plan.action(str(row["initiative"])) if row["basis"] == "money" else None
    if action is None or not action.worth.shortfall:
        return str(row["title"])
    return _filled_in(action.worth.shortfall, action.worth, currency)


def assumed_text(worth: Worth) -> str:
    """Return which factors are assumed and by whom; what is left is measured."""
    grouped: dict[str, list[str]] = {}
    for factor in worth.factors:
        if factor.basis != "measured":
            grouped.setdefault(_BASES[factor.basis], []).append(_named(factor))
    said = [f"{', '.join(names)}: {basis}" for basis, names in grouped.items()]
    return "; ".join(said) if said else "all measured"


def level_of_gap(row: dict[Any, Any]) -> str:
    """Return where a gap of the plan stands against its target, and who says so; figures that show a gap have no level.

    What is counted rather than rated says how many are in place.

    Examples
    --------
    >>> level_of_gap({"level": 2.0, "target": 3.5, "basis": "people"})
    '2.0 of 3.5 (people)'
    >>> level_of_gap({"level": math.nan, "n_short": 3.0, "n_of": 8.0, "basis": "systems"})
    '5 of 8 in place'
    """
    if not math.isnan(row.get("n_of", math.nan)):
        return f"{row['n_of'] - row['n_short']:.0f} of {row['n_of']:.0f} in place"
    if math.isnan(row["level"]):
        return "priced from the figures"
    said = "people" if row["basis"] == "people" else "data"
    return f"{row['level']:.1f} of {row['target']:.1f} ({said})"


def _filled_in(words: str, worth: Worth, currency: str) -> str:
    factors = (*worth.factors, *worth.beside)
    return words.format(**{one.name: span(one.low, one.high, one.unit, currency) for one in factors})


def _named(factor: Factor) -> str:
    return "share gained" if factor.name == "gain" else factor.label
