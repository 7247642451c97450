"""Serving workshop notebooks: as a web page, on this machine alone unless told otherwise, and in JupyterLab."""

from __future__ import annotations

import importlib.util
import json
import os
import secrets
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from crmplan import carried
from crmplan.errors import MissingExtraError, UnknownNameError

__all__ = ["Served", "apps", "notebooks_in_lab", "prepare", "run"]

_CSP = (
    "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; connect-src 'self' ws: wss:; "
    "frame-ancestors 'none'; form-action 'self'; base-uri 'self'"
)
_IDLE_SECONDS = 300
_LOOK_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Served:
    """How to start it: command, what its environment needs, and the address to open (none where it opens itself)."""

    command: tuple[str, ...]
    environment: dict[str, str]
    address: str


def apps() -> tuple[str, ...]:
    """Return the names of the pages there are.

    Examples
    --------
    >>> "readiness" in apps()
    True
    """
    return tuple(sorted(file.stem for file in (carried.notebooks() / "workshop").glob("*.ipynb")))


def prepare(client: Path, folder: Path, *, app: str = "readiness", host: str = "127.0.0.1", port: int = 8866) -> Served:
    """Put a page for a client into a folder and return how to start it.

    The page is a copy of the notebook with the client filled in; nothing else lies in the folder, so nothing else can
    be reached. The server asks for a key of its own, which is part of the address. Kernels of closed pages end after
    five minutes, and pages load nothing from other servers.

    Parameters
    ----------
    client
        The client's folder.
    folder
        An empty folder for the page.
    app
        Which page; see :func:`apps`.
    host, port
        Where to listen; other machines can reach the page only under another host than 127.0.0.1.

    Raises
    ------
    UnknownNameError
        When there is no such page.
    MissingExtraError
        When Voilà is not installed.
    """
    if app not in apps():
        raise UnknownNameError.among("app", app, apps())
    if importlib.util.find_spec("voila") is None:
        raise MissingExtraError.of("voila", "workshop")
    page = folder / f"{app}.ipynb"
    page.write_text(_with_client(carried.notebooks() / "workshop" / f"{app}.ipynb", client), "utf-8")
    key = secrets.token_urlsafe(16)
    kernels = {"cull_idle_timeout": _IDLE_SECONDS, "cull_interval": _LOOK_SECONDS, "cull_connected": False}
    command = (
        sys.executable, "-m", "voila", str(page), "--no-browser", f"--Voila.ip={host}", f"--Voila.port={port}",
        "--Voila.port_retries=0", f"--Voila.token={key}", "--VoilaConfiguration.template=workshop",
        "--VoilaConfiguration.show_tracebacks=False", f"--VoilaConfiguration.file_allowlist={app}",
        f"--Voila.tornado_settings={{'headers': {{'Content-Security-Policy': {_CSP!r}}}}}",
        *(f"--MappingKernelManager.{name}={value}" for name, value in kernels.items()),
    )  # fmt: skip
    shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - compared, not listened on
    return Served(command, {"JUPYTER_PATH": _path("JUPYTER_PATH")}, f"http://{shown}:{port}/?token={key}")


def notebooks_in_lab(folder: Path) -> Served:
    """Return how to open a folder of notebooks in JupyterLab, without news, updates and extensions from elsewhere.

    Raises
    ------
    MissingExtraError
        When JupyterLab is not installed.
    """
    if importlib.util.find_spec("jupyterlab") is None:
        raise MissingExtraError.of("jupyterlab", "workshop")
    command = (
        sys.executable, "-m", "jupyterlab", "--notebook-dir", str(folder), "--LabApp.extension_manager=readonly",
    )  # fmt: skip
    return Served(command, {"JUPYTER_CONFIG_PATH": _path("JUPYTER_CONFIG_PATH", "lab")}, "")


def run(page: Served) -> int:
    """Serve a page until it is interrupted; the server ends with this call, whatever ends it."""
    server = subprocess.Popen(page.command, env={**os.environ, **page.environment})  # noqa: S603 - our own Python
    try:
        return server.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        server.terminate()
        server.wait()


def _with_client(notebook: Path, client: Path) -> str:
    content = json.loads(notebook.read_text("utf-8"))
    for cell in content["cells"]:
        if "parameters" in cell["metadata"].get("tags", []):
            cell["source"] = f"client = {str(client)!r}"
    content["metadata"]["title"] = str(content["cells"][0]["source"][0]).lstrip("# ").strip()
    return json.dumps(content)


def _path(variable: str, *below: str) -> str:
    """Return a search path of Jupyter's with our own folder first."""
    ours = str(carried.templates().joinpath("workshop", *below))
    return os.pathsep.join(part for part in (ours, os.environ.get(variable, "")) if part)
