"""Chapter 00: who the client is, what was agreed, which data came, what is missing, and what to keep in mind."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

import pandas as pd

from crmplan.engagement import Engagement
from crmplan.intake.ledger import DATED_BY
from crmplan.intake.words import table_label
from crmplan.metrics.registry import Metric, registry
from crmplan.reporting.blocks import Chart, Figure, Findings, KeyFigures, Note, Table
from crmplan.reporting.chapters.engagement_requests import Request, margins_to_ask_for, missing_for, requests
from crmplan.reporting.chapters.single_customer_view_sentences import rows_received
from crmplan.reporting.charts import chart
from crmplan.reporting.wording import count, plural, share
from crmplan.schema import TABLES

if TYPE_CHECKING:
    from crmplan.intake import Intake

__all__ = [
    "agreed_table",
    "caveats",
    "data_table",
    "findings",
    "goals_table",
    "key_figures",
    "period_chart",
    "request_table",
    "sources_table",
]

_MOST_ROWS = 15
_MOST_REQUESTS = 10
_MOST_NAMED = 3
_DAYS_A_MONTH = 30.44
_KEPT = ("used", "no_customer_id")
_DATED_BY: Mapping[str, str] = MappingProxyType({**DATED_BY, "customers": "created_at", "shipments": "promised_on"})
_AREAS = {
    "marketing": "marketing", "sales": "sales", "call_center": "call centre", "operations": "operations",
    "most_valuable_customers": "most valuable customers", "information_and_culture": "information and culture",
    "it_integration": "IT integration", "crm_capability": "CRM capability", "symptoms": "symptoms",
    "lifecycle": "life-cycle phases", "components": "components",
}  # fmt: skip
_CUSTOMERS = {"consumers": "consumers", "firms": "firms", "both": "consumers and firms"}


def findings(engagement: Engagement, intake: Intake) -> Findings:
    """Return what the chapter has found: what came, over which time, and what is still to be asked for."""
    n_rows, n_left_out = _rows_and_left_out(intake)
    files = plural(intake.ledger["file"].nunique(), "file")
    systems = plural(len(engagement.sources), "system")
    fate = "all are used" if n_rows else "none holds anything"
    if n_left_out:
        fate = f"{count(n_left_out)} of them ({share(n_left_out / n_rows)}) cannot be used"
    if n_left_out == n_rows > 0:
        fate = "not one of them can be used"
    sentences = [f"{engagement.client.name} sent {plural(n_rows, 'row')} in {files} from {systems}; {fate}."]
    sentences.append(_on_time(engagement, intake))
    if not intake.unavailable:  # which columns came says little where no order or contract can be used
        sentences.append(_on_figures(engagement, intake))
    if engagement.economics.is_assumed:
        sentences.append(_on_assumptions(engagement))
    sentences.append(margins_to_ask_for(engagement, intake.tables))
    return Findings(tuple(sentence for sentence in sentences if sentence))


def key_figures(engagement: Engagement, intake: Intake) -> KeyFigures:
    """Return systems, rows, kinds of data, figures and people asked."""
    n_rows, n_left_out = _rows_and_left_out(intake)
    metrics = _metrics(engagement)
    n_possible = sum(not missing_for(one, intake.tables) for one in metrics)
    n_kinds = len([name for name in TABLES if name in intake.tables])
    figures = [
        Figure("Systems", count(len(engagement.sources)), plural(intake.ledger["file"].nunique(), "file")),
        Figure("Rows received", count(n_rows), f"{count(n_left_out)} left out" if n_left_out else "all used"),
        Figure("Kinds of data", f"{n_kinds} of {len(TABLES)}", "orders, customers, contacts and so on"),
        Figure("Figures possible", f"{n_possible} of {len(metrics)}", "where there are enough rows"),
    ]
    if engagement.respondents:
        n_roles = len({person.role for person in engagement.respondents})
        figures.append(Figure("People asked", count(len(engagement.respondents)), f"in {plural(n_roles, 'role')}"))
    return KeyFigures(tuple(figures))


def agreed_table(engagement: Engagement) -> Table:
    """Return what was agreed before anything was computed: client, scope, date, rules and money."""
    client, money_side = engagement.client, engagement.economics
    targets = ", ".join(f"{_AREAS[area]} {engagement.targets.of(area):g}" for area in engagement.scope)
    by = "assumed by us" if money_side.is_assumed else "given by the client"
    rows = [
        ("Client", ", ".join(part for part in (client.name, client.industry, client.country) if part)),
        ("Customers", _CUSTOMERS[client.customers]),
        ("Areas looked at", ", ".join(_AREAS[area] for area in engagement.scope)),
        ("Last day that counts", _day(pd.Timestamp(engagement.as_of))),
        ("Currency", client.currency),
        ("Gross margin", _margin_agreed(engagement)),
        ("Yearly discount rate", f"{share(money_side.annual_discount_rate)} ({by})"),
        ("Value is counted over", plural(money_side.horizon_months, "month")),
        ("Target levels, 0 to 5", targets),
    ]
    if engagement.respondents:
        rule = engagement.consensus
        rows.append(
            (
                "A panel agrees when",
                f"at least {share(rule.share)} stand within {plural(rule.within_levels, 'level')} of the middle answer",
            )
        )
    return Table("What was agreed beforehand", ("Subject", "Agreed"), tuple(rows), ("left", "left"), "", (1.0, 3.0))


def _margin_agreed(engagement: Engagement) -> str:
    money_side = engagement.economics
    one, shares = money_side.gross_margin_share, sorted(money_side.gross_margin_share_by_category.values())
    if one is None and not shares:
        return "only where order lines carry their cost"
    by = "assumed by us" if money_side.is_assumed else "given by the client"
    whole = share(one) if one is not None else ""
    if shares:
        between = share(shares[0]) if shares[0] == shares[-1] else f"{share(shares[0])} to {share(shares[-1])}"
        named = f"{between} in {plural(len(shares), 'category', 'categories')} of products"
        whole = f"{named}, {whole} in all others," if whole else named
    return f"{whole} where order lines carry no cost ({by})"


def goals_table(engagement: Engagement) -> Table | Note:
    """Return the client's mission and goals, in its own words."""
    if not engagement.goals:
        mission = f" The mission: {engagement.mission}" if engagement.mission else ""
        return Note(f"Goals are not available: needs `goals` in engagement.yaml.{mission}", "unavailable")
    rows = tuple((str(number), goal.text) for number, goal in enumerate(engagement.goals, start=1))
    mission = f"Mission: {engagement.mission}" if engagement.mission else ""
    return Table("What the client wants to reach", ("No.", "Goal"), rows, ("right", "left"), mission, (0.3, 5.0))


