"""Tables of SQLite and DuckDB files become text, value by value."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import duckdb
import pytest

from crmplan.errors import IntakeError
from crmplan.intake.reading import read_raw, sheets_of
from crmplan.sources import Reading


def _sqlite(path: Path) -> Path:
    connection = sqlite3.connect(path)
    connection.execute('create table "Order" (id text, amount real, day text)')
    # SQLite keeps whatever is put in, whatever the column was declared as.
    connection.executemany('insert into "Order" values (?, ?, ?)', [("007", 12.5, "2024-01-02"), ("8", "n/a", None)])
    connection.commit()
    connection.close()
    return path


def _duckdb(path: Path) -> Path:
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "create table orders as select '007' as id, 12.50::decimal(9,2) as amount, date '2024-01-02' as day"
        )
    return path


def _rows(path: Path, *wanted: str, **reading: object) -> list[list[object]]:
    frame = read_raw(path, folder=path.parent, wanted=wanted, reading=Reading(**reading)).frame  # type: ignore[arg-type]
    return frame.fillna("").to_numpy().tolist()


def test_a_table_of_sqlite_is_read_value_by_value(tmp_path: Path) -> None:
    path = _sqlite(tmp_path / "shop.db")

    assert _rows(path, "id", "amount", "day", sheet="Order") == [["007", "12.5", "2024-01-02"], ["8", "n/a", ""]]
    assert sheets_of(path, file="shop.db") == ("Order",)


def test_a_table_of_duckdb_is_read(tmp_path: Path) -> None:
    path = _duckdb(tmp_path / "shop.duckdb")

    assert _rows(path, "id", "amount", "day", sheet="orders", decimal=",") == [["007", "12,50", "2024-01-02"]]


def test_a_table_that_is_not_there_is_told_with_the_one_like_it(tmp_path: Path) -> None:
    with pytest.raises(IntakeError, match="a table 'Orders'; did you mean 'Order'"):
        _rows(_sqlite(tmp_path / "shop.db"), "id", sheet="Orders")


@pytest.mark.parametrize("make", [_sqlite, _duckdb])
def test_a_damaged_database_is_refused(tmp_path: Path, make: object) -> None:
    whole = make(tmp_path / "whole.db").read_bytes()  # type: ignore[operator]
    (tmp_path / "half.db").write_bytes(whole[:600])

    with pytest.raises(IntakeError, match=r"half\.db"):
        _rows(tmp_path / "half.db", "id")
