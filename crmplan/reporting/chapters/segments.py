"""Chapter 04: the segments, what they bring, how customers move between them, and what is decided for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from crmplan.analysis.attributes import LABELS
from crmplan.engagement import Engagement
from crmplan.reporting.blocks import Chart, Figure, Findings, KeyFigures, Note, Table
from crmplan.reporting.chapters.segment_sentences import movement, of_money, sentences, signed
from crmplan.reporting.charts import chart
from crmplan.reporting.wording import count, money, plural, share

if TYPE_CHECKING:
    from crmplan.analysis import Segments

__all__ = [
    "decision_table",
    "drivers_table",
    "figures_table",
    "findings",
    "flows_table",
    "migration_chart",
    "movable_middle",
    "outlook_chart",
    "size_chart",
]

_FIRM_OVERLAP = 0.75
_MOST_MARKS = 7


def findings(segments: Segments, engagement: Engagement) -> Findings | Note:
    """Return what the chapter has found."""
    if segments.unavailable:
        return _unavailable("Segments", segments.unavailable)
    return Findings(sentences(segments, engagement.client.currency))


def decision_table(segments: Segments, engagement: Engagement) -> Table | Note:
    """Return each segment with the rule a salesperson can apply and the effort that is decided for it."""
    from crmplan.analysis.decisions import in_words

    if segments.unavailable:
        return _unavailable("Segments", segments.unavailable)
    rules = {rule.segment: in_words(rule, currency=engagement.client.currency) for rule in segments.rules}
    rows = [(row.segment, rules[row.segment], row.effort, row.action) for row in _rows(segments.table)]
    here = {row[0] for row in rows}
    absent = [rule.segment for rule in segments.rules if rule.segment not in here]
    nobody = f" Nobody stands today in: {'; '.join(absent)}." if absent else ""
    return Table(
        "Every customer belongs to exactly one segment, by a rule that can be applied by hand",
        ("Segment", "Rule", "Sales effort", "What is done"),
        tuple(rows),
        ("left", "left", "left", "left"),
        f"{_rhythm_words(segments)} A year of buying: the 12 months that end with a customer's last purchase.{nobody}",
        widths=(1.3, 3.0, 1.5, 2.8),
    )


def size_chart(segments: Segments) -> Chart | Note:
    """Return each segment's share of customers beside its share of revenue."""
    import altair as alt

    if segments.unavailable:
        return _unavailable("The size of segments", segments.unavailable)
    wanted = {"customer_share": "Share of customers", "revenue_share": "Share of revenue, 12 months"}
    if segments.table["profit_share"].notna().any():
        wanted["profit_share"] = "Share of gross profit, 12 months"
    rows = segments.table.melt("segment", list(wanted), "of", "value").dropna()
    rows["of"] = rows["of"].map(wanted)
    rows["percent"] = 100 * rows["value"]
    rows["text"] = [_part(value) for value in rows["value"]]
    rows["end"] = rows["percent"].clip(lower=0)
    order, kinds = segments.table["segment"].tolist(), list(wanted.values())
    y = alt.Y("segment:N", title="Segment", sort=order)
    offset = alt.YOffset("of:N", sort=kinds)
    colours = ["brand:muted", "brand:accent", "brand:second"][: len(kinds)]
    colour = alt.Color("of:N", title=None, scale=alt.Scale(domain=kinds, range=colours), legend=alt.Legend(columns=3))
    title = "Share of all (%)"
    bars = alt.Chart(rows).mark_bar().encode(y=y, yOffset=offset, x=alt.X("percent:Q", title=title), color=colour)
    words = alt.Chart(rows).mark_text(align="left", dx=5, color="brand:ink", fontSize=11)
    labels = words.encode(y=y, yOffset=offset, x=alt.X("end:Q", title=title), text="text:N")
    facts = "; ".join(
        f"{row.segment} {share(row.customer_share)} of customers, {_part(row.revenue_share)} of revenue"
        for row in _rows(segments.table)
    )
    return chart(
        (bars + labels).properties(width=560, height=alt.Step(17)),
        title=_size_title(segments),
        alt=f"Bars by segment. {facts}.",
        caption=f"{plural(len(segments.customers), 'customer')} who ever bought; revenue of the last 12 months.",
    )


def figures_table(segments: Segments, engagement: Engagement) -> Table | Note:
    """Return size, money and growth of each segment."""
    if segments.unavailable:
        return _unavailable("Figures of the segments", segments.unavailable)
    currency = engagement.client.currency
    rows: list[tuple[str, ...]] = []
    for row in _rows(segments.table):
        growth: tuple[str, ...] = ()
        if segments.is_compared:
            growth = (signed(row.customer_growth_share), signed(row.revenue_growth_share))
        revenue = (_money(row.revenue_12m, currency), money(row.mean_spend, currency))
        rows.append((row.segment, count(row.n_customers), *revenue, *growth, share(row.overlap)))
    growing = "Growth: against the customers who met the same rule a year ago."
    if not segments.is_compared:
        growing = "There are fewer than two years of purchases, so growth is not known."
    caption = (
        f"{growing} Holds together: the share of a segment that stays the same when the cut points are drawn anew; "
        f"{share(_FIRM_OVERLAP)} and more is firm."
    )
    headed = ("Customers, growth in 12 months", "Revenue, growth in 12 months") if segments.is_compared else ()
    return Table(
        "What each segment brings, and how it grows" if segments.is_compared else "What each segment brings",
        (
            "Segment",
            "Customers",
            "Revenue, 12 months",
            "Spend in a year of buying, mean",
            *headed,
            "Holds together",
        ),
        tuple(rows),
        ("left", *["right"] * (4 + len(headed))),  # type: ignore[arg-type]
        caption,
    )


