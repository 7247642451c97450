"""What intake found wrong with the data: how bad, where, in how many rows, and what follows from it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from crmplan.errors import mask

__all__ = ["Finding", "Severity", "grade", "in_order", "shown"]

Severity = Literal["high", "medium", "low"]
_RANKS = {"high": 0, "medium": 1, "low": 2}
_MOST_EXAMPLES = 3
_MOST_CHARACTERS = 40
_LETTER = re.compile(r"[^\W\d_]")
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about the data that a reader of the report must know.

    Parameters
    ----------
    code
        Short name of the kind of finding, such as ``not_converted``.
    severity
        ``high`` when figures built on it mislead, ``medium`` when they lose precision, ``low`` when it is good to know.
    source, table, column
        Where; ``column`` is empty when the finding is about whole rows.
    n_rows, of_rows
        How many rows it concerns, out of how many.
    message
        What was found, as a sentence.
    effect
        What it does to the steps that follow, as a sentence.
    examples
        Up to three values, masked.
    """

    code: str
    severity: Severity
    source: str
    table: str
    column: str
    n_rows: int
    of_rows: int
    message: str
    effect: str
    examples: tuple[str, ...] = ()


def grade(n_rows: int, of_rows: int, *, high: float = 0.2, medium: float = 0.02) -> Severity:
    """Return how severe it is that ``n_rows`` of ``of_rows`` rows are affected.

    Parameters
    ----------
    n_rows, of_rows
        Counts of rows.
    high, medium
        Share (0 to 1) of the rows from which on a finding is of high or medium severity.

    Examples
    --------
    >>> grade(30, 100), grade(5, 100), grade(1, 100), grade(0, 0)
    ('high', 'medium', 'low', 'low')
    """
    share = n_rows / of_rows if of_rows else 0.0
    return "high" if share >= high else "medium" if share >= medium else "low"


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings with the most severe first, then those that concern the largest share of rows."""
    return tuple(
        sorted(
            findings,
            key=lambda one: (
                _RANKS[one.severity],
                -one.n_rows / max(one.of_rows, 1),
                one.source,
                one.table,
                one.column,
                one.code,
            ),
        )
    )


def shown(values: Iterable[object], *, is_personal: bool = False) -> tuple[str, ...]:
    """Return up to three different values as they may be printed.

    Personal data keep their shape only: every letter becomes ``x`` and every digit ``9``, so that a reader sees what
    is wrong with a value without learning it.

    Examples
    --------
    >>> shown(["ann at example.org"], is_personal=True), shown(["12,x", "12,x", "?"])
    (('xxx xx xxxxxxx.xxx',), ('12,x', '?'))
    """
    texts: list[str] = []
    for value in values:
        text = str(value)
        text = _DIGIT.sub("9", _LETTER.sub("x", text)) if is_personal else mask(text)
        text = text if len(text) <= _MOST_CHARACTERS else f"{text[: _MOST_CHARACTERS - 1]}…"
        if text not in texts:
            texts.append(text)
        if len(texts) == _MOST_EXAMPLES:
            break
    return tuple(texts)
