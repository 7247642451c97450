"""Call center: whether questions are settled, how long people wait, and what an agent can see."""

from __future__ import annotations

from datetime import timedelta

from crmplan.metrics.call_center_calls import contacts, inbound_calls
from crmplan.metrics.estimates import mean, median, share
from crmplan.metrics.registry import Estimate, Period, metric
from crmplan.metrics.windows import Expression, between, named, rows, text
from crmplan.tables import Tables

__all__: list[str] = []

_REPEAT_WITHIN_DAYS = 7


def _topic(table: Expression) -> Expression | None:
    return named(table.topic) if "topic" in table.columns else None


def _channel(table: Expression) -> Expression | None:
    return named(table.channel) if "channel" in table.columns else None


@metric(
    id="first_contact_resolution",
    label="Questions settled in the first contact",
    definition="Of the calls, mails and chats received in the last 12 months whose outcome is known, the share that "
    "was settled at once and not opened again; broken down by topic.",
    department="call_center",
    unit="share",
    needs={"interactions": ("started_at", "direction", "is_resolved")},
    counts="contacts",
    covers=("CC.CM.11", "LC.5"),
    cannot_prove="Settled is what the agent ticked; a customer who gave up looks the same as one who was helped.",
)
def _first_contact_resolution(tables: Tables, period: Period) -> Estimate:
    table = contacts(tables, period, "inbound", "is_resolved", "is_reopened")
    table = table.filter(table.is_resolved.notnull())
    is_settled = table.is_resolved
    if "is_reopened" in table.columns:
        is_settled = is_settled & ~table.is_reopened.fill_null(False)
    return share(table, is_settled, group=_topic(table))


@metric(
    id="reopen_share",
    label="Settled questions that were opened again",
    definition="Of the calls, mails and chats of the last 12 months that had been settled, the share that was opened "
    "again; broken down by topic.",
    department="call_center",
    unit="share",
    direction="down",
    needs={"interactions": ("started_at", "direction", "is_resolved", "is_reopened")},
    counts="settled contacts",
    covers=("CC.CM.11",),
    cannot_prove="A customer who comes back under a new number is not counted here; see the share of repeat contacts.",
)
def _reopen_share(tables: Tables, period: Period) -> Estimate:
    table = contacts(tables, period, "inbound", "is_resolved", "is_reopened")
    # What was opened again had been settled, whatever the mark says now.
    table = table.filter((table.is_resolved | table.is_reopened).fill_null(False))
    return share(table, table.is_reopened, group=_topic(table))


@metric(
    id="repeat_contact_share",
    label="Contacts that were followed by another one",
    definition="Of the contacts from known customers in the 12 months that ended 7 days ago, the share after which the "
    "same customer came back within 7 days about the same topic; broken down by topic.",
    department="call_center",
    unit="share",
    direction="down",
    needs={"interactions": ("started_at", "direction", "topic", "customer_key")},
    counts="contacts",
    window_days=365 + _REPEAT_WITHIN_DAYS,
    covers=("SY.4", "CC.CM.11"),
    cannot_prove="A second contact may be welcome, such as another question about another product.",
)
def _repeat_contact_share(tables: Tables, period: Period) -> Estimate:
    import ibis

    table = contacts(tables, period, "inbound", "customer_key")
    table = table.filter(table.customer_key.notnull())
    about = text(table.topic.fill_null(""))
    order = ibis.window(group_by=[table.customer_key, about], order_by=table.started_at)
    table = table.mutate(next_at=table.started_at.lead(1).over(order))
    asked = between(table, "started_at", period.start, period.end - timedelta(days=_REPEAT_WITHIN_DAYS))
    seconds = asked.next_at.delta(asked.started_at, unit="second")
    return share(asked, seconds <= _REPEAT_WITHIN_DAYS * 86_400, group=_topic(asked))


@metric(
    id="wait_seconds",
    label="Seconds until a call is answered",
    definition="Median waiting time of the calls received in the last 12 months; broken down by hour of the day.",
    department="call_center",
    unit="seconds",
    direction="down",
    needs={"interactions": ("started_at", "channel", "direction", "wait_seconds")},
    counts="calls",
    covers=("LC.5", "CF.V.4"),
    cannot_prove="Half of the callers wait longer than this; those who hung up are missing where they are not "
    "recorded.",
)
def _wait_seconds(tables: Tables, period: Period) -> Estimate:
    calls = inbound_calls(tables, period, "wait_seconds")
    calls = calls.filter(calls.wait_seconds >= 0)
    return median(calls, "wait_seconds", group=calls.started_at.strftime("%H:00"), ordered=True)


@metric(
    id="training_hours",
    label="Hours of training of customer service staff",
    definition="Mean hours of training in the last 12 months over the staff of the call center.",
    department="call_center",
    unit="hours",
    needs={"staff": ("department", "training_hours")},
    counts="members of staff",
    window_days=None,
    min_rows=3,
    covers=("CC.PK.5",),
    cannot_prove="Hours are not skill; people without a recorded figure are left out.",
)
def _training_hours(tables: Tables, period: Period) -> Estimate:
    staff = rows(tables, "staff", "department", "training_hours")
    staff = staff.filter((text(staff.department) == "call_center") & (staff.training_hours >= 0))
    return mean(staff, "training_hours")


@metric(
    id="joined_view_share",
    label="Contacts for which the whole relationship can be seen",
    definition="Of the calls, mails and chats received in the last 12 months, the share whose customer is known and "
    "has orders or a contract under the same key, so that an agent could see them; broken down by channel.",
    department="call_center",
    unit="share",
    needs={"interactions": ("started_at", "direction", "customer_key"), "customer_days": ("customer_key", "day")},
    counts="contacts",
    covers=("CC.PK.2", "MV.3", "MV.8"),
    cannot_prove="It shows what the joined data allow, not what the agent's screen shows today; people who ask before "
    "their first purchase keep it below 100 %.",
)
def _joined_view_share(tables: Tables, period: Period) -> Estimate:
    table = contacts(tables, period, "inbound", "customer_key")
    on_file = rows(tables, "customer_days", "customer_key")
    if tables.has("contracts", "customer_key"):
        on_file = on_file.union(rows(tables, "contracts", "customer_key"))
    on_file = on_file.filter(on_file.customer_key.notnull()).distinct().mutate(is_on_file=True)
    joined = table.left_join(on_file, "customer_key")
    return share(joined, joined.is_on_file, group=_channel(joined))


@metric(
    id="contacts_matched_share",
    label="Contacts matched to a customer",
    definition="Of the calls, mails and chats received in the last 12 months, the share that is tied to a customer on "
    "file; broken down by channel.",
    department="information",
    unit="share",
    needs={"interactions": ("started_at", "direction", "customer_key")},
    counts="contacts",
    covers=("MV.4", "IC.1"),
    cannot_prove="A contact can be tied to the wrong customer; people who are not customers yet cannot be matched.",
)
def _contacts_matched_share(tables: Tables, period: Period) -> Estimate:
    table = contacts(tables, period, "inbound", "customer_key")
    return share(table, table.customer_key.notnull(), group=_channel(table))
