"""A small checklist of three questions, and answers to it, for tests that count by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from crmplan.assessment import Checklist
from crmplan.assessment.answers import ANSWER_COLUMNS
from crmplan.metrics.registry import Measured


def question(id: str, **fields: Any) -> dict[str, Any]:
    return {
        "id": id, "rev": 1, "covers": ["MK.CH.1"], "title": f"Title of {id}", "theme": "theme",
        "asks_about": "practice",
        "text": "How is this done here?", "interview": "Show me how this is done.", "why": "Because it matters.",
        "scale": "practice_0_5", "anchors": {str(level): f"sight {level}" for level in range(6)},
        "ask": {"roles": ["agent"], "min_people": 2}, "component": "processes", "department": "marketing",
        "weight": 1, "critical": False, "gap": "Something is missing.", **fields,
    }  # fmt: skip


@pytest.fixture
def make_question() -> Callable[..., dict[str, Any]]:
    return question


@pytest.fixture
def checklists() -> tuple[Checklist, ...]:
    probe = {
        "metric": "win_rate", "bands": {1: 0.2, 2: 0.4, 3: 0.6, 4: 0.8}, "cap": 4, "cannot_prove": "how it came about",
    }  # fmt: skip
    questions = [
        question("MK-CH-01", weight=3, probe=probe, states={"metric": "win_rate", "unit": "share", "ask": "Deals won"}),
        question("MK-CH-02", weight=1, critical=True, component="skills"),
        question("MK-CH-03", weight=2, needs=["MK-CH-02"]),
    ]
    fields = {"checklist": "marketing", "title": "M", "version": "1.0.0", "introduction": "i", "questions": questions}
    return (Checklist.model_validate(fields),)


@pytest.fixture
def said() -> Callable[..., pd.DataFrame]:
    """Return answers from rows (respondent, question, value), with further columns by keyword for all."""

    def make(*rows: tuple[str, str, Any], **same: Any) -> pd.DataFrame:
        records = []
        for line, (respondent, question_id, value) in enumerate(rows, start=1):
            is_level = not isinstance(value, str)
            level = float(value) if is_level else float("nan")
            records.append(
                {
                    "respondent": respondent, "wave": 1, "round": 1, "question": question_id, "revision": 1,
                    "kind": "level" if is_level else value, "low": level, "high": level, "value": level,
                    "stated": float("nan"), "choice": "", "confidence": 0, "comment": "", "reason": "", "evidence": "",
                    "via": "", "entered_by": "", "at": "2024-05-31T10:00:00", "line": line, "problem": "", **same,
                }
            )  # fmt: skip
        return pd.DataFrame(records, columns=list(ANSWER_COLUMNS))

    return make


@pytest.fixture
def win_rate() -> Callable[..., Measured]:
    def make(value: float | None, low: float | None = None, high: float | None = None) -> Measured:
        status = "not_available" if value is None else "computed"
        reason = "needs opportunities" if value is None else ""
        return Measured(
            "win_rate", "Win rate", "share", status, value, 400, "deals", low, high, reason=reason
        )  # fmt: skip

    return make
