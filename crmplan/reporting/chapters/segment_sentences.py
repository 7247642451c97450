"""What chapter 04 has found, in sentences: each with its number, the weightiest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from crmplan.analysis.rules import NO_WAY_OUT
from crmplan.reporting.wording import count, money, plural, share

if TYPE_CHECKING:
    from crmplan.analysis import Segments

__all__ = ["movement", "of_money", "on_growth", "sentences", "signed"]


_FEWEST_FOR_GROWTH = 30


def sentences(segments: Segments, currency: str) -> tuple[str, ...]:
    """Return at most five sentences on the best segment, risk, growth, the link with money, and movement."""
    found = (
        _on_best(segments),
        _on_slipping(segments, currency),
        on_growth(segments),
        _on_link(segments, currency),
        _on_movement(segments, currency),
    )
    return tuple([sentence for sentence in found if sentence])


def _on_best(segments: Segments) -> str:
    table = segments.table
    if not table["revenue_share"].notna().any():
        return "Nobody bought in the last 12 months: every customer counts as lapsed, slipping or lost."
    best = _highest(table, "revenue_share")
    if len(table) == 1:
        n = best["n_customers"]
        who = "The only customer stands" if n == 1 else f"All {plural(n, 'customer')} stand"
        return f"{who} in one segment, “{best['segment']}”."
    return (
        f"“{best['segment']}” are {share(best['customer_share'])} of all customers "
        f"({count(best['n_customers'])}) and bring {share(best['revenue_share'])} of the revenue of the last 12 months."
    )


def _on_slipping(segments: Segments, currency: str) -> str:
    rows = segments.table[segments.table["segment"] == "Slipping, valuable"]
    if rows.empty:
        return ""
    row = rows.iloc[0]
    worth = money(row["mean_spend"] * row["n_customers"], currency)
    who = plural(row["n_customers"], "valuable customer has", "valuable customers have")
    theirs = "its" if row["n_customers"] == 1 else "their"
    return (
        f"{who} gone quiet, longer than three returns in four take ({plural(segments.cuts.quiet_after_days, 'day')}): "
        f"{worth} in {theirs} last year of buying is at risk."
    )


def on_growth(segments: Segments) -> str:
    """Return which of the larger segments grew and shrank most, as a sentence; empty where there are not two."""
    table = segments.table[~segments.table["segment"].isin(NO_WAY_OUT)]
    known = table[table["n_earlier"] >= _FEWEST_FOR_GROWTH].dropna(subset="customer_growth_share")
    if len(known) < 2:
        return ""
    fast, slow = _highest(known, "customer_growth_share"), _lowest(known, "customer_growth_share")
    most, least = signed(fast["customer_growth_share"]), signed(slow["customer_growth_share"])
    if most == least:
        return f"All segments of {_FEWEST_FOR_GROWTH} customers or more changed alike in 12 months ({most} customers)."
    grew = {"+": "grew fastest", "-": "shrank least"}.get(most[0], "kept its size")
    shrank = {"+": "grew slowest", "-": "shrank most"}.get(least[0], "kept its size")
    return f"“{fast['segment']}” {grew} in 12 months ({most} customers), “{slow['segment']}” {shrank} ({least})."


def _on_link(segments: Segments, currency: str) -> str:
    found = segments.outlook
    if found.unavailable or len(found.table) < 2:
        return ""
    if not found.is_linked:
        return (
            f"The segments do not foretell {of_money(segments)}: what their customers brought in the {found.n_days} "
            "days after differs no more than by chance."
        )
    high, low = _highest(found.table, "mean"), _lowest(found.table, "mean")
    return (
        f"The segments foretell {of_money(segments)}: customers in “{high['segment']}” brought "
        f"{money(high['mean'], currency)} each in the {found.n_days} days after, those in “{low['segment']}” "
        f"{money(low['mean'], currency)}."
    )


def _on_movement(segments: Segments, currency: str) -> str:
    found = segments.migration
    gain = ""
    if found.lifts:
        lift = found.lifts[-1]
        gain = f"moving {share(lift.moved_share, 0)} of the small customers up one value tier would bring "
        gain += f"{money(lift.revenue, currency)} a year"
    if found.unavailable or found.net_upward_share is None:
        return f"{gain[0].upper()}{gain[1:]}." if gain else ""
    return f"{movement(segments)[:-1]}; {gain}." if gain else movement(segments)


def movement(segments: Segments) -> str:
    """Return how customers moved between value tiers, as a sentence."""
    found = segments.migration
    return (
        f"Of {plural(found.n_previous, 'customer')} of the year before, {share(found.upward_share)} moved up a value "
        f"tier, {share(found.downward_share)} moved down and {share(found.left_share)} bought nothing more."
    )


def of_money(segments: Segments) -> str:
    """Return what customers were followed for: gross profit, or revenue where cost is not known."""
    return "gross profit" if segments.outlook.measure == "profit" else "revenue"


def signed(change: float | None) -> str:
    """Return a change with its sign."""
    return f"{'+' if change is not None and change > 0 else ''}{share(change)}"


def _highest(frame: pd.DataFrame, column: str) -> Any:
    return frame.sort_values(column, kind="stable").iloc[-1]


def _lowest(frame: pd.DataFrame, column: str) -> Any:
    return frame.sort_values(column, kind="stable").iloc[0]
