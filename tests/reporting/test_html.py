from __future__ import annotations

import itertools
import re
from datetime import date

import pytest

from crmplan.reporting.blocks import Table
from crmplan.reporting.brand import Brand, Logo, standard_brand
from crmplan.reporting.document import Document, chapter_of
from crmplan.reporting.html import report_html
from crmplan.reporting.page import block_html

from .conftest import HOSTILE, PageReader, all_blocks, executed, prose


def _document(word: str = "Word", *, is_complete: bool = True) -> Document:
    brand = standard_brand()
    colours = dict(brand.colours)
    chapters = tuple(
        chapter_of(
            executed(word, f"Chapter {number} {word}"), name="x", number=number, brand=brand, is_complete=complete
        )
        for number, complete in ((1, True), (2, is_complete))
    )
    own = Brand(colours, word, word, Logo("png", b"\x89PNG\r\n\x1a\n"))
    return Document("CRM strategy", word, date(2024, 12, 31), own, chapters, (word,))


def _read(text: str) -> PageReader:
    reader = PageReader()
    reader.feed(text)
    return reader


@pytest.fixture(scope="module")
def page() -> str:
    return report_html(_document())


def test_the_page_allows_no_script_and_nothing_from_outside(page: str) -> None:
    policy = next(meta for meta in _read(page).all("meta") if meta.get("http-equiv"))

    assert (policy["content"] or "").startswith(
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:"
    )


def test_the_page_refers_to_nothing_outside_itself(page: str) -> None:
    reader = _read(page)
    addresses = [
        value or "" for _, attributes in reader.tags for name, value in attributes.items() if name in {"src", "href"}
    ]

    assert addresses
    assert all(address.startswith(("#", "data:")) for address in addresses)
    assert not reader.all("script")
    assert not reader.all("link")
    assert not re.search(r"url\((?!#|data:)", page)
    assert "@import" not in page


def test_the_page_is_named_and_in_a_language(page: str) -> None:
    assert '<html lang="en">' in page
    assert "<title>CRM strategy for Word</title>" in page


def test_every_link_of_the_contents_leads_somewhere(page: str) -> None:
    reader = _read(page)
    ids = [str(attributes["id"]) for _, attributes in reader.tags if "id" in attributes]
    links = [str(attributes["href"])[1:] for attributes in reader.all("a")]

    assert len(links) == 3
    assert set(links) <= set(ids)
    assert len(ids) == len(set(ids)), "an id stands twice"


def test_every_picture_has_an_alternative_text(page: str) -> None:
    reader = _read(page)
    pictures = reader.all("svg")

    assert len(pictures) == 2
    assert all(attributes["role"] == "img" and attributes["aria-labelledby"] for attributes in pictures)
    assert all(attributes.get("alt") for attributes in reader.all("img"))
    assert "Alternative Word" in page


def test_tables_say_what_they_are_and_head_their_columns(page: str) -> None:
    reader = _read(page)

    assert len(reader.all("caption")) == len(reader.all("table")) == 2
    assert all(attributes.get("scope") in {"col", "row"} for attributes in reader.all("th"))


def test_a_heading_without_words_is_no_heading() -> None:
    """A screen reader would announce it for every cell beneath it."""
    table = Table("Title", ("", "Value"), (("", "1"), ("B", "2")), ("left", "right"))
    markup = block_html(table.facts(), standard_brand())

    assert re.findall(r"<th[^>]*>([^<]*)</th>", markup) == ["Value", "B"]
    assert [row.count("<t") for row in re.findall(r"<tr>(.*?)</tr>", markup, re.DOTALL)] == [2, 2, 2]


def test_code_and_parameters_are_not_in_the_page(page: str) -> None:
    assert "SECRET_CODE" not in page
    assert "not this" not in page


def test_headings_begin_at_one_and_skip_none(page: str) -> None:
    levels = [int(tag[1]) for tag, _ in _read(page).tags if re.fullmatch(r"h\d", tag)]

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_what_a_client_typed_stays_text() -> None:
    reader = _read(report_html(_document(HOSTILE)))

    assert not reader.all("script")
    assert not [name for _, attributes in reader.tags for name in attributes if name.startswith("on")]
    assert any("<script>alert(1)</script>" in text for text in reader.data)
    assert any("{{7*7}}" in text for text in reader.data)


def test_an_incomplete_report_says_so_on_its_cover() -> None:
    assert "This report is a draft: chapter 2 could not be completed." in report_html(_document(is_complete=False))
    assert "draft" not in report_html(_document())


def test_the_same_document_gives_the_same_page() -> None:
    assert report_html(_document()) == report_html(_document())


@pytest.mark.parametrize("block", all_blocks("A & <b>"), ids=lambda block: block.kind)
def test_every_block_shows_itself_in_a_notebook(block) -> None:
    bundle = block._repr_mimebundle_()

    assert "A &amp; &lt;b&gt;" in bundle["text/html"]
    assert "<b>" not in bundle["text/html"]
    assert "http" not in bundle["text/html"].replace("http://www.w3.org/2000/svg", "")


def test_a_block_takes_the_colours_of_its_brand() -> None:
    colours = {**standard_brand().colours, "accent": "#7a1f3d"}

    assert "--accent:#7a1f3d" in block_html(all_blocks("x")[0].facts(), Brand(colours))


def test_markdown_in_findings_is_not_markup() -> None:
    chapter = chapter_of({"cells": [prose("# *T* `x`")]}, name="x", number=1, brand=standard_brand())

    assert chapter.title == "T x"
