"""Run one chapter: a notebook goes in, the executed notebook or the cell that failed comes out.

This is the one place that knows papermill. What it guards against has happened to others: a kernel of another
environment, a misspelt parameter that passes in silence, a killed kernel or a time-out that leaves a notebook looking
finished, widgets in a report.
"""

from __future__ import annotations

import copy
import json
import logging
import os
import re
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crmplan.errors import RenderError

__all__ = ["WORKSHOP", "Executed", "Failure", "execute"]

WORKSHOP = "workshop"
"""Tag of cells that belong to the working session and not to the report."""

_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_PARAMETER = "client"
_CELL_SECONDS = 900
_START_SECONDS = 90
# Numerical libraries that start a thread a core would fight with each other when chapters run side by side.
_ENVIRONMENT = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYDEVD_DISABLE_FILE_VALIDATION": "1"}


@dataclass(frozen=True, slots=True)
class Failure:
    """The cell at which a chapter stopped.

    Parameters
    ----------
    cell
        Its number in the notebook file, from 1, markdown cells counted; 0 when no cell had begun.
    source
        The code of the cell.
    kind, message
        Name and text of the exception.
    traceback
        As Python prints it, without colours; empty when the kernel died.
    """

    cell: int
    source: str
    kind: str
    message: str
    traceback: str = ""


@dataclass(frozen=True, slots=True)
class Executed:
    """An executed chapter: the notebook as JSON (up to the cell that failed), and the failure if there was one."""

    notebook: dict[str, Any]
    failure: Failure | None
    seconds: float


def execute(
    notebook: Path,
    client_folder: Path,
    *,
    cell_seconds: float = _CELL_SECONDS,
    start_seconds: float = _START_SECONDS,
) -> Executed:
    """Return a chapter notebook executed for one client.

    Parameters
    ----------
    notebook
        A chapter with one cell tagged ``parameters`` that sets ``client``. Cells tagged ``workshop`` are left out.
    client_folder
        The client's folder; its path is the only parameter.
    cell_seconds, start_seconds
        How long one cell, and the start of the kernel, may take.

    Raises
    ------
    RenderError
        When the notebook cannot be read or does not take exactly the parameter ``client``. A cell that fails is not
        raised: it is in the result.
    """
    original = _read(notebook)
    chapter = _chapter(original)
    _check_parameters(chapter, notebook.name)
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="crmplan-") as folder:
        output = Path(folder) / "chapter.ipynb"
        failure = _run(
            chapter,
            output,
            cwd=notebook.resolve().parent,
            client_folder=client_folder,
            cell_seconds=cell_seconds,
            start_seconds=start_seconds,
        )
        saved = json.loads(output.read_text(encoding="utf-8")) if output.is_file() else json.loads(json.dumps(chapter))
    if failure is not None:
        failure = _located(failure, saved, original)
    saved["cells"] = [cell for cell in saved["cells"] if not _is_marker(cell)]
    return Executed(saved, failure, time.perf_counter() - started)


def _read(notebook: Path) -> Any:
    import nbformat

    try:
        return nbformat.read(notebook, as_version=4)  # type: ignore[no-untyped-call]
    except (OSError, ValueError, nbformat.reader.NotJSONError, nbformat.ValidationError) as cause:
        raise RenderError(
            f"{notebook}: expected a Jupyter notebook that can be read; {type(cause).__name__}"
        ) from cause


def _chapter(original: Any) -> Any:
    chapter = copy.deepcopy(original)
    chapter.cells = [cell for cell in chapter.cells if WORKSHOP not in cell.metadata.get("tags", [])]
    chapter.metadata.pop("widgets", None)
    chapter.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return chapter


def _check_parameters(chapter: Any, name: str) -> None:
    import papermill

    tagged = sum("parameters" in cell.metadata.get("tags", []) for cell in chapter.cells)
    found = sorted(papermill.inspect_notebook(chapter)) if tagged == 1 else []
    if found != [_PARAMETER]:
        got = ", ".join(found) if tagged == 1 else f"{tagged} such cells"
        wanted = f"expected one cell tagged 'parameters' that sets '{_PARAMETER}' and nothing else"
        raise RenderError(f"{name}: {wanted}, got {got or 'none'}")


def _run(
    chapter: Any, output: Path, *, cwd: Path, client_folder: Path, cell_seconds: float, start_seconds: float
) -> Failure | None:
    import papermill

    logging.getLogger("papermill").setLevel(logging.CRITICAL)  # its remarks would tear the progress bar
    try:
        papermill.execute_notebook(
            chapter,
            # papermill fills braces in the path with parameters
            str(output).replace("{", "{{").replace("}", "}}"),
            parameters={_PARAMETER: str(client_folder)},
            kernel_name="python3",
            language="python",
            progress_bar=False,
            log_output=False,
            cwd=str(cwd),
            start_timeout=start_seconds,
            execution_timeout=cell_seconds,
            kernel_manager_class=_kernel_manager(),
        )
    except papermill.PapermillExecutionError as cause:
        traceback = _ANSI.sub("", "\n".join(cause.traceback))
        return Failure(0, cause.source, cause.ename, _ANSI.sub("", cause.evalue), traceback)
    except Exception as cause:  # a dead kernel, a time-out, a kernel that does not start: all end this chapter only
        return _stopped(cause, cell_seconds)
    return None


def _stopped(cause: Exception, cell_seconds: float) -> Failure:
    kind = type(cause).__name__
    messages = {
        "CellTimeoutError": f"the cell took longer than {cell_seconds:g} seconds",
        "DeadKernelError": "Python was ended from outside while the cell ran; often the memory was not enough",
    }
    lines = _ANSI.sub("", str(cause)).strip().splitlines()
    return Failure(0, "", kind, messages.get(kind, lines[0] if lines else "no reason given"))


def _kernel_manager() -> type:
    """Return a kernel manager that starts this very Python, whatever kernels are installed on the machine."""
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager

    class OwnPython(AsyncKernelManager):
        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            # Without folders to look in, the native kernel is what remains: ipykernel under sys.executable.
            self.kernel_spec_manager = KernelSpecManager(kernel_dirs=[])
            if self.has_trait("transport_encryption"):
                self.transport_encryption = "auto"

        async def start_kernel(self, **options: Any) -> None:  # type: ignore[override]
            options["env"] = {**os.environ, **_ENVIRONMENT, **(options.get("env") or {})}
            await self._async_start_kernel(**options, stderr=subprocess.DEVNULL)

    return OwnPython


def _located(failure: Failure, saved: dict[str, Any], original: Any) -> Failure:
    """Return the failure with the number its cell has in the notebook file."""
    started = [cell for cell in saved["cells"] if cell.get("metadata", {}).get("papermill", {}).get("start_time")]
    broken = [cell for cell in started if cell["metadata"]["papermill"].get("exception")]
    running = broken or [cell for cell in started if cell["cell_type"] == "code"][-1:]
    if not running:
        return failure
    identities = [cell.get("id") for cell in original.cells]
    identity = running[0].get("id")
    number = identities.index(identity) + 1 if identity in identities else 0
    source = running[0]["source"]
    text = source if isinstance(source, str) else "".join(source)
    return Failure(number, text, failure.kind, failure.message, failure.traceback)


def _is_marker(cell: dict[str, Any]) -> bool:
    tags = cell.get("metadata", {}).get("tags", [])
    return "papermill-error-cell-tag" in tags
