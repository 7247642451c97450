from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from crmplan.reporting.blocks import Block, Chart, Note, Table
from crmplan.reporting.chapters import value_use as use
from crmplan.tables import Tables
from crmplan.value import CustomerEconomics, Value, customer_economics
from tests.reporting.chapters.test_value import purchases, value_of

ENGAGEMENT: Any = SimpleNamespace(client=SimpleNamespace(currency="EUR"), as_of=date(2023, 12, 31))


@pytest.fixture(scope="module")
def value() -> Value:
    return value_of(purchases(90))


@pytest.fixture(scope="module")
def economics(value: Value) -> CustomerEconomics:
    return economics_of(value, contact_cost=1.0, acquisition_cost=3.0)


def economics_of(value: Value, **options: Any) -> CustomerEconomics:
    keys = value.customers["customer_key"]
    golden = pd.DataFrame({"customer_key": keys, "first_heard": np.resize(["<b>fair</b>", "web"], len(keys))})
    segments = pd.DataFrame({"customer_key": keys, "segment": np.resize(["Regulars", "=New"], len(keys))})
    tables = Tables.from_frames({"customer_days": purchases(90), "golden": golden})
    return customer_economics(tables, value, segments, horizon_months=24, **options)


def blocks(economics: CustomerEconomics, value: Value) -> list[Block]:
    make = (use.segment_table, use.roll_forward_chart, use.source_table, use.offer_table, use.tornado_chart)
    return [*(one(economics, ENGAGEMENT) for one in make), use.bridge_chart(economics, value, ENGAGEMENT)]


def test_every_part_is_there(economics: CustomerEconomics, value: Value) -> None:
    assert [type(block) for block in blocks(economics, value)] == [Table, Chart, Table, Table, Chart, Chart]


def test_no_block_prints_what_a_reader_cannot_read(economics: CustomerEconomics, value: Value) -> None:
    for with_costs in (economics, economics_of(value)):
        for block in blocks(with_costs, value):
            for oddity in ("nan", "None", "inf ", "-0 ", "customer_key", "1 customers", "1 months"):
                assert oddity not in block.text() + str(block.facts().get("caption")), oddity


def test_tables_fit_a_page(economics: CustomerEconomics, value: Value) -> None:
    for block in blocks(economics, value):
        if isinstance(block, Table):
            assert len(block.header) <= 7
            assert len(block.rows) <= 15


def test_titles_carry_the_number_that_counts(economics: CustomerEconomics, value: Value) -> None:
    for block in blocks(economics, value):
        assert any(letter.isdigit() for letter in str(block.facts()["title"])) or isinstance(block, Chart)


def test_without_costs_the_tables_say_what_they_need(value: Value) -> None:
    bare = economics_of(value)

    assert "cost not stated" in use.source_table(bare, ENGAGEMENT).text()
    assert "needs `contact_cost`" in str(use.offer_table(bare, ENGAGEMENT).facts()["caption"])
    assert "no cost is stated" in str(use.tornado_chart(bare, ENGAGEMENT).facts()["caption"])


def test_a_year_of_too_little_data_is_a_note(economics: CustomerEconomics) -> None:
    rolled = replace(economics.roll_forward, opened_on=None, unavailable="too little data: 3 customers had bought")

    found = use.roll_forward_chart(replace(economics, roll_forward=rolled), ENGAGEMENT)

    assert isinstance(found, Note)
    assert "3 customers" in found.message


def test_without_a_value_every_part_is_a_note(value: Value) -> None:
    nothing = CustomerEconomics(unavailable="needs `orders`")

    for block in blocks(nothing, value):
        assert isinstance(block, Note)
        assert "needs `orders`" in block.message
