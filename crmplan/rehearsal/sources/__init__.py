"""The five systems of the rehearsal firm: what each exports, and how its columns map to the canonical tables."""

from __future__ import annotations

from crmplan.rehearsal.drawing import Rehearsal
from crmplan.rehearsal.sources import accounting, call_center, sales, service_desk, web_shop
from crmplan.rehearsal.sources.raw import CustomerNumbers, RawExport

__all__ = ["RawExport", "mappings", "raw_exports"]

_SYSTEMS = (web_shop, accounting, service_desk, call_center, sales)


def raw_exports(rehearsal: Rehearsal) -> tuple[RawExport, ...]:
    """Return every file that the client sends, with the flaws that such files have."""
    numbers = CustomerNumbers(rehearsal)
    return tuple(export for system in _SYSTEMS for export in system.exports(rehearsal, numbers))


def mappings() -> str:
    """Return the ``sources`` of engagement.yaml that map these files."""
    return "sources:\n" + "\n".join(system.MAPPING.strip("\n") for system in _SYSTEMS) + "\n"
