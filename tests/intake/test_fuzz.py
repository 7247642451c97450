"""Damaged files of every kind end in rows that are accounted for, or in an error that names the file."""

from __future__ import annotations

import csv
import gzip
import io
import json
import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from crmplan.engagement import Engagement
from crmplan.errors import IntakeError, Problem
from crmplan.intake import take_in
from crmplan.intake.proposal import propose
from crmplan.intake.reading import read_raw
from crmplan.intake.sampling import read_sample
from crmplan.sources import Reading

Read = TypeVar("Read")
HEADER = ["o", "c", "d", "a"]
ROWS = [
    ["1", "7", "2024-01-02", "10.50"],
    ["2", "é;7", "31.12.2024", "1.234,56"],
    ["3", "", "x", '"'],
    ["4", "8", "", "0"],
]
FIXED = Reading(widths=(4, 6, 12, 10))


def _text(delimiter: str, encoding: str, newline: str = "\n") -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=newline).writerows([HEADER, *ROWS])
    return out.getvalue().encode(encoding, "replace")


def _workbook() -> bytes:
    out = io.BytesIO()
    pd.DataFrame(ROWS, columns=HEADER).to_excel(out, index=False)
    return out.getvalue()


def _parquet() -> bytes:
    out = io.BytesIO()
    pd.DataFrame(ROWS, columns=HEADER).to_parquet(out)
    return out.getvalue()


def _database(folder: Path, kind: str) -> bytes:
    path = folder / f"x.{kind}"
    connection = sqlite3.connect(path) if kind == "sqlite" else pytest.importorskip("duckdb").connect(str(path))
    connection.execute("create table t (o varchar, c varchar, d varchar, a varchar)")
    connection.executemany("insert into t values (?, ?, ?, ?)", ROWS)
    connection.commit()
    connection.close()
    raw = path.read_bytes()
    path.unlink()
    return raw


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """One whole file of every kind, by its name."""
    pytest.importorskip("openpyxl")
    folder = tmp_path_factory.mktemp("whole")
    lines = [dict(zip(HEADER, row, strict=True)) for row in [*ROWS, ["5", "9", "2024-02-03", "7"]]]
    fixed = "".join(f"{o:4}{c:6}{d:12}{a:10}\n" for o, c, d, a in [HEADER, *ROWS])
    return {
        "comma.csv": _text(",", "utf-8"),
        "tab.tsv": _text("\t", "utf-16"),
        "old.csv": _text(";", "mac_roman", "\r"),
        "windows.csv": _text(";", "cp1252", "\r\n"),
        "packed.csv.gz": gzip.compress(_text(",", "utf-8")),
        "fixed.txt": fixed.encode(),
        "lines.jsonl": "\n".join(json.dumps(line) for line in lines).encode(),
        "list.json": json.dumps(lines).encode(),
        "book.xlsx": _workbook(),
        "columns.parquet": _parquet(),
        "small.sqlite": _database(folder, "sqlite"),
        "small.duckdb": _database(folder, "duckdb"),
    }


def _tried(read: Callable[[], Read]) -> tuple[Read | None, tuple[Problem, ...]]:
    """Return what was read, or why it was refused; any other error is a failure."""
    try:
        return read(), ()
    except IntakeError as error:
        return None, error.problems


KINDS = (
    "comma.csv", "tab.tsv", "old.csv", "windows.csv", "packed.csv.gz", "fixed.txt", "lines.jsonl", "list.json",
    "book.xlsx", "columns.parquet", "small.sqlite", "small.duckdb",
)  # fmt: skip
DAMAGE = st.lists(
    st.tuples(st.sampled_from(["cut", "flip", "put", "drop", "double"]), st.floats(0, 1), st.binary(max_size=6)),
    min_size=1, max_size=4,
)  # fmt: skip


def _damaged(raw: bytes, damage: list[tuple[str, float, bytes]]) -> bytes:
    for way, where, what in damage:
        at = int(where * len(raw))
        match way:
            case "cut":
                raw = raw[:at]
            case "flip":
                raw = raw[:at] + bytes([raw[at] ^ 255]) + raw[at + 1 :] if at < len(raw) else raw
            case "put":
                raw = raw[:at] + what + raw[at:]
            case "drop":
                raw = raw[:at] + raw[at + max(len(what), 1) :]
            case _:
                raw = raw[:at] + raw[at // 2 :]
    return raw


@pytest.mark.parametrize("name", KINDS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(damage=DAMAGE)
def test_damaged_files_are_read_or_refused_by_name(
    tmp_path: Path, whole: dict[str, bytes], name: str, damage: list[tuple[str, float, bytes]]
) -> None:
    (tmp_path / name).write_bytes(_damaged(whole[name], damage))
    reading = FIXED if name == "fixed.txt" else Reading()
    for wanted in (HEADER, None):
        raw, refused = _tried(partial(read_raw, tmp_path / name, folder=tmp_path, wanted=wanted, reading=reading))
        if raw is None:
            assert all(name in problem.where for problem in refused)
            continue
        assert set(raw.frame.columns) <= set(raw.header)
        assert all(str(dtype) == "str" for dtype in raw.frame.dtypes)
        if wanted is None and raw.frame.shape[1]:
            propose(raw)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.lists(st.sampled_from(["1", "x", "", "2024-01-02", "a;b", 'q"', "n\nl"]), max_size=6), max_size=30)
)
@example(rows=[["1", "x", "2024-01-02", "5"]] * 25 + [["1", "x"]])
def test_every_row_of_a_text_is_used_or_accounted_for(tmp_path: Path, rows: list[list[str]]) -> None:
    """However wide its rows are: what cannot be taken apart is told, or the whole file is refused."""
    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator="\n").writerows([HEADER, *rows])
    folder = tmp_path / "mill"
    (folder / "data").mkdir(parents=True, exist_ok=True)
    (folder / "data" / "o.csv").write_text(out.getvalue(), "utf-8")
    mapping = "{order_id: o, customer_id: c, ordered_at: d, net_amount: a}"
    yaml = "client: {name: X, currency: EUR}\nas_of: 2024-12-31\nsources:\n  - name: shop\n    tables:\n"
    yaml += f'      - {{table: orders, file: data/o.csv, reading: {{delimiter: ";"}}, columns: {mapping}}}\n'
    (folder / "engagement.yaml").write_text(yaml, "utf-8")
    n_rows = sum(1 for row in csv.reader(io.StringIO(out.getvalue(), newline=""), delimiter=";") if row) - 1
    n_blank = sum(row == [""] for row in rows)
    intake, refused = _tried(lambda: take_in(Engagement.open(folder)))
    if intake is None:
        assert all("data/o.csv" in problem.where for problem in refused)
    else:
        assert int(intake.ledger["n_rows"].sum()) in {n_rows, n_rows - n_blank}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=st.binary(max_size=300), name=st.sampled_from(KINDS))
def test_any_bytes_under_any_name_are_read_or_refused(tmp_path: Path, raw: bytes, name: str) -> None:
    (tmp_path / name).write_bytes(raw)
    _, refused = _tried(lambda: read_sample(tmp_path / name, folder=tmp_path))

    assert all(name in problem.where for problem in refused)
