"""Chapter 05, second part: pictures of how well the model retells the purchases, and what it makes of a history."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmplan.reporting.blocks import Chart, Note
from crmplan.reporting.chapters.value_proof import whole
from crmplan.reporting.chapters.value_sentences import day
from crmplan.reporting.charts import chart
from crmplan.reporting.wording import count, plural, quantity, share

if TYPE_CHECKING:
    from crmplan.value import Value

__all__ = ["calibration_chart", "cohort_chart", "frequency_chart", "increments_chart", "matrix_chart"]

_NAMES = {"actual": "Actual", "expected": "Expected by the model"}
_DOMAIN = list(_NAMES.values())
_MOST_POINTS = 40
_NEARLY_ALL = 0.95
"""With so high a chance in every cell, a grid of who is still a customer has one colour."""


def increments_chart(value: Value) -> Chart | Note:
    """Return repeat purchases period by period, actual beside expected."""
    if value.unavailable or len(value.tracking) < 3:
        return _unavailable("Purchases period by period", value.unavailable or "no purchases to follow")
    steps, weeks = _increments(whole(value))
    total = steps[["actual", "expected"]].sum()
    return chart(
        _lines(steps, "Repeat purchases a period", value).properties(width=560, height=220),
        title=f"Repeat purchases in periods of {plural(weeks, 'week')}: {count(total['actual'])} in all, "
        f"{count(total['expected'])} expected",
        alt=f"Two lines over time, repeat purchases a period. Highest {count(steps['actual'].max())} actual, "
        f"{count(steps['expected'].max())} expected.",
        caption="A season shows as waves of the actual line that the model does not know.",
    )


def cohort_chart(value: Value) -> Chart | Note:
    """Return cumulative repeat purchases of customers won early and late, actual beside expected."""
    import altair as alt

    rows = value.tracking[value.tracking["cohort"] != "all"] if not value.unavailable else value.tracking
    if value.unavailable or rows.empty:
        return _unavailable("Purchases by when customers were won", value.unavailable or "all were won at one time")
    long = rows.melt(["day", "cohort"], list(_NAMES), "of", "purchases")
    long["of"] = long["of"].map(_NAMES)
    order = list(dict.fromkeys(rows["cohort"]))
    lines = (
        alt.Chart(long)
        .mark_line(strokeWidth=2)
        .encode(
            x=alt.X("day:T", title=None, axis=alt.Axis(tickCount=3)),
            y=alt.Y("purchases:Q", title="Repeat purchases, cumulative"),
            color=_colour(),
            strokeDash=_dash(),
        )
        .properties(width=165, height=180)
        .facet(column=alt.Column("cohort:N", title=None, sort=order))
    )
    ends = rows.groupby("cohort", sort=False).tail(1)
    off = [(row.cohort, row.expected / row.actual - 1) for row in _rows(ends) if row.actual > 0]
    worst, gap = max(off, key=lambda pair: abs(pair[1])) if off else (order[0], 0.0)
    facts = "; ".join(f"{row.cohort}: {count(row.actual)} against {count(row.expected)}" for row in _rows(ends))
    return chart(
        lines,
        title=f"Customers of the {worst} are furthest off: {share(abs(gap))} {'more' if gap > 0 else 'fewer'} "
        "purchases expected than made",
        alt=f"Three pairs of lines by when customers were won, actual against expected. {facts}.",
        caption=f"Customers in thirds by first purchase; repeat purchases until {day(value.as_of)}.{_since(value)}",
    )


def frequency_chart(value: Value) -> Chart | Note:
    """Return customers by number of repeat purchases, actual beside expected."""
    import altair as alt

    if value.unavailable or value.frequency.empty or value.frequency["expected"].isna().any():
        return _unavailable("Customers by number of purchases", value.unavailable or "it cannot be computed")
    order = value.frequency["n_repeat"].tolist()
    rows = value.frequency.melt("n_repeat", list(_NAMES), "of", "customers")
    rows["of"] = rows["of"].map(_NAMES)
    bars = (
        alt.Chart(rows)
        .mark_bar()
        .encode(
            x=alt.X("n_repeat:N", title="Repeat purchases", sort=order, axis=alt.Axis(labelAngle=0)),
            xOffset=alt.XOffset("of:N", sort=_DOMAIN),
            y=alt.Y("customers:Q", title="Customers"),
            color=alt.Color("of:N", title=None, scale=alt.Scale(domain=_DOMAIN, range=["brand:muted", "brand:accent"])),
        )
    )
    wrong = float((value.frequency["actual"] - value.frequency["expected"]).abs().sum()) / 2
    n = float(value.frequency["actual"].sum())
    facts = "; ".join(
        f"{row.n_repeat}: {count(row.actual)} against {count(row.expected)}" for row in _rows(value.frequency)
    )
    return chart(
        bars.properties(width=560, height=220),
        title=f"The model puts {share(wrong / n)} of customers at a wrong number of purchases",
        alt=f"Bars of customers by number of repeat purchases, actual against expected. {facts}.",
        caption=f"All purchases until {day(value.as_of)}; the model was fitted to them.",
    )


def calibration_chart(value: Value) -> Chart | Note:
    """Return what was expected of each tenth of customers, beside what came, in the check from the middle."""
    import altair as alt

    held = value.holdout
    rows = held.deciles[held.deciles["model"] == value.chosen_model] if not held.unavailable else held.deciles
    if value.unavailable or rows.empty:
        return _unavailable("Tenths of customers by forecast", value.unavailable or held.unavailable or "not checked")
    rows = rows.assign(
        low=rows["actual"] - 1.96 * rows["actual_error"].fillna(0),
        high=rows["actual"] + 1.96 * rows["actual_error"].fillna(0),
    )
    rows["low"] = rows["low"].clip(lower=0)
    long = rows.melt(["decile"], list(_NAMES), "of", "purchases")
    long["of"] = long["of"].map(_NAMES)
    x = alt.X("decile:O", title="Tenth of customers by forecast (1 = highest)", axis=alt.Axis(labelAngle=0))
    points = alt.Chart(long).mark_point(size=80).encode(
        x=x, y=alt.Y("purchases:Q", title="Purchases since, mean a customer"), color=_colour(),
        shape=alt.Shape("of:N", title=None, scale=alt.Scale(domain=_DOMAIN, range=["circle", "diamond"])),
    )  # fmt: skip
    doubt = alt.Chart(rows).mark_rule(color="brand:muted").encode(x=x, y="low:Q", y2="high:Q")
    top = rows.iloc[0]
    inside = int(((rows["expected"] >= rows["low"]) & (rows["expected"] <= rows["high"])).sum())
    facts = "; ".join(
        f"{row.decile}: {quantity(row.actual, 2)} against {quantity(row.expected, 2)}" for row in _rows(rows)
    )
    return chart(
        (doubt + points).properties(width=560, height=220),
        title=f"The tenth put first bought {quantity(top['actual'])} times, expected {quantity(top['expected'])}; "
        f"{count(inside)} of {plural(len(rows), 'tenth')} came as expected",
        alt=f"Points by tenth of customers, actual against expected. {facts}.",
        caption=f"Forecast on {_day(held.split_on)} for the time until {_day(held.until)}. Lines: 95 % of the mean.",
    )


def matrix_chart(value: Value, figure: str) -> Chart | Note:
    """Return alive ("alive") or expected purchases ("expected") by number of purchases and time since the last."""
    import altair as alt

    if value.unavailable or value.matrix.empty:
        return _unavailable("What the model makes of a history", value.unavailable or "no model")
    if figure == "alive" and value.matrix["alive"].min() >= _NEARLY_ALL:
        least, silent = share(float(value.matrix["alive"].min())), count(value.matrix["idle_weeks"].max())
        return Note(
            f"Who is still a customer: nearly all, as the model sees it, {least} or more even after {silent} weeks of "
            "silence. In these data little tells those who left from those who buy seldom, so no picture is shown."
        )
    rows = value.matrix.assign(
        idle=[count(weeks) for weeks in value.matrix["idle_weeks"]], n=value.matrix["n_repeat"].astype("str")
    )
    is_alive = figure == "alive"
    rows["shown"] = rows["alive"] * 100 if is_alive else rows["expected"]
    what = "Likely still a customer (%)" if is_alive else f"Purchases until {day(value.horizon_end)}"
    idle = list(dict.fromkeys(rows.sort_values("idle_weeks")["idle"]))
    cells = alt.Chart(rows).mark_rect().encode(
        x=alt.X("idle:O", title="Weeks since the last purchase", sort=idle, axis=alt.Axis(labelAngle=0)),
        y=alt.Y("n:O", title="Repeat purchases", sort=[str(n) for n in sorted(set(rows["n_repeat"]), reverse=True)]),
        color=alt.Color("shown:Q", title=what, scale=alt.Scale(zero=True)),
    )  # fmt: skip
    return chart(
        cells.properties(width=560, height=240),
        title=_said_of_alive(rows) if is_alive else _said_of_expected(rows),
        alt=f"Grid of {what.lower()} by repeat purchases and weeks since the last one: from "
        f"{quantity(rows['shown'].min())} to {quantity(rows['shown'].max())}.",
        caption="Customers won when the data begin.",
    )


def _said_of_alive(rows: pd.DataFrame) -> str:
    quiet = rows[rows["idle_weeks"] >= rows["idle_weeks"].max() / 2].sort_values("idle_weeks")
    often = quiet[quiet["n_repeat"] == quiet["n_repeat"].max()].iloc[0]
    seldom = quiet[quiet["n_repeat"] == quiet["n_repeat"].min()].iloc[0]
    return (
        f"After {often['idle']} weeks of silence, {share(float(often['alive']))} are likely customers still "
        f"with {often['n']} repeat purchases, {share(float(seldom['alive']))} with {seldom['n']}"
    )


def _said_of_expected(rows: pd.DataFrame) -> str:
    most = float(rows["expected"].max())
    bought = count(most) if most >= 100 else quantity(most)
    return f"Up to {bought} purchases are expected of those who buy most and bought last"


def _increments(tracking: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    every = max(1, -(-len(tracking) // _MOST_POINTS))
    at = tracking.iloc[::-1].iloc[::every].iloc[::-1]
    steps = at.assign(actual=at["actual"].diff(), expected=at["expected"].diff()).dropna(subset=["actual"])
    weeks = round((at["day"].iloc[-1] - at["day"].iloc[-2]).days / 7) if len(at) > 1 else 1
    return steps, weeks


def _lines(steps: pd.DataFrame, title: str, value: Value) -> Any:
    import altair as alt

    long = steps.melt("day", list(_NAMES), "of", "purchases")
    long["of"] = long["of"].map(_NAMES)
    lines = alt.Chart(long).mark_line(strokeWidth=2).encode(
        x=alt.X("day:T", title="Period ending"), y=alt.Y("purchases:Q", title=title), color=_colour(),
        strokeDash=_dash(),
    )  # fmt: skip
    if value.holdout.split_on is None or not steps["is_forecast"].any():
        return lines
    mark = pd.DataFrame({"day": [pd.Timestamp(value.holdout.split_on)]})
    return lines + alt.Chart(mark).mark_rule(color="brand:second", strokeDash=[2, 3]).encode(x="day:T")


def _colour() -> Any:
    import altair as alt

    return alt.Color("of:N", title=None, scale=alt.Scale(domain=_DOMAIN, range=["brand:ink", "brand:accent"]))


def _dash() -> Any:
    import altair as alt

    return alt.StrokeDash("of:N", title=None, scale=alt.Scale(domain=_DOMAIN, range=[[1, 0], [6, 4]]))


def _since(value: Value) -> str:
    if value.holdout.split_on is None or not value.tracking["is_forecast"].any():
        return ""
    return f" The model has seen nothing after {day(value.holdout.split_on)}."


def _day(moment: date | None) -> str:
    return day(moment) if moment is not None else "–"


def _rows(frame: pd.DataFrame) -> list[Any]:
    return list(frame.itertuples(index=False))


def _unavailable(what: str, why: str) -> Note:
    return Note(f"{what}: not available; {why}.", tone="unavailable")
