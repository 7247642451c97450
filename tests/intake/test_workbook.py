"""Workbooks as people keep them: titles on top, several sheets, a wrong name."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from crmplan.errors import IntakeError
from crmplan.intake.reading import read_raw, sheets_of
from crmplan.sources import Reading

openpyxl = pytest.importorskip("openpyxl")


def _book(path: Path, sheets: dict[str, list[list[object]]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def _rows(path: Path, *wanted: str, **reading: object) -> list[list[object]]:
    frame = read_raw(path, folder=path.parent, wanted=wanted, reading=Reading(**reading)).frame  # type: ignore[arg-type]
    return frame.to_numpy().tolist()


def test_titles_above_the_names_of_the_columns_are_passed_over(tmp_path: Path) -> None:
    rows = [["Orders"], [None], ["as of", datetime(2024, 1, 31)], ["No", "Amount"], [7, 12.5], [8, "1.234,56"]]
    path = _book(tmp_path / "x.xlsx", {"Orders": rows})

    assert _rows(path, "No", "Amount") == [["7", "12.5"], ["8", "1.234,56"]]
    assert read_raw(path, folder=tmp_path, wanted=None, reading=Reading()).header == ("No", "Amount")


def test_a_workbook_that_somebody_called_csv_is_read_as_the_workbook_it_is(tmp_path: Path) -> None:
    path = _book(tmp_path / "x.xlsx", {"Orders": [["No"], ["007"]]}).rename(tmp_path / "orders.csv")

    assert _rows(path, "No") == [["007"]]


def test_several_sheets_of_one_shape_are_read_one_after_the_other(tmp_path: Path) -> None:
    path = _book(tmp_path / "x.xlsx", {"Cover": [["x"]], "2023": [["No"], [1]], "2024": [["No"], [2]]})

    assert _rows(path, "No", sheet="20*") == [["1"], ["2"]]
    assert sheets_of(path, file="x.xlsx") == ("Cover", "2023", "2024")


def test_a_sheet_that_lacks_a_column_is_told(tmp_path: Path) -> None:
    path = _book(tmp_path / "x.xlsx", {"2023": [["No"], [1]], "2024": [["Number"], [2]]})

    with pytest.raises(IntakeError, match="column 'No': expected a column of that name"):
        _rows(path, "No", sheet="20*")


def test_columns_that_share_a_name_are_counted_on_every_sheet(tmp_path: Path) -> None:
    row: list[object] = ["1", "1", "1"]
    path = _book(tmp_path / "x.xlsx", {"a": [["id", "n", "n"], row], "b": [["n", "id", "n"], row]})

    raw = read_raw(path, folder=tmp_path, wanted=None, reading=Reading(sheet="*"))

    assert list(raw.frame.columns) == ["id", "n (1)", "n (2)"]
    assert raw.header == ("id", "n (1)", "n (2)")


def test_a_damaged_workbook_is_refused(tmp_path: Path) -> None:
    raw = bytearray(_book(tmp_path / "x.xlsx", {"2023": [["No"], [1]]}).read_bytes())
    raw[len(raw) // 3 : len(raw) // 2] = b"\x00" * (len(raw) // 2 - len(raw) // 3)
    (tmp_path / "y.xlsx").write_bytes(raw)

    with pytest.raises(IntakeError, match=r"y\.xlsx: expected an XLSX workbook"):
        _rows(tmp_path / "y.xlsx", "No")
