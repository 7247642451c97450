from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BeforeValidator

from crmplan.assessment.signed import Signed, add_signed, read_signed
from crmplan.entered_text import clean_text

AT = "2024-05-31T10:00:00"


class Note(Signed):
    text: Annotated[str, BeforeValidator(clean_text)] = ""
    level: float = 0.0


@settings(max_examples=60, deadline=None)
@given(text=st.text(st.characters(exclude_categories=[])), by=st.text(st.characters(categories=["L"]), min_size=1))
def test_any_text_comes_back_with_its_seal(text: str, by: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("decisions") / "notes.yaml"
    written = add_signed(file, Note(by=by, at=AT, text=text, level=2.5))
    assert read_signed(file, Note) == (written,)
    assert written.is_intact


def test_records_are_added_and_what_stands_there_is_not_touched(tmp_path: Path) -> None:
    file = tmp_path / "decisions" / "notes.yaml"
    add_signed(file, Note(by="a", at=AT, text="one"))
    file.write_text("# read aloud on Monday\n" + file.read_text("utf-8").rstrip("\n"), "utf-8")
    before = file.read_text("utf-8")
    add_signed(file, Note(by="b", at=AT, text="two"))
    assert file.read_text("utf-8").startswith(before)
    assert [note.text for note in read_signed(file, Note)] == ["one", "two"]


def test_a_change_by_hand_breaks_the_seal(tmp_path: Path) -> None:
    file = tmp_path / "notes.yaml"
    add_signed(file, Note(by="a", at=AT, text="level two"))
    file.write_text(file.read_text("utf-8").replace("level two", "level four"), "utf-8")
    assert not read_signed(file, Note)[0].is_intact


def test_no_file_and_an_empty_file_are_no_records(tmp_path: Path) -> None:
    assert read_signed(tmp_path / "notes.yaml", Note) == ()
    (tmp_path / "notes.yaml").write_text("# nothing yet\n", "utf-8")
    assert read_signed(tmp_path / "notes.yaml", Note) == ()
