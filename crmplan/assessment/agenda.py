"""What a workshop should talk about: where people are apart, where it counts, and where it falls short."""

from __future__ import annotations

import math
from typing import Any, Literal

import pandas as pd

__all__ = ["AGENDA_COLUMNS", "WORKSHOP_MINUTES", "workshop_agenda"]

AGENDA_COLUMNS = ("question", "area", "title", "reason", "disagreement", "weight", "stake", "priority", "minutes")
"""Columns of the agenda; see :func:`workshop_agenda`."""

WORKSHOP_MINUTES = 120
_LEAST, _MOST, _STEP = 5, 20, 5

Reason = Literal["people apart", "people and data apart", "both"]


def workshop_agenda(questions: pd.DataFrame, *, minutes: int = WORKSHOP_MINUTES) -> pd.DataFrame:
    """Return the questions to talk about, the most rewarding first, with minutes that fit the time there is.

    Priority is disagreement × weight × stake. Disagreement is the larger of the average deviation between people and
    of the distance between people and data where these disagree. The stake is how far the lower of what people say and
    what data show lies below the target. A question on which people agree, and the data with them, is left out.

    Parameters
    ----------
    questions
        The result by question: ``question``, ``area``, ``title``, ``weight``, ``target``, ``level``, ``spread``,
        ``n``, ``is_agreed``, ``is_settled`` (an agreed value is on record), ``shown``, ``distance``, ``verdict``.
    minutes
        How long the workshop may take.

    Returns
    -------
    pandas.DataFrame
        One row per point of the agenda: ``question``, ``area``, ``title``, ``reason``, ``disagreement`` and ``stake``
        (levels), ``weight``, ``priority``, ``minutes`` (5 to 20).
    """
    rows = [row for one in questions.to_dict("records") if (row := _point(one)) is not None]
    rows.sort(key=lambda row: (-row["priority"], row["question"]))
    most = rows[0]["priority"] if rows else 1.0
    kept, left = [], minutes
    for row in rows:
        wanted = _LEAST + (_MOST - _LEAST) * row["priority"] / most
        row["minutes"] = int(min(max(_STEP * round(wanted / _STEP), _LEAST), _MOST))
        if row["minutes"] > left:
            break
        left -= row["minutes"]
        kept.append(row)
    types = dict.fromkeys(("disagreement", "stake", "priority"), "float64") | dict.fromkeys(
        ("weight", "minutes"), "int64"
    )
    return pd.DataFrame(kept, columns=list(AGENDA_COLUMNS)).astype(types)


def _point(row: dict[Any, Any]) -> dict[str, Any] | None:
    if not row["n"] or row["is_settled"]:
        return None
    are_apart = row["is_agreed"] == "no"
    is_off = row["verdict"] in {"people say more", "people say less"}
    between = float(row["spread"]) if are_apart else 0.0
    from_data = abs(float(row["distance"])) if is_off else 0.0
    lower = min(level for level in (row["level"], row["shown"]) if not math.isnan(level))
    stake = max(float(row["target"]) - lower, 0.0)
    disagreement = max(between, from_data)
    if not disagreement * stake:
        return None
    reason: Reason = "both" if are_apart and is_off else "people apart" if are_apart else "people and data apart"
    return {
        "question": row["question"], "area": row["area"], "title": row["title"], "reason": reason,
        "disagreement": disagreement, "weight": int(row["weight"]), "stake": stake,
        "priority": disagreement * float(row["weight"]) * stake,
    }  # fmt: skip
