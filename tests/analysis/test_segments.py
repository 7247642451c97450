from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmplan.analysis import profile_customers, segment_customers
from crmplan.analysis.decisions import decisions
from crmplan.analysis.rhythm import Rhythm
from crmplan.analysis.rules import SEGMENTS, Cuts, assign, cut_points, rules
from crmplan.tables import Tables

AS_OF = date(2024, 12, 31)
_PURCHASES = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 1100), st.floats(0.5, 500)),
    min_size=1,
    max_size=80,
    unique_by=lambda row: row[:2],
)


def _tables(rows):
    frame = pd.DataFrame(rows, columns=["customer_key", "ago", "net_amount"])
    frame["customer_key"] = "C" + frame["customer_key"].astype(str)
    frame["day"] = pd.Timestamp(AS_OF) - pd.to_timedelta(frame.pop("ago"), unit="D")
    return Tables.from_frames({"customer_days": frame.assign(n_orders=1)})


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_PURCHASES)
def test_every_customer_has_exactly_one_segment(rows):
    found = segment_customers(_tables(rows), as_of=AS_OF)
    held = sum(rule.holds(_features(found.customers, rows)).astype(int) for rule in found.rules)
    assert set(held) == {1}
    assert set(found.customers["segment"]) <= set(SEGMENTS)
    assert found.table["n_customers"].sum() == len(found.customers) == len({row[0] for row in rows})
    assert (found.table["n_customers"] > 0).all()
    assert found.table["customer_share"].sum() == pytest.approx(1)
    if found.customers["revenue_12m"].sum() > 0:
        assert found.table["revenue_share"].sum() == pytest.approx(1)


def _features(customers, rows):
    from crmplan.analysis.purchases import per_customer, purchase_days

    found = per_customer(purchase_days(_tables(rows), as_of=AS_OF))
    assert found["customer_key"].tolist() == customers["customer_key"].tolist()
    return found


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(_PURCHASES, st.randoms())
def test_the_order_of_rows_does_not_matter(rows, random):
    mixed = list(rows)
    random.shuffle(mixed)
    one, other = (segment_customers(_tables(part), as_of=AS_OF) for part in (rows, mixed))
    names = ["customer_key", "segment", "previous_segment", "tier", "r_score", "m_score"]
    pd.testing.assert_frame_equal(one.customers[names], other.customers[names])
    assert one.table["segment"].tolist() == other.table["segment"].tolist()


@given(
    st.lists(
        st.tuples(st.integers(1, 50), st.integers(0, 5000), st.floats(0, 1e6), st.integers(1, 50)),
        min_size=1,
        max_size=30,
    ),
    st.lists(st.integers(0, 29), min_size=1, max_size=10),
)
def test_the_rules_made_from_some_customers_have_a_place_for_all_others(rows, chosen):
    names = ["n_purchases", "recency_days", "yearly_spend", "yearly_purchases"]
    everybody = pd.DataFrame(rows, columns=names)
    some = everybody.iloc[[i % len(rows) for i in chosen]]
    table = rules(some, cut_points(some, Rhythm(60.0, 90, 365, 30, False)))
    assert (sum(rule.holds(everybody).astype(int) for rule in table) == 1).all()


def test_the_decision_table_by_hand():
    customers = pd.DataFrame(
        [
            (1, 90, 10.0, 1, "New"),
            (1, 91, 10.0, 1, "One-time"),
            (1, 366, 10.0, 1, "Lapsed one-time"),
            (5, 90, 100.0, 2, "Best regulars"),
            (5, 3, 99.0, 3, "Regulars"),
            (5, 3, 99.0, 2, "Returning"),
            (2, 91, 100.0, 2, "Slipping, valuable"),
            (2, 365, 99.0, 2, "Slipping"),
            (9, 366, 500.0, 9, "Lost regulars"),
        ],
        columns=["n_purchases", "recency_days", "yearly_spend", "yearly_purchases", "segment"],
    )
    table = rules(customers, Cuts(90, 365, 100.0, 3))
    assert assign(customers, table).tolist() == customers["segment"].tolist()


def test_a_base_of_one_timers_leaves_no_promised_segment_empty(many):
    found = segment_customers(Tables.from_frames({"customer_days": many}), as_of=AS_OF)
    assert (found.customers["n_purchases"] == 1).mean() > 0.7
    assert found.table["segment"].tolist() == list(SEGMENTS)
    assert [rule.segment for rule in found.rules] == list(SEGMENTS)
    assert found.table["n_customers"].min() >= 1


def test_two_years_are_compared_by_the_same_rules(many):
    found = segment_customers(Tables.from_frames({"customer_days": many}), as_of=AS_OF)
    earlier = segment_customers(Tables.from_frames({"customer_days": many}), as_of=date(2024, 1, 1))
    was = found.customers.set_index("customer_key")["previous_segment"]
    assert set(was[was != ""].index) == set(earlier.customers["customer_key"])
    table = found.table.set_index("segment")
    assert int(found.flows["n_customers"].sum()) == len(found.customers)
    assert (table["n_earlier"] - table["n_out"] + table["n_in"] == table["n_customers"]).all()
    new = table.loc["New"]
    assert new["customer_growth_share"] == pytest.approx(new["n_customers"] / new["n_earlier"] - 1)


