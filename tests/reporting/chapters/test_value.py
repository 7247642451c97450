from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from crmplan.reporting.blocks import Block, Chart, Findings, KeyFigures, Note, Table
from crmplan.reporting.chapters import value as chapter
from crmplan.reporting.chapters import value_misses as misses
from crmplan.reporting.chapters import value_pictures as pictures
from crmplan.reporting.chapters import value_proof as proof
from crmplan.reporting.chapters.value_sentences import net_of
from crmplan.tables import Tables
from crmplan.value import Value, estimate_value
from crmplan.value.rolling import rolling_of

WITH_ENGAGEMENT = (
    chapter.findings,
    chapter.key_figures,
    chapter.what_it_is,
    chapter.decile_chart,
    chapter.concentration_chart,
    chapter.top_customers,
    proof.assumption_sheet,
    proof.other_assumptions,
)
ALONE = (
    proof.tracking_chart,
    misses.bucket_chart,
    misses.recency_chart,
    proof.forecast_table,
    proof.coverage_table,
    proof.model_table,
)
PICTURES = (
    pictures.increments_chart,
    pictures.cohort_chart,
    pictures.frequency_chart,
    pictures.calibration_chart,
    partial(pictures.matrix_chart, figure="alive"),
    partial(pictures.matrix_chart, figure="expected"),
)
ENGAGEMENT: Any = SimpleNamespace(client=SimpleNamespace(currency="EUR"))


def purchases(n_customers: int, seed: int = 11) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    rows = []
    for number in range(n_customers):
        first = int(draw.integers(0, 400))
        n = draw.poisson(draw.gamma(0.8, 5))
        days = np.unique(np.r_[first, draw.integers(first, 730, n)])
        rows += [(f"C{number:05d}", pd.Timestamp("2022-01-01") + pd.Timedelta(days=int(d)), 40.0) for d in days]
    frame = pd.DataFrame(rows, columns=["customer_key", "day", "net_amount"])
    return frame.assign(net_amount=draw.gamma(4, 10, len(frame)).round(2), n_orders=1)


def value_of(days: pd.DataFrame, margin: float | None = 0.3) -> Value:
    return estimate_value(
        Tables.from_frames({"customer_days": days}),
        as_of=date(2023, 12, 31),
        gross_margin_share=margin,
        annual_discount_rate=0.1,
        horizon_months=24,
    )


@pytest.fixture(scope="module")
def value() -> Value:
    return value_of(purchases(200))


def blocks(value: Value) -> list[Block]:
    return [*(make(value, ENGAGEMENT) for make in WITH_ENGAGEMENT), *(make(value) for make in (*ALONE, *PICTURES))]


def words(value: Value) -> str:
    return "\n".join(block.text() for block in blocks(value))


def test_every_part_of_the_chapter_is_there(value: Value) -> None:
    kinds = [type(block) for block in blocks(value)]

    assert kinds == [
        Findings,
        KeyFigures,
        Note,
        Chart,
        Chart,
        Table,
        Table,
        Table,
        *[Chart] * 3,
        Table,
        Table,
        Table,
        *[Chart] * 6,
    ]


def test_the_chapter_opens_with_two_to_five_sentences_that_carry_numbers(value: Value) -> None:
    found = chapter.findings(value, ENGAGEMENT)

    assert isinstance(found, Findings)
    assert 2 <= len(found.sentences) <= 5
    assert found.sentences[0].startswith("The 200 customers who have bought are worth EUR ")
    assert all(any(letter.isdigit() for letter in sentence) for sentence in found.sentences[:4])


def test_the_note_says_from_when_to_when_net_of_what_and_in_which_money(value: Value) -> None:
    text = chapter.what_it_is(value, ENGAGEMENT).text()

    assert "between 1 Jan 2024 and 31 Dec 2025" in text
    assert "one margin of 30 % for everybody" in text
    assert "in EUR" in text
    assert "discounted at 10 % a year" in text
    assert "customers still to be won" in text


