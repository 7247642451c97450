"""What one person says to one question, as it is typed into the fields of a form, and back.

Every way in (web page, notebook, workbook) has the same fields, and a text means the same in each of them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from crmplan.assessment.answers import Answer, Via
from crmplan.assessment.questions import Question
from crmplan.entered_text import clean_text

__all__ = [
    "CONFIDENCES",
    "DOES_NOT_APPLY",
    "DO_NOT_KNOW",
    "FIELDS",
    "Misread",
    "Reply",
    "as_typed",
    "lines_of",
    "understood",
]

FIELDS = ("answer", "up_to", "figure", "confidence", "reason", "comment", "evidence")
"""The fields of a form, in the order in which they are filled in."""

DOES_NOT_APPLY = "NA - does not apply here"
DO_NOT_KNOW = "DK - I do not know"
CONFIDENCES = ("1 - a guess", "2 - fairly sure", "3 - sure, I could show it")
"""How sure somebody is; the number is what is kept."""

_CODE = re.compile(r"^(n\.?/?a|dk|[0-9]+(?:[.,][0-9]+)?)(?![\w/])", re.IGNORECASE)
_NUMBER = re.compile(r"^[+-]?(?:[0-9]+(?:[.,][0-9]+)?|\.[0-9]+)(?:e[+-]?[0-9]+)?$", re.IGNORECASE)
_MANY_DECIMALS = re.compile(r",[0-9]{3}$")
_MOST_STATED = 1e15
_HAS_STEPS_BETWEEN = ("practice_0_5", "fit_gap")


@dataclass(frozen=True, slots=True)
class Misread:
    """A field whose text cannot be taken: which one, what it should hold, what it holds, what to do."""

    field: str
    expected: str
    got: str = ""
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What one person says to one question, apart from when and how; see :class:`crmplan.assessment.Answer`.

    Examples
    --------
    >>> Reply().is_answer, Reply(value="dk").is_answer, Reply(stated=0.3).is_answer
    (False, True, True)
    """

    value: tuple[float, float] | Literal["na", "dk"] | None = None
    stated: float | None = None
    choice: str = ""
    confidence: int | None = None
    comment: str = ""
    reason: str = ""
    evidence: tuple[str, ...] = ()

    @property
    def is_answer(self) -> bool:
        """Whether it says something that can be kept as an answer."""
        return self.value is not None or self.stated is not None or bool(self.choice)

    @classmethod
    def of(cls, answer: Answer) -> Reply:
        """Return what an answer says."""
        return cls(
            value=answer.value, stated=answer.stated, choice=answer.choice, confidence=answer.confidence,
            comment=answer.comment, reason=answer.reason, evidence=answer.evidence,
        )  # fmt: skip

    def as_answer(
        self, question: Question, *, wave: int, round: int, at: str, via: Via, entered_by: str = ""
    ) -> Answer:
        """Return the answer to be kept.

        Parameters
        ----------
        question
            What was asked.
        wave, round
            When in the engagement.
        at
            Moment in ISO format.
        via
            The way it came.
        entered_by
            Who put it in for the respondent.
        """
        return Answer(
            wave=wave, round=round, question=question.id, revision=question.rev, value=self.value, stated=self.stated,
            choice=self.choice, confidence=self.confidence, comment=self.comment, reason=self.reason,
            evidence=self.evidence, via=via, entered_by=entered_by, at=at,
        )  # fmt: skip


def lines_of(question: Question) -> tuple[str, ...]:
    """Return what can be chosen: a line per level, beginning with its number, then "not applicable" and "don't know".

    Examples
    --------
    >>> from crmplan.assessment import load_checklists
    >>> lines_of(load_checklists()[0].questions[0])[-2:]
    ('NA - does not apply here', 'DK - I do not know')
    """
    return (*(_line(question, level) for level in sorted(question.anchors)), DOES_NOT_APPLY, DO_NOT_KNOW)


def as_typed(question: Question, reply: Reply) -> dict[str, str | float]:
    """Return the fields of a form as they look when this reply has been typed; a figure is a number, or empty text.

    Where a question asks for a figure and the figure alone decides the level, the answer stays empty.
    """
    answer, up_to = "", ""
    if isinstance(reply.value, str):
        answer = DOES_NOT_APPLY if reply.value == "na" else DO_NOT_KNOW
    elif reply.value is not None and not _follows(question, reply):
        low, high = reply.value
        answer = _line(question, low)
        up_to = _line(question, high) if high != low else ""
    return {
        "answer": answer,
        "up_to": up_to,
        "figure": "" if reply.stated is None else reply.stated,
        "confidence": "" if reply.confidence is None else CONFIDENCES[reply.confidence - 1],
        "reason": reply.reason,
        "comment": reply.comment,
        "evidence": "\n".join(reply.evidence),
    }


