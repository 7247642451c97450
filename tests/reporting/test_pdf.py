from __future__ import annotations

import re
import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest

from crmplan.reporting.blocks import Table
from crmplan.reporting.brand import Brand, Logo, standard_brand
from crmplan.reporting.document import Document, chapter_of
from crmplan.reporting.pdf import report_pdf

from .conftest import HOSTILE, block_cell, executed, prose

LOGO = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9z"/></svg>'
needs_poppler = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not installed")


def _document(word: str = "Word", notebook: dict | None = None, logo: Logo | None = None) -> Document:
    brand = Brand(standard_brand().colours, word, word, logo)
    chapters = tuple(
        chapter_of(notebook or executed(word, f"Chapter {n} {word}"), name="x", number=n, brand=brand) for n in (1, 2)
    )
    return Document("CRM strategy", word, date(2024, 12, 31), brand, chapters, (word,))


def _text(content: bytes, folder: Path) -> str:
    file = folder / "report.pdf"
    file.write_bytes(content)
    done = subprocess.run(["pdftotext", "-layout", file, "-"], capture_output=True, text=True, check=True)
    return done.stdout


def test_the_pdf_claims_to_be_accessible_and_has_no_remarks() -> None:
    made = report_pdf(_document())

    assert made.content.startswith(b"%PDF-")
    assert made.remarks == ()
    assert re.search(rb"pdfuaid:part", made.content)
    assert b"/Lang" in made.content


def test_the_same_document_gives_the_same_bytes() -> None:
    assert report_pdf(_document()).content == report_pdf(_document()).content


def test_characters_without_a_glyph_are_named_and_do_not_stop_the_report() -> None:
    made = report_pdf(_document("東京 👩\u200d👧 shop"))

    assert made.content.startswith(b"%PDF-")
    (remark,) = made.remarks
    assert "東" in remark
    assert "京" in remark
    assert "\\u" not in remark


def test_greek_and_cyrillic_names_can_be_printed() -> None:
    assert report_pdf(_document("Ελλάς Привет Łódź")).remarks == ()


def test_logos_of_both_kinds_are_printed() -> None:
    assert report_pdf(_document(logo=Logo("svg", LOGO))).remarks == ()


@needs_poppler
def test_what_a_client_typed_stays_text(tmp_path: Path) -> None:
    text = _text(report_pdf(_document(HOSTILE)).content, tmp_path)

    assert "<script>alert(1)</script>" in text
    assert "#panic()" in text
    assert "$x$ *a*" in text


@needs_poppler
def test_the_contents_name_every_chapter_with_its_page(tmp_path: Path) -> None:
    pages = _text(report_pdf(_document()).content, tmp_path).split("\f")
    (contents,) = [page for page in pages if page.strip().startswith("Contents")]

    assert "CRM strategy" in pages[0]
    assert "31 December 2024" in pages[0]
    for number in (1, 2):
        found = re.search(rf"Chapter {number} Word\s+(\d+)", contents)
        assert found
        assert f"Chapter {number} Word" in pages[int(found.group(1)) - 1]


@needs_poppler
def test_a_long_table_repeats_its_header(tmp_path: Path) -> None:
    rows = tuple((f"row {number}", "1") for number in range(90))
    table = block_cell(Table("Long", ("Heading", "n"), rows, ("left", "right")))

    pages = _text(report_pdf(_document(notebook={"cells": [prose("# T"), table]})).content, tmp_path).split("\f")

    with_rows = [page for page in pages if "row " in page]
    assert len(with_rows) >= 4
    assert all("Heading" in page for page in with_rows)


@needs_poppler
def test_a_short_table_stays_on_one_page(tmp_path: Path) -> None:
    filler = [prose("Words.\n\n" * lines) for lines in (20, 22, 24)]
    for fill in filler:
        table = block_cell(
            Table("Short", ("Heading", "n"), tuple((f"row {n}", "1") for n in range(8)), ("left", "right"))
        )
        content = report_pdf(_document(notebook={"cells": [prose("# T"), fill, table]})).content
        pages = [page for page in _text(content, tmp_path).split("\f") if "row 0" in page or "row 7" in page]
        assert all("row 0" in page and "row 7" in page and "Short" in page for page in pages)


@needs_poppler
def test_a_table_of_long_texts_runs_over_pages_rather_than_off_the_page(tmp_path: Path) -> None:
    rows = tuple(("word " * 300, "1") for _ in range(10))
    table = block_cell(Table("Long", ("Heading", "n"), rows, ("left", "right")))

    text = _text(report_pdf(_document("Name", {"cells": [prose("# T"), table]})).content, tmp_path)

    assert len(re.findall(r"\bword\b", text)) == 2 * 10 * 300


def test_an_empty_chapter_and_an_empty_table_can_be_printed() -> None:
    table = block_cell(Table("Nothing", ("a", "b"), (), ("left", "right")))

    assert report_pdf(_document(notebook={"cells": [prose("# T"), table]})).remarks == ()
