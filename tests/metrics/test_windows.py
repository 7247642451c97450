"""Rows are read as the schema says, cut to half-open periods, and never called a year when they are not."""

from __future__ import annotations

from datetime import date

import pandas as pd

from crmplan.metrics.estimates import breakdown, median, parts, share
from crmplan.metrics.registry import Period
from crmplan.metrics.windows import between, covered_days, first_day, known, lacks_history, named, rows, text
from crmplan.tables import Tables

YEAR = Period(date(2023, 1, 1), date(2024, 1, 1))


def _orders(**columns: list) -> Tables:
    return Tables.from_frames({"orders": pd.DataFrame(columns)})


def test_a_period_holds_its_first_day_and_not_the_day_of_its_end():
    moments = ["2022-12-31T23:59:59", "2023-01-01", "2023-12-31T23:59:59", "2024-01-01", None]
    tables = _orders(ordered_at=pd.to_datetime(moments, format="ISO8601"))
    table = rows(tables, "orders", "ordered_at")

    assert between(table, "ordered_at", YEAR.start, YEAR.end).count().execute() == 2
    assert between(table, "ordered_at", date(1, 1, 1), YEAR.end).count().execute() == 3


def test_columns_of_the_wrong_type_are_read_and_what_cannot_be_read_is_empty():
    tables = _orders(
        ordered_at=["2023-05-01 10:00:00", "soon"],
        net_amount=["1.5", "free"],
        is_refund=["true", "perhaps"],
        customer_key=["C1", ""],
    )
    found = rows(tables, "orders", "ordered_at", "net_amount", "is_refund", "customer_key").to_pyarrow().to_pylist()

    assert [row["net_amount"] for row in found] == [1.5, None]
    assert [row["is_refund"] for row in found] == [True, None]
    assert [row["customer_key"] for row in found] == ["C1", None]
    assert [row["ordered_at"] is None for row in found] == [False, True]


def test_days_are_days_however_they_are_kept():
    for kept in (pd.to_datetime(["2023-05-01 10:00"]), [date(2023, 5, 1)], ["2023-05-01"]):
        tables = Tables.from_frames({"contracts": pd.DataFrame({"started_on": kept})})

        assert first_day(tables, "contracts", "started_on") == date(2023, 5, 1)
        assert rows(tables, "contracts", "started_on").started_on.type().is_date()


def test_infinite_amounts_are_no_amounts():
    found = rows(_orders(net_amount=[1.0, float("inf")]), "orders", "net_amount")

    assert found.net_amount.sum().execute() == 1.0


def test_covered_days_are_those_between_first_and_last_row_within_the_period():
    days = pd.to_datetime(["2023-12-01T10:00", "2023-12-10T23:00", "2024-05-01"], format="ISO8601")

    assert covered_days(_orders(ordered_at=days), "orders", "ordered_at", YEAR) == 10
    assert covered_days(_orders(ordered_at=days[2:]), "orders", "ordered_at", YEAR) == 0
    assert covered_days(_orders(order_id=["1"]), "orders", "ordered_at", YEAR) == 0


def test_a_month_without_an_order_is_forgiven_and_no_more():
    for first, is_enough in (("2023-02-01", True), ("2023-02-02", False)):
        tables = Tables.from_frames({"customer_days": pd.DataFrame({"day": pd.to_datetime([first])})})

        assert (lacks_history(tables, YEAR.start) == "") is is_enough


def test_no_purchases_is_a_reason():
    tables = Tables.from_frames({"customer_days": pd.DataFrame({"day": pd.to_datetime([])})})

    assert lacks_history(tables, YEAR.start) == "the data hold no purchases"


def test_text_is_compared_without_blanks_and_capitals_and_shown_as_it_stands():
    table = rows(_orders(channel=[" Web\t", "\nvictoria frank", "N/A", "unknown", "", None, "-"]), "orders", "channel")
    found = table.select(text=text(table.channel), named=named(table.channel), known=known(table.channel))
    found = found.to_pyarrow().to_pylist()

    assert [row["text"] for row in found][:2] == ["web", "victoria frank"]
    assert [row["named"] for row in found] == ["Web", "victoria frank", *[None] * 5]
    assert [row["known"] for row in found] == [True, True, *[False] * 5]


def test_a_share_without_rows_is_no_share():
    table = rows(_orders(net_amount=[1.0]), "orders", "net_amount").filter(False)

    assert (share(table, table.net_amount > 0).value, median(table, "net_amount").value) == (None, None)


def test_the_median_is_not_known_when_it_falls_among_the_unknown():
    table = rows(_orders(net_amount=[1.0, 2.0, None, None]), "orders", "net_amount")

    assert median(table, "net_amount").value is None
    assert median(table.limit(3), "net_amount").n == 3


def test_the_median_of_an_even_number_is_between_the_two_in_the_middle():
    table = rows(_orders(net_amount=[10.0, 1.0, 4.0, 2.0]), "orders", "net_amount")
    found = median(table, "net_amount")

    assert (found.value, found.low, found.high) == (3.0, None, None)


def test_only_the_largest_groups_are_listed_but_shares_are_of_all():
    table = rows(_orders(channel=["a"] * 4 + [f"c{i:02d}" for i in range(16)]), "orders", "channel")
    found = parts(table, table.channel)

    assert len(found) == 15
    assert found["value"].iloc[0] == 4 / 20
    assert breakdown(table, table.channel.nullif(table.channel), table.channel.count()) is None