def understood(question: Question, typed: Mapping[str, Any]) -> tuple[Reply, list[Misread]]:
    """Return what the fields of a form say, and every field that cannot be taken.

    Parameters
    ----------
    question
        What is asked.
    typed
        Text or number by field; a missing field is empty. A choice is read by its leading code, so that a shortened
        or edited line still counts.

    Examples
    --------
    >>> from crmplan.assessment import load_checklists
    >>> question = load_checklists()[0].questions[0]
    >>> understood(question, {"answer": "2 - some words", "up_to": 3})[0].value
    (2.0, 3.0)
    >>> [one.field for one in understood(question, {"answer": "9"})[1]]
    ['answer']
    """
    wrong: list[Misread] = []
    value = _value(question, typed, wrong)
    stated = _figure(question, typed.get("figure"), wrong)
    if value is None and stated is not None and question.bands:
        level = question.level_for(stated)
        value = (level, level)
    reply = Reply(
        value=value,
        stated=stated,
        confidence=_confidence(typed.get("confidence"), wrong),
        comment=_text(typed.get("comment")),
        reason=_text(typed.get("reason")),
        evidence=tuple(line.strip() for line in _text(typed.get("evidence")).split("\n") if line.strip()),
    )
    if value == "na" and not reply.reason.strip():
        wrong.append(Misread("reason", "why the question does not apply", "", _reasons(question)))
    if reply != Reply() and not reply.is_answer and not wrong:
        advice = f"choose a line; where you do not know, choose '{DO_NOT_KNOW}'"
        wrong.append(Misread("answer", "an answer beside what else is written", "", advice))
    return reply, wrong


def _line(question: Question, level: float) -> str:
    line = question.anchors.get(int(level)) if level == int(level) else None
    return f"{int(level)} - {line}" if line else f"{level:g}"


def _follows(question: Question, reply: Reply) -> bool:
    if not question.bands or reply.stated is None or not isinstance(reply.value, tuple):
        return False
    level = question.level_for(reply.stated)
    return reply.value == (level, level)


def _value(
    question: Question, typed: Mapping[str, Any], wrong: list[Misread]
) -> tuple[float, float] | Literal["na", "dk"] | None:
    low = _code(question, "answer", typed.get("answer"), wrong)
    high = _code(question, "up_to", typed.get("up_to"), wrong)
    if low is None and high is not None:
        wrong.append(Misread("answer", "the lower end of the range", "", "fill in the answer too"))
        return None
    if isinstance(low, str) or low is None:
        if high is not None:
            wrong.append(Misread("up_to", "nothing beside an answer without a level", str(typed.get("up_to"))))
        return low
    if high is None:
        return (low, low)
    if isinstance(high, str) or high < low or question.scale not in _HAS_STEPS_BETWEEN:
        expected = "a level above the answer" if question.scale in _HAS_STEPS_BETWEEN else "nothing: choose one line"
        wrong.append(Misread("up_to", expected, str(typed.get("up_to"))))
        return None
    return (low, high)


def _code(question: Question, field: str, typed: Any, wrong: list[Misread]) -> float | Literal["na", "dk"] | None:
    text = _text(typed).strip()
    if not text:
        return None
    by_line = {line.strip().casefold(): float(level) for level, line in question.anchors.items()}
    if text.casefold() in by_line:
        return by_line[text.casefold()]
    found = _CODE.match(text)
    code = found.group(1).casefold().replace(".", "").replace("/", "") if found else ""
    if code in {"na", "dk"}:
        return "na" if code == "na" else "dk"
    level = float(found.group(1).replace(",", ".")) if found else math.nan
    is_between = question.scale in _HAS_STEPS_BETWEEN and 0 <= level <= max(question.anchors)
    if level in question.anchors or is_between:
        return level
    wrong.append(Misread(field, f"one of the lines {_codes(question)}", text, "choose from the list"))
    return None


def _figure(question: Question, typed: Any, wrong: list[Misread]) -> float | None:
    if typed is None or (isinstance(typed, str) and not typed.strip()):
        return None
    is_share = question.states is not None and question.states.unit == "share"
    figure = typed if isinstance(typed, int | float) and not isinstance(typed, bool) else _number(typed, is_share)
    if question.states is None:
        wrong.append(Misread("figure", "nothing: no figure is asked for", str(typed)))
        return None
    if figure is None or not math.isfinite(figure) or not abs(figure) < _MOST_STATED:
        expected = "a share such as 12 % or 0.12" if is_share else "a number such as 12.5"
        wrong.append(Misread("figure", expected, str(typed)))
        return None
    return float(figure)


def _number(typed: Any, is_share: bool) -> float | None:
    text = _text(typed).strip().replace("\N{NO-BREAK SPACE}", "")
    is_percent = text.endswith("%")
    text = text.removesuffix("%").strip()
    if not _NUMBER.match(text) or _MANY_DECIMALS.search(text) or (is_percent and not is_share):
        return None  # "1,200" may be a thousand or one: it is asked again rather than guessed
    figure = float(text.replace(",", "."))
    if is_share and not is_percent and abs(figure) > 1:
        return None  # "13" may be 13 % or 1300 %
    return figure / 100 if is_percent else figure


def _confidence(typed: Any, wrong: list[Misread]) -> int | None:
    text = _text(typed).strip()
    if not text:
        return None
    if re.match(r"^[123](\.0)?(?![0-9.])", text):
        return int(text[0])
    wrong.append(Misread("confidence", "1, 2 or 3", text, "choose from the list"))
    return None


def _text(typed: Any) -> str:
    if typed is None:
        return ""
    return str(clean_text(typed if isinstance(typed, str) else f"{typed}"))


def _codes(question: Question) -> str:
    return ", ".join([*(str(level) for level in sorted(question.anchors)), "NA", "DK"])


def _reasons(question: Question) -> str:
    return f"such as: {', '.join(question.na_reasons)}" if question.na_reasons else "say it in a few words"
