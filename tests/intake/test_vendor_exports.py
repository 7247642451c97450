"""Exports of eight vendors come in as proposed: small files of our own with the columns that the vendors write."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from crmplan.client_folder import create_client
from crmplan.engagement import Engagement
from crmplan.intake import Intake, take_in
from crmplan.intake.mapping import propose_mapping, put_in

EXPORTS = Path(__file__).parent / "vendor_exports"


def _taken_in(tmp_path: Path, vendor: str, exports: Path = EXPORTS) -> Intake:
    """Return what comes in with the mapping exactly as it is proposed."""
    folder = create_client(tmp_path / vendor, as_of=date(2024, 12, 31))
    (folder / "data" / "orders.csv").unlink(missing_ok=True)
    files = [Path(shutil.copy(path, folder / "data")) for path in sorted((exports / vendor).iterdir())]
    proposed = propose_mapping(folder, files)
    assert proposed.unknown == ()
    put_in(folder, proposed.tables, source=vendor)
    intake = take_in(Engagement.open(folder))
    assert "new_column" not in {one.code for one in intake.findings}
    assert "not_converted" not in {one.code for one in intake.findings}
    return intake


def _rows(intake: Intake, table: str, *columns: str) -> list[list[object]]:
    frame = intake.tables.frame(table, *columns)
    texts = {name: frame[name].astype("str") for name in frame if frame[name].dtype.kind == "M"}
    return (
        frame.assign(**texts)[list(columns)]
        .astype("object")
        .where(frame[list(columns)].notna(), None)
        .to_numpy()
        .tolist()
    )


def _ledger(intake: Intake, table: str) -> dict[str, int]:
    of = intake.ledger.loc[intake.ledger["table"].eq(table)]
    return {str(outcome): int(n) for outcome, n in of.groupby("outcome")["n_rows"].sum().items()}


def test_salesforce(tmp_path: Path) -> None:
    intake = _taken_in(tmp_path, "salesforce")

    assert _rows(intake, "customers", "customer_id", "kind", "name", "postcode", "household_id") == [
        ["0015g00000A1AAA1", "firm", "Harbour Mill Ltd", "BS1 4RW", None],
        ["0015g00000A1AAA2", "firm", "Nordlicht GmbH", "24103", None],
        ["0015g00000A1AAA3", "firm", "Nordlicht Filiale Süd", "80331", "0015g00000A1AAA2"],
        ["0035g00000B1AAA1", "person", "Amy Reed", "BS1 4RW", "0015g00000A1AAA1"],
        ["0035g00000B1AAA2", "person", "Jörn Voß", "24103", "0015g00000A1AAA2"],
    ]
    assert _rows(intake, "opportunities", "outcome", "amount", "lead_source") == [
        ["won", 5000.0, "Web"], ["lost", 1200.5, "Trade Show"], ["open", 900.0, None],
    ]  # fmt: skip
    assert _rows(intake, "orders", "order_id", "customer_id", "ordered_at", "product_id", "quantity", "net_amount") == [
        ["8015g00000D1AAA1", "0015g00000A1AAA1", "2024-02-05", "01t5g000001AAA", 10.0, 200.0],
        ["8015g00000D1AAA1", "0015g00000A1AAA1", "2024-02-05", "01t5g000001AAB", 1.0, 50.5],
        ["8015g00000D1AAA2", "0015g00000A1AAA2", "2024-04-09", "01t5g000001AAA", 4.0, 80.0],
    ]
    assert dict(zip(intake.lookups["outcome"], intake.lookups["n_rows"], strict=True)) == {
        "used": 2, "without_lines": 1,
    }  # fmt: skip


def test_dynamics_with_accounts_as_a_workbook(tmp_path: Path) -> None:
    pytest.importorskip("openpyxl")
    folder = tmp_path / "exports" / "dynamics"
    shutil.copytree(EXPORTS / "dynamics", folder)
    accounts = pd.read_csv(folder / "Accounts.csv", parse_dates=["Created On", "(Do Not Modify) Modified On"])
    accounts.to_excel(folder / "Accounts.xlsx", index=False, sheet_name="Active Accounts")
    (folder / "Accounts.csv").unlink()
    intake = _taken_in(tmp_path, "dynamics", tmp_path / "exports")

    assert _rows(intake, "customers", "name", "staff_count", "postcode", "created_at") == [
        ["Contoso Bakery", 12.0, "LS1 4AP", "2021-02-03 10:00:00"],
        ["Fabrikam Shoes", 30.0, "YO1 8AA", "2022-09-14 15:30:00"],
    ]
    assert _ledger(intake, "orders") == {"used": 3, "cancelled": 1}
    assert _rows(intake, "orders", "customer_id", "product_id", "net_amount", "discount") == [
        ["a1f0c3d2-0001-ee11-9cbe-000d3a4a0001", "P-100", 60.0, 0.0],
        ["a1f0c3d2-0001-ee11-9cbe-000d3a4a0001", "P-200", 40.0, 10.0],
        ["a1f0c3d2-0002-ee11-9cbe-000d3a4a0001", "P-300", 80.0, 0.0],
    ]


def test_sap_with_decimal_commas_and_minus_signs_behind(tmp_path: Path) -> None:
    intake = _taken_in(tmp_path, "sap")

    assert _rows(intake, "customers", "customer_id", "name", "created_at") == [
        ["0000010001", "Bäckerei Müller GmbH", "2019-03-12"],
        ["0000010002", "Huber & Söhne", "2020-11-28"],
    ]
    assert _rows(intake, "orders", "order_id", "customer_id", "ordered_at", "quantity", "net_amount", "cost") == [
        ["0000004711", "0000010001", "2024-01-15", 100.0, 1000.0, 600.0],
        ["0000004711", "0000010001", "2024-01-15", 25.0, 250.5, 150.0],
        ["0000004712", "0000010002", "2024-05-30", 9.0, 99.0, 54.0],
        ["0000004713", "0000010001", "2024-06-02", 5.0, -50.0, -30.0],
    ]


def test_hubspot_whose_deals_name_their_companies(tmp_path: Path) -> None:
    intake = _taken_in(tmp_path, "hubspot")

    assert _rows(intake, "customers", "customer_id", "kind", "name") == [
        ["9001", "firm", "Silva Lda"], ["9002", "firm", "Becker KG"],
        ["101", "person", "Maria Silva"], ["102", "person", "Tom Becker"], ["103", "person", None],
    ]  # fmt: skip
    assert _rows(intake, "opportunities", "customer_id", "outcome", "amount", "lost_reason") == [
        ["9001", "won", 3000.0, None], ["9002", "lost", 800.5, "Price"], ["9002", "open", 1500.0, None],
    ]  # fmt: skip
    assert _rows(intake, "orders", "customer_id", "net_amount") == [["9001", 3000.0]]


def test_zoho_whose_invoices_name_their_accounts_and_keep_items_apart(tmp_path: Path) -> None:
    intake = _taken_in(tmp_path, "zoho")

    assert _rows(intake, "orders", "order_id", "customer_id", "ordered_at", "product_id", "net_amount") == [
        ["zcrm_6000001", "zcrm_4000001", "2024-02-10", "Green tea 1 kg", 2000.0],
        ["zcrm_6000001", "zcrm_4000001", "2024-02-10", "Black tea 1 kg", 500.0],
        ["zcrm_6000002", "zcrm_4000002", "2024-04-11", "Large pot", 300.0],
    ]
    assert _rows(intake, "opportunities", "customer_id", "outcome") == [
        ["zcrm_4000001", "won"], ["zcrm_4000002", "lost"],
    ]  # fmt: skip


def test_shopify_whose_orders_name_their_customers_by_address(tmp_path: Path) -> None:
    intake = _taken_in(tmp_path, "shopify")

    assert _rows(intake, "customers", "customer_id", "name", "postcode") == [
        ["7001000000001", "Ann Lee", "02108"], ["7001000000002", "Bo Poe", "73301"],
    ]  # fmt: skip
    assert _rows(intake, "orders", "order_id", "customer_id", "product_id", "quantity", "net_amount") == [
        ["#1001", "7001000000001", "MUG-B", 2.0, 20.0],
        ["#1001", "7001000000001", "PLATE", 1.0, 25.0],
        ["#1002", "7001000000002", "MUG-B", 2.0, 20.0],
        ["#1003", "7001000000001", "MUG-R", 3.0, 30.0],
    ]


def test_stripe_whose_amounts_are_in_cents(tmp_path: Path) -> None:
    intake = _taken_in(tmp_path, "stripe")

    assert _rows(intake, "customers", "customer_id", "name", "email") == [
        ["cus_A1", "Ann Lee", "ann.lee@example.org"], ["cus_B2", "Bo Poe", "bo.poe@example.org"],
    ]  # fmt: skip
    assert _ledger(intake, "orders") == {"used": 4, "cancelled": 1}
    assert _rows(intake, "orders", "order_id", "customer_id", "product_id", "net_amount") == [
        ["in_1", "cus_A1", "price_basic", 20.0], ["in_1", "cus_A1", "price_seat", 10.0],
        ["in_2", "cus_A1", "price_basic", 30.0], ["in_3", "cus_B2", "price_setup", 15.5],
    ]  # fmt: skip
    assert _rows(intake, "contracts", "customer_id", "started_on", "ended_on") == [
        ["cus_A1", "2024-01-02", None], ["cus_B2", "2023-06-02", "2023-12-02"],
    ]  # fmt: skip


def test_zendesk_beside_the_orders_of_a_shop(tmp_path: Path) -> None:
    intake = _taken_in(tmp_path, "zendesk")

    assert _rows(intake, "customers", "customer_id", "other_ids", "name") == [
        ["360001", "C-17", "Ann Lee"], ["360002", "C-18", "Bo Poe"],
    ]  # fmt: skip
    assert _rows(intake, "interactions", "customer_id", "channel", "topic", "is_resolved", "parent_id") == [
        ["360001", "mail", "complaint", True, None],
        ["360002", "mail", "product", False, None],
        ["360001", "call", "complaint", True, "1"],
    ]
    assert _rows(intake, "surveys", "customer_id", "kind", "score") == [["360001", "satisfaction", 5.0]]
