"""Chapter 05, second part: whether the forecast would have worked, and what the figure rests on."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmplan.engagement import Engagement
from crmplan.reporting.blocks import Chart, Note, Table
from crmplan.reporting.chapters.value_sentences import day, off, part
from crmplan.reporting.charts import chart
from crmplan.reporting.wording import count, money, plural, quantity, share

if TYPE_CHECKING:
    from crmplan.value import Assumption, Value

__all__ = [
    "assumption_sheet",
    "coverage_table",
    "forecast_table",
    "model_table",
    "other_assumptions",
    "tracking_chart",
    "whole",
]

_COLOURS = {"green": "holds", "amber": "look at it", "red": "does not hold", "unknown": "cannot be told"}
_FIRST_CHECKS = 12
"""Assumptions in the first table; more do not fit a page."""


def tracking_chart(value: Value) -> Chart | Note:
    """Return cumulative repeat purchases, actual beside expected, with the day on which the forecast begins."""
    import altair as alt

    if value.unavailable or value.tracking.empty:
        return _unavailable("Actual beside expected purchases", value.unavailable or "no purchases to follow")
    tracking = whole(value)
    picture, caption = _tracking_lines(tracking), "The model was fitted to the whole period."
    split_on = value.holdout.split_on
    if split_on is not None and tracking["is_forecast"].any():
        mark = pd.DataFrame({"day": [pd.Timestamp(split_on)], "text": ["forecast begins"]})
        rule = alt.Chart(mark).mark_rule(color="brand:second", strokeDash=[2, 3]).encode(x="day:T")
        word = alt.Chart(mark).mark_text(align="left", dx=5, color="brand:second", baseline="top")
        picture = picture + rule + word.encode(x="day:T", y=alt.value(4), text="text:N")
        caption = (
            f"Customers known on {day(split_on)}; the model ({value.chosen_model}) has seen nothing after that day."
        )
    last = tracking.iloc[-1]
    return chart(
        picture.properties(width=560, height=260),
        title=_tracking_title(value, _gap_since(tracking)),
        alt=(
            f"Two lines over time. Repeat purchases until {day(value.as_of)}: actual {count(last['actual'])}, expected "
            f"{count(last['expected'])}."
        ),
        caption=caption,
    )


def _tracking_lines(tracking: pd.DataFrame) -> Any:
    import altair as alt

    names = {"actual": "Actual", "expected": "Expected by the model"}
    rows = tracking.melt("day", list(names), "of", "purchases")
    rows["of"] = rows["of"].map(names)
    domain = list(names.values())
    return (
        alt.Chart(rows)
        .mark_line(strokeWidth=2)
        .encode(
            x=alt.X("day:T", title="Week ending"),
            y=alt.Y("purchases:Q", title="Repeat purchases, cumulative"),
            color=alt.Color("of:N", title=None, scale=alt.Scale(domain=domain, range=["brand:ink", "brand:accent"])),
            strokeDash=alt.StrokeDash("of:N", title=None, scale=alt.Scale(domain=domain, range=[[1, 0], [6, 4]])),
        )
    )


def forecast_table(value: Value) -> Table | Note:
    """Return how models and simple rankings did on what has already happened, as means over the cut-offs."""
    rolling = value.rolling
    reason = value.unavailable or ("" if rolling.n_cut_offs else value.holdout.unavailable)
    if reason:
        return _unavailable("The check against the past", reason)
    rows = tuple(
        (
            f"{row.forecast}{' (used)' if row.forecast == value.chosen_model else ''}",
            off(row.bias_share),
            off(row.spend_bias_share),
            quantity(row.mae, 2),
            quantity(row.rmse, 2),
            quantity(row.spend_gini, 2),
            share(row.top_spend_share),
        )
        for row in _rows(rolling.league)
    )
    days = ", ".join(_day_or_none(check.split_on) for check in rolling.checks)
    return Table(
        "How the models did beside rankings that need no model",
        ("Forecast", "Purchases", "Spend", "Error a customer", "Large errors", "Order by spend",
         "Spend of the top tenth"),
        rows,
        ("left", "right", "right", "right", "right", "right", "right"),
        f"{rolling.verdict_level} Means over {plural(rolling.n_cut_offs, 'cut-off')} ({days}): at each, the models saw "
        "nothing later. Purchases, spend: the total. Error a customer: in purchases. Large errors: the same with large "
        "ones weighing more (root mean square). Order by spend: 1 is perfect, 0 is chance. Spend of the top tenth: "
        "what the tenth of customers put first went on to spend, of all. Rankings without a total have none.",
        widths=(2.7, 1.2, 1.2, 1.0, 0.9, 0.9, 1.1),
    )  # fmt: skip


def coverage_table(value: Value) -> Table | Note:
    """Return how often ranges held what happened at the cut-offs, and by what they are widened."""
    coverage = value.coverage
    reason = value.unavailable or ("" if coverage.n_cut_offs else "no cut-off at which ranges could be checked")
    if reason:
        return _unavailable("The check of the ranges", reason)
    rows = []
    for of, found in coverage.table.groupby("of", sort=False):
        held = [share(measured) for measured in found["measured"]]
        factor = float(found["factor"].max())
        widened = f"{quantity(factor, 1)} times" if factor > 1 else "not widened"
        rows.append((str(of).capitalize(), count(found["n"].iloc[0]), *held, widened))
    return Table(
        _coverage_title(value),
        ("Range of", "Cases", "Meant to hold 50 %", "80 %", "95 %", "Widened"),
        tuple(rows),
        ("left", "right", "right", "right", "right", "right"),
        f"Share of cases in which the range, as the model gives it, held what then happened, over "
        f"{plural(coverage.n_cut_offs, 'cut-off')}.{_whole_numbers(coverage.table)} Where ranges held too little, all "
        "of their kind in this report are widened by the factor shown. Cut-offs share customers and time, so cases are "
        "not independent.",
        widths=(2.4, 0.9, 1.5, 0.9, 0.9, 1.2),
    )


def _whole_numbers(measured: pd.DataFrame) -> str:
    """Say why ranges of customers hold more than they are meant to, where they do."""
    of_customers = measured[measured["of"] == "purchases of a customer"]
    if not (of_customers["measured"] > of_customers["level"]).all():
        return ""
    return (
        " Ranges of customers hold more than they are meant to because purchases are whole numbers and most customers "
        "buy nothing."
    )


def _coverage_title(value: Value) -> str:
    base = value.coverage.table[value.coverage.table["of"] == "spend of the base"].set_index("level")
    held, n = float(base["measured"][0.95]), int(base["n"].iloc[0])
    times = f"{count(held * n)} of {plural(n, 'time')}"
    if value.coverage.base_factor <= 1:
        return f"The 95 % range of the base held {times}"
    return (
        f"The 95 % range of the base held {times}; it is widened {quantity(value.coverage.base_factor, 1)} times "
        "in this report"
    )


def model_table(value: Value) -> Table | Note:
    """Return the models that were fitted and how well each describes the purchases so far."""
    if value.unavailable or value.models.empty:
        return _unavailable("Models of repeat purchases", value.unavailable or "no model was fitted")
    rows = tuple(
        (
            f"{row.model}{' (used)' if row.model == value.chosen_model else ''}",
            row.parameters or "–",
            quantity(row.log_likelihood),
            quantity(row.aic),
            _fit_words(row),
        )
        for row in _rows(value.models)
    )
    return Table(
        "Models of repeat purchases, best first",
        ("Model", "Parameters (weeks)", "Log-likelihood", "AIC", "Fit"),
        rows,
        ("left", "left", "right", "right", "left"),
        f"{value.chosen_because[:1].upper()}{value.chosen_because[1:]}. AIC weighs fit against the number of "
        f"parameters; smaller is better. Who is still a customer: {value.alive_model}. {_spend_words(value)}",
        widths=(1.4, 2.8, 1.3, 1.1, 1.8),
    )


def assumption_sheet(value: Value, engagement: Engagement) -> Table | Note:
    """Return the assumptions to discuss first: number, threshold, stake in money, and what follows from them."""
    if value.unavailable:
        return _unavailable("The assumptions", value.unavailable)
    checks = _by_weight(value)
    n_held = sum(check.colour == "green" for check in checks)
    title = f"{count(n_held)} of {count(len(checks))} assumptions hold; those to discuss first"
    return _sheet(title, checks[:_FIRST_CHECKS], engagement.client.currency)


def other_assumptions(value: Value, engagement: Engagement) -> Table | Note:
    """Return the assumptions that do not stand on the first page of the sheet."""
    checks = [] if value.unavailable else _by_weight(value)[_FIRST_CHECKS:]
    if not checks:
        return _unavailable("Further assumptions", value.unavailable or "all stand in the table before")
    return _sheet(f"The other {plural(len(checks), 'assumption')}", checks, engagement.client.currency)


def _by_weight(value: Value) -> list[Assumption]:
    order = {"red": 0, "amber": 1, "unknown": 2, "green": 3}
    return sorted(value.assumptions, key=lambda check: (order[check.colour], -abs(check.money or 0.0)))


def _sheet(title: str, checks: list[Assumption], currency: str) -> Table:
    rows = tuple(
        (check.name, _number(check), check.threshold, _COLOURS[check.colour], _stake(check, currency), check.effect)
        for check in checks
    )
    return Table(
        title,
        ("Assumption", "Number", "Threshold", "Verdict", f"In money ({currency})", "If it does not hold"),
        rows,
        ("left", "right", "left", "left", "right", "left"),
        "In money: what the value of the base would gain (+) or lose (−) if the number were taken at its word; without "
        "a sign, the part of the value that hangs on the assumption.",
        widths=(2.4, 0.8, 2.2, 0.9, 1.1, 2.4),
    )


def _stake(check: Assumption, currency: str) -> str:
    if check.money is None:
        return "–"
    amount = money(abs(check.money), currency).removeprefix(f"{currency} ")
    if check.is_in_doubt or amount == "0":
        return amount
    return f"{'+' if check.money > 0 else '−'}{amount}"


def whole(value: Value) -> pd.DataFrame:
    """Return the tracking of all customers together."""
    return value.tracking[value.tracking["cohort"] == "all"]


def _gap_since(tracking: pd.DataFrame) -> float | None:
    """Return by how much the model was wrong about the purchases of the forecast; of all where there is none."""
    ends = tracking.iloc[-1][["actual", "expected"]].astype(float)
    known = tracking[~tracking["is_forecast"].astype(bool)]
    if len(known) and len(known) < len(tracking):
        ends = ends - known.iloc[-1][["actual", "expected"]].astype(float)
    return float(ends["expected"] / ends["actual"] - 1) if ends["actual"] > 0 else None


def _tracking_title(value: Value, gap: float | None) -> str:
    if gap is None:
        return "Repeat purchases, actual and expected"
    since = "since the forecast began " if whole(value)["is_forecast"].any() else ""
    return f"Of repeat purchases {since}the model expected {_compared(gap)}"


def _compared(gap: float) -> str:
    if abs(gap) < 0.0005:
        return "as many as there were"
    return f"{share(abs(gap))} {'more' if gap > 0 else 'fewer'} than there were"


def _fit_words(row: Any) -> str:
    # The remark names the parameters at a bound, so that the status need not say it again.
    is_said = row.status == "at a bound" and row.remark
    return row.remark if is_said else "; ".join(remark for remark in (row.status, row.remark) if remark)


def _spend_words(value: Value) -> str:
    words = {
        "gamma-gamma": "the gamma-gamma model",
        "shrunken means": "own means drawn towards those of customers who buy about as often",
        "constant": "one amount for everybody",
        "none": "nothing",
    }[value.spend.model]
    return f"Spend per purchase: {words}, because {value.spend.because}."


def _number(check: Assumption) -> str:
    if check.number is None:
        return "–"
    if check.shown_as == "share":
        return part(check.number)
    return count(check.number) if float(check.number).is_integer() else quantity(check.number, 2)


def _rows(frame: pd.DataFrame) -> list[Any]:
    return list(frame.itertuples(index=False))


def _day_or_none(moment: date | None) -> str:
    return day(moment) if moment is not None else "–"


def _unavailable(what: str, why: str) -> Note:
    return Note(f"{what}: not available; {why}.", tone="unavailable")
