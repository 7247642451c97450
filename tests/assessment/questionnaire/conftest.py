"""A client with one checklist that has a question of every scale, for tests of the ways in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crmplan.assessment import Answer, Checklist, append_answer
from crmplan.assessment.access import seal
from crmplan.assessment.questionnaire.asked import Questionnaire, asked_of
from crmplan.assessment.questionnaire.layout import identity_of
from crmplan.assessment.questionnaire.writing import workbook_of
from crmplan.engagement import Engagement

AT = "2024-12-01T10:00:00+00:00"
HOSTILE = (
    "<script>alert(1)</script>",
    '=HYPERLINK("http://example.org","click")',
    "{=1+1}",
    "+1-1@x",
    "x" * 100_000,
    "🙂" * 20_000,
    "\u202eright to left \u0634\u0643\u0631\u0627",
    "a\x00b\x1bc",
    " spaces and\nlines\t ",
    "_x0041_ stays",
    "x005F_ and _x005F_ stay",
    "<r>not & a rich text</r>",
    "\ud83d half",
)


def question(id: str, scale: str = "practice_0_5", **fields: Any) -> dict[str, Any]:
    anchors = {str(level): f"sight {level} of {id}" for level in range(6)}
    return {
        "id": id, "rev": 1, "covers": ["MK.CH.1"], "title": f"Title of {id}", "theme": "theme",
        "asks_about": "practice", "text": "How is this done here?", "interview": "Show me how this is done.",
        "why": "Because it matters.", "scale": scale, "ask": {"roles": ["head_of_sales"]}, "component": "processes",
        "department": "marketing", "weight": 1, "critical": False, "gap": "Something is missing.",
        **({"anchors": anchors} if scale == "practice_0_5" else {}), **fields,
    }  # fmt: skip


def every_scale() -> Checklist:
    bands = {"1": 0.2, "2": 0.5, "3": 0.8}
    questions = [
        question("MK-CH-01"),
        question("MK-CH-02", states={"unit": "hours", "ask": "Hours until an answer"}),
        question("MK-CH-03", "yes_no", anchors={"0": "No, not at all", "4": "Yes, in writing"}),
        question("MK-CH-04", "choice", anchors={"0": "None", "2": "Some of them", "5": "All of them"}),
        question("MK-CH-05", "share", bands=bands, states={"unit": "share", "ask": "Share of calls known"}),
        question("MK-CH-06", "number", bands={"1": 9, "2": 3}, states={"unit": "days", "ask": "Days until it is done"}),
        question("MK-CH-07", "fit_gap", need={"default": "must"}),
    ]
    fields = {"checklist": "marketing", "title": "M", "version": "1.0.0", "introduction": "i", "questions": questions}
    return Checklist.model_validate(fields)


@pytest.fixture
def checklists() -> tuple[Checklist, ...]:
    return (every_scale(),)


@pytest.fixture
def engagement(small_client: Path) -> Engagement:
    return Engagement.open(small_client)


@pytest.fixture
def say(engagement: Engagement) -> Callable[..., None]:
    """Return a function by which respondent r1 answers."""

    def say(question: str, value: Any, **fields: Any) -> None:
        fields = {"wave": 1, "revision": 1, "at": AT, **fields}
        append_answer(engagement.answers, "r1", Answer(question=question, value=value, **fields))

    return say


@pytest.fixture
def asked(engagement: Engagement, checklists: tuple[Checklist, ...]) -> Callable[[], Questionnaire]:
    return lambda: asked_of(engagement, "r1", checklists=checklists)


@pytest.fixture
def exported(engagement: Engagement, asked: Callable[[], Questionnaire], tmp_path: Path) -> Callable[[], Path]:
    """Return a function that writes the workbook of r1 as things stand."""

    def export() -> Path:
        given = asked()
        file = tmp_path / "r1.xlsx"
        sealed = seal(engagement.folder, identity_of(given).as_text())
        file.write_bytes(workbook_of(given, seal=sealed, as_of=engagement.as_of))
        return file

    return export
