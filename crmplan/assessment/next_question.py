"""What to ask next: the one question, or the one document, that would most change the five gaps that weigh most."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["NEXT_COLUMNS", "value_of_next"]

NEXT_COLUMNS = ("how", "question", "area", "title", "now", "changed", "chance")
"""Columns of what to ask next; see :func:`value_of_next`."""

_N_TOP = 5
_PROOF_FROM = 3.0
_WITHOUT_PROOF = 2.0


def value_of_next(questions: pd.DataFrame, levels: Mapping[str, tuple[float, ...]]) -> pd.DataFrame:
    """Return what could still be asked or shown, by how much it would change the five gaps that weigh most.

    Each thing to find out has a few outcomes, all taken as equally likely. A question that nobody has answered may
    turn out at any level that questions of its area have; one on which people differ, at any level that one of them
    named; one on which people and data differ, at the level of either. A document is worth asking for where people
    claim level 3 or more without one and without data: it bears them out, or there is none and the level falls to 2.
    For each outcome the five largest gaps (gap × weight) are found anew.

    Parameters
    ----------
    questions
        The result by question: ``question``, ``area``, ``title``, ``weight``, ``target``, ``level``, ``shown``, ``n``,
        ``is_agreed``, ``verdict``, ``is_settled``, ``is_applicable``, ``evidence``.
    levels
        Single levels by question.

    Returns
    -------
    pandas.DataFrame
        One row per question or document that could change anything, the most telling first: ``how`` (ask, settle,
        document), ``question``, ``area``, ``title``, ``now`` (its level; missing when unknown), ``changed`` (how many
        of the five are expected to change), ``chance`` (that any of them does, 0 to 1).
    """
    rows = questions[questions["is_applicable"].astype(bool)].reset_index(drop=True)
    now = rows["level"].fillna(rows["shown"]).to_numpy(dtype="float64")
    targets, weights = rows["target"].to_numpy(dtype="float64"), rows["weight"].to_numpy(dtype="float64")
    top = _top(now, targets, weights)
    found = []
    for position, row in enumerate(rows.to_dict("records")):
        for how, outcomes in _outcomes(row, rows, levels):
            changes = []
            for outcome in outcomes:
                then = now.copy()
                then[position] = outcome
                others = _top(then, targets, weights)
                changes.append(max(len(others - top), len(top - others)))
            found.append({**_named(row, how, now[position]), "changed": float(np.mean(changes)),
                          "chance": float(np.mean([change > 0 for change in changes]))})  # fmt: skip
    frame = pd.DataFrame(found, columns=list(NEXT_COLUMNS)).astype(
        dict.fromkeys(("now", "changed", "chance"), "float64")
    )
    frame = frame[frame["changed"] > 0]
    return frame.sort_values(["changed", "chance", "question"], ascending=[False, False, True], ignore_index=True)


def _top(levels: np.ndarray, targets: np.ndarray, weights: np.ndarray) -> frozenset[int]:
    sizes = np.nan_to_num(np.maximum(targets - levels, 0) * weights)
    order = np.argsort(-sizes, kind="stable")[:_N_TOP]
    return frozenset(int(position) for position in order if sizes[position] > 0)


def _outcomes(
    row: Mapping[Any, Any], rows: pd.DataFrame, levels: Mapping[str, tuple[float, ...]]
) -> list[tuple[str, tuple[float, ...]]]:
    if row["is_settled"]:
        return []
    if not row["n"]:
        of_area = rows.loc[(rows["area"] == row["area"]) & rows["level"].notna(), "level"]
        return [("ask", tuple(of_area) or tuple(float(level) for level in range(6)))]
    ways: list[tuple[str, tuple[float, ...]]] = []
    if row["verdict"] in {"people say more", "people say less"}:
        ways.append(("settle", (float(row["level"]), float(row["shown"]))))
    elif row["is_agreed"] == "no":
        ways.append(("settle", levels.get(str(row["question"]), ())))
    is_proven = row["evidence"] in {"data", "document"}
    if not is_proven and row["level"] >= _PROOF_FROM:
        ways.append(("document", (float(row["level"]), _WITHOUT_PROOF)))
    return [(how, outcomes) for how, outcomes in ways if outcomes]


def _named(row: Mapping[Any, Any], how: str, now: float) -> dict[str, Any]:
    level = math.nan if math.isnan(now) else float(now)
    return {"how": how, "question": row["question"], "area": row["area"], "title": row["title"], "now": level}
