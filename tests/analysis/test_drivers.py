from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmplan.analysis.drivers import compare_rates, drivers, false_discovery
from crmplan.tables import Tables

AS_OF = date(2024, 12, 31)


@given(st.integers(1, 500), st.integers(1, 500), st.floats(0, 1), st.floats(0, 1))
def test_the_interval_holds_the_difference_and_stays_within_bounds(n, rest_n, rate, rest_rate):
    difference, low, high, p_value = compare_rates(round(rate * n), n, round(rest_rate * rest_n), rest_n)
    assert -1 - 1e-9 <= low <= difference + 1e-9
    assert difference - 1e-9 <= high <= 1 + 1e-9
    assert 0 <= p_value <= 1


def test_false_discoveries_are_held_down_by_the_number_of_comparisons():
    # Sorted: 0.01 <= 0.0125, 0.02 <= 0.025, 0.03 <= 0.0375, 0.2 > 0.05.
    assert false_discovery(pd.Series([0.03, 0.2, 0.01, 0.02])).tolist() == [True, False, True, True]
    assert false_discovery(pd.Series([], dtype=float)).empty


def _client(n, leaves, regions):
    rows = [(f"C{i:04d}", 500, 10.0) for i in range(n)]
    rows += [(f"C{i:04d}", 5, 10.0 + i) for i in range(n) if not leaves[i]]
    frame = pd.DataFrame(rows, columns=["customer_key", "ago", "net_amount"])
    frame["day"] = pd.Timestamp(AS_OF) - pd.to_timedelta(frame.pop("ago"), unit="D")
    frame = frame.assign(n_orders=1)
    frame.loc[len(frame)] = ["C0000", 10.0, pd.Timestamp("2022-06-01"), 1]
    golden = pd.DataFrame({"customer_key": [f"C{i:04d}" for i in range(n)], "region": regions})
    return Tables.from_frames({"customer_days": frame, "golden": golden})


def _drivers(tables):
    from crmplan.analysis.purchases import purchase_days

    return drivers(purchase_days(tables, as_of=AS_OF), tables, as_of=AS_OF)


def test_a_planted_mark_of_leaving_is_found_with_its_rates():
    leaves = [i < 60 or 100 <= i < 120 for i in range(300)]
    found = _drivers(_client(300, leaves, ["north"] * 100 + ["south"] * 200))
    row = found.risk.iloc[0]
    assert (row["attribute"], row["value"], row["n"]) == ("region", "north", 100)
    assert (row["rate"], row["rest_rate"]) == (0.6, 0.1)
    assert row["low"] > 0
    assert found.risk_rate == pytest.approx(80 / 300)
    assert found.n_tested["risk"] == 1


def test_chance_alone_is_not_reported():
    draw = np.random.default_rng(2)
    leaves = draw.random(400) < 0.3
    found = _drivers(_client(400, leaves, draw.choice(list("abcdefgh"), 400).tolist()))
    assert found.n_tested["risk"] == 8
    assert found.risk.empty


def test_a_group_of_fewer_than_thirty_is_not_compared():
    found = _drivers(_client(100, [i < 20 for i in range(100)], ["rare"] * 20 + ["usual"] * 80))
    assert "30 customers" in found.unavailable


def test_main_channel_is_read_from_orders_before_the_period():
    tables = _client(200, [i < 80 for i in range(200)], ["x"] * 200)
    orders = tables.frame("customer_days").rename(columns={"day": "ordered_at"})
    early = orders["ordered_at"] < pd.Timestamp("2024-01-01")
    number = orders["customer_key"].str[1:].astype(int)
    orders["channel"] = np.where(early & (number < 100), "field", np.where(early, "web", "shop"))
    found = _drivers(tables.with_frames(orders=orders))
    assert found.risk[["attribute", "value", "n"]].to_numpy().tolist() == [["channel", "field", 100]]


def test_contracts_tell_who_left_where_there_are_no_purchases():
    keys = [f"C{i}" for i in range(100)]
    contracts = pd.DataFrame(
        {
            "customer_key": keys,
            "started_on": pd.Timestamp("2022-01-01"),
            "ended_on": pd.to_datetime(["2024-06-01"] * 40 + [None] * 60),
        }
    )
    golden = pd.DataFrame({"customer_key": keys, "region": ["n"] * 50 + ["s"] * 50})
    found = _drivers(Tables.from_frames({"contracts": contracts, "golden": golden}))
    assert found.risk_rate == 0.4
    assert found.risk[["value", "rate"]].to_numpy().tolist() == [["n", 0.8]]
    assert found.best.empty


@pytest.mark.parametrize("frames", [{}, {"contracts": pd.DataFrame({"customer_key": []})}])
def test_without_data_the_reason_is_given(frames):
    assert _drivers(Tables.from_frames(frames)).unavailable == "needs `orders` or `contracts`"
