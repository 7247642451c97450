"""The fit-gap: what a CRM should be able to do for this client, how much it is needed, and what is there today."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

import pandas as pd

from crmplan.assessment.questions import Checklist
from crmplan.assessment.scales import NEEDS

__all__ = ["FIT_GAP_COLUMNS", "NEED_WEIGHTS", "Status", "fit_gap", "needs_met"]

FIT_GAP_COLUMNS = (
    "capability", "covers", "title", "theme", "need", "level", "basis", "target", "gap", "status", "meaning",
    "initiatives",
)  # fmt: skip
"""Columns of the fit-gap; see :func:`fit_gap`."""

Status = Literal["there", "in part", "missing", "not known", "not needed"]

NEED_WEIGHTS = {"must": 3.0, "should": 2.0, "could": 1.0, "none": 0.0}
"""How much a need counts where capabilities are added up."""

_IN_PART = 2.0


def fit_gap(checklists: Sequence[Checklist], questions: pd.DataFrame, *, customers: str = "both") -> pd.DataFrame:
    """Return every capability with its need, the level at which it is there today, and what is short.

    Parameters
    ----------
    checklists
        As from :func:`crmplan.assessment.load_checklists`.
    questions
        One row per question: ``question``, ``said`` (the level people agree on), ``shown`` (what data show), missing
        where nobody answered or nothing was measured; as in a readiness result.
    customers
        ``consumers``, ``firms`` or ``both``: some needs depend on it.

    Returns
    -------
    pandas.DataFrame
        One row per capability, the largest weighted gap first: ``capability`` (id of the question), ``covers``,
        ``title``, ``theme``, ``need`` (must, should, could, none), ``level`` (0 to 5: the lower one where both people
        and data speak, missing where neither does), ``basis`` (people, data, people and data, or empty), ``target``,
        ``gap`` (0 where the target is reached), ``status`` (there, in part, missing, not known, not needed),
        ``meaning`` and ``initiatives``.
    """
    said = dict(zip(questions["question"], questions["said"], strict=True))
    shown = dict(zip(questions["question"], questions["shown"], strict=True))
    rows = [
        _row(question, question.need.of(customers), said.get(question.id), shown.get(question.id), customers)
        for one in checklists
        for question in one.questions
        if question.need is not None
    ]
    frame = pd.DataFrame(rows, columns=list(FIT_GAP_COLUMNS))
    frame = frame.astype(dict.fromkeys(("level", "target", "gap"), "float64"))
    weighed = frame["gap"].fillna(0.0) * frame["need"].map(NEED_WEIGHTS).astype("float64")
    order = frame.assign(_weighed=-weighed).sort_values(["_weighed", "capability"], kind="stable")
    return order.drop(columns="_weighed").reset_index(drop=True)


def needs_met(frame: pd.DataFrame) -> pd.DataFrame:
    """Return how many capabilities of each need have which status: ``need``, ``there``, ``in part``, ``missing``, ...

    Parameters
    ----------
    frame
        As from :func:`fit_gap`.

    Returns
    -------
    pandas.DataFrame
        One row per need that occurs (must, should, could), with the counts and their sum ``n``.
    """
    counted = ["there", "in part", "missing", "not known"]
    rows = []
    for need in NEEDS[:-1]:
        own = frame.loc[frame["need"] == need, "status"]
        if len(own):
            rows.append({"need": need, **{status: int((own == status).sum()) for status in counted}, "n": len(own)})
    return pd.DataFrame(rows, columns=["need", *counted, "n"])


def _row(question: Any, need: str, said: float | None, shown: float | None, customers: str) -> dict[str, Any]:
    known = {"people": said, "data": shown}
    levels = {who: level for who, level in known.items() if level is not None and not math.isnan(level)}
    # Where people and data differ, a vendor is chosen by the lower of the two: what is missed costs more.
    level = min(levels.values(), default=math.nan)
    target = question.target.of(customers)
    gap = math.nan if math.isnan(level) else max(0.0, target - level)
    return {
        "capability": question.id, "covers": ", ".join(question.covers), "title": question.title,
        "theme": question.theme, "need": need, "level": level, "basis": " and ".join(levels), "target": target,
        "gap": gap, "status": _status(need, level, target), "meaning": question.gap,
        "initiatives": ", ".join(question.leads_to.initiatives),
    }  # fmt: skip


def _status(need: str, level: float, target: float) -> Status:
    if need == "none":
        return "not needed"
    if math.isnan(level):
        return "not known"
    if level >= target:
        return "there"
    return "in part" if level >= _IN_PART else "missing"
