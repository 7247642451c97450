"""Refunds are charged to what they give back."""

from __future__ import annotations

import ibis
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from crmplan.customers.purchases import fold_purchases
from crmplan.customers.refunds import Netted


def _orders(*rows: tuple[str, str, float], **columns: list[object]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["order_id", "ordered_at", "net_amount"])
    frame["ordered_at"] = pd.to_datetime(frame["ordered_at"], format="ISO8601")
    return frame.assign(customer_key="C1", source="shop", **columns)  # type: ignore[arg-type]


def _bought(orders: pd.DataFrame) -> Netted:
    """Return the purchase days as a frame, in order."""
    done = fold_purchases(ibis.memtable(orders))
    return Netted(done.customer_days.order_by("customer_key", "day").to_pandas(), done.refunds)


def _days(done: Netted) -> list[tuple[str, int, float]]:
    days = done.customer_days
    return [(f"{row.day:%m-%d}", row.n_orders, row.net_amount) for row in days.itertuples()]


def _refunds(done: Netted) -> dict[str, int]:
    return {row.outcome: row.n_refunds for row in done.refunds.itertuples() if row.n_refunds}


def test_a_voucher_line_lowers_its_order() -> None:
    assert _days(_bought(_orders(("a", "2024-01-05", 10), ("a", "2024-01-05", -4)))) == [("01-05", 1, 6.0)]


def test_a_refund_is_charged_to_the_order_that_it_names() -> None:
    orders = _orders(
        ("a", "2024-01-05", 10), ("b", "2024-02-05", 10), ("r", "2024-03-01", -4),
        is_refund=[False, False, True], refunds_order_id=[None, None, "a"],
    )  # fmt: skip
    done = _bought(orders)

    assert _days(done) == [("01-05", 1, 6.0), ("02-05", 1, 10.0)]
    assert _refunds(done) == {"netted_to_order": 1}


def test_a_refund_under_the_number_of_its_order_is_charged_to_it() -> None:
    orders = _orders(("a", "2024-01-05", 10), ("b", "2024-02-05", 10), ("a", "2024-03-01", -10))

    assert _days(_bought(orders)) == [("02-05", 1, 10.0)]


def test_a_refund_that_names_nothing_is_charged_to_the_latest_purchase_before_it() -> None:
    orders = _orders(("a", "2024-01-05", 10), ("b", "2024-02-05", 10), ("r", "2024-02-09", -4), ("c", "2024-03-01", 1))
    done = _bought(orders)

    assert _days(done) == [("01-05", 1, 10.0), ("02-05", 1, 6.0), ("03-01", 1, 1.0)]
    assert _refunds(done) == {"netted_to_earlier_day": 1}


def test_an_exchange_in_the_morning_is_not_charged_to_the_purchase_after_it() -> None:
    orders = _orders(("a", "2024-01-05 10:00", 10), ("r", "2024-02-05 09:00", -10), ("b", "2024-02-05 09:30", 12))

    assert _days(_bought(orders)) == [("02-05", 1, 12.0)]


def test_a_refund_without_an_earlier_purchase_is_left_out_and_counted() -> None:
    done = _bought(_orders(("r", "2024-01-01", -4), ("a", "2024-01-05", 10)))

    assert _days(done) == [("01-05", 1, 10.0)]
    assert done.refunds.set_index("outcome").loc["no_earlier_purchase"].tolist() == [1, -4.0]


def test_what_a_refund_takes_beyond_its_order_is_taken_from_the_orders_before() -> None:
    orders = _orders(("a", "2024-01-05", 10), ("b", "2024-02-05", 10), ("c", "2024-03-05", 5), ("r", "2024-03-09", -18))

    assert _days(_bought(orders)) == [("01-05", 1, 7.0)]


def test_refunds_above_all_purchases_leave_no_day() -> None:
    assert _bought(_orders(("a", "2024-01-05", 10), ("r", "2024-02-05", -50))).customer_days.empty


def test_refunds_of_others_are_charged_to_nobody_else() -> None:
    orders = _orders(("a", "2024-01-05", 10), ("r", "2024-02-05", -4)).assign(customer_key=["C1", "C2"])

    assert _days(_bought(orders)) == [("01-05", 1, 10.0)]


def test_the_profit_of_what_came_back_is_taken_off() -> None:
    orders = _orders(("a", "2024-01-05", 10), ("r", "2024-02-05", -5), cost=[6.0, -3.0])

    assert _bought(orders).customer_days["profit"].tolist() == [2.0]


AMOUNT = st.integers(-20, 40).map(float)


# To shrink an example would take minutes: every one is a few questions to the engine.
@settings(max_examples=25, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
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
    done = _bought(orders)
    mixed = orders.sample(frac=1, random_state=shuffle.randint(0, 9999))  # type: ignore[attr-defined]

    pd.testing.assert_frame_equal(done.customer_days, _bought(mixed).customer_days)
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

    assert _bought(_orders(*rows)).customer_days.empty