def data_table(engagement: Engagement, intake: Intake) -> Table | Note:
    """Return each kind of data that came: from which systems, how many rows, from when to when."""
    if intake.ledger.empty:
        return _unavailable("What came")
    spans = _spans(intake)
    rows = []
    for name, part in intake.ledger.groupby("table", sort=False):
        n_rows = int(part["n_rows"].sum())
        n_used = int(part.loc[part["outcome"].isin(_KEPT), "n_rows"].sum())
        systems = ", ".join(_label(str(source), engagement) for source in part["source"].unique())
        rows.append((_capital(table_label(str(name))), systems, count(n_rows), count(n_used), *_ends(spans, str(name))))
    order = [_capital(table_label(name)) for name in TABLES]
    rows.sort(key=lambda row: order.index(row[0]))
    return Table(
        title="Which data came",
        header=("Data", "Systems", "Rows received", "Rows used", "From", "To"),
        rows=tuple(rows),
        align=("left", "left", "right", "right", "left", "left"),
        caption="From and to are the first and last date among the rows used. An export that names customers or "
        "products in every line counts each line as received. The single customer view says why rows were left out.",
        widths=(1.4, 2.3, 0.9, 1.0, 1.25, 1.25),
    )


def sources_table(engagement: Engagement, intake: Intake) -> Table | Note:
    """Return each system: what it serves, what came from it, over which time."""
    if intake.ledger.empty:
        return _unavailable("Systems")
    spans = _spans(intake)
    rows = []
    for source in engagement.sources:
        part = intake.ledger[intake.ledger["source"] == source.name]
        of = spans[spans["source"] == source.name]
        kinds = ", ".join(table_label(str(name)) for name in part["table"].unique())
        sent = (count(part["file"].nunique()), count(_rows_sent(part)))
        ends = _ends(of, None)
        rows.append((source.label or source.name, _capital(kinds) or "–", *sent, *ends))
    hidden = f" {plural(len(rows) - _MOST_ROWS, 'more system')} not shown." if len(rows) > _MOST_ROWS else ""
    return Table(
        title="What each system sent",
        header=("System", "Data", "Files", "Rows received", "From", "To"),
        rows=tuple(rows[:_MOST_ROWS]),
        align=("left", "left", "right", "right", "left", "left"),
        caption=f"From and to are the first and last date among the rows used.{hidden}",
        widths=(1.4, 2.3, 0.6, 1.1, 1.25, 1.25),
    )


