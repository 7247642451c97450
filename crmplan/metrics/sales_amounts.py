"""Sales: what a won deal and a year of a contract bring; the worth of initiatives is reckoned with them."""

from __future__ import annotations

from crmplan.metrics.estimates import mean
from crmplan.metrics.registry import Estimate, Period, metric
from crmplan.metrics.windows import between, rows, text
from crmplan.tables import Tables

__all__: list[str] = []

_MONTHS = 12


@metric(
    id="won_deal_amount",
    label="Amount of a won deal",
    definition="Mean amount of the deals won in the last 12 months whose amount is known.",
    department="sales",
    unit="currency",
    needs={"opportunities": ("closed_at", "outcome", "amount")},
    counts="won deals",
    covers=("SM.FM.7",),
    cannot_prove="A few large deals can move the mean, and what was agreed is not yet what was paid.",
)
def _won_deal_amount(tables: Tables, period: Period) -> Estimate:
    deals = rows(tables, "opportunities", "closed_at", "outcome", "amount")
    won = deals.filter(text(deals.outcome.fill_null("")) == "won", deals.amount > 0)
    return mean(between(won, "closed_at", period.start, period.end), "amount")


@metric(
    id="contract_yearly_fee",
    label="Fee of a contract in a year",
    definition="Mean monthly fee of the contracts running on the last day looked at, times twelve.",
    department="sales",
    unit="currency",
    needs={"contracts": ("started_on", "ended_on", "monthly_fee")},
    counts="running contracts",
    window_days=None,
    covers=("SM.CC.1",),
    cannot_prove="Fees that depend on use are not in it.",
)
def _contract_yearly_fee(tables: Tables, period: Period) -> Estimate:
    import ibis

    end = ibis.date(period.end.isoformat())
    contracts = rows(tables, "contracts", "started_on", "ended_on", "monthly_fee")
    ended = contracts.ended_on.notnull() & (contracts.ended_on.delta(end, unit="day") < -1)
    running = contracts.filter(contracts.started_on < end, ~ended, contracts.monthly_fee > 0)
    return mean(running.mutate(yearly_fee=running.monthly_fee * _MONTHS), "yearly_fee")
