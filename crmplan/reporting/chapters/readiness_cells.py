"""How the readiness chapter words a level, an answer, a figure and the distance between them."""

from __future__ import annotations

import math
import re
from typing import Any, cast

import pandas as pd

from crmplan.intake.words import column_label, table_label
from crmplan.metrics.registry import Unit
from crmplan.reporting import wording
from crmplan.schema import TABLES

__all__ = [
    "NAMES",
    "NOBODY",
    "difference_text",
    "figure_text",
    "is_contradicted",
    "known_level",
    "level_text",
    "named_figure",
    "range_text",
    "reason_text",
    "relative_distance",
    "rows_of",
    "said_text",
    "shown_text",
    "signed_text",
    "spread_text",
]

NAMES = {
    "marketing": "Marketing", "sales": "Sales", "call_center": "Call centre", "operations": "Operations",
    "segmentation": "Segmentation", "channels": "Channels", "processes": "Processes",
    "skills": "Skills and mindset", "technology": "Technology",
}  # fmt: skip

NOBODY = "Nobody has been asked yet: this shows what the data alone show."

_NONE = "–"


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a result frame as dictionaries."""
    return cast("list[dict[str, Any]]", frame.to_dict("records"))


def known_level(row: dict[str, Any]) -> float:
    """Return the level that was agreed on or else said; where nobody answered, the level the data show."""
    return float(row["shown"] if math.isnan(row["level"]) else row["level"])


def is_contradicted(row: dict[str, Any]) -> bool:
    """Return whether data show less than people say, or a figure far from the one they name."""
    return bool(row["verdict"] == "people say more" or row["stated_verdict"] == "far")


def level_text(value: float) -> str:
    """Return a level with one decimal.

    Examples
    --------
    >>> level_text(2.0), level_text(math.nan)
    ('2.0', '–')
    """
    return _NONE if math.isnan(value) else f"{value:.1f}"


def range_text(row: dict[str, Any]) -> str:
    """Return a level with its range; the level alone where it has none or the range is that level.

    Examples
    --------
    >>> range_text({"level": 1.9, "level_low": 1.4, "level_high": 2.5})
    '1.9 (1.4 to 2.5)'
    """
    low, high = level_text(row["level_low"]), level_text(row["level_high"])
    return (
        level_text(row["level"])
        if _NONE in (low, high) or low == high
        else f"{level_text(row['level'])} ({low} to {high})"
    )


def signed_text(value: float) -> str:
    """Return a difference between levels with its sign.

    Examples
    --------
    >>> signed_text(1.5), signed_text(-0.01)
    ('+1.5', '0.0')
    """
    if math.isnan(value):
        return _NONE
    return "0.0" if abs(value) < 0.05 else f"{value:+.1f}"


def said_text(row: dict[str, Any], currency: str) -> str:
    """Return what people say to a question, with how many they are and the figure they name."""
    if row["n"]:
        named = "" if math.isnan(row["stated"]) else f", name {wording.figure(row['stated'], _unit(row), currency)}"
        settled = f", agreed {level_text(row['level'])}" if row["is_settled"] and row["level"] != row["said"] else ""
        return f"{level_text(row['said'])} ({row['n']}){settled}{named}"
    return "not applicable" if not row["is_applicable"] else "not known" if row["n_dk"] else _NONE


def spread_text(row: dict[str, Any]) -> str:
    """Return how far single answers lie from the middle one; nothing for a single person."""
    return level_text(row["spread"]) if row["n"] > 1 else _NONE


def shown_text(row: dict[str, Any]) -> str:
    """Return the level data show, with the levels their interval spans."""
    if math.isnan(row["shown"]):
        return _NONE
    if row["shown_low"] != row["shown_high"]:
        return f"{row['shown']:.0f} ({row['shown_low']:.0f} to {row['shown_high']:.0f})"
    return f"{row['shown']:.0f}"


def _unit(row: dict[str, Any]) -> Unit:
    return cast("Unit", row["unit"])


def named_figure(row: dict[str, Any], currency: str) -> str:
    """Return a figure with its name, to stand within a sentence."""
    label = str(row["metric_label"])
    return f"{label[:1].lower()}{label[1:]}: {wording.figure(row['measured'], _unit(row), currency)}"


def figure_text(row: dict[str, Any], currency: str) -> str:
    """Return a figure with its interval and rows, or the reason why there is none."""
    if math.isnan(row["measured"]):
        return f"not available: {reason_text(row['reason'])}" if row["reason"] else _NONE
    value = wording.figure(row["measured"], _unit(row), currency)
    if row["measured_group"]:
        value = f"{_group_words(str(row['measured_group']))}: {value}"
    rows = f"{wording.count(row['measured_n'])} {row['counts']}"
    if math.isnan(row["measured_low"]) or math.isnan(row["measured_high"]):
        return f"{value} ({rows})"
    low, high = (wording.figure(row[end], _unit(row), currency) for end in ("measured_low", "measured_high"))
    if row["unit"] not in {"share", "currency"}:
        low = low.split(" ")[0]
    return f"{value} ({low} to {high}; {rows})"


def _group_words(group: str) -> str:
    # Closed words of the schema, such as order_status, are groups too; names of the client's own stay as they are.
    return group.replace("_", " ") if group.islower() else group


def reason_text(reason: str) -> str:
    """Return why there is no figure, with tables and columns under the names a reader knows.

    Examples
    --------
    >>> reason_text("needs orders (product_id); products"), reason_text("needs opportunities")
    ('needs order lines (product number), products', 'needs deals')
    """

    def word(found: re.Match[str]) -> str:
        name = found.group()
        return table_label(name) if name in TABLES else column_label(name)

    return (
        re.sub(rf"\b(?:{'|'.join(TABLES)}|[a-z]+(?:_[a-z]+)+)\b", word, reason)
        .replace("; they begin", ", but they begin")
        .replace("; ", ", ")
        .replace("`", "")
    )


def difference_text(row: dict[str, Any], currency: str) -> str:
    """Return a stated figure minus the measured one, in its unit."""
    apart = row["stated"] - row["measured"]
    if row["unit"] == "share":
        points = round(100 * apart, 0 if abs(apart) >= 0.0995 else 1)
        return f"{points:+g} point" if abs(points) == 1 else f"{points:+g} points" if points else "0 points"
    text = wording.figure(apart, _unit(row), currency)
    return text if apart < 0 else f"+{text}"


def relative_distance(stated: float, measured: float) -> float:
    """Return how far two figures lie apart, as a share of the larger one.

    Examples
    --------
    >>> relative_distance(0.1, 0.2), relative_distance(0.0, 0.0)
    (0.5, 0.0)
    """
    size = max(abs(stated), abs(measured))
    return abs(stated - measured) / size if size else 0.0
