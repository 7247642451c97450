"""Sales: leads and deals, from the first answer to won or lost."""

from __future__ import annotations

from datetime import timedelta

from crmplan.metrics.estimates import breakdown, median, nothing, one_row, parts, share
from crmplan.metrics.registry import Estimate, Period, metric
from crmplan.metrics.windows import Expression, between, known, named, rows, text
from crmplan.tables import Tables

__all__: list[str] = []

_MATURE_DAYS = 7


def _deals(tables: Tables, *columns: str) -> Expression:
    """Return all deals, the outcome in small letters."""
    deals = rows(tables, "opportunities", "created_at", "closed_at", "outcome", *columns)
    return deals.mutate(outcome=text(deals.outcome.fill_null(""))) if "outcome" in deals.columns else deals


def _closed(tables: Tables, period: Period, outcome: str, *columns: str) -> Expression:
    deals = _deals(tables, *columns)
    return between(deals.filter(deals.outcome == outcome), "closed_at", period.start, period.end)


@metric(
    id="lead_response_hours",
    label="Hours until a lead is answered",
    definition="Median time from when a lead came in to the first answer, over the leads of the last 12 months that "
    "are at least a week old; a lead without an answer counts as longer than all others. Broken down by where leads "
    "came from, over the answered ones.",
    department="sales",
    unit="hours",
    direction="down",
    needs={"opportunities": ("created_at", "first_response_at")},
    counts="leads",
    covers=("SM.FM.6",),
    cannot_prove="Hours run day and night, at weekends too; an answer that was not recorded counts as none.",
)
def _lead_response_hours(tables: Tables, period: Period) -> Estimate:
    leads = rows(tables, "opportunities", "created_at", "first_response_at", "lead_source")
    leads = between(leads, "created_at", period.start, period.end - timedelta(days=_MATURE_DAYS))
    seconds = leads.first_response_at.delta(leads.created_at, unit="second")
    leads = leads.mutate(hours=seconds / 3600.0).filter(seconds.isnull() | (seconds >= 0))
    group = named(leads.lead_source) if "lead_source" in leads.columns else None
    found = median(leads, "hours", group=group)
    if found.n and found.value is None:
        return nothing("half of the leads or more have no recorded answer", found.n)
    return found


@metric(
    id="pipeline_coverage",
    label="Open deals against the quarter's target",
    definition="Worth of all open deals, divided by a quarter of the yearly sales target; where no target is given, by "
    "a quarter of what was won in the last 12 months. Broken down by stage.",
    department="sales",
    unit="ratio",
    needs={"opportunities": ("created_at", "outcome", "amount")},
    counts="open deals",
    min_rows=10,
    covers=("SM.FM.7", "CF.S.2"),
    cannot_prove="Deals count in full, however unlikely or old they are; read it beside the share of deals won.",
)
def _pipeline_coverage(tables: Tables, period: Period) -> Estimate:
    import ibis

    deals = _deals(tables, "amount", "stage")
    end = ibis.timestamp(period.end.isoformat())
    is_open = (deals.outcome == "open") & (deals.created_at < end)
    if "closed_at" in deals.columns:
        # A deal that was closed after the last day looked at was open on that day.
        is_open = is_open | (deals.outcome.isin(["won", "lost"]) & (deals.created_at < end) & (deals.closed_at >= end))
    pipeline = deals.filter(is_open.fill_null(False) & deals.amount.notnull())
    target = period.yearly_sales_target
    if not target and "closed_at" in deals.columns:
        won = _closed(tables, period, "won", "amount")
        target = one_row(won.aggregate(amount=won.amount.sum()))["amount"]
    if not target or target <= 0:
        return nothing("needs a yearly sales target, or deals won in the last 12 months with their amounts")
    found = one_row(pipeline.aggregate(amount=pipeline.amount.sum(), n=pipeline.count()))
    if not found["n"]:
        return Estimate(None, 0)
    quarter = float(target) / 4
    groups = None
    if "stage" in pipeline.columns:
        groups = breakdown(pipeline, named(pipeline.stage), pipeline.amount.sum() / quarter)
    return Estimate(found["amount"] / quarter, int(found["n"]), breakdown=groups)


@metric(
    id="sales_cycle_days",
    label="Days from lead to won deal",
    definition="Median time from when the lead came in to when the deal was won, over the deals won in the last 12 "
    "months; broken down by territory.",
    department="sales",
    unit="days",
    direction="down",
    needs={"opportunities": ("created_at", "closed_at", "outcome")},
    counts="won deals",
    covers=("SM.FM.8",),
    cannot_prove="Deals that are still open or were lost are not in it; where the records begin late, long deals are "
    "missing and the time comes out too short.",
)
def _sales_cycle_days(tables: Tables, period: Period) -> Estimate:
    won = _closed(tables, period, "won", "territory")
    won = won.mutate(cycle_days=won.closed_at.date().delta(won.created_at.date(), unit="day"))
    won = won.filter(won.cycle_days >= 0)
    return median(won, "cycle_days", group=named(won.territory) if "territory" in won.columns else None)


@metric(
    id="win_rate",
    label="Deals won",
    definition="Of the deals closed in the last 12 months, the share that was won; broken down by territory, or by "
    "where the lead came from.",
    department="sales",
    unit="share",
    needs={"opportunities": ("closed_at", "outcome")},
    counts="closed deals",
    covers=("SM.FM.7", "CF.S.4"),
    cannot_prove="Deals that are never closed on paper are not in it, which flatters the rate; a high rate may mean "
    "that only easy deals are tried.",
)
def _win_rate(tables: Tables, period: Period) -> Estimate:
    deals = _deals(tables, "territory", "lead_source")
    closed = between(deals.filter(deals.outcome.isin(["won", "lost"])), "closed_at", period.start, period.end)
    by = next((name for name in ("territory", "lead_source") if name in closed.columns), None)
    return share(closed, closed.outcome == "won", group=named(closed[by]) if by else None)


@metric(
    id="lost_to_competitor_share",
    label="Lost deals that went to a named competitor",
    definition="Of the deals lost in the last 12 months, the share for which the competitor that won is on record; "
    "broken down into the share that each competitor has among them.",
    department="sales",
    unit="share",
    direction="down",
    needs={"opportunities": ("closed_at", "outcome", "competitor")},
    counts="lost deals",
    covers=("MK.CH.2",),
    cannot_prove="Deals lost to somebody nobody wrote down are missing, so the true share is at least this.",
)
def _lost_to_competitor_share(tables: Tables, period: Period) -> Estimate:
    lost = _closed(tables, period, "lost", "competitor")
    found = share(lost, known(lost.competitor))
    return Estimate(found.value, found.n, found.low, found.high, parts(lost, named(lost.competitor)))


@metric(
    id="lost_reason_known_share",
    label="Lost deals whose reason is known",
    definition="Of the deals lost in the last 12 months, the share with a recorded reason; broken down into the share "
    "that each reason has among them.",
    department="sales",
    unit="share",
    needs={"opportunities": ("closed_at", "outcome", "lost_reason")},
    counts="lost deals",
    covers=("MK.CH.2", "MK.CH.3", "CF.S.4"),
    cannot_prove="The reason is the seller's view, not the customer's.",
)
def _lost_reason_known_share(tables: Tables, period: Period) -> Estimate:
    lost = _closed(tables, period, "lost", "lost_reason")
    found = share(lost, known(lost.lost_reason))
    return Estimate(found.value, found.n, found.low, found.high, parts(lost, named(lost.lost_reason)))
