"""A proposal fills in what is certain, says why, and asks where it is not."""

from __future__ import annotations

import pandas as pd
import pytest

from crmplan.errors import TemplateError
from crmplan.intake.entries import Answers
from crmplan.intake.proposal import TableProposal, propose
from crmplan.intake.reading import RawFile
from crmplan.intake.vocabulary import folded, load_vocabulary, tokens


def _raw(file: str, **columns: list[str]) -> RawFile:
    frame = pd.DataFrame({name.replace("__", " "): values for name, values in columns.items()}, dtype="str")
    return RawFile(file, frame, tuple(frame.columns))


def _mapped(one: TableProposal) -> dict[str, object]:
    return {column.name: dict(column.mapping) for column in one.columns}


def test_an_order_export_is_recognised_by_names_and_values() -> None:
    raw = _raw(
        "data/sales.csv",
        Order__No=["7", "8"],
        Kundennummer=["K1", "K2"],
        Date=["25.12.2024", "01.02.2024"],
        Betrag=["1.234,50", "8,00"],
        Remark=["x", "y"],
    )
    (one,) = propose(raw)

    assert one.table == "orders"
    assert _mapped(one) == {
        "order_id": {"column": "Order No"},
        "customer_id": {"column": "Kundennummer"},
        "ordered_at": {"column": "Date", "formats": ("%d.%m.%Y",)},
        "net_amount": {"column": "Betrag"},
    }
    assert (one.reading, one.left_out, one.missing, one.questions) == ({"decimal": ","}, ("Remark",), (), ())


def test_what_bears_a_number_of_its_own_is_not_known_by_its_name() -> None:
    named, numbered = (
        {"Product": ["Pen", "Ink"], "Category": ["a", "a"]},
        {"GenreId": ["1", "2"], "Name": ["Rock", "Pop"]},
    )

    assert _mapped(propose(_raw("data/products.csv", **named))[0])["product_id"] == {"column": "Product"}
    assert propose(_raw("data/Genre.csv", **numbered)) == ()


def test_values_that_cannot_be_it_keep_a_name_from_being_taken() -> None:
    raw = _raw(
        "data/orders.csv", order_id=["1"], customer_id=["2"], order_date=["2024-01-02"], amount=["n.a."], total=["5"]
    )
    (one,) = propose(raw)

    assert _mapped(one)["net_amount"] == {"column": "total"}


def test_day_or_month_is_asked_and_the_answer_is_used() -> None:
    raw = _raw("data/orders.csv", order_id=["1"], customer_id=["2"], order_date=["03/04/2024"], amount=["5"])

    (asked,) = propose(raw)
    assert "which comes first, day or month?" in asked.questions[0]
    assert _mapped(asked)["ordered_at"] == {"column": "order_date"}
    (answered,) = propose(raw, answers=Answers("month"))
    assert _mapped(answered)["ordered_at"] == {"column": "order_date", "formats": ("%m/%d/%Y",)}


def test_customers_and_products_within_order_lines_become_tables_of_their_own() -> None:
    raw = _raw(
        "data/lines.csv", Order__ID=["1"], Customer__ID=["2"], Customer__Name=["Ann"], Order__Date=["2024-01-02"],
        Product__ID=["p"], Product__Name=["Lamp"], Category=["Light"], Sales=["5"],
    )  # fmt: skip
    tables = {one.table: one for one in propose(raw)}

    assert list(tables) == ["orders", "customers", "products"]
    assert _mapped(tables["customers"]) == {
        "customer_id": {"column": "Customer ID"},
        "name": {"column": "Customer Name"},
    }
    assert tables["customers"].is_distinct
    assert tables["products"].is_distinct


def test_names_in_two_columns_are_joined() -> None:
    (one,) = propose(_raw("data/customers.csv", CustomerId=["1"], FirstName=["Ann"], LastName=["Lee"], City=["Ulm"]))

    assert _mapped(one)["name"] == {"joined": ("FirstName", "LastName")}


