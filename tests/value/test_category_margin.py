from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmplan.tables import Tables
from crmplan.value import Value, estimate_value
from crmplan.value.category_margin import NO_CATEGORY, CategoryMargins, category_margins
from crmplan.value.margin import Margin, margins
from tests.value.conftest import AS_OF

PRODUCTS = pd.DataFrame({"product_id": ["p", "t", "x"], "category": ["Paper", "Tools", None]})


def orders(*lines: tuple[str | None, str | None, float]) -> pd.DataFrame:
    frame = pd.DataFrame(list(lines), columns=["customer_key", "product_id", "net_amount"])
    return frame.assign(ordered_at=pd.Timestamp("2023-06-01"))


def margins_of(
    frame: pd.DataFrame, by_category: dict[str, float], default: float | None = None, products: pd.DataFrame = PRODUCTS
) -> CategoryMargins:
    return category_margins(
        Tables.from_frames({"orders": frame, "products": products}), by_category, default, as_of=AS_OF
    )


def histories(*revenues: float) -> pd.DataFrame:
    keys = [f"C{i}" for i in range(len(revenues))]
    return pd.DataFrame({"customer_key": keys, "revenue": revenues, "n_purchases": 1})


def margin_by(known: pd.DataFrame, scalar: float | None, stated: CategoryMargins) -> Margin:
    return margins(
        known, pd.DataFrame({"amount": 0.0, "profit": 0.0, "other_amount": known["revenue"]}), scalar, stated
    )


def test_a_customer_earns_the_margins_of_what_it_bought_net_of_returns() -> None:
    found = margins_of(
        orders(("C0", "p", 100.0), ("C0", "t", 60.0), ("C0", "t", -20.0), ("C1", "t", 10.0)),
        {"Paper": 0.1, "Tools": 0.5},
    )

    assert found.customers["amount"].tolist() == [140.0, 10.0]
    assert found.customers["profit"].tolist() == [30.0, 5.0]
    assert found.categories["category"].tolist() == ["Paper", "Tools"]
    assert found.categories["revenue"].tolist() == [100.0, 50.0]
    assert found.missing == ()


def test_what_was_returned_beyond_what_was_bought_counts_for_nothing() -> None:
    found = margins_of(orders(("C0", "p", 10.0), ("C0", "t", -300.0)), {"Paper": 0.1, "Tools": 0.9})

    assert found.customers[["amount", "profit"]].to_numpy().tolist() == [[10.0, 1.0]]


@pytest.mark.parametrize("named", [["Tools", "Paper", None], [None, "Paper", "Tools"]])
def test_a_product_of_several_categories_counts_once_in_the_first_by_alphabet(named: list[str | None]) -> None:
    products = pd.DataFrame({"product_id": ["p"] * 3, "category": named})
    found = margins_of(orders(("C0", "p", 100.0)), {"Paper": 0.1, "Tools": 0.5}, products=products)

    assert found.customers[["amount", "profit"]].to_numpy().tolist() == [[100.0, 10.0]]
    assert found.categories["category"].tolist() == ["Paper"]


def test_lines_without_customer_or_after_the_day_do_not_count() -> None:
    late = orders(("C0", "t", 99.0)).assign(ordered_at=pd.Timestamp("2024-01-01"))
    frame = pd.concat([orders(("C0", "p", 10.0), (None, "t", 50.0)), late], ignore_index=True)

    assert margins_of(frame, {"Paper": 0.1, "Tools": 0.9}).categories["category"].tolist() == ["Paper"]


def test_the_default_stands_in_for_what_has_no_margin_of_its_own() -> None:
    found = margins_of(orders(("C0", "p", 10.0), ("C0", "t", 20.0), ("C0", "x", 30.0)), {"PAPER ": 0.5}, default=0.2)
    by_name = found.categories.set_index("category")

    assert by_name["margin_share"].to_dict() == {NO_CATEGORY: 0.2, "Tools": 0.2, "Paper": 0.5}
    assert by_name["is_stated"].to_dict() == {NO_CATEGORY: False, "Tools": False, "Paper": True}
    assert (found.missing, found.remark) == ((), "")


def test_a_category_without_a_margin_is_asked_for_and_profit_is_not_claimed() -> None:
    found = margins_of(orders(("C0", "p", 30.0), ("C0", "t", 10.0)), {"Paper": 0.5})
    margin = margin_by(histories(40.0), None, found)

    assert found.missing == ("Tools",)
    assert found.remark == "no margin is stated for Tools (25.0 % of what was bought)"
    assert (margin.basis, margin.is_profit) == ("none", False)


