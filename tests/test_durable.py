from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from crmplan.durable import beside, one_writer_in, write_durably


class CrashError(BaseException):
    """The machine stops; nothing catches it."""


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_crash_before_the_new_file_takes_its_name_leaves_the_old_one(
    step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "kept.yaml"
    write_durably(file, b"old")

    def crash(*_: Any) -> None:
        raise CrashError

    with monkeypatch.context() as patched:
        patched.setattr("crmplan.durable.os.fsync" if step == "fsync" else "pathlib.Path.replace", crash)
        with pytest.raises(CrashError):
            write_durably(file, b"new")
    assert file.read_bytes() == b"old"
    write_durably(file, b"newer")
    assert (file.read_bytes(), list(tmp_path.iterdir())) == (b"newer", [file])


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "kept.yaml"
    write_durably(file, b"old")

    def full(*_: Any) -> int:
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr("crmplan.durable.os.write", full)
    with pytest.raises(OSError, match="no space"):
        write_durably(file, b"new")
    assert file.read_bytes() == b"old"


def test_a_write_that_takes_only_part_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr("crmplan.durable.os.write", lambda handle, content: write(handle, bytes(content)[:3]))
    write_durably(tmp_path / "kept", b"eleven byte")
    assert (tmp_path / "kept").read_bytes() == b"eleven byte"


def test_a_block_that_fails_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "table.parquet"
    file.write_bytes(b"old")

    def fail() -> None:
        with beside(file) as draft:
            draft.write_bytes(b"ne")
            raise ValueError("half way")

    with pytest.raises(ValueError, match="half way"):
        fail()

    assert (file.read_bytes(), list(tmp_path.iterdir())) == (b"old", [file])


def test_a_second_writer_waits_for_the_first(tmp_path: Path) -> None:
    fcntl = pytest.importorskip("fcntl")
    with one_writer_in(tmp_path):
        handle = os.open(tmp_path, os.O_RDONLY)
        try:
            with pytest.raises(BlockingIOError):
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        finally:
            os.close(handle)
