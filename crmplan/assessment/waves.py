"""Waves: the whole assessment done again, a year later say. A wave that was closed stays as it was."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd
from pydantic import Field

from crmplan.assessment.rounds import answers_fingerprint
from crmplan.assessment.signed import Signed, read_signed
from crmplan.errors import AnswersError, Problem

__all__ = ["WAVES_FILE", "ClosedWave", "is_closed", "open_wave", "read_closed", "refuse_closed", "wave_fingerprint"]

WAVES_FILE = "waves.yaml"


class ClosedWave(Signed):
    """The signed record that a wave is over: what had been answered and agreed on, and the questions it was asked by.

    ``answers`` is the fingerprint of all answers of the wave, so that a later change to them can be seen. ``versions``
    names the checklists, ``questions`` is the fingerprint of their ids and revisions.
    """

    wave: int = Field(ge=1)
    n_rounds: int = Field(ge=1)
    n_people: int = Field(ge=1)
    n_answers: int = Field(ge=1)
    n_agreed: int = Field(ge=0)
    answers: str
    versions: str
    questions: str


def read_closed(decisions: Path) -> tuple[ClosedWave, ...]:
    """Return the records of closed waves in a client's ``decisions`` folder; none when there are none."""
    return read_signed(decisions / WAVES_FILE, ClosedWave)


def is_closed(closed: Iterable[ClosedWave], wave: int) -> bool:
    """Return whether a wave is over."""
    return any(one.wave == wave for one in closed)


def open_wave(answered: Iterable[int], closed: Sequence[ClosedWave]) -> int:
    """Return the wave in which answers are given now: the last that anybody answered in, or the one after a closed one.

    Parameters
    ----------
    answered
        The wave of every answer; empty before the first one.
    closed
        As from :func:`read_closed`.

    Examples
    --------
    >>> open_wave([], []), open_wave([1, 1, 2], [])
    (1, 2)
    """
    return max(max(answered, default=1), 1 + max((one.wave for one in closed), default=0))


def refuse_closed(decisions: Path, wave: int) -> None:
    """Raise AnswersError when a wave is over: nothing is added to it any more."""
    if is_closed(read_closed(decisions), wave):
        advice = f"what is answered and agreed on now belongs to wave {wave + 1}"
        raise AnswersError([Problem(f"wave {wave}", "a wave that is open", "one that was closed", advice)])


def wave_fingerprint(answers: pd.DataFrame, *, wave: int) -> str:
    """Return the fingerprint of what was answered in a wave, round by round; the order of answers does not matter."""
    rounds = sorted(set(answers.loc[answers["wave"] == wave, "round"]))
    prints = [(int(round), answers_fingerprint(answers, wave=wave, round=int(round))) for round in rounds]
    return hashlib.sha256(json.dumps(prints).encode("utf-8")).hexdigest()
