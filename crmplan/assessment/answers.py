"""What respondents said: one append-only file per person, one line per answer, nothing ever overwritten.

A respondent who thinks again adds a line; the later line counts. A line that was cut off when a machine stopped is
kept as it is and reported.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import pandas as pd
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from crmplan.errors import AnswersError, Problem

__all__ = ["ANSWER_COLUMNS", "Answer", "append_answer", "latest_answers", "read_answers"]

ANSWER_COLUMNS = (
    "respondent", "wave", "round", "question", "revision", "kind", "low", "high", "value", "stated", "confidence",
    "why", "evidence", "at", "line", "problem",
)  # fmt: skip
"""Columns of the frame of answers; see :func:`read_answers`."""

_RESPONDENT = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")
_TORN = "torn"
_MOST_STATED = 1e15
_MOST_COUNTED = 1_000_000


def _a_value(value: Any) -> Any:
    if value in ("na", "dk") and isinstance(value, str):
        return value
    ends = value if isinstance(value, list | tuple) and len(value) == 2 else [value]
    for end in ends:
        if isinstance(end, bool) or not isinstance(end, int | float) or not 0 <= end <= 5:
            raise ValueError('a level from 0 to 5, [lowest, highest], "na" or "dk"')
    if len(ends) == 2 and ends[0] > ends[1]:
        raise ValueError("a range starts with its lower end")
    return (float(ends[0]), float(ends[-1]))


def _a_figure(value: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < _MOST_STATED:
        raise ValueError("a number below a million billion, or null")
    return float(value)


def _a_time(text: str) -> str:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("a time such as 2024-05-31T14:30:00+00:00") from None
    return text


def _whole_text(text: str) -> str:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("text that can be written as UTF-8") from None
    return text


def _as_texts(value: Any) -> Any:
    return (value,) if isinstance(value, str) and value else () if value in (None, "") else value


Text = Annotated[str, AfterValidator(_whole_text)]


class Answer(BaseModel):
    """One answer of one respondent.

    ``value`` is a level from 0 to 5, a range of levels, ``na`` (does not apply here) or ``dk`` (do not know); it is
    kept as (lowest, highest). ``stated`` is the figure the respondent named, in the unit of the question.

    Examples
    --------
    >>> Answer(wave=1, question="MK-CH-01", revision=1, value=2, at="2024-05-31T14:30:00+00:00").value
    (2.0, 2.0)
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    wave: int = Field(ge=1, le=_MOST_COUNTED, strict=True)
    round: int = Field(1, ge=1, le=_MOST_COUNTED, strict=True)
    question: Text = Field(min_length=1, max_length=40)
    revision: int = Field(ge=1, le=_MOST_COUNTED, strict=True)
    value: Annotated[tuple[float, float] | Literal["na", "dk"], BeforeValidator(_a_value)]
    stated: Annotated[float | None, BeforeValidator(_a_figure)] = None
    confidence: int | None = Field(None, ge=1, le=3, strict=True)
    why: Text = ""
    evidence: Annotated[tuple[Text, ...], BeforeValidator(_as_texts)] = ()
    at: Annotated[str, AfterValidator(_a_time)]

    def as_line(self) -> str:
        """Return the answer as one line of JSON."""
        value: Any = self.value
        if isinstance(value, tuple):
            value = value[0] if value[0] == value[1] else list(value)
        fields = {**self.model_dump(), "value": value, "evidence": list(self.evidence)}
        return json.dumps(fields, ensure_ascii=False, allow_nan=False)


def append_answer(folder: Path, respondent: str, answer: Answer) -> Path:
    """Add one answer to a respondent's file, wholly or not at all, and return the file.

    The file is replaced by a copy with one more line, written to disk before it takes the old one's name. A line that
    was cut off earlier is kept as text, marked as torn.

    Parameters
    ----------
    folder
        The ``answers`` folder of a client; made when it is missing.
    respondent
        Pseudonym of the respondent; the file is ``<respondent>.jsonl``.
    answer
        What was said.

    Raises
    ------
    AnswersError
        When the respondent's id cannot be the name of a file.
    """
    if not _RESPONDENT.match(respondent):
        expected = "a respondent id of letters, digits, '_' and '-'"
        raise AnswersError([Problem(str(folder), expected, respondent)])
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{respondent}.jsonl"
    with _locked(folder):
        before = _mended(file.read_bytes()) if file.exists() else b""
        _replace(file, before + answer.as_line().encode("utf-8") + b"\n")
    return file


def _mended(raw: bytes) -> bytes:
    if not raw or raw.endswith(b"\n"):
        return raw
    whole, _, last = raw.rpartition(b"\n")
    head = whole + b"\n" if whole else b""
    try:
        json.loads(last)
    except ValueError:
        last = json.dumps({_TORN: last.decode("utf-8", "backslashreplace")}, ensure_ascii=False).encode()
    return head + last + b"\n"


def _replace(file: Path, content: bytes) -> None:
    beside = file.with_name(f".{file.name}.{os.getpid()}.new")
    with beside.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    beside.replace(file)
    _sync(file.parent)


