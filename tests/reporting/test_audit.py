"""The audit workbook recomputes values by formulas, and holds nothing that a client typed as one."""

from __future__ import annotations

import io
import shutil
import subprocess
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from crmplan.errors import RenderError
from crmplan.reporting.audit import audit_workbook
from crmplan.reporting.audit_formulas import FORMULAS, N_TERMS, series_header, series_term
from crmplan.tables import Tables
from crmplan.value import Value, estimate_value
from tests.reporting.chapters.test_value import purchases

openpyxl = pytest.importorskip("openpyxl")
MONTHS = 24
ENGAGEMENT: Any = SimpleNamespace(client=SimpleNamespace(currency="EUR", name='=HYPERLINK("x")'))


def value_of(model: str) -> Value:
    days = purchases(90)
    days["customer_key"] = days["customer_key"].replace("C00003", "=1+1")
    return estimate_value(
        Tables.from_frames({"customer_days": days}),
        as_of=date(2023, 12, 31),
        gross_margin_share=0.3,
        annual_discount_rate=0.1,
        horizon_months=MONTHS,
        repeat_model=model,
    )


@pytest.fixture(scope="module")
def value() -> Value:
    return value_of("MBG/NBD")


@pytest.fixture(scope="module")
def content(value: Value) -> bytes:
    return audit_workbook(value, ENGAGEMENT, horizon_months=MONTHS)


def test_the_value_is_a_formula_and_the_reports_figure_stands_beside_it(content: bytes, value: Value) -> None:
    book = openpyxl.load_workbook(io.BytesIO(content))
    audit, customers = book["Audit"], book["Customers"]

    assert [audit.cell(row, 2).data_type for row in range(4, 23)] == ["f"] * 19
    assert audit["A19"].value == "VALUE, recomputed"
    assert {"p_r", "p_alpha", "annual_rate", "horizon", "serve_cost", "valued_on"} <= set(book.defined_names)
    assert customers.max_row == len(value.customers) + 1
    assert customers.cell(2, 11).value == pytest.approx(value.customers["value"].max())


def test_what_a_client_typed_is_text(content: bytes) -> None:
    book = openpyxl.load_workbook(io.BytesIO(content))
    keys = [row[0] for row in book["Customers"].iter_rows(min_row=2, max_col=1)]

    assert any(cell.value == "=1+1" and cell.data_type == "s" for cell in keys)
    assert book["Audit"]["A2"].data_type == "s"
    assert book["Audit"]["A2"].value.startswith("=HYPERLINK")


def test_without_a_value_or_formulas_the_reason_is_told(value: Value) -> None:
    with pytest.raises(RenderError, match="no value to audit: needs `orders`"):
        audit_workbook(replace(value, unavailable="needs `orders`"), ENGAGEMENT, horizon_months=MONTHS)
    with pytest.raises(RenderError, match="no formulas for NBD"):
        audit_workbook(replace(value, chosen_model="NBD"), ENGAGEMENT, horizon_months=MONTHS)


@pytest.mark.parametrize("model", list(FORMULAS))
def test_every_series_has_as_many_terms_as_are_added_up(model: str) -> None:
    assert len(series_header(model, MONTHS, 30)) == (2 if model == "Pareto/NBD" else MONTHS)
    terms = series_term(1, first_row=7)
    assert len(terms) == N_TERMS + 1
    assert terms[0] == (5, f"=SUM(B$8:B${N_TERMS + 7})")
    assert terms[2] == (8, "=B8*(B$2+$A8)*(B$3+$A8)/((B$4+$A8)*($A8+1))*B$5")


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="needs LibreOffice to recompute the workbook")
@pytest.mark.parametrize("model", list(FORMULAS))
def test_a_spreadsheet_comes_to_the_reports_value(model: str, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(io.BytesIO(audit_workbook(value_of(model), ENGAGEMENT, horizon_months=MONTHS)))
    for place, row in enumerate((2, 40, 91)):
        book["Audit"]["B3"] = book["Customers"].cell(row, 1).value
        book["Audit"]["B3"].data_type = "s"
        book.save(tmp_path / f"{place}.xlsx")
    command = ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "xlsx"]
    files = [str(tmp_path / f"{place}.xlsx") for place in range(3)]
    subprocess.run([*command, "--outdir", str(tmp_path / "out"), *files], check=True, capture_output=True, timeout=180)

    for place in range(3):
        audit = openpyxl.load_workbook(tmp_path / "out" / f"{place}.xlsx", data_only=True)["Audit"]
        assert audit["B22"].value == "the same"
        assert audit["B19"].value == pytest.approx(audit["B20"].value, rel=1e-6)
