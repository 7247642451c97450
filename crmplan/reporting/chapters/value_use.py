"""Chapter 05: what the value allows by segment and source, on the way from revenue, and if things change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmplan.engagement import Engagement
from crmplan.reporting.blocks import Chart, Note, Table
from crmplan.reporting.chapters.value_sentences import day
from crmplan.reporting.charts import chart
from crmplan.reporting.wording import count, money, plural, share
from crmplan.value.acquisition import ALL

if TYPE_CHECKING:
    from crmplan.value import CustomerEconomics, Value

__all__ = ["bridge_chart", "offer_table", "roll_forward_chart", "source_table", "tornado_chart"]

_MOST_ROWS = 12
_MOST_DECISIONS = 6
_A_CENT = 0.01
_MOVES = {
    "opening": "Opening", "acquired": "New customers", "revaluation": "Revaluation", "realised": "Earned",
    "lost": "Lost", "closing": "Closing",
}  # fmt: skip
_BRIDGE = {
    "list_revenue": "At list price", "discounts": "Discounts", "returns": "Returns",
    "cost_of_goods": "Cost of goods", "serving": "Serving", "acquisition": "Winning customers",
    "time": "Discounting", "value": "Value",
}  # fmt: skip


def source_table(economics: CustomerEconomics, engagement: Engagement) -> Table | Note:
    """Return what a new customer is worth by source and what winning one may cost."""
    won, currency = economics.acquisition, engagement.client.currency
    if economics.unavailable or won.unavailable:
        return _unavailable("What winning a customer may cost", economics.unavailable or won.unavailable)
    rows = tuple(
        (
            f"{row.source[:1].upper()}{row.source[1:]}",
            count(row.n_won_12m),
            money(row.first_year_margin, currency),
            money(row.value, currency),
            money(row.safe_cost, currency),
            money(row.cost, currency),
            _payback(row),
        )
        for row in _rows(won.sources)
    )
    return Table(
        _source_title(economics, currency),
        (
            "Source", "Won in 12 months", "First year", "Worth (most it may cost)", "Safe cost (9\u00a0in\u00a010)",
            "Cost today", "Paid back",
        ),
        rows,
        ("left", "right", "right", "right", "right", "right", "left"),
        f"{_first_year(economics, currency)}Margin of a new customer, expected from the first purchase on, discounted: "
        "a worth before the first year is over. At the safe cost, money is lost in one case of ten. Sources with few "
        f"customers are drawn towards the mean.{_needs_sources(economics)}",
        widths=(1.5, 0.9, 1.1, 1.3, 1.2, 1.0, 1.9),
    )  # fmt: skip


def offer_table(economics: CustomerEconomics, engagement: Engagement) -> Table | Note:
    """Return what an offer that keeps customers may cost in each segment."""
    if economics.unavailable or economics.offers.empty:
        return _unavailable("What keeping a customer may cost", economics.unavailable or "there are no segments")
    currency, cost = engagement.client.currency, economics.contact_cost
    rows = tuple(
        (
            row.segment,
            count(row.n_customers),
            share(row.leaving_share),
            money(row.at_risk, currency),
            money(row.offer, currency),
            money(row.safe_offer, currency),
            share(row.chance_of_loss) if pd.notna(row.chance_of_loss) else "–",
        )
        for row in _rows(economics.offers.head(_MOST_ROWS))
    )
    contact = (
        f"Chance of loss: that a contact at {money(cost, currency)} does not pay."
        if cost is not None
        else "Chance of loss: not available; needs contact_cost in engagement.yaml."
    )
    return Table(
        _offer_title(economics, currency),
        ("Segment", "Customers", "Leave in 12 months", "Value that leaves", "Offer pays up to",
         "Safe offer (9\u00a0in\u00a010)", "Chance of loss"),
        rows,
        ("left", "right", "right", "right", "right", "right", "right"),
        f"A customer, contact included, if the offer goes to everybody in the segment and holds "
        f"{share(economics.success_share)} of those who would leave (assumed; a test group tells). {contact}",
        widths=(1.7, 0.9, 1.1, 1.2, 1.2, 1.2, 1.0),
    )  # fmt: skip


def roll_forward_chart(economics: CustomerEconomics, engagement: Engagement) -> Chart | Note:
    """Return how customer equity came from its opening twelve months ago to today."""
    rolled, currency = economics.roll_forward, engagement.client.currency
    reason = economics.unavailable or rolled.unavailable
    if reason or rolled.opened_on is None:
        return _unavailable("Customer equity over twelve months", reason)
    opening, closing = rolled.amount("opening"), rolled.amount("closing")
    labels = [_MOVES[item] for item in rolled.items["item"]]
    change = f"{share(abs(closing / opening - 1))} {'more' if closing >= opening else 'less'}" if opening > 0 else "–"
    numbers = {row.item: count(row.n_customers) for row in _rows(rolled.items)}
    return _waterfall(
        labels,
        [float(amount) for amount in rolled.items["amount"]],
        currency,
        title=f"The customer base is worth {change} than twelve months ago",
        caption=f"From {day(rolled.opened_on)} to {day(engagement.as_of)}, both valued with today's model. New "
        f"customers: {numbers['acquired']}. Earned: margin of purchases in the year, which has left the value. Lost: "
        f"{numbers['lost']} customers who were probably still customers then and probably are not now. Revaluation: "
        "the rest, with the year by which the horizon moved on.",
    )


def bridge_chart(economics: CustomerEconomics, value: Value, engagement: Engagement) -> Chart | Note:
    """Return what lies between the revenue that customers will bring and their value."""
    if economics.unavailable or economics.bridge.empty:
        return _unavailable("From revenue to value", economics.unavailable)
    currency, row = engagement.client.currency, economics.bridge.iloc[0]
    steps = [name for name in _BRIDGE if name in {"list_revenue", "value"} or abs(float(row[name])) > 0.005]
    listed = float(row["list_revenue"])
    kept = share(float(row["value"]) / listed) if listed > 0 else "–"
    silent = [_BRIDGE[name].lower() for name in ("discounts", "returns", "serving") if abs(float(row[name])) <= 0.005]
    none = f" Nothing is known of {_listed(silent)}." if silent else ""
    known = [name for name in ("discounts", "returns") if name in steps]
    shares = f" {_listed(known).capitalize()} at the shares they have had so far." if known else ""
    until = f"{day(value.as_of + timedelta(days=1))} to {day(value.horizon_end)}"
    return _waterfall(
        [_BRIDGE[name] for name in steps],
        [float(row[name]) for name in steps],
        currency,
        title=f"Of what customers will pay at list price, {kept} is value",
        caption=f"Purchases expected from {until}.{shares}{none} "
        "What it cost to win today's customers is spent and takes nothing off what they still bring.",
    )


def tornado_chart(economics: CustomerEconomics, engagement: Engagement) -> Chart | Note:
    """Return what moves the value of the base, and which decision would change."""
    import altair as alt

    if economics.unavailable or economics.tornado.empty:
        return _unavailable("What moves the value", economics.unavailable)
    currency, found = engagement.client.currency, economics.tornado
    base = float(economics.segments["value"].sum())
    rows = _ends(found, base)
    scale, unit = _scale(rows["change"].abs().max())
    rows["shown"] = rows["change"] / scale
    y = alt.Y("lever:N", title=None, sort=found["lever"].tolist())
    widest = float(rows["shown"].abs().max()) * 1.55 or 1.0
    x = alt.X(
        "shown:Q",
        title=f"Change of the value of the base ({currency}{unit})",
        scale=alt.Scale(domain=[-widest, widest]),
    )
    colours = alt.Scale(domain=["lower", "higher"], range=["brand:second", "brand:accent"])
    bars = alt.Chart(rows).mark_bar(size=24).encode(x=x, y=y, color=alt.Color("side:N", legend=None, scale=colours))
    left = alt.Chart(rows[rows["side"] == "lower"]).mark_text(align="right", dx=-6).encode(x=x, y=y, text="text:N")
    right = alt.Chart(rows[rows["side"] == "higher"]).mark_text(align="left", dx=6).encode(x=x, y=y, text="text:N")
    top = found.iloc[0]
    facts = "; ".join(f"{row.lever}: {money(row.low, currency)} to {money(row.high, currency)}" for row in _rows(found))
    return chart(
        (bars + left + right).properties(width=540, height=200),
        title=f"{top['lever']} moves the value most: {money(top['low'], currency)} to {money(top['high'], currency)}",
        alt=f"Bars around {money(base, currency)}, one per assumption, the strongest first. {facts}.",
        caption=f"{_decisions(economics)} Each assumption is moved alone.{_first_is_made(economics)}",
    )


def _first_is_made(economics: CustomerEconomics) -> str:
    if economics.acquisition.sources["cost"].isna().all():
        return ""
    return " A new customer has made the first purchase in every case: only its margin moves, and what follows it."


def _ends(found: pd.DataFrame, base: float) -> pd.DataFrame:
    """Return a row for each end of each bar: lever, text, change, side."""
    sides = (("low", "low_words", "lower"), ("high", "high_words", "higher"))
    return pd.DataFrame(
        [
            {"lever": row["lever"], "text": row[words], "change": row[end] - base, "side": side}
            for row in found.to_dict("records")
            for end, words, side in sides
        ]
    )


def _decisions(economics: CustomerEconomics) -> str:
    """Return which decision would be another one, and when."""
    sources = economics.acquisition.sources
    if economics.changes.empty:
        if economics.contact_cost is None and (sources.empty or sources["cost"].isna().all()):
            return "No decision can be judged, because the cost of a contact and of winning a customer is not stated."
        return "No decision on offers or on ways of winning customers would change within these bounds."
    strongest = economics.tornado["lever"].tolist()
    changes = economics.changes.sort_values("lever", key=lambda levers: levers.map(strongest.index), kind="stable")
    told = []
    for (decision, change), when in changes.groupby(["decision", "change"], sort=False):
        moved = [f"{row.lever.lower()} {'' if place else 'were '}{row.moved}" for place, row in enumerate(_rows(when))]
        told.append(f"{str(decision)[:1].upper()}{str(decision)[1:]} {change} if {_listed(moved, 'or')}.")
    more = (
        f" {plural(len(told) - _MOST_DECISIONS, 'more decision')} would change." if len(told) > _MOST_DECISIONS else ""
    )
    return " ".join(told[:_MOST_DECISIONS]) + more


def _waterfall(labels: Sequence[str], amounts: Sequence[float], currency: str, *, title: str, caption: str) -> Chart:
    """Return a chart of an opening, the steps from it, and where they lead: the last amount is the sum of the rest."""
    import altair as alt

    tops, reached = [], 0.0
    for place, amount in enumerate(amounts):
        is_end = place in {0, len(amounts) - 1}
        start = 0.0 if is_end else reached
        reached = amount if is_end else reached + amount
        kind = "end" if is_end else "up" if amount >= 0 else "down"
        tops.append((labels[place], start, reached, amount, kind))
    rows = pd.DataFrame(tops, columns=["step", "start", "stop", "amount", "kind"])
    scale, unit = _scale(float(rows[["start", "stop"]].abs().max().max()))
    rows[["start", "stop"]] /= scale
    rows["text"] = [money(amount, currency) for amount in amounts]
    rows["top"] = rows[["start", "stop"]].max(axis=1)
    x = alt.X("step:N", title=None, sort=list(labels), axis=alt.Axis(labelAngle=0, labelLimit=96))
    bars = alt.Chart(rows).mark_bar(size=44).encode(
        x=x,
        y=alt.Y("start:Q", title=f"{currency}{unit}"),
        y2="stop:Q",
        color=alt.Color(
            "kind:N", legend=None,
            scale=alt.Scale(domain=["end", "up", "down"], range=["brand:ink", "brand:accent", "brand:second"]),
        ),
    )  # fmt: skip
    words = alt.Chart(rows).mark_text(dy=-8, fontSize=11).encode(x=x, y="top:Q", text="text:N")
    facts = "; ".join(f"{label}: {money(amount, currency)}" for label, amount in zip(labels, amounts, strict=True))
    return chart(
        (bars + words).properties(width=600, height=250), title=title, alt=f"Steps from left to right. {facts}.",
        caption=caption,
    )  # fmt: skip


def _scale(largest: float) -> tuple[float, str]:
    if largest >= 1e6:
        return 1e6, " million"
    return (1e3, " thousand") if largest >= 1e4 else (1.0, "")


def _payback(row: Any) -> str:
    if pd.isna(row.cost):
        return "cost not stated"
    if pd.isna(row.payback_months):
        return "not within the horizon"
    months = "at once" if row.payback_months == 0 else f"in {plural(row.payback_months, 'month')}"
    return f"{months}; chance of loss {share(row.chance_of_loss)}"


def _source_title(economics: CustomerEconomics, currency: str) -> str:
    sources = economics.acquisition.sources
    every, best = sources.iloc[-1], sources.iloc[0]
    dear = sources[sources["cost"] > sources["safe_cost"]].sort_values("cost")
    if len(dear):
        worst = dear.iloc[-1]
        through = "" if worst["source"] == ALL else f" through {worst['source']}"
        limit, words = ("value", "it brings") if worst["cost"] > worst["value"] else ("safe_cost", "is safe")
        return (
            f"Winning a customer{through} costs {money(worst['cost'], currency)}, more than {words} "
            f"({money(worst[limit], currency)})"
        )
    if len(sources) == 1:
        return f"A new customer is worth {money(every['value'], currency)}: the most that winning one may cost"
    return (
        f"A new customer is worth {money(every['value'], currency)}, and {money(best['value'], currency)} if won "
        f"through {best['source']}"
    )


def _first_year(economics: CustomerEconomics, currency: str) -> str:
    won = economics.acquisition
    if won.first_year_actual is None or won.first_year_expected is None:
        return ""
    return (
        f"Where the first year is over, it brought {money(won.first_year_actual, currency)} a customer; this method "
        f"expects {money(won.first_year_expected, currency)}. "
    )


def _needs_sources(economics: CustomerEconomics) -> str:
    if len(economics.acquisition.sources) > 1:
        return ""
    return " By source: not available; needs customers.first_heard for at least twenty customers of a source."


def _offer_title(economics: CustomerEconomics, currency: str) -> str:
    top, cost = economics.offers.iloc[0], economics.contact_cost
    if top["offer"] < _A_CENT:
        return "Hardly anybody is expected to leave within 12 months, so that an offer to stay has nothing to pay for"
    if cost is None:
        return f"An offer to {top['segment']} may cost up to {money(top['offer'], currency)} a customer"
    pays = economics.offers[economics.offers["offer"] >= cost]
    if pays.empty:
        return f"At {money(cost, currency)} a contact, an offer pays in no segment"
    return (
        f"At {money(cost, currency)} a contact, an offer pays in {count(len(pays))} of "
        f"{plural(len(economics.offers), 'segment')}, most with {top['segment']}"
    )


def _listed(words: Sequence[str], last: str = "and") -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


def _rows(frame: pd.DataFrame) -> list[Any]:
    return list(frame.itertuples(index=False))


def _unavailable(what: str, why: str) -> Note:
    return Note(f"{what}: not available; {why or 'nothing to show'}.", tone="unavailable")
