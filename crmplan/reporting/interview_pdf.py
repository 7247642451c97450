"""Pages for an interviewer with a pen: one question a page, as it is asked in a talk, with boxes and lines."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from crmplan.assessment.questionnaire.asked import Asked, Questionnaire
from crmplan.assessment.questionnaire.reply import CONFIDENCES, DO_NOT_KNOW, DOES_NOT_APPLY
from crmplan.reporting.brand import FONT, Brand
from crmplan.reporting.pdf import Pdf, compiled_pdf

__all__ = ["interview_pdf"]

_GUIDE = (
    "Ask how things have been, not how they should be; let the person tell the last case rather than judge in general.",
    "Do not read the lines aloud. Listen, ask for what would show it, then tick the highest line that is wholly true.",
    "“I do not know” is an answer. So is “does not apply”, with its reason in the notes.",
    "Write down what was said in the person's own words, and which document you saw, with its date.",
)
_UNITS = {"share": "%", "currency": "money", "per_day": "a day", "per_year": "a year", "count": "number"}


def interview_pdf(asked: Questionnaire, *, brand: Brand, as_of: date) -> Pdf:
    """Return the interviewer's pages for what a respondent, or everybody, is asked.

    Parameters
    ----------
    asked
        The questions; what has been said so far is not printed.
    brand
        Colours, the consultant's name and the footer.
    as_of
        Date of the document: the same questions give the same bytes.

    Raises
    ------
    RenderError
        When Typst cannot make the document.
    """
    areas = [{"title": asked.titles[area], "n": len(rows)} for area, rows in asked.areas().items() if rows]
    data = {
        "title": "Interview guide",
        "client": asked.client_name,
        "consultant": brand.consultant,
        "footer": brand.footer or asked.versions,
        "date": {"year": as_of.year, "month": as_of.month, "day": as_of.day},
        "font": FONT,
        "colours": brand.colours,
        "wave": asked.wave,
        "round": asked.round,
        "guide": _GUIDE,
        "sure": [line[4:] for line in CONFIDENCES],
        "areas": areas,
        "questions": _questions(asked.asked, asked.titles),
    }
    return compiled_pdf("interview.typ", json.dumps(data, ensure_ascii=False))


def _questions(asked: Sequence[Asked], titles: dict[str, str]) -> list[dict[str, Any]]:
    return [_question(one, titles[one.area]) for one in asked]


def _question(one: Asked, area: str) -> dict[str, Any]:
    question = one.question
    ways_out = [{"code": line[:2], "line": line[5:]} for line in (DOES_NOT_APPLY, DO_NOT_KNOW)]
    lines = [{"code": str(level), "line": question.anchors[level]} for level in sorted(question.anchors)]
    states, evidence = question.states, question.evidence
    return {
        "id": question.id,
        "area": area,
        "theme": question.theme,
        "title": question.title,
        "interview": question.interview,
        "help": question.help,
        "why": question.why,
        "levels": [*lines, *ways_out],
        "figure": f"{states.ask} ({_UNITS.get(states.unit, states.unit)})" if states else "",
        "evidence": list(evidence.examples) if evidence else [],
        "needed": f", where the answer is {evidence.needed_from} or more" if evidence else "",
    }
