"""What the client's own data say to a question: the level a figure shows, and how far people are from it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from crmplan.assessment.checklists import Probe, Question
from crmplan.metrics.registry import Measured

__all__ = [
    "Distance", "Shown", "StatedVerdict", "Verdict", "figure_for", "group_of", "level_of", "perception_gap",
    "shown_by_data", "stated_verdict",
]  # fmt: skip

Verdict = Literal["", "agree", "people say more", "people say less"]
StatedVerdict = Literal["", "close", "far"]
_NOTABLE_LEVELS = 1.0
_NOTABLE_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class Shown:
    """The level that a figure shows, with the levels its 95 % interval spans; None where there is no level."""

    level: float | None = None
    low: float | None = None
    high: float | None = None
    cap: float | None = None


@dataclass(frozen=True, slots=True)
class Distance:
    """What people say minus what the data show, in levels, and what to make of it."""

    levels: float | None = None
    verdict: Verdict = ""


def figure_for(question: Question, measured: Mapping[str, Measured]) -> Measured | None:
    """Return the figure that stands beside a question: its first metric that could be computed.

    When none could, the first metric's reason is returned; None when the question has no metric or it was not measured.
    """
    wanted: tuple[str, ...] = ()
    if question.probe is not None:
        wanted = (question.probe.metric, *((question.probe.or_else,) if question.probe.or_else else ()))
    elif question.states is not None:
        wanted = (question.states.metric,)
    found = [measured[id] for id in wanted if id in measured]
    return next((one for one in found if one.is_computed), found[0] if found else None)


def level_of(value: float, probe: Probe) -> float:
    """Return the highest level whose band a value reaches, from 0 to the probe's cap.

    Examples
    --------
    >>> probe = Probe(metric="win_rate", bands={1: 0.2, 2: 0.5, 3: 0.8}, cap=3, cannot_prove="how it came about")
    >>> level_of(0.1, probe), level_of(0.5, probe), level_of(0.95, probe)
    (0.0, 2.0, 3.0)
    """
    is_up = probe.direction == "up"
    reached = [level for level, band in probe.bands.items() if (value >= band if is_up else value <= band)]
    return float(min(max(reached, default=0), probe.cap or 0))


def shown_by_data(probe: Probe | None, figure: Measured | None) -> Shown:
    """Return the level a measured figure shows, and those at the ends of its interval.

    Parameters
    ----------
    probe
        The bands; None, or a probe without bands, shows no level.
    figure
        The figure; one that could not be computed shows no level.
    """
    if probe is None or not probe.bands or figure is None or figure.value is None or not figure.is_computed:
        return Shown()
    level = level_of(figure.value, probe)
    ends = [level_of(end, probe) for end in (figure.low, figure.high) if end is not None and math.isfinite(end)]
    return Shown(level, min([level, *ends]), max([level, *ends]), float(probe.cap or 0))


def perception_gap(said: float | None, shown: Shown) -> Distance:
    """Return how far people's level lies above (positive) or below what the data show.

    Data can prove no more than the probe's cap, so a higher answer counts as the cap. The verdict looks at the levels
    that the figure's interval spans: within one level of them, people and data agree.

    Examples
    --------
    >>> perception_gap(4.0, Shown(2.0, 2.0, 3.0, cap=4.0))
    Distance(levels=2.0, verdict='people say more')
    >>> perception_gap(5.0, Shown(4.0, 4.0, 4.0, cap=4.0))
    Distance(levels=0.0, verdict='agree')
    """
    if said is None or math.isnan(said) or shown.level is None or shown.low is None or shown.high is None:
        return Distance()
    comparable = min(said, shown.cap if shown.cap is not None else said)
    verdict: Verdict = "agree"
    if comparable - shown.high >= _NOTABLE_LEVELS:
        verdict = "people say more"
    elif shown.low - comparable >= _NOTABLE_LEVELS:
        verdict = "people say less"
    return Distance(comparable - shown.level, verdict)


def stated_verdict(stated: float, figure: Measured | None) -> StatedVerdict:
    """Return whether the figure people name is close to the measured one or far from it.

    It is far when it lies outside the 95 % interval and differs by more than a quarter of the larger of the two.

    Examples
    --------
    >>> found = Measured("win_rate", "Win rate", "share", "computed", 0.40, 90, "deals", 0.31, 0.50)
    >>> stated_verdict(0.48, found), stated_verdict(0.80, found), stated_verdict(math.nan, found)
    ('close', 'far', '')
    """
    if math.isnan(stated) or figure is None or figure.value is None or not figure.is_computed:
        return ""
    if figure.low is not None and figure.high is not None and figure.low <= stated <= figure.high:
        return "close"
    apart = abs(stated - figure.value)
    return "far" if apart > _NOTABLE_SHARE * max(abs(stated), abs(figure.value)) else "close"


def group_of(question: Question, figure: Measured | None) -> str:
    """Return the name of the group whose figure it is, where the probe says that it is that of one group."""
    if question.probe is None or not question.probe.of_group or figure is None or figure.breakdown is None:
        return ""
    same = figure.breakdown.loc[figure.breakdown["value"] == figure.value, "group"]
    return str(same.iloc[0]) if len(same) else ""
