from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from crmplan.tables import Tables
from crmplan.value.purchase_history import (
    customer_days,
    distinct_patterns,
    middle_of,
    purchase_histories,
    purchases_after,
    purchases_by_day,
    with_holdout,
)

ROWS = [
    ("B", "2024-01-08", 5.0),
    ("A", "2024-01-01", 10.0),
    ("A", "2024-01-15", 30.0),
    ("A", "2024-01-29", 50.0),
    ("C", "2024-01-29", 7.0),
]


def frame(rows: list[tuple[str | None, str, float]]) -> pd.DataFrame:
    made = pd.DataFrame(rows, columns=["customer_key", "day", "net_amount"])
    return made.assign(day=pd.to_datetime(made["day"], format="ISO8601"))


def days(rows: list[tuple[str | None, str, float]]) -> Any:
    return customer_days(Tables.from_frames({"customer_days": frame(rows)}))


def test_recency_runs_from_first_to_last_purchase_and_age_to_the_end() -> None:
    found = purchase_histories(days(ROWS), until=date(2024, 2, 5)).set_index("customer_key")

    assert found.loc["A", ["n_repeat", "recency_weeks", "age_weeks", "mean_spend"]].tolist() == [2, 4.0, 5.0, 40.0]
    assert found.loc["B", ["n_repeat", "recency_weeks", "age_weeks"]].tolist() == [0, 0.0, 4.0]
    assert np.isnan(found.loc["B", "mean_spend"])


def test_a_purchase_on_the_last_day_counts_whatever_its_hour() -> None:
    rows = [("A", "2024-01-01", 10.0), ("A", "2024-01-29 15:00", 20.0)]

    found = purchase_histories(days(rows), until=date(2024, 1, 29))
    later = purchases_after(days(rows), after=date(2024, 1, 29), until=date(2024, 12, 31))

    assert found["n_repeat"].tolist() == [1]
    assert found["recency_weeks"].tolist() == [4.0]
    assert later.empty


def test_a_purchase_after_the_split_belongs_to_the_holdout_alone() -> None:
    known = purchase_histories(days(ROWS), until=date(2024, 1, 28))
    later = purchases_after(days(ROWS), after=date(2024, 1, 28), until=date(2024, 1, 29))

    joined = with_holdout(known, later).set_index("customer_key")

    assert joined["n_bought"].to_dict() == {"A": 1, "B": 0}
    assert joined["spent"].to_dict() == {"A": 50.0, "B": 0.0}


def test_refund_days_free_days_and_unknown_customers_are_no_purchases() -> None:
    rows = [("A", "2024-01-01", 10.0), ("A", "2024-01-02", 0.0), ("A", "2024-01-03", -4.0), (None, "2024-01-03", 9.0)]

    found = purchase_histories(days(rows), until=date(2024, 1, 31))

    assert found[["customer_key", "n_purchases"]].to_numpy().tolist() == [["A", 1]]


def test_two_orders_on_one_day_are_one_purchase() -> None:
    rows = [("A", "2024-01-01", 10.0), ("A", "2024-01-01", 15.0), ("A", "2024-01-08", 8.0)]

    found = purchase_histories(days(rows), until=date(2024, 1, 31))

    assert found[["n_repeat", "first_spend", "mean_spend"]].to_numpy().tolist() == [[1, 25.0, 8.0]]


def test_patterns_keep_every_customer_once() -> None:
    histories = purchase_histories(days([*ROWS, ("D", "2024-01-29", 3.0)]), until=date(2024, 2, 5))

    patterns = distinct_patterns(histories)

    assert patterns.total == 4
    assert len(patterns.n_repeat) == 3
    assert patterns.n_repeat[patterns.row].tolist() == histories["n_repeat"].tolist()
    assert patterns.age_weeks[patterns.row].tolist() == histories["age_weeks"].tolist()


def test_the_order_of_rows_does_not_matter() -> None:
    one = purchase_histories(days(ROWS), until=date(2024, 2, 5))
    other = purchase_histories(days(ROWS[::-1]), until=date(2024, 2, 5))

    pd.testing.assert_frame_equal(one, other)


def test_only_customers_acquired_in_time_are_followed() -> None:
    rows = [*ROWS, ("C", "2024-02-03", 7.0)]

    found = purchases_by_day(days(rows), acquired_until=date(2024, 1, 15), until=date(2024, 2, 5))

    assert found["day"].dt.strftime("%m-%d").tolist() == ["01-15", "01-29"]
    assert found["n_repeat"].tolist() == [1, 1]


def test_nobody_gives_empty_patterns() -> None:
    patterns = distinct_patterns(purchase_histories(days(ROWS), until=date(2020, 1, 1)))

    assert patterns.total == 0


@pytest.mark.parametrize(
    ("last", "middle"), [(date(2024, 1, 1), date(2024, 1, 1)), (date(2024, 1, 4), date(2024, 1, 2))]
)
def test_the_middle_is_a_day_of_the_period(last: date, middle: date) -> None:
    assert middle_of(date(2024, 1, 1), last) == middle
