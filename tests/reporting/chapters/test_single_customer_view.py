"""Chapter 02 tells rows, customers and defects in words and numbers, and says what is not available."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from crmplan.customers import SingleView, single_view
from crmplan.engagement import Engagement
from crmplan.intake import Intake, take_in
from crmplan.reporting.blocks import Chart, Findings, KeyFigures, Note, Table
from crmplan.reporting.chapters import single_customer_view as chapter
from crmplan.reporting.chapters.single_customer_view_sentences import rows_received

ENGAGEMENT = """\
client: {name: X, currency: EUR}
as_of: 2024-12-31
sources:
  - name: crm
    label: Customer records
    tables:
      - {table: customers, file: data/c.csv, columns: {customer_id: id, name: n, email: e, city: t}}
  - name: shop
    label: Web shop
    tables:
      - {table: orders, file: data/o.csv, columns: {order_id: o, customer_id: c, ordered_at: d, net_amount: a}}
      - {table: customers, file: data/s.csv, columns: {customer_id: id, name: n, email: e, city: t}}
"""
FILES = {
    "c.csv": "id,n,e,t\n1,Ann Lee,ann@example.org,Bonn\n2,Bo Hart,bo at example.org,Kiel\n"
    "3,Ann Lee,ann@example.org,Bonn\n",
    "s.csv": "id,n,e,t\na,Ann Lee,ann@example.org,Ulm\nb,Cy Nord,cy@example.org,Kiel\n",
    "o.csv": "o,c,d,a\n1,a,2024-10-05,10\n2,,2024-11-05,30\n3,b,2024-12-05,20\n4,b,2025-01-05,5\n5,b,2024-12-09,-4\n",
}


class Case:
    """A client, taken in."""

    def __init__(self, folder: Path, files: dict[str, str], yaml: str = ENGAGEMENT) -> None:
        (folder / "x" / "data").mkdir(parents=True)
        (folder / "x" / "engagement.yaml").write_text(yaml, "utf-8")
        for name, text in files.items():
            (folder / "x" / "data" / name).write_text(text, "utf-8")
        self.engagement = Engagement.open(folder / "x")
        self.intake: Intake = take_in(self.engagement)
        self.view: SingleView = single_view(self.intake.tables)

    def blocks(self) -> list[object]:
        return [
            chapter.findings(self.intake, self.view, self.engagement),
            chapter.key_figures(self.intake, self.view, self.engagement),
            chapter.ledger_table(self.intake, self.engagement),
            chapter.months_chart(self.view, self.engagement),
            chapter.sources_table(self.view, self.engagement),
            chapter.overlap_table(self.view, self.engagement),
            chapter.conflicts_table(self.view, self.engagement),
            chapter.quality_table(self.intake, self.engagement),
            chapter.effects(self.intake, self.view, self.engagement),
        ]


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return Case(tmp_path, FILES)


def test_findings_say_how_many_customers_stand_behind_the_records(case: Case) -> None:
    found = chapter.findings(case.intake, case.view, case.engagement)

    assert isinstance(found, Findings)
    assert found.sentences[0] == (
        "Behind 5 customer records in 2 systems stand 3 customers: "
        "40 % of the records repeat a customer who has another."
    )
    assert "25 % of order lines name no customer; they carry EUR 30.00, 54 % of revenue." in found.sentences
    assert "Of 10 rows received, 1 (10 %) had to be left out." in found.sentences
    assert 2 <= len(found.sentences) <= 5


def test_the_ledger_adds_up_row_by_row(case: Case) -> None:
    table = chapter.ledger_table(case.intake, case.engagement)

    assert isinstance(table, Table)
    assert ("Web shop", "order lines", "5", "4", "1", "1", "1 after the last day that counts") in table.rows
    for row in table.rows:
        assert int(row[2]) == int(row[3]) + int(row[5])


def test_sources_and_overlap_are_told_by_the_names_the_client_knows(case: Case) -> None:
    sources = chapter.sources_table(case.view, case.engagement)
    overlap = chapter.overlap_table(case.view, case.engagement)

    assert isinstance(sources, Table)
    assert sources.rows[0] == ("Customer records", "3", "3", "2", "1", "33 %")
    assert isinstance(overlap, Table)
    assert overlap.rows == (("Customer records", "Web shop", "1", "50 %"),)


def test_conflicts_count_customers_by_column(case: Case) -> None:
    table = chapter.conflicts_table(case.view, case.engagement)

    assert isinstance(table, Table)
    assert table.rows == (("Town", "1", "100 %", "Customer records, Web shop"),)


def test_quality_names_severity_as_a_word_and_shows_no_person(case: Case) -> None:
    table = chapter.quality_table(case.intake, case.engagement)

    assert isinstance(table, Table)
    assert {row[0] for row in table.rows} <= {"high", "medium", "low"}
    told = table.text()
    assert "xx xx xxxxxxx.xxx" in told
    assert "bo at example.org" not in told


def test_effects_are_told_by_later_step(case: Case) -> None:
    told = chapter.effects(case.intake, case.view, case.engagement)

    assert isinstance(told, Findings)
    assert told.sentences[0].startswith("Purchases, segments and value: ")


def test_the_chart_holds_a_point_for_every_month(case: Case) -> None:
    drawn = chapter.months_chart(case.view, case.engagement)

    assert isinstance(drawn, Chart)
    assert drawn.title == "Order lines came for every month"
    (rows,) = drawn.spec["datasets"].values()
    assert [row["n_lines"] for row in rows] == [1, 1, 2]


def test_no_block_shows_a_name_or_an_address(case: Case) -> None:
    told = "\n".join(block.text() for block in case.blocks())  # type: ignore[attr-defined]

    for personal in ("Ann", "Lee", "@example", "Hart"):
        assert personal not in told
    for slip in ("nan", "None", "NaT", "1 rows", "1 customers", "1 records "):
        assert slip not in told


def test_long_lists_are_cut_and_say_so(case: Case) -> None:
    many = tuple(case.intake.findings[:1]) * 20
    table = chapter.quality_table(Intake(case.intake.tables, case.intake.ledger, many), case.engagement)

    assert isinstance(table, Table)
    assert len(table.rows) == 15
    assert "5 less severe findings not shown" in table.caption


def test_empty_exports_give_notes_and_no_empty_table(tmp_path: Path) -> None:
    case = Case(tmp_path, {name: text.splitlines()[0] + "\n" for name, text in FILES.items()})
    blocks = case.blocks()

    assert isinstance(blocks[0], Note)
    assert blocks[0].tone == "unavailable"
    assert "needs `orders` or `contracts`" in blocks[0].message
    for block in blocks:
        assert not isinstance(block, Table) or block.rows
        assert not isinstance(block, KeyFigures)


def test_one_clean_system_is_told_in_few_words(tmp_path: Path) -> None:
    yaml = ENGAGEMENT.partition("  - name: crm")[0] + (
        "  - name: shop\n    tables:\n      - {table: orders, file: data/o.csv, "
        "columns: {order_id: o, customer_id: c, ordered_at: d, net_amount: a}}\n"
    )
    case = Case(tmp_path, {"o.csv": "o,c,d,a\n1,a,2024-12-05,10\n"}, yaml)
    found = chapter.findings(case.intake, case.view, case.engagement)

    assert isinstance(found, Findings)
    assert found.sentences == (
        "1 customer stands in the one system that came; none is in it twice.",
        "The 1 row received could be used.",
        "The checks of the data found nothing wrong.",
    )
    assert isinstance(chapter.overlap_table(case.view, case.engagement), Note)
    assert isinstance(chapter.conflicts_table(case.view, case.engagement), Note)
    assert isinstance(chapter.quality_table(case.intake, case.engagement), Note)


def test_sheets_of_one_file_count_each_with_their_rows(case: Case) -> None:
    rows = [("shop", "customers", "shop.sqlite", "used", 59), ("shop", "orders", "shop.sqlite", "used", 2240),
            ("shop", "orders", "shop.sqlite", "cancelled", 7)]  # fmt: skip
    ledger = pd.DataFrame(rows, columns=["source", "table", "file", "outcome", "n_rows"]).assign(net_amount=0.0)

    assert rows_received(Intake(case.intake.tables, ledger, ())) == (2306, 7)


def test_a_file_read_as_several_tables_counts_once(case: Case) -> None:
    rows = [
        ("shop", "customers", "o.csv", "used", 2), ("shop", "customers", "o.csv", "repeated", 8),
        ("shop", "products", "o.csv", "used", 3), ("shop", "products", "o.csv", "superseded", 1),
        ("shop", "products", "o.csv", "repeated", 6),
        ("shop", "orders", "o.csv", "used", 8), ("shop", "orders", "o.csv", "cancelled", 2),
    ]  # fmt: skip
    ledger = pd.DataFrame(rows, columns=["source", "table", "file", "outcome", "n_rows"]).assign(net_amount=0.0)
    table = chapter.ledger_table(Intake(case.intake.tables, ledger, ()), case.engagement)

    assert rows_received(Intake(case.intake.tables, ledger, ())) == (10, 2)
    assert isinstance(table, Table)
    assert [row[-1] for row in table.rows] == [
        "8 repeats of the same record", "1 older version; 6 repeats of the same record", "2 cancelled",
    ]  # fmt: skip


def test_a_single_finding_is_told_as_one(case: Case) -> None:
    low = next(one for one in case.intake.findings if one.severity != "high")
    only = Intake(case.intake.tables, case.intake.ledger, (low,))
    found, table = chapter.findings(only, case.view, case.engagement), chapter.quality_table(only, case.engagement)

    assert f"The checks found 1 defect in the data, of {low.severity} severity: " in found.text()
    assert "None of the 1" not in found.text()
    assert isinstance(table, Table)
    assert table.title == f"1 finding on the quality of the data, of {low.severity} severity"


def test_keys_that_joined_nobody_are_told(case: Case) -> None:
    shared = pd.DataFrame([[None, "email", 12, "crm"]], columns=["customer_key", "column", "n_values", "sources"])
    view = replace(case.view, conflicts=shared)
    note = chapter.conflicts_table(view, case.engagement)

    assert "1 address or number shared by more than 10 records" in note.text()