def outlook_chart(segments: Segments, engagement: Engagement) -> Chart | Note:
    """Return what the customers of each segment brought after they had been put into it."""
    import altair as alt

    found, currency = segments.outlook, engagement.client.currency
    if segments.unavailable or found.unavailable:
        return _unavailable("The link between segment and profit", segments.unavailable or found.unavailable)
    rows = found.table.copy()
    rows["text"] = [money(value, currency) for value in rows["mean"]]
    rows["label"] = [f"{row.segment} ({count(row.n_customers)})" for row in _rows(rows)]
    measure = "Gross profit" if found.measure == "profit" else "Revenue"
    y = alt.Y("label:N", title="Segment then (customers)", sort=rows["label"].tolist())
    title = f"{measure} per customer in the {found.n_days} days since, mean ({currency})"
    x = alt.X("mean:Q", title=title, axis=alt.Axis(format="~s"))
    spread = (
        alt.Chart(rows)
        .mark_rule(strokeWidth=2, color="brand:muted")
        .encode(y=y, x=alt.X("low:Q", title=title), x2="high:Q")
    )
    points = alt.Chart(rows).mark_point(filled=True, size=90, opacity=1, color="brand:accent").encode(y=y, x=x)
    right = alt.X("high:Q", title=title)
    words = alt.Chart(rows).mark_text(align="left", dx=7, color="brand:ink").encode(y=y, x=right, text="text:N")
    facts = "; ".join(f"{row.segment} {row.text}, {share(row.bought_share)} bought" for row in _rows(rows))
    return chart(
        (spread + points + words).properties(width=520, height=alt.Step(30)),
        title=_link_title(segments),
        alt=f"Means with intervals by segment. {facts}.",
        caption=f"{plural(found.n_customers, 'customer')}, put into segments as of {found.n_days} days before the end "
        f"of the data by today's rules; bars: 95 % interval. {_link_words(segments)}",
    )


def flows_table(segments: Segments) -> Table | Note:
    """Return who came into each segment and who left it within 12 months."""
    if segments.unavailable:
        return _unavailable("Flows between segments", segments.unavailable)
    if not segments.is_compared:
        return _unavailable("Flows between segments", "needs two years of purchases")
    rows = []
    for row in _rows(segments.table):
        stayed = row.n_customers - row.n_in
        out = _largest(segments.flows[segments.flows["previous"] == row.segment], "now", row.segment)
        come = _largest(segments.flows[segments.flows["now"] == row.segment], "previous", row.segment)
        figures = (count(row.n_earlier), count(stayed), count(row.n_in), count(row.n_out))
        rows.append((row.segment, *figures, come, out))
    return Table(
        "Who came and who went in 12 months",
        ("Segment", "A year ago", "Stayed", "Came in", "Went out", "Most came from", "Most went to"),
        tuple(rows),
        ("left", "right", "right", "right", "right", "left", "left"),
        "Numbers of customers; both dates cut at the same points.",
    )


def migration_chart(segments: Segments, engagement: Engagement) -> Chart | Note:
    """Return how customers moved between value tiers within 12 months."""
    import altair as alt

    found, currency = segments.migration, engagement.client.currency
    if segments.unavailable or found.unavailable:
        return _unavailable("Movement between value tiers", segments.unavailable or found.unavailable)
    names = {"top": "Top", "middle": "Middle", "small": "Small", "none": "No purchase"}
    rows = found.matrix.assign(previous=found.matrix["previous"].map(names), now=found.matrix["now"].map(names))
    rows["share"] = 100 * rows["n_customers"] / rows.groupby("previous")["n_customers"].transform("sum")
    rows["text"] = [f"{count(n)} ({part:.0f} %)" for n, part in zip(rows["n_customers"], rows["share"], strict=True)]
    order = list(names.values())
    base = alt.Chart(rows).encode(
        x=alt.X("now:N", title="Tier in the last 12 months", sort=order, axis=alt.Axis(labelAngle=0, orient="top")),
        y=alt.Y("previous:N", title="Tier in the 12 months before", sort=order),
    )
    cells = base.mark_rect().encode(color=alt.Color("share:Q", legend=None, scale=alt.Scale(domain=[0, 100])))
    light = alt.condition(alt.datum.share > 62, alt.value("brand:paper"), alt.value("brand:ink"))
    return chart(
        (cells + base.mark_text().encode(text="text:N", color=light)).properties(width=540, height=190),
        title=f"{share(found.upward_share)} of customers moved up a tier, {share(found.downward_share)} moved down",
        alt=f"Table of customers by tier before and now. {movement(segments)}",
        caption=f"Top: {money(found.top_from, currency)} or more in 12 months; middle: "
        f"{money(found.middle_from, currency)} or more; both years cut alike. In brackets: share of the row.",
    )


