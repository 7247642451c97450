"""What a reader must know about the answers: what was left out of the levels, what is thin, what does not fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from crmplan.assessment.checklists import Checklist, questions_by_id
from crmplan.assessment.readiness import Remark
from crmplan.engagement import Respondent

__all__ = ["remarks_on"]

_HIGH_LEVEL = 4.0
_LOW_LEVEL = 1.0


def remarks_on(
    checklists: Sequence[Checklist],
    answers: pd.DataFrame,
    latest: pd.DataFrame,
    questions: pd.DataFrame,
    *,
    respondents: Sequence[Respondent],
    scope: Sequence[str],
) -> tuple[Remark, ...]:
    """Return remarks on a set of answers, the weightiest first.

    Parameters
    ----------
    checklists
        What was asked.
    answers, latest
        All answers, and those of the wave that is looked at.
    questions
        The result by question.
    respondents
        Who was to be asked.
    scope
        Areas looked at.
    """
    found = [
        *_torn(answers),
        *_not_counted(checklists, latest, scope),
        *_strangers(latest, respondents),
        *_built_on_sand(checklists, questions),
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


def _strangers(latest: pd.DataFrame, respondents: Sequence[Respondent]) -> Iterator[Remark]:
    listed = {person.id for person in respondents}
    for id in sorted(set(latest["respondent"]) - listed):
        message = f"{id} has answered but is not among the respondents in engagement.yaml: counted, without a role"
        yield Remark("unlisted_respondent", "low", id, message)


def _built_on_sand(checklists: Sequence[Checklist], questions: pd.DataFrame) -> Iterator[Remark]:
    said = dict(zip(questions["question"], questions["said"], strict=True))
    title = dict(zip(questions["question"], questions["title"], strict=True))
    for id, (_, question) in questions_by_id(checklists).items():
        for base in question.needs:
            if said.get(id, 0.0) >= _HIGH_LEVEL and said.get(base, _HIGH_LEVEL) <= _LOW_LEVEL:
                resting = f"'{title[id]}' is put at {said[id]:g}"
                message = f"{resting}, but rests on '{title[base]}', which is put at {said[base]:g}"
                yield Remark("built_on_sand", "medium", id, message)


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
