"""Chapter 02, who belongs to whom: households, firms and parent firms, what they buy together, and contradictions."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import TYPE_CHECKING

import pandas as pd

from crmplan.engagement import Engagement
from crmplan.reporting.blocks import Block, Findings, Note, Table
from crmplan.reporting.chapters.single_customer_view_sentences import label_of
from crmplan.reporting.wording import count, money, plural, share

if TYPE_CHECKING:
    from crmplan.customers import SingleView

__all__ = ["belonging", "group_conflicts_table", "groups_findings", "largest_groups_table"]

_MOST_ROWS = 10
_LEVELS = {"household": "household", "firm": "firm", "parent": "parent firm"}
_REASONS = {
    "several": "records name several; that of the record changed last is taken",
    "several firms of that name": "several firms bear the name of the firm; none is taken",
    "circle": "the firm is its own parent over a corner; no parent is taken",
}


def belonging(view: SingleView, engagement: Engagement) -> tuple[Block, ...]:
    """Return all there is to tell of households and firms, or one note where the data name none."""
    found = groups_findings(view, engagement)
    if isinstance(found, Note):
        return (found,)
    parts: tuple[Block, ...] = (found, largest_groups_table(view, engagement))
    return parts if view.hierarchy.conflicts.empty else (*parts, group_conflicts_table(view, engagement))


def groups_findings(view: SingleView, engagement: Engagement) -> Findings | Note:
    """Return how many households and firms there are and how much of the revenue they stand for."""
    hierarchy = view.hierarchy
    if hierarchy.unavailable or hierarchy.members.empty:
        reason = hierarchy.unavailable or "no record names a household, or a firm that others belong to"
        return Note(f"Households and firms: not available; {reason}.", tone="unavailable")
    return Findings(tuple(_sentences(view, engagement)))


def _sentences(view: SingleView, engagement: Engagement) -> Iterator[str]:
    members, groups = view.hierarchy.members, view.hierarchy.groups
    revenue = _revenue(view, engagement)["revenue"]
    for level in ("household", "firm"):
        of_level = members.loc[members["level"].eq(level)]
        if of_level.empty:
            continue
        n_groups = int(of_level["group"].nunique())
        part = float(revenue.reindex(of_level["customer_key"]).fillna(0.0).sum())
        total = float(revenue.sum())
        worth = f"; they bring {share(part / total)} of revenue" if total > 0 else ""
        n = len(of_level)
        yield (
            f"{plural(n, 'customer')} {'belongs' if n == 1 else 'belong'} to {plural(n_groups, _LEVELS[level])} by "
            f"what the records say{worth}."
        )
    n_daughters, n_parents = int(groups["parent"].notna().sum()), int(groups["parent"].nunique())
    if n_daughters:
        verb = "stands" if n_daughters == 1 else "stand"
        yield f"{plural(n_daughters, 'firm')} {verb} under {plural(n_parents, 'parent firm')}."
    is_unplaced = view.hierarchy.conflicts["reason"].eq("several firms of that name")
    n_unplaced, n_conflicts = int(is_unplaced.sum()), int((~is_unplaced).sum())
    if n_unplaced:
        yield f"{plural(n_unplaced, 'customer')} could not be placed, for several firms bear the name that they give."
    if n_conflicts:
        yield f"For {plural(n_conflicts, 'customer')} the records contradict each other in this."


def largest_groups_table(view: SingleView, engagement: Engagement) -> Table | Note:
    """Return the households and firms that buy most, a firm with all that stand under it."""
    from crmplan.customers.hierarchy import totals_by_group

    if view.hierarchy.unavailable or view.hierarchy.members.empty:
        return Note("The largest households and firms: not available; none is named.", tone="unavailable")
    revenue = _revenue(view, engagement)
    ever = revenue["revenue"]
    totals = totals_by_group(view.hierarchy, ever)
    of_year = totals_by_group(view.hierarchy, revenue["revenue_12m"]).set_index("group")["amount"]
    currency, total = engagement.client.currency, float(ever.sum())
    rows = [
        (
            _named(row, view, engagement),
            _LEVELS[str(row["level"])],
            count(row["n_customers"]),
            money(of_year[row["group"]], currency),
            money(row["amount"], currency),
            share(row["amount"] / total) if total > 0 else "–",
        )
        for row in totals.head(_MOST_ROWS).to_dict("records")
    ]
    more = len(totals) - len(rows)
    rest = f" {plural(more, 'smaller one')} not shown." if more else ""
    return Table(
        title="Households and firms that buy most",
        header=("Which", "What", "Customers", "Revenue in 12 months", "Revenue in all", "Share of all"),
        rows=tuple(rows),
        align=("left", "left", "right", "right", "right", "right"),
        caption="A firm counts with those who buy for it and the firms under it, and bears its own customer number "
        f"where it is a customer.{rest}",
        widths=(1.6, 1.2, 0.9, 1.4, 1.4, 1.0),
    )


def _named(row: Mapping[Hashable, object], view: SingleView, engagement: Engagement) -> str:
    key = row["customer_key"]
    if not isinstance(key, str):
        return str(row["group"])
    golden = view.tables.frame("golden")
    if engagement.privacy.show_names and "name" in golden:
        name = golden.loc[golden["customer_key"].eq(key), "name"].iloc[0]
        return f"{name} ({key})" if isinstance(name, str) else key
    return key


def _revenue(view: SingleView, engagement: Engagement) -> pd.DataFrame:
    """Return ``revenue`` and ``revenue_12m`` by customer, as every other chapter counts them."""
    from crmplan.analysis.purchases import per_customer, purchase_days

    bought = per_customer(purchase_days(view.tables, as_of=engagement.as_of))
    return bought.set_index(bought["customer_key"].astype("str"))[["revenue", "revenue_12m"]]


def group_conflicts_table(view: SingleView, engagement: Engagement) -> Table | Note:
    """Return customers of whom records name several households or firms, firms that several bear the name of."""
    conflicts = view.hierarchy.conflicts
    if conflicts.empty:
        if view.hierarchy.members.empty:
            return Note("No record names a household, or a firm that others belong to.")
        return Note("Nowhere do the records contradict each other about who belongs to whom.")
    rows = [
        (
            str(row["customer_key"]),
            _LEVELS[str(row["level"])],
            count(row["n_groups"]),
            ", ".join(label_of(name, engagement) for name in str(row["sources"]).split(", ")),
            _REASONS[str(row["reason"])],
        )
        for row in conflicts.head(_MOST_ROWS).to_dict("records")
    ]
    more = len(conflicts) - len(rows)
    return Table(
        title=f"{plural(len(conflicts), 'contradiction')} about who belongs to whom",
        header=("Customer", "About the", "Named", "Sources", "What was done"),
        rows=tuple(rows),
        align=("left", "left", "right", "left", "left"),
        caption=f"{plural(more, 'further one')} not shown." if more else "",
        widths=(0.9, 1.0, 0.7, 1.8, 3.0),
    )
