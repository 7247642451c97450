"""Gaps that are counted rather than rated: musts not there, systems not linked, decisions that nobody may make."""

from __future__ import annotations

from typing import Any

import pandas as pd

from crmplan.assessment.capabilities import Capabilities

__all__ = ["CAPABILITY_GAP_COLUMNS", "capability_gaps"]

CAPABILITY_GAP_COLUMNS = ("title", "basis", "n_short", "n_of", "weight", "initiatives")
"""Columns of the frame of counted gaps; see :func:`capability_gaps`."""

_WEIGHT = 2.0
_MUST_WEIGHT = 3.0
_LEADS = {"clear": "leads clearly", "likely": "is likely to lead", "none": "leads, though not clearly"}


def capability_gaps(found: Capabilities) -> pd.DataFrame:
    """Return what is short in capabilities, systems and decision rights, one gap each where there is one.

    Parameters
    ----------
    found
        As from :func:`crmplan.assessment.capabilities.capabilities_of`.

    Returns
    -------
    pandas.DataFrame
        Up to three rows: ``title`` (a sentence with its figures), ``basis`` (capabilities, systems, rights),
        ``n_short`` of ``n_of`` (capabilities that must be there and fall short; systems not linked, of those of which
        it is known; decisions with a gap), ``weight`` (3 for musts, else 2) and ``initiatives`` (ids parted by ", ").
    """
    gaps = [one for one in (_of_a_crm(found), _of_links(found), _of_rights(found)) if one is not None]
    frame = pd.DataFrame(gaps, columns=list(CAPABILITY_GAP_COLUMNS))
    return frame.astype({"n_short": "int64", "n_of": "int64", "weight": "float64"})


def _of_a_crm(found: Capabilities) -> dict[str, Any] | None:
    musts = found.fit_gap[(found.fit_gap["need"] == "must") & found.fit_gap["level"].notna()]
    n_short = int((musts["gap"] > 0).sum())
    if not n_short:
        return None
    title = f"{_falling_short(n_short, len(musts))}{_with_vendors(found)}"
    return _gap(title, "capabilities", (n_short, len(musts)), _MUST_WEIGHT, "INI-CRM-CHOICE")


def _falling_short(n_short: int, n_of: int) -> str:
    if n_of == 1:
        return "The one capability that must be there falls short"
    which = f"All {n_short}" if n_short == n_of else f"{n_short} of {n_of}"
    return f"{which} capabilities that must be there {'falls' if n_short == 1 else 'fall'} short"


def _with_vendors(found: Capabilities) -> str:
    if found.choice is None or found.choice.unavailable:
        return ""
    first = found.choice.ranking.iloc[0]
    # Of all musts, not only of those that fall short: what is there today must be there in the new system too.
    n_missed, n_musts = int(first["n_missed"]), int(first["n_musts"])
    missed = f", yet cannot serve {n_missed} of the {n_musts} musts" if n_missed else ", and serves every must"
    return f" ({first['name']} {_LEADS[found.choice.lead]}{missed})"


def _of_links(found: Capabilities) -> dict[str, Any] | None:
    systems = found.integration.systems
    known = systems[systems["link"] != ""]
    apart = known[known["link"] != "interface"]
    if found.integration.unavailable or apart.empty:
        return None
    n_urgent = int((apart["step"] == "link now").sum())
    going = [str(name) for name in apart.loc[apart["step"] == "replace first", "name"]]
    urgent = f", {n_urgent} of them urgent" if n_urgent else ""
    ending = f" (to be replaced first: {', '.join(going)})" if going else ""
    n_unknown = len(systems) - len(known)
    unknown = f"; of {n_unknown} more it is not known" if n_unknown else ""
    verb = "is" if len(apart) == 1 else "are"
    title = f"{len(apart)} of {len(known)} systems {verb} not linked by an interface{urgent}{ending}{unknown}"
    named = "INI-LINKS, INI-IT-STRATEGY" if going else "INI-LINKS"
    return _gap(title, "systems", (len(apart), len(known)), _WEIGHT, named)


def _of_rights(found: Capabilities) -> dict[str, Any] | None:
    rights = found.rights
    if rights.unavailable or rights.gaps.empty:
        return None
    n_short = int(rights.gaps["decision"].nunique())
    n_of = len(set(rights.matrix["decision"]) | set(rights.gaps["decision"]))
    n_open = int(rights.gaps.loc[rights.gaps["gap"].isin(["open", "nobody"]), "decision"].nunique())
    unmade = f"; for {n_open} of them nobody is named who may decide" if n_open else ""
    verb = "has" if n_short == 1 else "have"
    title = f"{n_short} of {n_of} decisions that customers wait for {verb} a gap{unmade}"
    return _gap(title, "rights", (n_short, n_of), _WEIGHT, "INI-DECISION-RIGHTS")


def _gap(title: str, basis: str, counted: tuple[int, int], weight: float, initiatives: str) -> dict[str, Any]:
    n_short, n_of = counted
    return {
        "title": title, "basis": basis, "n_short": n_short, "n_of": n_of, "weight": weight, "initiatives": initiatives,
    }  # fmt: skip
