"""One customer's page tells what all systems know, and hides what the engagement hides."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from pandas import Timestamp
from typer.testing import CliRunner

from crmplan.cli import app
from crmplan.engagement import Privacy
from crmplan.errors import UnknownNameError
from crmplan.reporting.blocks import KeyFigures, Table
from crmplan.reporting.customer_page import CustomerPage, customer_page
from crmplan.workbench import Workbench


@pytest.fixture(scope="module")
def bench() -> Workbench:
    return Workbench.open("rehearsal")


def _key_with(bench: Workbench, *tables: str) -> str:
    keys = [set(bench.customers().tables.frame(name, "customer_key")["customer_key"].dropna()) for name in tables]
    return min(set.intersection(*keys))


def _tables(page: CustomerPage) -> dict[str, Table]:
    return {part.header[0]: part for _, blocks in page.sections for part in blocks if isinstance(part, Table)}


def test_the_page_shows_purchases_contacts_deals_contracts_and_worth(bench: Workbench) -> None:
    page = customer_page(bench, _key_with(bench, "orders", "interactions", "opportunities", "contracts", "surveys"))
    (figures,) = [part for _, blocks in page.sections for part in blocks if isinstance(part, KeyFigures)]
    html = page.html()

    assert [figure.label for figure in figures.figures][:4] == [
        "Segment",
        "Purchases",
        "Bought for",
        "Worth in 36 months",
    ]
    assert {"What", "System", "Day", "Opened", "Contract"} <= set(_tables(page))
    assert not {"nan", "NaT", "None"} & {cell for table in _tables(page).values() for row in table.rows for cell in row}
    assert "default-src 'none'" in html
    assert "<script" not in html
    assert re.findall(r"<h(\d)", html)[:2] == ["1", "2"]


def test_names_are_hidden_unless_the_engagement_allows_them(bench: Workbench) -> None:
    key = _key_with(bench, "orders", "contracts")
    golden = bench.customers().tables.frame("golden").set_index("customer_key").loc[key]
    hidden = customer_page(bench, key).html()
    open_bench = Workbench(bench.engagement.model_copy(update={"privacy": Privacy(show_names=True)}))
    shown = customer_page(open_bench, key)

    assert "on file" in hidden
    for name in ("name", "email", "phone"):
        assert str(golden[name]).replace("&", "&amp;") not in hidden
    assert shown.customer == f"{golden['name']} ({key})"


def test_a_number_of_a_system_finds_the_customer(bench: Workbench) -> None:
    ids = bench.customers().tables.frame("customer_ids")
    one = ids.loc[ids["source"].eq("web_shop")].iloc[0]

    assert customer_page(bench, f"web_shop:{one['customer_id']}").key == one["customer_key"]


@pytest.mark.parametrize("key", ["C99999", "web_shop:nobody", ":"])
def test_an_unknown_customer_is_told(bench: Workbench, key: str) -> None:
    with pytest.raises(UnknownNameError, match="there is no customer"):
        customer_page(bench, key)


def test_what_a_system_wrote_is_shown_as_text(bench: Workbench) -> None:
    key = _key_with(bench, "orders", "interactions")
    view = bench.customers()
    hostile = view.tables.frame("interactions").assign(topic="<script>alert(1)</script>")
    other = Workbench(bench.engagement)
    other._results["customers"] = replace(view, tables=view.tables.with_frames(interactions=hostile))
    page = customer_page(other, key)

    assert "<script>" not in page.html()
    assert "<script>" not in page._repr_html_()


def test_a_client_with_orders_only_has_a_page() -> None:
    page = customer_page(Workbench.open("cdnow"), "C00001")

    assert "No contact in the data." in page.html()


def test_the_command_writes_a_file_and_says_where(tmp_path: Path) -> None:
    file = tmp_path / "pages" / "one.html"
    done = CliRunner().invoke(app, ["customer", "cdnow", "C00001", "--out", str(file)])

    assert done.exit_code == 0
    assert "<!DOCTYPE html>" in file.read_text("utf-8")
    assert CliRunner().invoke(app, ["customer", "cdnow", "nobody"]).exit_code == 2


def test_of_a_day_of_birth_the_year_alone_is_shown_where_names_are_hidden(bench: Workbench) -> None:
    key = _key_with(bench, "orders", "contracts")
    view = bench.customers()
    golden = view.tables.frame("golden").assign(born_on=Timestamp("1961-04-09"), birth_year=1961.0)
    other = Workbench(bench.engagement)
    other._results["customers"] = replace(view, tables=view.tables.with_frames(golden=golden))
    hidden = {row[0]: row[1] for row in _tables(customer_page(other, key))["What"].rows}

    assert (hidden["Day of birth"], hidden["Year of birth"]) == ("on file", "1961")


def test_the_firm_that_a_customer_belongs_to_is_shown_with_its_size(bench: Workbench) -> None:
    members = bench.customers().hierarchy.members
    one = members.iloc[0]
    page = customer_page(bench, one["customer_key"])
    (table,) = [
        part for _, blocks in page.sections for part in blocks if isinstance(part, Table) and part.title == "Belongs to"
    ]

    assert table.rows[0][:2] == ("Firm", one["group"])
    assert int(table.rows[0][2]) == members["group"].eq(one["group"]).sum()
