"""The sentences that open the readiness chapter, each with its number."""

from __future__ import annotations

import math

import pandas as pd

from crmplan.assessment import Readiness
from crmplan.assessment.perception import LEADERS, TEAMS
from crmplan.reporting import wording
from crmplan.reporting.chapters.readiness_cells import (
    NAMES,
    is_contradicted,
    level_text,
    named_figure,
    range_text,
    reason_text,
    relative_distance,
    rows_of,
    shown_text,
)

__all__ = ["MINUTES_A_QUESTION", "opening"]

MINUTES_A_QUESTION = 1.5
"""What a question takes in a questionnaire, as reckoned for whom to ask."""

_MOST = 5
_NOTABLE_LEVELS = 0.5


def opening(readiness: Readiness, currency: str) -> tuple[str, ...]:
    """Return the two to five sentences that matter most, the weightiest first."""
    questions = readiness.questions
    if not readiness.has_answers:
        told = (_nobody_asked(questions), *_extremes_of_data(questions, currency), *_what_is_missing(questions))
        return (*told[: _MOST - 1], _what_asking_brings(questions))
    sentences = [
        _standing(readiness), _most_apart(questions, currency), _groups_apart(readiness.groups),
        _figures_apart(questions, currency), _held_back(readiness), _at_target(questions),
    ]  # fmt: skip
    return tuple([*(sentence for sentence in sentences if sentence), *_unanswered(questions)][:_MOST])


def _standing(readiness: Readiness) -> str:
    known = [row for row in rows_of(readiness.areas) if not math.isnan(row["level"])]
    who = wording.plural(readiness.n_respondents, "person", "people")
    said = f"{who} gave {wording.plural(readiness.n_answers, 'answer')}"
    if not known:
        return f"{said}, none of them a level."
    worst = max(known, key=lambda row: row["gap"])
    said += ", one view that nobody has confirmed yet" if readiness.n_respondents == 1 else ""
    if worst["gap"] <= 0:
        return f"{said}: every area answered reaches its target."
    place = f"{NAMES[worst['area']]}, at level {range_text(worst)} against {level_text(worst['target'])}"
    return f"{said}: furthest from its target is {place}."


def _most_apart(questions: pd.DataFrame, currency: str) -> str:
    both = [row for row in rows_of(questions) if not math.isnan(row["distance"])]
    if not both and questions["said"].isna().all():
        return ""
    if not both:
        return "None of the answers can be checked by data yet: the levels are what people believe."
    over = [row for row in both if row["verdict"] == "people say more"]
    checked = f"Of {wording.plural(len(both), 'answer')} that data can check"
    if not over:
        return f"{checked}, none lies a level or more above what the data show."
    most = max(over, key=lambda row: row["distance"])
    verb = "lies" if len(over) == 1 else "lie"
    return (
        f"{checked}, {len(over)} {verb} a level or more above what the data show; most so '{most['title']}': people "
        f"say {level_text(most['said'])}, the data show {most['shown']:.0f} ({named_figure(most, currency)})."
    )


def _groups_apart(groups: pd.DataFrame) -> str:
    by_group = {str(row["who"]): row for row in rows_of(groups)}
    if LEADERS not in by_group or TEAMS not in by_group:
        return ""
    lead, work = by_group[LEADERS], by_group[TEAMS]
    if abs(lead["distance"] - work["distance"]) < _NOTABLE_LEVELS:
        return ""
    brighter, darker = (lead, work) if lead["distance"] > work["distance"] else (work, lead)
    first = f"{str(brighter['who']).capitalize()} ({brighter['n_people']} people)"
    return (
        f"{first} see things {_beside(brighter['distance'])} "
        f"what data show, {darker['who']} ({darker['n_people']}) {_beside(darker['distance'])}."
    )


def _beside(distance: float) -> str:
    levels = level_text(abs(distance))
    if levels == "0.0":
        return "at the level of"
    return f"{levels} {'level' if levels == '1.0' else 'levels'} {'above' if distance > 0 else 'below'}"


def _figures_apart(questions: pd.DataFrame, currency: str) -> str:
    named = [row for row in rows_of(questions) if row["stated_verdict"]]
    far = [row for row in named if row["stated_verdict"] == "far"]
    if not far:
        return ""
    most = max(far, key=lambda row: (row["weight"], relative_distance(row["stated"], row["measured"]), row["question"]))
    verb = "lies" if len(far) == 1 else "lie"
    label = str(most["metric_label"])
    believed = wording.figure(most["stated"], most["unit"], currency)
    found = wording.figure(most["measured"], most["unit"], currency)
    return (
        f"Of {wording.plural(len(named), 'figure')} people named, {len(far)} {verb} more than a quarter from the "
        f"measured one; {label[:1].lower()}{label[1:]}: {believed} named, {found} measured."
    )


