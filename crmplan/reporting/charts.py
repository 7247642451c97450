"""Charts: from an Altair chart to facts with embedded data, and from those facts to an SVG in a brand's dress.

A chapter says what is drawn; how it looks (typeface, sizes, grid lines, colours) is decided here, once, for every chart
of every client.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree import ElementTree

from crmplan.errors import RenderError, UnknownNameError
from crmplan.reporting.blocks import Chart
from crmplan.reporting.brand import COLOURS, FONT, Brand, font_folder

__all__ = ["MOST_ROWS", "WIDTH", "chart", "svg"]

MOST_ROWS = 20_000
"""A chart with more rows than this says less than an aggregate of them; it is refused."""

WIDTH = 620
"""Width of a chart in pixels where the chart does not say its own."""

_TOKEN = "brand:"  # noqa: S105 - a mark for colours, no password
_SVG = "http://www.w3.org/2000/svg"
_IDLE = frozenset({"class", "pointer-events", "role"})
"""Attributes of the parts of a picture that say nothing once it is an image with a description."""

_XLINK = "{http://www.w3.org/1999/xlink}href"
_REFERENCE = re.compile(r"url\(#([^)]+)\)")


def chart(altair_chart: Any, *, title: str, alt: str, caption: str = "") -> Chart:
    """Return a chart block from an Altair chart, its data inside as plain values.

    Parameters
    ----------
    altair_chart
        Any Altair chart. Colours are written as ``"brand:accent"`` and so on; typeface and sizes are left out.
    title
        What the picture shows, as a sentence without a full stop.
    alt
        What somebody who cannot see it must know.
    caption
        Period, rows, remarks.

    Raises
    ------
    RenderError
        When the chart holds more than 20,000 rows, a link or an address to load data from.
    UnknownNameError
        When a colour is named that no brand has.

    Examples
    --------
    >>> import altair as alt, pandas as pd
    >>> rows = pd.DataFrame({"segment": ["Best", "Lost"], "customers": [12, 30]})
    >>> bars = alt.Chart(rows).mark_bar(color="brand:accent").encode(x="customers:Q", y="segment:N")
    >>> chart(bars, title="Most customers are lost", alt="Best 12, lost 30").spec["mark"]["color"]
    'brand:accent'
    """
    import altair

    try:
        with altair.data_transformers.enable("default", max_rows=MOST_ROWS):
            spec = altair_chart.to_dict()
    except altair.MaxRowsError as cause:
        raise RenderError(f"the chart '{title}' has more than {MOST_ROWS:,} rows; aggregate them first") from cause
    config = spec.pop("config", {})
    config.pop("view", None)  # Altair's standing default of 300 x 300; the theme says the size
    spec.pop("$schema", None)
    if config:
        spec["config"] = config
    plain = json.loads(json.dumps(spec, allow_nan=False, default=_plain))
    _check(plain, title)
    return Chart(title=title, spec=plain, alt=alt, caption=caption)


def svg(spec: dict[str, Any], brand: Brand, *, title: str = "", alt: str = "", name: str = "") -> str:
    """Return a chart as SVG text that can stand in HTML beside others and be read by Typst.

    Parameters
    ----------
    spec
        The ``spec`` of a chart block.
    brand
        Colours.
    title, alt
        Name and description of the picture for those who cannot see it.
    name
        Mark put before every id in the picture; two pictures in one page need different ones. Empty for one that is
        made from the specification.

    Raises
    ------
    RenderError
        When the picture cannot be drawn, or would have to load something.
    """
    _check(spec, title)  # it may come out of a client's folder, and what is drawn must not load a thing
    dressed = _dress(spec, brand)
    dressed["config"] = _merged(_theme(brand), dressed.get("config", {}))
    name = name or "c" + hashlib.sha256(json.dumps(dressed, sort_keys=True).encode()).hexdigest()[:10]
    return _finished(_drawn(dressed), name, title, alt)


def _plain(value: Any) -> Any:
    # Numpy numbers and timestamps that Altair left as they were.
    if hasattr(value, "item"):
        return value.item()
    if hasattr(value, "isoformat"):
        return value.isoformat()
    raise TypeError(f"a chart holds a value of type {type(value).__name__}; use text, numbers or dates")


def _check(spec: dict[str, Any], title: str) -> None:
    rows = sum(len(rows) for rows in spec.get("datasets", {}).values() if isinstance(rows, list))
    if rows > MOST_ROWS:
        raise RenderError(f"the chart '{title}' has {rows:,} rows, more than {MOST_ROWS:,}; aggregate them first")
    for key, value in _leaves({key: part for key, part in spec.items() if key != "datasets"}):
        if key in {"href", "url"}:
            raise RenderError(f"the chart '{title}' has '{key}'; charts hold their data and no links")
        if isinstance(value, str) and value.startswith(_TOKEN) and value.removeprefix(_TOKEN) not in COLOURS:
            raise UnknownNameError.among("colour", value.removeprefix(_TOKEN), COLOURS)


def _leaves(part: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(part, dict):
        for name, child in part.items():
            if name == "values" and isinstance(child, list):
                continue  # rows of data, not parts of the specification
            if name in {"href", "url"}:
                yield name, child
            yield from _leaves(child, name)
    elif isinstance(part, list):
        for child in part:
            yield from _leaves(child, key)
    else:
        yield key, part


def _dress(part: Any, brand: Brand) -> Any:
    if isinstance(part, dict):
        return {key: _dress(child, brand) for key, child in part.items()}
    if isinstance(part, list):
        return [_dress(child, brand) for child in part]
    if isinstance(part, str) and part.startswith(_TOKEN):
        return brand.colours.get(part.removeprefix(_TOKEN), part)
    return part


def _merged(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    result = dict(under)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = _merged(result[key], value) if both else value
    return result


def _theme(brand: Brand) -> dict[str, Any]:
    return {
        "aria": False,  # the picture as a whole has a name and a description
        "background": None,
        "font": FONT,
        "padding": {"left": 2, "right": 6, "top": 4, "bottom": 2},
        "view": {"stroke": None, "continuousWidth": WIDTH, "continuousHeight": 260, "discreteWidth": WIDTH},
        **_frame(brand.colours),
        **_marks(brand.colours),
        "range": _scales(brand),
    }


def _frame(colour: Mapping[str, str]) -> dict[str, Any]:
    """Axes, legends and titles: what stands around the marks."""
    quiet = {"titleColor": colour["muted"], "titleFontSize": 12, "titleFontWeight": "normal"}
    return {
        "axis": {
            "domain": False, "ticks": False, "gridColor": colour["line"], "gridWidth": 0.75, "labelPadding": 7,
            "labelColor": colour["ink"], "labelFontSize": 12, "labelLimit": 230, **quiet, "titlePadding": 11,
        },
        "axisBand": {"grid": False},
        "axisDiscrete": {"grid": False},
        "axisX": {"tickCount": 6},
        "axisY": {"tickCount": 5},
        "header": {"labelColor": colour["ink"], "labelFontSize": 12, "labelFontWeight": "bold", **quiet},
        "legend": {
            "labelColor": colour["ink"], "labelFontSize": 12, "labelLimit": 260, **quiet, "symbolSize": 90,
            "symbolStrokeWidth": 0, "orient": "top", "direction": "horizontal", "offset": 12,
        },
        "title": {"color": colour["ink"], "fontSize": 13, "fontWeight": "bold", "anchor": "start", "offset": 12},
    }  # fmt: skip


def _marks(colour: Mapping[str, str]) -> dict[str, Any]:
    return {
        "text": {"color": colour["ink"], "fontSize": 12},
        "bar": {"color": colour["accent"]},
        "rect": {"color": colour["accent"]},
        "line": {"color": colour["accent"], "strokeWidth": 2.25, "strokeJoin": "round"},
        "area": {"color": colour["accent"], "opacity": 0.18},
        "point": {"color": colour["accent"], "filled": True, "size": 70},
        "circle": {"color": colour["accent"]},
        "rule": {"color": colour["muted"]},
        "tick": {"color": colour["ink"], "thickness": 2},
    }


def _scales(brand: Brand) -> dict[str, list[str]]:
    colour = brand.colours
    tints = [brand.tint("accent", strength) for strength in (0.12, 0.34, 0.56, 0.78, 1.0)]
    return {
        "category": [colour[name] for name in ("accent", "second", "muted", "ink", "good", "warn", "bad")],
        "heatmap": tints,
        "ramp": tints,
        "ordinal": tints,
        "diverging": [colour["bad"], colour["line"], colour["good"]],
    }


def _drawn(spec: dict[str, Any]) -> str:
    converter = _converter()
    try:
        return str(converter.vegalite_to_svg(spec))
    except ValueError:
        pass
    try:  # a failed conversion spoils the next one in the same process, so a good chart deserves a second go
        return str(converter.vegalite_to_svg(spec))
    except ValueError as cause:
        reason = str(cause).strip().splitlines()
        raise RenderError(f"a chart could not be drawn: {reason[0] if reason else 'no reason given'}") from cause


@functools.cache
def _converter() -> Any:
    import vl_convert

    vl_convert.register_font_directory(str(font_folder()))
    return vl_convert


def _finished(text: str, name: str, title: str, alt: str) -> str:
    ElementTree.register_namespace("", _SVG)
    root = ElementTree.fromstring(text)  # noqa: S314 - drawn a moment ago by our own converter
    # The converter counts its ids on from picture to picture; ours depend on nothing but this picture.
    found = [element.attrib["id"] for element in root.iter() if "id" in element.attrib]
    ids = {identity: f"{name}-{number}" for number, identity in enumerate(found, 1)}
    for element in root.iter():
        for key, value in list(element.attrib.items()):
            if key in _IDLE or key.startswith("aria-"):
                del element.attrib[key]
            elif key == "id":
                element.set(key, ids[value])
            elif key in {"href", _XLINK}:
                element.set(key, f"#{ids.get(value[1:], '')}")
            elif "url(#" in value:
                element.set(key, _REFERENCE.sub(lambda match: f"url(#{ids.get(match[1], '')})", value))
    labels = []
    for position, (tag, words) in enumerate((("title", title), ("desc", alt))):
        if words:
            label = ElementTree.Element(f"{{{_SVG}}}{tag}", {"id": f"{name}-{tag}"})
            label.text = words
            root.insert(position, label)
            labels.append(f"{name}-{tag}")
    root.set("role", "img")
    if labels:
        root.set("aria-labelledby", " ".join(labels))
    return ElementTree.tostring(root, encoding="unicode")
