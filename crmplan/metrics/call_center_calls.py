"""Call center: how many calls come in, what they are about, and what it takes to answer one about an order."""

from __future__ import annotations

from crmplan.metrics.estimates import counts, mean, median, nothing, one_row, parts, share
from crmplan.metrics.registry import Estimate, Period, metric
from crmplan.metrics.windows import Expression, between, covered_days, known, named, rows, text
from crmplan.tables import Tables

__all__ = ["contacts", "inbound_calls"]

_CALLS = ("started_at", "channel", "direction")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def contacts(tables: Tables, period: Period, direction: str, *columns: str) -> Expression:
    """Return the contacts of the period in one direction, with some more columns."""
    wanted = dict.fromkeys(("source", "interaction_id", "started_at", "channel", "direction", "topic", *columns))
    table = between(rows(tables, "interactions", *wanted), "started_at", period.start, period.end)
    return table.filter(text(table.direction.fill_null("")) == direction)


def inbound_calls(tables: Tables, period: Period, *columns: str) -> Expression:
    """Return the calls of the period that customers made."""
    table = contacts(tables, period, "inbound", *columns)
    return table.filter(text(table.channel.fill_null("")) == "call")


def _about(tables: Tables, period: Period, topic: str) -> Estimate:
    calls = inbound_calls(tables, period)
    calls = calls.filter(known(calls.topic))
    found = share(calls, text(calls.topic) == topic)
    return Estimate(found.value, found.n, found.low, found.high, parts(calls, named(calls.topic)))


@metric(
    id="calls_per_day",
    label="Calls a day",
    definition="Calls received in the last 12 months, divided by the calendar days that the records of contacts cover; "
    "broken down by hour of the week, as calls in that hour of an average week.",
    department="call_center",
    unit="per_day",
    direction="neutral",
    needs={"interactions": _CALLS},
    counts="calls",
    covers=("CC.CM.4", "CF.V.4"),
    cannot_prove="Callers who gave up before they were put through are in it only where the telephone system keeps "
    "them.",
)
def _calls_per_day(tables: Tables, period: Period) -> Estimate:
    n_days = covered_days(tables, "interactions", "started_at", period)
    calls = inbound_calls(tables, period)
    n = int(calls.count().execute())
    if not n or not n_days:
        return Estimate(None, 0)
    hour = calls.started_at.day_of_week.index().cast("string") + calls.started_at.strftime("%H")
    groups = counts(calls, hour, times=7.0 / n_days, ordered=True)
    if groups is not None:
        groups["group"] = [f"{_DAYS[int(code[0])]} {code[1:]}:00" for code in groups["group"]]
    return Estimate(n / n_days, n, breakdown=groups)


@metric(
    id="product_call_share",
    label="Calls about products",
    definition="Of the calls received in the last 12 months whose topic is known, the share that was about products; "
    "broken down into the share of each topic.",
    department="call_center",
    unit="share",
    direction="neutral",
    needs={"interactions": (*_CALLS, "topic")},
    counts="calls",
    covers=("CC.CM.5",),
    cannot_prove="The topic is what the agent chose from a list; a call with two topics is counted once.",
)
def _product_call_share(tables: Tables, period: Period) -> Estimate:
    return _about(tables, period, "product")


@metric(
    id="order_status_call_share",
    label="Calls about the status of an order",
    definition="Of the calls received in the last 12 months whose topic is known, the share that asked where an order "
    "was; broken down into the share of each topic.",
    department="call_center",
    unit="share",
    direction="down",
    needs={"interactions": (*_CALLS, "topic")},
    counts="calls",
    covers=("CC.CM.6",),
    cannot_prove="The topic is what the agent chose from a list; how many of these calls a message beforehand would "
    "have saved is not in the figure.",
)
def _order_status_call_share(tables: Tables, period: Period) -> Estimate:
    return _about(tables, period, "order_status")


@metric(
    id="billing_call_share",
    label="Calls about billing",
    definition="Of the calls received in the last 12 months whose topic is known, the share that was about a bill; "
    "broken down into the share of each topic.",
    department="call_center",
    unit="share",
    direction="down",
    needs={"interactions": (*_CALLS, "topic")},
    counts="calls",
    covers=("CC.CM.7",),
    cannot_prove="The topic is what the agent chose from a list; a call about a bill need not mean that the bill was "
    "wrong.",
)
def _billing_call_share(tables: Tables, period: Period) -> Estimate:
    return _about(tables, period, "billing")


