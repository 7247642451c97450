"""The opening of chapter 08: what is missing, what to link first, who wins among vendors, where customers wait."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from crmplan.reporting.wording import plural, share

if TYPE_CHECKING:
    from crmplan.assessment.capabilities import Capabilities

__all__ = ["sentences"]

_MOST_NAMED = 3


def sentences(found: Capabilities) -> tuple[str, ...]:
    """Return the sentences for which there are facts, the weightiest first.

    Parameters
    ----------
    found
        As from :func:`crmplan.assessment.capabilities.capabilities_of`.
    """
    said = (_musts(found), _vendors(found), _links(found), _rights(found))
    return tuple(sentence for sentence in said if sentence)


def _musts(found: Capabilities) -> str:
    musts = found.fit_gap[(found.fit_gap["need"] == "must") & found.fit_gap["level"].notna()]
    if musts.empty:
        return ""
    short = musts[musts["gap"] > 0]
    if short.empty and len(musts) == 1:
        return "The one capability that must be there is there."
    if short.empty:
        return f"All {len(musts)} capabilities that must be there are there."
    named = _listed([str(title) for title in short["title"]])
    if len(musts) == 1:
        return f"The one capability that must be there falls short: {named}."
    if len(short) == len(musts):
        return f"All {len(musts)} capabilities that must be there fall short: {named}."
    verb = "falls" if len(short) == 1 else "fall"
    return f"Of {len(musts)} capabilities that must be there, {len(short)} {verb} short: {named}."


def _vendors(found: Capabilities) -> str:
    if found.choice is None or found.choice.unavailable:
        return ""
    first = found.choice.ranking.iloc[0]
    chance = float(first["first_share"])
    sure = {"clear": "a clear lead", "likely": "a likely lead", "none": "no clear lead"}[found.choice.lead]
    missed = f"; yet it cannot serve {first['musts_missed']}" if first["musts_missed"] else ""
    return (
        f"{first['name']} comes first with {100 * first['score']:.0f} of 100 points, and in {share(chance, 0)} of the "
        f"weightings near the agreed ones: {sure}{missed}."
    )


def _links(found: Capabilities) -> str:
    integration = found.integration
    if integration.unavailable:
        return ""
    systems = integration.systems
    linked = int((systems["link"] == "interface").sum())
    due = systems[systems["place"].notna()]
    verb = "is" if linked == 1 or len(systems) == 1 else "are"
    opening = f"{linked} of {plural(len(systems), 'system')} {verb} linked by an interface"
    effort = (
        "" if math.isnan(integration.effort_days) else f", which takes {integration.effort_days:g} person-days in all"
    )
    replaced = [str(name) for name in systems.loc[systems["step"] == "replace first", "name"]]
    going = f"; {_listed(replaced)} {'is' if len(replaced) == 1 else 'are'} to be replaced first" if replaced else ""
    if due.empty:
        return f"{opening}{going}."
    return f"{opening}. To link next: {_listed([str(name) for name in due['name']])}{effort}{going}."


def _rights(found: Capabilities) -> str:
    rights = found.rights
    if rights.unavailable:
        return ""
    n = len(set(rights.matrix["decision"]) | set(rights.gaps["decision"]))
    if rights.gaps.empty:
        return f"Who may decide is settled for all {n} decisions that customers wait for, without a gap."
    kinds = rights.gaps["gap"].value_counts()
    worded = {
        "open": "{} not settled", "nobody": "{} that nobody may make", "no end": "{} without anybody above the limit",
        "not in front": "{} closed to those who meet customers", "upside down": "{} where a superior may do less",
    }  # fmt: skip
    parts = [text.format(int(kinds[kind])) for kind, text in worded.items() if kind in kinds]
    n_short = rights.gaps["decision"].nunique()
    verb = "has" if n_short == 1 else "have"
    return f"Of {n} decisions that customers wait for, {n_short} {verb} a gap: {', '.join(parts)}."


def _listed(names: list[str]) -> str:
    shown = names[:_MOST_NAMED]
    more = len(names) - len(shown)
    if more:
        return f"{', '.join(shown)} and {more} more"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
