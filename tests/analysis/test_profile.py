from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from crmplan.analysis import profile_customers, segment_customers
from crmplan.kept import Kept
from crmplan.tables import Tables

AS_OF = date(2024, 12, 31)
_ROWS = [("A", 10, 100), ("A", 400, 50), ("B", 30, 20), ("C", 500, 5), ("C", 720, 5)]


def test_base_facts_by_hand(tables_of):
    found = profile_customers(tables_of(_ROWS), as_of=AS_OF)
    assert (found.n_customers, found.n_active, found.n_active_before, found.n_one_time, found.n_new) == (3, 2, 2, 1, 1)
    assert (found.revenue_12m, found.revenue_previous_12m, found.profit_12m) == (120.0, 60.0, None)
    assert (found.spending.mean, found.spending.median, found.spending.below_mean_share) == (60.0, 60.0, 0.5)
    assert (found.first_day, found.last_day) == (date(2023, 1, 11), date(2024, 12, 21))
    assert found.profit.unavailable == "needs `orders` with cost"
    assert found.n_known is None


def test_customers_who_bring_a_loss_are_counted(tables_of):
    frame = tables_of(_ROWS).frame("customer_days").assign(profit=[10.0, 5.0, -4.0, 1.0, 1.0])
    found = profile_customers(Tables.from_frames({"customer_days": frame}), as_of=AS_OF)
    assert (found.profit.n_below_zero, found.profit.below_zero, found.profit_12m) == (1, -4.0, 6.0)


def test_customers_divide_by_what_is_known_of_them(tables_of):
    golden = pd.DataFrame({"customer_key": ["A", "B", "C", "D"], "region": ["n", "s", "n", "n"], "country": ["X"] * 4})
    orders = pd.DataFrame(
        {
            "customer_key": ["A", "A", "B", "C", None],
            "ordered_at": pd.to_datetime(["2024-12-21", "2024-12-21", "2024-12-01", "2023-08-01", "2024-12-01"]),
            "net_amount": [70.0, 30.0, 20.0, 5.0, 99.0],
            "channel": ["web", "shop", "shop", "web", "web"],
            "product_id": ["p", "q", "q", "p", "p"],
        }
    )
    products = pd.DataFrame({"product_id": ["p", "q"], "category": ["tea", "coffee"]})
    tables = tables_of(_ROWS).with_frames(golden=golden, orders=orders, products=products)
    found = profile_customers(tables, as_of=AS_OF)
    assert found.n_known == 4
    assert found.mix["attribute"].drop_duplicates().tolist() == ["channel", "category", "region"]
    channel = found.mix[found.mix["attribute"] == "channel"].set_index("group")
    assert channel.loc["web", ["n_customers", "revenue"]].tolist() == [1, 70.0]
    assert channel.loc["shop", ["n_customers", "revenue"]].tolist() == [2, 50.0]
    for _, part in found.mix.groupby("attribute"):
        assert part["revenue_share"].sum() == pytest.approx(1)


def test_small_groups_go_together_and_unknown_ones_are_named(tables_of):
    rows = [(f"C{i:02d}", 5, 100 - i) for i in range(12)]
    golden = pd.DataFrame({"customer_key": [row[0] for row in rows[:11]], "region": [f"r{i:02d}" for i in range(11)]})
    mix = profile_customers(tables_of(rows).with_frames(golden=golden), as_of=AS_OF).mix
    assert mix["group"].tolist() == [*(f"r{i:02d}" for i in range(8)), "other", "not known"]
    assert mix["n_customers"].tolist() == [1] * 8 + [3, 1]
    assert mix["customer_share"].sum() == pytest.approx(1)


def test_contracts_alone_make_a_profile():
    contracts = pd.DataFrame(
        {
            "customer_key": ["A", "A", "B", "C"],
            "started_on": pd.to_datetime(["2022-12-31", "2024-06-30", "2023-01-01", "2025-02-01"]),
            "ended_on": pd.to_datetime([None, None, "2024-03-01", None]),
            "monthly_fee": [10.0, 5.0, 20.0, 7.0],
        }
    )
    golden = pd.DataFrame({"customer_key": ["A", "B", "C"], "region": ["n", "s", "s"]})
    found = profile_customers(Tables.from_frames({"contracts": contracts, "golden": golden}), as_of=AS_OF)
    assert found.unavailable == ""
    facts = found.agreements
    assert (facts.n_contracts, facts.n_running, facts.n_customers_running, facts.monthly_fees) == (3, 2, 1, 15.0)
    assert (facts.n_running_earlier, facts.n_ended_of_them) == (2, 1)
    assert found.ladder.unavailable == "needs `orders`"


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [("A", 0, 1)],
        [("A", 4000, 1)],
        [(f"C{i}", 0, 5) for i in range(60)],
        [(f"C{i}", i * 9, 5) for i in range(99)],
    ],
)
def test_extreme_bases_have_a_profile_that_can_be_kept(tables_of, rows, tmp_path: Path):
    tables = tables_of(rows)
    for name, result in (
        ("profile", profile_customers(tables, as_of=AS_OF)),
        ("segments", segment_customers(tables, as_of=AS_OF)),
    ):
        kept = Kept(tmp_path)
        kept.keep(name, "key", result, seconds=0.0)
        again = kept.find(name, "key")
        assert type(again) is type(result)
        assert again.unavailable == result.unavailable


def test_nothing_at_all_is_an_answer():
    assert profile_customers(Tables.from_frames({}), as_of=AS_OF).unavailable == "needs `orders` or `contracts`"
