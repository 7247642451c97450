"""What the people of the rehearsal firm answer: managers see things brighter than those who do the work."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from types import MappingProxyType

import numpy as np

from crmplan.assessment.scales import level_reached
from crmplan.rehearsal.agreement import RESPONDENTS, Person
from crmplan.rehearsal.drawing import generator

__all__ = ["QuestionSlot", "draw_answers"]

_WAVE = 1
_USUAL_LEVEL: Mapping[str, float] = MappingProxyType(
    {
        "marketing": 1.9,
        "sales": 2.1,
        "call_center": 1.6,
        "operations": 2.4,
        "most_valuable_customers": 1.7,
        "information_and_culture": 2.0,
        "it_integration": 1.8,
        "crm_capability": 1.9,
        "symptoms": 1.8,
        "lifecycle": 2.0,
        "components": 1.9,
    }
)
# What managers and what other people believe of a figure; beside it stands what the data show.
_BELIEFS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "satisfaction_mean": (4.3, 3.8),
        "purchase_frequency": (6.0, 4.0),
        "single_category_share": (0.10, 0.20),
        "inactive_share": (0.12, 0.25),
        "fastest_segment_growth": (0.25, 0.15),
        "slowest_segment_growth": (0.00, -0.10),
        "margin_share": (0.33, 0.30),
        "top20_revenue_share": (0.70, 0.80),
        "unprofitable_share": (0.02, 0.08),
        "rising_customers_share": (0.50, 0.30),
        "falling_customers_share": (0.15, 0.30),
        "retention_share": (0.85, 0.70),
        "lead_response_hours": (8.0, 30.0),
        "pipeline_coverage": (1.5, 0.8),
        "sales_cycle_days": (30.0, 45.0),
        "contract_compliance_share": (0.90, 0.70),
        "falling_territories_share": (0.10, 0.30),
        "orders_per_day": (16.0, 12.0),
        "unknown_order_share": (0.01, 0.06),
        "international_order_share": (0.05, 0.06),
        "calls_per_day": (5.0, 8.0),
        "product_call_share": (0.50, 0.45),
        "order_status_call_share": (0.15, 0.35),
        "billing_call_share": (0.08, 0.10),
        "revenue_call_share": (0.30, 0.40),
        "internal_calls_per_status_call": (0.5, 1.5),
        "status_answer_minutes": (3.0, 8.0),
        "first_contact_resolution": (0.92, 0.75),
        "training_hours": (24.0, 8.0),
        "duplicate_share": (0.02, 0.15),
        "wrong_item_share": (0.01, 0.03),
        "cross_source_match_share": (0.60, 0.25),
        "contacts_matched_share": (0.95, 0.70),
        "upward_migration_share": (0.25, 0.10),
        "completeness_share": (0.95, 0.75),
        "client_facing_contributors_share": (0.95, 0.60),
        "linked_systems_share": (0.80, 0.30),
        "lasting_systems_share": (0.90, 0.60),
        "campaign_lead_no_followup_share": (0.05, 0.25),
        "second_purchase_share": (0.70, 0.45),
        "white_space_share": (0.20, 0.40),
        "acquisition_cost": (40.0, 90.0),
        "repeat_contact_share": (0.05, 0.15),
        "cross_channel_share": (0.45, 0.25),
    }
)
_WHY = {
    "up": ("We have worked on this for a year.", "It is written down and people know it."),
    "down": ("It depends on who is on shift.", "We do it when there is time.", "I look it up in two places."),
    "dk": ("That is not in my hands.", "I have never seen a figure."),
}
# Documents that were handed over, by area; what people name elsewhere nobody has seen.
_EVIDENCE = {"call_center": "EV-001", "sales": "EV-002", "operations": "EV-003"}
_INTERVIEWED = "managing_director"


@dataclass(frozen=True, slots=True)
class QuestionSlot:
    """A question of a checklist, as far as the rehearsal must know it.

    Parameters
    ----------
    id, revision
        As in the checklist.
    area
        Area of the checklist.
    roles
        Roles that are asked.
    metric
        Metric of which a number is asked for; empty when none is.
    level
        The level (0 to 5) that is true of the firm; None for what is usual in the area.
    levels
        The levels that can be answered.
    bands
        Where a figure is asked for in place of a level: which figure stands for which level.
    """

    id: str
    revision: int
    area: str
    roles: tuple[str, ...]
    metric: str = ""
    level: float | None = None
    levels: tuple[int, ...] = (0, 1, 2, 3, 4, 5)
    bands: Mapping[int, float] = field(default_factory=dict)


def draw_answers(questions: Sequence[QuestionSlot], *, seed: int, as_of: date) -> dict[str, str]:
    """Return the text of the answers' file of each respondent.

    Parameters
    ----------
    questions
        What is asked.
    seed
        Same seed, same answers.
    as_of
        The answers were given in the two weeks before.

    Returns
    -------
    dict
        By respondent id: one JSON object per line with wave, round, question, revision, value (0 to 5, "na" or
        "dk"), stated, confidence, comment, reason, evidence, via, entered_by and at.
    """
    return {person.id: _of_person(person, questions, seed, as_of) for person in RESPONDENTS}


def _of_person(person: Person, questions: Sequence[QuestionSlot], seed: int, as_of: date) -> str:
    rng = generator(seed, f"answers {person.id}")
    at = datetime.combine(as_of - timedelta(days=int(rng.integers(4, 14))), time(9, 0))
    lines = []
    for question in questions:
        # Drawn for every question, so that one more question changes no other answer.
        draw = rng.random(6)
        if not _is_asked(person, question):
            continue
        at += timedelta(seconds=40 + int(80 * draw[5]))
        lines.append(json.dumps(_answer(person, question, draw, at), ensure_ascii=False))
    return "".join(f"{line}\n" for line in lines)


def _is_asked(person: Person, question: QuestionSlot) -> bool:
    return bool({person.role, *person.stands_in_for} & set(question.roles))


def _answer(person: Person, question: QuestionSlot, draw: np.ndarray, at: datetime) -> dict[str, object]:
    value: int | str
    true = _true_level(question)
    seen = int(np.clip(np.round(true + person.optimism + 1.2 * (draw[0] - 0.5)), 0, 5))
    level = min(question.levels, key=lambda one: (abs(one - seen), one))
    tone = "up" if person.optimism > 0.5 else "down"
    if draw[1] < person.unsure_share:
        value, tone = "dk", "dk"
    elif draw[1] > 0.985:
        value, tone = "na", "dk"
    else:
        value = level
    stated = _stated(person, question, draw[2]) if isinstance(value, int) else None
    if question.bands and isinstance(value, int):
        stated = _believed(person, question, draw[2])
        value = int(level_reached(stated, question.bands))
    is_shown = isinstance(value, int) and value >= 3 and draw[3] < 0.3
    return {
        "wave": _WAVE,
        "round": 1,
        "question": question.id,
        "revision": question.revision,
        "value": value,
        "stated": stated,
        "confidence": 1 + int(3 * draw[4]) if isinstance(value, int) else 1,
        "comment": _WHY[tone][int(draw[3] * len(_WHY[tone]))] if draw[0] < 0.35 and value != "na" else "",
        "reason": "done by a partner" if value == "na" else "",
        "evidence": [_EVIDENCE.get(question.area, "monthly report")] if is_shown else [],
        "via": "interview" if person.role == _INTERVIEWED else "web",
        "entered_by": "consultant" if person.role == _INTERVIEWED else "",
        "at": at.isoformat(),
    }


def _true_level(question: QuestionSlot) -> float:
    if question.level is not None:
        return question.level
    # Some things the firm does better than others; the same for all who are asked.
    return _USUAL_LEVEL.get(question.area, 2.0) + float(generator(0, question.id).uniform(-1.3, 1.3))


def _stated(person: Person, question: QuestionSlot, draw: float) -> float | None:
    return None if question.metric not in _BELIEFS or draw < 0.25 else _believed(person, question, draw)


def _believed(person: Person, question: QuestionSlot, draw: float) -> float:
    believed = _BELIEFS[question.metric][0 if person.optimism > 0.5 else 1]
    named = float(f"{believed * (0.85 + 0.3 * draw):.2g}")
    return min(named, 1.0) if believed < 1 else named
