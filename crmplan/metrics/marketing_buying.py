"""Marketing: how often customers buy, whether they come back, and over how many channels."""

from __future__ import annotations

from datetime import timedelta

from crmplan.metrics.estimates import counted, counts, mean, nothing, share
from crmplan.metrics.purchases import by_customer, first_purchases, purchases, sale_lines, with_segment
from crmplan.metrics.registry import Estimate, Period, metric
from crmplan.metrics.windows import between, first_day, known, lacks_history, named, rows, text
from crmplan.tables import Tables

__all__: list[str] = []

_SECOND_WITHIN_DAYS = 180
_CONTACT_WITHIN_DAYS = 30


@metric(
    id="purchase_frequency",
    label="Orders per active customer a year",
    definition="Orders of the last 12 months, divided by the customers who placed them.",
    department="marketing",
    unit="per_year",
    needs={"customer_days": ("customer_key", "day", "n_orders")},
    counts="customers",
    covers=("MK.PD.8",),
    cannot_prove="Customers who joined during the year have had less time to order; it says nothing about those who "
    "did not order at all, nor whether customers could be brought to order more often.",
)
def _purchase_frequency(tables: Tables, period: Period) -> Estimate:
    if why := lacks_history(tables, period.start):
        return nothing(why)
    days = purchases(tables, period)
    customers = days.group_by("customer_key").aggregate(n_orders=days.n_orders.fill_null(1.0).sum())
    customers, segment = with_segment(tables, customers)
    return mean(customers, "n_orders", group=segment)


@metric(
    id="repeat_share",
    label="Customers who bought more than once in the year",
    definition="Of the customers who bought in the last 12 months, the share who bought on two or more days.",
    department="marketing",
    unit="share",
    needs={"customer_days": ("customer_key", "day", "net_amount")},
    counts="customers",
    covers=("MK.PD.8", "LC.4"),
    cannot_prove="Customers who joined late in the year have had little time to come back, and products that last for "
    "years are rarely bought twice in twelve months.",
)
def _repeat_share(tables: Tables, period: Period) -> Estimate:
    if why := lacks_history(tables, period.start):
        return nothing(why)
    customers, segment = with_segment(tables, by_customer(tables, period))
    return share(customers, customers.n_days >= 2, group=segment)


@metric(
    id="second_purchase_share",
    label="First-time buyers who bought again within 180 days",
    definition="Of the customers whose first purchase lies in the 12 months that ended 180 days ago, the share who "
    "bought again on a later day within 180 days; each of them has had the full 180 days.",
    department="marketing",
    unit="share",
    needs={"customer_days": ("customer_key", "day")},
    counts="first-time buyers",
    window_days=365 + _SECOND_WITHIN_DAYS,
    covers=("SY.2", "LC.4"),
    cannot_prove="A customer whose earlier purchases are older than the data counts as a first-time buyer. Why the "
    "others did not come back is not in the figure.",
)
def _second_purchase_share(tables: Tables, period: Period) -> Estimate:
    if why := lacks_history(tables, period.start):
        return nothing(why)
    newcomers = between(
        first_purchases(tables), "first", period.start, period.end - timedelta(days=_SECOND_WITHIN_DAYS)
    )
    days = rows(tables, "customer_days", "customer_key", "day")
    joined = between(days, "day", period.start, period.end).join(newcomers, "customer_key")
    later = joined.day.delta(joined["first"], unit="day")
    buyers = joined.group_by("customer_key", first=joined["first"]).aggregate(
        came_back=later.between(1, _SECOND_WITHIN_DAYS).any()
    )
    return share(buyers, buyers.came_back, group=buyers["first"].strftime("%Y-%m"), ordered=True)


@metric(
    id="contact_after_first_share",
    label="New customers contacted within 30 days",
    definition="Of the customers whose first purchase lies in the 12 months that ended 30 days ago, the share to whom "
    "the company turned (call, mail, visit or campaign) within 30 days after it.",
    department="marketing",
    unit="share",
    needs={
        "customer_days": ("customer_key", "day"),
        "interactions": ("customer_key", "started_at", "direction"),
    },
    counts="first-time buyers",
    window_days=365 + _CONTACT_WITHIN_DAYS,
    covers=("SY.2", "LC.4"),
    cannot_prove="Only contacts that were recorded and matched to the customer count; whether the contact was welcome "
    "or brought a second purchase is not in the figure.",
)
def _contact_after_first_share(tables: Tables, period: Period) -> Estimate:
    if why := lacks_history(tables, period.start):
        return nothing(why)
    log_begins = first_day(tables, "interactions", "started_at")
    if log_begins is None:
        return nothing("the data hold no contacts")
    # Who came before contacts were recorded cannot be said to have been left alone.
    start, end = max(period.start, log_begins), period.end - timedelta(days=_CONTACT_WITHIN_DAYS)
    newcomers = between(first_purchases(tables), "first", start, end)
    contacts = rows(tables, "interactions", "customer_key", "started_at", "direction")
    contacts = contacts.filter(text(contacts.direction) == "outbound").select("customer_key", day=contacts.started_at)
    if tables.has("touches", "customer_key", "touched_at"):
        touches = rows(tables, "touches", "customer_key", "touched_at").rename(day="touched_at")
        contacts = contacts.union(touches.select("customer_key", day=touches.day))
    joined = contacts.mutate(day=contacts.day.date()).join(newcomers, "customer_key")
    soon = joined.day.delta(joined["first"], unit="day").between(0, _CONTACT_WITHIN_DAYS)
    reached = joined.filter(soon).select("customer_key").distinct().mutate(is_reached=True)
    buyers = newcomers.left_join(reached, "customer_key")
    return share(buyers, buyers.is_reached, group=buyers["first"].strftime("%Y-%m"), ordered=True)


@metric(
    id="cross_channel_share",
    label="Customers who buy over two or more channels",
    definition="Of the customers who ordered in the last 12 months over a known channel, the share who used two or "
    "more; broken down into the share of customers that each channel has.",
    department="marketing",
    unit="share",
    direction="neutral",
    needs={"orders": ("customer_key", "ordered_at", "net_amount", "channel")},
    counts="customers",
    covers=("CO.2",),
    cannot_prove="Customers who order often have more occasions to use a second channel; that they buy more does not "
    "mean that the second channel made them.",
)
def _cross_channel_share(tables: Tables, period: Period) -> Estimate:
    if why := lacks_history(tables, period.start, name="orders", column="ordered_at"):
        return nothing(why)
    lines = sale_lines(tables, period, "customer_key", "channel")
    lines = lines.filter(lines.customer_key.notnull() & known(lines.channel))
    used = lines.group_by("customer_key", key=text(lines.channel)).aggregate(channel=named(lines.channel).min())
    if int(used.key.nunique().execute()) == 1:
        return nothing("the orders know one channel only")
    customers = used.group_by("customer_key").aggregate(n_channels=used.count())
    found = share(customers, customers.n_channels >= 2)
    if found.n == 0:
        return found
    channels = counts(used, used.channel, times=1.0 / found.n)
    return counted(round((found.value or 0) * found.n), found.n, channels)
