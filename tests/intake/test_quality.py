"""Defects of the data are found, graded and told with what follows from them."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from crmplan.intake.finding import Finding, grade, in_order, shown
from crmplan.intake.ledger import LEDGER_COLUMNS
from crmplan.intake.quality import examine
from crmplan.intake.table_rows import TableRows
from crmplan.intake.validity import is_email, is_phone

AS_OF = date(2024, 12, 31)


def _orders(n: int = 400, **columns: object) -> pd.DataFrame:
    rows = pd.DataFrame(
        {
            "source": "shop",
            "order_id": [str(i) for i in range(n)],
            "customer_id": [str(i % 50) for i in range(n)],
            "ordered_at": pd.Timestamp("2024-01-01") + pd.to_timedelta([i * 365 // n for i in range(n)], unit="D"),
            "net_amount": 10.0,
        }
    )
    return rows.assign(**columns)  # type: ignore[arg-type]


def _found(**tables: pd.DataFrame) -> dict[tuple[str, str], Finding]:
    ledger = pd.DataFrame(columns=list(LEDGER_COLUMNS)).astype({"n_rows": "int64"})
    mapped = {(str(s), name): frozenset(t) for name, t in tables.items() for s in t["source"].unique()}
    rows = {name: TableRows.of(name, table) for name, table in tables.items()}
    return {(one.code, one.column): one for one in examine(rows, ledger, mapped=mapped, as_of=AS_OF).findings}


def test_sound_orders_have_no_findings() -> None:
    assert _found(orders=_orders()) == {}


def test_personal_examples_keep_their_shape_only() -> None:
    customers = pd.DataFrame(
        {"source": "crm", "customer_id": ["1", "2"], "email": ["ann(at)lee.org", "bo@example.org"]}
    )
    finding = _found(customers=customers)["bad_email", "email"]

    assert finding.examples == ("xxx(xx)xxx.xxx",)
    assert finding.message == "No valid e-mail address on 1 of 2 customer records."


def test_gaps_are_told_only_where_the_source_has_the_column() -> None:
    customers = pd.DataFrame(
        {"source": ["crm"] * 4, "customer_id": list("1234"), "email": [None] * 3 + ["a@example.org"]}
    )
    finding = _found(customers=customers)["missing_value", "email"]

    assert (finding.severity, finding.n_rows, finding.of_rows) == ("medium", 3, 4)
    ledger = pd.DataFrame(columns=list(LEDGER_COLUMNS)).astype({"n_rows": "int64"})
    rows = {"customers": TableRows.of("customers", customers)}

    assert examine(rows, ledger, mapped={}, as_of=AS_OF).findings == ()


def test_a_month_without_orders_is_a_gap() -> None:
    orders = _orders()
    finding = _found(orders=orders[orders["ordered_at"].dt.month != 5])["missing_months", "ordered_at"]

    assert finding.message == "No order line at all in 1 of 12 months: 2024-05."


def test_old_exports_are_told() -> None:
    orders = _orders()
    late = _found(orders=orders.assign(ordered_at=orders["ordered_at"] - pd.Timedelta(days=200)))

    assert late["out_of_date", "ordered_at"].severity == "high"


@pytest.mark.parametrize(
    ("code", "column", "changes"),
    [
        ("sign", "quantity", {"quantity": [-1.0] + [1.0] * 399}),
        ("zero_amount", "net_amount", {"net_amount": [0.0] + [1.0] * 399}),
        ("negative", "discount", {"discount": [-1.0] + [0.0] * 399}),
        ("negative", "cost", {"cost": [-1.0] + [5.0] * 399}),
        ("one_big_line", "net_amount", {"net_amount": [1000.0] + [1.0] * 399}),
        ("stand_in_customer", "customer_id", {"customer_id": ["guest"] * 5 + [str(i % 50) for i in range(395)]}),
        ("stand_in_customer", "customer_id", {"customer_id": ["a"] * 200 + [str(i % 50) for i in range(200)]}),
        ("shared_order", "order_id", {"order_id": ["1"] * 2 + [f"x{i}" for i in range(398)]}),
        ("damaged_id", "order_id", {"order_id": ["4.5E+12"] + [f"x{i}" for i in range(399)]}),
    ],
)
def test_what_cannot_be_right_is_found(code: str, column: str, changes: dict[str, object]) -> None:
    finding = _found(orders=_orders(**changes))[code, column]

    assert finding.effect
    assert 0 < finding.n_rows <= finding.of_rows


def test_dates_before_1990_are_found() -> None:
    customers = pd.DataFrame(
        {"source": "crm", "customer_id": ["1", "2"], "created_at": pd.to_datetime(["1900-01-01", "2024-01-01"])}
    )

    assert _found(customers=customers)["before_1990", "created_at"].examples == ("1900-01-01",)


def test_references_to_nothing_are_found() -> None:
    products = pd.DataFrame({"source": "shop", "product_id": ["p"]})
    found = _found(orders=_orders(product_id=["p"] * 399 + ["q"]), products=products)

    assert found["no_such_row", "product_id"].n_rows == 1


def test_words_that_no_computation_knows_are_found() -> None:
    deals = pd.DataFrame({"source": "crm", "opportunity_id": ["1", "2"], "outcome": ["won", "Gewonnen"]})
    deals = deals.assign(created_at=pd.Timestamp("2024-12-01"))

    assert _found(opportunities=deals)["unknown_word", "outcome"].examples == ("Gewonnen",)


@pytest.mark.parametrize("address", ["ann@example.org", "a.b+c@sub.example.co.uk", " x@y.zz "])
def test_valid_addresses_are_valid(address: str) -> None:
    assert is_email(pd.Series([address])).all()


@pytest.mark.parametrize("address", ["ann", "ann@", "@example.org", "a b@example.org", "a@b", "a@b.c;d@e.ff"])
def test_addresses_that_reach_nobody_are_not(address: str) -> None:
    assert not is_email(pd.Series([address])).any()


@pytest.mark.parametrize(("number", "valid"), [("020 7946 0018 ext. 12", True), ("7777777", False), ("123456", False)])
def test_telephone_numbers_have_digits_enough(number: str, valid: bool) -> None:
    assert is_phone(pd.Series([number])).tolist() == [valid]


def test_findings_are_ordered_by_severity_and_then_by_reach() -> None:
    def one(severity: str, n_rows: int) -> Finding:
        return Finding("c", severity, "s", "orders", "", n_rows, 10, "", "")  # type: ignore[arg-type]

    ordered = in_order([one("low", 9), one("high", 1), one("high", 2), one("medium", 5)])
    assert [(found.severity, found.n_rows) for found in ordered] == [
        ("high", 2),
        ("high", 1),
        ("medium", 5),
        ("low", 9),
    ]


def test_grades_rise_with_the_share() -> None:
    assert [grade(n, 100) for n in (0, 1, 2, 19, 20, 100)] == ["low", "low", "medium", "medium", "high", "high"]


def test_examples_are_short_few_and_masked() -> None:
    assert shown(["write to ann@example.org"] * 3 + ["x" * 100, "b", "c"]) == ("write to a***@***", "x" * 39 + "…", "b")


def test_an_export_that_only_gives_money_back_is_asked_about() -> None:
    finding = _found(orders=_orders(net_amount=-10.0))["only_refunds", "net_amount"]

    assert (finding.severity, finding.n_rows) == ("high", 400)
    assert finding.message == "Money given back on all 400 order lines; is the sign turned?"
    assert ("only_refunds", "net_amount") not in _found(orders=_orders(net_amount=[-10.0] * 399 + [1.0]))


def test_a_system_of_refunds_beside_one_of_sales_is_no_defect() -> None:
    sales, refunds = _orders(is_refund=False), _orders(net_amount=-10.0, source="returns", is_refund=True)

    assert ("only_refunds", "net_amount") not in _found(orders=pd.concat([sales, refunds], ignore_index=True))
    assert ("only_refunds", "net_amount") in _found(orders=refunds)
