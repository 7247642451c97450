"""How well a level is founded: from A (data) to D (one person's word), and less so the older it is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

import pandas as pd

from crmplan.assessment.agreement import Said

__all__ = ["FRESH_DAYS", "GRADES", "Evidence", "Founded", "Grade", "documents_for", "founded_on", "grade_at_age"]

Grade = Literal["", "A", "B", "C", "D"]
Evidence = Literal["data", "document", "several people", "one person", "none"]

GRADES: Mapping[Evidence, Grade] = {"data": "A", "document": "B", "several people": "C", "one person": "D", "none": ""}
"""The grade that each kind of evidence has while it is fresh."""

FRESH_DAYS = 365
"""With each such span of days that has passed, evidence loses one grade."""

_LETTERS: tuple[Grade, ...] = ("A", "B", "C", "D")


@dataclass(frozen=True, slots=True)
class Founded:
    """What a level rests on: the best evidence there is, its grade at its age, and the documents that speak to it.

    ``age_days`` is missing where no day is known; ``documents`` are ids parted by ", ".
    """

    evidence: Evidence = "none"
    grade: Grade = ""
    age_days: float = math.nan
    documents: str = ""


def grade_at_age(grade: Grade, age_days: float, *, fresh_days: int = FRESH_DAYS) -> Grade:
    """Return the grade that evidence still has at an age: one letter less for each full span, never below D.

    Examples
    --------
    >>> grade_at_age("A", 100), grade_at_age("A", 800), grade_at_age("C", 4000)
    ('A', 'C', 'D')
    """
    if not grade or not age_days >= fresh_days:
        return grade
    return _LETTERS[min(_LETTERS.index(grade) + int(age_days // fresh_days), len(_LETTERS) - 1)]


def founded_on(
    question: str,
    answers: pd.DataFrame,
    said: Said,
    *,
    documents: pd.DataFrame,
    as_of: date | None = None,
    has_data: bool = False,
    data_until: date | None = None,
    fresh_days: int = FRESH_DAYS,
) -> Founded:
    """Return what the level of a question rests on: the evidence with the best grade at its age.

    Parameters
    ----------
    question
        Id of the question.
    answers
        One row per answer to it: ``evidence``, ``at``.
    said
        As from :func:`crmplan.assessment.agreement.said_to`.
    documents
        As from :func:`crmplan.assessment.read_documents`; one counts where it is on file and an answer names it or it
        supports the question.
    as_of
        The day from which ages are counted; None: everything counts as fresh.
    has_data
        Whether data show a level.
    data_until
        Last day of those data.
    fresh_days
        How long evidence keeps its grade.
    """
    named = documents_for(question, answers, documents)
    found: list[tuple[Evidence, float]] = []
    if has_data:
        found.append(("data", _age(as_of, data_until)))
    if said.n and len(named):
        found.append(("document", _age(as_of, max(date.fromisoformat(day) for day in named["dated"]))))
    if said.n:
        last = max((datetime.fromisoformat(at).date() for at in answers["at"] if at), default=None)
        found.append(("several people" if said.n > 1 else "one person", _age(as_of, last)))
    ids = ", ".join(named["document"])
    if not found:
        return Founded(documents=ids)

    def grade(one: tuple[Evidence, float]) -> Grade:
        return grade_at_age(GRADES[one[0]], one[1], fresh_days=fresh_days)

    best = min(found, key=grade)
    return Founded(best[0], grade(best), best[1], ids)


def documents_for(question: str, answers: pd.DataFrame, documents: pd.DataFrame) -> pd.DataFrame:
    """Return the documents on file that support a question or are named in an answer to it."""
    if documents.empty:
        return documents
    named = {word.strip() for text in answers["evidence"] for word in str(text).split(";")}
    supports = documents["supports"].map(lambda ids: question in [id.strip() for id in str(ids).split(",")])
    return documents[(documents["status"] == "on file") & (supports | documents["document"].isin(named))]


def _age(as_of: date | None, day: date | None) -> float:
    return math.nan if as_of is None or day is None else float(max((as_of - day).days, 0))
