"""What must be in place first: the prerequisites of a question that are still open, and gaps in the order to close."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from crmplan.assessment.questions import Question

__all__ = ["bases_first", "open_bases"]


def open_bases(questions: pd.DataFrame, asked: Sequence[Question]) -> list[str]:
    """Return for each question which of its prerequisites fall short: ids parted by ", ", empty where none does.

    Parameters
    ----------
    questions
        The result by question: ``question`` and ``gap`` (target minus level; missing where no level is known).
    asked
        The questions in the same order, with their ``needs``.
    """
    short = set(questions.loc[questions["gap"] > 0, "question"])
    return [", ".join(id for id in question.needs if id in short) for question in asked]


def bases_first(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows in their order, but each after those among them that it rests on.

    Parameters
    ----------
    rows
        With ``question`` and ``rests_on`` (ids parted by ", ").

    Examples
    --------
    >>> rows = [{"question": "roof", "rests_on": "wall"}, {"question": "wall", "rests_on": ""}]
    >>> [row["question"] for row in bases_first(rows)]
    ['wall', 'roof']
    """
    by_id = {row["question"]: row for row in rows}
    placed: dict[str, dict[str, Any]] = {}

    def place(row: dict[str, Any]) -> None:
        for base in filter(None, str(row["rests_on"]).split(", ")):
            if base in by_id and base not in placed:
                place(by_id[base])
        placed.setdefault(row["question"], row)

    for row in rows:
        place(row)
    return list(placed.values())
