"""Delimited text is taken apart whatever its delimiter and encoding, or refused with its line."""

from __future__ import annotations

import codecs
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmplan.engagement import Reading
from crmplan.errors import IntakeError
from crmplan.intake.delimited import delimiter_of, pieces_of
from crmplan.intake.pieces import Delimited
from crmplan.intake.text_file import TextFile

CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\x00", exclude_categories=("Cs", "Cc")), max_size=12)


def _whole(text: str | bytes, wanted: list[str], **reading: object) -> Delimited:
    raw = text.encode() if isinstance(text, str) else text
    given = Reading(**reading)  # type: ignore[arg-type]
    return pieces_of(TextFile.of(raw, file="x.csv", encoding=given.encoding), wanted=wanted, reading=given).whole()


def _rows(text: str | bytes, wanted: list[str], **reading: object) -> list[list[str]]:
    return _whole(text, wanted, **reading).frame[wanted].to_numpy().tolist()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_out(delimiter: str) -> None:
    text = delimiter.join(["id", "name"]) + "\n" + delimiter.join(["007", "Ann"]) + "\n"

    assert _rows(text, ["id", "name"]) == [["007", "Ann"]]


@pytest.mark.parametrize("delimiter", ["^", "~", "¦", "\x01"])
def test_a_rare_delimiter_is_found_out_where_no_usual_one_parts_the_lines(delimiter: str) -> None:
    rows = [["id", "amount"], ["007", "1,50"], ["008", "2,75"]]
    text = "".join(delimiter.join(row) + "\n" for row in rows)

    assert _rows(text, ["id", "amount"]) == rows[1:]
    assert delimiter_of(f"id,note{delimiter}\n1,a{delimiter}\n") == ","


def test_a_decimal_comma_does_not_pass_for_the_delimiter() -> None:
    assert delimiter_of("id;amount\n1;2,50\n2;3,75\n") == ";"


def test_columns_of_blanks_are_parted_whatever_their_width() -> None:
    rows = _rows(
        " 00004 0001  19970101\n 00021  0002 19970102\n", ["a", "c"], delimiter="whitespace", header=("a", "b", "c")
    )

    assert rows == [["00004", "19970101"], ["00021", "19970102"]]


def test_a_delimiter_may_be_longer_than_one_character() -> None:
    assert _rows("a||b\n1||2\n", ["b"], delimiter="||") == [["2"]]


def test_the_line_that_excel_writes_before_the_header_names_the_delimiter() -> None:
    assert _rows("sep=;\na;b\n1,0;2\n", ["a", "b"]) == [["1,0", "2"]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "mac_roman"])
def test_the_encoding_is_found_out(encoding: str) -> None:
    assert _rows("name,town\nZoë,Köln\n".encode(encoding), ["name", "town"]) == [["Zoë", "Köln"]]


def test_utf_16_without_a_mark_is_found_out() -> None:
    assert _rows("id,name\n1,Ann\n".encode("utf-16-be"), ["id", "name"]) == [["1", "Ann"]]


def test_a_mark_of_byte_order_is_no_part_of_the_first_column() -> None:
    assert _rows(codecs.BOM_UTF8 + b"id\n1\n", ["id"], encoding="utf-8") == [["1"]]


def test_text_in_another_encoding_than_the_one_given_is_refused_with_its_line() -> None:
    with pytest.raises(IntakeError, match=r"x\.csv:2: expected text in utf-8"):
        _rows("id,name\n1,Zoë\n".encode("cp1252"), ["id"], encoding="utf-8")


def test_an_encoding_that_does_not_exist_is_refused() -> None:
    with pytest.raises(IntakeError, match="an encoding that Python knows, got 'utf-99'"):
        _rows("id\n1\n", ["id"], encoding="utf-99")


def test_quoted_cells_may_hold_delimiters_quotes_and_line_breaks() -> None:
    text = 'id,name\n1,"Lee, ""Ann""\nJr"\n2,Bo\n'

    assert _rows(text, ["id", "name"]) == [["1", 'Lee, "Ann"\nJr'], ["2", "Bo"]]


def test_a_quotation_mark_that_is_never_closed_is_refused_with_its_line() -> None:
    with pytest.raises(IntakeError, match=r"x\.csv:3: expected every quotation mark closed"):
        _rows('id,name\n1,Ann\n2,"Bo\n3,Cy\n4,Di\n', ["id"])


def test_an_inch_mark_within_a_cell_is_text() -> None:
    assert _rows('id,name\n1,5" pipe\n2,hose\n', ["name"]) == [['5" pipe'], ["hose"]]


def test_a_few_ragged_rows_are_left_out_and_named_by_line() -> None:
    text = "id,name\n" + "".join(f"{i},n\n" for i in range(98)) + "98,a,b\n\n99\n100,n\n"
    done = _whole(text, ["id"])

    assert len(done.frame) == 99
    assert done.ragged_lines == (100, 102)


def test_many_ragged_rows_are_refused_with_their_lines() -> None:
    with pytest.raises(IntakeError, match=r"x\.csv:3: expected 2 cells as in the header, got '3'"):
        _rows("id,name\n1,a\n2,b,c\n3,d,e\n", ["id"])


def test_a_header_alone_is_no_row() -> None:
    assert _rows("id,name\n", ["id"]) == []


def test_blank_lines_are_no_rows() -> None:
    assert _rows("\n\nid,name\n\n1,a\n\n", ["id"]) == [["1"]]


@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=20))
def test_what_is_written_is_read(rows: list[tuple[str, str]]) -> None:
    quoted = "\r\n".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows)
    read = _rows('"a","b"\r\n' + quoted + "\r\n", ["a", "b"], delimiter=",", encoding="utf-8")

    assert read == [list(row) for row in rows]


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    with contextlib.suppress(IntakeError):
        _whole(raw, ["a"])


def test_a_delimiter_outside_ascii_parts_the_cells() -> None:
    found = _whole("id§name\n7§Ann\n", ["name"], delimiter="§")

    assert found.frame["name"].tolist() == ["Ann"]


def test_lines_may_end_as_on_old_macs() -> None:
    assert _rows("name,town\rZoë,Köln\rBo,Ulm\r".encode("mac_roman"), ["town"]) == [["Köln"], ["Ulm"]]


def test_titles_above_the_names_of_the_columns_are_passed_over() -> None:
    text = "Orders of the web shop;;\nfrom 2024-01-01;;\n\nNo;Day;Amount\n7;2024-01-02;5,00\n"

    assert _rows(text, ["No", "Amount"]) == [["7", "5,00"]]
    assert _rows(text, ["Day"], header_row=4) == [["2024-01-02"]]


def test_empty_cells_behind_every_row_are_no_cells() -> None:
    assert _rows("id,name\n1,Ann,\n2,Bo,\n", ["name"]) == [["Ann"], ["Bo"]]


def test_a_row_with_a_cell_too_many_is_never_shifted_into_other_columns() -> None:
    rows = "".join(f"{i},Ann,10\n" for i in range(40))
    done = _whole(f"id,name,amount\n{rows}40,Lee, Bo,99\n", ["amount"])

    assert done.ragged_lines == (42,)
    assert set(done.frame["amount"]) == {"10"}
