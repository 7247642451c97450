"""What a questionnaire workbook looks like inside: its columns, its hidden sheets, and what says whose it is."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from types import MappingProxyType

from crmplan.assessment.questionnaire.asked import Questionnaire

__all__ = [
    "CHUNK",
    "COLUMNS",
    "EARLIER",
    "FIELD_COLUMNS",
    "FIRST_ROW",
    "LISTS",
    "META",
    "PROPERTY",
    "START",
    "TEXT_COLUMNS",
    "Identity",
    "identity_of",
]

START, META, LISTS, EARLIER = "Start here", "_meta", "_lists", "_earlier"
"""Sheets beside those of the areas; the last three are hidden so that only a program shows them."""

PROPERTY = "crmplan questionnaire"
"""Name of the document property that repeats the identity."""

FIRST_ROW = 4
"""Row, counted from 0, of the first question on a sheet."""

CHUNK = 30_000 // 2
"""Characters of a long text in one cell: a cell holds 32,767 units, of which an emoji takes two."""

COLUMNS = (
    ("Question", 9), ("What is asked", 42), ("What each level looks like", 50), ("Your answer", 30),
    ("Up to (if in between)", 16), ("Figure", 11), ("How sure are you?", 13), ("Why it does not apply", 18),
    ("Comment", 32), ("Evidence, one a line", 20), ("State", 10),
)  # fmt: skip
"""Heading and width of the columns of a sheet of questions."""

TEXT_COLUMNS = (1, 2)
FIELD_COLUMNS = MappingProxyType(
    {"answer": 3, "up_to": 4, "figure": 5, "confidence": 6, "reason": 7, "comment": 8, "evidence": 9}
)
"""Column of each field of a form."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose workbook it is: which client, respondent, wave and round, and which questions it asks."""

    client: str
    respondent: str
    wave: int
    round: int
    versions: str
    content: str

    def as_text(self) -> str:
        """Return it as one text, to be sealed."""
        return json.dumps(asdict(self), sort_keys=True)

    def in_brief(self, seal: str) -> str:
        """Return it in the 255 characters of a document property."""
        return "/".join((self.client, self.respondent, str(self.wave), str(self.round), self.content, seal))


def identity_of(asked: Questionnaire) -> Identity:
    """Return the identity of the workbook that a questionnaire becomes."""
    return Identity(asked.client, asked.respondent.id, asked.wave, asked.round, asked.versions, asked.content)
