"""What is on file about customers: how many they are, what they have, and how they first heard of the company."""

from __future__ import annotations

from crmplan.metrics.estimates import counts, nothing, share
from crmplan.metrics.purchases import sale_lines
from crmplan.metrics.registry import Estimate, Period, metric
from crmplan.metrics.windows import known, named, rows, text
from crmplan.tables import Tables

__all__: list[str] = []


@metric(
    id="customers_on_file",
    label="Customers on file",
    definition="Customers in all systems together, each counted once whatever the number of records; broken down by "
    "system, where a customer known to several counts in each.",
    department="information",
    unit="count",
    direction="neutral",
    needs={"customers": ("customer_id", "customer_key")},
    counts="customers",
    window_days=None,
    min_rows=1,
    covers=("MV.15",),
    cannot_prove="It is the load of today; how systems and people would bear many more has to be tried out.",
)
def _customers_on_file(tables: Tables, period: Period) -> Estimate:
    records = rows(tables, "customers", "source", "customer_key")
    records = records.filter(records.customer_key.notnull()).distinct()
    n = int(records.customer_key.nunique().execute())
    if not n:
        return nothing("the data hold no customers")
    return Estimate(n, n, breakdown=counts(records, named(records.source)) if "source" in records.columns else None)


@metric(
    id="product_known_share",
    label="Purchases that tell what a customer has",
    definition="Of the order lines of the last 12 months (refunds left out), the share for which both the customer and "
    "the product's category are known; broken down by system.",
    department="information",
    unit="share",
    needs={
        "orders": ("order_id", "ordered_at", "net_amount", "customer_key", "product_id"),
        "products": ("product_id", "category"),
    },
    counts="order lines",
    covers=("MV.6",),
    cannot_prove="That it could be told does not show that anybody who meets the customer sees it.",
)
def _product_known_share(tables: Tables, period: Period) -> Estimate:
    products = rows(tables, "products", "product_id", "category")
    grouped = products.filter(products.product_id.notnull() & known(products.category)).select("product_id").distinct()
    grouped = grouped.mutate(is_grouped=True)
    lines = sale_lines(tables, period, "customer_key", "product_id")
    joined = lines.left_join(grouped, "product_id")
    is_told = joined.customer_key.notnull() & joined.is_grouped.fill_null(False)
    return share(joined, is_told, group=named(joined.source) if "source" in joined.columns else None)


@metric(
    id="first_heard_known_share",
    label="Customers whose source is known",
    definition="Of the customers who have been on file for any time, the share for whom it is known, in one record at "
    "least, how they first heard of the company.",
    department="marketing",
    unit="share",
    needs={"customers": ("customer_id", "customer_key", "first_heard")},
    counts="customers",
    window_days=None,
    covers=("LC.1",),
    cannot_prove="It is what customers remember or what a seller ticked, and tells the first source among several.",
)
def _first_heard_known_share(tables: Tables, period: Period) -> Estimate:
    records = rows(tables, "customers", "customer_key", "first_heard")
    records = records.filter(records.customer_key.notnull())
    records = records.mutate(tells=known(records.first_heard) & (text(records.first_heard) != "other"))
    customers = records.group_by("customer_key").aggregate(tells=records.tells.any())
    return share(customers, customers.tells)
