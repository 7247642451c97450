from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from crmplan.errors import RenderError
from crmplan.reporting.execute import execute

Write = Callable[..., Path]
CLIENT = Path("some_client")


def _printed(notebook: dict) -> str:
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", [])]
    return "".join("".join(output.get("text", "")) for output in outputs)


def test_a_chapter_runs_in_this_python_in_its_own_folder_for_this_client(write_chapter: Write) -> None:
    file = write_chapter("00_a", "import os, sys, json; print(json.dumps([sys.executable, os.getcwd(), client]))")
    hostile = Path('folder "b\\" ; import os #')

    done = execute(file, hostile)

    assert done.failure is None
    assert done.seconds > 0
    assert json.loads(_printed(done.notebook)) == [sys.executable, str(file.parent), str(hostile)]


def test_the_notebook_file_is_not_changed(write_chapter: Write) -> None:
    file = write_chapter("00_a", "print(1)")
    before = file.read_bytes()

    execute(file, CLIENT)

    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == ["00_a.ipynb"]


def test_cells_for_the_workshop_are_taken_out(write_chapter: Write) -> None:
    done = execute(write_chapter("00_a", "print('kept')", workshop="raise SystemError('a widget')"), CLIENT)

    assert done.failure is None
    assert "a widget" not in json.dumps(done.notebook)
    assert "kept" in _printed(done.notebook)


def test_a_cell_that_raises_is_named_with_its_place_in_the_file(write_chapter: Write) -> None:
    file = write_chapter("00_a", "print('before')", "1/0", "print('after')", workshop="print('workshop')")

    done = execute(file, CLIENT)

    assert done.failure is not None
    assert (done.failure.cell, done.failure.source) == (5, "1/0")
    assert (done.failure.kind, done.failure.message) == ("ZeroDivisionError", "division by zero")
    assert "ZeroDivisionError" in done.failure.traceback
    assert "\x1b" not in done.failure.traceback
    assert _printed(done.notebook) == "before\n"
    assert not any("papermill-error" in json.dumps(cell) for cell in done.notebook["cells"])


def test_a_killed_kernel_does_not_look_finished(write_chapter: Write) -> None:
    done = execute(write_chapter("00_a", "print(1)", "import os; os.kill(os.getpid(), 9)", "print(2)"), CLIENT)

    assert done.failure is not None
    assert done.failure.kind == "DeadKernelError"
    assert done.failure.cell == 4
    assert "ended from outside" in done.failure.message


def test_a_cell_that_takes_too_long_does_not_look_finished(write_chapter: Write) -> None:
    done = execute(write_chapter("00_a", "import time; time.sleep(60)"), CLIENT, cell_seconds=1)

    assert done.failure is not None
    assert done.failure.kind == "CellTimeoutError"
    assert "longer than 1 seconds" in done.failure.message
    assert "sleep" in done.failure.source


@pytest.mark.parametrize("parameters", ["clinet = 'x'", "client = 'x'\nother = 1", "# nothing"])
def test_only_the_parameter_client_is_passed(write_chapter: Write, parameters: str) -> None:
    with pytest.raises(RenderError, match="sets 'client' and nothing else"):
        execute(write_chapter("00_a", "print(1)", parameters=parameters), CLIENT)


def test_what_is_no_notebook_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "00_a.ipynb"
    file.write_text("no notebook", "utf-8")

    with pytest.raises(RenderError, match="expected a Jupyter notebook"):
        execute(file, tmp_path)
