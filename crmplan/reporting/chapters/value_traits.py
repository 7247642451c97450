"""What chapter 05 says about where customers come from: who buys more often, and who leaves sooner."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from crmplan.reporting.blocks import Note, Table
from crmplan.reporting.chapters.value_sentences import day
from crmplan.reporting.wording import count, quantity

if TYPE_CHECKING:
    from crmplan.value import Covariate, Value

__all__ = ["trait_table"]

_LABELS = {
    "first_heard": "First heard of the company",
    "first_category": "First product group",
    "first_channel": "First channel",
    "segment": "The client's own grouping",
}


def trait_table(value: Value) -> Table | Note:
    """Return by how much buying and leaving differ between groups of customers, for the traits that tell."""
    if value.unavailable:
        return Note(f"Where customers come from: not available; {value.unavailable}.", tone="unavailable")
    tested = [one for one in value.covariates if not one.unavailable]
    if not tested:
        return Note(
            "Where customers come from: not available; needs `first_heard` of customers, or `channel` or a product "
            "group of orders, with two groups that are large enough.",
            tone="unavailable",
        )
    telling = [one for one in tested if one.matters]
    silent = [_LABELS[one.trait].lower() for one in tested if not one.matters]
    if not telling:
        return Note(f"How often customers buy and how soon they leave does not depend on {_listed(silent)}.")
    rows = tuple(row for one in telling for row in _rows(one))
    return Table(
        _title(telling),
        ("Known at the first purchase", "Customers", "Buys, compared", "Leaves, compared", "Purchases expected"),
        rows,
        ("left", "right", "right", "right", "right"),
        _caption(value.horizon_end, silent, any(one.trait == "segment" for one in telling)),
        widths=(3.0, 1.0, 1.8, 1.8, 1.2),
    )


def _rows(one: Covariate) -> list[tuple[str, ...]]:
    found: list[Any] = list(one.groups.itertuples(index=False))
    return [
        (
            f"{_LABELS[one.trait]}: {row.group}",
            count(row.n_customers),
            "compared with" if number == 0 else _factor(row.buys, row.buys_low, row.buys_high),
            "compared with" if number == 0 else _factor(row.leaves, row.leaves_low, row.leaves_high),
            quantity(row.expected),
        )
        for number, row in enumerate(found)
    ]


def _factor(middle: float, low: float, high: float) -> str:
    if high > 100 * low or high == low:
        return "cannot be told"
    return f"× {quantity(middle, 2)} ({quantity(low, 2)} to {quantity(high, 2)})"


def _title(telling: list[Covariate]) -> str:
    ends = []
    for one in telling:
        groups = one.groups.sort_values("expected")
        low, high = groups.iloc[0], groups.iloc[-1]
        ends.append((float(high["expected"]) / max(float(low["expected"]), 1e-9), one.trait, high, low))
    # The client's own grouping may follow from what was bought; another trait is the better headline.
    ends.sort(key=lambda end: (end[1] != "segment", end[0]))
    _, trait, high, low = ends[-1]
    return (
        f"{_LABELS[trait]}: {quantity(high['expected'])} purchases to come from a customer of “{high['group']}”, "
        f"{quantity(low['expected'])} of “{low['group']}”"
    )


def _caption(horizon_end: date, silent: list[str], has_segment: bool) -> str:
    parts = [
        "Compared: how often a customer buys, and the odds of leaving after a purchase, as a multiple of those of the "
        "largest group (95 % range). Purchases expected: mean a customer until "
        f"{day(horizon_end)}. Differences are associations: they do not say what a customer would do in another group. "
        "The values do not use them."
    ]
    if has_segment:
        parts.append("The client's own grouping may itself follow from what was bought.")
    if silent:
        parts.append(f"It makes no difference that could be told from chance: {_listed(silent)}.")
    return " ".join(parts)


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
