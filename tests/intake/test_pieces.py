"""How a file is cut into pieces, and what is held in memory, changes nothing of what comes in."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from crmplan.engagement import Engagement
from crmplan.errors import IntakeError
from crmplan.intake import Intake, take_in
from crmplan.intake.table_rows import Folder, TableRows

HEADER = ["o", "c", "d", "a", "b", "s"]
CELLS = {
    "o": ["1", "2", "3", "04", "5.0", ""],
    "c": ["7", "008", "é;7", "n\nl", 'q"t', ""],
    "d": ["2024-01-02", "03.04.2024", "31.12.2024", "x", ""],
    "a": ["10,50", "1.234", "-3", "twelve", "", "9"],
    "b": ["1", "2,5", "?", "zwölf"],
    "s": ["shipped", "Cancelled", "odd", ""],
}
ROW = st.tuples(*(st.sampled_from(CELLS[name]) for name in HEADER)).map(list)
RAGGED = st.lists(st.sampled_from(["1", "x", ""]), min_size=1, max_size=8)
ROWS = st.lists(st.one_of(*[ROW] * 24, RAGGED), min_size=1, max_size=60)
MAPPING = """\
client: {{name: X, currency: EUR}}
as_of: 2024-12-31
sources:
  - name: shop
    tables:
      - table: orders
        file: data/{file}
        reading: {reading}
        columns:
          order_id: o
          customer_id: c
          ordered_at: {{column: d, formats: ["%d.%m.%Y", "%m.%d.%Y", ISO8601]}}
          net_amount: {{total_of: [a, b]}}
          status: s
      - table: customers
        file: data/{file}
        reading: {reading}
        distinct: true
        columns: {{customer_id: c, name: s, updated_at: {{column: d, formats: [ISO8601]}}}}
      - table: opportunities
        file: data/{file}
        reading: {reading}
        columns: {{opportunity_id: o, customer_id: c, created_at: d, outcome: s, amount: a}}
"""


def _text(rows: list[list[str]], encoding: str, newline: str = "\n") -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator=newline).writerows([HEADER, *rows])
    return out.getvalue().encode(encoding)


def _lines(rows: list[list[str]]) -> bytes:
    entries = [dict(zip(HEADER, row, strict=False)) for row in rows]
    return "\n".join(json.dumps(entry) if len(entry) > 2 else "{torn" for entry in entries).encode()


def _columns(rows: list[list[str]]) -> bytes:
    out = io.BytesIO()
    whole = [row for row in rows if len(row) == len(HEADER)]
    pd.DataFrame(whole, columns=HEADER, dtype="str").to_parquet(out)
    return out.getvalue()


def _fixed(rows: list[list[str]]) -> bytes:
    lines = ["".join(f"{cell.replace(chr(10), ' '):12}" for cell in row) for row in [HEADER, *rows]]
    return "\n".join(lines).encode()


WRITERS: dict[str, tuple[Callable[[list[list[str]]], bytes], str]] = {
    "comma.csv": (lambda rows: _text(rows, "utf-8"), '{delimiter: ";", decimal: ","}'),
    "windows.csv": (lambda rows: _text(rows, "cp1252", "\r\n"), '{delimiter: ";", decimal: ","}'),
    "old.csv": (lambda rows: _text(rows, "mac_roman", "\r"), '{delimiter: ";", decimal: ","}'),
    "wide.csv": (lambda rows: _text(rows, "utf-16"), '{delimiter: ";", decimal: ","}'),
    "packed.csv.gz": (lambda rows: gzip.compress(_text(rows, "utf-8")), '{delimiter: ";", decimal: ","}'),
    "lines.jsonl": (_lines, '{decimal: ","}'),
    "columns.parquet": (_columns, '{decimal: ","}'),
    "fixed.txt": (_fixed, '{widths: [12, 12, 12, 12, 12, 12], decimal: ","}'),
}


def _taken(engagement: Engagement, **sizes: int) -> Intake | tuple[str, ...]:
    try:
        return take_in(engagement, **sizes)
    except IntakeError as error:
        return tuple(map(str, error.problems))


@pytest.mark.parametrize("name", WRITERS)
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, piece_bytes=st.integers(8, 3_000), held_bytes=st.sampled_from([0, 2_000, 10**9]))
@example(
    rows=[["1", "x" * 3_000, "2024-01-02", "1", "2", ""], ["2", "8", "x", "9", "1", ""]], piece_bytes=50, held_bytes=0
)
@example(rows=[["1", "7", "x", "1", "2", "", ""]] * 30, piece_bytes=50, held_bytes=0)
def test_the_size_of_pieces_changes_nothing(
    tmp_path: Path, name: str, rows: list[list[str]], piece_bytes: int, held_bytes: int
) -> None:
    write, reading = WRITERS[name]
    folder = tmp_path / "mill"
    (folder / "data").mkdir(parents=True, exist_ok=True)
    (folder / "data" / name).write_bytes(write(rows))
    (folder / "engagement.yaml").write_text(MAPPING.format(file=name, reading=reading), "utf-8")
    engagement = Engagement.open(folder)

    whole = _taken(engagement)
    cut = _taken(engagement, piece_bytes=piece_bytes, held_bytes=held_bytes)

    if not isinstance(whole, Intake) or not isinstance(cut, Intake):
        assert cut == whole
        return
    assert cut.findings == whole.findings
    pd.testing.assert_frame_equal(cut.ledger, whole.ledger)
    assert cut.tables.names == whole.tables.names
    for table in whole.tables.names:
        pd.testing.assert_frame_equal(cut.tables.frame(table), whole.tables.frame(table))


def test_rows_that_are_many_lie_in_a_file_that_goes_when_nobody_needs_them(tmp_path: Path) -> None:
    frame = pd.DataFrame({"order_id": ["1", "2"], "is_refund": pd.array([True, None], dtype="boolean")})
    rows = TableRows("orders", Folder(tmp_path), held_bytes=0)
    rows.add(frame)
    rows.add(frame)

    assert rows.file is not None
    assert rows.file.is_file()
    assert [str(dtype) for dtype in rows.frame().dtypes] == ["str", "boolean"]
    assert [len(piece) for piece in rows.pieces()] == [4]
    del rows
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("x")
    rows = TableRows("orders", Folder(tmp_path / "taken"), held_bytes=0)
    with pytest.raises(IntakeError, match="make the client's folder writable"):
        rows.add(pd.DataFrame({"order_id": ["1"]}))
