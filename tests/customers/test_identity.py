"""A source without customer records of its own may use the numbers of another."""

from __future__ import annotations

import pandas as pd

from crmplan.customers.identity import cross_references, homes


def _used(*rows: tuple[str, str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["source", "table", "customer_id"])


CRM = [("crm", "customers", str(i)) for i in range(10)]


def test_a_source_with_customers_has_its_own_numbers() -> None:
    used = _used(*CRM, *(("shop", "customers", str(i)) for i in range(10)))

    assert homes(used) == {"crm": "crm", "shop": "shop"}


def test_a_source_whose_numbers_another_knows_uses_those() -> None:
    used = _used(*CRM, ("calls", "interactions", "3"), ("calls", "interactions", "77"))

    assert homes(used)["calls"] == "crm"


def test_a_source_whose_numbers_two_others_know_keeps_its_own() -> None:
    used = _used(*CRM, *(("shop", "customers", str(i)) for i in range(10)), ("calls", "interactions", "3"))

    assert homes(used)["calls"] == "calls"


def test_a_source_whose_numbers_are_mostly_unknown_keeps_its_own() -> None:
    used = _used(*CRM, ("calls", "interactions", "3"), ("calls", "interactions", "x"), ("calls", "interactions", "y"))

    assert homes(used)["calls"] == "calls"


def test_numbers_in_orders_count_as_known_where_few_customers_have_a_record() -> None:
    used = _used(("till", "customers", "1"), *(("till", "orders", str(i)) for i in range(9)), ("mail", "touches", "7"))

    assert homes(used)["mail"] == "till"


def test_orders_stand_in_where_nobody_keeps_customer_records() -> None:
    used = _used(("shop", "orders", "1"), ("shop", "orders", "2"), ("survey", "surveys", "2"))

    assert homes(used) == {"shop": "shop", "survey": "shop"}


def test_a_source_that_is_cross_referenced_has_its_own_numbers() -> None:
    used = _used(*CRM, ("calls", "interactions", "3"))

    assert homes(used, frozenset({"calls"}))["calls"] == "calls"


def test_cross_references_are_taken_apart_and_nonsense_is_left_out() -> None:
    customers = pd.DataFrame({"source": "crm", "customer_id": ["1", "2"], "other_ids": ["web:7| pos : 8 |", "nothing"]})

    assert cross_references(customers)[["other_source", "other_id"]].to_numpy().tolist() == [["web", "7"], ["pos", "8"]]
