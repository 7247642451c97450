"""Whatever byte a write stops at, no answer that was saved before is lost."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from crmplan.assessment import Answer, append_answer, read_answers

FIRST = Answer(wave=1, question="MK-CH-01", revision=1, value=2, at="2024-05-31T10:00:00", comment="né 🙂")
SECOND = FIRST.model_copy(update={"value": (4.0, 4.0), "comment": "later"})


class CrashError(BaseException):
    """The machine stops; nothing catches it."""


def test_a_crash_at_any_byte_of_an_append_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = append_answer(tmp_path, "r1", FIRST)
    saved = file.read_bytes()
    whole = saved + SECOND.as_line().encode("utf-8") + b"\n"
    write = os.write

    for stop in range(len(whole)):

        def torn(handle: int, content: Any, stop: int = stop) -> int:
            write(handle, bytes(content)[:stop])
            raise CrashError

        with monkeypatch.context() as patched:
            patched.setattr("crmplan.durable.os.write", torn)
            with pytest.raises(CrashError):
                append_answer(tmp_path, "r1", SECOND)
        assert file.read_bytes() == saved

    assert read_answers(tmp_path)["value"].tolist() == [2.0]
    append_answer(tmp_path, "r1", SECOND)
    assert read_answers(tmp_path)["value"].tolist() == [2.0, 4.0]
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_cut_at_any_byte_keeps_every_whole_line(tmp_path: Path) -> None:
    file = append_answer(tmp_path, "r1", FIRST)
    n_first = len(file.read_bytes())
    whole = append_answer(tmp_path, "r1", SECOND).read_bytes()
    for end in range(n_first, len(whole) + 1):
        file.write_bytes(whole[:end])
        answers = read_answers(tmp_path)
        kinds = answers["kind"].tolist()
        assert kinds[0] == "level"
        assert kinds[1:] in ([], ["torn"], ["level"])
        assert answers["value"].iloc[0] == 2.0


def test_an_answer_after_a_cut_at_any_byte_loses_neither_line(tmp_path: Path) -> None:
    whole = append_answer(tmp_path, "r1", FIRST).read_bytes()
    file = tmp_path / "r1.jsonl"
    for end in range(1, len(whole)):
        file.write_bytes(whole + whole[:end])
        append_answer(tmp_path, "r1", SECOND)
        kinds = read_answers(tmp_path)["kind"].tolist()
        assert kinds[0] == "level"
        assert kinds[-1] == "level"
        assert len(kinds) == 3
