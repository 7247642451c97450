"""The questions that the rehearsal firm's people answer: those of the checklists that crmplan carries."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from crmplan.assessment import Question, load_checklists
from crmplan.rehearsal.answers import QuestionSlot

__all__ = ["checklist_questions"]

_TRUE_LEVELS: Mapping[str, float] = MappingProxyType(
    {
        # As the inventory of systems and the exports have it.
        "IT-05": 2.0, "IT-06": 3.0, "IT-07": 1.6, "IT-08": 1.8, "IT-09": 1.0, "MV-03": 1.2, "MV-05": 1.8, "MV-08": 1.8,
        "CF-SA-01": 2.8, "CF-SA-02": 1.4, "CF-SA-04": 2.2, "CF-MA-01": 2.2, "CF-SV-01": 1.5, "CF-SV-02": 1.2,
        "CF-SV-04": 1.4, "CF-PA-01": 0.6, "CF-PA-02": 0.4, "CF-PA-03": 0.5, "CF-WF-01": 2.6, "CF-WF-05": 0.8,
        # Nobody has written down an IT strategy, and yet it is said to be reviewed.
        "IT-01": 0.8, "IT-02": 1.0, "IT-03": 1.4, "IT-04": 2.6,
        # What people believe and the records do not bear out.
        "SY-01": 3.4, "SY-04": 3.2, "LC-03": 3.3, "IC-03": 3.2,
    }
)  # fmt: skip


def checklist_questions() -> tuple[QuestionSlot, ...]:
    """Return what the rehearsal must know of each question of the checklists.

    Examples
    --------
    >>> len(checklist_questions())
    124
    """
    return tuple(_slot(question, one.checklist) for one in load_checklists() for question in one.questions)


def _slot(question: Question, area: str) -> QuestionSlot:
    metric = question.states.metric if question.states else ""
    return QuestionSlot(
        question.id, question.rev, area, question.ask.roles, metric,
        level=_TRUE_LEVELS.get(question.id), levels=tuple(sorted(question.anchors)), bands=question.bands,
    )  # fmt: skip
