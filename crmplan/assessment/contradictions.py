"""What cannot both be true: answers against each other, and answers against what the data show."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import pandas as pd

from crmplan.assessment.checklists import Checklist, questions_by_id

__all__ = ["CONTRADICTION_COLUMNS", "Conflict", "Known", "contradictions", "conflicts_of_needs"]

CONTRADICTION_COLUMNS = ("kind", "question", "against", "area", "severity", "size", "says")
"""Columns of the frame of contradictions; see :func:`contradictions`."""

_HIGH_LEVEL = 4.0
_LOW_LEVEL = 1.0


@dataclass(frozen=True, slots=True)
class Known:
    """What a rule may look at: levels by question id, as people say them, and figures by metric id.

    What nobody answered and what could not be computed is not there.
    """

    answers: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    figures: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Conflict:
    """A rule that tells when answers contradict each other or a figure.

    ``holds`` returns True when they do, False when they do not, and None when something it needs is not known.
    ``question`` is the one that is doubted, ``against`` what stands against it.
    """

    question: str
    against: tuple[str, ...]
    says: str
    holds: Callable[[Known], bool | None]


def conflicts_of_needs(checklists: Iterable[Checklist]) -> tuple[Conflict, ...]:
    """Return a rule for every prerequisite: a high level cannot rest on a base that is hardly there."""
    known = questions_by_id(checklists)
    return tuple(
        Conflict(
            id, (base,),
            f"'{question.title}' is put at 4 or more, but rests on '{known[base][1].title}', which is put at 1 or less",
            _rests_on(id, base),
        )
        for id, (_, question) in known.items()
        for base in question.needs
        if base in known
    )  # fmt: skip


def contradictions(
    questions: pd.DataFrame, conflicts: Sequence[Conflict], figures: Mapping[str, float]
) -> pd.DataFrame:
    """Return every contradiction found, the weightiest first.

    Parameters
    ----------
    questions
        The result by question: ``question``, ``area``, ``title``, ``weight``, ``level``, ``n``, ``shown``,
        ``distance``, ``verdict``.
    conflicts
        Rules between answers, and between answers and figures.
    figures
        Figures by metric id.

    Returns
    -------
    pandas.DataFrame
        One row per contradiction: ``kind`` (between answers, or answers and data), ``question``, ``against`` (question
        and metric ids parted by ", "), ``area``, ``severity`` (high, medium), ``size`` (weight times levels apart, by
        which they are ordered) and ``says`` (a sentence).
    """
    answered = questions[questions["level"].notna() & (questions["n"] > 0)]
    known = Known(dict(zip(answered["question"], answered["level"], strict=True)), figures)
    facts = {str(row["question"]): row for row in questions.to_dict("records")}
    rows = [
        _row("between answers", facts[one.question], ", ".join(one.against), _levels_apart(one, known), one.says)
        for one in conflicts
        if one.question in facts and one.holds(known)
    ]
    for row in questions[questions["verdict"] == "people say more"].to_dict("records"):
        level, shown = f"{row['said']:g}", f"{row['shown']:g}"
        says = f"People put '{row['title']}' at {level}, the data show {shown}"
        rows.append(_row("answers and data", row, str(row["metric"]), float(row["distance"]), says))
    frame = pd.DataFrame(rows, columns=list(CONTRADICTION_COLUMNS)).astype({"size": "float64"})
    return frame.sort_values(["size", "question"], ascending=[False, True], kind="stable", ignore_index=True)


def _rests_on(id: str, base: str) -> Callable[[Known], bool | None]:
    def holds(known: Known) -> bool | None:
        if id not in known.answers or base not in known.answers:
            return None
        return known.answers[id] >= _HIGH_LEVEL and known.answers[base] <= _LOW_LEVEL

    return holds


def _levels_apart(conflict: Conflict, known: Known) -> float:
    level = known.answers.get(conflict.question)
    others = [known.answers[id] for id in conflict.against if id in known.answers]
    return max((abs(level - other) for other in others), default=1.0) if level is not None else 1.0


def _row(kind: str, question: Mapping[Any, Any], against: str, apart: float, says: str) -> dict[str, Any]:
    size = apart * float(question["weight"])
    return {
        "kind": kind, "question": question["question"], "against": against, "area": question["area"],
        "severity": "high" if size >= 6 or (question["is_critical"] and apart >= 2) else "medium", "size": size,
        "says": says,
    }  # fmt: skip
