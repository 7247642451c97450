"""Rounds of asking: in each, people first answer blind; once it is revealed all see it, talk, and answer again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pandas as pd
from pydantic import Field

from crmplan.assessment.answers import last_words
from crmplan.assessment.signed import Signed, read_signed
from crmplan.engagement import Consensus

__all__ = [
    "ROUNDS_FILE", "SMALLEST_GROUP", "Reveal", "RoundState", "answers_fingerprint", "current_round", "is_revealed",
    "read_reveals", "round_state", "visible_to",
]  # fmt: skip

ROUNDS_FILE = "rounds.yaml"
SMALLEST_GROUP = 3
"""Groups of fewer people are never shown apart: their answers could be traced to a person."""

_WHAT_WAS_SAID = (
    "respondent", "question", "revision", "kind", "low", "high", "stated", "choice", "confidence", "comment", "reason",
    "evidence",
)  # fmt: skip
_TRACES = ("respondent", "entered_by", "via", "at")


class Reveal(Signed):
    """The signed record that a round was shown to all: what had been answered, and the rule that was agreed before.

    ``answers`` is the fingerprint of the answers as they stood, so that a later change to them can be seen.
    """

    wave: int = Field(ge=1)
    round: int = Field(ge=1)
    n_people: int = Field(ge=0)
    n_answers: int = Field(ge=0)
    answers: str
    rule: Consensus


@dataclass(frozen=True, slots=True)
class RoundState:
    """Where a round stands.

    ``people`` are the respondents who have answered something. ``is_as_revealed`` is False when an answer was added
    after the round was shown, or the record of the reveal was changed.
    """

    wave: int
    round: int
    status: Literal["not begun", "open", "revealed"]
    people: tuple[str, ...] = ()
    n_answers: int = 0
    revealed_by: str = ""
    revealed_at: str = ""
    is_as_revealed: bool = True


def read_reveals(decisions: Path) -> tuple[Reveal, ...]:
    """Return the records of revealed rounds in a client's ``decisions`` folder; none when there are none."""
    return read_signed(decisions / ROUNDS_FILE, Reveal)


def is_revealed(reveals: Iterable[Reveal], wave: int, round: int) -> bool:
    """Return whether a round has been shown to all."""
    return any(one.wave == wave and one.round == round for one in reveals)


def current_round(reveals: Iterable[Reveal], wave: int) -> int:
    """Return the round of a wave in which answers are given now: the one after the last that was revealed.

    Examples
    --------
    >>> current_round((), wave=1)
    1
    """
    return 1 + max((one.round for one in reveals if one.wave == wave), default=0)


def round_state(answers: pd.DataFrame, reveals: Sequence[Reveal], *, wave: int, round: int) -> RoundState:
    """Return where a round stands: who has answered, whether it was revealed, and whether it is still as it was then.

    Parameters
    ----------
    answers
        As from :func:`crmplan.assessment.read_answers`.
    reveals
        As from :func:`read_reveals`.
    wave, round
        Which round.
    """
    given = _of_round(answers, wave, round)
    people = tuple(sorted(set(given["respondent"])))
    reveal = next((one for one in reveals if (one.wave, one.round) == (wave, round)), None)
    if reveal is None:
        return RoundState(wave, round, "open" if len(given) else "not begun", people, len(given))
    is_same = reveal.is_intact and reveal.answers == answers_fingerprint(answers, wave=wave, round=round)
    return RoundState(wave, round, "revealed", people, len(given), reveal.by, reveal.at, is_same)


def answers_fingerprint(answers: pd.DataFrame, *, wave: int, round: int) -> str:
    """Return the fingerprint of the answers that count in a round; the order of respondents does not matter."""
    given = _of_round(answers, wave, round).sort_values(["respondent", "question"])
    facts = [[str(fact) for fact in row] for row in given[list(_WHAT_WAS_SAID)].itertuples(index=False)]
    return hashlib.sha256(json.dumps(facts, ensure_ascii=False).encode("utf-8")).hexdigest()


def visible_to(respondent: str, answers: pd.DataFrame, reveals: Sequence[Reveal]) -> pd.DataFrame:
    """Return what a respondent may see: own answers, and those of others once their round has been revealed.

    Answers of others carry no sign of who gave them: ``respondent``, ``entered_by``, ``via`` and ``at`` are empty and
    they stand in order of their level, not of their owner. Where fewer than three people answered a question in a
    round, the others' answers stay hidden, as anybody could tell whose they are.

    Parameters
    ----------
    respondent
        Who looks.
    answers
        As from :func:`crmplan.assessment.read_answers`.
    reveals
        As from :func:`read_reveals`.
    """
    said = last_words(answers)
    is_own = said["respondent"] == respondent
    shown = {(one.wave, one.round) for one in reveals}
    is_shown = pd.Series([pair in shown for pair in zip(said["wave"], said["round"], strict=True)], said.index, bool)
    n_people = said.groupby(["wave", "round", "question"])["respondent"].transform("size")
    others = said[~is_own & is_shown & (n_people >= SMALLEST_GROUP)].assign(**dict.fromkeys(_TRACES, ""), line=0)
    others = others.sort_values(["wave", "round", "question", "value", "comment"], kind="stable")
    return pd.concat([said[is_own], others], ignore_index=True)


def _of_round(answers: pd.DataFrame, wave: int, round: int) -> pd.DataFrame:
    said = last_words(answers)
    return said[(said["wave"] == wave) & (said["round"] == round)]
