"""Chapter 05: the margin of each product category, where the client has stated one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from crmplan.engagement import Engagement
from crmplan.reporting.blocks import Block, Note, Table
from crmplan.reporting.wording import money, plural, share

if TYPE_CHECKING:
    from crmplan.value import Value

__all__ = ["blocks"]

_MOST_ROWS = 12


def blocks(value: Value, engagement: Engagement) -> tuple[Block, ...]:
    """Return the margins by category and what they lack; nothing where none were stated."""
    stated = value.margin_by_category
    found: list[Block] = []
    if "category" in value.margin_covered:
        found.append(_table(value, engagement))
    elif stated.remark:
        reason = f"not used, because {stated.remark}; {_instead(value)}"
        found.append(Note(f"Margins by category: {reason}.", tone="unavailable"))
    if stated.unknown:
        names = ", ".join(stated.unknown)
        found.append(
            Note(
                f"A margin is stated for {names}, but nothing was bought of it: the name may be misspelt.",
                "unavailable",
            )
        )
    return tuple(found)


def _instead(value: Value) -> str:
    """Return what is used where margins by category are not."""
    if not value.is_profit:
        return "until then the value is revenue, not profit"
    if "own" not in value.margin_covered:
        return f"one margin of {share(value.margin_share)} is used for everybody"
    others = ", and one margin for those without" if "assumed" in value.margin_covered else ""
    return f"the costs of the order lines are used{others}"


def _table(value: Value, engagement: Engagement) -> Table:
    currency = engagement.client.currency
    categories = value.margin_by_category.categories.dropna(subset=["margin_share"])
    left = float((categories["revenue"] * categories["margin_share"]).sum() / categories["revenue"].sum())
    shown, rest = categories.head(_MOST_ROWS), categories.iloc[_MOST_ROWS:]
    rows: list[tuple[str, ...]] = [
        (row.category, money(row.revenue, currency), share(row.revenue_share),
         share(row.margin_share), money(row.revenue * row.margin_share, currency),
         "this category" if row.is_stated else "all others")
        for row in _rows(shown)
    ]  # fmt: skip
    if len(rest):
        rows.append(_together(rest, currency))
    by = "our assumptions" if engagement.economics.is_assumed else "given by the client"
    return Table(
        f"{share(left)} of what was bought{_only(value)} is left after the cost of goods, {_widest(categories)}",
        ("Category", "Bought so far", "Share", "Margin", "Left of it", "Margin stated for"),
        tuple(rows),
        ("left", "right", "right", "right", "right", "left"),
        f"Bought net of returns, by customers who are known{_only(value)}. The margins are {by}. A customer's "
        "margin is that of what it bought, drawn towards the mean of all by the weight of five purchases.",
        widths=(2.0, 1.3, 0.8, 0.8, 1.3, 1.3),
    )


def _only(value: Value) -> str:
    return " on order lines without a cost of their own" if "own" in value.margin_covered else ""


def _rows(frame: pd.DataFrame) -> list[Any]:
    return list(frame.itertuples(index=False))


def _together(rest: pd.DataFrame, currency: str) -> tuple[str, ...]:
    revenue, left = float(rest["revenue"].sum()), float((rest["revenue"] * rest["margin_share"]).sum())
    return (
        f"{plural(len(rest), 'other category', 'other categories')}", money(revenue, currency),
        share(float(rest["revenue_share"].sum())), share(left / revenue), money(left, currency), "",
    )  # fmt: skip


def _widest(categories: pd.DataFrame) -> str:
    stated = categories[categories["is_stated"]].sort_values("margin_share")
    low, high = stated.iloc[0], stated.iloc[-1]
    if low["margin_share"] == high["margin_share"]:
        return f"{share(low['margin_share'])} in every category named"
    return (
        f"from {share(low['margin_share'])} in {low['category']} to {share(high['margin_share'])} in {high['category']}"
    )
