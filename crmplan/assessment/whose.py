"""Whose answers count: those of the people whom the engagement names, and in a closed wave all of them.

An answer whose giver nobody has named stands in no level: without a role nobody can say whose view it is. It is not
lost; once the person is named it counts. A wave that was closed stays as it was, whoever has left the list since.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from crmplan.assessment.answers import last_words
from crmplan.assessment.waves import ClosedWave
from crmplan.engagement import Respondent
from crmplan.errors import AnswersError, Problem

__all__ = ["of_named", "refuse_unnamed", "unnamed"]

_ADVICE = "name them under 'respondents' in engagement.yaml, or take their files out of the folder of answers"


def of_named(
    answers: pd.DataFrame, respondents: Iterable[Respondent], closed: Sequence[ClosedWave] = ()
) -> pd.DataFrame:
    """Return the answers that count: of named people, and all those of closed waves; torn lines stay to be told.

    Parameters
    ----------
    answers
        As from :func:`crmplan.assessment.read_answers`.
    respondents
        The people whom the engagement names.
    closed
        The waves that are over.
    """
    return answers[~_is_unnamed(answers, respondents, closed)].reset_index(drop=True)


def unnamed(
    answers: pd.DataFrame, respondents: Iterable[Respondent], closed: Sequence[ClosedWave] = ()
) -> dict[str, int]:
    """Return how many questions each person has answered whom the engagement does not name; parameters as above."""
    own = last_words(answers[_is_unnamed(answers, respondents, closed)])
    own = own.drop_duplicates(["respondent", "wave", "question"])
    return {str(who): len(group) for who, group in own.groupby("respondent")}


def refuse_unnamed(answers: pd.DataFrame, respondents: Iterable[Respondent], *, wave: int) -> None:
    """Raise AnswersError when somebody has answered in a wave whom the engagement does not name."""
    found = unnamed(answers[answers["wave"] == wave], respondents)
    if found:
        raise AnswersError([Problem(f"wave {wave}", "answers of named respondents only", ", ".join(found), _ADVICE)])


def _is_unnamed(
    answers: pd.DataFrame, respondents: Iterable[Respondent], closed: Sequence[ClosedWave]
) -> pd.Series[bool]:
    is_named = answers["respondent"].isin([person.id for person in respondents])
    is_over = answers["wave"].isin([one.wave for one in closed])
    return ~is_named & ~is_over & (answers["problem"] == "")
