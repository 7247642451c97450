"""Chapter on readiness: what people say, what the data show, and the distance between them."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import pandas as pd

from crmplan.assessment import Readiness
from crmplan.engagement import Engagement
from crmplan.reporting import wording
from crmplan.reporting.blocks import Chart, Findings, Note, Table
from crmplan.reporting.chapters.readiness_cells import (
    NAMES,
    difference_text,
    figure_text,
    is_contradicted,
    known_level,
    level_text,
    reason_text,
    relative_distance,
    rows_of,
    said_text,
    shown_text,
    signed_text,
    spread_text,
)
from crmplan.reporting.chapters.readiness_sentences import opening
from crmplan.reporting.charts import chart

__all__ = ["area_table", "areas", "findings", "gaps", "levels_chart", "stated_figures", "strengths"]

_MOST_ROWS = 15
_MOST_GAPS = 8
_MOST_REMARKS = 3
_MOST_REASONS = 3
_NONE = "–"
_UPRIGHT = "M-0.12,-1.1L0.12,-1.1L0.12,1.1L-0.12,1.1Z"
_RING = "M-1,0A1,1,0,1,1,1,0A1,1,0,1,1,-1,0ZM-0.6,0A0.6,0.6,0,1,0,0.6,0A0.6,0.6,0,1,0,-0.6,0Z"
_SERIES = {
    "People, all questions": ("circle", "brand:accent"),
    "People, questions data can check": (_RING, "brand:accent"),
    "Data show": ("diamond", "brand:second"),
    "Target": (_UPRIGHT, "brand:ink"),
}
"""Shape and colour of each mark of the chart."""

_NOBODY = "Nobody has been asked yet: this shows what the data alone show."
_SCALE = (
    "Levels run from 0 (nothing in place) to 5 (measured, and bettered because of it). Data show a level to some "
    "questions only, in brackets how many; beside it what people say to the same ones, as far as data could prove it."
)


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


def areas(readiness: Readiness) -> Table | Note:
    """Return the table of areas: level, target, gap, level shown by data, coverage and people."""
    if readiness.unavailable:
        return Note(f"Not available: {readiness.unavailable}.", tone="unavailable")
    if not readiness.has_answers:
        return _areas_by_data(readiness)
    rows = [
        (
            NAMES[str(row["area"])], level_text(row["level"]), level_text(row["target"]), signed_text(-row["gap"]),
            *_beside_data(row), f"{row['n_answered']} of {row['n_applicable']}, by {row['n_people']}",
        )
        for row in rows_of(readiness.areas)
    ]  # fmt: skip
    titles = dict(zip(readiness.questions["question"], readiness.questions["title"], strict=True))
    capped = [
        f"{NAMES[str(row['area'])]} would stand at {level_text(row['uncapped_level'])} but for the critical question "
        f"'{titles[row['capped_by']]}'."
        for row in rows_of(readiness.areas)
        if row["capped_by"]
    ]
    notes = [one.message[0].upper() + one.message[1:] + "." for one in readiness.findings[:_MOST_REMARKS]]
    return Table(
        title="What people say of each area, against its target and beside what the data show",
        header=("Area", "People say", "Target", "To target", "Data show", "People on the same", "Answered, by people"),
        rows=tuple(rows),
        align=("left", "right", "right", "right", "right", "right", "right"),
        caption=" ".join([_SCALE, *capped, *notes]),
        widths=(1.6, 1.1, 1.0, 1.1, 1.1, 1.5, 1.9),
    )


def levels_chart(readiness: Readiness) -> Chart | Note:
    """Return the picture of levels and targets, by area and by component of a CRM initiative."""
    if readiness.unavailable:
        return Note(f"Not available: {readiness.unavailable}.", tone="unavailable")
    import altair as alt

    found = {"Area": _points(readiness.areas, "area"), "Component": _points(readiness.components, "component")}
    parts = {title: _with_level(points) for title, points in found.items()}
    if all(points.empty for points in parts.values()):
        why = "no question has a level yet" if readiness.has_answers else "nobody was asked and no figure has a level"
        return Note(f"Levels against targets: not available; {why}.", tone="unavailable")
    names = [name for points in found.values() for name in dict.fromkeys(points["name"])]
    silent = [name for name in names if not any(name in set(points["name"]) for points in parts.values())]
    unknown = f"No level is known yet of: {', '.join(silent)}." if silent else ""
    spoken = [
        f"{name}: "
        + ", ".join(f"{who.lower()} {level_text(level)}" for who, level in zip(g["who"], g["level"], strict=True))
        for points in parts.values()
        for name, g in points.groupby("name", sort=False)
    ]
    panels = [_panel(points, title) for title, points in parts.items() if len(points)]
    who = "People's answers and the data" if readiness.has_answers else "The data"
    return chart(
        alt.vconcat(*panels, spacing=18).resolve_legend(shape="shared", color="shared"),
        title=f"{who} against the target, by area and by component",
        alt="Levels from 0 to 5. " + "; ".join(spoken) + ".",
        caption=" ".join(part for part in ("" if readiness.has_answers else _NOBODY, unknown) if part),
    )


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
    if not readiness.has_answers:
        top = [row for row in top if not math.isnan(row["measured"])]
        silent = [row for row in ranked if math.isnan(row["measured"])]
        if not top:
            return Note(f"{name}: nobody has been asked yet, and no figure is available.", tone="unavailable")
        return _shown_only(name, top, silent, currency)
    both = sum(not math.isnan(row["distance"]) for row in ranked)
    further = "; ".join(f"{row['title']} {said_text(row, currency)}" for row in rest)
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
        reason = (
            "every question reaches its target" if readiness.has_answers else "needs answers, or figures with levels"
        )
        return Note(f"No gaps to show: {reason}.", tone="info" if readiness.has_answers else "unavailable")
    rows.sort(key=lambda row: (-row["gap"] * row["weight"], row["question"]))
    return Table(
        title="The gaps that weigh most",
        header=("Question", "Area", "Level", "Target", "What it means"),
        rows=tuple(
            (
                str(row["title"]),
                NAMES[row["area"]],
                level_text(known_level(row)),
                level_text(row["target"]),
                str(row["meaning"]),
            )
            for row in rows[:_MOST_GAPS]
        ),
        align=("left", "left", "right", "right", "left"),
        caption=f"Of {wording.plural(len(rows), 'question')} below target; ordered by gap times weight. "
        + ("Levels as people say." if readiness.has_answers else _NOBODY),
        widths=(2.4, 1.2, 0.7, 0.7, 5),
    )


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
    return Table(
        title="Strengths to build on",
        header=("Question", "Area", "Level", "Target", "Data show", "Evidence"),
        rows=tuple(
            (
                str(row["title"]), NAMES[row["area"]], level_text(known_level(row)), level_text(row["target"]),
                figure_text(row, currency), str(row["evidence"]),
            )
            for row in rows[:_MOST_GAPS]
        ),
        align=("left", "left", "right", "right", "left", "left"),
        caption=f"{wording.plural(len(rows), 'question reaches', 'questions reach')} the target"
        + ("; those that data bear out stand first." if len(rows) > 1 else ".")
        + ("" if readiness.has_answers else f" {_NOBODY}"),
    )  # fmt: skip


def stated_figures(readiness: Readiness, engagement: Engagement) -> Table | Note:
    """Return the figures people named beside the same figures measured, the furthest apart first."""
    currency = engagement.client.currency
    rows = [
        row for row in rows_of(readiness.questions) if not (math.isnan(row["stated"]) or math.isnan(row["measured"]))
    ]
    if not rows:
        who = (
            "that could be set against a measured one yet" if readiness.has_answers else "yet, as nobody has been asked"
        )
        return Note(f"Nobody has named a figure {who}.")
    rows.sort(key=lambda row: (-relative_distance(row["stated"], row["measured"]), row["question"]))
    return Table(
        title="Figures as people name them and as the data give them",
        header=("Figure", "Asked in", "People name", "People", "Data show", "Named minus measured"),
        rows=tuple(
            (
                str(row["metric_label"]), NAMES[row["area"]], wording.figure(row["stated"], row["unit"], currency),
                wording.count(row["n_stated"]), figure_text(row, currency), difference_text(row, currency),
            )
            for row in rows[:_MOST_ROWS]
        ),
        align=("left", "left", "right", "right", "left", "right"),
        caption="The middle of the figures named; in brackets the 95 % interval and the rows that were counted."
        + (f" {len(rows) - _MOST_ROWS} more lie closer together, see the areas." if len(rows) > _MOST_ROWS else ""),
    )  # fmt: skip


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
        caption=f"{_NOBODY} Levels run from 0 (nothing in place) to 5 (measured, and bettered because of it); data "
        "show a level to some questions only, in brackets how many.",
    )


def _shown_only(name: str, top: list[dict[str, Any]], silent: list[dict[str, Any]], currency: str) -> Table:
    reasons = [str(row["reason"]) for row in silent if row["reason"]]
    return Table(
        title=f"{name}: what the data show",
        header=("Question", "Target", "Data show", "Data's level"),
        rows=tuple((str(r["title"]), level_text(r["target"]), figure_text(r, currency), shown_text(r)) for r in top),
        align=("left", "right", "left", "right"),
        caption=_NOBODY + _without_figure(reasons) + _only_asking(len(silent) - len(reasons)),
        widths=(3, 1, 4, 1.3),
    )


def _without_figure(reasons: list[str]) -> str:
    if not reasons:
        return ""
    often = sorted(Counter(map(reason_text, reasons)).items(), key=lambda one: (-one[1], one[0]))
    main = "; ".join(f"{reason} ({n})" if len(reasons) > 1 else reason for reason, n in often[:_MOST_REASONS])
    lead = ", mainly: " if len(often) > _MOST_REASONS else ": "
    return f" No figure for {wording.plural(len(reasons), 'further question')}{lead}{main}."


def _only_asking(n: int) -> str:
    return f" {wording.plural(n, 'question')} can be answered by asking only." if n else ""


def _beside_data(row: dict[str, Any]) -> tuple[str, str]:
    if row["n_checked"]:
        return f"{level_text(row['shown_checked'])} ({row['n_checked']})", level_text(row["said_checked"])
    return (f"{level_text(row['shown_level'])} ({row['n_shown']})" if row["n_shown"] else _NONE), _NONE


def _points(frame: pd.DataFrame, by: str) -> pd.DataFrame:
    rows = []
    for row in rows_of(frame):
        data = row["shown_checked"] if row["n_checked"] else row["shown_level"]
        levels = (row["level"], row["said_checked"], data, row["target"])
        rows += [
            {"name": NAMES[str(row[by])], "who": who, "level": float(level)}
            for who, level in zip(_SERIES, levels, strict=True)
            if not math.isnan(level)
        ]
    return pd.DataFrame(rows, columns=["name", "who", "level"])


def _with_level(points: pd.DataFrame) -> pd.DataFrame:
    # A target with nothing beside it would be an empty row of the picture.
    return points[points["name"].isin(points.loc[points["who"] != "Target", "name"])]


def _panel(points: pd.DataFrame, title: str) -> Any:
    import altair as alt

    names = list(dict.fromkeys(points["name"]))
    order = [name for name in _SERIES if name in set(points["who"])]
    y = alt.Y("name:N", sort=names, title=title)
    x = alt.X("level:Q", title="Level (0 to 5)", scale=alt.Scale(domain=[0, 5]))
    shapes = alt.Scale(domain=order, range=[_SERIES[name][0] for name in order])
    colours = alt.Scale(domain=order, range=[_SERIES[name][1] for name in order])
    compared = points[points["who"].isin(list(_SERIES)[1:3])]
    distance = alt.Chart(compared).mark_line(color="brand:line", strokeWidth=4).encode(x=x, y=y, detail="name:N")
    marks = (
        alt.Chart(points)
        .mark_point(filled=True, size=130, opacity=1)
        .encode(
            x=x, y=y, shape=alt.Shape("who:N", sort=order, title=None, scale=shapes),
            color=alt.Color("who:N", sort=order, title=None, scale=colours),
        )
    )  # fmt: skip
    return (distance + marks).properties(width=620, height=34 * max(len(names), 1))


def _ranked(questions: pd.DataFrame) -> list[dict[str, Any]]:
    def rank(row: dict[str, Any]) -> tuple[float, ...]:
        distance = -1.0 if math.isnan(row["distance"]) else abs(row["distance"])
        gap = -9.0 if math.isnan(row["gap"]) else row["gap"]
        return (-distance, math.isnan(row["said"]), math.isnan(row["measured"]), -gap * row["weight"])

    return sorted(rows_of(questions), key=lambda row: (*rank(row), row["question"]))
