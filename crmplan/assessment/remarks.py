"""What a reader must know about the answers: what was left out of the levels, what is thin, what does not fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from crmplan.assessment.checklists import Checklist, questions_by_id
from crmplan.assessment.on_file import OnFile
from crmplan.assessment.readiness import Remark
from crmplan.assessment.rounds import round_state
from crmplan.assessment.waves import wave_fingerprint
from crmplan.assessment.whose import unnamed
from crmplan.engagement import Consensus, Respondent

__all__ = ["remarks_on"]

_FAR_FROM_DATA = 2.0


def remarks_on(
    checklists: Sequence[Checklist],
    answers: pd.DataFrame,
    latest: pd.DataFrame,
    questions: pd.DataFrame,
    *,
    respondents: Sequence[Respondent],
    scope: Sequence[str],
    on_file: OnFile,
    rule: Consensus,
) -> tuple[Remark, ...]:
    """Return remarks on a set of answers, the weightiest first.

    Parameters
    ----------
    checklists
        What was asked.
    answers, latest
        All answers, and those of named people in the wave that is looked at.
    questions
        The result by question.
    respondents
        Who was to be asked.
    scope
        Areas looked at.
    on_file
        Rounds revealed, values agreed on, and documents.
    rule
        The rule of consensus as the engagement has it now.
    """
    found = [
        *_torn(answers),
        *_not_counted(checklists, latest, scope),
        *_strangers(answers, respondents, on_file),
        *_rounds(answers, on_file, rule),
        *_waves(answers, on_file),
        *_decisions(on_file, questions),
        *_documents(latest, on_file),
        *_without_reason(latest),
        *_thin(checklists, questions),
    ]
    return tuple(sorted(found, key=lambda one: ("high", "medium", "low").index(one.severity)))


def _torn(answers: pd.DataFrame) -> Iterator[Remark]:
    for row in answers[answers["problem"] != ""].itertuples():
        yield Remark("torn_line", "high", f"{row.respondent}.jsonl:{row.line}", str(row.problem))


def _not_counted(checklists: Sequence[Checklist], latest: pd.DataFrame, scope: Sequence[str]) -> Iterator[Remark]:
    known = questions_by_id(checklists)
    for question, group in latest.groupby("question"):
        id = str(question)
        if id not in known:
            answers = _answers(len(group))
            yield Remark("unknown_question", "medium", id, f"{answers} to {id}, which is in no checklist: not counted")
        elif known[id][0] in scope:
            old = group[group["revision"] != known[id][1].rev]
            if len(old):
                message = (
                    f"{_answers(len(old))} to {id} in another wording (now revision {known[id][1].rev}): not counted"
                )
                yield Remark("other_wording", "medium", id, message)


def _strangers(answers: pd.DataFrame, respondents: Sequence[Respondent], on_file: OnFile) -> Iterator[Remark]:
    found = unnamed(answers, respondents, on_file.closed)
    if found:
        who, is_one = ", ".join(found), len(found) == 1
        message = (
            f"{_answers(sum(found.values()))} of {who}, who {'is' if is_one else 'are'} not among the respondents: not "
            f"counted; {'it counts' if sum(found.values()) == 1 else 'they count'} once engagement.yaml names "
            f"{'that person' if is_one else 'these people'}, with a role"
        )
        yield Remark("unlisted_respondent", "high", who, message)


def _rounds(answers: pd.DataFrame, on_file: OnFile, rule: Consensus) -> Iterator[Remark]:
    for reveal in on_file.reveals:
        where = f"wave {reveal.wave}, round {reveal.round}"
        state = round_state(answers, on_file.reveals, wave=reveal.wave, round=reveal.round)
        if not state.is_as_revealed:
            message = (
                f"the answers of {where} are not those that were revealed on {reveal.at[:10]}: some were added, "
                "changed or taken away since"
            )
            yield Remark("round_changed", "high", where, message)
        if reveal.rule != rule:
            message = f"the rule of consensus was another one when {where} was revealed; it should stay as fixed"
            yield Remark("rule_changed", "medium", where, message)


def _waves(answers: pd.DataFrame, on_file: OnFile) -> Iterator[Remark]:
    for closed in on_file.closed:
        if not closed.is_intact or closed.answers != wave_fingerprint(answers, wave=closed.wave):
            message = f"wave {closed.wave} is not as it was closed on {closed.at[:10]}: it was changed afterwards"
            yield Remark("wave_changed", "high", f"wave {closed.wave}", message)


def _decisions(on_file: OnFile, questions: pd.DataFrame) -> Iterator[Remark]:
    settled = questions[questions["is_settled"].astype(bool)]
    for row in settled[(settled["level"] - settled["shown"]).abs() >= _FAR_FROM_DATA].itertuples():
        message = f"'{row.title}' was agreed on at {row.level:g}, though the data show {row.shown:g}"
        yield Remark("agreed_against_data", "medium", str(row.question), message)
    for agreed in on_file.agreed:
        if not agreed.is_intact:
            message = f"the agreed value of {agreed.question} was changed after it was signed: not counted"
            yield Remark("seal_broken", "high", agreed.question, message)


def _documents(latest: pd.DataFrame, on_file: OnFile) -> Iterator[Remark]:
    documents = on_file.documents
    problems = {
        "missing": "is no longer in the evidence folder",
        "changed": "is not the file that was recorded",
        "altered": "has a record that was changed after it was signed",
    }
    for row in documents[documents["status"] != "on file"].itertuples():
        message = f"the document {row.document} ('{row.title}') {problems[str(row.status)]}: not counted"
        yield Remark("document_lost", "high", str(row.document), message)
    named = {word.strip() for text in latest["evidence"] for word in str(text).split(";")} - {""}
    unseen = sorted(named - set(documents["document"]))
    if unseen:
        n = sum(bool({word.strip() for word in str(text).split(";")} & set(unseen)) for text in latest["evidence"])
        message = (
            f"{_answers(n)} name evidence that is not on file, such as '{unseen[0][:60]}': counted as word of mouth"
        )
        yield Remark("document_not_on_file", "low", unseen[0][:60], message)


def _without_reason(latest: pd.DataFrame) -> Iterator[Remark]:
    bare = latest[(latest["kind"] == "na") & (latest["reason"].str.strip() == "")]
    if len(bare):
        message = f'{_answers(len(bare))} "does not apply" without a reason'
        yield Remark("na_without_reason", "medium", ", ".join(sorted(set(bare["question"]))), message)


def _thin(checklists: Sequence[Checklist], questions: pd.DataFrame) -> Iterator[Remark]:
    known = questions_by_id(checklists)
    answered = questions[questions["n"] > 0]
    thin = [q for q, n in zip(answered["question"], answered["n"], strict=True) if n < known[q][1].ask.min_people]
    if thin:
        verb = "has" if len(thin) == 1 else "have"
        noun = "question" if len(thin) == 1 else "questions"
        message = f"{len(thin)} of {len(answered)} answered {noun} {verb} fewer answers than wanted"
        yield Remark("few_people", "low", ", ".join(thin), message)


def _answers(n: int) -> str:
    return f"{n} answer" if n == 1 else f"{n} answers"
