"""Exports that belong together are found by their numbers, and what is not sure is asked."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from crmplan.client_folder import create_client
from crmplan.engagement import Engagement
from crmplan.intake import take_in
from crmplan.intake.join_proposal import Studied, with_joins
from crmplan.intake.mapping import Proposed, propose_mapping, put_in
from crmplan.intake.proposal import TableProposal, propose
from crmplan.intake.reading import RawFile

HEADS = "InvoiceId,CustomerId,InvoiceDate,BillingCountry,Total\n1,7,2024-01-02,France,5\n2,8,2024-02-03,Spain,4\n"
LINES = "InvoiceLineId,InvoiceId,TrackId,UnitPrice,Quantity\n1,1,a,2,2\n2,1,b,1,1\n3,2,a,4,1\n"


def _of(**texts: str) -> list[TableProposal]:
    studied = []
    for name, text in texts.items():
        rows = [line.split(",") for line in text.splitlines()]
        frame = pd.DataFrame(rows[1:], columns=rows[0], dtype="str")
        raw = RawFile(f"data/{name}.csv", frame, tuple(frame))
        studied.append(Studied(raw, "", propose(raw)))
    return list(with_joins(studied))


def _columns(one: TableProposal) -> dict[str, object]:
    return {column.name: next(iter(column.mapping.values())) for column in one.columns}


def test_lines_take_customer_and_day_from_their_orders_and_amounts_from_themselves() -> None:
    (found,) = _of(Invoice=HEADS, InvoiceLine=LINES)

    assert _columns(found) == {
        "order_id": "InvoiceId", "customer_id": "order.CustomerId", "ordered_at": "order.InvoiceDate",
        "product_id": "TrackId", "quantity": "Quantity", "net_amount": ("Quantity", "UnitPrice"),
        "country": "order.BillingCountry",
    }  # fmt: skip
    (lookup,) = found.lookups
    assert (lookup.file, lookup.on, lookup.total) == ("data/Invoice.csv", {"InvoiceId": "InvoiceId"}, "Total")
    assert lookup.reason == "InvoiceId: 2 of 2 numbers of the lines stand once in it"
    assert (found.missing, found.left_out, lookup.left_out) == ((), ("InvoiceLineId",), ())


def test_the_order_of_the_files_makes_no_difference() -> None:
    (one,), (other,) = _of(Invoice=HEADS, InvoiceLine=LINES), _of(InvoiceLine=LINES, Invoice=HEADS)

    assert one == other


def test_lines_alone_ask_for_the_export_of_the_orders() -> None:
    (found,) = _of(InvoiceLine=LINES)

    assert {"customer_id", "ordered_at"} <= set(found.missing)
    assert any("export of the orders themselves" in question for question in found.questions)


@pytest.mark.parametrize(
    "heads",
    [
        HEADS.replace("\n1,", "\n91,").replace("\n2,", "\n92,"),
        HEADS.replace("\n2,8", "\n1,8"),
    ],
    ids=["other numbers", "a number that stands twice"],
)
def test_orders_whose_numbers_do_not_fit_are_not_joined(heads: str) -> None:
    found = _of(Invoice=heads, InvoiceLine=LINES)

    assert [one.lookups for one in found if one.table == "orders"] == [(), ()]


def test_a_day_that_both_exports_have_is_not_taken_for_a_number() -> None:
    heads = "Id,AccountId,OrderDate,CreatedDate,TotalAmount\n1,7,2024-01-02,2024-01-01,5\n2,8,2024-02-03,2024-01-09,4\n"
    lines = "OrderId,CreatedDate,SKU,Quantity,Amount\n1,2024-01-01,a,1,5\n2,2024-01-09,b,2,4\n"
    found = _of(Orders=heads, OrderItems=lines)

    assert [lookup.on for one in found for lookup in one.lookups] == [{"OrderId": "Id"}]


def test_lines_that_say_who_and_when_need_no_orders() -> None:
    lines = "InvoiceId,CustomerId,InvoiceDate,TrackId,Quantity,Amount\n1,7,2024-01-02,a,2,4\n1,7,2024-01-02,b,1,1\n"

    assert all(not one.lookups for one in _of(Invoice=HEADS, Sales=lines))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = create_client(tmp_path / "mill", as_of=date(2024, 12, 31))
    (made / "data" / "orders.csv").unlink(missing_ok=True)
    return made


def _proposed(folder: Path, **texts: str) -> Proposed:
    for name, text in texts.items():
        (folder / "data" / f"{name}.csv").write_text(text, "utf-8")
    return propose_mapping(folder, [Path("data") / f"{name}.csv" for name in texts])


def test_what_is_proposed_for_lines_and_orders_can_be_written_and_read(folder: Path) -> None:
    proposed = _proposed(folder, Invoice=HEADS, InvoiceLine=LINES)
    put_in(folder, proposed.tables)
    text = (folder / "engagement.yaml").read_text("utf-8")
    intake = take_in(Engagement.open(folder))

    assert "- name: order  # 99% InvoiceId: 2 of 2 numbers of the lines stand once in it" in text
    assert proposed.unknown == ()
    assert intake.tables.frame("orders", "customer_id", "net_amount").to_numpy().tolist() == [
        ["7", 4.0], ["7", 1.0], ["8", 4.0],
    ]  # fmt: skip
    assert {one.code for one in intake.findings} & {"lookup_total", "not_found", "without_lines", "new_column"} == set()


def test_decimal_commas_of_one_export_hold_for_both(folder: Path) -> None:
    heads = HEADS.replace(",", ";").replace(";5\n", ";5,50\n").replace(";4\n", ";4,25\n")
    lines = LINES.replace(",", ";").replace("a;2;2", "a;2,25;2").replace("a;4;1", "a;4,25;1")
    put_in(folder, _proposed(folder, Invoice=heads, InvoiceLine=lines).tables)
    intake = take_in(Engagement.open(folder))

    assert intake.tables.frame("orders")["net_amount"].tolist() == [4.5, 1.0, 4.25]
    assert "lookup_total" not in {one.code for one in intake.findings}


def test_customers_called_by_name_get_their_numbers_through_orders_and_lines(folder: Path) -> None:
    heads = HEADS.replace("CustomerId", "Customer").replace(",7,", ",Mill Ltd,").replace(",8,", ",Bakery,")
    customers = "Customer Number,Customer Name,City\nC8,Bakery,Ulm\nC7,Mill Ltd,Bonn\nC9,Nobody,Kiel\n"
    put_in(folder, _proposed(folder, customers=customers, Invoice=heads, InvoiceLine=LINES).tables)
    intake = take_in(Engagement.open(folder))

    assert intake.tables.frame("orders")["customer_id"].tolist() == ["C7", "C7", "C8"]
    assert "without_lines" not in {one.code for one in intake.findings}


def test_names_that_two_customers_share_tell_no_number(folder: Path) -> None:
    orders = "Order ID,Customer,Order Date,Amount\n1,Bakery,2024-01-02,5\n"
    customers = "Customer Number,Customer Name,City\nC8,Bakery,Ulm\nC7,Bakery,Bonn\n"

    assert all(not one.lookups for one in _proposed(folder, customers=customers, orders=orders).tables)
