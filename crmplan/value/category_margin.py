"""The margin of each product category, and what it makes of the mix that a customer buys.

It holds for order lines whose own cost is not known. A customer's margin is that of the categories it bought from,
weighed by what was bought net of returns. A category that more was returned than bought of counts for nothing, so that
a customer's margin never lies outside those of the categories.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pandas as pd

from crmplan.customers.purchases import product_categories
from crmplan.tables import Tables
from crmplan.value.line_costs import lines_seen

__all__ = ["NO_CATEGORY", "CategoryMargins", "category_margins"]

NO_CATEGORY = "without a category"
_CATEGORIES = ["category", "revenue", "revenue_share", "margin_share", "is_stated"]
_CUSTOMERS = ["customer_key", "amount", "profit"]


@dataclass(frozen=True, slots=True)
class CategoryMargins:
    """Margins by product category, and what customers' own mix leaves.

    Parameters
    ----------
    categories
        One row per category with sales whose own cost is not known, the largest first: category, revenue (net of
        returns, so far), revenue_share (of all that was bought), margin_share (missing where nobody has stated one),
        is_stated (named by the client; else the default holds).
    customers
        customer_key, amount (bought in categories with a margin), profit (what these margins leave of it).
    missing
        Categories with such sales and no margin, the largest first.
    unknown
        Categories that have a margin and no sales: a name may be misspelt.
    unavailable
        Why the margins could not be joined to the sales at all.
    """

    categories: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=_CATEGORIES))
    customers: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=_CUSTOMERS))
    missing: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    unavailable: str = ""

    @property
    def remark(self) -> str:
        """Why margins by category are not used; empty where they are."""
        if self.unavailable:
            return self.unavailable
        if self.missing:
            held = self.categories["category"].isin(self.missing)
            lacking = float(self.categories.loc[held, "revenue_share"].sum())
            first, rest = ", ".join(self.missing[:5]), len(self.missing) - 5
            more = f" and {rest} more" if rest > 0 else ""
            return f"no margin is stated for {first}{more} ({100 * lacking:.1f} % of what was bought)"
        return ""

    def sold(self) -> dict[str, float]:
        """Return what was bought by where its margin comes from: category, assumed (the default), alike (nowhere)."""
        is_stated, is_known = self.categories["is_stated"].astype(bool), self.categories["margin_share"].notna()
        by = {"category": is_stated, "assumed": is_known & ~is_stated, "alike": ~is_known}
        return {name: float(self.categories.loc[held, "revenue"].sum()) for name, held in by.items()}


def category_margins(
    tables: Tables, by_category: Mapping[str, float], default: float | None, *, as_of: date, customer: str = ""
) -> CategoryMargins:
    """Return the margins of categories with what was sold of each, and the mix of each customer.

    Parameters
    ----------
    tables
        ``orders`` (customer_key, ordered_at, net_amount, product_id) and ``products`` (product_id, category).
        Lines whose own cost is known are left out.
    by_category
        Share of revenue left after the cost of goods, 0 to 1, by category; capital letters do not matter.
    default
        Share of categories not named and of lines without a category; None when nobody has stated one.
    as_of
        Last day that counts.
    customer
        Column that names the customer; ``customer_key`` when empty.

    Examples
    --------
    >>> orders = pd.DataFrame({"customer_key": ["C1", "C1", "C2"], "product_id": ["p", "q", "q"],
    ...                        "ordered_at": pd.to_datetime(["2024-01-01"] * 3), "net_amount": [30.0, 10.0, 5.0]})
    >>> products = pd.DataFrame({"product_id": ["p", "q"], "category": ["Paper", "Tools"]})
    >>> tables = Tables.from_frames({"orders": orders, "products": products})
    >>> found = category_margins(tables, {"paper": 0.2}, 0.4, as_of=date(2024, 1, 31))
    >>> found.customers["profit"].tolist(), found.missing
    ([10.0, 2.0], ())
    """
    key = customer or "customer_key"
    for table, columns in (("orders", (key, "ordered_at", "net_amount", "product_id")), ("products", ("category",))):
        if not tables.has(table, *columns):
            lacking = next((name for name in columns if not tables.has(table, name)), columns[-1])
            return CategoryMargins(unavailable=f"margins by category need `{table}.{lacking}`")
    stated = {_same(name): float(share) for name, share in by_category.items()}
    lines = _named(tables, key, as_of)
    bought, costed = (_bought(lines.filter(held)) for held in (lines.known_cost.isnull(), lines.known_cost.notnull()))
    categories = _categories(bought, stated, default, costed=float(costed.amount.sum().fill_null(0.0).execute()))
    sold = {_same(name) for name in lines.select("name").distinct().execute()["name"]} if by_category else set()
    return CategoryMargins(
        categories,
        _customers(bought, stated, default),
        tuple(categories.loc[categories["margin_share"].isna(), "category"]),
        tuple(name for name in by_category if _same(name) not in sold),
    )


def _named(tables: Tables, key: str, as_of: date) -> Any:
    """Return the order lines of known customers with the name of their category, and their cost where it is known."""
    import ibis as api

    products = product_categories(tables["products"])
    lines: Any = lines_seen(tables, as_of=as_of, customer=key).left_join(products, "product_id")
    named = lines.category.cast("string").strip()
    return lines.select(
        customer_key=lines[key].cast("string"),
        name=api.coalesce(named.nullif(""), NO_CATEGORY),
        net_amount=lines.net_amount.cast("float64"),
        known_cost=lines.known_cost,
    )


def _bought(lines: Any) -> Any:
    """Return what each customer bought of each category, net of returns, where that is above 0."""
    sums = lines.group_by(customer_key=lines.customer_key, same=lines.name.lower()).agg(
        name=lines.name.min(), amount=lines.net_amount.sum()
    )
    return sums.filter(sums.amount > 0)


def _categories(bought: Any, stated: Mapping[str, float], default: float | None, *, costed: float) -> pd.DataFrame:
    sums = bought.group_by(bought.same).agg(category=bought.name.min(), revenue=bought.amount.sum()).execute()
    found: pd.DataFrame = sums.sort_values(["revenue", "same"], ascending=[False, True], ignore_index=True)
    found["revenue_share"] = found["revenue"] / (found["revenue"].sum() + costed)
    found["margin_share"] = found["same"].map(stated).astype("float64")
    found["is_stated"] = found["margin_share"].notna()
    if default is not None:
        found["margin_share"] = found["margin_share"].fillna(default)
    return found[_CATEGORIES]


def _customers(bought: Any, stated: Mapping[str, float], default: float | None) -> pd.DataFrame:
    import ibis as api

    none = api.null("float64") if default is None else api.literal(float(default))
    share = bought.same.cases(*stated.items(), else_=none) if stated else none
    priced = bought.mutate(share=share).filter(api._.share.notnull())
    found: pd.DataFrame = (
        priced.group_by(priced.customer_key)
        .agg(amount=priced.amount.sum(), profit=(priced.amount * priced.share).sum())
        .execute()
    )
    return found.sort_values("customer_key", ignore_index=True)


def _same(name: str) -> str:
    return name.strip().lower()
