"""What a group of people says to one question: the value they share, how far apart they are, and who stands where."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from crmplan.assessment.rounds import SMALLEST_GROUP

__all__ = ["Said", "said_to"]

_NONE_SAID = math.nan


@dataclass(frozen=True, slots=True)
class Said:
    """The answers to one question, taken together.

    ``value`` is the median, ``spread`` the mean distance from it, both in levels; missing when nobody gave a level.
    ``lowest_role`` and ``highest_role`` are empty unless two roles of three people or more differ.
    """

    value: float = _NONE_SAID
    n: int = 0
    n_na: int = 0
    n_dk: int = 0
    spread: float = _NONE_SAID
    lowest: float = _NONE_SAID
    highest: float = _NONE_SAID
    lowest_role: str = ""
    highest_role: str = ""
    stated: float = _NONE_SAID
    n_stated: int = 0
    n_with_evidence: int = 0

    @property
    def is_applicable(self) -> bool:
        """Whether the question applies: not everybody who took a stand said that it does not."""
        return not (self.n_na > 0 and self.n == 0)


def said_to(answers: pd.DataFrame, roles: Mapping[str, str]) -> Said:
    """Return what the answers to one question amount to.

    "Does not apply" and "do not know" are counted and left out of the value; a range enters with its middle.

    Parameters
    ----------
    answers
        One row per respondent: ``respondent``, ``kind``, ``value``, ``stated``, ``evidence``.
    roles
        Role by respondent.
    """
    levels = answers[answers["value"].notna()]
    stated = answers["stated"].dropna()
    counts = {
        "n_na": int((answers["kind"] == "na").sum()),
        "n_dk": int((answers["kind"] == "dk").sum()),
        "stated": float(stated.median()) if len(stated) else _NONE_SAID,
        "n_stated": len(stated),
        "n_with_evidence": int((levels["evidence"] != "").sum()),
    }
    if levels.empty:
        return Said(**counts)  # type: ignore[arg-type]
    value = float(levels["value"].median())
    low_role, high_role = _roles_apart(levels, roles)
    return Said(
        value=value,
        n=len(levels),
        spread=float((levels["value"] - value).abs().mean()),
        lowest=float(levels["value"].min()),
        highest=float(levels["value"].max()),
        lowest_role=low_role,
        highest_role=high_role,
        **counts,  # type: ignore[arg-type]
    )


def _roles_apart(levels: pd.DataFrame, roles: Mapping[str, str]) -> tuple[str, str]:
    role = levels["respondent"].map(lambda id: roles.get(id, ""))
    grouped = levels[role != ""].groupby(role[role != ""], sort=True)["value"].agg(["median", "size"])
    shown: Sequence[tuple[str, float]] = [
        (str(name), float(row["median"])) for name, row in grouped.iterrows() if row["size"] >= SMALLEST_GROUP
    ]
    if len(shown) < 2:
        return "", ""
    lowest = min(shown, key=lambda one: (one[1], one[0]))
    highest = max(shown, key=lambda one: (one[1], one[0]))
    if lowest[1] == highest[1]:
        return "", ""
    return f"{lowest[0]}: {lowest[1]:g}", f"{highest[0]}: {highest[1]:g}"
