"""The questions that the rehearsal firm's people answer: those of the checklists that crmplan carries."""

from __future__ import annotations

from crmplan.assessment import load_checklists
from crmplan.rehearsal.answers import QuestionSlot

__all__ = ["checklist_questions"]


def checklist_questions() -> tuple[QuestionSlot, ...]:
    """Return what the rehearsal must know of each question of the checklists.

    Examples
    --------
    >>> len(checklist_questions())
    54
    """
    return tuple(
        QuestionSlot(one.id, one.rev, checklist.checklist, one.ask.roles, one.states.metric if one.states else "")
        for checklist in load_checklists()
        for one in checklist.questions
    )
