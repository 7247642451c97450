"""What it takes to keep several systems in step: every change to a customer has to be made in each that knows it.

It is the work that would keep systems in step, not work that is known to be done: where nobody does it, records drift
apart instead, and that is what the conflicts between systems show.
"""

from __future__ import annotations

from dataclasses import replace

from crmplan.metrics.estimates import breakdown, nothing, one_row
from crmplan.metrics.registry import Estimate, Period, metric
from crmplan.metrics.windows import between, rows
from crmplan.tables import Tables

__all__ = ["HOURS_A_DAY"]

HOURS_A_DAY = 8.0
"""Working hours that the engagement's day rate pays for."""

_FEWEST_DATED_SHARE = 0.5
_NEEDS = {"customers": ("source", "customer_id", "customer_key", "updated_at")}
_LIMITS = (
    "A record tells when it was changed last, so one changed several times counts once; and a change may concern one "
    "system alone."
)


@metric(
    id="carried_changes",
    label="Changes to be made again in another system",
    definition="For each record that was changed in the last 12 months, the other systems that know the same customer, "
    "added up; broken down by the system in which the change was made.",
    department="information",
    unit="count",
    direction="down",
    needs=_NEEDS,
    counts="records of customers known to several systems",
    covers=("OP.3", "IC.2"),
    cannot_prove=_LIMITS,
)
def _carried_changes(tables: Tables, period: Period) -> Estimate:
    import ibis

    records = rows(tables, "customers", "source", "customer_key", "updated_at")
    records = records.filter(records.customer_key.notnull())
    known = records.group_by("customer_key").aggregate(n_systems=records.source.nunique())
    shared = records.join(known.filter(known.n_systems > 1), "customer_key")
    found = one_row(shared.aggregate(n=shared.count(), n_dated=shared.updated_at.count()))
    if not found["n"]:
        return nothing("no customer has a record in more than one system")
    if found["n_dated"] < _FEWEST_DATED_SHARE * found["n"]:
        return nothing("needs customers (updated_at) on at least half of the records", found["n"])
    changed = between(shared, "updated_at", period.start, period.end)
    n_carried = one_row(changed.aggregate(n=(changed.n_systems - 1).sum()))["n"] or 0
    groups = breakdown(changed, changed.source, (ibis._.n_systems - 1).sum())
    return Estimate(float(n_carried), int(found["n"]), breakdown=groups)


@metric(
    id="upkeep_cost",
    label="Cost of keeping systems in step",
    definition="The changes of the last 12 months that had to be made again in another system, at the minutes for one "
    "change and the day rate that were agreed; broken down by the system in which the change was made.",
    department="information",
    unit="currency",
    direction="down",
    needs=_NEEDS,
    counts="records of customers known to several systems",
    covers=("OP.3", "IC.2"),
    cannot_prove=f"{_LIMITS} It is what the work would cost, not what is spent: where nobody does it, records drift "
    "apart. Minutes and day rate are as agreed, not measured.",
)
def _upkeep_cost(tables: Tables, period: Period) -> Estimate:
    found = _carried_changes(tables, period)
    if found.value is None:
        return found
    a_change = period.minutes_per_record_change / 60 / HOURS_A_DAY * period.day_rate
    groups = found.breakdown
    priced = None if groups is None else groups.assign(value=groups["value"] * a_change)
    return replace(found, value=found.value * a_change, breakdown=priced)
