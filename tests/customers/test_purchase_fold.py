"""Purchase days by expressions are those by frames, to the last digit, on every engine."""

from __future__ import annotations

import itertools
from typing import Any

import ibis
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from crmplan.customers import purchase_fold
from crmplan.customers.purchase_fold import customer_table, fold_purchases
from crmplan.customers.purchases import purchase_days

PRODUCTS = pd.DataFrame({"product_id": ["p", "q"], "unit_cost": [0.3, 1.7]})
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
OPTIONAL = ("cost", "is_refund", "refunds_order_id", "product_id")


def _frame(rows: list[dict[str, Any]], absent: tuple[str, ...] = ()) -> pd.DataFrame:
    frame = pd.DataFrame(rows).drop(columns=list(absent))
    frame["ordered_at"] = pd.Timestamp("2024-01-01 09:00") + pd.to_timedelta(frame.pop("day") * 18, unit="h")
    texts = {"customer_key", "source", "order_id", "refunds_order_id", "product_id"} & set(frame)
    dtypes = dict.fromkeys(texts, "str") | {"ordered_at": "datetime64[us]", "net_amount": "float64"}
    dtypes |= {"is_refund": "boolean", "cost": "float64"} if not {"is_refund", "cost"} & set(absent) else {}
    return frame.astype({name: dtype for name, dtype in dtypes.items() if name in frame})


def _folded(table: Any, products: pd.DataFrame | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
    folded = fold_purchases(table, products)
    days = folded.customer_days.order_by("customer_key", "day").to_pandas()
    return days.astype({"customer_key": "str", "day": "datetime64[us]", "n_orders": "int64"}), folded.refunds


# To shrink an example would take minutes: every one is a few questions to the engine.
@settings(max_examples=25, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(
    st.lists(LINE, min_size=1, max_size=14),
    st.sampled_from([(), ("cost",), ("is_refund", "refunds_order_id"), ("refunds_order_id",), OPTIONAL]),
    st.booleans(),
)
def test_expressions_and_frames_give_the_same_days(
    rows: list[dict[str, Any]], absent: tuple[str, ...], has_products: bool
) -> None:
    orders = _frame(rows, absent)
    products = PRODUCTS if has_products and "product_id" in orders else None
    expected = purchase_days(orders, products)
    days, refunds = _folded(ibis.memtable(orders), products)

    pd.testing.assert_frame_equal(days, expected.customer_days, check_exact=True)
    pd.testing.assert_frame_equal(refunds, expected.refunds, check_exact=False, rtol=1e-12)


def test_refunds_are_netted_some_customers_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        {"customer_key": f"C{i}", "source": "shop", "order_id": f"{i}{kind}", "day": day, "net_amount": amount}
        for i, (kind, day, amount) in itertools.product(range(9), [("a", 0, 10.1), ("r", 4, -3.0)])
    ]
    orders = _frame(rows)
    monkeypatch.setattr(purchase_fold, "_MOST_ORDERS_AT_ONCE", 3)
    days, refunds = _folded(ibis.memtable(orders))

    assert days["net_amount"].tolist() == [7.1] * 9
    assert refunds["n_refunds"].tolist() == [0, 9, 0]


def test_no_lines_give_no_days() -> None:
    empty = _frame([{"customer_key": None, "source": "s", "order_id": "a", "day": 0, "net_amount": 1.0}])
    days, refunds = _folded(ibis.memtable(empty))

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