def period_chart(engagement: Engagement, intake: Intake) -> Chart | Note:
    """Return from when to when each kind of data of each system reaches, beside the last day that counts."""
    import altair as alt

    spans = _spans(intake).head(2 * _MOST_ROWS)
    if spans.empty:
        return _unavailable("The time that the data cover")
    names = [_label(source, engagement) for source in spans["source"]]
    rows = spans.assign(
        data=[f"{_capital(table_label(t))} ({name})" for t, name in zip(spans["table"], names, strict=True)]
    )[["data", "first", "last"]]
    bars = alt.Chart(rows).mark_bar(color="brand:accent", height=9)
    bars = bars.encode(
        x=alt.X("first:T", title="Date"),
        x2="last:T",
        y=alt.Y(
            "data:N",
            title="Data (system)",
            sort=None,
            axis=alt.Axis(labelLimit=260, titleAngle=0, titleAlign="right", titleX=-6, titleY=-8),
        ),
    )
    as_of = pd.DataFrame({"day": [pd.Timestamp(engagement.as_of)]})
    rule = alt.Chart(as_of).mark_rule(color="brand:second", strokeDash=[5, 3]).encode(x="day:T")
    first, last = rows["first"].min(), rows["last"].max()
    ends = zip(rows["data"], rows["first"], rows["last"], strict=True)
    return chart(
        (bars + rule).properties(width=420, height=max(60, 20 * len(rows))),
        title=f"The data reach from {_day(first)} to {_day(last)}",
        alt="; ".join(f"{one}: {_day(a)} to {_day(z)}" for one, a, z in ends) + ".",
        caption=f"Dashed line: {_day(pd.Timestamp(engagement.as_of))}, the last day that counts.",
    )


def request_table(engagement: Engagement, intake: Intake) -> Table | Note:
    """Return the data request list: what is missing and what it would make possible, the most valuable first."""
    wanted = _wanted(engagement, intake)
    if not wanted:
        return Note("Nothing is missing: every figure and every step of the method has the data it needs.")
    rows = tuple(
        (str(number), one.what, count(len(one.figures)) if one.figures else "–", _made_possible(one))
        for number, one in enumerate(wanted[:_MOST_REQUESTS], start=1)
    )
    rest = len(wanted) - len(rows)
    more = f" {plural(rest, 'smaller request')} not shown." if rest > 0 else ""
    return Table(
        title="What to ask for next, the most valuable first",
        header=("No.", "Please send", "New figures", "What it would make possible"),
        rows=rows,
        align=("right", "left", "right", "left"),
        caption=f"New figures: how many of the {len(_metrics(engagement))} figures on the areas looked at it makes "
        f"possible by itself.{more}",
        widths=(0.4, 2.0, 0.8, 4.0),
    )


def caveats(engagement: Engagement) -> Table | Note:
    """Return what a reader must know about these data."""
    if not engagement.caveats:
        return Note("Nothing in particular was noted about these data.")
    rows = tuple((str(number), text) for number, text in enumerate(engagement.caveats, start=1))
    return Table("What to keep in mind", ("No.", "Remark"), rows, ("right", "left"), "", (0.3, 5.0))


