"""Marketing: what customers and orders bring, and how much of it the best bring."""

from __future__ import annotations

import math

import pandas as pd

from crmplan.metrics.estimates import breakdown, mean, nothing, one_row, share
from crmplan.metrics.purchases import all_lines, by_customer, orders_received, purchases, with_segment
from crmplan.metrics.registry import Estimate, Period, metric
from crmplan.metrics.windows import Expression, between, lacks_history, named
from crmplan.tables import Tables

__all__ = ["top_share"]


def top_share(table: Expression, column: str, best: float) -> Estimate:
    """Return what the best ``best`` of all rows (at least one, rounded up) bring of a column's sum, and its tenths.

    Sums below zero count as nothing.
    The breakdown lists ten groups of customers of equal number, from the best ("1") to the least ("10").
    """
    import ibis

    filled = table.filter(table[column].notnull())
    n = int(filled.count().execute())
    if n == 0:
        return Estimate(None, 0)
    order = [ibis.desc(filled[column]), filled.customer_key]
    # What is below zero would let the best bring more than all there is.
    amount = (filled[column] > 0).ifelse(filled[column], 0.0)
    placed = filled.select(amount=amount, place=ibis.row_number().over(ibis.window(order_by=order)))
    n_best = max(1, math.ceil(best * n - 1e-9))
    is_best = placed.place < n_best
    sums = one_row(placed.aggregate(all=placed.amount.sum(), best=is_best.ifelse(placed.amount, 0.0).sum()))
    if sums["all"] <= 0:
        return nothing("the sum is not above zero", n)
    tenth = ((placed.place * 10) / float(n)).floor().cast("int64") + 1
    tenths = placed.group_by(tenth=tenth).aggregate(amount=placed.amount.sum(), n=placed.count()).order_by("tenth")
    groups = pd.DataFrame(
        [(str(row["tenth"]), row["amount"] / sums["all"], row["n"]) for row in tenths.to_pyarrow().to_pylist()],
        columns=["group", "value", "n"],
    )
    return Estimate(sums["best"] / sums["all"], n, breakdown=groups)


@metric(
    id="top20_revenue_share",
    label="Revenue from the best fifth of customers",
    definition="Share of the last 12 months' revenue that came from the 20 % of customers who spent most; broken down "
    "by tenths of customers, the best first.",
    department="marketing",
    unit="share",
    direction="neutral",
    needs={"customer_days": ("customer_key", "day", "net_amount")},
    counts="customers",
    covers=("MV.1", "MV.11", "SM.FM.1"),
    cannot_prove="Revenue is not profit, and who led last year need not lead next year.",
)
def _top20_revenue_share(tables: Tables, period: Period) -> Estimate:
    return top_share(by_customer(tables, period), "revenue", 0.2)


@metric(
    id="unprofitable_share",
    label="Customers who cost more than they bring",
    definition="Of the customers who bought in the last 12 months and whose cost of goods is known, the share whose "
    "purchases cost more than they paid.",
    department="marketing",
    unit="share",
    direction="down",
    needs={"customer_days": ("customer_key", "day", "profit")},
    counts="customers",
    covers=("MK.SG.7", "MV.12"),
    cannot_prove="Only the cost of goods is known; service, delivery and credit would add to the number, and a "
    "customer who lost money this year may pay off later.",
)
def _unprofitable_share(tables: Tables, period: Period) -> Estimate:
    days = purchases(tables, period)
    days = days.filter(days.profit.notnull())
    customers = days.group_by("customer_key").aggregate(profit=days.profit.sum())
    customers, segment = with_segment(tables, customers)
    return share(customers, customers.profit < 0, group=segment)


@metric(
    id="margin_share",
    label="Gross margin",
    definition="Revenue less the cost of goods, as a share of revenue, over the order lines of the last 12 months "
    "whose cost is known, refunds taken off; broken down by customer segment.",
    department="marketing",
    unit="share",
    needs={"orders": ("order_id", "ordered_at", "net_amount", "cost")},
    counts="orders",
    covers=("MK.SG.5", "MK.SG.6", "MV.5"),
    cannot_prove="It leaves out what selling, service and delivery cost, and it is only as good as the costs kept with "
    "the orders.",
)
def _margin_share(tables: Tables, period: Period) -> Estimate:
    lines = between(all_lines(tables, "cost", "customer_key"), "ordered_at", period.start, period.end)
    lines = lines.filter(lines.cost.notnull())
    found = one_row(lines.aggregate(revenue=lines.net_amount.sum(), cost=lines.cost.sum(), n=lines.order_id.nunique()))
    n = int(found["n"])
    if not n:
        return Estimate(None, 0)
    if found["revenue"] <= 0:
        return nothing("refunds are as large as sales", n)
    groups = None
    if "customer_key" in lines.columns:
        lines, segment = with_segment(tables, lines)
        if segment is not None:
            revenue = lines.net_amount.sum()
            margin = (revenue - lines.cost.sum()) / (revenue > 0).ifelse(revenue, None)
            groups = breakdown(lines, segment, margin, n=lines.order_id.nunique())
    return Estimate((found["revenue"] - found["cost"]) / found["revenue"], n, breakdown=groups)


@metric(
    id="average_order_value",
    label="Average order",
    definition="Mean amount of the orders received in the last 12 months, before later refunds; broken down by "
    "channel.",
    department="marketing",
    unit="currency",
    needs={"orders": ("order_id", "ordered_at", "net_amount")},
    counts="orders",
    covers=("LC.2",),
    cannot_prove="A few large orders can move the mean; a change may come from prices or from another mix of "
    "customers.",
)
def _average_order_value(tables: Tables, period: Period) -> Estimate:
    orders = orders_received(tables, period, "channel")
    orders = orders.filter(orders.net_amount > 0)
    return mean(orders, "net_amount", group=named(orders.channel) if "channel" in orders.columns else None)


@metric(
    id="revenue_per_customer",
    label="Revenue per active customer",
    definition="Revenue of the last 12 months from known customers, refunds taken off, divided by the customers who "
    "bought; broken down by segment.",
    department="marketing",
    unit="currency",
    needs={"customer_days": ("customer_key", "day", "net_amount")},
    counts="customers",
    covers=("MV.5", "MV.7"),
    cannot_prove="A few large customers can move the mean; see how much of revenue the best fifth brings.",
)
def _revenue_per_customer(tables: Tables, period: Period) -> Estimate:
    if why := lacks_history(tables, period.start):
        return nothing(why)
    customers, segment = with_segment(tables, by_customer(tables, period))
    return mean(customers, "revenue", group=segment)
