"""Chapter 02 tells how records were joined, what likeness is worth, and where a person should look."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from crmplan.customers import SingleView, single_view
from crmplan.customers.threshold import accuracy_by_threshold, best_threshold
from crmplan.engagement import Engagement
from crmplan.reporting.blocks import Chart, Findings, Note, Table
from crmplan.reporting.chapters import single_customer_view_curve as curve
from crmplan.reporting.chapters import single_customer_view_joining as chapter
from crmplan.tables import Tables
from crmplan.workbench import Workbench

BLOCKS = (
    chapter.joining_findings,
    chapter.worth_table,
    chapter.close_calls_table,
    chapter.accuracy_table,
    chapter.measures_table,
)


@pytest.fixture(scope="module")
def bench() -> Workbench:
    return Workbench.open("rehearsal")


@pytest.fixture
def few(tmp_path: Path) -> tuple[SingleView, Engagement]:
    lines = pd.DataFrame(
        {
            "source": "shop",
            "order_id": ["1", "2"],
            "customer_id": ["7", "8"],
            "ordered_at": pd.to_datetime(["2024-01-05", "2024-03-01"]),
            "net_amount": [10.0, 20.0],
        }
    )
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "engagement.yaml").write_text(
        "client: {name: X, currency: EUR}\nas_of: 2024-12-31\nsources:\n  - name: shop\n    tables:\n"
        "      - {table: orders, file: o.csv, columns: {order_id: o, customer_id: c, ordered_at: d, net_amount: a}}\n",
        "utf-8",
    )
    return single_view(Tables.from_frames({"orders": lines})), Engagement.open(tmp_path / "x")


def test_what_was_joined_is_told_in_numbers(bench: Workbench) -> None:
    view = bench.customers()
    found = chapter.joining_findings(view, bench.engagement)
    n = view.joining.counts.set_index("what")["n"]

    assert isinstance(found, Findings)
    assert found.sentences[0] == (
        f"{n['exact']:,} records were joined by an exact mark, {n['likeness']} more by likeness of at least 95 %."
    )
    assert n["exact"] + n["likeness"] == view.n_records - view.n_customers


def test_what_likeness_is_worth_lists_every_aspect_that_was_learned(bench: Workbench) -> None:
    table = chapter.worth_table(bench.customers(), bench.engagement)

    assert isinstance(table, Table)
    assert [row[0] for row in table.rows] == ["Name", "Firm", "E-mail address", "Telephone", "Address", "Birth"]


def test_close_calls_show_reasons_and_no_person(bench: Workbench) -> None:
    view = bench.customers()
    table = chapter.close_calls_table(view, bench.engagement)
    names = set(view.tables.frame("customers")["name"].dropna())

    assert isinstance(table, Table)
    assert {row[2] for row in table.rows} == {"one customer", "kept apart"}
    assert all("(" in row[3] for row in table.rows)
    assert not any(name in cell for name in names for row in table.rows for cell in row)


def test_measures_are_those_of_the_registry(bench: Workbench) -> None:
    table = chapter.measures_table(bench.customers(), bench.engagement)
    measured = bench.metrics()["duplicate_share"]

    assert isinstance(table, Table)
    assert len(table.rows) == 5
    (row,) = [row for row in table.rows if row[0] == measured.label]
    assert measured.value is not None
    assert row[1] == f"{100 * measured.value:.1f} %"


def test_accuracy_appears_once_pairs_are_judged(bench: Workbench) -> None:
    view = bench.customers()
    assert isinstance(chapter.accuracy_table(view, bench.engagement), Note)

    accuracy = accuracy_by_threshold(pd.Series([0.99, 0.6]), pd.Series(["same", "different"]))
    table = chapter.accuracy_table(replace(view, joining=replace(view.joining, accuracy=accuracy)), bench.engagement)
    assert isinstance(table, Table)
    assert table.title == "How right each line would be on 2 judged pairs"
    assert [row[0] for row in table.rows][-3:] == ["99.5 %", "99.9 %", "99.99 %"]


def test_with_too_few_records_every_block_says_so(few: tuple[SingleView, Engagement]) -> None:
    texts = [block(*few).text() for block in BLOCKS]

    assert "Likeness was not used: it needs at least 20 customer records" in texts[0]
    assert all(text and "nan" not in text.lower() for text in texts)


def test_where_likeness_is_not_used_verdicts_make_no_curve(few: tuple[SingleView, Engagement]) -> None:
    verdicts = pd.DataFrame(
        {"source_a": "shop", "customer_id_a": ["7", "7"], "source_b": "shop", "customer_id_b": ["8", "9"],
         "verdict": ["same", "different"], "by": "r01", "at": "2024-12-31T00:00:00+00:00"}
    )  # fmt: skip
    lines = few[0].tables.frame("orders", "source", "order_id", "customer_id", "ordered_at", "net_amount")
    more = pd.concat([lines, lines.tail(1).assign(order_id="3", customer_id="9")], ignore_index=True)
    view = single_view(Tables.from_frames({"orders": more}), labels=verdicts)

    assert view.n_customers == 2
    assert curve.accuracy(view, few[1]) == ()
    assert "2 pairs were judged by a person" in chapter.joining_findings(view, few[1]).text()


def test_without_customers_nothing_breaks(few: tuple[SingleView, Engagement]) -> None:
    view = single_view(Tables.from_frames({}))

    assert all("nan" not in block(view, few[1]).text().lower() for block in BLOCKS)


def test_the_curve_marks_the_line_that_is_used_and_leaves_out_what_joins_nothing(bench: Workbench) -> None:
    view = bench.customers()
    probability = pd.Series([0.99] * 30 + [0.92] * 5 + [0.6] * 5)
    accuracy = accuracy_by_threshold(probability, pd.Series(["same"] * 35 + ["different"] * 5))
    threshold, reason = best_threshold(accuracy)
    joining = replace(view.joining, accuracy=accuracy, threshold=threshold, threshold_reason=reason)
    picture, table = curve.accuracy(replace(view, joining=joining), bench.engagement)
    assert isinstance(picture, Chart)
    rows = [row for rows in picture.spec["datasets"].values() for row in rows if "percent" in row]

    assert isinstance(table, Table)
    assert picture.title.startswith("From a likeness of 70 % on, 100 % of what is joined is right, and 100 % of")
    assert {row["line"] for row in rows if row["percent"] == 87.5} == {"50 %", "60 %"}
    assert sum(row["line"] == "99.99 %" for row in rows) == 1


@pytest.mark.parametrize(("line", "side"), [(0.5, "left"), (0.9999, "right")])
def test_the_word_at_the_line_stands_inside_the_picture(bench: Workbench, line: float, side: str) -> None:
    view = bench.customers()
    accuracy = accuracy_by_threshold(pd.Series([0.99999, 0.6]), pd.Series(["same", "different"]))
    joining = replace(view.joining, accuracy=accuracy, threshold=line, threshold_reason="the usual one")
    picture = curve.accuracy_chart(replace(view, joining=joining), bench.engagement)
    assert isinstance(picture, Chart)

    (word,) = [layer["mark"] for layer in picture.spec["layer"] if layer["mark"]["type"] == "text"]
    assert word["align"] == side


def test_without_judged_pairs_there_is_a_note_and_no_curve(bench: Workbench) -> None:
    (note,) = curve.accuracy(bench.customers(), bench.engagement)

    assert isinstance(note, Note)
    assert isinstance(curve.accuracy_chart(bench.customers(), bench.engagement), Note)


def test_where_likeness_is_not_used_it_is_told_once(few: tuple[SingleView, Engagement]) -> None:
    assert chapter.likeness_tables(*few) == ()
    assert curve.accuracy(*few) == ()
    assert chapter.joining_findings(*few).text().startswith("• No record was joined by an exact mark. Likeness was not")
