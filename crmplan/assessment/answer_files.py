"""Where answers are kept: one append-only file per person, one line per answer, nothing ever overwritten.

A respondent who thinks again adds a line; the later line counts. A line that was cut off when a machine stopped is
kept as it is and reported.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import ValidationError

from crmplan.assessment.answers import ANSWER_COLUMNS, Answer, answer_row, answers_frame
from crmplan.assessment.rounds import is_revealed, read_reveals
from crmplan.assessment.waves import refuse_closed
from crmplan.durable import one_writer_in, write_durably
from crmplan.errors import AnswersError, Problem

__all__ = ["answers_of", "append_answer", "read_answers"]

_RESPONDENT = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")
_TORN = "torn"


def append_answer(folder: Path, respondent: str, answer: Answer, *, decisions: Path | None = None) -> Path:
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
    decisions
        The ``decisions`` folder of the client: an answer to a round that was revealed there, or to a wave that was
        closed, is refused.

    Raises
    ------
    AnswersError
        When the respondent's id cannot be the name of a file, "does not apply" comes without a reason, or the round
        has been revealed, or the wave closed.
    """
    if not _RESPONDENT.match(respondent):
        expected = "a respondent id of letters, digits, '_' and '-'"
        raise AnswersError([Problem(str(folder), expected, respondent)])
    if answer.value == "na" and not answer.reason.strip():
        advice = "say in `reason` why it does not apply"
        raise AnswersError([Problem(answer.question, 'a reason with "does not apply"', "", advice)])
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{respondent}.jsonl"
    with one_writer_in(folder):
        if decisions is not None:
            refuse_closed(decisions, answer.wave)
        if decisions is not None and is_revealed(read_reveals(decisions), answer.wave, answer.round):
            advice = f"the answers are known; answer in round {answer.round + 1}"
            where = f"wave {answer.wave}, round {answer.round}"
            raise AnswersError([Problem(where, "a round that is still open", "one that was revealed", advice)])
        before = _mended(file.read_bytes()) if file.exists() else b""
        write_durably(file, before + answer.as_line().encode("utf-8") + b"\n")
    return file


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
        dk, other, torn), ``low``, ``high``, ``value`` (their middle; missing for na, dk and other), ``stated``,
        ``choice``, ``confidence`` (1 to 3, 0 when not given), ``comment``, ``reason`` (why it does not apply),
        ``evidence`` (parted by "; "), ``via``, ``entered_by``, ``at``, ``line``, ``problem`` (empty unless the line is
        torn: then where and what).

    Raises
    ------
    AnswersError
        With every malformed line of every file.
    """
    problems: list[Problem] = []
    rows = [
        _torn_row(respondent, number, f"{respondent}.jsonl:{number}")
        if answer is None
        else answer_row(respondent, number, answer)
        for respondent, number, answer in _lines(folder, problems)
    ]
    if problems:
        raise AnswersError(problems)
    return answers_frame(rows)


def answers_of(folder: Path, respondent: str = "") -> dict[str, tuple[Answer, ...]]:
    """Return every answer as it was given, by respondent, in the order in which it was given; torn lines are left out.

    Parameters
    ----------
    folder
        The ``answers`` folder of a client; it may be missing or empty.
    respondent
        Whose answers alone; everybody's when nobody is named.

    Raises
    ------
    AnswersError
        With every malformed line of every file.

    Examples
    --------
    >>> answers_of(Path("no such folder"))
    {}
    """
    problems: list[Problem] = []
    given: dict[str, list[Answer]] = {}
    for who, _, answer in _lines(folder, problems, respondent or "*"):
        if answer is not None:
            given.setdefault(who, []).append(answer)
    if problems:
        raise AnswersError(problems)
    return {who: tuple(answers) for who, answers in given.items()}


def _lines(folder: Path, problems: list[Problem], whose: str = "*") -> list[tuple[str, int, Answer | None]]:
    """Return (respondent, line number, answer) of every line; the answer is None where the line was cut off."""
    lines: list[tuple[str, int, Answer | None]] = []
    if folder.exists() and not folder.is_dir():
        problems.append(Problem(folder.name, "a folder with a file for each respondent", "a file", "make it a folder"))
    for file in sorted(folder.glob(f"{whose}.jsonl")):
        if not _RESPONDENT.match(file.stem):
            problems.append(Problem(file.name, "a file named after the respondent's id", file.stem, "rename the file"))
            continue
        try:
            lines.extend((file.stem, number, answer) for number, answer in _read_file(file, problems))
        except OSError as cause:
            problems.append(Problem(file.name, "a file that can be read", type(cause).__name__))
    return lines


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


def _read_file(file: Path, problems: list[Problem]) -> list[tuple[int, Answer | None]]:
    found: list[tuple[int, Answer | None]] = []
    lines = file.read_bytes().split(b"\n")
    for number, raw in enumerate(lines, start=1):
        where = f"{file.name}:{number}"
        if not raw.strip():
            continue
        try:
            fields = json.loads(raw.decode("utf-8-sig"), object_pairs_hook=_each_once, parse_constant=_refuse)
        except (ValueError, RecursionError) as cause:
            if number == len(lines) and not isinstance(cause, _RefusedError):  # no line end: the writing was cut off
                found.append((number, None))
            else:
                problems.append(Problem(where, "one answer as JSON", str(cause), "mend the line or take it out"))
            continue
        if isinstance(fields, dict) and set(fields) == {_TORN}:
            found.append((number, None))
            continue
        try:
            found.append((number, Answer.model_validate(fields)))
        except ValidationError as cause:
            problems.extend(_wrong(cause, where))
    return found


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


def _torn_row(respondent: str, line: int, where: str) -> dict[str, Any]:
    problem = f"{where}: the line was cut off while it was being written and is not counted; ask for the answer again"
    blank = dict.fromkeys(ANSWER_COLUMNS, "") | dict.fromkeys(("wave", "round", "revision", "confidence"), 0)
    empty = dict.fromkeys(("low", "high", "value", "stated"), None)
    return {**blank, **empty, "respondent": respondent, "kind": _TORN, "line": line, "problem": problem}


def _wrong(cause: ValidationError, where: str) -> list[Problem]:
    found = []
    for error in cause.errors():
        name = str(error["loc"][0]) if error["loc"] else "answer"
        if error["type"] == "extra_forbidden":
            found.append(Problem(where, f"only {', '.join(Answer.model_fields)}", name))
            continue
        message = error["msg"].removeprefix("Value error, ")
        is_shown = error["type"] != "missing" and bool(error["loc"])
        got = json.dumps(error["input"], default=str) if is_shown else ""
        found.append(Problem(where, f"{name}: {message[0].lower()}{message[1:]}", got))
    return found
