"""What a group of people says to one question: the value they share, how far apart they are, and who stands where."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from crmplan.assessment.rounds import SMALLEST_GROUP
from crmplan.engagement import Consensus

__all__ = ["OTHER_ROLES", "Camps", "RoleLevel", "Said", "levels_by_role", "rwg_star", "said_to", "split_of"]

OTHER_ROLES = "other roles"
"""The people of roles too small to be shown apart, taken together."""

Agreed = Literal["", "yes", "no"]
Camps = Literal["", "by role", "across roles"]

_NONE_SAID = math.nan
_HIGHEST = 5.0
_CAMPS_APART = 2.0
_FAR_FROM_MIDDLE = 2.0
_WITHIN_A_CAMP = 0.5


@dataclass(frozen=True, slots=True)
class RoleLevel:
    """What the people of one role say: their number and the median of their levels."""

    role: str
    n: int
    value: float


@dataclass(frozen=True, slots=True)
class Said:
    """The answers to one question, taken together.

    ``value`` is the median and ``spread`` the mean distance from it (average deviation); ``iqr`` is the distance
    between the quartiles and ``rwg`` the agreement on a scale from 0 (two halves as far apart as can be) to 1; all in
    levels but for the last, missing when nobody (``iqr``, ``rwg``: fewer than two) gave a level. ``share_within`` is
    the share of answers near the median as the rule of consensus counts them, ``is_agreed`` what the rule says (empty
    for a single answer), ``n_far`` how many lie two levels or more away. ``camps`` says whether there are two camps
    two levels or more apart. ``roles`` holds no group of fewer than three people; ``lowest_role`` and ``highest_role``
    are empty unless two such groups differ.
    """

    value: float = _NONE_SAID
    n: int = 0
    n_na: int = 0
    n_dk: int = 0
    spread: float = _NONE_SAID
    iqr: float = _NONE_SAID
    rwg: float = _NONE_SAID
    share_within: float = _NONE_SAID
    is_agreed: Agreed = ""
    n_far: int = 0
    camps: Camps = ""
    lowest: float = _NONE_SAID
    highest: float = _NONE_SAID
    lowest_role: str = ""
    highest_role: str = ""
    roles: tuple[RoleLevel, ...] = ()
    stated: float = _NONE_SAID
    n_stated: int = 0
    n_other: int = 0

    @property
    def is_applicable(self) -> bool:
        """Whether the question applies: not everybody who took a stand said that it does not."""
        return not (self.n_na > 0 and self.n == 0 and self.n_other == 0)


def said_to(answers: pd.DataFrame, roles: Mapping[str, str], rule: Consensus | None = None) -> Said:
    """Return what the answers to one question amount to.

    "Does not apply" and "do not know" are counted and left out of the value; a range enters with its middle.

    Parameters
    ----------
    answers
        One row per respondent: ``respondent``, ``kind``, ``value``, ``stated``.
    roles
        Role by respondent.
    rule
        When people agree; the usual rule when it is not given.
    """
    rule = rule or Consensus()
    levels = answers[answers["value"].notna()]
    stated = answers["stated"].dropna()
    counts: dict[str, Any] = {
        "n_na": int((answers["kind"] == "na").sum()),
        "n_dk": int((answers["kind"] == "dk").sum()),
        "n_other": int((answers["kind"] == "other").sum()),
        "stated": float(stated.median()) if len(stated) else _NONE_SAID,
        "n_stated": len(stated),
    }
    if levels.empty:
        return Said(**counts)
    by_role = levels_by_role(levels, roles)
    low, high = _furthest_apart(by_role)
    return Said(
        n=len(levels),
        lowest=float(levels["value"].min()),
        highest=float(levels["value"].max()),
        lowest_role=low,
        highest_role=high,
        roles=by_role,
        camps=split_of(levels["value"].to_numpy(dtype="float64"), by_role),
        **_spread(levels["value"].to_numpy(dtype="float64"), rule),
        **counts,
    )


def rwg_star(values: np.ndarray) -> float:
    r"""Return how much a group agrees, against the greatest disagreement there can be.

    .. math:: r^*_{wg} = 1 - s^2 / \\sigma^2_{mv}, \qquad \\sigma^2_{mv} = (5 - 0)^2 / 4

    with the population variance :math:`s^2` and that of a group split half and half between the ends of the scale
    (maximum dissensus; O'Neill, Frontiers in Psychology 8:777, 2017).

    Parameters
    ----------
    values
        Levels from 0 to 5, two or more; missing for fewer.

    Examples
    --------
    >>> rwg_star(np.array([0.0, 0, 0, 5, 5, 5])), rwg_star(np.array([3.0, 3, 3]))
    (0.0, 1.0)
    """
    if len(values) < 2:
        return math.nan
    return 1.0 - float(np.var(values)) / (_HIGHEST**2 / 4)


def levels_by_role(levels: pd.DataFrame, roles: Mapping[str, str]) -> tuple[RoleLevel, ...]:
    """Return the median level of each role of three people or more, and of the others if they are three or more.

    Where no role has three people there is nothing to tell apart, and nothing is returned.

    Parameters
    ----------
    levels
        One row per respondent who gave a level: ``respondent``, ``value``.
    roles
        Role by respondent; who has none counts among the others.
    """
    given: dict[str, list[float]] = {}
    for id, value in zip(levels["respondent"], levels["value"], strict=True):
        given.setdefault(roles.get(id, "") or OTHER_ROLES, []).append(float(value))
    shown = {role: values for role, values in given.items() if len(values) >= SMALLEST_GROUP and role != OTHER_ROLES}
    if not shown:
        return ()
    others = [value for role, values in given.items() if role not in shown for value in values]
    if len(others) >= SMALLEST_GROUP:
        shown[OTHER_ROLES] = others
    return tuple(RoleLevel(role, len(shown[role]), float(np.median(shown[role]))) for role in sorted(shown))


def split_of(values: np.ndarray, roles: tuple[RoleLevel, ...]) -> Camps:
    """Return whether a group falls into two camps two levels or more apart, and whether roles explain it.

    Across roles there are two camps when the answers, cut at their widest gap, leave two people or more on either
    side, each side close together (average deviation of half a level at most).

    Examples
    --------
    >>> split_of(np.array([0.0, 1, 4, 4]), ()), split_of(np.array([1.0, 2, 3, 4]), ())
    ('across roles', '')
    """
    medians = [one.value for one in roles]
    if len(medians) > 1 and max(medians) - min(medians) >= _CAMPS_APART:
        return "by role"
    ordered = np.sort(values)
    if len(ordered) < 4:
        return ""
    cut = int(np.argmax(np.diff(ordered))) + 1
    lower, upper = ordered[:cut], ordered[cut:]
    are_close = all(np.abs(side - np.median(side)).mean() <= _WITHIN_A_CAMP for side in (lower, upper))
    is_apart = bool(np.median(upper) - np.median(lower) >= _CAMPS_APART)
    return "across roles" if min(len(lower), len(upper)) >= 2 and are_close and is_apart else ""


def _spread(values: np.ndarray, rule: Consensus) -> dict[str, Any]:
    middle = float(np.median(values))
    apart = np.abs(values - middle)
    spread, within = float(apart.mean()), float((apart <= rule.within_levels).mean())
    found: dict[str, Any] = {
        "value": middle, "spread": spread, "share_within": within, "n_far": int((apart >= _FAR_FROM_MIDDLE).sum()),
    }  # fmt: skip
    if len(values) > 1:
        low, high = np.quantile(values, [0.25, 0.75])
        agreed = within >= rule.share and spread <= rule.max_average_deviation
        found |= {"iqr": float(high - low), "rwg": rwg_star(values), "is_agreed": "yes" if agreed else "no"}
    return found


def _furthest_apart(roles: tuple[RoleLevel, ...]) -> tuple[str, str]:
    if len(roles) < 2:
        return "", ""
    lowest = min(roles, key=lambda one: (one.value, one.role))
    highest = max(roles, key=lambda one: (one.value, one.role))
    if lowest.value == highest.value:
        return "", ""
    return f"{lowest.role}: {lowest.value:g}", f"{highest.role}: {highest.value:g}"
