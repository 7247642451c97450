from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmplan.entered_text import clean_text


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        '=HYPERLINK("x")',
        "שלום عالم",
        "👩‍👩‍👧 🙂",
        "a\tb\nc",
        "\u202eabc\u202c",
        "{{x}} #let",
        "",
    ],
)
def test_what_can_be_printed_stays_as_it_is(text: str) -> None:
    assert clean_text(text) == text


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("a\x00b\x1b[0m\x7f", "ab[0m"),
        ("a\r\nb\rc\x85d", "a\nb\nc\nd"),
        ("e\u0301", "é"),
        ("\ud83d\ude42", "🙂"),
        ("x\ud83dy\ude42", "x\ufffdy\ufffd"),
        ("a\uffffb\ufdd0", "ab"),
    ],
)
def test_what_no_document_can_hold_goes(text: str, clean: str) -> None:
    assert clean_text(text) == clean


@given(st.text(st.characters(exclude_categories=[])))
def test_cleaning_twice_changes_nothing_more_and_leaves_utf8(text: str) -> None:
    clean = clean_text(text)
    assert clean_text(clean) == clean
    assert clean.encode("utf-8").decode("utf-8") == clean
    assert not any(unicodedata.category(mark) in {"Cc", "Cs"} and mark not in "\t\n" for mark in clean)


def test_what_is_no_text_comes_back() -> None:
    assert clean_text(3) == 3
    assert clean_text(None) is None
