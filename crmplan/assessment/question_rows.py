"""One question as a row of the result: what is said, shown, agreed on and how far it is founded."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from crmplan.assessment.agreed import AgreedValue
from crmplan.assessment.agreement import Said
from crmplan.assessment.checklists import Question
from crmplan.assessment.evidence import Shown, group_of, perception_gap, stated_verdict
from crmplan.assessment.grades import Founded
from crmplan.metrics.registry import Measured

__all__ = ["agreed_row", "question_row"]


def question_row(
    area: str,
    question: Question,
    said: Said,
    *,
    figure: Measured | None,
    shown: Shown,
    founded: Founded,
    target: float,
    agreed: AgreedValue | None,
) -> dict[str, Any]:
    """Return a question as a row of the result; see :class:`crmplan.assessment.Readiness` for the columns."""
    distance = perception_gap(said.value, shown)
    level = agreed.value if agreed else said.value
    known = _number(shown.level) if math.isnan(level) else level
    stated_fits = question.states is not None and figure is not None and figure.unit == question.states.unit
    stated = said.stated if stated_fits else math.nan
    return {
        "question": question.id, "area": area, "theme": question.theme, "title": question.title,
        "component": question.component, "weight": question.weight, "is_critical": question.critical,
        "covers": ", ".join(question.covers), "target": target,
        "said": said.value, "n": said.n, "n_na": said.n_na, "n_dk": said.n_dk, "spread": said.spread,
        "iqr": said.iqr, "rwg": said.rwg, "share_within": said.share_within, "is_agreed": said.is_agreed,
        "n_far": said.n_far, "camps": said.camps, "level": level, "is_settled": agreed is not None,
        "lowest": said.lowest, "highest": said.highest, "lowest_role": said.lowest_role,
        "highest_role": said.highest_role, "is_applicable": said.is_applicable, "gap": target - known,
        **_figure_fields(figure), "measured_group": group_of(question, figure),
        "shown": _number(shown.level), "shown_low": _number(shown.low), "shown_high": _number(shown.high),
        "distance": _number(distance.levels), "verdict": distance.verdict,
        "stated": stated, "n_stated": said.n_stated if stated_fits else 0,
        "stated_verdict": stated_verdict(stated, figure),
        "evidence": founded.evidence, "grade": founded.grade, "evidence_age_days": founded.age_days,
        "documents": founded.documents, "meaning": question.gap,
        "cannot_prove": question.probe.cannot_prove if question.probe else "",
        "roles": ", ".join(question.ask.roles), "min_people": question.ask.min_people,
        "initiatives": ", ".join(question.leads_to.initiatives), "kpis": ", ".join(question.leads_to.kpis),
    }  # fmt: skip


def agreed_row(agreed: AgreedValue, questions: pd.DataFrame) -> dict[str, Any]:
    """Return an agreed value as a row of the result, beside what people had said before."""
    row = questions.set_index("question").loc[agreed.question]
    low, high = agreed.range
    dissent = "; ".join(f"{one.n_people} at {one.value:g}: {one.why}" for one in agreed.dissent)
    return {
        "question": agreed.question, "area": row["area"], "title": row["title"], "value": agreed.value, "low": low,
        "high": high, "said": row["said"], "rule": agreed.rule, "rationale": agreed.rationale, "dissent": dissent,
        "n_dissent": sum(one.n_people for one in agreed.dissent), "by": agreed.by, "at": agreed.at,
    }  # fmt: skip


def _figure_fields(figure: Measured | None) -> dict[str, Any]:
    if figure is None:
        return {
            "metric": "", "metric_label": "", "unit": "", "measured": math.nan,
            "measured_low": math.nan, "measured_high": math.nan, "measured_n": 0, "counts": "", "reason": "",
        }  # fmt: skip
    return {
        "metric": figure.metric, "metric_label": figure.label, "unit": figure.unit,
        "measured": _number(figure.value) if figure.is_computed else math.nan,
        "measured_low": _number(figure.low),
        "measured_high": _number(figure.high), "measured_n": figure.n, "counts": figure.counts,
        "reason": "" if figure.is_computed else figure.reason,
    }  # fmt: skip


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)
