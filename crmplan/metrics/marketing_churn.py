"""Marketing: who has gone, by silence or by cancelling, and whether the reason is known."""

from __future__ import annotations

from crmplan.metrics.estimates import nothing, parts, share
from crmplan.metrics.purchases import lacks_two_years, two_years
from crmplan.metrics.registry import Estimate, Period, metric
from crmplan.metrics.windows import Expression, between, known, named, rows
from crmplan.tables import Tables

__all__ = ["by_past_purchases"]


def by_past_purchases(customers: Expression) -> Expression:
    """Return in words on how many days a customer bought in the year before."""
    import ibis

    n_days = customers.n_days_before
    return ibis.cases(
        (n_days == 1, "1 buying day in the year before"), (n_days == 2, "2 buying days"), else_="3 or more buying days"
    )


@metric(
    id="inactive_share",
    label="Customers lost by silence",
    definition="Of the customers who bought in the 12 months before the last 12, the share who did not buy in the last "
    "12; broken down by how often they had bought.",
    department="marketing",
    unit="share",
    direction="down",
    needs={"customer_days": ("customer_key", "day", "net_amount")},
    counts="customers of the year before",
    covers=("MK.CH.1", "MK.SG.4", "LC.4"),
    cannot_prove="Silence is not a farewell: where people buy every few years, many of them will still come back.",
)
def _inactive_share(tables: Tables, period: Period) -> Estimate:
    if why := lacks_two_years(tables, period):
        return nothing(why)
    customers = two_years(tables, period)
    return share(customers, ~customers.is_kept, group=by_past_purchases(customers), ordered=True)


@metric(
    id="contract_churn_share",
    label="Contract customers lost",
    definition="Of the customers with a running contract 12 months ago, the share with none running today; broken down "
    "by how long they had been under contract.",
    department="marketing",
    unit="share",
    direction="down",
    needs={"contracts": ("customer_key", "started_on", "ended_on")},
    counts="customers under contract a year ago",
    covers=("MK.CH.1", "MK.SG.4", "LC.4"),
    cannot_prove="Where ended contracts are deleted from the system the share comes out too low; a renewal under a new "
    "number counts as kept only if the customer was recognised.",
)
def _contract_churn_share(tables: Tables, period: Period) -> Estimate:
    import ibis

    contracts = rows(tables, "contracts", "customer_key", "started_on", "ended_on")
    contracts = contracts.filter(contracts.customer_key.notnull() & contracts.started_on.notnull())
    start, end = ibis.date(period.start.isoformat()), ibis.date(period.end.isoformat())
    # The last day counts as a day under contract.
    ran_then = (contracts.started_on < start) & (contracts.ended_on.isnull() | (contracts.ended_on >= start))
    runs_now = (contracts.started_on < end) & (
        contracts.ended_on.isnull() | (contracts.ended_on.delta(end, unit="day") >= -1)
    )
    customers = contracts.group_by("customer_key").aggregate(
        ran_then=ran_then.any(), runs_now=runs_now.any(), since=contracts.started_on.min()
    )
    customers = customers.filter(customers.ran_then)
    years = start.delta(customers.since, unit="day") / 365.0
    tenure = ibis.cases((years < 1, "under 1 year"), (years < 3, "1 to 3 years"), else_="over 3 years")
    return share(customers, ~customers.runs_now, group=tenure)


@metric(
    id="cancel_reason_known_share",
    label="Ended contracts whose reason is known",
    definition="Of the contracts that ended in the last 12 months, the share with a recorded reason; broken down into "
    "the share that each reason has among them.",
    department="marketing",
    unit="share",
    needs={"contracts": ("ended_on", "cancel_reason")},
    counts="ended contracts",
    min_rows=10,
    covers=("MK.CH.3", "MK.CH.2"),
    cannot_prove="The reason a customer gives, or that staff pick from a list, need not be the one that decided.",
)
def _cancel_reason_known_share(tables: Tables, period: Period) -> Estimate:
    contracts = rows(tables, "contracts", "ended_on", "cancel_reason")
    ended = between(contracts, "ended_on", period.start, period.end)
    found = share(ended, known(ended.cancel_reason))
    return Estimate(found.value, found.n, found.low, found.high, parts(ended, named(ended.cancel_reason)))
