"""Chapter 02 tells who belongs to whom, what groups buy together, and where records contradict each other."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from crmplan.customers import SingleView, single_view
from crmplan.engagement import Engagement, Privacy
from crmplan.reporting.blocks import Findings, Note, Table
from crmplan.reporting.chapters import customer_groups as chapter
from crmplan.tables import Tables


@pytest.fixture
def engagement(tmp_path: Path) -> Engagement:
    (tmp_path / "engagement.yaml").write_text(
        "client: {name: X, currency: EUR}\nas_of: 2024-12-31\nsources:\n"
        "  - name: crm\n    label: Sales base\n    tables:\n"
        "      - {table: orders, file: o.csv, columns: {order_id: o, customer_id: c, ordered_at: d, net_amount: a}}\n",
        "utf-8",
    )
    return Engagement.open(tmp_path)


@pytest.fixture
def view() -> SingleView:
    customers = pd.DataFrame(
        {
            "source": "crm",
            "customer_id": ["1", "2", "3", "4", "5", "6"],
            "name": ["Acme Ltd", "Acme North Ltd", "Ann Lee", "Ben Hart", "Cy Nord", "Cy Nord"],
            "email": [None, None, "ann@b.org", "ben@b.org", "cy@b.org", "cy@b.org"],
            "kind": ["firm", "firm", "person", "person", "person", "person"],
            "household_id": [None, "1", "2", "77", "77", "78"],
        }
    )
    orders = pd.DataFrame(
        {
            "source": "crm",
            "order_id": ["a", "b", "c", "d"],
            "customer_id": ["1", "3", "4", "5"],
            "ordered_at": pd.to_datetime(["2023-03-01", "2024-03-01", "2024-05-01", "2024-06-01"]),
            "net_amount": [100.0, 50.0, 30.0, 20.0],
        }
    )
    return single_view(Tables.from_frames({"customers": customers, "orders": orders}))


def test_households_firms_and_parents_are_counted_with_their_share_of_revenue(
    view: SingleView, engagement: Engagement
) -> None:
    found = chapter.groups_findings(view, engagement)

    assert isinstance(found, Findings)
    assert found.sentences == (
        "2 customers belong to 1 household by what the records say; they bring 25 % of revenue.",
        "3 customers belong to 2 firms by what the records say; they bring 75 % of revenue.",
        "1 firm stands under 1 parent firm.",
        "For 1 customer the records contradict each other in this.",
    )


def test_a_firm_counts_with_its_buyers_and_the_firms_under_it(view: SingleView, engagement: Engagement) -> None:
    table = chapter.largest_groups_table(view, engagement)

    assert isinstance(table, Table)
    assert table.rows[0] == ("C00001", "firm", "3", "EUR 50.00", "EUR 150", "75 %")
    assert [row[0] for row in table.rows[1:]] == ["H00001"]


def test_names_of_firms_are_shown_where_the_engagement_allows_them(view: SingleView, engagement: Engagement) -> None:
    table = chapter.largest_groups_table(view, engagement.model_copy(update={"privacy": Privacy(show_names=True)}))

    assert isinstance(table, Table)
    assert table.rows[0][0] == "Acme Ltd (C00001)"


def test_a_customer_in_two_households_is_listed(view: SingleView, engagement: Engagement) -> None:
    table = chapter.group_conflicts_table(view, engagement)

    assert isinstance(table, Table)
    (row,) = table.rows
    assert row[1:4] == ("household", "2", "Sales base")
    assert row[4].startswith("records name several")


def test_where_the_data_name_no_group_one_note_says_so(view: SingleView, engagement: Engagement) -> None:
    bare = single_view(Tables.from_frames({"orders": view.tables.frame("orders").drop(columns="customer_key")}))
    (note,) = chapter.belonging(bare, engagement)

    assert isinstance(note, Note)
    assert note.text() == "Households and firms: not available; needs `household_id` or `firm` in `customers`."
    assert len(chapter.belonging(view, engagement)) == 3
