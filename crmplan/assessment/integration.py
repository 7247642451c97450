"""The integration map: the systems a CRM must be linked to, which are linked, and in what order to link the others."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import pandas as pd

__all__ = ["INTEGRATION_COLUMNS", "KINDS", "IntegrationMap", "integration_map"]

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "accounting": "Accounting and sales orders",
        "e_commerce": "E-commerce",
        "service": "Service management",
        "delivery": "Delivery support",
        "sales_marketing": "Sales and marketing",
    }
)
"""The kinds of system that every CRM must be linked to, as the inventory names them and as they are printed."""

INTEGRATION_COLUMNS = (
    "system", "name", "serves", "kind", "owner", "technology", "remaining_life_years", "link", "link_effort_days",
    "urgency", "step", "place",
)  # fmt: skip
_LINKS = ("none", "file", "interface")
_URGENCIES = ("high", "medium", "low")
_SHORT_LIFE_YEARS = 2.0


@dataclass(frozen=True, slots=True)
class IntegrationMap:
    """The inventory of systems with what to do about each.

    Parameters
    ----------
    systems
        One row per system in the order in which to link: ``system`` (id), ``name``, ``serves``, ``kind`` (as printed),
        ``owner``, ``technology``, ``remaining_life_years``, ``link`` (none, file, interface, or empty), ``urgency``
        (low, medium, high, or empty), ``link_effort_days``, ``step`` (linked, link now, link next, link later, replace
        first, ask) and ``place`` (1 for the first to link; missing for what is not to be linked).
    kinds_missing
        Kinds of system of which the inventory names none.
    effort_days
        Person-days to link what is not linked and stays; missing when no effort is known.
    unavailable
        Why there is no map; empty when there is one.
    """

    systems: pd.DataFrame
    kinds_missing: tuple[str, ...] = ()
    effort_days: float = math.nan
    unavailable: str = ""


def integration_map(systems: pd.DataFrame | None) -> IntegrationMap:
    """Return the integration map of an inventory of systems.

    What is not linked by an interface is linked by urgency and then by effort, the least first; a system that goes
    within two years is replaced first, as its link would be built twice.

    Parameters
    ----------
    systems
        The canonical table ``systems``; None when the client sent none. Columns may be missing.
    """
    if systems is None or systems.empty or "system_id" not in systems:
        return IntegrationMap(pd.DataFrame(columns=list(INTEGRATION_COLUMNS)), unavailable="needs systems")
    rows = [_row(row) for row in systems.drop_duplicates("system_id").to_dict("records")]
    frame = pd.DataFrame(rows, columns=list(INTEGRATION_COLUMNS)).sort_values(
        "system", key=lambda ids: ids.map({row["system"]: _order(row) for row in rows}), kind="stable"
    )
    is_due = frame["step"].isin(["link now", "link next", "link later"]).to_numpy()
    frame["place"] = pd.Series(is_due.cumsum(), index=frame.index).where(is_due).astype("float64")
    efforts = frame.loc[is_due, "link_effort_days"].dropna()
    return IntegrationMap(
        frame.reset_index(drop=True),
        tuple(kind for kind in KINDS if kind not in set(frame["serves"])),
        float(efforts.sum()) if len(efforts) else math.nan,
    )


def _row(row: Mapping[Any, Any]) -> dict[str, Any]:
    text = {name: _text(row.get(name)) for name in ("system_id", "name", "serves", "owner", "technology")}
    link, urgency = _one_of(row.get("link"), _LINKS), _one_of(row.get("urgency"), _URGENCIES)
    life, effort = _number(row.get("remaining_life_years")), _number(row.get("link_effort_days"))
    serves = text["serves"].lower()
    return {
        "system": text["system_id"], "name": text["name"] or text["system_id"], "serves": serves,
        "kind": KINDS.get(serves, text["serves"]), "owner": text["owner"], "technology": text["technology"],
        "remaining_life_years": life, "link": link, "link_effort_days": effort, "urgency": urgency,
        "step": _step(link, urgency, life), "place": math.nan,
    }  # fmt: skip


def _step(link: str, urgency: str, life: float) -> str:
    if link == "interface":
        return "linked"
    if life < _SHORT_LIFE_YEARS:
        return "replace first"
    steps = {"high": "link now", "medium": "link next", "low": "link later"}
    return steps[urgency] if urgency and link else "ask"


def _order(row: Mapping[str, Any]) -> tuple[int, float, str]:
    steps = ("link now", "link next", "link later", "replace first", "ask", "linked")
    effort = row["link_effort_days"]
    return (steps.index(row["step"]), math.inf if math.isnan(effort) else effort, str(row["system"]))


def _text(value: Any) -> str:
    return "" if value is None or pd.isna(value) else str(value).strip()


def _one_of(value: Any, known: tuple[str, ...]) -> str:
    word = _text(value).lower()
    return word if word in known else ""


def _number(value: Any) -> float:
    found = pd.to_numeric(pd.Series([value]), errors="coerce").iloc[0]
    return math.nan if pd.isna(found) or found < 0 else float(found)
