"""A client with two respondents, tokens for everybody, and a questionnaire of five questions."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Iterator
from pathlib import Path

import ipywidgets
import pytest

from crmplan.assessment import Checklist, load_checklists
from crmplan.assessment.access import FACILITATOR, issue_tokens
from crmplan.engagement import Engagement


@pytest.fixture(autouse=True)
def _close_widgets() -> Iterator[None]:
    yield
    ipywidgets.Widget.close_all()


@pytest.fixture(autouse=True)
def _read_checklists_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading the checklists takes most of the time of these tests, and they are the same in nearly all."""
    for name in ("questionnaire.asked", "questionnaire.answering", "questionnaire.panel"):
        monkeypatch.setattr(f"crmplan.assessment.{name}.load_checklists", _read_once, raising=False)
    monkeypatch.setattr("crmplan.widgets.facilitator.load_checklists", _read_once)


def _read_once(*, overlay: Path) -> tuple[Checklist, ...]:
    return _read(overlay.read_text("utf-8"))


@functools.cache
def _read(overlay: str) -> tuple[Checklist, ...]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "overlay.yaml"
        file.write_text(overlay, "utf-8")
        return load_checklists(overlay=file)


@pytest.fixture
def client(small_client: Path) -> Path:
    """Return the folder of a client whose five respondents are asked five questions of one area."""
    text = (small_client / "engagement.yaml").read_text("utf-8").split("respondents:")[0]
    people = "".join(f"  - {{id: r{n}, role: {'agent' if n < 4 else 'call_center_manager'}}}\n" for n in range(1, 6))
    (small_client / "engagement.yaml").write_text(f"{text}scope: [call_center]\nrespondents:\n{people}", "utf-8")
    (area,) = [one for one in _read("hide: []\n") if one.checklist == "call_center"]
    kept = [one.id for one in area.questions if {"agent", "call_center_manager"} <= set(one.ask.roles)][:5]
    hidden = [one for one in area.questions if one.id not in kept and not _is_needed(one.id, kept, area)]
    lines = "".join(f"  - {{id: {one.id}, because: not for this test, is_met: true}}\n" for one in hidden)
    (small_client / "overlay.yaml").write_text(f"hide:\n{lines}", "utf-8")
    return small_client


def _is_needed(id: str, kept: list[str], area: object) -> bool:
    return any(id in one.needs for one in area.questions if one.id in kept)  # type: ignore[attr-defined]


@pytest.fixture
def engagement(client: Path) -> Engagement:
    return Engagement.open(client)


@pytest.fixture
def tokens(client: Path) -> dict[str, str]:
    return issue_tokens(client, ["r1", "r2", "r3", "r4", "r5", FACILITATOR])
