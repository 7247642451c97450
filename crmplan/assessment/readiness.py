"""The shape of the readiness result: what is said and shown, by question, area and component."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

__all__ = [
    "AGREED_COLUMNS", "AREA_COLUMNS", "COMPONENT_COLUMNS", "PANEL_COLUMNS", "QUESTION_COLUMNS", "Readiness", "Remark",
    "frame_of",
]  # fmt: skip

QUESTION_COLUMNS = (
    "question", "area", "theme", "title", "component", "weight", "is_critical", "covers", "target",
    "said", "n", "n_na", "n_dk", "spread", "iqr", "rwg", "share_within", "is_agreed", "n_far", "camps",
    "level", "is_settled", "lowest", "highest", "lowest_role", "highest_role", "is_applicable", "gap",
    "metric", "metric_label", "unit", "measured", "measured_group", "measured_low", "measured_high", "measured_n",
    "counts", "reason",
    "shown", "shown_low", "shown_high", "distance", "verdict", "stated", "n_stated", "stated_verdict",
    "evidence", "grade", "evidence_age_days", "documents", "meaning", "cannot_prove", "roles", "min_people",
    "rests_on", "initiatives", "kpis",
)  # fmt: skip
AREA_COLUMNS = (
    "area", "level", "level_low", "level_high", "uncapped_level", "capped_by", "level_by_themes", "weakest_critical",
    "rollups_apart", "target", "gap", "percent_to_target", "shown_level", "n_shown",
    "said_checked", "shown_checked", "n_checked", "distance",
    "n_questions", "n_applicable", "n_answered", "coverage", "n_people", "n_dk", "n_apart", "n_settled", "grade",
    "n_by_data", "n_by_document", "n_by_several", "n_by_one",
)  # fmt: skip
COMPONENT_COLUMNS = (
    "component", "level", "level_low", "level_high", "target", "gap", "percent_to_target", "shown_level", "n_shown",
    "said_checked", "shown_checked", "n_checked", "distance", "n_questions", "n_answered", "coverage", "grade",
)  # fmt: skip
PANEL_COLUMNS = (
    "area", "n_people", "n_questions", "share_within", "average_deviation", "alpha", "alpha_low", "alpha_high",
    "w", "w_low", "w_high", "n_rankers", "n_ranked",
)  # fmt: skip
AGREED_COLUMNS = (
    "question", "area", "title", "value", "low", "high", "said", "rule", "rationale", "dissent", "n_dissent", "by",
    "at",
)  # fmt: skip


_TEXTS = frozenset(
    {
        "question", "area", "theme", "title", "component", "covers", "is_agreed", "camps", "lowest_role",
        "highest_role", "metric", "metric_label", "unit", "measured_group", "counts", "reason", "verdict",
        "stated_verdict", "evidence", "grade", "documents", "meaning", "cannot_prove", "roles", "min_people",
        "rests_on", "initiatives", "kpis",
        "capped_by", "who", "rule", "rationale", "dissent", "by", "at",
    }
)  # fmt: skip
_FLAGS = frozenset({"is_critical", "is_applicable", "is_settled"})


def frame_of(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> pd.DataFrame:
    """Return rows as a frame whose columns have the same types whatever is missing.

    Examples
    --------
    >>> frame_of([], ["area", "level", "n_people"]).dtypes.astype(str).tolist()
    ['object', 'float64', 'int64']
    """
    frame = pd.DataFrame(list(rows), columns=list(columns))
    return frame.astype({name: _type(name) for name in columns})


def _type(name: str) -> str:
    if name in _TEXTS:
        return "object"
    if name in _FLAGS:
        return "bool"
    return "int64" if name in {"n", "weight", "measured_n", "min_people"} or name.startswith("n_") else "float64"


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about the answers that a reader must know: a short code, how bad, where, and a sentence."""

    code: str
    severity: Literal["high", "medium", "low"]
    where: str
    message: str


