"""What the facilitator may see while people answer: who has answered; and, once a round is revealed, who is apart.

Before a round is revealed nothing of what was said in it is shown, not even to the facilitator. What fewer than three
people said to a question is never shown apart.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from crmplan.assessment.agreement import RoleLevel, Said, levels_by_role, said_to, split_of
from crmplan.assessment.answer_files import read_answers
from crmplan.assessment.answers import latest_answers
from crmplan.assessment.checklists import checklists_of
from crmplan.assessment.questionnaire.asked import asked_by
from crmplan.assessment.questions import Checklist, Question
from crmplan.assessment.rounds import SMALLEST_GROUP, RoundState, current_round, read_reveals, round_state
from crmplan.assessment.waves import open_wave, read_closed
from crmplan.assessment.whose import of_named, unnamed
from crmplan.engagement import Consensus, Engagement, Respondent

__all__ = ["Panel", "SaidTo", "Turnout", "panel_of"]

_N_LEVELS = 6


@dataclass(frozen=True, slots=True)
class Turnout:
    """How far one respondent has come in the open round; ``last_at`` is empty before the first answer."""

    respondent: str
    role: str
    n_asked: int
    n_answered: int
    last_at: str


@dataclass(frozen=True, slots=True)
class SaidTo:
    """What a revealed round said to one question.

    ``by_level`` counts answers at the levels 0 to 5, the middle of a range rounded down. Both it and ``said`` are
    None where fewer than three people gave a level. ``n_dk`` is how many do not know; 0 where fewer than three people
    answered at all. ``units`` are the medians of units of three people or more, given only where no role has as many:
    of two ways to part the same people, the difference would give single ones away.
    """

    area: str
    question: Question
    n_people: int
    said: Said | None = None
    by_level: tuple[int, ...] | None = None
    n_dk: int = 0
    units: tuple[RoleLevel, ...] = ()

    @property
    def is_split_by_unit(self) -> bool:
        """Whether the units stand in two camps, two levels or more apart."""
        return split_of(np.array([one.value for one in self.units]), self.units) == "by role"


@dataclass(frozen=True, slots=True)
class Panel:
    """The open round and who has answered in it; the last revealed round and what it said.

    ``rule`` is the rule of consensus as it was fixed for the revealed round. Questions on which people do not agree by
    it stand first, the furthest apart and weightiest of them at the top. ``unanswered`` are the questions that were
    put to somebody and that nobody answered in the revealed round. ``unnamed`` counts the answers of people whom the
    engagement does not name; they are in nothing else here. ``torn`` names lines of files that were cut off and are not
    counted.
    """

    open_round: RoundState
    turnout: tuple[Turnout, ...]
    revealed: RoundState | None
    rule: Consensus
    questions: tuple[SaidTo, ...]
    unanswered: tuple[Question, ...] = ()
    unnamed: Mapping[str, int] = field(default_factory=dict)
    torn: tuple[str, ...] = ()


def panel_of(engagement: Engagement, *, checklists: Sequence[Checklist] | None = None) -> Panel:
    """Return what the facilitator may see now.

    Raises
    ------
    AnswersError
        When files of answers are malformed.
    """
    in_scope = checklists_of(engagement, checklists)
    answers = read_answers(engagement.answers)
    decisions = engagement.folder / "decisions"
    reveals = read_reveals(decisions)
    closed, people = read_closed(decisions), engagement.respondents
    said = of_named(answers[answers["problem"] == ""], people, closed)
    wave = open_wave(map(int, said["wave"]), closed)
    now = current_round(reveals, wave)
    given = latest_answers(said, wave=wave, round=now)
    turnout = tuple(_turnout(one, in_scope, given[given["respondent"] == one.id]) for one in people)
    shown = round_state(answers, reveals, wave=wave, round=now - 1) if now > 1 else None
    rule = next((one.rule for one in reveals if (one.wave, one.round) == (wave, now - 1)), engagement.consensus)
    questions = _questions(in_scope, latest_answers(said, wave=wave, round=now - 1), people, rule) if shown else ()
    unanswered = _unanswered(in_scope, {one.role for one in people}, questions) if shown else ()
    strangers = unnamed(answers, people, closed)
    open_round = round_state(said, reveals, wave=wave, round=now)
    torn = tuple(problem for problem in answers["problem"] if problem)
    return Panel(open_round, turnout, shown, rule, questions, unanswered, strangers, torn)


def _turnout(person: Respondent, checklists: Sequence[Checklist], given: pd.DataFrame) -> Turnout:
    ids = {question.id for _, question in asked_by(checklists, person.role, also=set(given["question"]))}
    n_answered = int(given["question"].isin(ids).sum())
    return Turnout(person.id, person.role, len(ids), n_answered, str(given["at"].max()) if len(given) else "")


def _questions(
    checklists: Sequence[Checklist], given: pd.DataFrame, people: Sequence[Respondent], rule: Consensus
) -> tuple[SaidTo, ...]:
    found = [
        _said_to(one.checklist, question, given[given["question"] == question.id], people, rule)
        for one in checklists
        for question in one.questions
    ]
    asked = [one for one in found if one.n_people]
    return tuple(sorted(asked, key=_by_disagreement))


def _unanswered(
    checklists: Sequence[Checklist], roles: Collection[str], answered: Iterable[SaidTo]
) -> tuple[Question, ...]:
    put = {question.id for role in roles for _, question in asked_by(checklists, role)}
    left = put - {one.question.id for one in answered}
    return tuple(question for one in checklists for question in one.questions if question.id in left)


def _by_disagreement(one: SaidTo) -> tuple[bool, bool, float]:
    if one.said is None:
        return (True, True, 0.0)
    return (False, one.said.is_agreed != "no", -one.said.spread * one.question.weight)


def _said_to(
    area: str,
    question: Question,
    given: pd.DataFrame,
    people: Sequence[Respondent],
    rule: Consensus,
) -> SaidTo:
    levels = given["value"].dropna()
    n_dk = int((given["kind"] == "dk").sum()) if len(given) >= SMALLEST_GROUP else 0
    if len(levels) < SMALLEST_GROUP:
        return SaidTo(area, question, len(given), n_dk=n_dk)
    by_level = tuple(int((levels // 1 == level).sum()) for level in range(_N_LEVELS))
    said = said_to(given, {one.id: one.role for one in people}, rule)
    units = {one.id: one.unit for one in people}
    by_unit = () if said.roles else levels_by_role(given[given["value"].notna()], units)
    return SaidTo(area, question, len(given), said, by_level, n_dk, by_unit)
