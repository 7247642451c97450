"""Chapter on readiness: where the company stands, what weighs most, and every question of every area."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import pandas as pd

from crmplan.assessment import Readiness
from crmplan.assessment.area_levels import ROLLUPS_DIFFER
from crmplan.assessment.prerequisites import bases_first
from crmplan.engagement import Engagement
from crmplan.reporting import wording
from crmplan.reporting.blocks import Block, Findings, Note, Table
from crmplan.reporting.chapters.readiness_cells import (
    NAMES,
    NOBODY,
    figure_text,
    is_contradicted,
    known_level,
    level_text,
    range_text,
    reason_text,
    rows_of,
    said_text,
    shown_text,
    signed_text,
    spread_text,
)
from crmplan.reporting.chapters.readiness_picture import levels_chart
from crmplan.reporting.chapters.readiness_sentences import opening

__all__ = ["area_table", "area_tables", "areas", "findings", "gaps", "remarks", "standing", "strengths", "weightiest"]

_MOST_ROWS = 15
_MOST_GAPS = 8
_MOST_REMARKS = 5
_MOST_REASONS = 3
_FEW_LEVELS = 3
"""With fewer levels than that, and nobody asked, the opening sentences say all there is to say."""
_NONE = "–"
_LEVELS = "Levels run from 0 (nothing in place) to 5 (measured, and bettered because of it)."
_SCALE = (
    f"{_LEVELS} Data show a level to some questions only, in brackets how many; beside it what people say to the same "
    "ones, as far as data could prove it."
)
_THREE_WAYS = (
    "It matters how questions are added up (weighted mean, mean of the themes, weakest critical question, more than "
    "half a level apart)"
)
_RANGE = "A level is a range: other people of the same kind would have put it there nine times in ten."
_GRADES = "Grades: A data, B a document on file, C several people, D one person; one less for each year of age."


def findings(readiness: Readiness, engagement: Engagement) -> Findings | Note:
    """Return the two to five sentences that matter most, each with its number.

    Parameters
    ----------
    readiness
        As from :func:`crmplan.assessment.assess`.
    engagement
        For the currency.
    """
    if readiness.unavailable:
        return Note(f"Not available: {readiness.unavailable}.", tone="unavailable")
    return Findings(opening(readiness, engagement.client.currency))


def standing(readiness: Readiness) -> tuple[Block, ...]:
    """Return where each area and component stands: table, picture, and what must be known about them.

    Where nobody was asked and data show next to no level, only what must be known.
    """
    remark = remarks(readiness)
    told = () if _says_little(readiness) else (areas(readiness), levels_chart(readiness))
    return (*told, *((remark,) if remark else ()))


def weightiest(readiness: Readiness, engagement: Engagement) -> tuple[Block, ...]:
    """Return the gaps that weigh most and the strengths to build on; nothing where next to no level is known."""
    return () if _says_little(readiness) else (gaps(readiness), strengths(readiness, engagement))


def _says_little(readiness: Readiness) -> bool:
    return not readiness.has_answers and int(readiness.questions["shown"].notna().sum()) < _FEW_LEVELS


def areas(readiness: Readiness) -> Table | Note:
    """Return the table of areas: level, target, gap, level shown by data, coverage and people."""
    if readiness.unavailable:
        return Note(f"Not available: {readiness.unavailable}.", tone="unavailable")
    if not readiness.has_answers:
        return _areas_by_data(readiness)
    rows = [
        (
            NAMES[str(row["area"])], range_text(row), level_text(row["target"]),
            wording.share(row["percent_to_target"], 0), *_beside_data(row), _founded_on(row),
        )
        for row in rows_of(readiness.areas)
    ]  # fmt: skip
    if readiness.questions["shown"].isna().all():
        return Table(
            title="What people say of each area, against its target",
            header=("Area", "People say", "Target", "On the way", "Founded on"),
            rows=tuple((*row[:4], row[-1]) for row in rows),
            align=("left", "right", "right", "right", "left"),
            caption=f"{_LEVELS} {_RANGE} {_GRADES}",
            widths=(1.5, 1.9, 0.8, 1.0, 2.9),
        )
    return Table(
        title="What people say of each area, against its target and beside what the data show",
        header=("Area", "People say", "Target", "On the way", "Data show", "People on the same", "Founded on"),
        rows=tuple(rows),
        align=("left", "right", "right", "right", "right", "right", "left"),
        caption=f"{_SCALE} {_RANGE} {_GRADES}",
        widths=(1.5, 1.9, 0.8, 0.8, 0.9, 1.1, 2.6),
    )


def remarks(readiness: Readiness) -> Note | None:
    """Return what a reader must know about the levels and the answers; nothing when there is nothing."""
    titles = dict(zip(readiness.questions["question"], readiness.questions["title"], strict=True))
    areas = rows_of(readiness.areas)
    capped = [
        f"{NAMES[str(row['area'])]} would stand at {level_text(row['uncapped_level'])} but for the critical question "
        f"'{titles[row['capped_by']]}'."
        for row in areas
        if row["capped_by"]
    ]
    differing = [
        f"{NAMES[str(row['area'])].lower()} {level_text(row['uncapped_level'])}, "
        f"{level_text(row['level_by_themes'])} and {level_text(row['weakest_critical'])}"
        for row in areas
        if row["rollups_apart"] > ROLLUPS_DIFFER
    ]
    ways = [f"{_THREE_WAYS}: {'; '.join(differing)}."] if differing else []
    found = [one.message[0].upper() + one.message[1:] + "." for one in readiness.findings[:_MOST_REMARKS]]
    told = [*capped, *ways, *found]
    return Note(" ".join(told)) if told else None


def area_tables(readiness: Readiness, engagement: Engagement) -> tuple[Block, ...]:
    """Return the table of every area in scope, in the order of the areas; those that have nothing to show left out."""
    questions = readiness.questions
    spoken = set(questions.loc[questions["measured"].notna() | _was_asked(questions), "area"])
    return tuple(area_table(readiness, str(area), engagement) for area in readiness.areas["area"] if area in spoken)


def area_table(readiness: Readiness, area: str, engagement: Engagement) -> Table | Note:
    """Return one area's questions: said, shown and the distance between, the largest distance first.

    Parameters
    ----------
    readiness
        As from :func:`crmplan.assessment.assess`.
    area
        ``marketing``, ``sales``, ``call_center`` or ``operations``.
    engagement
        For the currency.
    """
    name, currency = NAMES[area], engagement.client.currency
    questions = readiness.questions[readiness.questions["area"] == area]
    if questions.empty:
        return Note(f"{name} is outside the scope of this engagement.")
    ranked = _ranked(questions)
    top, rest = ranked[:_MOST_ROWS], ranked[_MOST_ROWS:]
    if not _was_asked(questions).any():
        top = [row for row in top if not math.isnan(row["measured"])]
        silent = [row for row in ranked if math.isnan(row["measured"])]
        if not top:
            return Note(f"{name}: nobody has been asked yet, and no figure is available.", tone="unavailable")
        return _shown_only(name, top, silent, currency)
    both = sum(not math.isnan(row["distance"]) for row in ranked)
    further = "; ".join(f"{row['title']} {said_text(row, currency)}" for row in rest)
    if questions["measured"].isna().all():
        return _said_only(name, top, f" Also: {further}." if further else "", currency)
    return Table(
        title=f"{name}: what people say and what the data show",
        header=("Question", "People say", "Spread", "Target", "Data show", "Data's level", "Distance"),
        rows=tuple(
            (
                str(row["title"]), said_text(row, currency), spread_text(row), level_text(row["target"]),
                figure_text(row, currency), shown_text(row), signed_text(row["distance"]),
            )
            for row in top
        ),
        align=("left", "left", "right", "right", "left", "right", "right"),
        caption=f"Levels 0 to 5, in brackets the number of people; spread: how far single answers lie from the middle "
        f"one on average. Distance: said minus shown, known for {wording.plural(both, 'question')}."
        + (f" Also: {further}." if further else ""),
        widths=(2.7, 2.0, 0.9, 0.8, 3.0, 1.2, 1.1),
    )  # fmt: skip


def gaps(readiness: Readiness) -> Table | Note:
    """Return the gaps that weigh most: far from the target, on questions that count much."""
    rows = [row for row in rows_of(readiness.questions) if row["gap"] > 0]
    if not rows:
        if readiness.questions["gap"].isna().all():
            return Note("No gaps to show: needs answers, or figures with levels.", tone="unavailable")
        return Note("No gaps to show: every question with a level reaches its target.")
    rows.sort(key=lambda row: (-row["gap"] * row["weight"], row["question"]))
    titles = dict(zip(readiness.questions["question"], readiness.questions["title"], strict=True))
    shown = bases_first(rows)[:_MOST_GAPS]
    return Table(
        title="The gaps that weigh most",
        header=("Question", "Area", "Level", "Target", "What it means"),
        rows=tuple(
            (
                str(row["title"]),
                NAMES[row["area"]],
                level_text(known_level(row)),
                level_text(row["target"]),
                str(row["meaning"]) + _after(str(row["rests_on"]), titles),
            )
            for row in shown
        ),
        align=("left", "left", "right", "right", "left"),
        caption=f"Of {wording.plural(len(rows), 'question')} below target; ordered by gap times weight, each after "
        "what must be in place first. " + ("Levels as people say." if readiness.has_answers else NOBODY),
        widths=(2.4, 1.2, 0.7, 0.7, 5),
    )


def _after(rests_on: str, titles: dict[str, str]) -> str:
    bases = " and ".join(f"'{titles[id]}'" for id in filter(None, rests_on.split(", ")))
    return f" First: {bases}." if bases else ""


def strengths(readiness: Readiness, engagement: Engagement) -> Table | Note:
    """Return what already reaches its target and is not contradicted by the data."""
    currency = engagement.client.currency
    rows = [
        row for row in rows_of(readiness.questions) if row["gap"] <= 0 and not is_contradicted(row)
    ]  # fmt: skip
    if not rows:
        if readiness.questions["gap"].isna().all():
            return Note("No level is known yet, so no strength can be named.", tone="unavailable")
        return Note("No question reaches its target yet without being contradicted by the data.")
    rows.sort(key=lambda row: (row["evidence"] != "data", row["gap"] * row["weight"], row["question"]))
    caption = (
        f"{wording.plural(len(rows), 'question reaches', 'questions reach')} the target"
        + ("; those that data bear out stand first." if len(rows) > 1 else ".")
        + ("" if readiness.has_answers else f" {NOBODY}")
    )
    shown = [
        (
            str(row["title"]), NAMES[row["area"]], level_text(known_level(row)), level_text(row["target"]),
            _NONE if math.isnan(row["measured"]) else figure_text(row, currency), str(row["evidence"]),
        )
        for row in rows[:_MOST_GAPS]
    ]  # fmt: skip
    title, header = "Strengths to build on", ("Question", "Area", "Level", "Target", "Data show", "Evidence")
    if readiness.questions["measured"].isna().all():
        few = tuple((*row[:4], row[5]) for row in shown)
        return Table(title, (*header[:4], header[5]), few, ("left", "left", "right", "right", "left"), caption)
    return Table(title, header, tuple(shown), ("left", "left", "right", "right", "left", "left"), caption)


def _areas_by_data(readiness: Readiness) -> Table:
    questions = readiness.questions
    rows = []
    for row in rows_of(readiness.areas):
        of = questions[questions["area"] == row["area"]]
        level, _ = _beside_data(row)
        n_figures = f"{int(of['measured'].notna().sum())} of {len(of)}"
        rows.append((NAMES[str(row["area"])], level_text(row["target"]), level, n_figures))
    return Table(
        title="What the data show of each area, against its target",
        header=("Area", "Target", "Data show", "Questions with a figure"),
        rows=tuple(rows),
        align=("left", "right", "right", "right"),
        caption=f"{NOBODY} {_LEVELS} Data show a level to some questions only, in brackets how many.",
    )


def _was_asked(questions: pd.DataFrame) -> pd.Series[bool]:
    return questions[["n", "n_dk", "n_na"]].sum(axis=1) > 0


def _said_only(name: str, top: list[dict[str, Any]], further: str, currency: str) -> Table:
    return Table(
        title=f"{name}: what people say",
        header=("Question", "People say", "Spread", "Target"),
        rows=tuple(
            (str(row["title"]), said_text(row, currency), spread_text(row), level_text(row["target"])) for row in top
        ),
        align=("left", "left", "right", "right"),
        caption="Levels 0 to 5, in brackets the number of people; spread: how far single answers lie from the middle "
        f"one on average. No figure was measured that could be set beside them.{further}",
        widths=(3, 2.5, 0.9, 0.8),
    )


def _shown_only(name: str, top: list[dict[str, Any]], silent: list[dict[str, Any]], currency: str) -> Table:
    reasons = [str(row["reason"]) for row in silent if row["reason"]]
    caption = _without_figure(reasons) + _only_asking(len(silent) - len(reasons))
    title, caption = f"{name}: what the data show", f"The data alone: nobody was asked.{caption}"
    rows = [(str(row["title"]), level_text(row["target"]), figure_text(row, currency), shown_text(row)) for row in top]
    if all(math.isnan(row["shown"]) for row in top):
        # A target means nothing beside figures of which none is a level.
        few = tuple((question, figure) for question, _, figure, _ in rows)
        return Table(title, ("Question", "Data show"), few, ("left", "left"), caption, (3, 4))
    header = ("Question", "Target", "Data show", "Data's level")
    return Table(title, header, tuple(rows), ("left", "right", "left", "right"), caption, (3, 1, 4, 1.3))


def _without_figure(reasons: list[str]) -> str:
    if not reasons:
        return ""
    often = sorted(Counter(map(reason_text, reasons)).items(), key=lambda one: (-one[1], one[0]))
    main = "; ".join(f"{reason} ({n})" if len(reasons) > 1 else reason for reason, n in often[:_MOST_REASONS])
    lead = ", mainly: " if len(often) > _MOST_REASONS else ": "
    return f" No figure for {wording.plural(len(reasons), 'further question')}{lead}{main}."


def _only_asking(n: int) -> str:
    return f" {wording.plural(n, 'question')} can be answered by asking only." if n else ""


def _founded_on(row: dict[str, Any]) -> str:
    """Return why the range is as it is: who answered how much, how well founded, how much is open."""
    if not row["n_answered"]:
        return "nobody asked"
    answered = f"{wording.plural(row['n_people'], 'person', 'people')}, {row['n_answered']} of {row['n_applicable']}"
    grade = f"; grade {row['grade']}" if row["grade"] else ""
    apart = f"; no consensus on {row['n_apart']}" if row["n_apart"] else ""
    return f"{answered} questions{grade}{apart}"


def _beside_data(row: dict[str, Any]) -> tuple[str, str]:
    if row["n_checked"]:
        return f"{level_text(row['shown_checked'])} ({row['n_checked']})", level_text(row["said_checked"])
    return (f"{level_text(row['shown_level'])} ({row['n_shown']})" if row["n_shown"] else _NONE), _NONE


def _ranked(questions: pd.DataFrame) -> list[dict[str, Any]]:
    def rank(row: dict[str, Any]) -> tuple[float, ...]:
        distance = -1.0 if math.isnan(row["distance"]) else abs(row["distance"])
        gap = -9.0 if math.isnan(row["gap"]) else row["gap"]
        return (-distance, math.isnan(row["said"]), math.isnan(row["measured"]), -gap * row["weight"])

    return sorted(rows_of(questions), key=lambda row: (*rank(row), row["question"]))
