"""When customers call: calls of an average week by day and hour, so that shifts can be laid beside them."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from crmplan.metrics.registry import Measured
from crmplan.reporting.blocks import Chart
from crmplan.reporting.charts import chart
from crmplan.reporting.wording import count, quantity

__all__ = ["contact_map"]

_DAYS = {
    "Mon": "Monday", "Tue": "Tuesday", "Wed": "Wednesday", "Thu": "Thursday", "Fri": "Friday", "Sat": "Saturday",
    "Sun": "Sunday",
}  # fmt: skip
_EVEN = 1.15


def contact_map(metrics: Mapping[str, Measured]) -> Chart | None:
    """Return the picture of calls by day and hour, with whether people wait longer when most call; None without calls.

    Parameters
    ----------
    metrics
        As from the workbench; ``calls_per_day`` with its hours and ``peak_wait_ratio`` are read.
    """
    calls = metrics.get("calls_per_day")
    if calls is None or not calls.is_computed or calls.breakdown is None or calls.breakdown.empty:
        return None
    import altair as alt

    hours = _hours(calls.breakdown)
    busiest = hours.sort_values("calls", ascending=False, kind="stable").iloc[0]
    days, times = [day for day in _DAYS.values() if day in set(hours["day"])], sorted(set(hours["hour"]))
    picture = (
        alt.Chart(hours)
        .mark_rect(stroke="brand:paper", strokeWidth=1.5)
        .encode(
            x=alt.X("hour:O", sort=times, title="Hour of the day", axis=alt.Axis(labelAngle=0)),
            y=alt.Y("day:N", sort=days, title=None),
            color=alt.Color("calls:Q", title="Calls in an average week", scale=alt.Scale(zero=True)),
        )
        .properties(width=560, height=26 * len(days))
    )
    by_day = hours.groupby("day")["calls"].sum().reindex(days)
    return chart(
        picture,
        title=f"Most customers call on {busiest['day']} at {busiest['hour']}",
        alt=f"Calls in an average week by day and hour. Busiest: {busiest['day']} {busiest['hour']} with "
        f"{quantity(busiest['calls'])}. By day: "
        + ", ".join(f"{day} {quantity(n)}" for day, n in by_day.items())
        + ".",
        caption=f"{count(calls.n)} calls of twelve months. {_waiting(metrics.get('peak_wait_ratio'))}".strip(),
    )


def _hours(breakdown: pd.DataFrame) -> pd.DataFrame:
    parts = breakdown["group"].str.split(" ", n=1, expand=True)
    return pd.DataFrame({"day": parts[0].map(_DAYS), "hour": parts[1], "calls": breakdown["value"]})


def _waiting(ratio: Measured | None) -> str:
    if ratio is None or not ratio.is_computed or ratio.value is None:
        return ""
    if ratio.value < _EVEN:
        return "Customers wait about as long in the busy hours as in the others: shifts follow the calls."
    return f"Customers wait {quantity(ratio.value)} times as long in the busy hours as in the others."
