"""Lines become purchase days: whatever the lines, the engine finds what counting by hand finds, to the last digit."""

from __future__ import annotations

import itertools
from typing import Any

import ibis
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from crmplan.customers import purchases
from crmplan.customers.purchases import customer_table, fold_purchases

from .purchases_by_hand import purchases_by_hand, with_costs

UNIT_COSTS = {"p": 0.3, "q": 1.7}
LINE = st.fixed_dictionaries(
    {
        "customer_key": st.sampled_from(["C1", "C2", "C3", "C4", None]),
        "source": st.sampled_from(["shop", "desk"]),
        "order_id": st.sampled_from(["a", "b", "c", "d"]),
        "day": st.integers(0, 6),
        "net_amount": st.one_of(st.integers(-3000, 6000).map(lambda cents: cents / 100), st.just(float("nan"))),
        "cost": st.sampled_from([None, 0.1, 2.35]),
        "is_refund": st.sampled_from([None, False, False, True]),
        "refunds_order_id": st.sampled_from([None, None, "a", "b"]),
        "product_id": st.sampled_from(["p", "q", "x", None]),
        "quantity": st.sampled_from([1.0, 3.0]),
    }
)
KEYS = ["customer_key", "day", "n_orders", "net_amount"]
OUTCOMES = ("netted_to_order", "netted_to_earlier_day", "no_earlier_purchase")
OPTIONAL = ("cost", "is_refund", "refunds_order_id", "product_id")


def _frame(rows: list[dict[str, Any]], absent: tuple[str, ...] = ()) -> pd.DataFrame:
    frame = pd.DataFrame(rows).drop(columns=list(absent))
    frame["ordered_at"] = pd.Timestamp("2024-01-01 09:00") + pd.to_timedelta(frame.pop("day") * 18, unit="h")
    texts = {"customer_key", "source", "order_id", "refunds_order_id", "product_id"} & set(frame)
    dtypes = dict.fromkeys(texts, "str") | {"ordered_at": "datetime64[us]", "net_amount": "float64"}
    dtypes |= {"is_refund": "boolean", "cost": "float64"} if not {"is_refund", "cost"} & set(absent) else {}
    return frame.astype({name: dtype for name, dtype in dtypes.items() if name in frame})