def _rows_and_left_out(intake: Intake) -> tuple[int, int]:
    return rows_received(intake)


def _rows_sent(ledger: pd.DataFrame) -> int:
    # A file that is read as several tables was sent once.
    return int(ledger.groupby(["file", "table"])["n_rows"].sum().groupby("file").max().sum())


def _metrics(engagement: Engagement) -> list[Metric]:
    wanted = {*engagement.scope, "information", "value"}
    return [one for one in registry().values() if one.department in wanted]


def _wanted(engagement: Engagement, intake: Intake) -> tuple[Request, ...]:
    return requests(_metrics(engagement), intake.tables, customers=engagement.client.customers)


def _made_possible(request: Request) -> str:
    parts = [*request.steps]
    if request.figures:
        named = [_lower(label) for label in request.figures[:_MOST_NAMED]]
        more = len(request.figures) - len(named)
        parts.append(", ".join(named) + (f" and {plural(more, 'more figure')}" if more else ""))
    if request.helps:
        others = plural(len(request.helps), "figure")
        parts.append(f"{others}{' more' if request.figures else ''} together with other data")
    return _capital("; ".join(parts))


def _on_time(engagement: Engagement, intake: Intake) -> str:
    spans = _spans(intake)
    for name, what in (("orders", "Purchases run"), ("contracts", "Contracts began")):
        of = spans[spans["table"] == name]
        if len(of):
            first, last = of["first"].min(), of["last"].max()
            if _day(first) == _day(last):
                return f"All that came is of one day, {_day(first)}; a relationship cannot be followed over one day."
            months = max(round(((last - first).days + 1) / _DAYS_A_MONTH), 1)
            return f"{what} from {_day(first)} to {_day(last)}: {plural(months, 'month')}."
    return (
        f"Not one order or contract up to {_day(pd.Timestamp(engagement.as_of))} came; without them nothing is valued."
    )


def _on_figures(engagement: Engagement, intake: Intake) -> str:
    metrics = _metrics(engagement)
    n_possible = sum(not missing_for(one, intake.tables) for one in metrics)
    if n_possible == len(metrics):
        return f"The data are enough for all {len(metrics)} figures on the areas looked at."
    wanted = _wanted(engagement, intake)
    first = f" The next thing to ask for: {_lower(wanted[0].what)}." if wanted else ""
    return f"The data are enough for {n_possible} of the {len(metrics)} figures on the areas looked at.{first}"


def _on_assumptions(engagement: Engagement) -> str:
    money_side = engagement.economics
    rate = f"yearly discount rate of {share(money_side.annual_discount_rate)}"
    if money_side.gross_margin_share is None and not money_side.gross_margin_share_by_category:
        return f"The {rate} is our assumption until the client gives its own."
    margin = f"gross margin of {share(money_side.gross_margin_share)}"
    if money_side.gross_margin_share_by_category:
        margin = "gross margin of each product category"
    return f"The {margin} and the {rate} are our assumptions until the client gives its own."


def _spans(intake: Intake) -> pd.DataFrame:
    """Return source, table, first and last day of each kind of data with dates."""
    parts = []
    for name in TABLES:
        column = _DATED_BY.get(name, "")
        if not column or not intake.tables.has(name, "source", column):
            continue
        rows = intake.tables[name]
        ends = rows.group_by("source").aggregate(first=rows[column].min(), last=rows[column].max())
        parts.append(ends.order_by("source").to_pandas().dropna().assign(table=name))
    columns = ["source", "table", "first", "last"]
    found = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
    return found[columns]


def _ends(spans: pd.DataFrame, table: str | None) -> tuple[str, str]:
    of = spans if table is None else spans[spans["table"] == table]
    return (_day(of["first"].min()), _day(of["last"].max())) if len(of) else ("–", "–")


def _label(source: str, engagement: Engagement) -> str:
    return next((one.label or one.name for one in engagement.sources if one.name == source), source)


def _day(moment: pd.Timestamp) -> str:
    return f"{moment.day} {moment:%b %Y}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _unavailable(what: str) -> Note:
    return Note(f"{what}: not available, needs an export with rows in it.", "unavailable")
