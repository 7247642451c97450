"""One answer of one respondent, and which of all answers count."""

from __future__ import annotations

import json
import math
from typing import Annotated, Any, Literal

import pandas as pd
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from crmplan.entered_text import a_time, clean_text

__all__ = ["ANSWER_COLUMNS", "Answer", "Via", "answer_row", "answers_frame", "last_words", "latest_answers"]

ANSWER_COLUMNS = (
    "respondent", "wave", "round", "question", "revision", "kind", "low", "high", "value", "stated", "choice",
    "confidence", "comment", "reason", "evidence", "via", "entered_by", "at", "line", "problem",
)  # fmt: skip
"""Columns of the frame of answers; see :func:`crmplan.assessment.read_answers`."""

Via = Literal["", "notebook", "web", "workbook", "interview", "paper"]
"""The way in which an answer came."""

_MOST_STATED = 1e15
_MOST_COUNTED = 1_000_000
_MOST_CHARACTERS = 1_000_000
_WHOLE_NUMBERS = ("wave", "round", "revision", "confidence", "line")
_NUMBERS = ("low", "high", "value", "stated")


def _a_value(value: Any) -> Any:
    if value is None or (value in ("na", "dk") and isinstance(value, str)):
        return value
    ends = value if isinstance(value, list | tuple) and len(value) == 2 else [value]
    for end in ends:
        if isinstance(end, bool) or not isinstance(end, int | float) or not 0 <= end <= 5:
            raise ValueError(
                'a level from 0 to 5, [lowest, highest], "na" or "dk"; null only beside a figure or option'
            )
    if len(ends) == 2 and ends[0] > ends[1]:
        raise ValueError("a range starts with its lower end")
    return (float(ends[0]), float(ends[-1]))


def _a_figure(value: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < _MOST_STATED:
        raise ValueError("a number below a million billion, or null")
    return float(value)


def _as_texts(value: Any) -> Any:
    return (value,) if isinstance(value, str) and value else () if value in (None, "") else value


Text = Annotated[str, BeforeValidator(clean_text), Field(max_length=_MOST_CHARACTERS)]
ShortText = Annotated[str, BeforeValidator(clean_text), Field(max_length=200)]


class Answer(BaseModel):
    """One answer of one respondent.

    ``value`` is a level from 0 to 5, a range of levels, ``na`` (does not apply here; ``reason`` says why) or ``dk`` (do
    not know); it is kept as (lowest, highest). It is None only where the question has no levels, and ``stated`` or
    ``choice`` is the answer. ``stated`` is a figure in the unit of the question, ``choice`` the option taken where the
    question offers options. ``confidence`` runs from 1 (a guess) to 3 (sure). ``evidence`` names documents, ``via`` is
    the way the answer came, ``entered_by`` who put it in for the respondent. Texts are cleaned as they come in.

    Examples
    --------
    >>> Answer(wave=1, question="MK-CH-01", revision=1, value=2, at="2024-05-31T14:30:00+00:00").value
    (2.0, 2.0)
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    wave: int = Field(ge=1, le=_MOST_COUNTED, strict=True)
    round: int = Field(1, ge=1, le=_MOST_COUNTED, strict=True)
    question: ShortText = Field(min_length=1, max_length=40)
    revision: int = Field(ge=1, le=_MOST_COUNTED, strict=True)
    value: Annotated[tuple[float, float] | Literal["na", "dk"] | None, BeforeValidator(_a_value)]
    stated: Annotated[float | None, BeforeValidator(_a_figure)] = None
    choice: ShortText = ""
    confidence: int | None = Field(None, ge=1, le=3, strict=True)
    comment: Text = ""
    reason: Text = ""
    evidence: Annotated[tuple[Text, ...], BeforeValidator(_as_texts)] = ()
    via: Via = ""
    entered_by: ShortText = ""
    at: Annotated[str, AfterValidator(a_time)]

    @model_validator(mode="before")
    @classmethod
    def _older_name(cls, fields: Any) -> Any:
        # Files written before there was a `reason` call the comment `why`, and give the reason in it.
        if isinstance(fields, dict) and "why" in fields and "comment" not in fields:
            fields = dict(fields)
            fields["comment"] = fields.pop("why")
            if fields.get("value") == "na" and not fields.get("reason"):
                fields["reason"], fields["comment"] = fields["comment"], ""
        return fields

    @model_validator(mode="after")
    def _says_something(self) -> Answer:
        if self.value is None and self.stated is None and not self.choice:
            raise ValueError("an answer: a value, or else a figure in 'stated' or an option in 'choice'")
        return self

    @property
    def kind(self) -> str:
        """What kind of answer it is: level, range, na, dk, or other (a figure or an option without a level)."""
        if self.value is None:
            return "other"
        if isinstance(self.value, str):
            return self.value
        return "level" if self.value[0] == self.value[1] else "range"

    def as_line(self) -> str:
        """Return the answer as one line of JSON."""
        value: Any = self.value
        if isinstance(value, tuple):
            value = value[0] if value[0] == value[1] else list(value)
        fields = {**self.model_dump(), "value": value, "evidence": list(self.evidence)}
        return json.dumps(fields, ensure_ascii=False, allow_nan=False)


def answer_row(respondent: str, line: int, answer: Answer) -> dict[str, Any]:
    """Return an answer as a row of the frame of answers."""
    low, high = answer.value if isinstance(answer.value, tuple) else (math.nan, math.nan)
    return {
        "respondent": respondent, "wave": answer.wave, "round": answer.round, "question": answer.question,
        "revision": answer.revision, "kind": answer.kind, "low": low, "high": high, "value": (low + high) / 2,
        "stated": math.nan if answer.stated is None else answer.stated, "choice": answer.choice,
        "confidence": answer.confidence or 0, "comment": answer.comment, "reason": answer.reason,
        "evidence": "; ".join(answer.evidence), "via": answer.via, "entered_by": answer.entered_by,
        "at": answer.at, "line": line, "problem": "",
    }  # fmt: skip


def answers_frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Return rows as a frame with all columns, of the same types whatever is missing.

    Examples
    --------
    >>> answers_frame([]).shape == (0, len(ANSWER_COLUMNS))
    True
    """
    frame = pd.DataFrame(rows, columns=list(ANSWER_COLUMNS))
    types = dict.fromkeys(_WHOLE_NUMBERS, "int64") | dict.fromkeys(_NUMBERS, "float64")
    return frame.astype({name: types.get(name, "object") for name in ANSWER_COLUMNS})


def last_words(answers: pd.DataFrame) -> pd.DataFrame:
    """Return the latest answer of each respondent in each wave and round to each question; torn lines are left out."""
    said = answers[answers["problem"] == ""].sort_values(["respondent", "wave", "round", "line"], kind="stable")
    return said.drop_duplicates(["respondent", "wave", "round", "question"], keep="last").reset_index(drop=True)


def latest_answers(answers: pd.DataFrame, *, wave: int | None = None, round: int | None = None) -> pd.DataFrame:
    """Return the answers of one wave that count: the last word of each respondent on each question.

    A later line replaces an earlier one of the same round, and a later round an earlier one.

    Parameters
    ----------
    answers
        As from :func:`crmplan.assessment.read_answers`.
    wave
        Which wave; the latest when it is not given.
    round
        Which round alone; what was last said in any round when it is not given.
    """
    said = last_words(answers)
    if said.empty:
        return said
    said = said[said["wave"] == (int(said["wave"].max()) if wave is None else wave)]
    if round is not None:
        said = said[said["round"] == round]
    return said.drop_duplicates(["respondent", "question"], keep="last").reset_index(drop=True)
