"""Purchases by day, with refunds charged to what they give back."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmplan.customers.purchases import Purchases, purchase_days


def _orders(*rows: tuple[str, str, float], **columns: list[object]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["order_id", "ordered_at", "net_amount"])
    frame["ordered_at"] = pd.to_datetime(frame["ordered_at"], format="ISO8601")
    return frame.assign(customer_key="C1", source="shop", **columns)  # type: ignore[arg-type]


def _days(done: Purchases) -> list[tuple[str, int, float]]:
    days = done.customer_days
    return [(f"{row.day:%m-%d}", row.n_orders, row.net_amount) for row in days.itertuples()]


def _refunds(done: Purchases) -> dict[str, int]:
    return {row.outcome: row.n_refunds for row in done.refunds.itertuples() if row.n_refunds}


def test_lines_and_orders_of_a_day_are_one_purchase_day() -> None:
    orders = _orders(
        ("a", "2024-01-05 09:00", 10),
        ("a", "2024-01-05 09:00", 5),
        ("b", "2024-01-05 18:00", 7),
        ("c", "2024-01-06", 1),
    )

    assert _days(purchase_days(orders)) == [("01-05", 2, 22.0), ("01-06", 1, 1.0)]


def test_a_voucher_line_lowers_its_order() -> None:
    assert _days(purchase_days(_orders(("a", "2024-01-05", 10), ("a", "2024-01-05", -4)))) == [("01-05", 1, 6.0)]


def test_a_refund_is_charged_to_the_order_that_it_names() -> None:
    orders = _orders(
        ("a", "2024-01-05", 10), ("b", "2024-02-05", 10), ("r", "2024-03-01", -4),
        is_refund=[False, False, True], refunds_order_id=[None, None, "a"],
    )  # fmt: skip
    done = purchase_days(orders)

    assert _days(done) == [("01-05", 1, 6.0), ("02-05", 1, 10.0)]
    assert _refunds(done) == {"netted_to_order": 1}


def test_a_refund_under_the_number_of_its_order_is_charged_to_it() -> None:
    orders = _orders(("a", "2024-01-05", 10), ("b", "2024-02-05", 10), ("a", "2024-03-01", -10))

    assert _days(purchase_days(orders)) == [("02-05", 1, 10.0)]


def test_a_refund_that_names_nothing_is_charged_to_the_latest_purchase_before_it() -> None:
    orders = _orders(("a", "2024-01-05", 10), ("b", "2024-02-05", 10), ("r", "2024-02-09", -4), ("c", "2024-03-01", 1))
    done = purchase_days(orders)

    assert _days(done) == [("01-05", 1, 10.0), ("02-05", 1, 6.0), ("03-01", 1, 1.0)]
    assert _refunds(done) == {"netted_to_earlier_day": 1}


def test_an_exchange_in_the_morning_is_not_charged_to_the_purchase_after_it() -> None:
    orders = _orders(("a", "2024-01-05 10:00", 10), ("r", "2024-02-05 09:00", -10), ("b", "2024-02-05 09:30", 12))

    assert _days(purchase_days(orders)) == [("02-05", 1, 12.0)]


def test_a_refund_without_an_earlier_purchase_is_left_out_and_counted() -> None:
    done = purchase_days(_orders(("r", "2024-01-01", -4), ("a", "2024-01-05", 10)))

    assert _days(done) == [("01-05", 1, 10.0)]
    assert done.refunds.set_index("outcome").loc["no_earlier_purchase"].tolist() == [1, -4.0]


def test_what_a_refund_takes_beyond_its_order_is_taken_from_the_orders_before() -> None:
    orders = _orders(("a", "2024-01-05", 10), ("b", "2024-02-05", 10), ("c", "2024-03-05", 5), ("r", "2024-03-09", -18))

    assert _days(purchase_days(orders)) == [("01-05", 1, 7.0)]


def test_refunds_above_all_purchases_leave_no_day() -> None:
    assert purchase_days(_orders(("a", "2024-01-05", 10), ("r", "2024-02-05", -50))).customer_days.empty


def test_refunds_of_others_are_charged_to_nobody_else() -> None:
    orders = _orders(("a", "2024-01-05", 10), ("r", "2024-02-05", -4)).assign(customer_key=["C1", "C2"])

    assert _days(purchase_days(orders)) == [("01-05", 1, 10.0)]


def test_profit_is_amount_less_cost_and_unknown_where_a_cost_is_unknown() -> None:
    orders = _orders(("a", "2024-01-05", 10), ("a", "2024-01-05", 5), ("b", "2024-02-05", 8), cost=[4.0, 1.0, None])

    assert purchase_days(orders).customer_days["profit"].fillna(-1).tolist() == [10.0, -1.0]


def test_the_cost_of_a_piece_stands_in_for_the_cost_of_a_line() -> None:
    orders = _orders(("a", "2024-01-05", 10), ("b", "2024-02-05", 8), product_id=["p", "q"], quantity=[2.0, 1.0])
    products = pd.DataFrame({"product_id": ["p", "q"], "unit_cost": [3.0, 5.0]})

    assert purchase_days(orders, products).customer_days["profit"].tolist() == [4.0, 3.0]


def test_the_profit_of_what_came_back_is_taken_off() -> None:
    orders = _orders(("a", "2024-01-05", 10), ("r", "2024-02-05", -5), cost=[6.0, -3.0])

    assert purchase_days(orders).customer_days["profit"].tolist() == [2.0]


def test_without_costs_there_is_no_profit() -> None:
    assert "profit" not in purchase_days(_orders(("a", "2024-01-05", 10))).customer_days


def test_lines_without_a_customer_are_no_purchases() -> None:
    orders = _orders(("a", "2024-01-05", 10)).assign(customer_key=pd.Series([None], dtype="str"))

    assert purchase_days(orders).customer_days.empty


AMOUNT = st.integers(-20, 40).map(float)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 20), AMOUNT), min_size=1, max_size=25), st.randoms())
def test_money_is_kept_and_the_order_of_rows_does_not_matter(
    rows: list[tuple[int, int, float]], shuffle: object
) -> None:
    orders = pd.DataFrame(
        {
            "customer_key": [f"C{customer}" for customer, _, _ in rows],
            "source": "shop",
            "order_id": [f"o{i:02d}" for i in range(len(rows))],
            "ordered_at": pd.Timestamp("2024-01-01") + pd.to_timedelta([day for _, day, _ in rows], unit="D"),
            "net_amount": [amount for _, _, amount in rows],
        }
    )
    before = orders.copy()
    done = purchase_days(orders)
    mixed = orders.sample(frac=1, random_state=shuffle.randint(0, 9999))  # type: ignore[attr-defined]

    pd.testing.assert_frame_equal(done.customer_days, purchase_days(mixed).customer_days)
    pd.testing.assert_frame_equal(orders, before)
    assert (done.customer_days["net_amount"] > 0).all()
    assert (done.customer_days["n_orders"] > 0).all()
    left_out = done.refunds.set_index("outcome").loc["no_earlier_purchase", "net_amount"]
    # A customer who gave back more than was bought has no day; all else is kept to the cent.
    assert done.customer_days["net_amount"].sum() >= orders["net_amount"].sum() - left_out - 1e-6
    assert done.customer_days["net_amount"].sum() <= orders["net_amount"].clip(lower=0).sum() + 1e-6


@pytest.mark.parametrize("amount", [0.1, 0.7, 19.99])
def test_an_order_refunded_to_the_cent_is_no_purchase(amount: float) -> None:
    rows = [("a", "2024-01-05", amount)] * 3 + [("r", "2024-02-05", -3 * amount)]

    assert purchase_days(_orders(*rows)).customer_days.empty