VENDORS = """
Salesforce Account|customers|Id,Name,BillingCity,BillingStreet,BillingCountry,NumberOfEmployees,ParentId
Microsoft Dynamics Accounts|customers|accountid,name,address1_city,address1_line1,telephone1,createdon
SAP VBAK and VBAP (sales orders)|orders|VBELN,KUNNR,AUDAT,MATNR,KWMENG,NETWR,WAVWR
HubSpot Deals|opportunities|Record ID,Deal Name,Deal Stage,Amount,Close Date,Create Date,Deal owner,portal_id
Zoho Deals|opportunities|Record Id,Deal Name,Deal Owner,Closing Date,Stage,Amount,Account Name,Created Time
Shopify Orders|orders|id,email,financial_status,fulfillment_status,created_at,subtotal_price,customer_id,source_name
Stripe Charges|orders|id,amount,amount_refunded,captured,created,customer_id,payment_intent_id,status
Zendesk Tickets|interactions|id,requester_id,assignee_id,submitter_id,created_at,status,via_channel
"""


@pytest.mark.parametrize("line", VENDORS.strip().splitlines())
def test_the_exports_of_vendors_are_known_by_their_header_alone(line: str) -> None:
    known_as, table, header = line.split("|")
    frame = pd.DataFrame({name: pd.Series([], dtype="str") for name in header.split(",")})
    one = propose(RawFile("data/export.csv", frame, tuple(frame.columns)))[0]

    assert (one.known_as, one.table, one.missing) == (known_as, table, ())


def test_words_of_an_export_are_translated_where_they_are_known() -> None:
    raw = _raw(
        "data/deals.csv", opportunity_id=["1", "2", "3"], created=["2024-01-02"] * 3,
        deal_stage=["Won", "Closed Lost", "Prospecting"],
    )  # fmt: skip
    (one,) = propose(raw)

    assert _mapped(one)["outcome"] == {"column": "deal_stage", "values": {"Closed Lost": "lost", "Prospecting": "open"}}


def test_a_foreign_export_is_no_table() -> None:
    assert propose(_raw("data/metafields.csv", id=["1"], namespace=["a"], payload=["{}"])) == ()


def test_what_is_needed_and_not_there_is_asked_for() -> None:
    (one,) = propose(_raw("data/orders.csv", order_id=["1"], quantity=["2"]), table="orders")

    assert one.missing == ("customer_id", "ordered_at", "net_amount")
    assert "Where is the ordered_at: when it was ordered?" in one.questions


def test_ways_of_writing_a_name_are_one() -> None:
    assert folded("Straße_Nr") == folded("strasse nr") == folded("StrasseNr")
    assert tokens("SAPCustomerID") == ("sap", "customer", "id")


def test_a_vocabulary_with_a_mistake_is_refused_with_its_line(tmp_path: object) -> None:
    text = (
        "vendor: X\nobjects:\n  - object: A\n    table: customers\n    known_by: [a]\n    columns: {customer_nr: [a]}\n"
    )
    (tmp_path / "x.yaml").write_text(text, "utf-8")  # type: ignore[operator]

    with pytest.raises(TemplateError, match=r"x\.yaml:3: expected a column of 'customers', got 'customer_nr'"):
        load_vocabulary(tmp_path)  # type: ignore[arg-type]


def test_a_name_that_stands_over_two_columns_is_left_to_the_consultant() -> None:
    names = ("order_id", "customer_id", "date", "total (1)", "total (2)")
    frame = pd.DataFrame([["1", "7", "2024-01-02", "5", "6,50"]], columns=list(names), dtype="str")
    (one,) = propose(RawFile("data/orders.csv", frame, names))

    assert one.missing == ("net_amount",)
    assert one.questions[-1] == (
        "total stands over 2 columns: total (1) (such as 9), total (2) (such as 9,99); which is meant, if any? "
        "None is mapped."
    )


def test_of_columns_that_share_a_name_and_say_the_same_the_first_is_taken() -> None:
    names = ("order_id", "customer_id (1)", "date", "total", "customer_id (2)")
    frame = pd.DataFrame([["1", "7", "2024-01-02", "5", "7"]], columns=list(names), dtype="str")
    (one,) = propose(RawFile("data/orders.csv", frame, names))

    assert _mapped(one)["customer_id"] == {"column": "customer_id (1)"}
    assert one.missing == ()


def test_a_day_of_birth_is_found_in_several_languages() -> None:
    for name in ("Date of Birth", "Geburtsdatum", "DOB", "birthdate"):
        raw = _raw("data/customers.csv", Customer__No=["1", "2"], Name=["Ann Lee", "Bo Hart"])
        frame = raw.frame.assign(**{name: ["31.12.1980", "01.02.1975"]})
        (one,) = propose(RawFile(raw.file, frame, tuple(frame.columns)))

        assert _mapped(one)["born_on"] == {"column": name, "formats": ("%d.%m.%Y",)}
