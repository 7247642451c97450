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
        ``n_short`` of ``n_of`` (capabilities that must be there and fall short; systems to be linked; decisions with a
        gap), ``weight`` (3 for musts, else 2) and ``initiatives`` (ids parted by ", ").
    """
    gaps = [one for one in (_of_a_crm(found), _of_links(found), _of_rights(found)) if one is not None]
    frame = pd.DataFrame(gaps, columns=list(CAPABILITY_GAP_COLUMNS))
    return frame.astype({"n_short": "int64", "n_of": "int64", "weight": "float64"})


def _of_a_crm(found: Capabilities) -> dict[str, Any] | None:
    musts = found.fit_gap[(found.fit_gap["need"] == "must") & found.fit_gap["level"].notna()]
    n_short = int((musts["gap"] > 0).sum())
    if not n_short:
        return None
    which = f"All {n_short}" if n_short == len(musts) > 1 else f"{n_short} of {len(musts)}"
    title = f"{which} capabilities that must be there fall short{_with_vendors(found)}"
    return _gap(title, "capabilities", (n_short, len(musts)), _MUST_WEIGHT, "INI-CRM-CHOICE")


def _with_vendors(found: Capabilities) -> str:
    if found.choice is None or found.choice.unavailable:
        return ""
    first = found.choice.ranking.iloc[0]
    n_missed = len(first["musts_missed"].split("; ")) if first["musts_missed"] else 0
    missed = f", and cannot serve {n_missed} of them" if n_missed else ", and serves all of them"
    return f" ({first['name']} {_LEADS[found.choice.lead]}{missed})"


def _of_links(found: Capabilities) -> dict[str, Any] | None:
    systems = found.integration.systems
    apart = systems[systems["link"] != "interface"]
    if found.integration.unavailable or apart.empty:
        return None
    n_urgent = int((apart["step"] == "link now").sum())
    going = [str(name) for name in systems.loc[systems["step"] == "replace first", "name"]]
    urgent = f", {n_urgent} of them urgent" if n_urgent else ""
    ending = f" (to be replaced first: {', '.join(going)})" if going else ""
    title = f"{len(apart)} of {len(systems)} systems are not linked by an interface{urgent}{ending}"
    named = "INI-LINKS, INI-IT-STRATEGY" if going else "INI-LINKS"
    return _gap(title, "systems", (len(apart), len(systems)), _WEIGHT, named)


def _of_rights(found: Capabilities) -> dict[str, Any] | None:
    rights = found.rights
    if rights.unavailable or rights.gaps.empty:
        return None
    n_short = int(rights.gaps["decision"].nunique())
    n_of = len(set(rights.matrix["decision"]) | set(rights.gaps["decision"]))
    n_open = int(rights.gaps.loc[rights.gaps["gap"].isin(["open", "nobody"]), "decision"].nunique())
    unmade = f", {n_open} of them may be made by nobody or are not settled" if n_open else ""
    title = f"{n_short} of {n_of} decisions that customers wait for have a gap{unmade}"
    return _gap(title, "rights", (n_short, n_of), _WEIGHT, "INI-DECISION-RIGHTS")


def _gap(title: str, basis: str, counted: tuple[int, int], weight: float, initiatives: str) -> dict[str, Any]:
    n_short, n_of = counted
    return {
        "title": title, "basis": basis, "n_short": n_short, "n_of": n_of, "weight": weight, "initiatives": initiatives,
    }  # fmt: skip
