"""The page of chapter 02 that says how good each source is, who writes its records, and what separate systems cost."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from crmplan.engagement import Engagement
from crmplan.reporting.blocks import Note, Table
from crmplan.reporting.chapters.single_customer_view_sentences import label_of, table_words
from crmplan.reporting.wording import count, money, plural

if TYPE_CHECKING:
    from crmplan.intake import Intake
    from crmplan.metrics.registry import Measured

__all__ = ["authors_table", "profile_table", "upkeep_note"]

_MOST_ROWS = 20
_FIGURES = ("complete", "valid", "unique", "linked")


def profile_table(intake: Intake, measured: Mapping[str, Measured], engagement: Engagement) -> Table | Note:
    """Return five figures on the quality of every table of every source, the least complete first, and of all."""
    from crmplan.metrics.data_quality import quality_shares

    found = intake.quality.join(quality_shares(intake.quality))
    if found.empty:
        return Note("Quality by source: not available; needs an export with rows in it.", "unavailable")
    found = found.sort_values(["complete", "n_rows"], ascending=[True, False], kind="stable")
    rows = [
        (
            label_of(one["source"], engagement), table_words(one["table"]), count(one["n_rows"]),
            *(_share(one[name]) for name in _FIGURES),
            "–" if math.isnan(one["days_old"]) else plural(int(one["days_old"]), "day"),
        )
        for one in found.head(_MOST_ROWS).to_dict("records")
    ]  # fmt: skip
    hidden = len(found) - len(rows)
    more = f" {plural(hidden, 'more complete table')} not shown." if hidden else ""
    if len(found) > 1:
        shares = (_measured_share(measured[f"data_{name}_share"]) for name in _FIGURES)
        rows.append(("All together", "", count(found["n_rows"].sum()), *shares, ""))
    return Table(
        title="How good each source's data are, the least complete first",
        header=("Source", "Rows are", "Rows used", "Complete", "Valid", "Unique", "Linked", "Age"),
        rows=tuple(rows),
        align=("left", "left", "right", "right", "right", "right", "right", "right"),
        caption="Complete: cells of the columns sent that hold something. Valid: of these, values that can be right. "
        "Unique: rows received that repeat no other. Linked: numbers of other tables' rows whose row came. Age: from "
        f"the last event or change to the last day that counts.{more}",
        widths=(2.0, 1.6, 1.0, 0.9, 0.9, 0.9, 0.9, 0.9),
    )


def authors_table(intake: Intake, engagement: Engagement) -> Table | Note:
    """Return who contributes records, without naming anybody."""
    if intake.authors.empty:
        return Note("Who writes records: not available; needs `created_by`, `agent_id` or `owner`.", "unavailable")
    rows = tuple(
        (
            label_of(one["source"], engagement), table_words(one["table"]), count(one["n_records"]),
            _share(one["n_signed"] / one["n_records"]), count(one["n_authors"]), _share(one["busiest_share"]),
        )
        for one in intake.authors.to_dict("records")
    )  # fmt: skip
    return Table(
        title="Who writes the records",
        header=("Source", "Records are", "Records", "With an author", "Authors", "By the three busiest"),
        rows=rows,
        align=("left", "left", "right", "right", "right", "right"),
        caption="Where few write most of the records, what is known of customers hangs on them.",
        widths=(2.0, 1.6, 1.0, 1.2, 0.9, 1.4),
    )


def upkeep_note(measured: Mapping[str, Measured], engagement: Engagement) -> Note:
    """Return what it takes to keep the systems in step by hand."""
    changes, cost = measured["carried_changes"], measured["upkeep_cost"]
    if changes.value is None or cost.value is None:
        return Note(f"The cost of keeping systems in step: not available; {changes.reason}.", "unavailable")
    economics, currency = engagement.economics, engagement.client.currency
    by = "assumed by us" if economics.is_assumed else "given by the client"
    return Note(
        f"Several systems hold {plural(changes.n, 'record')} of customers whom they share. In the last twelve months "
        f"{plural(int(changes.value), 'change')} to them had to be made again elsewhere. At "
        f"{economics.minutes_per_record_change:g} minutes each and {money(economics.day_rate, currency)} a day ({by}), "
        f"that is {cost.value / economics.day_rate:,.1f} working days or {money(cost.value, currency)} a year; "
        "where it is not done, records drift apart."
    )


def _measured_share(found: Measured) -> str:
    return _share(math.nan if found.value is None else found.value)


def _share(value: float) -> str:
    """Return a share with one decimal, so that a few bad cells among many do not vanish."""
    return "–" if math.isnan(value) else "100 %" if value == 1 else f"{min(100 * value, 99.9):.1f} %"
