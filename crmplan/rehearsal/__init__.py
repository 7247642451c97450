"""A made-up client with data in every table and a known truth."""

from __future__ import annotations

from crmplan.rehearsal.answers import QuestionSlot
from crmplan.rehearsal.questions import checklist_questions
from crmplan.rehearsal.writing import make_rehearsal

__all__ = ["QuestionSlot", "checklist_questions", "make_rehearsal"]
