"""Readiness: what people say about how the client works with its customers, checked against what its data show.

>>> from crmplan.assessment import coverage, load_checklists
>>> sum(len(one.questions) for one in load_checklists())
124
"""

from __future__ import annotations

from crmplan.assessment.agreed import AgreedValue, Dissent, agree_on, read_agreed
from crmplan.assessment.answer_files import append_answer, read_answers
from crmplan.assessment.answers import Answer, last_words, latest_answers
from crmplan.assessment.checklists import Checklist, Probe, Question, load_checklists, questions_by_id
from crmplan.assessment.closing import close_wave
from crmplan.assessment.coverage import coverage
from crmplan.assessment.documents import add_document, read_documents
from crmplan.assessment.on_file import OnFile, read_on_file
from crmplan.assessment.readiness import Readiness, Remark
from crmplan.assessment.revealing import reveal_round
from crmplan.assessment.rounds import Reveal, RoundState, current_round, read_reveals, round_state, visible_to
from crmplan.assessment.scoring import assess
from crmplan.assessment.waves import ClosedWave, read_closed

__all__ = [
    "AgreedValue",
    "Answer",
    "Checklist",
    "ClosedWave",
    "Dissent",
    "OnFile",
    "Probe",
    "Question",
    "Readiness",
    "Remark",
    "Reveal",
    "RoundState",
    "add_document",
    "agree_on",
    "append_answer",
    "assess",
    "close_wave",
    "coverage",
    "current_round",
    "last_words",
    "latest_answers",
    "load_checklists",
    "questions_by_id",
    "read_agreed",
    "read_answers",
    "read_closed",
    "read_documents",
    "read_on_file",
    "read_reveals",
    "reveal_round",
    "round_state",
    "visible_to",
]
