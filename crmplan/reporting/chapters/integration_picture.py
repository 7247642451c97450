"""The integration map as a picture: the systems around the customer record, and how each is linked to it."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from crmplan.assessment.integration import IntegrationMap
from crmplan.reporting.blocks import Chart
from crmplan.reporting.charts import chart
from crmplan.reporting.wording import plural, quantity

__all__ = ["LINKS", "integration_picture", "named_text", "years_text"]

LINKS = {"interface": "Interface", "file": "File now and then", "none": "No link", "": "Link not known"}
"""Links as they are printed, the firmest first."""

_MOST_SYSTEMS = 14
_WIDTH, _BOX_WIDTH, _BOX_HEIGHT, _GAP = 620.0, 222.0, 62.0, 16.0
_HUB_WIDTH, _HUB_HEIGHT = 96.0, 58.0
_DASHES = {"Interface": [1, 0], "File now and then": [7, 4], "No link": [2, 4], "Link not known": [12, 3]}
_COLOURS = {
    "Interface": "brand:good",
    "File now and then": "brand:warn",
    "No link": "brand:bad",
    "Link not known": "brand:muted",
}
_MOST_LETTERS = 32


def integration_picture(found: IntegrationMap) -> Chart | None:
    """Return the picture: a box per system with owner, remaining life and what to do, and a line for its link.

    None without an inventory of systems.

    Parameters
    ----------
    found
        As from :func:`crmplan.assessment.integration.integration_map`.
    """
    if found.unavailable:
        return None
    boxes = _boxes(found.systems.head(_MOST_SYSTEMS))
    height = float(boxes["bottom"].max())
    left_out = len(found.systems) - len(boxes)
    linked = int((found.systems["link"] == "interface").sum())
    are = "is" if linked == 1 else "are"
    rest = f" The picture leaves out {plural(left_out, 'system')}; the table has all." if left_out else ""
    return chart(
        _drawn(boxes, height),
        title=f"{linked} of {plural(len(found.systems), 'system')} {are} linked by an interface",
        alt="The customer record in the middle, with a line to each system. " + " ".join(boxes["alt"]),
        caption=f"Number in front: the order in which to link.{rest}",
    )


def years_text(years: float) -> str:
    """Return the remaining life of a system.

    Examples
    --------
    >>> years_text(1.0), years_text(2.5), years_text(math.nan)
    ('1 year', '2.5 years', 'not known')
    """
    return (
        "not known"
        if math.isnan(years)
        else f"{quantity(years, 0 if years == int(years) else 1)} " + ("year" if years == 1 else "years")
    )


def named_text(name: object) -> str:
    """Return a role or department as it is printed.

    Examples
    --------
    >>> named_text("call_center_manager"), named_text("")
    ('Call centre manager', '')
    """
    return str(name).replace("_", " ").replace("call center", "call centre").capitalize()


def _boxes(systems: pd.DataFrame) -> pd.DataFrame:
    rows = []
    n_left = math.ceil(len(systems) / 2)
    for position, row in enumerate(systems.to_dict("records")):
        is_left = position < n_left
        top = (position if is_left else position - n_left) * (_BOX_HEIGHT + _GAP)
        left = 0.0 if is_left else _WIDTH - _BOX_WIDTH
        rows.append(
            {
                "left": left, "right": left + _BOX_WIDTH, "top": top, "bottom": top + _BOX_HEIGHT,
                "middle": top + _BOX_HEIGHT / 2, "edge": _BOX_WIDTH if is_left else _WIDTH - _BOX_WIDTH,
                "text": left + 12.0, "first": top + 16.0, "second": top + 33.0, "third": top + 49.0,
                **_words({str(key): value for key, value in row.items()}),
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def _words(row: dict[str, Any]) -> dict[str, str]:
    number = "" if math.isnan(row["place"]) else f"{row['place']:.0f}  "
    life = years_text(row["remaining_life_years"])
    life = "end not known" if life == "not known" else f"{life} left"
    owner = named_text(row["owner"]) or "No owner"
    effort = "" if math.isnan(row["link_effort_days"]) else f", {row['link_effort_days']:g} days"
    step = str(row["step"]).capitalize()
    step = f"{step}{effort}" if row["step"].startswith("link ") else step
    link = LINKS[row["link"]]
    alt = f"{row['name']}: {link.lower()}, {owner}, {life}, {step.lower()}."
    return {
        "title": _short(f"{number}{row['name']}"), "about": _short(f"{owner}, {life}"), "step": step, "link": link,
        "alt": alt,
    }  # fmt: skip


def _short(text: str) -> str:
    return text if len(text) <= _MOST_LETTERS else text[: _MOST_LETTERS - 1].rstrip() + "…"


def _drawn(boxes: pd.DataFrame, height: float) -> Any:
    import altair as alt

    x = alt.Scale(domain=[0, _WIDTH], nice=False)
    y = alt.Scale(domain=[height, 0], nice=False)
    links = [link for link in LINKS.values() if link in set(boxes["link"])]
    middle_x, middle_y = _WIDTH / 2, height / 2
    inner = boxes["edge"].map({_BOX_WIDTH: middle_x - _HUB_WIDTH / 2, _WIDTH - _BOX_WIDTH: middle_x + _HUB_WIDTH / 2})
    lines = boxes.assign(hub_x=inner, hub_y=middle_y)
    shown = {
        "color": alt.Color(
            "link:N", sort=links, title=None, scale=alt.Scale(domain=links, range=[_COLOURS[one] for one in links]),
            legend=alt.Legend(symbolType="stroke", symbolStrokeWidth=2.5),
        ),
        "strokeDash": alt.StrokeDash(
            "link:N", sort=links, title=None, scale=alt.Scale(domain=links, range=[_DASHES[one] for one in links])
        ),
    }  # fmt: skip
    rules = (
        alt.Chart(lines)
        .mark_rule(strokeWidth=2.25)
        .encode(x=_at("edge", x), y=_at("middle", y), x2="hub_x:Q", y2="hub_y:Q", **shown)
    )
    frames = (
        alt.Chart(boxes)
        .mark_rect(fill="brand:paper", stroke="brand:line", strokeWidth=1.25, cornerRadius=4)
        .encode(x=_at("left", x), x2="right:Q", y=_at("top", y), y2="bottom:Q")
    )
    words = [
        alt.Chart(boxes)
        .mark_text(align="left", baseline="middle", **dress)
        .encode(x=_at("text", x), y=_at(line, y), text=f"{column}:N")
        for line, column, dress in (
            ("first", "title", {"fontWeight": "bold", "fontSize": 12.5}),
            ("second", "about", {"color": "brand:muted", "fontSize": 11.5}),
            ("third", "step", {"fontSize": 11.5}),
        )
    ]
    return alt.layer(rules, frames, *words, *_hub(x, y, middle_x, middle_y)).properties(width=_WIDTH, height=height)


def _hub(x: Any, y: Any, middle_x: float, middle_y: float) -> list[Any]:
    import altair as alt

    place = {
        "left": middle_x - _HUB_WIDTH / 2, "right": middle_x + _HUB_WIDTH / 2, "top": middle_y - _HUB_HEIGHT / 2,
        "bottom": middle_y + _HUB_HEIGHT / 2, "at": middle_x,
    }  # fmt: skip
    hub = alt.Chart(pd.DataFrame([place]))
    words = pd.DataFrame({"at": middle_x, "line": [middle_y - 9, middle_y + 9], "word": ["Customer", "record"]})
    return [
        hub.mark_rect(fill="brand:accent", cornerRadius=4).encode(
            x=_at("left", x), x2="right:Q", y=_at("top", y), y2="bottom:Q"
        ),
        alt.Chart(words)
        .mark_text(color="brand:paper", fontWeight="bold", fontSize=12.5)
        .encode(x=_at("at", x), y=_at("line", y), text="word:N"),
    ]


def _at(field: str, scale: Any) -> Any:
    import altair as alt

    kind = alt.X if scale.domain[0] == 0 else alt.Y
    return kind(f"{field}:Q", scale=scale, axis=None)
