"""Closing a wave: from then on nothing in it can be answered, revealed or agreed on; the next one begins."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from crmplan.assessment.agreed import agreed_values, read_agreed
from crmplan.assessment.answer_files import read_answers
from crmplan.assessment.answers import latest_answers
from crmplan.assessment.questions import Checklist
from crmplan.assessment.rounds import current_round, read_reveals, round_state
from crmplan.assessment.signed import add_signed, record_of
from crmplan.assessment.waves import WAVES_FILE, ClosedWave, refuse_closed, wave_fingerprint
from crmplan.assessment.whose import refuse_unnamed
from crmplan.durable import one_writer_in
from crmplan.engagement import Respondent
from crmplan.errors import AnswersError, Problem

__all__ = ["close_wave", "closing_of"]


def closing_of(
    answers: Path,
    decisions: Path,
    *,
    wave: int,
    by: str,
    at: str,
    checklists: Sequence[Checklist],
    respondents: Sequence[Respondent],
) -> ClosedWave:
    """Return the record that would close a wave; nothing is written.

    Parameters
    ----------
    answers, decisions
        Folders of the client.
    wave
        Which wave.
    by, at
        Who closes it, and when in ISO format.
    checklists
        The questions it was asked by.
    respondents
        The people whom the engagement names.

    Raises
    ------
    AnswersError
        When the wave is closed already, nobody has answered in it, somebody has whom the engagement does not name, or
        a round of it was answered and not revealed.
    """
    refuse_closed(decisions, wave)
    given, reveals = read_answers(answers), read_reveals(decisions)
    counted = latest_answers(given, wave=wave)
    where = f"wave {wave}"
    if counted.empty:
        raise AnswersError([Problem(where, "at least one answer")])
    refuse_unnamed(given, respondents, wave=wave)
    turn = current_round(reveals, wave)
    if round_state(given, reveals, wave=wave, round=turn).n_answers:
        advice = f"reveal round {turn} first; nobody would ever see what was said in it"
        raise AnswersError([Problem(where, "every round revealed", f"round {turn} still open", advice)])
    revisions = {one.id: one.rev for checklist in checklists for one in checklist.questions}
    return record_of(
        ClosedWave, by=by, at=at, wave=wave, n_rounds=turn - 1, n_people=int(counted["respondent"].nunique()),
        n_answers=len(counted), n_agreed=len(agreed_values(read_agreed(decisions), wave=wave, revisions=revisions)),
        answers=wave_fingerprint(given, wave=wave),
        versions=", ".join(f"{one.checklist} {one.version}" for one in checklists),
        questions=hashlib.sha256(json.dumps(revisions, sort_keys=True).encode("utf-8")).hexdigest(),
    )  # fmt: skip


def close_wave(
    answers: Path,
    decisions: Path,
    *,
    wave: int,
    by: str,
    at: str,
    checklists: Sequence[Checklist],
    respondents: Sequence[Respondent],
) -> ClosedWave:
    """Record, signed, that a wave is over, and return the record; parameters and errors as in :func:`closing_of`."""
    if not answers.is_dir():
        raise AnswersError([Problem(f"wave {wave}", "at least one answer")])
    # Holding back writers of answers: what is fingerprinted here is what stands when the wave closes.
    with one_writer_in(answers):
        record = closing_of(answers, decisions, wave=wave, by=by, at=at, checklists=checklists, respondents=respondents)
        return add_signed(decisions / WAVES_FILE, record)
