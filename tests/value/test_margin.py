from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmplan.tables import Tables
from crmplan.value.category_margin import category_margins
from crmplan.value.line_costs import costs_by_customer
from crmplan.value.margin import Margin, margins
from tests.value.conftest import AS_OF

PRODUCTS = pd.DataFrame({"product_id": ["p", "t"], "category": ["Paper", "Tools"], "unit_cost": [None, None]})


def lines(*rows: tuple[str, str, float, float | None]) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows), columns=["customer_key", "product_id", "net_amount", "cost"])
    return frame.astype({"cost": "float64"}).assign(ordered_at=pd.Timestamp("2023-06-01"), quantity=1.0)


def margin_of(
    orders: pd.DataFrame, default: float | None = None, by_category: dict[str, float] | None = None
) -> Margin:
    tables = Tables.from_frames({"orders": orders, "products": PRODUCTS})
    bought = orders.groupby("customer_key", as_index=False).agg(revenue=("net_amount", "sum"))
    histories = bought.assign(n_purchases=1, revenue=bought["revenue"].clip(lower=0.01))
    shares = category_margins(tables, by_category, default, as_of=AS_OF) if by_category else None
    return margins(histories, costs_by_customer(tables, histories, as_of=AS_OF), default, shares)


def base(**columns: list[float]) -> pd.DataFrame:
    return pd.DataFrame({"customer_key": ["C0", "C1"], "revenue": [100.0, 100.0], "n_purchases": [5, 5], **columns})


def of_days(histories: pd.DataFrame, share: float | None) -> Margin:
    return margins(histories, costs_by_customer(Tables.from_frames({}), histories, as_of=AS_OF), share)


def test_own_margins_are_drawn_towards_that_of_the_base() -> None:
    found = of_days(base(profit=[50.0, 10.0], amount_with_profit=[100.0, 100.0]), 0.9)

    assert (found.basis, found.base_share, found.is_profit) == ("own", 0.3, True)
    assert found.shares == pytest.approx([0.4, 0.2])
    assert found.covered == {"own": 1.0}


def test_the_agreed_margin_is_used_where_costs_are_not_known() -> None:
    found = of_days(base(profit=[float("nan")] * 2, amount_with_profit=[0.0, 0.0]), 0.25)

    assert (found.basis, found.shares.tolist(), found.covered) == ("assumed", [0.25, 0.25], {"assumed": 1.0})


def test_without_any_margin_value_is_revenue_and_says_so() -> None:
    found = of_days(base(), None)

    assert (found.basis, found.is_profit, found.base_share) == ("none", False, None)
    assert found.shares.tolist() == [1.0, 1.0]
    assert found.remark == "no margin is known"


def test_a_line_has_its_own_cost_then_its_category_then_the_share_for_all_else() -> None:
    found = margin_of(
        lines(("C0", "p", 100.0, 90.0), ("C0", "p", 200.0, None), ("C0", "t", 100.0, None)), 0.5, {"Paper": 0.2}
    )

    # 10 by cost, 40 by category, 50 by the share for all else.
    assert found.base_share == pytest.approx(100 / 400)
    assert found.covered == {"category": 0.5, "own": 0.25, "assumed": 0.25}
    assert found.basis == "category"


def test_costs_on_a_few_lines_do_not_override_the_margins_of_all_others() -> None:
    few = [("C0", "p", 1.0, 0.99), *[(f"C{i}", "p", 100.0, None) for i in range(1, 10)]]

    assert margin_of(lines(*few), None, {"Paper": 0.4}).shares == pytest.approx([0.4] * 10, abs=0.002)
    assert margin_of(lines(*few), 0.4).shares == pytest.approx([0.4] * 10, abs=0.002)


def test_costs_on_a_few_lines_make_no_profit_of_the_rest() -> None:
    found = margin_of(lines(("C0", "p", 10.0, 8.0), ("C1", "p", 90.0, None)))

    assert (found.basis, found.base_share) == ("none", None)
    assert found.remark == "the cost is known of only 10.0 % of what was bought, and no margin is stated for the rest"


def test_costs_on_most_lines_speak_for_the_rest_and_that_is_told() -> None:
    found = margin_of(lines(("C0", "p", 90.0, 60.0), ("C1", "p", 10.0, None)))

    assert found.base_share == pytest.approx(1 / 3)
    assert found.covered == {"own": 0.9, "alike": 0.1}
    assert found.shares[1] == pytest.approx(1 / 3)


def test_a_category_without_a_margin_stops_profit_only_where_costs_do_not_cover_most() -> None:
    mostly = margin_of(lines(("C0", "t", 80.0, 40.0), ("C0", "t", 20.0, None)), None, {"Paper": 0.2})
    hardly = margin_of(lines(("C0", "t", 20.0, 10.0), ("C0", "t", 80.0, None)), None, {"Paper": 0.2})

    assert mostly.base_share == pytest.approx(0.5)
    assert hardly.remark == (
        "the cost is known of only 20.0 % of what was bought, and no margin is stated for Tools (80.0 % of what was "
        "bought)"
    )


def test_a_category_that_is_sold_with_costs_alone_is_not_called_misspelt() -> None:
    tables = Tables.from_frames({"orders": lines(("C0", "t", 80.0, 40.0)), "products": PRODUCTS})

    assert category_margins(tables, {"Tools": 0.2}, None, as_of=AS_OF).unknown == ()


def test_the_unit_cost_of_the_product_stands_in_for_that_of_the_line() -> None:
    orders = lines(("C0", "p", 10.0, None), ("C0", "t", 10.0, 4.0)).assign(quantity=2.0)
    products = PRODUCTS.assign(unit_cost=[3.0, 9.0])
    histories = pd.DataFrame({"customer_key": ["C0"], "revenue": [20.0]})

    found = costs_by_customer(Tables.from_frames({"orders": orders, "products": products}), histories, as_of=AS_OF)

    assert found.to_dict("records") == [{"amount": 20.0, "profit": 10.0, "other_amount": 0.0}]


def test_what_was_returned_beyond_what_was_bought_counts_for_nothing() -> None:
    found = margin_of(lines(("C0", "p", -50.0, -20.0), ("C1", "p", 100.0, 70.0)))

    assert found.shares == pytest.approx([0.3, 0.3])


@given(
    parts=st.lists(
        st.tuples(st.sampled_from(["C0", "C1", "C2"]), st.sampled_from("pt"), st.floats(1, 500), st.booleans()),
        min_size=1,
        max_size=12,
    ),
    default=st.one_of(st.none(), st.floats(0, 1)),
    by_category=st.dictionaries(st.sampled_from(["Paper", "Tools"]), st.floats(0, 1)),
)
@settings(max_examples=30, deadline=None)
def test_no_margin_lies_outside_those_it_is_made_of_and_every_sale_is_covered_once(
    parts: list[tuple[str, str, float, bool]], default: float | None, by_category: dict[str, float]
) -> None:
    rows = [(who, what, amount, 0.7 * amount if has_cost else None) for who, what, amount, has_cost in parts]
    found = margin_of(lines(*rows), default, by_category)
    known = [0.3, *by_category.values(), *([] if default is None else [default])]

    if found.is_profit:
        assert sum(found.covered.values()) == pytest.approx(1)
        assert ((found.shares >= min(known) - 1e-9) & (found.shares <= max(known) + 1e-9)).all()
    else:
        assert found.remark
        assert (found.shares == 1).all()
