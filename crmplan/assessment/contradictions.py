"""What cannot both be true: answers against each other, and answers against what the data show."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from crmplan.assessment.checklists import Checklist, questions_by_id

__all__ = ["CONTRADICTION_COLUMNS", "Rule", "contradictions", "rules_of"]

CONTRADICTION_COLUMNS = ("kind", "question", "against", "area", "severity", "size", "says")
"""Columns of the frame of contradictions; see :func:`contradictions`."""

_HIGH_LEVEL = 4.0
_LOW_LEVEL = 1.0

Known = Mapping[str, Any]
"""What a rule may look at: see :data:`crmplan.assessment.expressions.SOURCES`."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that tells when answers contradict each other or a figure.

    ``holds`` returns True when they do, False when they do not, and None when something it needs is not known.
    ``question`` is the one that is doubted, ``against`` the questions and metrics that stand against it.
    """

    question: str
    against: tuple[str, ...]
    says: str
    holds: Callable[[Known], bool | None]


def rules_of(checklists: Iterable[Checklist]) -> tuple[Rule, ...]:
    """Return the rules that the checklists state, and one for every prerequisite.

    A question put high cannot rest on another one that is put low.
    """
    known = questions_by_id(checklists)
    stated = [
        Rule(id, tuple(name for _, name in one.rule.names if name != id), one.say, one.rule.holds)
        for id, (_, question) in known.items()
        for one in question.conflicts
    ]
    return (*stated, *_rules_of_needs(known))


def _rules_of_needs(known: Mapping[str, tuple[str, Any]]) -> Iterable[Rule]:
    for id, (_, question) in known.items():
        for base in question.needs:
            if base in known:
                rests_on = f"'{question.title}' is put at 4 or more, but rests on '{known[base][1].title}'"
                yield Rule(id, (base,), f"{rests_on}, which is put at 1 or less", _rests_on(id, base))


def contradictions(questions: pd.DataFrame, rules: Sequence[Rule], known: Known) -> pd.DataFrame:
    """Return every contradiction found, the weightiest first.

    Parameters
    ----------
    questions
        The result by question: ``question``, ``area``, ``title``, ``weight``, ``is_critical``, ``said``, ``shown``,
        ``distance``, ``verdict``, ``metric``.
    rules
        Rules between answers, and between answers and figures.
    known
        What the rules may look up.

    Returns
    -------
    pandas.DataFrame
        One row per contradiction: ``kind`` (between answers, or answers and data), ``question``, ``against`` (question
        and metric ids parted by ", "), ``area``, ``severity`` (high, medium), ``size`` (weight times levels apart, by
        which they are ordered) and ``says`` (a sentence).
    """
    facts = {str(row["question"]): row for row in questions.to_dict("records")}
    figures = known.get("figures") or {}
    rows = [
        _row(
            "answers and data" if set(one.against) & set(figures) else "between answers",
            facts[one.question],
            ", ".join(one.against),
            _levels_apart(one, known),
            one.says,
        )
        for one in rules
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
        answers = known["answers"]
        if id not in answers or base not in answers:
            return None
        return bool(answers[id] >= _HIGH_LEVEL and answers[base] <= _LOW_LEVEL)

    return holds


def _levels_apart(rule: Rule, known: Known) -> float:
    answers = known["answers"]
    level = answers.get(rule.question)
    others = [answers[id] for id in rule.against if id in answers]
    return max((abs(level - other) for other in others), default=1.0) if level is not None else 1.0


def _row(kind: str, question: Mapping[Any, Any], against: str, apart: float, says: str) -> dict[str, Any]:
    size = apart * float(question["weight"])
    return {
        "kind": kind, "question": question["question"], "against": against, "area": question["area"],
        "severity": "high" if size >= 6 or (question["is_critical"] and apart >= 2) else "medium", "size": size,
        "says": says,
    }  # fmt: skip
