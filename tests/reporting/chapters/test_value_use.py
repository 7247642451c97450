from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from crmplan.reporting.blocks import Block, Chart, Note, Table
from crmplan.reporting.chapters import value_groups as groups
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
    make = (groups.segment_table, use.roll_forward_chart, use.source_table, use.offer_table, use.tornado_chart)
    with_value = (use.bridge_chart, groups.source_value_table, groups.cohort_table)
    return [
        *(one(economics, ENGAGEMENT) for one in make),
        *(one(economics, value, ENGAGEMENT) for one in with_value),
    ]


def test_every_part_is_there(economics: CustomerEconomics, value: Value) -> None:
    assert [type(block) for block in blocks(economics, value)] == [
        Table,
        Chart,
        Table,
        Table,
        Chart,
        Chart,
        Table,
        Table,
    ]


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
    assert "needs contact_cost" in str(use.offer_table(bare, ENGAGEMENT).facts()["caption"])
    assert "No decision can be judged" in str(use.tornado_chart(bare, ENGAGEMENT).facts()["caption"])


def test_the_tornado_names_the_decision_that_would_change_and_what_it_hangs_on(value: Value) -> None:
    worth = economics_of(value).acquisition.sources.set_index("source")["value"]["web"]
    close = economics_of(value, acquisition_cost_by_source={"web": worth * 0.95})
    caption = str(use.tornado_chart(close, ENGAGEMENT).facts()["caption"])

    assert caption.startswith("Winning customers through web would no longer pay if margin were a tenth lower")
    assert "purchases a tenth fewer" in caption
    sure = economics_of(value, acquisition_cost_by_source={"web": worth / 100})
    assert "No decision on offers" in str(use.tornado_chart(sure, ENGAGEMENT).facts()["caption"])


def test_a_source_that_costs_more_than_it_brings_is_the_title(value: Value) -> None:
    worth = economics_of(value).acquisition.sources.set_index("source")["value"]["web"]
    dear = use.source_table(economics_of(value, acquisition_cost_by_source={"web": worth + 1}), ENGAGEMENT)
    risky = use.source_table(economics_of(value, acquisition_cost_by_source={"web": worth - 0.01}), ENGAGEMENT)

    assert "Winning a customer through web costs EUR " in str(dear.facts()["title"])
    assert "more than it brings" in str(dear.facts()["title"])
    assert "more than is safe" in str(risky.facts()["title"])


def test_where_hardly_anybody_leaves_no_offer_of_nothing_is_praised(economics: CustomerEconomics) -> None:
    stays = replace(economics, offers=economics.offers.assign(offer=0.0), contact_cost=None)

    assert str(use.offer_table(stays, ENGAGEMENT).facts()["title"]).startswith("Hardly anybody is expected to leave")


def test_sources_and_cohorts_say_what_is_left_out_and_that_unchecked_ranges_are_none(value: Value) -> None:
    found = economics_of(value)
    fewer = replace(found, sources=found.sources.iloc[:1], cohorts=found.cohorts.assign(low=np.nan, high=np.nan))
    n = len(value.customers) - int(found.sources["n_customers"].iloc[0])

    assert f"{n} customers of smaller groups are not shown." in str(
        groups.source_value_table(fewer, value, ENGAGEMENT).facts()["caption"]
    )
    cohorts = groups.cohort_table(fewer, value, ENGAGEMENT)
    assert "none could be checked" in str(cohorts.facts()["caption"])
    assert {row[3] for row in cohorts.rows} == {"–"}  # type: ignore[union-attr]


def test_where_all_were_won_at_one_time_or_nobody_knows_how_there_is_no_table(value: Value) -> None:
    found = economics_of(value)
    bare = replace(found, sources=pd.DataFrame(), cohorts=found.cohorts.iloc[:1])

    assert "needs `customers.first_heard`" in groups.source_value_table(bare, value, ENGAGEMENT).text()
    assert "at different times" in groups.cohort_table(bare, value, ENGAGEMENT).text()


def test_a_base_worth_nothing_is_told_without_shares() -> None:
    nothing = value_of(purchases(90), margin=0.0)

    for block in blocks(economics_of(nothing, contact_cost=1.0), nothing):
        for oddity in ("nan", "inf", "hold –", "– of the value", "None"):
            assert oddity not in block.text() + str(block.facts().get("title")), oddity


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
