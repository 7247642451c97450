from __future__ import annotations

import base64
from typing import Any

import pandas as pd

from crmplan.reporting.brand import standard_brand
from crmplan.reporting.document import Chapter, chapter_of

from .conftest import executed, prose

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(8)).decode()


def _chapter(*cells: dict[str, Any], **options: Any) -> Chapter:
    return chapter_of({"cells": list(cells)}, name="05_value", number=6, brand=standard_brand(), **options)


def _output(**data: str) -> dict[str, Any]:
    named = {name.replace("_", "/"): text for name, text in data.items()}
    return {"cell_type": "code", "source": "df", "outputs": [{"output_type": "execute_result", "data": named}]}


def test_title_and_lead_are_taken_from_the_first_cell() -> None:
    chapter = _chapter(prose("# What customers are worth\n\nA *lead*.\n\nMore."))

    assert chapter.title == "What customers are worth"
    assert [part["kind"] for part in chapter.parts] == ["lead", "paragraph"]
    assert [(run["text"], run["em"]) for run in chapter.parts[0]["runs"]] == [
        ("A ", False),
        ("lead", True),
        (".", False),
    ]


def test_a_chapter_without_title_is_named_after_its_file() -> None:
    assert _chapter(prose("Only prose.")).title == "Value"


def test_code_is_left_out_and_facts_go_before_their_html() -> None:
    kinds = [part["kind"] for part in _chapter(*executed()["cells"]).parts]

    assert kinds == ["lead", "findings", "keyfigures", "table", "chart", "note", "note", "note", "heading", "paragraph"]


def test_a_section_whose_cells_show_nothing_is_left_out_with_its_heading() -> None:
    silent = {"cell_type": "code", "source": "nothing()", "outputs": []}
    said = _output(text_plain="'shown'")
    cells = [
        prose("# T\n\nLead."),
        silent,
        prose("## Empty\n\nIts lead."),
        silent,
        silent,
        prose("## Full"),
        silent,
        said,
    ]

    def headings(**options: Any) -> list[str]:
        parts = _chapter(*cells, prose("## Prose only"), **options).parts
        return ["".join(run["text"] for run in part["runs"]) for part in parts if part["kind"] == "heading"]

    assert headings() == ["Full", "Prose only"]
    assert headings(is_complete=False) == ["Empty", "Full", "Prose only"]


def test_headings_skip_no_level() -> None:
    chapter = _chapter(prose("# T"), prose("#### Deep"), prose("# Another title"), prose("### Deeper"))

    assert [part["level"] for part in chapter.parts] == [2, 2, 3]


def test_anchors_are_unique() -> None:
    chapter = _chapter(prose("# T"), prose("## Same"), prose("## Same"))

    assert len({part["anchor"] for part in chapter.parts}) == 2


def test_html_in_markdown_is_text_and_a_link_shows_its_address() -> None:
    (part,) = _chapter(prose("<b>x</b> [here](https://example.org) [there](javascript:alert(1))")).parts

    text = "".join(run["text"] for run in part["runs"])
    assert "<b>x</b> here (https://example.org)" in text
    assert not any("href" in run for run in part["runs"])


def test_lists_keep_their_items_and_nested_ones_are_lifted() -> None:
    (part,) = _chapter(prose("1. one\n2. two\n   - inner\n3. three")).parts

    assert part["ordered"]
    assert ["".join(run["text"] for run in item) for item in part["items"]] == ["one", "two", "inner", "three"]


def test_a_frame_of_the_consultants_own_cell_becomes_a_table() -> None:
    frame = pd.DataFrame({"city": ["<b>Bonn</b>", "Köln"], "orders": [3.5, None]})

    (part,) = _chapter(_output(text_html=frame._repr_html_(), text_plain="t")).parts

    assert part["kind"] == "table"
    assert part["header"] == ["", "city", "orders"]
    assert part["rows"] == [["0", "<b>Bonn</b>", "3.5"], ["1", "Köln", "–"]]
    assert part["align"] == ["right", "left", "right"]


def test_a_long_frame_is_cut_and_says_so() -> None:
    frame = pd.DataFrame({"n": range(50)})

    with pd.option_context("display.max_rows", 100):
        (part,) = _chapter(_output(text_html=frame._repr_html_(), text_plain="t")).parts

    assert len(part["rows"]) == 30
    assert part["caption"] == "First 30 of 50 rows"


def test_other_html_is_shown_as_its_plain_text() -> None:
    (part,) = _chapter(_output(text_html="<script>alert(1)</script>", text_plain="a \x1b[31mplot\x1b[0m")).parts

    assert part == {"kind": "text", "text": "a plot"}


def test_a_png_is_a_picture_and_what_is_none_is_not_embedded() -> None:
    assert _chapter(_output(image_png=PNG, text_plain="Figure")).parts[0]["kind"] == "image"
    assert not _chapter(_output(image_png='" onerror="x', text_plain="Figure")).parts


def test_standard_error_is_for_the_consultant_only() -> None:
    streams = [
        {"output_type": "stream", "name": "stderr", "text": "a warning"},
        {"output_type": "stream", "name": "stdout", "text": ["printed\n"]},
        {"output_type": "error", "ename": "X", "evalue": "y", "traceback": ["z"]},
    ]

    assert [part["text"] for part in _chapter({"cell_type": "code", "source": "", "outputs": streams}).parts] == [
        "printed"
    ]


def test_a_chapter_that_failed_says_so() -> None:
    chapter = _chapter(prose("# T"), is_complete=False)

    assert chapter.parts[-1]["tone"] == "warning"
    assert "could not be completed" in chapter.parts[-1]["message"]


def test_unprintable_characters_are_taken_out() -> None:
    assert _chapter(prose("# T\x00it\u202ele\ud800")).title == "Title"