@dataclass(frozen=True, slots=True)
class Readiness:
    """How ready a client is, as people say it and as its data show it.

    Parameters
    ----------
    areas
        One row per area in scope. ``level``: weighted mean of what was agreed on or else said, 0 to 5, not above one
        level more than the lowest critical answer (``capped_by``; without that rule ``uncapped_level``), with the range
        ``level_low`` to ``level_high`` that other people of the same kind would have given nine times in ten.
        ``level_by_themes`` (mean of the themes) and ``weakest_critical`` are two other ways to add up;
        ``rollups_apart`` is how far the three lie apart. ``gap``: target minus level. ``percent_to_target``: 0 to 1, a
        surplus in one question does not make up for a gap in another.
        ``shown_level``: weighted mean over the ``n_shown`` questions to which data show a level. Like for like, over
        the ``n_checked`` questions that have both: ``said_checked`` (counted up to what data can prove),
        ``shown_checked`` and ``distance``, the first minus the second. ``coverage``: answered over applicable
        questions. ``n_people``: who answered; ``n_apart``: questions on which they do not agree; ``n_settled``: those
        with an agreed value. ``grade``: A to D, reached by half of the weight of the answered questions.
        ``n_by_data`` ... ``n_by_one``: answered questions by the best evidence there is.
    questions
        One row per question in scope. ``said``: median of respondents; ``level``: what was agreed on, else said;
        ``is_settled`` tells which. ``spread``: mean distance from the median in levels (average deviation); ``iqr``,
        ``rwg`` (0 to 1), ``share_within``, ``is_agreed`` (yes, no, or empty for fewer than two answers), ``n_far`` and
        ``camps`` as in :class:`crmplan.assessment.agreement.Said`.
        ``lowest``, ``highest``: single answers; ``lowest_role``, ``highest_role``: groups of three people or more with
        the lowest and highest median, as "agent: 2". ``gap``: target minus level (minus shown where nobody answered).
        ``measured`` is the figure in its ``unit`` with interval and rows, ``measured_group``
        the group it belongs to where it is that of one group; ``reason`` why there is none. ``shown``: the
        level the figure shows. ``stated``: median of the figures people named, ``stated_verdict``
        whether it is close to the measured one or far. ``evidence``: data, document, several
        people, one person, or none; ``grade`` what it is worth at its age of ``evidence_age_days``; ``documents``: ids
        on file. ``meaning``: what a gap means. ``roles``: who should be asked, ``min_people`` how many.
        ``rests_on``: prerequisites that fall short themselves. It, ``initiatives`` and ``kpis`` are ids parted by ", ".
    components
        The same answers by component of a CRM initiative.
    panels
        How far the people of each area agree: one row per area with the fields of
        :class:`crmplan.assessment.panel_agreement.PanelAgreement`.
    perception
        What people say minus what data show, by question and by ``who``: everybody, roles of three people or more,
        those who lead and those who do the work. The largest distance first.
    groups
        The same by group over all questions that data can check; see
        :func:`crmplan.assessment.perception.perception_by_group`.
    contradictions, agenda, next_steps
        As from :func:`crmplan.assessment.contradictions.contradictions`,
        :func:`crmplan.assessment.agenda.workshop_agenda` and :func:`crmplan.assessment.next_question.value_of_next`.
    agreed
        What was agreed on: ``value`` with the range from ``low`` to ``high``, the median ``said`` before, the ``rule``
        by which it came about, ``rationale``, ``dissent``, and who signed it when (``by``, ``at``).
    documents
        As from :func:`crmplan.assessment.read_documents`.
    rounds
        What rounds after the first changed; see :func:`crmplan.assessment.round_changes.round_changes`.
    waves
        What changed since the wave before; see :func:`crmplan.assessment.wave_changes.wave_changes`.
    n_respondents, n_answers
        People and answers that count.
    wave
        Which wave of answers; 0 when nobody has answered.
    findings
        What a reader must know about the answers.
    unavailable
        Empty, or the reason why there is no result.
    """

    areas: pd.DataFrame
    questions: pd.DataFrame
    components: pd.DataFrame
    panels: pd.DataFrame
    perception: pd.DataFrame
    groups: pd.DataFrame
    contradictions: pd.DataFrame
    agenda: pd.DataFrame
    next_steps: pd.DataFrame
    agreed: pd.DataFrame
    documents: pd.DataFrame
    rounds: pd.DataFrame
    waves: pd.DataFrame
    n_respondents: int
    n_answers: int
    wave: int
    findings: tuple[Remark, ...]
    unavailable: str = ""

    @property
    def has_answers(self) -> bool:
        """Whether anybody has been asked yet."""
        return self.n_answers > 0