def test_fewer_than_two_years_have_no_year_before(many):
    recent = many[many["day"] > pd.Timestamp("2023-06-01")]
    found = segment_customers(Tables.from_frames({"customer_days": recent}), as_of=AS_OF)
    assert not found.is_compared
    assert (found.customers["previous_segment"] == "").all()
    assert found.table[["n_earlier", "customer_growth_share", "n_in", "revenue_earlier"]].isna().all().all()
    assert found.flows.empty
    assert found.migration.unavailable == "needs two years of purchases"


def test_profit_is_shared_out_where_cost_is_known(many):
    frame = many.assign(profit=0.25 * many["net_amount"])
    found = segment_customers(Tables.from_frames({"customer_days": frame}), as_of=AS_OF)
    np.testing.assert_allclose(found.table["profit_share"], found.table["revenue_share"])
    assert found.outlook.measure == "profit"


def test_segments_that_foretell_money_are_told_from_names_that_do_not():
    draw = np.random.default_rng(4)
    habit = np.repeat([2.0, 20.0], 150)
    rows = []
    for i, rate in enumerate(habit):
        for ago in draw.choice(1095, size=max(2, draw.poisson(rate * 3)), replace=False):
            rows.append((i, int(ago), 10.0 * rate))
    linked = segment_customers(_tables(rows), as_of=AS_OF).outlook
    assert linked.is_linked
    assert linked.explained_share > 0.3
    assert linked.n_days == 365
    means = linked.table.set_index("segment")["mean"]
    assert means["Best regulars"] == means.max()


def test_outlook_needs_half_a_year_and_thirty_customers(tables_of):
    short = segment_customers(tables_of([(f"C{i}", i, 1) for i in range(60)]), as_of=AS_OF)
    assert "180 days" in short.outlook.unavailable
    few = segment_customers(tables_of([("A", 0, 1), ("A", 400, 1)]), as_of=AS_OF)
    assert "30 customers" in few.outlook.unavailable


def test_what_a_stable_segment_is(many):
    found = segment_customers(Tables.from_frames({"customer_days": many}), as_of=AS_OF)
    overlap = found.table.set_index("segment")["overlap"]
    assert overlap.between(0, 1).all()
    assert overlap["Best regulars"] > 0.5


def test_visits_are_planned_for_firms_only(tables_of):
    rows = [("A", 3, 5), ("A", 30, 5)]
    golden = pd.DataFrame({"customer_key": ["A"], "kind": ["firm"]})
    firms = segment_customers(tables_of(rows).with_frames(golden=golden), as_of=AS_OF)
    people = segment_customers(tables_of(rows).with_frames(golden=golden.assign(kind="person")), as_of=AS_OF)
    assert firms.table["effort"].tolist() == [decisions(of_firms=True)["Returning"].effort]
    assert people.table["action"].tolist() == [decisions(of_firms=False)["Returning"].action]
    for of_firms in (True, False):
        assert set(decisions(of_firms=of_firms)) == set(SEGMENTS)


@pytest.mark.parametrize(
    ("rows", "segments"),
    [
        ([], []),
        ([("A", 0, 5)], ["New"]),
        ([("A", 0, 5), ("A", 3, 5)], ["Returning"]),
        ([(f"C{i}", 0, 5) for i in range(80)], ["New"]),
        ([(f"C{i}", 400, 5) for i in range(80)], ["Lapsed one-time"]),
        ([(f"C{i}", ago, 5) for i in range(80) for ago in (800, 1000)], ["Lost regulars"]),
    ],
)
def test_extreme_bases_have_segments_too(tables_of, rows, segments):
    found = segment_customers(tables_of(rows), as_of=AS_OF)
    assert found.table["segment"].tolist() == segments
    assert bool(found.unavailable) == (not rows)


def test_orders_that_are_refunds_alone_are_not_called_missing():
    orders = pd.DataFrame({"customer_key": ["C1"], "order_id": ["1"], "net_amount": [-5.0]})
    found = segment_customers(Tables.from_frames({"orders": orders}), as_of=AS_OF)
    assert found.unavailable == "the `orders` that came hold no purchase of a known customer"
    assert profile_customers(Tables.from_frames({"orders": orders}), as_of=AS_OF).unavailable == found.unavailable


def test_without_orders_the_reason_is_given():
    found = segment_customers(Tables.from_frames({}), as_of=AS_OF)
    assert found.unavailable == "needs `orders`"
    assert found.customers.empty
    assert found.rules == ()


def test_the_tables_are_not_changed(many):
    before = many.copy()
    segment_customers(Tables.from_frames({"customer_days": many}), as_of=AS_OF)
    pd.testing.assert_frame_equal(many, before)