def _sync(folder: Path) -> None:
    # Windows cannot open a folder; there the rename itself has to do.
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    try:
        import fcntl
    except ImportError:  # Windows: one writer at a time is then up to the user
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def read_answers(folder: Path) -> pd.DataFrame:
    """Return every answer of every respondent, in the order in which it was given.

    Parameters
    ----------
    folder
        The ``answers`` folder of a client; it may be missing or empty.

    Returns
    -------
    pandas.DataFrame
        One row per line: ``respondent``, ``wave``, ``round``, ``question``, ``revision``, ``kind`` (level, range, na,
        dk, torn), ``low``, ``high``, ``value`` (their middle; missing for na and dk), ``stated``, ``confidence`` (0
        when not given), ``why``, ``evidence`` (parted by "; "), ``at``, ``line``, ``problem`` (empty unless the line
        is torn: then where and what).

    Raises
    ------
    AnswersError
        With every malformed line of every file.
    """
    rows: list[dict[str, Any]] = []
    problems: list[Problem] = []
    if folder.exists() and not folder.is_dir():
        problems.append(Problem(folder.name, "a folder with a file for each respondent", "a file", "make it a folder"))
    for file in sorted(folder.glob("*.jsonl")):
        if not _RESPONDENT.match(file.stem):
            problems.append(Problem(file.name, "a file named after the respondent's id", file.stem, "rename the file"))
            continue
        try:
            _read_file(file, rows, problems)
        except OSError as cause:
            problems.append(Problem(file.name, "a file that can be read", type(cause).__name__))
    if problems:
        raise AnswersError(problems)
    frame = pd.DataFrame(rows, columns=list(ANSWER_COLUMNS))
    return frame.astype(
        dict.fromkeys(("wave", "round", "revision", "confidence", "line"), "int64")
        | dict.fromkeys(("low", "high", "value", "stated"), "float64")
        | dict.fromkeys(("respondent", "question", "kind", "why", "evidence", "at", "problem"), "object")
    )


def latest_answers(answers: pd.DataFrame, *, wave: int | None = None) -> pd.DataFrame:
    """Return the answers of one wave that count: the last word of each respondent on each question.

    A later line replaces an earlier one of the same round, and a later round an earlier one.

    Parameters
    ----------
    answers
        As from :func:`read_answers`.
    wave
        Which wave; the latest when it is not given.
    """
    said = answers[answers["problem"] == ""]
    if said.empty:
        return said.copy()
    wanted = int(said["wave"].max()) if wave is None else wave
    said = said[said["wave"] == wanted].sort_values(["respondent", "round", "line"], kind="stable")
    return said.drop_duplicates(["respondent", "question"], keep="last").reset_index(drop=True)


def _read_file(file: Path, rows: list[dict[str, Any]], problems: list[Problem]) -> None:
    lines = file.read_bytes().split(b"\n")
    for number, raw in enumerate(lines, start=1):
        where = f"{file.name}:{number}"
        if not raw.strip():
            continue
        try:
            fields = json.loads(raw.decode("utf-8-sig"), object_pairs_hook=_each_once, parse_constant=_refuse)
        except (ValueError, RecursionError) as cause:
            if number == len(lines) and not isinstance(cause, _RefusedError):  # no line end: the writing was cut off
                rows.append(_torn_row(file.stem, number, where))
            else:
                problems.append(Problem(where, "one answer as JSON", str(cause), "mend the line or take it out"))
            continue
        if isinstance(fields, dict) and set(fields) == {_TORN}:
            rows.append(_torn_row(file.stem, number, where))
            continue
        try:
            rows.append(_row(file.stem, number, Answer.model_validate(fields)))
        except ValidationError as cause:
            problems.extend(_wrong(cause, where))


class _RefusedError(ValueError):
    """JSON that can be read but says something no answer may say."""


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise _RefusedError(f"'{min(twice)}' stands twice")
    return dict(pairs)


def _refuse(constant: str) -> Any:
    raise _RefusedError(f"{constant} is no number")


def _row(respondent: str, line: int, answer: Answer) -> dict[str, Any]:
    value = answer.value
    levels = value if isinstance(value, tuple) else (math.nan, math.nan)
    kind = value if isinstance(value, str) else "level" if value[0] == value[1] else "range"
    return {
        "respondent": respondent, "wave": answer.wave, "round": answer.round, "question": answer.question,
        "revision": answer.revision, "kind": kind, "low": levels[0], "high": levels[1],
        "value": (levels[0] + levels[1]) / 2, "stated": math.nan if answer.stated is None else answer.stated,
        "confidence": answer.confidence or 0, "why": answer.why, "evidence": "; ".join(answer.evidence),
        "at": answer.at, "line": line, "problem": "",
    }  # fmt: skip


def _torn_row(respondent: str, line: int, where: str) -> dict[str, Any]:
    blank = {"wave": 0, "round": 0, "revision": 0, "confidence": 0, "question": "", "why": "", "evidence": "", "at": ""}
    empty = dict.fromkeys(("low", "high", "value", "stated"), math.nan)
    problem = f"{where}: the line was cut off while it was being written and is not counted; ask for the answer again"
    return {**blank, **empty, "respondent": respondent, "kind": _TORN, "line": line, "problem": problem}


def _wrong(cause: ValidationError, where: str) -> list[Problem]:
    found = []
    for error in cause.errors():
        name = str(error["loc"][0]) if error["loc"] else "answer"
        if error["type"] == "extra_forbidden":
            found.append(Problem(where, f"only {', '.join(Answer.model_fields)}", name))
            continue
        message = error["msg"].removeprefix("Value error, ")
        got = "" if error["type"] == "missing" else json.dumps(error["input"], default=str)
        found.append(Problem(where, f"{name}: {message[0].lower()}{message[1:]}", got))
    return found