def test_costs_of_service_count_where_they_are_stated_and_the_note_says_which_way(value: Value) -> None:
    without = chapter.what_it_is(value, ENGAGEMENT).text()
    stated = replace(value, serve_cost_per_purchase=4.5)
    text = chapter.what_it_is(stated, ENGAGEMENT).text()

    assert "nor costs of marketing and service." in without
    assert "net of returns and of the cost of goods" in without
    assert "nor costs of marketing. Each purchase bears EUR 4.50 for service." in text
    assert "net of returns and of the costs of goods and service" in text
    revenue = chapter.what_it_is(replace(stated, is_profit=False, margin_basis="none"), ENGAGEMENT).text()
    assert "net of returns and service, not of goods, because no margin is known" in revenue


def test_customers_who_get_no_value_are_counted(value: Value) -> None:
    assert "known customer" not in chapter.what_it_is(value, ENGAGEMENT).text()

    one = chapter.what_it_is(replace(value, n_not_scored=1), ENGAGEMENT).text()
    assert "1 known customer without a purchase has no value here" in one
    many = chapter.what_it_is(replace(value, n_not_scored=30), ENGAGEMENT).text()
    assert "30 known customers without a purchase have no value here" in many


def test_customers_whose_orders_came_to_nothing_are_told_apart(value: Value) -> None:
    text = chapter.what_it_is(replace(value, n_not_scored=5, n_unpaid=2), ENGAGEMENT).text()

    assert (
        "3 known customers without a purchase and 2 customers who gave everything back or paid nothing have no value "
        "here." in text
    )


def test_concentration_is_told_from_the_whole_base_and_without_its_top_in_money(value: Value) -> None:
    block = chapter.concentration_chart(value, ENGAGEMENT)
    top = value.customers["value"].max()

    assert isinstance(block, Chart)
    assert block.title.startswith("Half of the value lies with ")
    assert value.equity.without_top == pytest.approx((value.equity.total or 0) - top)
    assert "Without the most valuable customer, the base is worth EUR " in str(block.caption)
    assert "cost money" not in str(block.caption)
    costly = replace(value, customers=value.customers.assign(value=[-1.0, *value.customers["value"].iloc[1:]]))
    assert "1 customer will probably cost money" in str(chapter.concentration_chart(costly, ENGAGEMENT).facts())


def test_a_base_worth_nothing_has_no_best_tenth() -> None:
    nothing = value_of(purchases(120), margin=0.0)

    assert "tenth of customers holds" not in words(nothing)
    assert isinstance(chapter.decile_chart(nothing, ENGAGEMENT), Note)
    assert isinstance(chapter.concentration_chart(nothing, ENGAGEMENT), Note)
    for oddity in ("nan", "None", "inf "):
        assert oddity not in words(nothing), oddity


def test_without_a_margin_the_chapter_speaks_of_revenue() -> None:
    value = value_of(purchases(120), margin=None)

    assert "in revenue" in chapter.findings(value, ENGAGEMENT).text()
    assert "gross profit" not in chapter.findings(value, ENGAGEMENT).text()
    assert "it is not profit" in net_of(value)


def test_no_block_prints_what_a_reader_cannot_read(value: Value) -> None:
    text = words(value)

    for oddity in ("nan", "None", "inf ", "0.0 %", "-0 ", "customer_key", "1 customers"):
        assert oddity not in text, oddity


def test_tables_fit_a_page(value: Value) -> None:
    for block in blocks(value):
        if isinstance(block, Table):
            assert len(block.rows) <= 20
            assert len(block.header) <= 7


def test_the_ten_most_valuable_customers_come_with_a_reason(value: Value) -> None:
    table = chapter.top_customers(value, ENGAGEMENT)

    assert isinstance(table, Table)
    assert len(table.rows) == 10
    assert table.rows[0][0] == value.customers.sort_values("value").iloc[-1]["customer_key"]
    assert all("purchases a year (" in row[4] and row[4].endswith(".") for row in table.rows)


def test_simple_rankings_stand_beside_the_models(value: Value) -> None:
    table = proof.forecast_table(value)

    assert isinstance(table, Table)
    names = [row[0] for row in table.rows]
    assert {"Past spend", "Past purchase rate", "RFM score"} <= set(names)
    assert sum(name.endswith("(used)") for name in names) == 1