def movable_middle(segments: Segments, engagement: Engagement) -> KeyFigures | Note:
    """Return the customers close to the top tier, and what moving small customers up would bring."""
    found, currency = segments.migration, engagement.client.currency
    if segments.unavailable or found.top_from is None:
        return _unavailable("The movable middle", segments.unavailable or found.unavailable)
    if found.movable_share is None:
        return _unavailable("The movable middle", "customers bring too nearly the same to be told apart in tiers")
    near = f"{share(found.movable_share)} of the middle tier; 70 % or more of {money(found.top_from, currency)}"
    figures = [Figure("Middle customers close to the top", count(found.n_movable), near)]
    if found.n_movable:
        each = f"{money(found.movable_gap / found.n_movable, currency)} each, on average"
        figures.append(Figure("Missing for all of them to reach it", money(found.movable_gap, currency), each))
    for lift in found.lifts:
        label = f"If {share(lift.moved_share, 0)} of small customers became middle ones"
        more = f"more revenue a year, from {plural(lift.n_moved, 'customer')}"
        figures.append(Figure(label, money(lift.revenue, currency), more))
    return KeyFigures(tuple(figures))


def drivers_table(segments: Segments) -> Table | Note:
    """Return which attributes mark customers who leave and customers who bring most."""
    found = segments.drivers
    if found.unavailable:
        return _unavailable("What marks customers at risk", found.unavailable)
    n_tested = sum(found.n_tested.values())
    rows = []
    for marks, meaning in ((found.risk, "leaves"), (found.best, "brings most")):
        for row in _rows(marks.head(_MOST_MARKS)):
            bounds = f"{_points(row.low)} to {_points(row.high)}"
            rates = (count(row.n), share(row.rate), share(row.rest_rate), bounds)
            rows.append((meaning, LABELS.get(row.attribute, row.attribute), str(row.value), *rates))
    if not rows:
        message = (
            f"{plural(n_tested, 'comparison was', 'comparisons were')} made; no attribute marks customers who leave or "
        )
        return Note(message + "customers who bring most beyond what chance explains.")
    meanings = [f"Leaves: customers who {found.risk_meaning}." if len(found.risk) else ""]
    meanings.append(f"Brings most: customers who {found.best_meaning}." if len(found.best) else "")
    return Table(
        "What marks customers who leave, and customers who bring most",
        ("Who", "Attribute", "Value", "Customers", "Rate", "Rate of all others", "Difference, 95 % interval"),
        tuple(rows),
        ("left", "left", "left", "right", "right", "right", "right"),
        " ".join(
            [*meanings, f"Of {count(n_tested)} comparisons; false finds held to 5 %. A mark is not a cause."]
        ).strip(),
    )


def _link_title(segments: Segments) -> str:
    if segments.outlook.is_linked:
        return f"A customer's segment says how much {of_money(segments)} will follow"
    return f"A customer's segment does not say how much {of_money(segments)} will follow"


def _link_words(segments: Segments) -> str:
    explained = segments.outlook.explained_share
    if explained is None:
        return ""
    return f"The segments explain {share(explained)} of the differences between customers, by rank."


def _size_title(segments: Segments) -> str:
    table = segments.table
    if not table["revenue_share"].notna().any():
        return "No segment has brought revenue in the last 12 months"
    best = table.sort_values("revenue_share", kind="stable").iloc[-1]
    return (
        f"“{best['segment']}”: {share(best['customer_share'])} of customers, {share(best['revenue_share'])} of revenue"
    )


def _rhythm_words(segments: Segments) -> str:
    rhythm = segments.rhythm
    quiet, gone = plural(rhythm.quiet_after_days, "day"), plural(rhythm.gone_after_days, "day")
    if rhythm.is_assumed:
        who = plural(rhythm.n_returning, "customer has", "customers have")
        return f"{who} come back so far, too few to know their rhythm; {quiet} and {gone} are taken instead."
    return (
        f"Three returns in four come within {quiet}, each customer counted once; nine returning customers in ten never "
        f"stayed away over {gone}."
    )


def _largest(flows: pd.DataFrame, column: str, own: str) -> str:
    others = flows[flows[column] != own].sort_values(["n_customers", column], ascending=[False, True])
    if others.empty:
        return "–"
    first: Any = others.iloc[0]
    return f"{first[column] or 'not yet customers'} ({count(first['n_customers'])})"


def _rows(frame: pd.DataFrame) -> list[Any]:
    return list(frame.itertuples())


def _part(value: float | None) -> str:
    return "below 0.1 %" if value is not None and 0 < value < 0.0005 else share(value)


def _money(value: float, currency: str) -> str:
    return money(value, currency) if value else f"{currency} 0"


def _points(value: float) -> str:
    return f"{100 * value:+.0f}"


def _unavailable(what: str, why: str) -> Note:
    return Note(f"{what}: not available; {why}.", tone="unavailable")
