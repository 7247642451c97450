"""The workshop in JupyterLab, as a consultant opens it: a real server and browser, none of the user's settings."""

from __future__ import annotations

import json
import os
import re
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from crmplan import carried
from crmplan.engagement import Engagement
from crmplan.serving import notebooks_in_lab

from .conftest import enter, free_port, kept_of, kernels_of, new_client, running, until

pytestmark = pytest.mark.slow

_TOKEN = "key"  # noqa: S105 - of a server that lives as long as this test
_PATIENCE_MILLISECONDS = 90_000
_OWN_FOLDERS = (
    "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTERLAB_SETTINGS_DIR",
    "JUPYTERLAB_WORKSPACES_DIR", "IPYTHONDIR",
)  # fmt: skip


@dataclass(frozen=True)
class Lab:
    address: str
    engagement: Engagement
    tokens: dict[str, str]
    server: int

    def answer(self, path: str) -> Any:
        """Return what the server says about itself, None while it does not answer."""
        try:
            where = f"{self.address}/api/{path}?token={_TOKEN}"
            with urllib.request.urlopen(where, timeout=10) as answer:  # noqa: S310 - http, to this machine
                return json.load(answer)
        except (urllib.error.URLError, TimeoutError):
            return None

    def is_ready(self) -> bool:
        """Return whether the notebook's kernel waits for work: what is run before asks which kernel to take."""
        sessions = self.answer("sessions")
        return bool(sessions) and sessions[0]["kernel"]["execution_state"] == "idle"


@pytest.fixture
def lab(tmp_path: Path, chromium: Any) -> Iterator[Lab]:
    pytest.importorskip("jupyterlab", reason="jupyterlab is not installed")
    engagement, tokens = new_client(tmp_path)
    notebooks = tmp_path / "notebooks"
    notebooks.mkdir()
    notebook = json.loads((carried.notebooks() / "workshop" / "readiness.ipynb").read_text("utf-8"))
    (parameters,) = [one for one in notebook["cells"] if "parameters" in one["metadata"].get("tags", ())]
    parameters["source"] = f"client = {str(engagement.folder)!r}"
    (notebooks / "readiness.ipynb").write_text(json.dumps(notebook), "utf-8")
    opened, port = notebooks_in_lab(notebooks), free_port()
    command = [
        *opened.command, "--no-browser", "--allow-root", f"--ServerApp.port={port}", "--ServerApp.port_retries=0",
        f"--IdentityProvider.token={_TOKEN}",
    ]  # fmt: skip
    own = {name: str(tmp_path / name.lower()) for name in _OWN_FOLDERS}
    with running(command, tmp_path / "log.txt", {**opened.environment, **own}) as server:
        lab = Lab(f"http://127.0.0.1:{port}", engagement, tokens, server)
        until(lambda: lab.answer("status") is not None)
        yield lab


@pytest.fixture
def page(chromium: Any, lab: Lab) -> Iterator[Any]:
    context = chromium.new_context(viewport={"width": 1400, "height": 1000})
    page = context.new_page()
    page.set_default_timeout(_PATIENCE_MILLISECONDS)
    page.on("dialog", lambda dialog: dialog.accept())  # "leave the page?" would wait for ever
    page.asked_for = []
    page.on("request", lambda request: page.asked_for.append(request.url))
    yield page
    context.close()


def run_notebook(page: Any, lab: Lab) -> None:
    """Run all cells and wait for the door of the workshop.

    A kernel that has just been started anew may say that it is ready and yet miss the first run, so one may run again,
    as anybody would.
    """
    page.locator(".jp-Notebook").wait_for()
    until(lab.is_ready)
    door, choice = page.locator(".crm-entry"), page.locator(".jp-Dialog .jp-mod-accept")
    for _ in range(3):
        if choice.is_visible():
            choice.click()
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_text("Run All Cells", exact=True).click()
        if is_soon(lambda: door.is_visible() or choice.is_visible(), seconds=40) and door.is_visible():
            return
        until(lab.is_ready)
    door.wait_for()


def is_soon(is_so: Callable[[], bool], *, seconds: float) -> bool:
    """Wait until something is so, and return whether it came about."""
    last = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > last:
            return False
        time.sleep(0.2)
    return True


def test_an_answer_given_in_jupyterlab_outlives_its_kernel_and_a_reload(lab: Lab, page: Any, tmp_path: Path) -> None:
    page.goto(f"{lab.address}/lab/tree/readiness.ipynb?token={_TOKEN}")
    run_notebook(page, lab)
    enter(page, lab.tokens["r04"])
    page.wait_for_function("document.activeElement.tagName === 'H1'")
    asked = page.locator(".crm-over").inner_text()
    page.keyboard.press("2")
    page.get_by_role("radio", name=re.compile("^2 - "), checked=True).wait_for()
    page.get_by_label("Comment").fill("said in the notebook")
    until(lambda: [one["comment"] for one in kept_of(lab.engagement, "r04")][-1:] == ["said in the notebook"])
    page.screenshot(path=Path(os.environ.get("CRMPLAN_PICTURES", tmp_path)) / "jupyterlab.png")

    (kernel,) = kernels_of(lab.server)
    os.kill(kernel, signal.SIGKILL)
    until(lambda: kernels_of(lab.server) not in ([], [kernel]) and lab.is_ready())
    page.reload()
    run_notebook(page, lab)
    enter(page, lab.tokens["r04"])
    page.get_by_role("button", name="Previous").click()
    page.get_by_role("radio", name=re.compile("^2 - "), checked=True).wait_for()
    assert page.locator(".crm-over").inner_text() == asked
    assert page.get_by_label("Comment").input_value() == "said in the notebook"
    assert kept_of(lab.engagement, "r04")[-1]["value"] == 2
    assert [url for url in page.asked_for if not url.startswith((lab.address, "data:", "blob:"))] == []


def test_a_letter_pressed_while_answering_is_no_command_to_the_notebook(lab: Lab, page: Any) -> None:
    """X would cut the cell in which one answers, and with it the questionnaire."""
    page.goto(f"{lab.address}/lab/tree/readiness.ipynb?token={_TOKEN}")
    run_notebook(page, lab)
    enter(page, lab.tokens["r05"])
    page.wait_for_function("document.activeElement.tagName === 'H1'")
    n_cells = page.locator(".jp-Cell").count()
    page.keyboard.press("1")
    page.get_by_role("radiogroup").get_by_role("radio", checked=True).wait_for()
    page.keyboard.press("x")
    page.keyboard.press("2")
    page.get_by_role("radio", name=re.compile("^2 - "), checked=True).wait_for()

    assert page.locator(".jp-Cell").count() == n_cells
    assert page.get_by_role("button", name="Next question").is_visible()
    assert page.get_by_text("official Jupyter news").count() == 0


def test_lab_starts_without_news_and_with_the_users_own_folders_behind_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("jupyterlab", reason="jupyterlab is not installed")
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "/somewhere/else")
    opened = notebooks_in_lab(Path("here"))

    first, second = opened.environment["JUPYTER_CONFIG_PATH"].split(os.pathsep)
    settings = json.loads((Path(first) / "labconfig" / "page_config.json").read_text("utf-8"))
    assert settings["disabledExtensions"] == {"@jupyterlab/apputils-extension:announcements": True}
    assert second == "/somewhere/else"
    assert opened.command[-2:] == ("here", "--LabApp.extension_manager=readonly")
