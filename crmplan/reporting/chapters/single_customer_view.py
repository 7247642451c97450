"""Chapter 02: what came in, what became of every row, who is who across the systems, and how good the data are."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

import pandas as pd

from crmplan.engagement import Engagement
from crmplan.reporting.blocks import Chart, Figure, Findings, KeyFigures, Note, Table
from crmplan.reporting.chapters.single_customer_view_sentences import (
    effect_sentences,
    label_of,
    rows_received,
    sentences,
    table_words,
)
from crmplan.reporting.charts import chart
from crmplan.reporting.wording import count, plural, share

if TYPE_CHECKING:
    from crmplan.customers import SingleView
    from crmplan.intake import Intake

__all__ = [
    "conflicts_table",
    "effects",
    "findings",
    "key_figures",
    "ledger_table",
    "months_chart",
    "overlap_table",
    "quality_table",
    "sources_table",
]

_MOST_ROWS = 15
_MOST_SOURCES = 4
_KEPT = ("used", "no_customer_id")
_WHY: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "malformed": ("with a needed value missing",) * 2,
        "not_found": ("that refers to a row that did not come", "that refer to rows that did not come"),
        "cancelled": ("cancelled",) * 2,
        "after_as_of": ("after the last day that counts",) * 2,
        "duplicate": ("exact copy", "exact copies"),
        "superseded": ("older version", "older versions"),
        "repeated": ("repeat of the same record", "repeats of the same record"),
    }
)
_COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "kind": "Person or firm", "name": "Name", "email": "E-mail address", "phone": "Telephone number",
        "postcode": "Postal code", "city": "Town", "country": "Country", "industry": "Industry",
        "born_on": "Day of birth", "birth_year": "Year of birth", "segment": "The client's own group",
    }
)  # fmt: skip


def findings(intake: Intake, view: SingleView, engagement: Engagement) -> Findings | Note:
    """Return what the chapter has found: customers behind the records, rows used, gaps, disagreement."""
    if view.unavailable:
        return _unavailable("One view of the customer", view.unavailable)
    return Findings(sentences(intake, view, engagement))


def key_figures(intake: Intake, view: SingleView, engagement: Engagement) -> KeyFigures | Note:
    """Return systems, records, customers and rows."""
    if view.unavailable:
        return _unavailable("Key figures", view.unavailable)
    n_rows, n_out = rows_received(intake)
    n_several = int((view.tables.frame("golden", "n_sources")["n_sources"] > 1).sum())
    n_duplicates = view.n_records - view.n_customers
    joined = f"{plural(n_duplicates, 'record')} joined to others" if n_duplicates else "no two records are the same"
    figures = [
        Figure("Rows received", count(n_rows), f"{count(n_rows - n_out)} used" if n_out else "all used"),
        Figure("Customer records", count(view.n_records), f"in {plural(len(view.sources), 'system')}"),
        Figure("Customers behind them", count(view.n_customers), joined),
    ]
    if len(view.sources) > 1:
        part = share(n_several / view.n_customers)
        figures.append(Figure("Known in more than one system", count(n_several), f"{part} of customers"))
    return KeyFigures(tuple(figures))


def ledger_table(intake: Intake, engagement: Engagement) -> Table | Note:
    """Return rows in and out of every source and table; they add up to the rows of the files."""
    ledger = intake.ledger
    if ledger.empty:
        return _unavailable("The account of rows", "needs an export")
    rows = []
    for (source, name), part in ledger.groupby(["source", "table"], sort=False):
        counts = part.groupby("outcome", sort=False)["n_rows"].sum()
        n_in, n_used = int(counts.sum()), int(counts.reindex(_KEPT).fillna(0).sum())
        why = "; ".join(plural(counts[one], *_WHY[one]) for one in _WHY if counts.get(one, 0))
        anonymous = int(counts.get("no_customer_id", 0))
        cells = (label_of(str(source), engagement), table_words(str(name)), count(n_in), count(n_used))
        rows.append((*cells, count(anonymous), count(n_in - n_used), why or "–"))
    more = f" {plural(len(rows) - _MOST_ROWS, 'smaller table')} not shown." if len(rows) > _MOST_ROWS else ""
    last_day = f"{engagement.as_of.day} {engagement.as_of:%b %Y}"
    if more:
        rows = sorted(rows, key=lambda row: -int(row[2].replace(",", "")))[:_MOST_ROWS]
    return Table(
        title="What became of every row received",
        header=("Source", "Rows are", "Received", "Used", "Of these without customer", "Left out", "Why left out"),
        rows=tuple(rows),
        align=("left", "left", "right", "right", "right", "right", "left"),
        caption=f"Received is used plus left out. Rows up to {last_day} count. An export that repeats a "
        f"customer or product in every line counts each line as received here.{more}",
        widths=(2.0, 1.6, 1.0, 1.0, 1.2, 1.0, 2.6),
    )


def sources_table(view: SingleView, engagement: Engagement) -> Table | Note:
    """Return, for every source, how many customers stand behind its records."""
    if view.unavailable:
        return _unavailable("Records and customers by source", view.unavailable)
    largest_first = view.sources.sort_values("n_records", ascending=False, kind="stable")
    rows = [
        (
            label_of(row["source"], engagement),
            count(row["n_rows"]),
            count(row["n_records"]),
            count(row["n_customers"]),
            count(row["n_duplicates"]),
            share(row["duplicate_share"]) if row["n_records"] else "–",
        )
        for row in largest_first.head(_MOST_ROWS).to_dict("records")
    ]
    n_joined = view.n_records - view.n_customers
    return Table(
        title=f"{plural(view.n_records, 'record')}, {plural(view.n_customers, 'customer')}",
        header=("Source", "Rows used", "Customer records", "Customers", "Duplicates", "Duplicate share"),
        rows=tuple(rows),
        align=("left", "right", "right", "right", "right", "right"),
        caption="A duplicate is a record of a customer who has another one in the same source. An exact mark is an "
        "equal e-mail address, telephone and last name, or name and postal code, or that one system names the number "
        f"of the other. {plural(n_joined, 'record') if n_joined else 'No record'} could be joined to another.",
    )


def overlap_table(view: SingleView, engagement: Engagement) -> Table | Note:
    """Return how many customers each pair of sources shares."""
    if view.overlap.empty:
        return Note("All customer records come from one source, so there is nothing to compare between systems.")
    size = dict(zip(view.sources["source"], view.sources["n_customers"], strict=True))
    rows = []
    for row in view.overlap.sort_values("n_shared_customers", ascending=False, kind="stable").to_dict("records"):
        a, b, n_shared = row["source_a"], row["source_b"], row["n_shared_customers"]
        smaller = min(size[a], size[b])
        part = share(n_shared / smaller) if smaller else "–"
        rows.append((label_of(a, engagement), label_of(b, engagement), count(n_shared), part))
    return Table(
        title="Customers whom two systems share",
        header=("Source", "And source", "Shared customers", "Share of the smaller one"),
        rows=tuple(rows[:_MOST_ROWS]),
        align=("left", "left", "right", "right"),
        caption="A low share means that the systems serve different customers or cannot be linked with these data.",
    )


def months_chart(view: SingleView, engagement: Engagement) -> Chart | Note:
    """Return order lines by month and source: a gap is an export that is missing."""
    import altair as alt

    if not view.tables.count("orders"):
        return _unavailable("Rows by month", "needs `orders`")
    n_lines = _lines_by_month(view)
    largest = [
        str(name)
        for name in n_lines.groupby("source").sum().sort_values(ascending=False, kind="stable").index[:_MOST_SOURCES]
    ]
    rows = _by_month(n_lines, largest)
    if rows["month"].nunique() < 2:
        return _unavailable("Rows by month", "needs orders of more than one month")
    data = rows.assign(source=[label_of(name, engagement) for name in rows["source"]])
    names = [label_of(name, engagement) for name in largest]
    colours = ["brand:accent", "brand:second", "brand:muted", "brand:ink"][: len(names)]
    legend = alt.Legend() if len(names) > 1 else None
    n_empty = int((data.groupby("month")["n_lines"].sum() == 0).sum())
    lines_chart = (
        alt.Chart(data, height=220, width=620)
        .mark_line()
        .encode(
            x=alt.X("yearmonth(month):T", title="Month", axis=alt.Axis(format="%b %Y", tickCount=8, labelOverlap=True)),
            y=alt.Y("n_lines:Q", title="Order lines (number)", axis=alt.Axis(format="~s")),
            color=alt.Color(
                "source:N", title=None, legend=legend, sort=names, scale=alt.Scale(domain=names, range=colours)
            ),
            strokeDash=alt.StrokeDash("source:N", legend=None, sort=names),
        )
    )
    gaps = f"No order line in {plural(n_empty, 'month')}" if n_empty else "Order lines came for every month"
    span = f"{data['month'].min():%B %Y} to {data['month'].max():%B %Y}"
    return chart(
        lines_chart,
        title=gaps,
        alt=f"Order lines by month, {span}, {plural(len(names), 'source')}. {gaps}.",
        caption=f"{span}; {plural(n_lines.sum(), 'order line')} used. The first and last month may not be whole.",
    )


def _lines_by_month(view: SingleView) -> pd.Series:
    """Return the number of order lines by source and month, counted where the lines are."""
    orders = view.tables["orders"]
    orders = orders.filter(orders.ordered_at.notnull())
    counted = orders.group_by(orders.source, month=orders.ordered_at.truncate("M")).aggregate(n_lines=orders.count())
    frame: pd.DataFrame = counted.order_by("source", "month").to_pandas()
    return frame.assign(month=frame["month"].dt.to_period("M")).set_index(["source", "month"])["n_lines"]


def _by_month(n_lines: pd.Series, sources: list[str]) -> pd.DataFrame:
    """Return ``source``, ``month`` and ``n_lines``; 0 where a source has no line in a month between first and last."""
    months = n_lines.index.get_level_values("month")
    full = pd.period_range(months.min(), months.max(), freq="M")
    grid = pd.MultiIndex.from_product([sources, full], names=["source", "month"])
    rows = n_lines.reindex(grid, fill_value=0).rename("n_lines").reset_index()
    return rows.assign(month=rows["month"].dt.to_timestamp())


def quality_table(intake: Intake, engagement: Engagement) -> Table | Note:
    """Return what is wrong with the data, the most severe first."""
    if not intake.findings:
        return Note("The checks of the data found nothing wrong.")
    rows = [
        (
            one.severity,
            f"{label_of(one.source, engagement)}, {table_words(one.table)}",
            _found(one.message, one.examples),
            one.effect,
        )
        for one in intake.findings[:_MOST_ROWS]
    ]
    more = len(intake.findings) - len(rows)
    masked = "Examples are masked: x stands for a letter and 9 for a digit in personal data."
    has_examples = any(one.examples for one in intake.findings[:_MOST_ROWS])
    hidden = f"{plural(more, 'less severe finding')} not shown." if more else ""
    caption = " ".join(part for part in (masked if has_examples else "", hidden) if part)
    n_high = sum(one.severity == "high" for one in intake.findings)
    n_told = count(n_high) if n_high else "none"
    title = f"{plural(len(intake.findings), 'finding')} on the quality of the data, {n_told} of high severity"
    if len(intake.findings) == 1:
        title = f"1 finding on the quality of the data, of {intake.findings[0].severity} severity"
    return Table(
        title=title,
        header=("Severity", "Where", "What was found", "What it does"),
        rows=tuple(rows),
        align=("left", "left", "left", "left"),
        caption=caption,
        widths=(0.9, 1.8, 3.2, 3.0),
    )


def conflicts_table(view: SingleView, engagement: Engagement) -> Table | Note:
    """Return in which columns the records of one customer say different things."""
    n_several = int((view.tables.frame("golden", "n_records")["n_records"] > 1).sum()) if view.n_customers else 0
    known = view.conflicts.loc[view.conflicts["customer_key"].notna()]
    shared = view.conflicts.loc[view.conflicts["customer_key"].isna()]
    ignored = ""
    if len(shared):
        ignored = (
            f" {plural(len(shared), 'address or number', 'addresses or numbers')} shared by more than 10 records of "
            "one source, or 100 in all, joined nobody."
        )
    if known.empty:
        text = "No customer has more than one record"
        if view.n_customers and (view.tables.frame("golden", "n_sources")["n_sources"] > 1).any():
            text += "; the systems that share customers know them under the same number"
        text = f"{text}." if not n_several else "Records of one customer nowhere disagree."
        return Note(text + ignored)
    rows = []
    for column, part in known.groupby("column"):
        sources = sorted({name for names in part["sources"].unique() for name in names.split(", ")})
        n_customers = int(part["customer_key"].nunique())
        labels = ", ".join(label_of(name, engagement) for name in sources)
        what = _COLUMNS.get(str(column), str(column))
        rows.append((n_customers, (what, count(n_customers), share(n_customers / n_several), labels)))
    rows.sort(key=lambda row: (-row[0], row[1][0]))
    return Table(
        title=f"{plural(known['customer_key'].nunique(), 'customer')} with records that disagree",
        header=("What", "Customers", "Share of customers with several records", "Sources"),
        rows=tuple(cells for _, cells in rows[:_MOST_ROWS]),
        align=("left", "right", "right", "left"),
        caption="Ways of writing the same thing (capitals, blanks, country codes) do not count. The record changed "
        f"last wins, then the most complete one.{ignored}",
    )


def effects(intake: Intake, view: SingleView, engagement: Engagement) -> Findings | Note:
    """Return what the defects do to the chapters that follow."""
    told = effect_sentences(intake, view, engagement)
    return Findings(told) if told else Note("No defect found here limits the chapters that follow.")


def _found(message: str, examples: tuple[str, ...]) -> str:
    return f"{message} For example: {'; '.join(examples)}" if examples else message


def _unavailable(what: str, reason: str) -> Note:
    return Note(f"{what}: not available; {reason}.", tone="unavailable")
