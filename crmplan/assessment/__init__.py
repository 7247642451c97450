"""Readiness: what people say about how the client works with its customers, checked against what its data show.

>>> from crmplan.assessment import coverage, load_checklists
>>> sum(len(one.questions) for one in load_checklists())
124
"""

from __future__ import annotations

from crmplan.assessment.answers import Answer, append_answer, latest_answers, read_answers
from crmplan.assessment.checklists import Checklist, Probe, Question, load_checklists, questions_by_id
from crmplan.assessment.coverage import coverage
from crmplan.assessment.readiness import Readiness, Remark
from crmplan.assessment.scoring import assess

__all__ = [
    "Answer",
    "Checklist",
    "Probe",
    "Question",
    "Readiness",
    "Remark",
    "append_answer",
    "assess",
    "coverage",
    "latest_answers",
    "load_checklists",
    "questions_by_id",
    "read_answers",
]