def test_shares_of_what_was_bought_stay_below_one_where_lines_of_known_cost_were_given_back() -> None:
    frame = orders(("C0", "p", 100.0), ("C0", "p", -60.0), ("C1", "t", 50.0)).assign(cost=[None, -30.0, 20.0])

    # 100 of Paper without a cost, and 50 of Tools with one; what came back of the rest counts for nothing.
    assert margins_of(frame, {"Paper": 0.1}).categories["revenue_share"].tolist() == [pytest.approx(100 / 150)]


def test_a_margin_for_a_category_that_nobody_bought_of_is_told() -> None:
    assert margins_of(orders(("C0", "p", 30.0)), {"Paper": 0.5, "Papier": 0.4}).unknown == ("Papier",)


def test_without_categories_the_agreed_share_is_used_and_the_reason_told() -> None:
    found = margins_of(orders(("C0", "p", 30.0)), {"Paper": 0.5}, 0.2, PRODUCTS[["product_id"]])

    assert found.unavailable == "margins by category need `products.category`"
    assert margin_by(histories(30.0), 0.2, found).basis == "assumed"


def test_customers_of_dear_categories_have_the_higher_margin() -> None:
    found = margins_of(orders(("C0", "p", 100.0), ("C1", "t", 100.0)), {"Paper": 0.1, "Tools": 0.5})
    margin = margin_by(histories(100.0, 100.0), None, found)

    # Five usual purchases of 100 at the margin of the base, 0.3, are added to each.
    assert margin.base_share == pytest.approx(0.3)
    assert margin.shares == pytest.approx([(10 + 150) / 600, (50 + 150) / 600])


@given(
    shares=st.lists(st.floats(0, 1), min_size=2, max_size=2),
    amounts=st.lists(st.floats(-50, 500).map(lambda x: round(x, 2)), min_size=2, max_size=12),
)
@settings(max_examples=30, deadline=None)
def test_no_customer_has_a_margin_outside_those_of_the_categories(shares: list[float], amounts: list[float]) -> None:
    lines = [(f"C{i // 2}", "pt"[i % 2], amount) for i, amount in enumerate(amounts)]
    found = margins_of(orders(*lines), dict(zip(["Paper", "Tools"], shares, strict=True)))
    margin = margin_by(histories(*[100.0] * (len(amounts) // 2 + 1)), 0.5, found)

    within = (margin.shares >= min(shares) - 1e-9) & (margin.shares <= max(shares) + 1e-9)
    assert within.all() or margin.basis == "assumed"


def valued_by(simulated: pd.DataFrame, scalar: float | None, by_category: dict[str, float]) -> Value:
    lines = simulated.assign(ordered_at=simulated["day"], product_id=np.resize(["p", "t", "x"], len(simulated)))
    tables = Tables.from_frames({"customer_days": simulated, "orders": lines, "products": PRODUCTS})
    return estimate_value(
        tables,
        as_of=AS_OF,
        gross_margin_share=scalar,
        gross_margin_share_by_category=by_category,
        annual_discount_rate=0.1,
        horizon_months=24,
    )


def test_equal_margins_in_all_categories_are_one_margin_to_the_cent(simulated: pd.DataFrame) -> None:
    scalar = valued_by(simulated, 0.37, {})
    alike = valued_by(simulated, None, {"Paper": 0.37, "Tools": 0.37, NO_CATEGORY: 0.37})

    assert (scalar.margin_basis, alike.margin_basis) == ("assumed", "category")
    assert (alike.customers["value"] - scalar.customers["value"]).abs().max() < 0.005
    assert alike.equity.total == pytest.approx(scalar.equity.total, abs=0.005)
    assert (alike.equity.low, alike.equity.high) == pytest.approx((scalar.equity.low, scalar.equity.high), abs=0.005)
    assert alike.is_profit


def test_the_value_says_what_is_missing_when_a_category_has_no_margin(simulated: pd.DataFrame) -> None:
    found = valued_by(simulated, None, {"Paper": 0.37})

    assert (found.margin_basis, found.is_profit) == ("none", False)
    assert set(found.margin_by_category.missing) == {"Tools", NO_CATEGORY}


def test_a_day_after_the_last_that_counts_is_left_out() -> None:
    frame = orders(("C0", "p", 10.0)).assign(ordered_at=pd.Timestamp(AS_OF) + pd.Timedelta(hours=23))
    tables = Tables.from_frames({"orders": frame, "products": PRODUCTS})

    assert len(category_margins(tables, {"Paper": 0.1}, None, as_of=AS_OF).customers) == 1
    assert category_margins(tables, {"Paper": 0.1}, None, as_of=date(2023, 12, 30)).customers.empty
