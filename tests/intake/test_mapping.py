"""A mapping is put into engagement.yaml without touching what the consultant wrote, and a changed export is told."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from crmplan.client_folder import create_client
from crmplan.engagement import Engagement
from crmplan.errors import EngagementError, IntakeError
from crmplan.intake import take_in
from crmplan.intake.entries import Answers
from crmplan.intake.mapping import propose_mapping, put_in

ORDERS = "Order ID,Customer ID,Order Date,Amount,Remark\n1,7,2024-01-02,5.00,x\n2,8,2024-02-03,6.50,\n"
CUSTOMERS = "Customer ID,First Name,Last Name,E-Mail\n7,Ann,Lee,ann@example.org\n8,Bo,Poe,bo@example.org\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = create_client(tmp_path / "mill", as_of=date(2024, 12, 31))
    (made / "data" / "orders.csv").unlink(missing_ok=True)
    (made / "data" / "sales.csv").write_text(ORDERS, "utf-8")
    (made / "data" / "people.csv").write_text(CUSTOMERS, "utf-8")
    return made


def _put(folder: Path, *files: str, source: str = "shop") -> str:
    proposed = propose_mapping(folder, [Path("data") / name for name in files])
    put_in(folder, proposed.tables, source=source)
    return (folder / "engagement.yaml").read_text("utf-8")


def test_every_line_of_the_consultant_stays(folder: Path) -> None:
    path = folder / "engagement.yaml"
    before = path.read_text("utf-8").replace('industry: ""', "industry: milling   # said Ms Lee")
    path.write_text(before, "utf-8")
    _put(folder, "sales.csv")
    first = path.read_text("utf-8")
    _put(folder, "people.csv")
    second = path.read_text("utf-8")

    remarks = [
        line for line in before.splitlines() if "#" in line and "order" not in line and not line.startswith("      ")
    ]
    assert [line for line in remarks if line not in first.splitlines()] == []
    assert [line for line in first.splitlines() if line not in second.splitlines()] == []


def test_what_was_put_in_is_read(folder: Path) -> None:
    _put(folder, "sales.csv", "people.csv")
    intake = take_in(Engagement.open(folder))

    assert intake.tables.frame("orders")["net_amount"].tolist() == [5.0, 6.5]
    assert intake.tables.frame("customers")["name"].tolist() == ["Ann Lee", "Bo Poe"]
    assert "new_column" not in {one.code for one in intake.findings}


def test_a_second_export_goes_under_the_same_source(folder: Path) -> None:
    _put(folder, "sales.csv")
    _put(folder, "people.csv")
    engagement = Engagement.open(folder)

    assert [(one.name, [table.table for table in one.tables]) for one in engagement.sources] == [
        ("shop", ["orders", "customers"])
    ]


def test_an_export_that_is_mapped_already_is_refused(folder: Path) -> None:
    before = _put(folder, "sales.csv")

    with pytest.raises(EngagementError, match=r"data/sales\.csv as orders: expected an export that is not mapped yet"):
        _put(folder, "sales.csv")
    assert (folder / "engagement.yaml").read_text("utf-8") == before


def test_dates_that_can_be_read_in_two_ways_are_not_written_unasked(folder: Path) -> None:
    (folder / "data" / "sales.csv").write_text(
        ORDERS.replace("2024-01-02", "01/02/2024").replace("2024-02-03", "02/03/2024")
    )
    before = (folder / "engagement.yaml").read_text("utf-8")

    with pytest.raises(EngagementError, match="which comes first, day or month"):
        _put(folder, "sales.csv")
    assert (folder / "engagement.yaml").read_text("utf-8") == before
    proposed = propose_mapping(folder, [Path("data/sales.csv")], answers=Answers("day"))
    put_in(folder, proposed.tables)
    assert str(take_in(Engagement.open(folder)).tables.frame("orders")["ordered_at"].iloc[0].date()) == "2024-02-01"


def test_new_and_renamed_columns_of_an_export_are_told(folder: Path) -> None:
    _put(folder, "sales.csv")
    path = folder / "data" / "sales.csv"
    path.write_text(
        ORDERS.replace("Remark", "Remark,Channel").replace(",x\n", ",x,web\n").replace("6.50,\n", "6.50,,shop\n")
    )
    found = next(one for one in take_in(Engagement.open(folder)).findings if one.code == "new_column")
    assert found.message == "A column that is new in data/sales.csv: Channel."
    assert "Channel may be 'channel'" in found.effect

    path.write_text(ORDERS.replace("Order Date", "Date of order"), "utf-8")
    with pytest.raises(IntakeError, match="column 'Order Date': expected a column of that name; did you mean"):
        take_in(Engagement.open(folder))


def test_hostile_names_are_data(folder: Path) -> None:
    text = ORDERS.replace("Remark", '"x: {y}\n# <script>"').replace("Amount", '"Amount"')
    (folder / "data" / "sales.csv").write_text(text, "utf-8")
    _put(folder, "sales.csv")

    assert Engagement.open(folder).sources[0].tables[0].left_out == ("x: {y}\n# <script>",)


def test_files_outside_the_folder_and_files_that_are_not_there_are_told_together(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text(ORDERS, "utf-8")

    with pytest.raises(IntakeError) as caught:
        propose_mapping(folder, [tmp_path / "other.csv", Path("data/gone.csv")])
    told = " | ".join(str(one) for one in caught.value.problems)
    assert "copy it into mill/data" in told
    assert "put the export into data/" in told


def test_customers_within_orders_are_not_proposed_beside_an_export_of_customers(folder: Path) -> None:
    flat = "Order ID,Customer ID,Customer Name,Order Date,Amount\n1,7,Ann,2024-01-02,5\n"
    (folder / "data" / "flat.csv").write_text(flat, "utf-8")

    alone = propose_mapping(folder, [Path("data/flat.csv")]).tables
    both = propose_mapping(folder, [Path("data/flat.csv"), Path("data/people.csv")]).tables
    assert [(one.table, one.is_distinct) for one in alone] == [("orders", False), ("customers", True)]
    assert [(one.file, one.table) for one in both] == [("data/flat.csv", "orders"), ("data/people.csv", "customers")]


def test_won_deals_are_proposed_as_orders_where_no_orders_came(folder: Path) -> None:
    deals = "opportunity_id,account,created,close_date,stage,amount\n"
    deals += "1,a,2024-01-02,2024-02-02,Won,5\n2,a,2024-01-02,,Open,\n3,b,2024-01-02,2024-03-02,Lost,0\n"
    (folder / "data" / "deals.csv").write_text(deals, "utf-8")
    proposed = propose_mapping(folder, [Path("data/deals.csv")])
    put_in(folder, proposed.tables, source="crm")
    intake = take_in(Engagement.open(folder))

    assert [one.table for one in proposed.tables] == ["opportunities", "orders"]
    assert intake.tables.frame("orders")[["order_id", "net_amount"]].to_numpy().tolist() == [["1", 5.0]]
    orders = intake.ledger.loc[intake.ledger["table"].eq("orders")]
    assert dict(zip(orders["outcome"], orders["n_rows"], strict=True)) == {"used": 1, "cancelled": 2}
