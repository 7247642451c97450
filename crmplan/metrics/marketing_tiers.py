"""Marketing: who moves up between value tiers, and who stands just below the top.

Tiers are the best 20 %, the next 30 % and the other 50 % of the customers who bought in the last 12 months, cut at the
same amounts in both years, as in the chapter on segments.
"""

from __future__ import annotations

from crmplan.metrics.estimates import nothing, share
from crmplan.metrics.purchases import by_customer, lacks_two_years, two_years
from crmplan.metrics.registry import Estimate, Period, metric
from crmplan.metrics.windows import Expression
from crmplan.tables import Tables

__all__: list[str] = []

_NEAR_THE_TOP = 0.7
_NEEDS = {"customer_days": ("customer_key", "day", "net_amount")}


def _cuts(customers: Expression) -> tuple[float, float] | None:
    """Return the revenue from which a customer is in the top and in the middle tier; None when nobody bought."""
    import ibis

    bought = customers.filter(customers.revenue > 0)
    n = int(bought.count().execute())
    if n == 0:
        return None
    places = [max(1, round(part * n)) - 1 for part in (0.2, 0.5)]
    order = ibis.window(order_by=[ibis.desc(bought.revenue), bought.customer_key])
    placed = bought.select(revenue=bought.revenue, place=ibis.row_number().over(order))
    kept = placed.filter(placed.place.isin(sorted(set(places)))).to_pyarrow().to_pylist()
    at = {row["place"]: row["revenue"] for row in kept}
    return at[places[0]], at[places[1]]


@metric(
    id="upward_migration_share",
    label="Customers who moved up a value tier",
    definition="Of the customers who bought in the 12 months before the last 12, the share that is now in a higher "
    "tier of yearly revenue; the tiers are the best 20 %, the next 30 % and the other 50 % of today's customers, cut "
    "at the same amounts in both years. Broken down by the tier a customer was in.",
    department="marketing",
    unit="share",
    needs=_NEEDS,
    counts="customers of the year before",
    covers=("MV.14", "LC.2"),
    cannot_prove="Some customers move up by chance in any year, and as many may have moved down; higher prices lift "
    "everybody.",
)
def _upward_migration_share(tables: Tables, period: Period) -> Estimate:
    import ibis

    if why := lacks_two_years(tables, period):
        return nothing(why)
    cuts = _cuts(by_customer(tables, period))
    if cuts is None:
        return nothing("no customer bought in the last 12 months")
    customers = two_years(tables, period)

    def rank(revenue: Expression) -> Expression:
        return ibis.cases((revenue >= cuts[0], 3), (revenue >= cuts[1], 2), (revenue > 0, 1), else_=0)

    customers = customers.mutate(then=rank(customers.revenue_before), now=rank(customers.revenue))
    customers = customers.filter(customers.then > 0)
    tier = ibis.cases((customers.then == 3, "top"), (customers.then == 2, "middle"), else_="small")
    return share(customers, customers.now > customers.then, group=tier)


@metric(
    id="movable_middle_share",
    label="Middle customers close to the top",
    definition="Of the customers in the middle tier (the 30 % of the last 12 months' customers who come after the best "
    "20 % by revenue), the share who bring at least 70 % of what it takes to be in the top tier.",
    department="marketing",
    unit="share",
    direction="neutral",
    needs=_NEEDS,
    counts="middle customers",
    covers=("MV.14",),
    cannot_prove="To be close is not to be willing; whether these customers can be moved shows only when it is tried.",
)
def _movable_middle_share(tables: Tables, period: Period) -> Estimate:
    customers = by_customer(tables, period)
    cuts = _cuts(customers)
    if cuts is None:
        return nothing("no customer bought in the last 12 months")
    middle = customers.filter((customers.revenue < cuts[0]) & (customers.revenue >= cuts[1]))
    return share(middle, middle.revenue >= _NEAR_THE_TOP * cuts[0])
