"""Marketing: what campaigns bring, what a new customer costs, and which leads are dropped."""

from __future__ import annotations

from datetime import timedelta

from crmplan.metrics.estimates import nothing, one_row, share
from crmplan.metrics.marketing_growth import newcomers
from crmplan.metrics.registry import Estimate, Period, metric
from crmplan.metrics.windows import Expression, between, named, rows, text
from crmplan.tables import Tables

__all__: list[str] = []

_FOLLOW_UP_DAYS = 30


def _with_name(tables: Tables, table: Expression) -> Expression:
    """Return the table with the ``campaign`` of its ``campaign_id``: its name, or the number where it has none."""
    if not tables.has("campaigns", "campaign_id", "name"):
        return table.mutate(campaign=table.campaign_id)
    names = rows(tables, "campaigns", "campaign_id", "name")
    names = names.filter(names.campaign_id.notnull()).group_by("campaign_id").aggregate(name=names.name.min())
    joined = table.left_join(names, "campaign_id")
    return joined.select(*table.columns, campaign=joined.name.nullif("").fill_null(joined.campaign_id))


@metric(
    id="campaign_response_share",
    label="Campaign messages that were answered",
    definition="Of the messages that campaigns sent to customers in the last 12 months, the share that was responded "
    "to; broken down by campaign.",
    department="marketing",
    unit="share",
    needs={"touches": ("campaign_id", "touched_at", "is_response")},
    counts="messages",
    covers=("LC.1", "CF.M.1"),
    cannot_prove="A response is not a sale, and some customers would have bought without the campaign; only a group "
    "that is left out on purpose can show what it brought.",
)
def _campaign_response_share(tables: Tables, period: Period) -> Estimate:
    touches = rows(tables, "touches", "campaign_id", "touched_at", "is_response")
    touches = between(touches, "touched_at", period.start, period.end)
    touches = _with_name(tables, touches.filter(touches.is_response.notnull()))
    return share(touches, touches.is_response, group=touches.campaign)


@metric(
    id="acquisition_cost",
    label="Campaign cost per new customer",
    definition="Cost of the campaigns that began in the last 12 months, divided by the customers whose first purchase "
    "lies in these months.",
    department="marketing",
    unit="currency",
    direction="down",
    needs={"campaigns": ("started_on", "cost"), "customer_days": ("customer_key", "day")},
    counts="new customers",
    covers=("LC.1",),
    cannot_prove="Campaigns also reach customers the company has, new customers also come without one, and the time of "
    "sellers is not in it; it is an average, not what one more customer would cost.",
)
def _acquisition_cost(tables: Tables, period: Period) -> Estimate:
    campaigns = rows(tables, "campaigns", "started_on", "cost")
    begun = between(campaigns, "started_on", period.start, period.end)
    cost = one_row(begun.aggregate(cost=begun.cost.sum()))["cost"]
    if cost is None:
        return nothing("no campaign with a known cost began in the last 12 months")
    first, why = newcomers(tables, period)
    if first is None:
        return nothing(why)
    n = int(first.count().execute())
    return Estimate(cost / n, n) if n else nothing("no new customer came in the last 12 months")


@metric(
    id="campaign_lead_no_followup_share",
    label="Campaign leads nobody followed up",
    definition="Of the leads that campaigns brought in the 12 months that ended 30 days ago, the share that nobody "
    "answered within 30 days and that was not won either; broken down by campaign.",
    department="marketing",
    unit="share",
    direction="down",
    needs={"opportunities": ("campaign_id", "created_at", "first_response_at", "outcome")},
    counts="campaign leads",
    window_days=365 + _FOLLOW_UP_DAYS,
    covers=("SY.1", "CF.M.4"),
    cannot_prove="An answer that nobody wrote down counts as none; whether the leads were worth an answer is not in "
    "the figure.",
)
def _campaign_lead_no_followup_share(tables: Tables, period: Period) -> Estimate:
    leads = rows(tables, "opportunities", "campaign_id", "created_at", "first_response_at", "outcome")
    # Everybody has had the full 30 days.
    leads = between(leads, "created_at", period.start, period.end - timedelta(days=_FOLLOW_UP_DAYS))
    leads = leads.filter(leads.campaign_id.notnull())
    days = leads.first_response_at.date().delta(leads.created_at.date(), unit="day")
    is_answered = (days <= _FOLLOW_UP_DAYS).fill_null(False) | (text(leads.outcome.fill_null("")) == "won")
    leads = _with_name(tables, leads.mutate(is_dropped=~is_answered))
    return share(leads, leads.is_dropped, group=leads.campaign)


@metric(
    id="campaign_lead_known_share",
    label="Leads that carry their campaign",
    definition="Of the leads that came in during the last 12 months, the share that is marked with a campaign; broken "
    "down by outcome.",
    department="marketing",
    unit="share",
    needs={"opportunities": ("opportunity_id", "created_at", "campaign_id")},
    counts="leads",
    covers=("CF.M.4",),
    cannot_prove="Some leads truly came without a campaign, so that a full share is neither reached nor wanted.",
)
def _campaign_lead_known_share(tables: Tables, period: Period) -> Estimate:
    leads = rows(tables, "opportunities", "opportunity_id", "created_at", "campaign_id", "outcome")
    leads = between(leads, "created_at", period.start, period.end)
    group = named(leads.outcome) if "outcome" in leads.columns else None
    return share(leads, leads.campaign_id.notnull(), group=group)
