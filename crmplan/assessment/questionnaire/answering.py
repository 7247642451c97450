"""One person answering: what is typed into a form is kept at once, and what others or other windows keep stays.

The form may have been open for long. Only the fields that were touched since it was shown are written over what is
kept now, so that two windows of one person do not undo each other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from crmplan.assessment.answer_files import answers_of, append_answer
from crmplan.assessment.answers import Via
from crmplan.assessment.checklists import load_checklists
from crmplan.assessment.questionnaire.asked import Asked, Questionnaire, asked_of
from crmplan.assessment.questionnaire.panel import SaidTo, panel_of
from crmplan.assessment.questionnaire.reply import Misread, Reply, as_typed, understood
from crmplan.engagement import Engagement
from crmplan.errors import AnswersError

__all__ = ["Answering", "Kept"]


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of what was typed: kept, nothing new, not kept as it is not whole yet, or failed; and why."""

    state: Literal["saved", "same", "incomplete", "failed"]
    message: str = ""
    misread: tuple[Misread, ...] = ()


class Answering:
    """The questionnaire of one respondent, open for answers.

    Parameters
    ----------
    engagement
        The client.
    respondent
        Who answers.
    via
        The way the answers come.
    now
        Gives the moment in ISO format.
    """

    def __init__(
        self, engagement: Engagement, respondent: str, *, via: Via = "web", now: Callable[[], str] | None = None
    ) -> None:
        self._engagement = engagement
        self._via = via
        self._now = now or _now
        self._asked: dict[str, Asked] = {}
        self._before: dict[str, SaidTo] = {}
        self._in_round: set[str] = set()
        self._checklists = load_checklists(overlay=engagement.overlay)
        self._respondent = respondent
        self.questionnaire: Questionnaire
        self.reload()

    def reload(self) -> None:
        """Read again what is asked and what has been said."""
        self.questionnaire = asked_of(self._engagement, self._respondent, checklists=self._checklists)
        self._asked = {one.question.id: one for one in self.questionnaire.asked}
        now = self.questionnaire.round
        self._in_round = {
            one.question.id
            for one in self.questionnaire.asked
            if any((said.round, said.revision) == (now, one.question.rev) for said in one.history)
        }
        if self.questionnaire.round > 1:
            panel = panel_of(self._engagement, checklists=self._checklists)
            self._before = {one.question.id: one for one in panel.questions}

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of the questions, in their order."""
        return tuple(self._asked)

    @property
    def n_answered(self) -> int:
        """How many questions have an answer in the round that is open."""
        return sum(self.is_answered(id) for id in self._asked)

    def is_answered(self, question: str) -> bool:
        """Return whether a question has been answered, or the earlier answer kept, in the round that is open."""
        return question in self._in_round

    def can_keep(self, question: str) -> bool:
        """Return whether there is an answer of an earlier round that was neither changed nor kept in this one."""
        return self._asked[question].reply.is_answer and not self.is_answered(question)

    def asked(self, question: str) -> Asked:
        """Return a question with what was last said to it."""
        return self._asked[question]

    def said_before(self, question: str) -> SaidTo | None:
        """Return what everybody said to a question in the last revealed round, None where there is no such round."""
        return self._before.get(question)

    def first_open(self) -> str:
        """Return the first question without an answer in this round; the first of all when every one has one."""
        return next((id for id in self._asked if not self.is_answered(id)), next(iter(self._asked), ""))

    def keep(self, question: str) -> Kept:
        """Give the answer of an earlier round again in this one, as it stands, and return what became of it."""
        shown = self._asked[question]
        try:
            reply = self._current(question)
            if not self.can_keep(question):
                return Kept("same")
            self._append(shown, reply)
        except (AnswersError, OSError) as cause:
            return Kept("failed", str(cause))
        self._asked[question] = Asked(shown.area, shown.question, reply, shown.history)
        return Kept("saved")

    def put(self, question: str, typed: Mapping[str, Any]) -> Kept:
        """Keep what is typed into the form of a question, wholly or not at all, and return what became of it.

        Parameters
        ----------
        question
            Id of the question.
        typed
            Text by field, as in :func:`crmplan.assessment.questionnaire.reply.understood`.
        """
        shown = self._asked[question]
        before = as_typed(shown.question, shown.reply)
        touched = {field: text for field, text in typed.items() if not _is_same(text, before.get(field, ""))}
        if not touched:
            return Kept("same")
        try:
            current = self._current(question)
            reply, wrong = understood(shown.question, {**as_typed(shown.question, current), **touched})
            if wrong:
                return Kept("incomplete", _in_words(wrong[0]), tuple(wrong))
            if not reply.is_answer:
                return Kept("incomplete", "choose a line first; an answer cannot be taken back, only changed")
            reply = _with_long_texts(reply, current, touched)
            if reply != current:
                self._append(shown, reply)
        except (AnswersError, OSError) as cause:
            return Kept("failed", str(cause))
        self._asked[question] = Asked(shown.area, shown.question, reply, shown.history)
        return Kept("saved")

    def _current(self, question: str) -> Reply:
        asked, own = self.questionnaire, self.questionnaire.respondent.id
        given = [
            one
            for one in answers_of(self._engagement.answers, own).get(own, ())
            if (one.question, one.wave) == (question, asked.wave) and one.revision == self._asked[question].question.rev
        ]
        return Reply.of(max(enumerate(given), key=lambda one: (one[1].round, one[0]))[1]) if given else Reply()

    def _append(self, asked: Asked, reply: Reply) -> None:
        here = self.questionnaire
        answer = reply.as_answer(asked.question, wave=here.wave, round=here.round, at=self._now(), via=self._via)
        folder = self._engagement.folder
        append_answer(self._engagement.answers, here.respondent.id, answer, decisions=folder / "decisions")
        self._in_round.add(asked.question.id)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _is_same(text: Any, before: Any) -> bool:
    return text == before or (text in (None, "") and before == "")


def _with_long_texts(reply: Reply, current: Reply, touched: Mapping[str, Any]) -> Reply:
    """Return the reply with evidence as it was kept where nobody touched it; a form parts it by lines."""
    evidence = reply.evidence if "evidence" in touched else current.evidence
    return Reply(
        value=reply.value, stated=reply.stated, choice=current.choice, confidence=reply.confidence,
        comment=reply.comment, reason=reply.reason, evidence=evidence,
    )  # fmt: skip


def _in_words(wrong: Misread) -> str:
    advice = f" ({wrong.advice})" if wrong.advice else ""
    return f"please give {wrong.expected}{advice}"