@metric(
    id="revenue_call_share",
    label="Calls that bring in revenue",
    definition="Of the calls received in the last 12 months, the share with revenue recorded beside it; broken down by "
    "topic.",
    department="call_center",
    unit="share",
    needs={"interactions": (*_CALLS, "revenue")},
    counts="calls",
    covers=("CC.CM.8", "LC.2"),
    cannot_prove="A sale that followed a call on another day is missing, and some callers had decided before they "
    "called.",
)
def _revenue_call_share(tables: Tables, period: Period) -> Estimate:
    calls = inbound_calls(tables, period, "revenue")
    if not one_row(calls.aggregate(n=calls.revenue.count()))["n"]:
        return nothing("no call has revenue recorded beside it", int(calls.count().execute()))
    return share(calls, calls.revenue > 0, group=named(calls.topic) if "topic" in calls.columns else None)


def _status_calls(tables: Tables, period: Period) -> Expression:
    """Return calls about the status of an order: ``n_internal`` calls made for each, and ``seconds`` spent in all."""
    calls = inbound_calls(tables, period, "duration_seconds")
    calls = calls.filter((text(calls.topic) == "order_status") & calls.interaction_id.notnull())
    if not tables.has("interactions", "parent_id"):
        return calls.mutate(n_internal=0, inside_seconds=0.0)
    # The internal contact may fall on the first day after the period.
    inside = rows(tables, "interactions", "source", "direction", "parent_id", "duration_seconds")
    inside = inside.filter((text(inside.direction) == "internal") & inside.parent_id.notnull())
    key = [name for name in ("source", "parent_id") if name in inside.columns]
    seconds = inside.duration_seconds.sum() if "duration_seconds" in inside.columns else inside.count() * 0.0
    inside = inside.group_by(key).aggregate(n_internal=inside.count(), inside_seconds=seconds)
    on = [calls.interaction_id == inside.parent_id]
    if "source" in calls.columns:
        on.append(calls.source == inside.source)
    joined = calls.left_join(inside, on)
    return joined.select(
        *calls.columns,
        n_internal=joined.n_internal.fill_null(0),
        inside_seconds=joined.inside_seconds.fill_null(0.0),
    )


@metric(
    id="internal_calls_per_status_call",
    label="Internal calls for one question about an order",
    definition="Internal contacts that were needed to answer the calls about the status of an order in the last 12 "
    "months, divided by these calls.",
    department="call_center",
    unit="ratio",
    direction="down",
    needs={"interactions": (*_CALLS, "topic", "interaction_id", "parent_id")},
    counts="calls about the status of an order",
    covers=("CC.CM.9",),
    cannot_prove="Only internal contacts that are recorded against the customer's call count; a shout across the room "
    "does not.",
)
def _internal_calls_per_status_call(tables: Tables, period: Period) -> Estimate:
    calls = _status_calls(tables, period)
    found = mean(calls.mutate(n_internal=calls.n_internal.cast("float64")), "n_internal")
    return Estimate(found.value, found.n, None if found.low is None else max(0.0, found.low), found.high)


@metric(
    id="status_answer_minutes",
    label="Minutes to tell a customer where an order is",
    definition="Median time spent on a call about the status of an order in the last 12 months, the internal contacts "
    "made for it included.",
    department="call_center",
    unit="minutes",
    direction="down",
    needs={"interactions": (*_CALLS, "topic", "interaction_id", "duration_seconds")},
    counts="calls about the status of an order",
    covers=("CC.CM.10",),
    cannot_prove="Time on a call is not the time the customer waited for the answer, when the answer came later.",
)
def _status_answer_minutes(tables: Tables, period: Period) -> Estimate:
    calls = _status_calls(tables, period)
    calls = calls.filter(calls.duration_seconds >= 0)
    return median(calls.mutate(minutes=(calls.duration_seconds + calls.inside_seconds) / 60.0), "minutes")
