from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from crmplan.analysis.purchases import as_seen_before, has_two_years, per_customer, purchase_days
from crmplan.tables import Tables

AS_OF = date(2024, 12, 31)


def test_one_row_per_customer_adds_up_what_was_bought(days_of):
    customers = per_customer(days_of([("B", 10, 30), ("B", 400, 20), ("A", 364, 5), ("B", 365, 7)]))
    assert customers["customer_key"].tolist() == ["A", "B"]
    b = customers.iloc[1]
    assert (b["recency_days"], b["tenure_days"], b["n_purchases"]) == (10, 400, 3)
    assert (b["revenue"], b["revenue_12m"], b["revenue_previous_12m"]) == (57.0, 30.0, 27.0)
    assert customers.iloc[0]["revenue_12m"] == 5.0


def test_the_year_of_buying_ends_with_the_last_purchase(days_of):
    customers = per_customer(days_of([("A", 500, 10), ("A", 864, 20), ("A", 865, 40)]))
    assert customers.iloc[0]["yearly_spend"] == 30.0
    assert customers.iloc[0]["yearly_purchases"] == 2


def test_purchases_after_the_as_of_date_and_of_nobody_and_below_zero_do_not_count(tables_of):
    tables = tables_of([("A", -1, 9), ("A", 0, 9), ("B", 3, -2), ("C", 3, 0)])
    frame = tables.frame("customer_days")
    frame.loc[len(frame)] = [None, pd.Timestamp("2024-01-01"), 1, 5.0]
    days = purchase_days(Tables.from_frames({"customer_days": frame}), as_of=AS_OF)
    assert days[["customer_key", "days_ago"]].astype(object).to_numpy().tolist() == [["A", 0]]


def test_a_profit_that_is_never_known_is_no_profit(tables_of):
    frame = tables_of([("A", 1, 9)]).frame("customer_days").assign(profit=[None])
    assert "profit" not in purchase_days(Tables.from_frames({"customer_days": frame}), as_of=AS_OF)


def test_seen_from_a_year_ago_only_who_had_bought_is_there(days_of):
    earlier = per_customer(as_seen_before(days_of([("A", 10, 1), ("B", 370, 2), ("B", 20, 9)]), 365))
    assert earlier["customer_key"].tolist() == ["B"]
    assert earlier["recency_days"].tolist() == [5]
    assert earlier["revenue_12m"].tolist() == [2.0]


@pytest.mark.parametrize(("oldest", "expected"), [(698, False), (699, True), (1000, True)])
def test_a_year_is_set_beside_the_one_before_from_two_years_less_a_month(days_of, oldest, expected):
    assert has_two_years(days_of([("A", 0, 1), ("A", oldest, 1)])) is expected


def test_no_table_gives_no_purchases():
    days = purchase_days(Tables.from_frames({}), as_of=AS_OF)
    assert days.empty
    assert per_customer(days).empty


def test_the_tables_are_not_changed(many):
    before = many.copy()
    per_customer(purchase_days(Tables.from_frames({"customer_days": many}), as_of=AS_OF))
    pd.testing.assert_frame_equal(many, before)