def _held_back(readiness: Readiness) -> str:
    held = [row for row in rows_of(readiness.areas) if row["capped_by"]]
    if not held:
        return ""
    most = max(held, key=lambda row: row["uncapped_level"] - row["level"])
    titles = dict(zip(readiness.questions["question"], readiness.questions["title"], strict=True))
    return (
        f"{NAMES[most['area']]} is held at {level_text(most['level'])} instead of "
        f"{level_text(most['uncapped_level'])} by '{titles[most['capped_by']]}', without which the rest does not carry."
    )


def _at_target(questions: pd.DataFrame) -> str:
    answered = questions[questions["n"] > 0]
    reached = [row for row in rows_of(answered) if row["gap"] <= 0 and not is_contradicted(row)]
    if not reached:
        return (
            f"None of the {len(answered)} answered questions reaches its target and stands up to the data."
            if len(answered) > 1
            else ""
        )
    best = min(reached, key=lambda row: (row["evidence"] != "data", row["gap"], row["question"]))
    verb = "reaches its target" if len(reached) == 1 else "reach their targets"
    how = "strongest, and borne out by data," if best["evidence"] == "data" else "strongest"
    return (
        f"{len(reached)} of {len(answered)} answered questions {verb} without being contradicted by data; {how} is "
        f"'{best['title']}' at {level_text(best['said'])} against {level_text(best['target'])}."
    )


def _unanswered(questions: pd.DataFrame) -> list[str]:
    open_ones = questions[(questions["n"] == 0) & questions["is_applicable"]]
    if open_ones.empty:
        return []
    unknown = int((open_ones["n_dk"] > 0).sum())
    rest = f", {unknown} of them because nobody asked knew" if unknown else ""
    noun = "question has" if len(open_ones) == 1 else "questions have"
    return [f"{len(open_ones)} of {len(questions)} {noun} no answer yet{rest}."]


def _nobody_asked(questions: pd.DataFrame) -> str:
    measured = int(questions["measured"].notna().sum())
    levels = int(questions["shown"].notna().sum())
    beside = wording.count(levels) if levels else "none"
    return (
        f"Nobody has been asked yet; the data alone put a figure beside {measured} of {len(questions)} questions, "
        f"and a level beside {beside}."
    )


def _what_asking_brings(questions: pd.DataFrame) -> str:
    n_open = int(questions["shown"].isna().sum())
    roles = questions["roles"].str.split(", ").explode().value_counts()
    most = min(roles[roles == roles.max()].index)
    minutes = math.ceil(int(roles.max()) * MINUTES_A_QUESTION)
    return (
        f"Asking would give a level to the {n_open} of {len(questions)} questions that data leave open; the role asked "
        f"most, {most.replace('_', ' ').replace('center', 'centre')}, answers {roles.max()} in some {minutes} minutes."
    )


def _extremes_of_data(questions: pd.DataFrame, currency: str) -> list[str]:
    shown = [row for row in rows_of(questions) if not math.isnan(row["shown"])]
    below = [row for row in shown if row["gap"] > 0]
    sentences = []
    if below:
        worst = max(below, key=lambda row: (row["gap"] * row["weight"], row["question"]))
        where = f"{len(below)} of the {len(shown)} questions with a level"
        most = ", most in" if len(below) > 1 else ":"
        if len(shown) == 1:
            where = "the 1 question with a level"
        sentences.append(
            f"In {where} the data stay below the target{most} "
            f"'{worst['title']}': {named_figure(worst, currency)}, level {shown_text(worst)} against "
            f"{level_text(worst['target'])}."
        )
    reached = [row for row in shown if row["gap"] <= 0]
    if reached:
        best = min(reached, key=lambda row: (row["gap"], row["question"]))
        figure = named_figure(best, currency)
        sentences.append(f"A strength in the data is '{best['title']}': {figure}, level {shown_text(best)}.")
    return sentences


def _what_is_missing(questions: pd.DataFrame) -> list[str]:
    reasons = questions.loc[questions["reason"] != "", "reason"].map(reason_text)
    if reasons.empty:
        return []
    counts = reasons.value_counts()
    most = min(counts[counts == counts.max()].index)
    if len(reasons) == 1:
        return [f"The figure beside 1 further question is missing: {most}."]
    often = f"the most frequent reason ({counts.max()} of them)" if len(counts) > 1 else "the reason"
    return [f"The figures beside {len(reasons)} further questions are missing; {often}: {most}."]
