"""Call center: whether people sit there when customers call."""

from __future__ import annotations

import math

import pandas as pd

from crmplan.metrics.call_center_calls import inbound_calls
from crmplan.metrics.estimates import nothing
from crmplan.metrics.registry import Estimate, Period, metric
from crmplan.tables import Tables

__all__: list[str] = []

_Z = 1.959963984540054


@metric(
    id="peak_wait_ratio",
    label="Waiting in busy hours against other hours",
    definition="Mean waiting time of the last 12 months' calls in the busiest hours of the week (those that together "
    "hold half of the calls), divided by the mean waiting time in all other hours; 1 means that people sit there when "
    "customers call.",
    department="call_center",
    unit="ratio",
    direction="down",
    needs={"interactions": ("started_at", "channel", "direction", "wait_seconds")},
    counts="calls",
    min_rows=200,
    covers=("CF.V.4",),
    cannot_prove="Waiting may be even and long; and customers who hung up are missing where they are not recorded.",
)
def _peak_wait_ratio(tables: Tables, period: Period) -> Estimate:
    calls = inbound_calls(tables, period, "wait_seconds")
    calls = calls.filter(calls.wait_seconds >= 0)
    hour = calls.started_at.day_of_week.index() * 24 + calls.started_at.hour()
    wait = calls.wait_seconds
    by_hour = calls.group_by(hour=hour).aggregate(n=calls.count(), total=wait.sum(), squares=(wait * wait).sum())
    found = pd.DataFrame(by_hour.to_pyarrow().to_pylist(), columns=["hour", "n", "total", "squares"])
    n = int(found["n"].sum())
    if n == 0:
        return Estimate(None, 0)
    found = found.sort_values(["n", "hour"], ascending=[False, True], ignore_index=True)
    # An hour belongs to the busiest ones while those before it hold less than half of the calls.
    is_busy = found["n"].cumsum() - found["n"] < n / 2
    if is_busy.all():
        return nothing("needs calls in more than one hour of the week", n)
    busy, other = (_mean_and_error(found[part]) for part in (is_busy, ~is_busy))
    if busy[0] <= 0 or other[0] <= 0:
        return nothing("nobody waited in the busy hours or in the others, so there is no ratio", n)
    ratio = busy[0] / other[0]
    # The logarithm of a ratio of two means is about normal; its variance is the sum of the relative ones.
    spread = _Z * math.sqrt((busy[1] / busy[0]) ** 2 + (other[1] / other[0]) ** 2)
    return Estimate(ratio, n, ratio * math.exp(-spread), ratio * math.exp(spread))


def _mean_and_error(hours: pd.DataFrame) -> tuple[float, float]:
    n, total, squares = (float(hours[name].sum()) for name in ("n", "total", "squares"))
    mean = total / n
    variance = max(0.0, (squares - n * mean * mean) / (n - 1)) if n > 1 else 0.0
    return mean, math.sqrt(variance / n)
