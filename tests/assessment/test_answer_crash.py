"""Whatever byte a write stops at, no answer that was saved before is lost."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from crmplan.assessment import (
    Answer,
    add_document,
    agree_on,
    append_answer,
    read_agreed,
    read_answers,
    read_documents,
)
from crmplan.assessment.agreed import AgreedValue

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


def _sign(folder: Path, number: int) -> None:
    words = {"rule": "facilitated", "rationale": "Talked over.", "by": "lead", "at": FIRST.at}
    agree_on(folder, AgreedValue(wave=1, question=f"MK-CH-0{number}", revision=1, value=number, **words))


def _hand_over(folder: Path, number: int) -> None:
    original = folder / "original.txt"
    original.write_text(f"report {number}", "utf-8")
    told = {"title": f"report {number}", "dated": date(2024, 5, 1), "by": "lead", "at": FIRST.at}
    add_document(folder / "evidence", original, **told)


def _documents(folder: Path) -> list[tuple[str, str]]:
    found = read_documents(folder / "evidence")
    return list(zip(found["title"], found["status"], strict=True))


def _files(folder: Path) -> dict[Path, bytes]:
    return {file: file.read_bytes() for file in folder.rglob("*.*") if file.suffix in {".yaml", ".jsonl"}}


WRITERS: dict[str, tuple[Callable[[Path, int], None], Callable[[Path], Any], int]] = {
    "values agreed on": (_sign, lambda folder: [(one.question, one.is_intact) for one in read_agreed(folder)], 1),
    "documents": (_hand_over, _documents, 11),
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_crash_at_any_byte_of_a_signed_record_leaves_every_earlier_one(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_one, kept, step = WRITERS[name]
    write_one(tmp_path, 1)
    before = kept(tmp_path)
    assert len(before) == 1
    saved = _files(tmp_path)
    write, stop, done = os.write, 0, False
    while not done:
        left = stop

        def torn(handle: int, content: Any) -> int:
            nonlocal left
            if not left:
                raise CrashError
            n_bytes = write(handle, bytes(content)[:left])
            left -= n_bytes
            return n_bytes

        with monkeypatch.context() as patched:
            patched.setattr("crmplan.durable.os.write", torn)
            try:
                write_one(tmp_path, 2)
                done = True
            except CrashError:
                assert _files(tmp_path).items() >= saved.items()
        stop += step
    assert stop > 100, "the crash was tried all along the second record"
    assert kept(tmp_path)[0] == before[0]
    assert len(kept(tmp_path)) == 2
