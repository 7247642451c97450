"""Revealing a round: from then on everybody sees what was answered, and nobody can answer it any more."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from crmplan.assessment.answer_files import read_answers
from crmplan.assessment.rounds import ROUNDS_FILE, Reveal, answers_fingerprint, current_round, read_reveals, round_state
from crmplan.assessment.signed import add_signed, record_of
from crmplan.assessment.waves import refuse_closed
from crmplan.assessment.whose import of_named
from crmplan.durable import one_writer_in
from crmplan.engagement import Consensus, Respondent
from crmplan.errors import AnswersError, Problem

__all__ = ["reveal_round"]


def reveal_round(
    answers: Path,
    decisions: Path,
    *,
    wave: int,
    round: int,
    by: str,
    at: str,
    rule: Consensus,
    respondents: Sequence[Respondent],
) -> Reveal:
    """Record, signed, that a round is shown to all, and return the record.

    Parameters
    ----------
    answers, decisions
        Folders of the client; the record goes to ``decisions/rounds.yaml``.
    wave, round
        Which round.
    by
        Who reveals it.
    at
        When, in ISO format.
    rule
        The rule of consensus as it was fixed before anybody answered.
    respondents
        The people whom the engagement names: how many of them answered is recorded, and one must have.

    Raises
    ------
    AnswersError
        When the round has been revealed before, is not the next one, nobody named has answered in it, or the wave was
        closed.
    """
    where = f"wave {wave}, round {round}"
    if not answers.is_dir():
        raise AnswersError([Problem(where, "at least one answer")])
    # Holding back writers of answers: what is counted and fingerprinted here is what stands when the round closes.
    with one_writer_in(answers):
        refuse_closed(decisions, wave)
        reveals = read_reveals(decisions)
        following = current_round(reveals, wave)
        if round != following:
            advice = "it has been revealed already" if round < following else f"reveal round {following} first"
            raise AnswersError([Problem(where, f"round {following}, the one that is open", "", advice)])
        given = read_answers(answers)
        state = round_state(of_named(given, respondents), reveals, wave=wave, round=round)
        if not state.n_answers:
            raise AnswersError([Problem(where, "at least one answer of a named respondent")])
        record = record_of(
            Reveal, by=by, at=at, wave=wave, round=round, n_people=len(state.people), n_answers=state.n_answers,
            answers=answers_fingerprint(given, wave=wave, round=round), rule=Consensus(**rule.model_dump()),
        )  # fmt: skip
        return add_signed(decisions / ROUNDS_FILE, record)
