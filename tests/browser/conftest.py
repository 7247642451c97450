"""The workshop page as people use it: a real server, a real browser. Skipped with a reason where there is none."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from crmplan import carried
from crmplan.assessment.access import FACILITATOR, issue_tokens
from crmplan.engagement import Engagement

_BROWSERS = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
_PATIENCE_SECONDS = 90


@dataclass(frozen=True)
class Served:
    address: str
    engagement: Engagement
    tokens: dict[str, str]
    server: int

    def kernels(self) -> list[int]:
        """Return the process ids of the kernels that this server started."""
        return kernels_of(self.server)


def kernels_of(server: int) -> list[int]:
    """Return the process ids of the kernels that a server started."""
    return [pid for pid in _children(server) if "ipykernel" in _command(pid)]


def _children(parent: int) -> list[int]:
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == parent:
            found.append(int(status.parent.name))
    return found + [pid for child in found for pid in _children(child)]


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    binary = next((path for path in _BROWSERS if Path(path).is_file()), None) or shutil.which("chromium")
    if binary is None:
        pytest.skip("no chromium on this machine; apt-get install chromium")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=binary, args=["--no-sandbox", "--disable-gpu"])
        # Closed with the module: while it is open a loop runs in this process, and others could not run their own.
        yield browser
        browser.close()


def new_client(folder: Path) -> tuple[Engagement, dict[str, str]]:
    """Return the rehearsal client, in which nobody has answered yet, in a folder of its own, and everybody's tokens."""
    samples = carried.sample_clients()
    if samples is None:
        pytest.skip("the sample clients lie in the clone, not in the wheel")
    client = folder / "rehearsal"
    shutil.copytree(
        samples / "rehearsal", client, ignore=shutil.ignore_patterns(".crmplan", "answers", "data", "decisions")
    )
    engagement = Engagement.open(client)
    return engagement, issue_tokens(client, [*(one.id for one in engagement.respondents), FACILITATOR])


@contextlib.contextmanager
def running(command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None) -> Iterator[int]:
    """Run a server and everything that it starts until the block ends, whatever ends it."""
    with log.open("w") as out:
        server = subprocess.Popen(
            command, stdout=out, stderr=subprocess.STDOUT, start_new_session=True,
            env={**os.environ, **(environment or {})}, cwd=log.parent,
        )  # fmt: skip
    try:
        yield server.pid
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait(30)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, chromium: Any) -> Iterator[Served]:
    """Serve a client by the command a consultant runs."""
    pytest.importorskip("voila", reason="voila is not installed")
    engagement, tokens = new_client(tmp_path_factory.mktemp("browser"))
    port, log = free_port(), engagement.folder.parent / "log.txt"
    command = [sys.executable, "-m", "crmplan.cli", "serve", str(engagement.folder), "--port", str(port)]
    with running(command, log) as server:
        yield Served(_address(log, port), engagement, tokens, server)


def _address(log: Path, port: int) -> str:
    until = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < until:
        time.sleep(0.3)
        found = re.search(r"http://\S+", log.read_text())
        with socket.socket() as probe:
            if found and probe.connect_ex(("127.0.0.1", port)) == 0:
                return found.group()
    raise AssertionError(log.read_text()[-2000:])


@pytest.fixture
def visit(chromium: Any, served: Served) -> Iterator[Callable[..., Any]]:
    """Return a function that opens the page in a window of its own, and enters with a token where one is given."""
    contexts = []

    def visit(holder: str = "", *, width: int = 1200) -> Any:
        context = chromium.new_context(viewport={"width": width, "height": 1000})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(_PATIENCE_SECONDS * 1000)
        page.asked_for = []
        page.on("request", lambda request: page.asked_for.append(request.url))
        page.goto(served.address)
        enter(page, served.tokens[holder] if holder else "")
        return page

    yield visit
    for context in contexts:
        context.close()


def enter(page: Any, token: str) -> None:
    page.get_by_label("Your token").wait_for()
    if token:
        page.get_by_label("Your token").fill(token)
        page.locator(".crm-head").wait_for()


def kept(served: Served, respondent: str) -> list[dict[str, Any]]:
    return kept_of(served.engagement, respondent)


def kept_of(engagement: Engagement, respondent: str) -> list[dict[str, Any]]:
    """Return what stands in the file of a respondent."""
    file = engagement.answers / f"{respondent}.jsonl"
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()] if file.exists() else []


def until(is_so: Callable[[], bool]) -> None:
    """Wait until something is so; a machine that is busy takes its time."""
    last = time.monotonic() + _PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < last, "it did not come about"
        time.sleep(0.2)


def without_key(served: Served) -> tuple[int, str]:
    """Return status and target of a visit to the address without its key."""
    place = urllib.parse.urlsplit(served.address)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=30)
    try:
        connection.request("GET", "/")
        answer = connection.getresponse()
        return answer.status, answer.getheader("Location") or ""
    finally:
        connection.close()
