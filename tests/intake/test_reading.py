"""Every kind of file gives the same text, or an error that says what to do."""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

import pandas as pd
import pytest

from crmplan.engagement import Reading
from crmplan.errors import IntakeError, MissingExtraError
from crmplan.intake.reading import matching_files, read_raw


def _frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "id": [7, 8],
            "amount": [12.5, 3.0],
            "at": pd.to_datetime(["2024-01-02 10:30", "2024-01-03 00:00"]),
            "is_new": [True, False],
            "name": ["Ann", None],
        }
    )


def _read(path: Path, *wanted: str, **reading: object) -> pd.DataFrame:
    return read_raw(path, folder=path.parent, wanted=wanted, reading=Reading(**reading)).frame  # type: ignore[arg-type]


def test_parquet_becomes_text(tmp_path: Path) -> None:
    _frame().to_parquet(tmp_path / "x.parquet")
    read = _read(tmp_path / "x.parquet", "id", "amount", "at", "is_new", "name")

    assert read.iloc[0].tolist() == ["7", "12.5", "2024-01-02 10:30:00.000000", "true", "Ann"]
    assert pd.isna(read.loc[1, "name"])


def test_categories_in_parquet_become_text(tmp_path: Path) -> None:
    pd.DataFrame({"kind": pd.Categorical(["a", None, "b"])}).to_parquet(tmp_path / "x.parquet")

    assert _read(tmp_path / "x.parquet", "kind")["kind"].fillna("?").tolist() == ["a", "?", "b"]


def test_numbers_of_parquet_are_written_with_the_decimal_mark_of_the_mapping(tmp_path: Path) -> None:
    _frame().to_parquet(tmp_path / "x.parquet")

    assert _read(tmp_path / "x.parquet", "amount", decimal=",")["amount"].tolist() == ["12,5", "3"]


def test_a_workbook_becomes_text(tmp_path: Path) -> None:
    pytest.importorskip("openpyxl")
    with pd.ExcelWriter(tmp_path / "x.xlsx", engine="openpyxl") as book:
        pd.DataFrame({"note": ["none"]}).to_excel(book, sheet_name="Cover", index=False)
        _frame().to_excel(book, sheet_name="Orders", index=False)
    read = _read(tmp_path / "x.xlsx", "id", "amount", "at", "is_new", "name", sheet="Orders")

    assert read.iloc[0].tolist() == ["7", "12.5", "2024-01-02T10:30:00", "true", "Ann"]
    with pytest.raises(IntakeError, match="a sheet 'Order'; did you mean 'Orders'"):
        _read(tmp_path / "x.xlsx", "id", sheet="Order")


def test_a_workbook_without_its_library_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.xlsx").write_bytes(b"PK")
    monkeypatch.setitem(sys.modules, "openpyxl", None)

    with pytest.raises(MissingExtraError, match=r'pip install "crmplan\[office\]"'):
        _read(tmp_path / "x.xlsx", "id")


@pytest.mark.parametrize("name", ["x.xlsx", "x.parquet"])
def test_a_file_that_is_not_what_its_name_says_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("id,name\n1,Ann\n", "utf-8")

    with pytest.raises(IntakeError, match=name):
        _read(tmp_path / name, "id")


def test_a_gzipped_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "x.csv.gz").write_bytes(gzip.compress(b"id\n7\n"))

    assert _read(tmp_path / "x.csv.gz", "id")["id"].tolist() == ["7"]


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(" \n", "utf-8")

    with pytest.raises(IntakeError, match=r"x\.csv: expected rows of data, got 'an empty file'"):
        _read(tmp_path / "x.csv", "id")


def test_an_old_workbook_is_refused_with_advice(tmp_path: Path) -> None:
    (tmp_path / "x.xls").write_bytes(b"\xd0\xcf\x11\xe0old")

    with pytest.raises(IntakeError, match=r"save it as \.xlsx or \.csv"):
        _read(tmp_path / "x.xls", "id")


def test_every_missing_column_is_told_with_close_names(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("Order ID,Customer,Amount\n1,2,3\n", "utf-8")

    with pytest.raises(IntakeError) as caught:
        _read(tmp_path / "x.csv", "OrderID", "customer", "day")

    told = [str(problem) for problem in caught.value.problems]
    assert told[0] == "x.csv, column 'OrderID': expected a column of that name; did you mean 'Order ID'?"
    assert told[1].endswith("did you mean 'Customer'?")
    assert told[2].endswith("there are: Order ID, Customer, Amount")


def test_a_column_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("id,id\n1,2\n", "utf-8")

    with pytest.raises(
        IntakeError,
        match=r"one column of that name, got '2 of them'; write 'id \(1\)' or 'id \(2\)', counted from the left",
    ):
        _read(tmp_path / "x.csv", "id")


def test_a_pattern_means_its_files_in_order_of_name(tmp_path: Path) -> None:
    for name in ("b.csv", "a.csv", "c.txt"):
        (tmp_path / name).write_text("id\n1\n", "utf-8")

    assert [path.name for path in matching_files(tmp_path, "*.csv", source="shop")] == ["a.csv", "b.csv"]


def test_a_missing_file_is_told_with_the_name_of_one_like_it(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "orders_2024.csv").write_text("id\n1\n", "utf-8")

    told = r"source 'shop': expected the file .* got 'one other file in data/'.* did you mean 'data/orders_2024\.csv'"
    with pytest.raises(IntakeError, match=told):
        matching_files(tmp_path, "data/orders_2023.csv", source="shop")


@pytest.mark.parametrize(
    ("start", "wanted"),
    [
        (b"PK\x03\x04", "an XLSX workbook"),
        (b"%PDF-1.7", "a table, got 'a PDF'"),
        (b"\xd0\xcf\x11\xe0", "a table, got 'an old Excel workbook'"),
        (b"PAR1", "a Parquet file"),
        (b"<!DOCTYPE html>", "a table, got 'a web page'"),
        (b"SQLite format 3\x00", "a database that can be read"),
        (b"\x1f\x8b", "a file that can be read"),
    ],
)
def test_a_file_that_is_no_text_is_named_for_what_it_is(tmp_path: Path, start: bytes, wanted: str) -> None:
    (tmp_path / "orders.csv").write_bytes(start + b"\x00\x1b[2J\n")

    with pytest.raises(IntakeError, match=f"orders.csv: expected {wanted}"):
        _read(tmp_path / "orders.csv", "id")


@pytest.mark.parametrize("raw", [b"\xef\xbb\xbf", b"\xff\xfe\r\x00\n\x00", b"\x00" * 5000])
def test_marks_and_blanks_alone_are_an_empty_file(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "orders.csv").write_bytes(raw)

    with pytest.raises(IntakeError, match="an empty file"):
        _read(tmp_path / "orders.csv", "id")


@pytest.mark.parametrize("pattern", ["data/orders.csv", "data/*.csv"])
def test_a_link_that_leads_out_of_the_clients_folder_is_refused(tmp_path: Path, pattern: str) -> None:
    client = tmp_path / "client"
    (client / "data").mkdir(parents=True)
    (tmp_path / "elsewhere.csv").write_text("id\n1\n", "utf-8")
    (client / "data" / "orders.csv").symlink_to(tmp_path / "elsewhere.csv")
    (client / "data" / "within.csv").symlink_to(client / "data" / "real.txt")
    (client / "data" / "real.txt").write_text("id\n1\n", "utf-8")

    with pytest.raises(IntakeError, match=r"expected data/orders\.csv to lie in the client's folder"):
        matching_files(client, pattern, source="shop")
    assert len(matching_files(client, "data/within.csv", source="shop")) == 1