def test_assumptions_that_do_not_hold_come_first(value: Value) -> None:
    tables = [proof.assumption_sheet(value, ENGAGEMENT), proof.other_assumptions(value, ENGAGEMENT)]
    rows = [row for table in tables if isinstance(table, Table) for row in table.rows]

    assert {row[0] for row in rows} == {check.name for check in value.assumptions}
    assert len(rows) == len(value.assumptions)
    verdicts = [row[3] for row in rows]
    order = ["does not hold", "look at it", "cannot be told", "holds"]
    assert verdicts == sorted(verdicts, key=order.index)


def test_where_one_table_holds_all_assumptions_the_other_says_so(value: Value) -> None:
    few = proof.other_assumptions(replace(value, assumptions=value.assumptions[:5]), ENGAGEMENT)

    assert few.text() == "Further assumptions: not available; all stand in the table before."


def test_charts_describe_themselves(value: Value) -> None:
    for block in blocks(value):
        if isinstance(block, Chart):
            assert block.title
            assert any(letter.isdigit() for letter in block.alt)


def test_the_forecast_is_marked_in_the_tracking_chart(value: Value) -> None:
    spec = proof.tracking_chart(value).facts()["spec"]

    assert "forecast begins" in str(spec)
    without = replace(value, tracking=value.tracking.assign(is_forecast=False))
    assert "forecast begins" not in str(proof.tracking_chart(without).facts()["spec"])


@pytest.mark.parametrize("days", [purchases(0), purchases(1), purchases(12)], ids=["nobody", "one", "twelve"])
def test_too_little_data_gives_notes_and_nothing_else(days: pd.DataFrame) -> None:
    days = days.astype({"customer_key": "str", "day": "datetime64[us]", "net_amount": "float64"})

    for block in blocks(value_of(days)):
        assert isinstance(block, Note)
        assert block.tone == "unavailable"
        assert "too little data" in block.message


def test_a_missing_check_is_said(value: Value) -> None:
    held = replace(value.holdout, unavailable="too little data: nobody bought", split_on=None, verdict_ranking="")
    unchecked = replace(value, holdout=held, rolling=rolling_of(()))

    assert "could not be checked against the past" in chapter.findings(unchecked, ENGAGEMENT).text()
    assert isinstance(proof.forecast_table(unchecked), Note)
    assert isinstance(misses.bucket_chart(unchecked), Note)
    assert isinstance(misses.recency_chart(unchecked), Note)
    assert isinstance(proof.tracking_chart(unchecked), Chart)


def test_the_title_of_the_tracking_chart_judges_the_forecast_and_not_the_years_it_was_fitted_to(value: Value) -> None:
    tracking = value.tracking.iloc[:3].assign(
        actual=[100.0, 100.0, 150.0], expected=[90.0, 100.0, 140.0], is_forecast=[False, False, True]
    )

    title = proof.tracking_chart(replace(value, tracking=tracking)).facts()["title"]
    assert title == "Of repeat purchases since the forecast began the model expected 20 % fewer than there were"


def test_where_nobody_can_be_told_to_have_left_no_customer_is_called_sure_to_stay(value: Value) -> None:
    alive = replace(value, customers=value.customers.assign(alive_probability=1.0))

    assert "purchases are too rare to tell who has left" in chapter.key_figures(alive, ENGAGEMENT).text()
    assert "likely a customer" not in chapter.top_customers(alive, ENGAGEMENT).text()


@pytest.mark.parametrize(("held", "is_told"), [(0.99, True), (0.45, False)], ids=["held more", "held less"])
def test_why_ranges_of_customers_hold_more_is_told_where_they_do(value: Value, held: float, is_told: bool) -> None:
    table = value.coverage.table.assign(measured=held)
    found = proof.coverage_table(replace(value, coverage=replace(value.coverage, table=table)))

    assert ("hold more than they are meant to" in str(found.facts()["caption"])) == is_told


def test_where_nobody_seems_to_leave_a_sentence_stands_for_the_picture_of_one_colour(value: Value) -> None:
    staying = replace(value, matrix=value.matrix.assign(alive=0.98))
    found = pictures.matrix_chart(staying, "alive")

    assert isinstance(found, Note)
    assert "nearly all, as the model sees it, 98 % or more even after" in found.message
    assert isinstance(pictures.matrix_chart(replace(value, matrix=value.matrix.assign(alive=0.94)), "alive"), Chart)
    assert isinstance(pictures.matrix_chart(staying, "expected"), Chart)
