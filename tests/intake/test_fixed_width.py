"""Columns at fixed places are cut out where the mapping says, and nothing is lost at the edges."""

from __future__ import annotations

import pytest

from crmplan.errors import IntakeError
from crmplan.intake.fixed_width import pieces_of
from crmplan.intake.pieces import Delimited
from crmplan.intake.text_file import TextFile
from crmplan.sources import Reading


def _whole(text: str, *wanted: str, **reading: object) -> Delimited:
    given = Reading(**reading)  # type: ignore[arg-type]
    return pieces_of(TextFile.of(text.encode(), file="x.txt"), wanted=wanted or None, reading=given).whole()


def _rows(text: str, **reading: object) -> list[list[str]]:
    return _whole(text, **reading).frame.to_numpy().tolist()


def test_names_come_from_the_first_line_or_from_the_mapping() -> None:
    body = "0007Ann Lee   12.50\n0008Bo         3.00\n"

    assert _rows("id  name      amount\n" + body, widths=(4, 9, 6)) == [
        ["0007", "Ann Lee", "12.50"],
        ["0008", "Bo", "3.00"],
    ]
    assert _rows(body, widths=(4, 9, 6), header=("id", "name", "amount"))[0] == ["0007", "Ann Lee", "12.50"]


def test_blanks_cut_off_at_the_end_of_a_line_are_no_defect() -> None:
    assert _rows("0007Ann\n0008\n", widths=(4, 9), header=("id", "name")) == [["0007", "Ann"], ["0008", ""]]


def test_lines_that_are_longer_than_the_columns_are_refused_with_their_numbers() -> None:
    with pytest.raises(IntakeError, match=r"x\.txt:2: expected at most 6 characters, as 'widths' says, got '9'"):
        _rows("0007An\n0008Bobby\n", widths=(4, 2), header=("id", "name"))


def test_one_long_line_among_many_is_left_out_and_named() -> None:
    text = "".join(f"{i:04}An\n" for i in range(40)) + "0040Bobby\n"
    done = _whole(text, "id", widths=(4, 2), header=("id", "name"))

    assert (len(done.frame), done.ragged_lines) == (40, (41,))


def test_widths_and_names_must_be_of_one_number() -> None:
    with pytest.raises(ValueError, match="there are 2 widths and 1 names"):
        Reading(widths=(1, 2), header=("id",))
