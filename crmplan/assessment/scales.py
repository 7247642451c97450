"""The scales on which a question is answered; whatever the scale, an answer is a level from 0 to 5."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

__all__ = [
    "CAPABILITY_LEVELS",
    "HIGHEST_LEVEL",
    "NEEDS",
    "NEED_TARGETS",
    "NeedLevel",
    "Scale",
    "banded_lines",
    "check",
    "check_bands",
    "direction",
    "level_reached",
]

Scale = Literal["practice_0_5", "number", "share", "yes_no", "choice", "fit_gap"]
NeedLevel = Literal["must", "should", "could", "none"]

HIGHEST_LEVEL = 5

NEEDS: tuple[NeedLevel, ...] = ("must", "should", "could", "none")
"""How much a client needs a capability, most first."""

NEED_TARGETS: Mapping[str, float] = MappingProxyType({"must": 4.0, "should": 3.0, "could": 2.0, "none": 0.0})
"""The level of :data:`CAPABILITY_LEVELS` that each need asks for."""

CAPABILITY_LEVELS: Mapping[int, str] = MappingProxyType(
    {
        0: "Nobody does this, by any means",
        1: "Single people do it with means of their own, such as a notebook or a mail folder",
        2: "A team does it in a shared list or spreadsheet",
        3: "A system does it, for one team or for part of the cases",
        4: "A system does it for everybody concerned, on customer records that all share",
        5: "It is used for every case, and somebody reads its figures and improves it",
    }
)
"""What is there today of a capability: the lines of every fit-gap question."""

_FIGURES = ("number", "share")


def direction(bands: Mapping[int, float]) -> Literal["up", "down", "none"]:
    """Return whether a greater figure reaches a higher level.

    Examples
    --------
    >>> direction({1: 0.2, 2: 0.5}), direction({1: 30, 2: 10}), direction({})
    ('up', 'down', 'none')
    """
    if len(bands) < 2:
        return "none"
    values = [bands[level] for level in sorted(bands)]
    return "up" if values[0] < values[-1] else "down"


def level_reached(value: float, bands: Mapping[int, float]) -> float:
    """Return the highest level whose band a figure reaches; 0 when it reaches none.

    Parameters
    ----------
    value
        The figure.
    bands
        By level, the least figure that reaches it, or the greatest one where less is better.

    Examples
    --------
    >>> level_reached(0.5, {1: 0.2, 2: 0.5, 3: 0.8}), level_reached(40, {1: 30, 2: 10})
    (2.0, 0.0)
    """
    is_up = direction(bands) == "up"
    return float(
        max((level for level, band in bands.items() if (value >= band if is_up else value <= band)), default=0)
    )


def check_bands(bands: Mapping[int, float]) -> None:
    """Raise ValueError unless the levels are 1, 2, ... without a gap and their figures rise, or fall, throughout."""
    levels = sorted(bands)
    if levels != list(range(1, len(levels) + 1)) or not 2 <= len(levels) <= HIGHEST_LEVEL:
        raise ValueError("bands: name the levels 1, 2, ... without a gap, two at least")
    values = [bands[level] for level in levels]
    steps = [after - before for before, after in itertools.pairwise(values)]
    if not (all(step > 0 for step in steps) or all(step < 0 for step in steps)):
        raise ValueError("bands: figures must rise, or fall, from level to level")


def banded_lines(bands: Mapping[Any, Any], *, is_share: bool) -> dict[int, str]:
    """Return a line for each level of a stated figure; none when the bands are no numbers.

    Examples
    --------
    >>> banded_lines({1: 0.2, 2: 0.5}, is_share=True)
    {0: 'Less than 20 %', 1: 'From 20 % to below 50 %', 2: '50 % or more'}
    >>> banded_lines({1: 30, 2: 10}, is_share=False)
    {0: 'More than 30', 1: 'From 30 down to above 10', 2: '10 or less'}
    """
    if len(bands) < 2 or not all(isinstance(value, int | float) for value in bands.values()):
        return {}
    # Adding nothing makes the zero that is written "-0" an ordinary one.
    figures = {level: (100 * value if is_share else value) + 0.0 for level, value in sorted(bands.items())}
    shown = {level: f"{figure:g} %" if is_share else f"{figure:g}" for level, figure in figures.items()}
    levels = list(shown)
    is_up = bands[levels[0]] <= bands[levels[-1]]
    lines = {0: f"{'Less' if is_up else 'More'} than {shown[levels[0]]}"}
    for level, after in itertools.zip_longest(levels, levels[1:]):
        if after is None:
            lines[level] = f"{shown[level]} or {'more' if is_up else 'less'}"
        else:
            lines[level] = f"From {shown[level]} {'to below' if is_up else 'down to above'} {shown[after]}"
    return lines


def check(scale: Scale, lines: Mapping[int, str], bands: Mapping[int, float], *, unit: str) -> None:
    """Raise ValueError, in words for whoever wrote the question, unless lines and bands fit the scale.

    Parameters
    ----------
    scale
        The scale.
    lines
        One line per level that can be answered.
    bands
        Which stated figure stands for which level; for ``number`` and ``share`` alone.
    unit
        Unit of the figure that is asked for; empty when none is.
    """
    levels = sorted(lines)
    if scale == "practice_0_5" and levels != list(range(HIGHEST_LEVEL + 1)):
        raise ValueError("give one line for each of the levels 0 to 5")
    if len({line.strip().casefold() for line in lines.values()}) < len(levels):
        raise ValueError("two levels have the same line; say what differs")
    if scale in _FIGURES:
        _check_figure(scale, bands, unit)
    elif bands:
        raise ValueError(f"'bands' beside 'scale' are for a number or share, not for {scale}")
    least, most = {"yes_no": (2, 2), "choice": (3, HIGHEST_LEVEL + 1)}.get(scale, (2, HIGHEST_LEVEL + 1))
    if not (least <= len(levels) <= most and levels[0] == 0 and levels[-1] <= HIGHEST_LEVEL):
        counted = f"{least}" if least == most else f"{least} to {most}"
        raise ValueError(f"anchors: {scale} has {counted} lines for levels from 0 to 5, one of them for 0")
    if scale == "fit_gap" and dict(lines) != dict(CAPABILITY_LEVELS):
        raise ValueError("fit_gap has lines common to all; leave 'anchors' out")


def _check_figure(scale: Scale, bands: Mapping[int, float], unit: str) -> None:
    if not bands or not unit:
        raise ValueError(f"{scale} needs 'states' (what is asked for) and 'bands' (which figure is which level)")
    check_bands(bands)
    if (scale == "share") is not (unit == "share"):
        raise ValueError("the unit under 'states' is share for the scale share, and another one for number")
