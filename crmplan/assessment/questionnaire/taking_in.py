"""Taking in workbooks: first a preview of what would change and what is wrong, cell by cell, then the answers.

Three states are compared: the reply as it was when the workbook was made, as the workbook has it now, and as the
client's folder has it now. What nobody changed in the workbook is left alone, so that an answer given elsewhere in the
meantime is never undone by an old workbook; and what has been taken in once is not taken in again.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from crmplan.assessment.access import seal
from crmplan.assessment.answer_files import append_answer
from crmplan.assessment.checklists import load_checklists
from crmplan.assessment.questionnaire.asked import Asked, Questionnaire, asked_of
from crmplan.assessment.questionnaire.layout import Identity, identity_of
from crmplan.assessment.questionnaire.reading import Filled, FilledRow, Sent, read_workbook
from crmplan.assessment.questionnaire.reply import Misread, Reply, as_typed, understood
from crmplan.assessment.questionnaire.writing import locked_texts, visible
from crmplan.assessment.questions import Checklist
from crmplan.engagement import Engagement
from crmplan.errors import AnswersError, Problem, UnknownNameError

__all__ = ["Change", "Preview", "previews", "take_in"]


@dataclass(frozen=True, slots=True)
class Change:
    """A reply of the workbook that differs from the one kept: ``before`` and ``after``, and the fields that differ.

    ``is_conflict`` says that the kept reply has itself changed since the workbook was made: which of the two is meant
    must be asked.
    """

    asked: Asked
    before: Reply
    after: Reply
    fields: tuple[str, ...]
    cell: str
    is_conflict: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """What taking in a workbook would do: ``refused`` (not at all, and why), or changes, and cells that are wrong."""

    file: str
    respondent: str = ""
    questionnaire: Questionnaire | None = None
    changes: tuple[Change, ...] = ()
    problems: tuple[Problem, ...] = ()
    n_unchanged: int = 0
    refused: tuple[Problem, ...] = ()

    @property
    def conflicts(self) -> tuple[Change, ...]:
        """Changes of which the kept reply was changed too."""
        return tuple(one for one in self.changes if one.is_conflict)


def previews(
    engagement: Engagement, files: Sequence[Path], *, checklists: Sequence[Checklist] | None = None
) -> tuple[Preview, ...]:
    """Return, for each workbook, what taking it in would do; nothing is written.

    A workbook of another client, respondent, version or round is refused with the reason, and so are two workbooks of
    one respondent.
    """
    checklists = load_checklists(overlay=engagement.overlay) if checklists is None else checklists
    found = [_preview(engagement, file, checklists) for file in files]
    of = [one.respondent for one in found if one.respondent]
    twice = {respondent for respondent in of if of.count(respondent) > 1}
    return tuple(_refuse_twice(one) if one.respondent in twice else one for one in found)


def take_in(
    engagement: Engagement, preview: Preview, *, at: str, entered_by: str = "", prefer_workbook: bool = False
) -> int:
    """Add the changed answers of a preview to the respondent's file and return how many they were.

    Parameters
    ----------
    engagement
        The client.
    preview
        As from :func:`previews`. Wrong cells are left out; conflicts too, unless ``prefer_workbook`` is set.
    at
        The moment, in ISO format.
    entered_by
        Who takes it in.

    Raises
    ------
    AnswersError
        When the preview was refused, or the round has been revealed meanwhile.
    """
    if preview.refused or preview.questionnaire is None:
        raise AnswersError(list(preview.refused))
    asked = preview.questionnaire
    wanted = [one for one in preview.changes if prefer_workbook or not one.is_conflict]
    for change in wanted:
        answer = change.after.as_answer(
            change.asked.question, wave=asked.wave, round=asked.round, at=at, via="workbook", entered_by=entered_by
        )
        append_answer(engagement.answers, preview.respondent, answer, decisions=engagement.folder / "decisions")
    return len(wanted)


def _preview(engagement: Engagement, file: Path, checklists: Sequence[Checklist]) -> Preview:
    try:
        filled = read_workbook(file)
    except AnswersError as cause:
        return Preview(file.name, refused=cause.problems)
    claimed = filled.identity
    if claimed.client != engagement.id:
        return _refused(filled, f"a workbook of {engagement.id}", f"one of {claimed.client}", "look for the right file")
    try:
        asked = asked_of(engagement, claimed.respondent, checklists=checklists)
    except UnknownNameError as cause:
        return _refused(filled, "a respondent of the engagement", claimed.respondent, str(cause))
    refusal = _wrong_identity(filled, identity_of(asked), seal(engagement.folder, claimed.as_text()))
    if refusal:
        return Preview(file.name, refused=(refusal,))
    return _compared(filled, asked)


def _refused(filled: Filled, expected: str, got: str, advice: str) -> Preview:
    return Preview(filled.file, refused=(Problem(filled.file, expected, got, advice),))


def _wrong_identity(filled: Filled, ours: Identity, sealed: str) -> Problem | None:
    claimed = filled.identity
    again = f"run: crmplan questionnaire export {ours.client} --respondent {ours.respondent}"
    if not hmac.compare_digest(sealed.encode(), filled.seal.encode("utf-8", "replace")):
        return Problem(filled.file, "the seal of this client's folder", "another seal", again)
    if (claimed.wave, claimed.round) != (ours.wave, ours.round):
        expected = f"wave {ours.wave}, round {ours.round}, which is open now"
        return Problem(filled.file, expected, f"wave {claimed.wave}, round {claimed.round}", again)
    if claimed.versions != ours.versions:
        return Problem(filled.file, f"the checklists {ours.versions}", claimed.versions, again)
    if claimed.content != ours.content:
        return Problem(filled.file, "the questions as they read now", "questions worded otherwise", again)
    return None


def _refuse_twice(preview: Preview) -> Preview:
    advice = "keep the one that counts"
    problem = Problem(preview.file, "one workbook for each respondent", f"a second one of {preview.respondent}", advice)
    return Preview(preview.file, preview.respondent, refused=(*preview.refused, problem))


def _compared(filled: Filled, asked: Questionnaire) -> Preview:
    known = {one.question.id: one for one in asked.asked}
    changes: list[Change] = []
    problems = list(_wrong_rows(filled, known))
    n_unchanged = 0
    seen: set[str] = set()
    for row in filled.rows:
        if row.question not in known or row.question in seen:
            continue
        seen.add(row.question)
        change, wrong = _change(row, known[row.question], filled.earlier.get(row.question, Sent()))
        problems.extend(wrong)
        if change is None:
            n_unchanged += not wrong
        else:
            changes.append(change)
    return Preview(filled.file, asked.respondent.id, asked, tuple(changes), tuple(problems), n_unchanged)


def _wrong_rows(filled: Filled, known: dict[str, Asked]) -> Iterable[Problem]:
    seen: set[str] = set()
    for row in filled.rows:
        where = row.cells["answer"]
        if row.question not in known:
            yield Problem(where, "a question of this questionnaire", row.question, "the row is left out")
        elif row.question in seen:
            yield Problem(where, "every question once", row.question, "the later row is left out")
        elif row.texts != tuple(visible(text) for text in locked_texts(known[row.question])):
            yield Problem(where, "the question as it was asked", row.question, "its text was typed over; ask again")
        seen.add(row.question)
    missing = [id for id in known if id not in seen]
    if missing:
        got = f"none for {', '.join(missing[:5])}"
        yield Problem(filled.file, "a row for every question", got, "rows were deleted")


def _change(row: FilledRow, asked: Asked, sent: Sent) -> tuple[Change | None, list[Problem]]:
    if row.problems:
        return None, list(row.problems)
    earlier = sent.reply
    went = {field: _as_cell(value) for field, value in as_typed(asked.question, earlier).items()}
    came = {field: _as_cell(row.typed.get(field, "")) for field in went}
    touched = tuple(field for field in went if came[field] != went[field])
    if not touched:
        return None, []
    if earlier.is_answer and not any(came[field] for field in ("answer", "figure")):
        advice = "an answer cannot be taken back; choose another line, or DK"
        return None, [Problem(row.cells["answer"], "an answer", "an emptied cell", advice)]
    after, wrong = understood(asked.question, row.typed)
    wrong.extend(_cut_texts(earlier, touched))
    if wrong:
        return None, [Problem(row.cells[one.field], one.expected, one.got, one.advice) for one in wrong]
    after = _with_untouched(after, earlier, touched)
    if after in (asked.reply, *(Reply.of(one) for one in asked.history[sent.n_said :])):
        return None, []  # it stands so already, or was taken in before
    is_conflict = asked.reply != earlier
    return Change(asked, asked.reply, after, touched, row.cells["answer"], is_conflict), []


def _as_cell(value: object) -> object:
    """Return a value as its cell gives it back: a number with 16 digits, a text that fits."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(f"{value:.16G}")
    return visible(str(value))


def _cut_texts(earlier: Reply, touched: Iterable[str]) -> list[Misread]:
    long = {"reason": earlier.reason, "comment": earlier.comment, "evidence": "\n".join(earlier.evidence)}
    expected = "the cell left as it was, as the text is longer than a cell can hold"
    return [
        Misread(field, expected, "a changed text", "change this text on the web page")
        for field in touched
        if visible(long.get(field, "")) != long.get(field, "")
    ]


def _with_untouched(after: Reply, earlier: Reply, touched: Iterable[str]) -> Reply:
    """Return the reply with every field that was not touched as it was sent, also where a cell cannot show it whole."""
    touched = set(touched)
    same_answer = not touched & {"answer", "up_to", "figure"}
    return Reply(
        value=earlier.value if same_answer else after.value,
        stated=earlier.stated if "figure" not in touched else after.stated,
        choice=earlier.choice if same_answer else after.choice,
        confidence=after.confidence if "confidence" in touched else earlier.confidence,
        comment=after.comment if "comment" in touched else earlier.comment,
        reason=after.reason if "reason" in touched else earlier.reason,
        evidence=after.evidence if "evidence" in touched else earlier.evidence,
    )
