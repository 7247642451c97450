"""What one respondent is asked in the current round, and what that person has said so far."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from crmplan.assessment.answer_files import answers_of
from crmplan.assessment.answers import Answer
from crmplan.assessment.checklists import checklists_of
from crmplan.assessment.questionnaire.reply import Reply
from crmplan.assessment.questions import Checklist, Question
from crmplan.assessment.rounds import current_round, read_reveals
from crmplan.assessment.waves import open_wave, read_closed
from crmplan.engagement import Engagement, Respondent
from crmplan.errors import UnknownNameError

__all__ = ["Asked", "Questionnaire", "asked_by", "asked_of", "everything_asked", "respondent_of"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question put to somebody, and the last word of that person on it; ``history`` is all that was ever said."""

    area: str
    question: Question
    reply: Reply = field(default_factory=Reply)
    history: tuple[Answer, ...] = ()


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """The questions of one respondent in one round.

    ``versions`` names the checklists and their versions, ``content`` is the fingerprint of everything that the
    respondent reads: two questionnaires with the same content ask the same.
    """

    client: str
    client_name: str
    currency: str
    respondent: Respondent
    wave: int
    round: int
    titles: dict[str, str]
    versions: str
    asked: tuple[Asked, ...]

    @property
    def content(self) -> str:
        """Fingerprint of what the respondent reads."""
        return _fingerprint([_read_by_respondent(one.question) for one in self.asked])

    @property
    def n_answered(self) -> int:
        """How many questions have an answer."""
        return sum(one.reply.is_answer for one in self.asked)

    def areas(self) -> dict[str, tuple[Asked, ...]]:
        """Return the questions by area, in the order of the checklists."""
        return {area: tuple(one for one in self.asked if one.area == area) for area in self.titles}


def respondent_of(engagement: Engagement, respondent: str) -> Respondent:
    """Return a respondent of the engagement by id.

    Raises
    ------
    UnknownNameError
        When ``engagement.yaml`` names nobody so.
    """
    for one in engagement.respondents:
        if one.id == respondent:
            return one
    raise UnknownNameError.among("respondent", respondent, [one.id for one in engagement.respondents])


def asked_by(checklists: Sequence[Checklist], role: str, *, also: Collection[str] = ()) -> list[tuple[str, Question]]:
    """Return (area, question) of what somebody in a role is asked, and what is in ``also``.

    Somebody whose role is named nowhere is asked everything.
    """
    every: list[tuple[str, Question]] = [(one.checklist, question) for one in checklists for question in one.questions]
    own = [(area, question) for area, question in every if role in question.ask.roles or question.id in also]
    is_named = any(role in question.ask.roles for _, question in every)
    return own if is_named else every


def everything_asked(engagement: Engagement, *, checklists: Sequence[Checklist] | None = None) -> Questionnaire:
    """Return every question in scope, whoever is asked it; nothing in it is answered."""
    return _questionnaire(engagement, Respondent(id="everybody", role=""), {}, checklists)


def asked_of(
    engagement: Engagement, respondent: str, *, checklists: Sequence[Checklist] | None = None
) -> Questionnaire:
    """Return what a respondent is asked.

    Those questions of the areas in scope whose roles name that of the respondent; somebody whose role is named nowhere
    is asked everything. What the respondent answered anyway is in it too.

    Raises
    ------
    UnknownNameError
        When there is no such respondent.
    AnswersError
        When files of answers are malformed.
    """
    person = respondent_of(engagement, respondent)
    return _questionnaire(engagement, person, answers_of(engagement.answers), checklists)


def _questionnaire(
    engagement: Engagement,
    person: Respondent,
    said: Mapping[str, Sequence[Answer]],
    checklists: Sequence[Checklist] | None,
) -> Questionnaire:
    in_scope = checklists_of(engagement, checklists)
    decisions = engagement.folder / "decisions"
    named = {one.id for one in engagement.respondents}
    waves = (one.wave for who, answers in said.items() if who in named for one in answers)
    wave = open_wave(waves, read_closed(decisions))
    own = [answer for answer in said.get(person.id, ()) if answer.wave == wave]
    asked = asked_by(in_scope, person.role, also={answer.question for answer in own})
    areas = {area for area, _ in asked}
    return Questionnaire(
        client=engagement.id,
        client_name=engagement.client.name,
        currency=engagement.client.currency,
        respondent=person,
        wave=wave,
        round=current_round(read_reveals(decisions), wave),
        titles={one.checklist: one.title for one in in_scope if one.checklist in areas},
        versions=", ".join(f"{one.checklist} {one.version}" for one in in_scope if one.checklist in areas),
        asked=tuple(_with_reply(area, question, own) for area, question in asked),
    )


def _with_reply(area: str, question: Question, answers: Sequence[Answer]) -> Asked:
    # The last line of the last round counts; a question that has been reworded since is open again.
    given = sorted((one for one in answers if one.question == question.id), key=lambda one: one.round)
    counted = [one for one in given if one.revision == question.rev]
    return Asked(area, question, Reply.of(counted[-1]) if counted else Reply(), tuple(given))


def _read_by_respondent(question: Question) -> dict[str, object]:
    read = {"id", "rev", "title", "text", "help", "why", "scale", "anchors", "bands", "na_reasons", "states"}
    return question.model_dump(mode="json", include=read)


def _fingerprint(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode("utf-8")).hexdigest()[:16]
