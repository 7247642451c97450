"""Chapter 05: what the customers are worth, with whom the value lies, and how far to trust the figure."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmplan.engagement import Engagement
from crmplan.reporting.blocks import Chart, Figure, Findings, KeyFigures, Note, Table
from crmplan.reporting.chapters.value_sentences import day, net_of, part, sentences, stated_as
from crmplan.reporting.charts import chart
from crmplan.reporting.wording import count, money, plural, quantity, share, span

if TYPE_CHECKING:
    from crmplan.value import Value

__all__ = [
    "concentration_chart",
    "decile_chart",
    "findings",
    "key_figures",
    "top_customers",
    "what_it_is",
]

_TOP = 10
_SURELY_ALIVE = 0.995


def findings(value: Value, engagement: Engagement) -> Findings | Note:
    """Return what the chapter has found."""
    if value.unavailable:
        return _unavailable("The value of customers", value.unavailable)
    return Findings(sentences(value, engagement.client.currency))


def key_figures(value: Value, engagement: Engagement) -> KeyFigures | Note:
    """Return the value of the base, of a customer, of the top tenth, and who is expected to stay."""
    if value.unavailable:
        return _unavailable("Key figures of value", value.unavailable)
    currency, equity = engagement.client.currency, value.equity
    alive = float(value.customers["alive_probability"].sum())
    return KeyFigures(
        (
            Figure(
                "Value of the customer base",
                money(equity.total, currency),
                f"{money(equity.low, currency)} to {money(equity.high, currency)}",
            ),
            Figure("Value of a customer, mean", money(equity.mean, currency), f"until {day(value.horizon_end)}"),
            Figure("Share of the top tenth", share(equity.top_tenth_share), "of the value"),
            Figure(
                "Expected to be active",
                count(alive),
                f"of {plural(len(value.customers), 'customer')}{_doubt(value)}",
            ),
        )
    )


def what_it_is(value: Value, engagement: Engagement) -> Note:
    """Return what the figure means: from when to when, net of what, in which money, who is not in it."""
    if value.unavailable:
        return _unavailable("The value of customers", value.unavailable)
    serving = value.serve_cost_per_purchase
    served = f" Each purchase bears {money(serving, engagement.client.currency)} for service." if serving else ""
    return Note(
        f"The value of a customer is the {stated_as(value)} expected from purchases between "
        f"{day(value.as_of + timedelta(days=1))} and {day(value.horizon_end)}, {net_of(value)}, in "
        f"{engagement.client.currency}, in money of {day(value.as_of)} (discounted at "
        f"{share(value.annual_discount_rate)} a year, each month from its middle). What was bought before does not "
        f"count, nor do customers still to be won, nor costs of marketing{'' if serving else ' and service'}."
        f"{served}{_left_out(value)} "
        f"The range covers {value.equity.covers}; it does not cover a market that changes."
    )


def _left_out(value: Value) -> str:
    """Return which known customers have no value here: those who never ordered, and those whose orders paid nothing."""
    unpaid = value.n_unpaid
    never = max(value.n_not_scored - unpaid, 0)
    found = [f"{plural(never, 'known customer')} without a purchase"] if never else []
    if unpaid:
        found.append(f"{plural(unpaid, 'customer')} who gave everything back or paid nothing")
    if not found:
        return ""
    return f" {' and '.join(found)} {'has' if never + unpaid == 1 else 'have'} no value here."


def decile_chart(value: Value, engagement: Engagement) -> Chart | Note:
    """Return the share of the value that each tenth of customers holds."""
    import altair as alt

    if value.unavailable:
        return _unavailable("Value by tenths of customers", value.unavailable)
    if value.equity.top_tenth_share is None:
        return _unavailable("Value by tenths of customers", "the value is not above 0")
    rows = value.equity.deciles.copy()
    rows["percent"] = 100 * rows["value_share"]
    rows["text"] = [part(held) for held in rows["value_share"]]
    # Above the line also where a tenth costs money: inside a dark bar nobody could read it.
    rows["end"] = rows["percent"].clip(lower=0)
    base = alt.Chart(rows[["decile", "percent", "end", "text"]]).encode(
        x=alt.X("decile:O", title="Tenth of customers (1 = most valuable)", axis=alt.Axis(labelAngle=0)),
        y=alt.Y("percent:Q", title="Share of the value (%)"),
    )
    bars = base.mark_bar(color="brand:accent")
    labels = base.mark_text(dy=-7, color="brand:ink").encode(
        y=alt.Y("end:Q", title="Share of the value (%)"), text="text:N"
    )
    parts = "; ".join(f"{row.decile}: {row.text}" for row in _rows(rows))
    total = money(value.equity.total, engagement.client.currency)
    return chart(
        (bars + labels).properties(width=560, height=240),
        title=f"The most valuable tenth of customers holds {share(value.equity.top_tenth_share)} of the value",
        alt=f"Bars of the share of the value by tenth of customers, most valuable first. {parts}.",
        caption=f"{plural(len(value.customers), 'customer')}, {total} in all until {day(value.horizon_end)}.",
    )


def concentration_chart(value: Value, engagement: Engagement) -> Chart | Note:
    """Return the share of the value that each share of customers holds, the whole base from the top down."""
    import altair as alt

    equity, currency = value.equity, engagement.client.currency
    reason = value.unavailable or ("the value is not above 0" if equity.curve.empty else "")
    if reason or equity.half_share is None:
        return _unavailable("How value is concentrated", reason)
    n, few = len(value.customers), max(round(equity.half_share * len(value.customers)), 1)
    x = alt.X("customer_share:Q", title="Customers, the most valuable first (%)", scale=alt.Scale(domain=[0, 100]))
    highest = max(100.0, 100 * float(equity.curve["value_share"].max()))
    y = alt.Y("value_share:Q", title="Share of the value (%)", scale=alt.Scale(domain=[0, highest]))
    line = alt.Chart(100 * equity.curve).mark_line(color="brand:accent", strokeWidth=2).encode(x=x, y=y)
    even = pd.DataFrame({"customer_share": [0, 100], "value_share": [0, 100]})
    alike = alt.Chart(even).mark_line(color="brand:muted", strokeDash=[4, 4]).encode(x=x, y=y)
    half = pd.DataFrame(
        {"customer_share": [100 * equity.half_share], "value_share": [50.0], "text": ["half of the value"]}
    )
    mark = alt.Chart(half).encode(x=x, y=y)
    dot = mark.mark_point(color="brand:ink", filled=True, size=60)
    word = mark.mark_text(align="left", dx=9, dy=6, color="brand:ink").encode(text="text:N")
    return chart(
        (alike + line + dot + word).properties(width=560, height=240),
        title=f"Half of the value lies with {plural(few, 'customer')}, {part(equity.half_share)} of all",
        alt=f"A curve that rises to all of the value: {share(equity.top_tenth_share)} of it with the top tenth of "
        f"customers, half with {part(equity.half_share)}.",
        caption=f"All {plural(n, 'customer')}. Dashed: if all were worth the same. {_without_top(value, currency)}"
        f"{_costly(value)}",
    )


def _costly(value: Value) -> str:
    n = int((value.customers["value"] < 0).sum())
    return f" At its end the curve falls: {plural(n, 'customer')} will probably cost money." if n else ""


def _without_top(value: Value, currency: str) -> str:
    equity = value.equity
    who = "customer" if equity.n_top == 1 else f"{count(equity.n_top)} customers (a thousandth)"
    return (
        f"Without the most valuable {who}, the base is worth {money(equity.without_top, currency)} in place of "
        f"{money(equity.total, currency)}."
    )


def top_customers(value: Value, engagement: Engagement) -> Table | Note:
    """Return the ten most valuable customers, each with the reason in one sentence."""
    if value.unavailable:
        return _unavailable("The most valuable customers", value.unavailable)
    currency = engagement.client.currency
    top = value.customers.sort_values(["value", "customer_key"], ascending=[False, True]).head(_TOP)
    rows = tuple(
        (
            row.customer_key,
            money(row.value, currency),
            span(row.value_low, row.value_high, currency),
            quantity(row.expected_purchases),
            _reason(row, value, currency),
        )
        for row in _rows(top)
    )
    return Table(
        f"The {plural(len(rows), 'most valuable customer')} and why",
        ("Customer", "Value", "Range (80 %)", "Purchases expected", "Why"),
        rows,
        ("left", "right", "right", "right", "left"),
        f"Purchases expected and value: {day(value.as_of + timedelta(days=1))} to {day(value.horizon_end)}. Customers "
        "appear under pseudonyms. The range is meant to hold eight of ten customers. Why: value is the product of the "
        "four figures; in brackets those of the mean customer.",
        widths=(0.9, 1.1, 2.0, 1.0, 4.4),
    )


def _reason(row: Any, value: Value, currency: str) -> str:
    """Return why: purchases a year x likely a customer x margin a purchase x years, each beside the mean customer's."""
    mean = value.customers
    years = (value.horizon_end - value.as_of).days / 365.25
    # What is bought while somebody is a customer; the mean as a whole, for few hold most of it.
    alive, all_alive = max(row.alive_probability, 1e-6), float(mean["alive_probability"].sum())
    rate, usual = row.expected_purchases / alive / years, float(mean["expected_purchases"].sum()) / all_alive / years
    margin = row.expected_spend * row.margin_share
    bought = float(mean["expected_purchases"].sum())
    usual_margin = float((mean["expected_purchases"] * mean["expected_spend"] * mean["margin_share"]).sum()) / bought
    annuity = row.value / (rate * alive * margin) if rate * margin else 0.0
    likely = (
        ""
        if _nobody_leaves(value)
        else f" × {_chance(row.alive_probability)} likely a customer ({_chance(all_alive / len(mean))})"
    )
    return (
        f"{quantity(rate)} purchases a year ({quantity(usual)}){likely} × {money(margin, currency)} "
        f"a purchase ({money(usual_margin, currency)}) × {quantity(annuity, 2)} years in money of today."
    )


def _nobody_leaves(value: Value) -> bool:
    """Return whether the model cannot tell who has left: nearly everybody counts as a customer still."""
    return float(value.customers["alive_probability"].mean()) >= _SURELY_ALIVE


def _doubt(value: Value) -> str:
    return "; purchases are too rare to tell who has left" if _nobody_leaves(value) else ""


def _chance(probability: float) -> str:
    if probability >= _SURELY_ALIVE:
        return "over 99 %"
    return "under 1 %" if probability < 0.01 else share(probability)


def _rows(frame: pd.DataFrame) -> list[Any]:
    return list(frame.itertuples(index=False))


def _unavailable(what: str, why: str) -> Note:
    return Note(f"{what}: not available; {why}.", tone="unavailable")
