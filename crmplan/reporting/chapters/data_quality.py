"""The page of chapter 02 that says how good each source is, who writes its records, and what separate systems cost."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from crmplan.analysis.upkeep import upkeep
from crmplan.engagement import Engagement
from crmplan.intake.quality_profile import authors, quality_profile
from crmplan.reporting.blocks import Note, Table
from crmplan.reporting.chapters.single_customer_view_sentences import label_of, table_words
from crmplan.reporting.wording import count, money, plural

if TYPE_CHECKING:
    from crmplan.customers import SingleView
    from crmplan.intake import Intake

__all__ = ["MINUTES_A_CHANGE", "authors_table", "profile_table", "upkeep_note"]

MINUTES_A_CHANGE = 4.0
"""Minutes to make one change in one more system: our assumption, told where it is used."""

_MOST_ROWS = 20


def profile_table(intake: Intake, engagement: Engagement) -> Table | Note:
    """Return five figures on the quality of every table of every source, the least complete first."""
    mapped: dict[tuple[str, str], frozenset[str]] = {}
    for source in engagement.sources:
        for mapping in source.tables:
            key = (source.name, mapping.table)
            mapped[key] = mapped.get(key, frozenset()) | frozenset(mapping.columns)
    found = quality_profile(intake.tables, intake.ledger, intake.findings, mapped=mapped, as_of=engagement.as_of)
    if found.empty:
        return Note("Quality by source: not available; needs an export with rows in it.", "unavailable")
    found = found.sort_values(["complete_share", "n_rows"], ascending=[True, False], kind="stable")
    rows = tuple(
        (
            label_of(one["source"], engagement), table_words(one["table"]), count(one["n_rows"]),
            _share(one["complete_share"]), _share(one["valid_share"]), _share(one["unique_share"]),
            _share(one["linked_share"]), "–" if math.isnan(one["days_old"]) else plural(int(one["days_old"]), "day"),
        )
        for one in found.head(_MOST_ROWS).to_dict("records")
    )  # fmt: skip
    hidden = len(found) - len(rows)
    more = f" {plural(hidden, 'more complete table')} not shown." if hidden else ""
    return Table(
        title="How good each source's data are, the least complete first",
        header=("Source", "Rows are", "Rows used", "Complete", "Valid", "Unique", "Linked", "Age"),
        rows=rows,
        align=("left", "left", "right", "right", "right", "right", "right", "right"),
        caption="Complete: cells of the columns sent that hold something. Valid: of these, values that can be right. "
        "Unique: rows received that repeat no other. Linked: references that lead to a row that came, where some do "
        f"not. Age: from the last event or change to the last day that counts.{more}",
        widths=(2.0, 1.6, 1.0, 0.9, 0.9, 0.9, 0.9, 0.9),
    )


def authors_table(intake: Intake, engagement: Engagement) -> Table | Note:
    """Return who contributes records, without naming anybody."""
    found = authors(intake.tables)
    if found.empty:
        return Note("Who writes records: not available; needs `created_by`, `agent_id` or `owner`.", "unavailable")
    rows = tuple(
        (
            label_of(one["source"], engagement), table_words(one["table"]), count(one["n_records"]),
            _share(one["n_signed"] / one["n_records"]), count(one["n_authors"]), _share(one["busiest_share"]),
        )
        for one in found.to_dict("records")
    )  # fmt: skip
    return Table(
        title="Who writes the records",
        header=("Source", "Records are", "Records", "With an author", "Authors", "By the three busiest"),
        rows=rows,
        align=("left", "left", "right", "right", "right", "right"),
        caption="Where few write most of the records, what is known of customers hangs on them.",
        widths=(2.0, 1.6, 1.0, 1.2, 0.9, 1.4),
    )


def upkeep_note(view: SingleView, engagement: Engagement) -> Note:
    """Return what it takes to keep the systems in step by hand."""
    if not view.tables.has("customers", "customer_key"):
        return Note("Keeping systems in step: not available; needs `customers`.", "unavailable")
    wanted = ("source", "customer_key", "updated_at")
    columns = [name for name in wanted if view.tables.has("customers", name)]
    found = upkeep(
        view.tables.frame("customers", *columns),
        as_of=engagement.as_of,
        minutes_a_change=MINUTES_A_CHANGE,
        day_rate=engagement.economics.day_rate,
    )
    if found.unavailable:
        return Note(f"The cost of keeping systems in step: not available; {found.unavailable}.", "unavailable")
    currency = engagement.client.currency
    return Note(
        f"{plural(found.n_shared, 'customer')} are in more than one system. Their records were changed "
        f"{count(found.n_changed)} times in the last twelve months, so {plural(found.n_carried, 'change')} had to be "
        f"made again elsewhere. At {MINUTES_A_CHANGE:g} minutes each (our assumption) and "
        f"{money(engagement.economics.day_rate, currency)} a day, that is {found.days:,.1f} working days or "
        f"{money(found.cost, currency)} a year; where it is not done, records drift apart."
    )


def _share(value: float) -> str:
    """Return a share with one decimal, so that a few bad cells among many do not vanish."""
    return "–" if math.isnan(value) else "100 %" if value == 1 else f"{min(100 * value, 99.9):.1f} %"
