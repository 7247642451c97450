"""Sales: whether customers take what they promised to take."""

from __future__ import annotations

from datetime import timedelta

from crmplan.metrics.estimates import share
from crmplan.metrics.registry import Estimate, Period, metric
from crmplan.metrics.windows import rows
from crmplan.tables import Tables

__all__: list[str] = []


@metric(
    id="contract_compliance_share",
    label="Contracts that customers fulfil",
    definition="Of the contracts with a promised amount that began at least 12 months ago and ran in the last 12 "
    "months, the share under which the customer took at least what was promised.",
    department="sales",
    unit="share",
    needs={"contracts": ("started_on", "committed_amount", "fulfilled_amount")},
    counts="contracts",
    min_rows=10,
    covers=("SM.CC.1",),
    cannot_prove="A promise may have been set too low or too high; contracts in their first year are not in it.",
)
def _contract_compliance_share(tables: Tables, period: Period) -> Estimate:
    import ibis

    contracts = rows(tables, "contracts", "started_on", "ended_on", "committed_amount", "fulfilled_amount")
    # A contract in its first year has not had the time to be fulfilled.
    is_old = contracts.started_on <= ibis.date((period.end - timedelta(days=365)).isoformat())
    asked = contracts.filter(is_old & (contracts.committed_amount > 0) & contracts.fulfilled_amount.notnull())
    if "ended_on" in asked.columns:
        asked = asked.filter(asked.ended_on.isnull() | (asked.ended_on >= ibis.date(period.start.isoformat())))
    return share(asked, asked.fulfilled_amount >= asked.committed_amount)
