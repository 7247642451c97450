"""What people believe beside what the data show: by question, by group of people, and figure by figure."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from crmplan.assessment import Readiness
from crmplan.assessment.perception import EVERYBODY, LEADERS, TEAMS
from crmplan.engagement import Engagement
from crmplan.reporting import wording
from crmplan.reporting.blocks import Block, Chart, Note, Table
from crmplan.reporting.chapters.readiness_cells import (
    NAMES,
    difference_text,
    figure_text,
    level_text,
    relative_distance,
    rows_of,
    signed_text,
)
from crmplan.reporting.charts import chart

__all__ = ["group_words", "groups", "perception", "perception_chart", "stated_figures"]

_MOST_QUESTIONS = 10
_WITHOUT_GROUPS = 2
_MOST_ROWS = 15
_SERIES = {
    "Everybody": ("circle", "brand:accent"),
    "Those who lead": ("triangle-up", "brand:ink"),
    "Those who do the work": ("triangle-down", "brand:muted"),
    "Data show": ("diamond", "brand:second"),
}
_WHO = {EVERYBODY: "Everybody", LEADERS: "Those who lead", TEAMS: "Those who do the work"}


def perception(readiness: Readiness, engagement: Engagement) -> tuple[Block, ...]:
    """Return the picture of the largest gaps, how each group sees things, and the figures people name.

    Nothing where nobody was asked or nothing was measured: then there are not two sides.
    """
    if not readiness.has_answers or readiness.questions["measured"].isna().all():
        return ()
    return (perception_chart(readiness), groups(readiness), stated_figures(readiness, engagement))


def perception_chart(readiness: Readiness) -> Chart | Note:
    """Return the picture of the questions on which people and data lie furthest apart."""
    checked = readiness.perception
    apart = checked[(checked["who"] == EVERYBODY) & (checked["distance"].abs() > 0)]
    if apart.empty:
        return Note(
            "Where data can check what people say, both agree." if len(checked) else "No answer can be checked."
        )
    import altair as alt

    shown = apart.head(_MOST_QUESTIONS)
    points = _points(checked[checked["question"].isin(shown["question"])], list(shown["title"]))
    order = [name for name in _SERIES if name in set(points["who"])]
    y = alt.Y("title:N", sort=list(shown["title"]), title="Question", axis=alt.Axis(labelLimit=260))
    x = alt.X("level:Q", title="Level (0 to 5)", scale=alt.Scale(domain=[0, 5]))
    shape = alt.Scale(domain=order, range=[_SERIES[name][0] for name in order])
    colour = alt.Scale(domain=order, range=[_SERIES[name][1] for name in order])
    between = alt.Chart(points).mark_line(color="brand:line", strokeWidth=4).encode(x=x, y=y, detail="title:N")
    marks = (
        alt.Chart(points)
        .mark_point(filled=True, size=120, opacity=1)
        .encode(
            x=x, y=y, shape=alt.Shape("who:N", sort=order, title=None, scale=shape),
            color=alt.Color("who:N", sort=order, title=None, scale=colour),
        )
    )  # fmt: skip
    n_checked = int((checked["who"] == EVERYBODY).sum())
    spoken = "; ".join(
        f"{row['title']}: people {level_text(row['said'])}, data {level_text(row['shown'])}" for row in rows_of(shown)
    )
    return chart(
        (between + marks).properties(width=430, height=30 * len(shown)),
        title=f"The {len(shown)} questions on which people and data lie furthest apart"
        if len(shown) > 1
        else "The question on which people and data lie apart",
        alt=f"Levels from 0 to 5. {spoken}.",
        caption=f"Of {wording.plural(n_checked, 'question')} that people answered and data can check, "
        f"{_standing(int((apart['distance'] > 0).sum()))} higher with people, {int((apart['distance'] < 0).sum())} "
        "lower." + (" Groups are drawn where each has three people or more." if len(order) > _WITHOUT_GROUPS else ""),
    )


def _standing(n: int) -> str:
    return f"{n} {'stands' if n == 1 else 'stand'}"


def groups(readiness: Readiness) -> Table | Note:
    """Return how far each group of three people or more lies from what the data show."""
    rows = rows_of(readiness.groups)
    if len(rows) < 2:
        return Note("No group of three people or more can be set beside the data, so only all together are shown.")
    return Table(
        title="How each group sees it, beside what the data show",
        header=("Group", "People", "Answers checked", "Said minus shown", "A level or more above", "Below"),
        rows=tuple(
            (
                group_words(str(row["who"])), wording.count(row["n_people"]), wording.count(row["n_answers"]),
                signed_text(row["distance"]), wording.share(row["over_share"], 0), wording.share(row["under_share"], 0),
            )
            for row in rows
        ),
        align=("left", "right", "right", "right", "right", "right"),
        caption="Single answers set beside the level data show to the same question, weighted by question; an answer "
        "above what data can prove counts as that. Groups of fewer than three people are not shown.",
        widths=(2, 0.8, 1.2, 1.3, 1.6, 0.8),
    )  # fmt: skip


def group_words(who: str) -> str:
    """Return the name of a group as a reader knows it.

    Examples
    --------
    >>> group_words("call_center_manager"), group_words("those who lead")
    ('Call centre manager', 'Those who lead')
    """
    return who[:1].upper() + who[1:].replace("_", " ").replace("center", "centre")


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


def _points(perceived: pd.DataFrame, titles: list[str]) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    for row in rows_of(perceived[perceived["title"].isin(titles)]):
        if row["who"] in _WHO:
            rows.append({"title": row["title"], "who": _WHO[row["who"]], "level": float(row["said"])})
        if row["who"] == EVERYBODY:
            rows.append({"title": row["title"], "who": "Data show", "level": float(row["shown"])})
    return pd.DataFrame(rows)
