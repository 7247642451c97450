"""What the checks of single values accept, and how they word what they find."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from crmplan.intake.table_rows import TableRows, connected
from crmplan.intake.validity import Validity, is_phone, references


@pytest.mark.parametrize(
    ("text", "is_valid"),
    [
        ("+49 1234 567890123", True),
        ("0049 1234 567890123", True),
        ("00491234567890123456", False),
        ("00 12345", False),
        ("0000000", False),
    ],
)
def test_a_leading_00_stands_for_the_plus_sign(text: str, is_valid: bool) -> None:
    assert is_phone(pd.Series([text])).tolist() == [is_valid]


def test_a_number_that_leads_nowhere_is_told_with_its_article() -> None:
    orders = pd.DataFrame({"source": "shop", "order_id": ["1"]})
    shipments = pd.DataFrame({"source": "shop", "order_id": ["1", "2"]})
    tables = {"orders": TableRows.of("orders", orders), "shipments": TableRows.of("shipments", shipments)}
    connection = connected(None)
    for name, rows in tables.items():
        rows.put_into(connection, name)
    (only,) = references(tables, connection)

    assert (only.n_given, only.n_missing) == (2, 1)
    assert only.finding is not None
    assert only.finding.message == "An order number that is not among the order lines on 1 of 2 deliveries."


def test_an_impossible_day_of_birth_is_told_by_its_year_alone_and_an_early_one_is_none() -> None:
    born = pd.to_datetime(["1850-03-02", "1951-07-08"])
    customers = pd.DataFrame({"source": "crm", "customer_id": ["1", "2"], "born_on": born})
    checks = Validity(as_of=date(2024, 12, 31))
    checks.see("customers", customers)
    (only,) = checks.findings()

    assert (only.code, only.n_rows, only.examples) == ("born_on", 1, ("1850",))
    assert only.message == "An impossible day of birth on 1 of 2 customer records."
