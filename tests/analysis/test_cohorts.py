from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from crmplan.analysis.cohorts import cohorts
from crmplan.analysis.purchases import purchase_days
from crmplan.tables import Tables


def _days(rows, as_of):
    frame = pd.DataFrame(rows, columns=["customer_key", "day"]).assign(n_orders=1, net_amount=1.0)
    frame["day"] = pd.to_datetime(frame["day"])
    return purchase_days(Tables.from_frames({"customer_days": frame}), as_of=as_of)


def test_months_follow_customers_of_a_short_history():
    as_of = date(2024, 3, 31)
    rows = [("A", "2024-01-05"), ("A", "2024-01-20"), ("A", "2024-02-02"), ("B", "2024-01-06"), ("B", "2024-03-30")]
    found = cohorts(_days([*rows, ("C", "2024-02-09")], as_of), as_of=as_of)
    assert found.period == "month"
    assert found.table.to_dict("records") == [
        {"cohort": "2024-01", "n_customers": 2, "period": 1, "n_active": 1, "retained_share": 0.5},
        {"cohort": "2024-01", "n_customers": 2, "period": 2, "n_active": 1, "retained_share": 0.5},
        {"cohort": "2024-02", "n_customers": 1, "period": 1, "n_active": 0, "retained_share": 0.0},
    ]
    assert found.next_period_share == pytest.approx(1 / 3)
    assert found.n_customers == 3


def test_a_period_that_the_as_of_date_cuts_short_is_left_out():
    rows = [("A", "2024-01-05"), ("A", "2024-02-02"), ("A", "2024-03-02")]
    found = cohorts(_days(rows, date(2024, 3, 30)), as_of=date(2024, 3, 30))
    assert found.table["period"].tolist() == [1]


def test_quarters_follow_customers_of_a_long_history():
    as_of = date(2024, 12, 31)
    found = cohorts(_days([("A", "2023-01-05"), ("A", "2023-05-05"), ("B", "2024-08-01")], as_of), as_of=as_of)
    assert found.period == "quarter"
    first = found.table[found.table["cohort"] == "2023 Q1"]
    assert first["n_active"].tolist() == [1, 0, 0, 0, 0, 0, 0]
    assert found.table["cohort"].unique().tolist() == ["2023 Q1", "2024 Q3"]


def test_at_most_the_last_twelve_cohorts_are_shown():
    as_of = date(2024, 12, 31)
    days = [f"{year}-{month:02d}-10" for year in range(2019, 2025) for month in (2, 5, 8, 11)]
    found = cohorts(_days([(f"C{i}", day) for i, day in enumerate(days)], as_of), as_of=as_of)
    assert found.table["cohort"].nunique() == 12
    assert found.table["cohort"].iloc[-1] == "2024 Q3"
    assert not found.is_first_old
    assert found.n_customers == 23


@pytest.mark.parametrize("rows", [[], [("A", "2024-12-30")]])
def test_too_little_data_is_an_answer(rows):
    found = cohorts(_days(rows, date(2024, 12, 31)), as_of=date(2024, 12, 31))
    assert found.unavailable
    assert found.table.empty