def _folded(orders: pd.DataFrame, unit_costs: dict[str, float] | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
    products = pd.DataFrame(list((unit_costs or {}).items()), columns=["product_id", "unit_cost"])
    folded = fold_purchases(ibis.memtable(orders), ibis.memtable(products) if unit_costs else None)
    days = folded.customer_days.order_by("customer_key", "day").to_pandas()
    return days.astype({"customer_key": "str", "day": "datetime64[us]", "n_orders": "int64"}), folded.refunds


# To shrink an example would take minutes: every one is a few questions to the engine.
@settings(max_examples=25, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(
    st.lists(LINE, min_size=1, max_size=14),
    st.sampled_from([(), ("cost",), ("is_refund", "refunds_order_id"), ("refunds_order_id",), OPTIONAL]),
    st.booleans(),
)
def test_the_engine_finds_what_counting_by_hand_finds(
    rows: list[dict[str, Any]], absent: tuple[str, ...], has_products: bool
) -> None:
    orders = _frame(rows, absent)
    unit_costs = UNIT_COSTS if has_products and "product_id" in orders else {}
    days, refunds = _folded(orders, unit_costs)
    expected, outcomes = purchases_by_hand(with_costs(orders, unit_costs), unit_costs)
    profit = days["profit"] if "profit" in days else pd.Series("", index=days.index)
    found = [(*key, None if pd.isna(one) else one) for key, one in zip(days[KEYS].values.tolist(), profit, strict=True)]

    assert found == [tuple(row) for row in expected]
    assert dict(zip(refunds["outcome"], refunds["n_refunds"], strict=True)) == {
        name: outcomes[name] for name in OUTCOMES
    }


def test_refunds_are_netted_some_customers_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        {"customer_key": f"C{i}", "source": "shop", "order_id": f"{i}{kind}", "day": day, "net_amount": amount}
        for i, (kind, day, amount) in itertools.product(range(9), [("a", 0, 10.1), ("r", 4, -3.0)])
    ]
    orders = _frame(rows)
    monkeypatch.setattr(purchases, "_MOST_ORDERS_AT_ONCE", 3)
    days, refunds = _folded(orders)

    assert days["net_amount"].tolist() == [7.1] * 9
    assert refunds["n_refunds"].tolist() == [0, 9, 0]


def test_no_lines_give_no_days() -> None:
    empty = _frame([{"customer_key": None, "source": "s", "order_id": "a", "day": 0, "net_amount": 1.0}])
    days, refunds = _folded(empty)

    assert days.empty
    assert refunds["n_refunds"].tolist() == [0, 0, 0]


def test_the_customer_table_counts_days_orders_and_money() -> None:
    days = pd.DataFrame(
        {
            "customer_key": ["C1", "C1", "C2"],
            "day": pd.to_datetime(["2024-01-01", "2024-03-01", "2024-02-01"]),
            "n_orders": [1, 2, 1],
            "net_amount": [0.1, 0.2, 5.0],
            "profit": [0.05, None, 1.0],
        }
    )
    table = customer_table(ibis.memtable(days)).order_by("customer_key").to_pandas()

    assert table["n_purchase_days"].tolist() == [2, 1]
    assert table["n_orders"].tolist() == [3, 1]
    assert table["net_amount"].tolist() == [0.3, 5.0]
    assert table["last_day"].dt.strftime("%m-%d").tolist() == ["03-01", "02-01"]
    assert table["profit"].fillna(-1).tolist() == [-1.0, 1.0]


def _shop(*rows: tuple[str, str, float], **columns: list[object]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["order_id", "ordered_at", "net_amount"])
    frame["ordered_at"] = pd.to_datetime(frame["ordered_at"], format="ISO8601")
    return frame.assign(customer_key="C1", source="shop", **columns)  # type: ignore[arg-type]


def test_lines_and_orders_of_a_day_are_one_purchase_day() -> None:
    orders = _shop(
        ("a", "2024-01-05 09:00", 10),
        ("a", "2024-01-05 09:00", 5),
        ("b", "2024-01-05 18:00", 7),
        ("c", "2024-01-06", 1),
    )
    days, _ = _folded(orders)

    assert days["day"].dt.strftime("%m-%d").tolist() == ["01-05", "01-06"]
    assert days["n_orders"].tolist() == [2, 1]
    assert days["net_amount"].tolist() == [22.0, 1.0]


def test_profit_is_amount_less_cost_and_unknown_where_a_cost_is_unknown() -> None:
    orders = _shop(("a", "2024-01-05", 10), ("a", "2024-01-05", 5), ("b", "2024-02-05", 8), cost=[4.0, 1.0, None])

    assert _folded(orders)[0]["profit"].fillna(-1).tolist() == [10.0, -1.0]


def test_the_cost_of_a_piece_stands_in_for_the_cost_of_a_line() -> None:
    orders = _shop(("a", "2024-01-05", 10), ("b", "2024-02-05", 8), product_id=["p", "q"], quantity=[2.0, 1.0])

    assert _folded(orders, {"p": 3.0, "q": 5.0})[0]["profit"].tolist() == [4.0, 3.0]


def test_of_two_costs_of_a_piece_the_lower_one_counts_and_no_line_counts_twice() -> None:
    orders = _shop(("a", "2024-01-05", 10), product_id=["p"], quantity=[2.0])
    twice = ibis.memtable(pd.DataFrame({"product_id": ["p", "p"], "unit_cost": [4.0, 3.0]}))
    days = fold_purchases(ibis.memtable(orders), twice).customer_days.to_pandas()

    assert days[["net_amount", "profit"]].to_numpy().tolist() == [[10.0, 4.0]]


def test_without_costs_there_is_no_profit() -> None:
    assert "profit" not in _folded(_shop(("a", "2024-01-05", 10)))[0]


def test_lines_without_a_customer_are_no_purchases() -> None:
    orders = _shop(("a", "2024-01-05", 10)).assign(customer_key=pd.Series([None], dtype="str"))

    assert _folded(orders)[0].empty
