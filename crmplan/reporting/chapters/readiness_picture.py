"""The picture of readiness: levels with their ranges against targets, by area and by component of a CRM initiative."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from crmplan.assessment import Readiness
from crmplan.reporting.blocks import Chart, Note
from crmplan.reporting.chapters.readiness_cells import NAMES, NOBODY, level_text, rows_of
from crmplan.reporting.charts import chart

__all__ = ["levels_chart"]

_UPRIGHT = "M-0.12,-1.1L0.12,-1.1L0.12,1.1L-0.12,1.1Z"
_RING = "M-1,0A1,1,0,1,1,1,0A1,1,0,1,1,-1,0ZM-0.6,0A0.6,0.6,0,1,0,0.6,0A0.6,0.6,0,1,0,-0.6,0Z"
_SERIES = {
    "People, all questions": ("circle", "brand:accent"),
    "People, questions data can check": (_RING, "brand:accent"),
    "Data show": ("diamond", "brand:second"),
    "Target": (_UPRIGHT, "brand:ink"),
}
"""Shape and colour of each mark of the chart."""

_BAR = (
    "The thin line through what people say is its range: nine times in ten other people of the same kind would have "
    "put it there. The broad line joins what people and data say to the same questions."
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
    ranges = {"Area": _ranges(readiness.areas, "area"), "Component": _ranges(readiness.components, "component")}
    panels = [_panel(points, ranges[title], title) for title, points in parts.items() if len(points)]
    who = "People's answers and the data" if readiness.has_answers else "The data"
    return chart(
        alt.vconcat(*panels, spacing=18).resolve_legend(shape="shared", color="shared"),
        title=f"{who} against the target, by area and by component",
        alt="Levels from 0 to 5. " + "; ".join(spoken) + ".",
        caption=" ".join(part for part in (_BAR if readiness.has_answers else NOBODY, unknown) if part),
    )


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


def _ranges(frame: pd.DataFrame, by: str) -> pd.DataFrame:
    known = [row for row in rows_of(frame) if not math.isnan(row["level_low"])]
    rows = [{"name": NAMES[str(row[by])], "low": row["level_low"], "high": row["level_high"]} for row in known]
    return pd.DataFrame(rows, columns=["name", "low", "high"])


def _panel(points: pd.DataFrame, ranges: pd.DataFrame, title: str) -> Any:
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
    sure = (
        alt.Chart(ranges)
        .mark_rule(color="brand:accent", strokeWidth=1.5)
        .encode(x=alt.X("low:Q", title="Level (0 to 5)"), x2="high:Q", y=y)
    )
    return (distance + sure + marks).properties(width=620, height=34 * max(len(names), 1))
