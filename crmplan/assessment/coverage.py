"""Which of the method's items are asked about or computed, and which are still open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from crmplan import method
from crmplan.assessment.checklists import Checklist, load_checklists
from crmplan.metrics.registry import Metric, registry

__all__ = ["COVERAGE_COLUMNS", "coverage"]

COVERAGE_COLUMNS = ("item", "area", "topic", "wording", "how", "questions", "metrics", "status", "open_ways")


def coverage(
    checklists: Sequence[Checklist] | None = None, metrics: Mapping[str, Metric] | None = None
) -> pd.DataFrame:
    """Return every item of the method with what asks about it and what computes it.

    Parameters
    ----------
    checklists
        Those that crmplan carries when they are not given.
    metrics
        The registry when it is not given.

    Returns
    -------
    pandas.DataFrame
        One row per item: ``item``, ``area``, ``topic``, ``wording``, ``how`` (ways of getting an answer, parted by
        ", "), ``questions`` and ``metrics`` (ids parted by ", "), ``status`` (covered when a question or a metric
        speaks to it, else open) and ``open_ways`` (ways among ``how`` that nothing serves yet).

    Examples
    --------
    >>> int((coverage()["area"] == "marketing").sum())
    19
    """
    checklists = load_checklists() if checklists is None else checklists
    metrics = registry() if metrics is None else metrics
    questions = [question for one in checklists for question in one.questions]
    rows = []
    for item in method.items():
        asked = [question.id for question in questions if item.id in question.covers]
        computed = [one.id for one in metrics.values() if item.id in one.covers]
        probed = [q.probe.metric for q in questions if item.id in q.covers and q.probe and q.probe.metric in metrics]
        figures = list(dict.fromkeys([*computed, *probed]))
        served = {
            "stated": bool(asked),
            "data": bool(figures),
            "inventory": bool(asked or figures),
            "fit_gap": any(q.scale == "fit_gap" for q in questions if q.id in asked),
            "rolled_up": any(q.component == "segmentation" for q in questions),
        }
        rows.append(
            {
                "item": item.id, "area": item.area, "topic": item.topic, "wording": item.wording,
                "how": ", ".join(item.how), "questions": ", ".join(asked), "metrics": ", ".join(figures),
                "status": "covered" if asked or figures else "open",
                "open_ways": ", ".join(way for way in item.how if not served.get(way, False)),
            }
        )  # fmt: skip
    return pd.DataFrame(rows, columns=list(COVERAGE_COLUMNS))
