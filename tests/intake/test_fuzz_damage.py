"""Each way in which files go wrong ends in rows that are accounted for, or in an error that names the file.

``CRMPLAN_FUZZ=60 pytest tests/intake/test_fuzz_damage.py`` tries sixty times as many examples.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmplan.engagement import Engagement
from crmplan.errors import IntakeError
from crmplan.intake import Intake, take_in
from crmplan.intake.mapping import propose_mapping

THOROUGH = int(os.environ.get("CRMPLAN_FUZZ", "1"))
HEADER = ["o", "c", "d", "a"]
ROWS = [[f"{i:03}", f"{i % 7:03}", f"2024-01-{i % 28 + 1:02}", f"{i}.50"] for i in range(1, 121)]
FEW = settings(max_examples=10 * THOROUGH, deadline=None, suppress_health_check=list(HealthCheck))


def _csv(newline: str = "\n") -> str:
    return newline.join(",".join(row) for row in [HEADER, *ROWS]) + newline


def _taken_in(folder: Path, name: str, raw: bytes) -> tuple[Intake | None, str]:
    """Return what came in, or why not; an error must name the file, and any other error is a failure."""
    (folder / "data").mkdir(parents=True, exist_ok=True)
    (folder / "data" / name).write_bytes(raw)
    columns = "{order_id: o, customer_id: c, ordered_at: d, net_amount: a}"
    yaml = "client: {name: X, currency: EUR}\nas_of: 2024-12-31\nsources:\n  - name: shop\n    tables:\n"
    (folder / "engagement.yaml").write_text(
        f"{yaml}      - {{table: orders, file: data/{name}, columns: {columns}}}\n", "utf-8"
    )
    try:
        return take_in(Engagement.open(folder)), ""
    except IntakeError as error:
        refused = error
    assert all(f"data/{name}" in problem.where for problem in refused.problems)
    return None, str(refused)


def _outcomes(intake: Intake | None) -> dict[str, int]:
    assert intake is not None
    return {str(name): int(n) for name, n in intake.ledger.groupby("outcome")["n_rows"].sum().items()}


def _book(frame: pd.DataFrame | None = None) -> bytes:
    pytest.importorskip("openpyxl")
    out = io.BytesIO()
    (pd.DataFrame(ROWS, columns=HEADER) if frame is None else frame).to_excel(out, index=False)
    return out.getvalue()


def _repacked(raw: bytes, changed: Callable[[str, bytes], bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, changed(name, old.read(name)))
    return out.getvalue()


def _parquet() -> bytes:
    out = io.BytesIO()
    pd.DataFrame(ROWS, columns=HEADER).to_parquet(out)
    return out.getvalue()


@pytest.fixture(scope="module")
def databases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("databases")
    for name in ("x.sqlite", "x.duckdb"):
        connection = sqlite3.connect(folder / name) if name == "x.sqlite" else pytest.importorskip("duckdb").connect(
            str(folder / name)
        )  # fmt: skip
        connection.execute("create table t (o varchar, c varchar, d varchar, a varchar)")
        connection.executemany("insert into t values (?, ?, ?, ?)", ROWS * 5)
        connection.commit()
        connection.close()
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix in {".sqlite", ".duckdb"}}


@FEW
@given(kept=st.floats(0, 0.999))
def test_a_binary_file_that_was_cut_off_is_refused(tmp_path: Path, databases: dict[str, bytes], kept: float) -> None:
    whole = {"x.csv.gz": gzip.compress(_csv().encode()), "x.xlsx": _book(), "x.parquet": _parquet(), **databases}
    for name, raw in whole.items():
        intake, said = _taken_in(tmp_path, name, raw[: int(kept * len(raw))])

        # What is left of the very beginning may be taken for a text without the columns.
        assert intake is None, name
        assert said


@FEW
@given(kept=st.integers(9, 2000), newline=st.sampled_from(["\n", "\r\n", "\r"]))
def test_of_a_text_that_was_cut_off_every_row_is_used_or_told(tmp_path: Path, kept: int, newline: str) -> None:
    text = _csv(newline)[:kept]
    outcomes = _outcomes(_taken_in(tmp_path, "x.csv", text.encode())[0]) if text.count(newline) > 25 else {}

    if outcomes:
        assert sum(outcomes.values()) == len([line for line in text.split(newline) if line]) - 1


@FEW
@given(kept=st.integers(1200, 6000))
def test_of_half_written_json_lines_every_line_is_used_or_told(tmp_path: Path, kept: int) -> None:
    text = "\n".join(json.dumps(dict(zip(HEADER, row, strict=True))) for row in ROWS)[:kept]
    outcomes = _outcomes(_taken_in(tmp_path, "x.jsonl", text.encode())[0])

    assert sum(outcomes.values()) == len(text.splitlines())
    assert outcomes.get("malformed", 0) <= 1


@FEW
@given(at=st.integers(0, 4000), encoding=st.sampled_from(["utf-16", "utf-16-le", "utf-16-be"]))
def test_utf_16_of_which_a_byte_is_missing_is_refused(tmp_path: Path, at: int, encoding: str) -> None:
    raw = _csv().encode(encoding)
    at = min(at, len(raw) - 1)

    assert _taken_in(tmp_path, "x.csv", raw[:at] + raw[at + 1 :])[0] is None


@pytest.mark.parametrize("mark", [b"\xff\xfe", b"\xfe\xff"])
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-8"])
def test_a_wrong_mark_of_byte_order_is_told(tmp_path: Path, mark: bytes, encoding: str) -> None:
    intake, said = _taken_in(tmp_path, "x.csv", mark + _csv().encode(encoding))

    if {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}[mark] == encoding:
        assert _outcomes(intake) == {"used": len(ROWS)}
    else:
        assert "x.csv:1: expected text in utf-16, as its first two bytes say" in said


def test_utf_32_is_read(tmp_path: Path) -> None:
    assert _outcomes(_taken_in(tmp_path, "x.csv", _csv().encode("utf-32"))[0]) == {"used": len(ROWS)}


@FEW
@given(which=st.sets(st.integers(0, len(ROWS) - 1), min_size=1, max_size=20), byte=st.sampled_from([0x00, 0xE9, 0x81]))
def test_bytes_of_another_encoding_lose_no_row(tmp_path: Path, which: set[int], byte: int) -> None:
    rows = [",".join(row).encode() for row in ROWS]
    text = [row + (b"," + bytes([byte]) + "ü".encode() if at in which else b",x") for at, row in enumerate(rows)]
    outcomes = _outcomes(_taken_in(tmp_path, "x.csv", b"\n".join([b"o,c,d,a,note", *text]))[0])

    assert outcomes == {"used": len(ROWS)}


@FEW
@given(at=st.integers(1, len(ROWS)))
def test_a_quotation_mark_that_nobody_closed_is_told_with_its_line(tmp_path: Path, at: int) -> None:
    lines = _csv().splitlines()
    lines[at] = lines[at].replace(",", ',"', 1)
    intake, said = _taken_in(tmp_path, "x.csv", "\n".join(lines).encode())

    if intake is None:
        assert f"x.csv:{at + 1}" in said
    else:  # on the last line the mark holds the rest of one row only
        assert at == len(ROWS)
        assert _outcomes(intake) == {"used": len(ROWS) - 1, "malformed": 1}


@pytest.mark.parametrize("name", ["x.csv", "x.txt", "x.xls", "x.dat"])
def test_what_a_file_is_does_not_follow_from_its_name(tmp_path: Path, name: str) -> None:
    lines = "\n".join(json.dumps(dict(zip(HEADER, row, strict=True))) for row in ROWS)
    for raw in (_csv().encode(), _csv().replace(",", "\t").encode(), _book(), _parquet(), lines.encode()):
        assert _outcomes(_taken_in(tmp_path, name, raw)[0]) == {"used": len(ROWS)}
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("orders.csv", _csv())
    assert "an archive without one" in _taken_in(tmp_path, name, archive.getvalue())[1]
    assert "got 'a PDF'" in _taken_in(tmp_path, name, b"%PDF-1.7\n" + _csv().encode())[1]
    assert "got 'an old Excel workbook'" in _taken_in(tmp_path, name, b"\xd0\xcf\x11\xe0" + bytes(600))[1]
    assert "got 'a web page'" in _taken_in(tmp_path, name, b"<html><table></table></html>")[1]


@pytest.mark.parametrize("said", [b'ref="A1"', b'ref="A1:D20"', b'ref="A1:XFD1048576"'])
def test_a_sheet_that_says_it_is_smaller_loses_no_row(tmp_path: Path, said: bytes) -> None:
    raw = _repacked(_book(), lambda _, part: re.sub(rb'(<dimension )ref="[^"]*"', rb"\1" + said, part))

    assert _outcomes(_taken_in(tmp_path, "x.xlsx", raw)[0]) == {"used": len(ROWS)}


def test_an_archive_that_unpacks_to_far_more_than_rows_is_refused(tmp_path: Path) -> None:
    def filled(name: str, part: bytes) -> bytes:
        return part.replace(b"</sheetData>", b"</sheetData>" + b" " * 120_000_000) if "sheet1" in name else part

    assert (
        "expected a workbook of rows, got '120 MB packed into 0.1'"
        in _taken_in(tmp_path, "x.xlsx", _repacked(_book(), filled))[1]
    )


def test_ten_thousand_columns_are_read_and_a_million_are_refused(tmp_path: Path) -> None:
    wide = [
        ",".join([*HEADER, *(f"x{at}" for at in range(10_000))]),
        *(",".join([*row, *[""] * 10_000]) for row in ROWS),
    ]

    assert _outcomes(_taken_in(tmp_path, "x.csv", "\n".join(wide).encode())[0]) == {"used": len(ROWS)}
    assert (
        "expected a table of at most 20,000 columns, got '1,000,004'"
        in _taken_in(tmp_path, "x.csv", b"o,c,d,a" + b"," * 1_000_000)[1]
    )


def test_a_cell_of_ten_million_characters_is_a_cell(tmp_path: Path) -> None:
    text = f"o,c,d,a,note\n1,7,2024-01-02,5,{'x' * 10_000_000}\n2,8,2024-01-03,6,y\n"

    assert _outcomes(_taken_in(tmp_path, "x.csv", text.encode())[0]) == {"used": 2}


def test_a_folder_in_place_of_a_file_is_told(tmp_path: Path) -> None:
    _taken_in(tmp_path, "y.csv", _csv().encode())
    (tmp_path / "data" / "y.csv").unlink()
    (tmp_path / "data" / "y.csv").mkdir()

    with pytest.raises(IntakeError, match=r"the file data/y\.csv"):
        take_in(Engagement.open(tmp_path))
    with pytest.raises(IntakeError, match=r"y\.csv: expected a file"):
        propose_mapping(tmp_path, [tmp_path / "data" / "y.csv"])


@pytest.mark.parametrize("name", ["x.csv", "x.parquet", "x.xlsx"])
def test_a_file_that_may_not_be_read_is_told(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = Path.open

    def forbidden(path: Path, *given: object, **named: object) -> object:
        if path.name == name and given[:1] == ("rb",):
            raise PermissionError(13, "Permission denied")
        return usual(path, *given, **named)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", forbidden)
    said = "expected a file that can be read, got 'PermissionError'"

    assert said in _taken_in(tmp_path, name, _csv().encode())[1]
