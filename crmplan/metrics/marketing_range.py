"""Marketing: how much of the range each customer knows, and what is missing from the basket."""

from __future__ import annotations

from crmplan.metrics.estimates import breakdown, nothing, share
from crmplan.metrics.purchases import sale_lines
from crmplan.metrics.registry import Estimate, Period, metric
from crmplan.metrics.windows import Expression, known, lacks_history, named, rows, text
from crmplan.tables import Tables

__all__: list[str] = []

_FEWEST_BUYERS = 10
_NEEDS = {
    "orders": ("customer_key", "ordered_at", "net_amount", "product_id"),
    "products": ("product_id", "category"),
}


def _categories_bought(tables: Tables, period: Period) -> Expression:
    """Return one row per customer and category bought in the period, with what was ``spent``."""
    import ibis

    products = rows(tables, "products", "product_id", "category")
    products = products.filter(products.product_id.notnull() & known(products.category))
    # A category is one however its name is spelt in capitals, and a product has one category.
    spelling = ibis.window(group_by=text(products.category))
    products = products.mutate(category=named(products.category).min().over(spelling))
    products = products.group_by("product_id").aggregate(category=products.category.min())
    lines = sale_lines(tables, period, "customer_key", "product_id")
    joined = lines.filter(lines.customer_key.notnull()).join(products, "product_id")
    return joined.group_by("customer_key", "category").aggregate(spent=joined.net_amount.sum())


@metric(
    id="single_category_share",
    label="Customers who buy from one category only",
    definition="Of the customers who bought in the last 12 months, the share whose purchases were all in one product "
    "category; broken down into the same share among the buyers of each category.",
    department="marketing",
    unit="share",
    direction="down",
    needs=_NEEDS,
    counts="customers",
    covers=("MK.PD.9", "MV.6", "LC.3"),
    cannot_prove="It does not say that these customers need anything else, or that they do not buy it elsewhere; a "
    "customer with a single purchase has had no occasion for a second category.",
)
def _single_category_share(tables: Tables, period: Period) -> Estimate:
    if why := lacks_history(tables, period.start, name="orders", column="ordered_at"):
        return nothing(why)
    import ibis

    pairs = _categories_bought(tables, period)
    if int(pairs.category.nunique().execute()) == 1:
        return nothing("the products know one category only")
    pairs = pairs.mutate(is_only=pairs.category.count().over(ibis.window(group_by=pairs.customer_key)) == 1)
    customers = pairs.group_by("customer_key").aggregate(is_only=pairs.is_only.any())
    found = share(customers, customers.is_only)
    groups = breakdown(pairs, pairs.category, pairs.is_only.cast("int64").mean())
    return Estimate(found.value, found.n, found.low, found.high, groups)


@metric(
    id="white_space_share",
    label="Customers who lack a category that most like them buy",
    definition="Of the customers who bought in the last 12 months, the share who lack at least one product category "
    "that more than half of the buyers of their main category (the one they spend most on) also bought; main "
    "categories with fewer than 10 buyers expect nothing. Broken down by the category that is lacking.",
    department="marketing",
    unit="share",
    direction="neutral",
    needs=_NEEDS,
    counts="customers",
    covers=("MK.PD.2", "MK.PD.6", "MK.PD.9", "MV.13", "SY.3", "LC.3"),
    cannot_prove="That most buyers of a category also buy another one does not mean that a given customer will; only "
    "an offer to some and not to others can show it.",
)
def _white_space_share(tables: Tables, period: Period) -> Estimate:
    pairs = _categories_bought(tables, period)
    wanted = _wanted_by_most(pairs)
    main = _main_category(pairs)
    asked = main.join(wanted, main.category == wanted.held).select("customer_key", lacking=wanted.other)
    has = pairs.select("customer_key", lacking=pairs.category, has_it=True)
    asked = asked.left_join(has, ["customer_key", "lacking"])
    asked = asked.select("customer_key", "lacking", lacks=asked.has_it.isnull())
    customers = main.left_join(asked.group_by("customer_key").aggregate(lacks_one=asked.lacks.any()), "customer_key")
    groups = breakdown(asked, asked.lacking, asked.lacks.cast("int64").mean())
    found = share(customers, customers.lacks_one)
    if groups is None and found.n:
        return nothing("no category is bought by most buyers of another one", found.n)
    return Estimate(found.value, found.n, found.low, found.high, groups)


def _main_category(pairs: Expression) -> Expression:
    """Return ``customer_key`` and the ``category`` with the largest spending; by name where two are level."""
    import ibis

    order = ibis.window(group_by=pairs.customer_key, order_by=[ibis.desc(pairs.spent), pairs.category])
    placed = pairs.mutate(place=ibis.row_number().over(order))
    return placed.filter(placed.place == 0).select("customer_key", "category")


def _wanted_by_most(pairs: Expression) -> Expression:
    """Return ``held`` and ``other``: more than half of the buyers of the one also buy the other."""
    held = pairs.select("customer_key", held=pairs.category)
    other = pairs.select("customer_key", other=pairs.category)
    both = held.join(other, "customer_key")
    counts = both.group_by("held", "other").aggregate(n_both=both.count())
    buyers = counts.filter(counts.held == counts.other).select(alone="held", n_buyers="n_both")
    compared = counts.filter(counts.held != counts.other).join(buyers, counts.held == buyers.alone)
    is_wanted = (compared.n_buyers >= _FEWEST_BUYERS) & (2 * compared.n_both > compared.n_buyers)
    return compared.filter(is_wanted).select("held", "other")
