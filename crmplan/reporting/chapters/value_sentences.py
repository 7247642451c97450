"""What chapter 05 has found, in sentences: each with its number, the weightiest first."""

from __future__ import annotations

import math
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING

from crmplan.reporting.wording import count, money, plural, share
from crmplan.value.margin import ALIKE
from crmplan.value.purchase_history import day_in_words as day

if TYPE_CHECKING:
    from crmplan.value import Value

__all__ = ["day", "net_of", "off", "part", "sentences", "stated_as"]

_SMALL_ERROR = 0.05
"""An error of the total in the check below this is no measure of what the years ahead may bring."""
_LARGE_ERROR = 0.10

_SOURCES = MappingProxyType(
    {
        "own": "has the cost of its order lines",
        "category": "has the margin of its category",
        "assumed": "has the one margin stated for all else",
        ALIKE: "has none of these and is taken to be like the rest",
    }
)


def sentences(value: Value, currency: str) -> tuple[str, ...]:
    """Return two to five sentences: worth, concentration, level, ranking, assumptions that do not hold."""
    found = (
        _on_worth(value, currency),
        _on_concentration(value),
        _on_level(value),
        value.rolling.verdict_ranking,
        _on_assumptions(value),
    )
    return tuple(sentence for sentence in found if sentence)


def stated_as(value: Value) -> str:
    """Return what the figure is: gross profit, or revenue where no margin is known."""
    return "gross profit" if value.is_profit else "revenue"


def net_of(value: Value) -> str:
    """Return what has been taken off, in words."""
    served = bool(value.serve_cost_per_purchase)
    if not value.is_profit:
        off_it = "net of returns and service, not of goods," if served else "net of returns only,"
        return f"{off_it} because {value.margin_remark or 'no margin is known'}: it is not profit"
    costs = "of the costs of goods and service" if served else "of the cost of goods"
    return f"net of returns and {costs} ({_margin(value)})"


def _margin(value: Value) -> str:
    """Return what margin is used and, where it has several sources, how much of what was bought each covers."""
    mean, covered = share(value.margin_share), value.margin_covered
    if len(covered) > 1:
        parts = [f"{part(of)} {_SOURCES[name]}" for name, of in covered.items()]
        return f"margin {mean} on average; of what was bought, {', '.join(parts[:-1])} and {parts[-1]}"
    return {
        "own": f"margin {mean} on average of all that was bought so far, from the costs of the order lines",
        "category": f"margin by product category, {mean} on average",
    }.get(value.margin_basis, f"one margin of {mean} for everybody")


def part(value: float | None) -> str:
    """Return a share that may be too small to print.

    Examples
    --------
    >>> part(0.0001), part(-0.0001), part(0.0), part(0.52)
    ('under 0.1 %', 'under 0.1 %', '0 %', '52 %')
    """
    return "under 0.1 %" if value is not None and 0 < abs(value) < 0.0005 else share(value)


def off(bias: float | None) -> str:
    """Return by how much a total was wrong.

    Examples
    --------
    >>> off(-0.162), off(0.0093), off(None)
    ('16 % too low', '0.9 % too high', '–')
    """
    if bias is None or math.isnan(bias):
        return "–"
    if abs(bias) < 0.0005:
        return "right"
    return f"{share(abs(bias))} too {'high' if bias > 0 else 'low'}"


def _on_worth(value: Value, currency: str) -> str:
    equity, n = value.equity, len(value.customers)
    who = "The one customer who has bought is" if n == 1 else f"The {count(n)} customers who have bought are"
    first = day(value.as_of + timedelta(days=1))
    between = f"range {money(equity.low, currency)} to {money(equity.high, currency)}"
    return (
        f"{who} worth {money(equity.total, currency)} in {stated_as(value)} from purchases still to come "
        f"({first} to {day(value.horizon_end)}; {between})."
    )


def _on_concentration(value: Value) -> str:
    equity, n = value.equity, len(value.customers)
    if equity.top_tenth_share is None or equity.half_share is None or n < 10:
        return ""
    few = max(round(equity.half_share * n), 1)
    return (
        f"The most valuable tenth of customers holds {share(equity.top_tenth_share)} of this value; "
        f"half of it lies with {plural(few, 'customer')} ({part(equity.half_share)})."
    )


def _on_level(value: Value) -> str:
    if value.chosen_model not in set(value.rolling.league["forecast"]):
        why = value.holdout.unavailable or "the model could not be fitted to the past"
        return f"The forecast could not be checked against the past: {why}."
    league = value.rolling.league
    row = league[league["forecast"] == value.chosen_model].iloc[0]
    bought, spent = float(row["bias_share"]), float(row["spend_bias_share"])
    at = plural(value.rolling.n_cut_offs, "cut-off")
    since = day(min(check.split_on for check in value.rolling.checks if check.split_on) + timedelta(days=1))
    advice = "read the value with an error of at least this size"
    if max(abs(bought), abs(spent)) < _SMALL_ERROR:
        advice = "a good result for that time, which says less about the years ahead"
    elif abs(spent) >= _LARGE_ERROR:
        advice = f"read the value as more likely too {'high' if spent > 0 else 'low'} than too {_other(spent)}"
    return (
        f"Checked at {at} on what has already happened ({since} to {day(value.as_of)}), the model put purchases "
        f"{off(bought)} and spend {off(spent)} on average: {advice}."
    )


def _other(bias: float) -> str:
    return "low" if bias > 0 else "high"


def _on_assumptions(value: Value) -> str:
    bad = [check for check in value.assumptions if check.colour == "red"]
    n = len(value.assumptions)
    if not bad:
        return f"Of {count(n)} assumptions behind the figure, none is clearly broken."
    name = bad[0].name.split(" (")[0]
    doubt = f"the first to discuss is “{name}”" if len(bad) > 1 else f"it is “{name}”"
    verb = "does" if len(bad) == 1 else "do"
    return f"Of {count(n)} assumptions behind the figure, {count(len(bad))} {verb} not hold; {doubt}."
