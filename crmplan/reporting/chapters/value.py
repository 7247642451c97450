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
    left_out = (
        f" {plural(value.n_not_scored, 'known customer', 'known customers')} without a purchase "
        f"{'has' if value.n_not_scored == 1 else 'have'} no value here."
        if value.n_not_scored
        else ""
    )
    serving = value.serve_cost_per_purchase
    served = f" Each purchase bears {money(serving, engagement.client.currency)} for service." if serving else ""
    return Note(
        f"The value of a customer is the {stated_as(value)} expected from purchases between "
        f"{day(value.as_of + timedelta(days=1))} and {day(value.horizon_end)}, {net_of(value)}, in "
        f"{engagement.client.currency}, in money of {day(value.as_of)} (discounted at "
        f"{share(value.annual_discount_rate)} a year, each month from its middle). What was bought before does not "
        f"count, nor do customers still to be won, nor costs of marketing{'' if serving else ' and service'}."
        f"{served}{left_out} "
        f"The range covers {value.equity.covers}; it does not cover a market that changes."
    )


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
