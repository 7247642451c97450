"""JSON objects become rows of text, digit by digit as the file has them."""

from __future__ import annotations

import pytest

from crmplan.errors import IntakeError
from crmplan.intake.json_lines import pieces_of
from crmplan.intake.pieces import Delimited
from crmplan.intake.text_file import TextFile
from crmplan.sources import Reading


def _whole(text: str, *wanted: str, **reading: object) -> Delimited:
    given = Reading(**reading)  # type: ignore[arg-type]
    return pieces_of(TextFile.of(text.encode(), file="x.jsonl"), wanted=wanted or None, reading=given).whole()


def _rows(text: str, *wanted: str, **reading: object) -> list[list[str]]:
    return _whole(text, *wanted, **reading).frame.fillna("").to_numpy().tolist()


def test_fields_that_some_objects_lack_are_empty() -> None:
    assert _rows('{"id": "007", "n": 1}\n\n{"id": "8", "at": null, "m": true}\n') == [
        ["007", "1", "", ""],
        ["8", "", "", "true"],
    ]


def test_fields_within_fields_and_lists_are_named_and_kept() -> None:
    assert _rows('{"c": {"id": 7}, "tags": ["a", "b"]}\n', "c.id", "tags") == [["7", '["a", "b"]']]


def test_one_list_of_objects_is_read_like_lines() -> None:
    assert _rows('[{"id": 1},\n {"id": 2}]', "id") == [["1"], ["2"]]


def test_numbers_get_the_decimal_mark_of_the_mapping() -> None:
    assert _rows('{"a": 1234.50}', "a", decimal=",") == [["1234,50"]]


def test_lines_that_are_no_objects_are_refused_with_their_numbers() -> None:
    with pytest.raises(IntakeError, match=r"x\.jsonl:2: expected a JSON object"):
        _rows('{"id": 1}\n{"id": \n')


def test_a_list_with_a_mistake_is_refused_with_its_line() -> None:
    with pytest.raises(IntakeError, match=r"x\.jsonl:2: expected a list of JSON objects"):
        _rows('[{"id": 1},\n {"id": }]')
    with pytest.raises(IntakeError, match="entry 2 is none"):
        _rows('[{"id": 1}, 7]')


def test_a_damaged_line_among_many_is_left_out_and_named() -> None:
    text = "".join(f'{{"id": {i}}}\n' for i in range(40)) + '{"id": 4\n'
    done = _whole(text, "id")

    assert (len(done.frame), done.ragged_lines) == (40, (41,))


def test_an_object_that_names_a_field_twice_is_left_out_and_named() -> None:
    text = "".join(f'{{"id": {i}}}\n' for i in range(40)) + '{"id": 40, "at": {"city": "Bonn", "city": "Kiel"}}\n'

    assert _whole(text, "id").ragged_lines == (41,)
    with pytest.raises(IntakeError, match=r"x\.jsonl:1: expected a JSON object, got 'a field that is named twice'"):
        _rows('{"id": 1, "id": 2}\n')
    with pytest.raises(IntakeError, match=r"x\.jsonl: expected a list of JSON objects, got 'a field that"):
        _rows('[{"id": 1}, {"id": 2, "id": 3}]')


def test_half_a_character_is_replaced_and_stops_nothing() -> None:
    assert _rows('{"name": "a\\ud800b"}', "name") == [["a?b"]]
