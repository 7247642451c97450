"""IT integration: how many of the systems that hold customers are linked, and how long they will stay.

The inventory of systems is counted whole, not sampled, so these shares carry no interval.
"""

from __future__ import annotations

from dataclasses import replace

from crmplan.metrics.estimates import nothing, share
from crmplan.metrics.registry import Estimate, Period, metric
from crmplan.metrics.windows import Expression, named, rows, text
from crmplan.tables import Tables

__all__: list[str] = []

_LASTING_YEARS = 3


def _share_of_inventory(systems: Expression, yes: Expression) -> Estimate:
    group = named(systems.serves) if "serves" in systems.columns else None
    found = share(systems, yes, group=group)
    return replace(found, low=None, high=None) if found.n else nothing("the inventory lists no system")


@metric(
    id="linked_systems_share",
    label="Systems linked by an interface",
    definition="Of the systems in the inventory, the share that is linked to the others by an interface; one that "
    "hands over files, or nothing, does not count. Broken down by what the systems serve.",
    department="information",
    unit="share",
    needs={"systems": ("system_id", "link")},
    counts="systems",
    window_days=None,
    min_rows=2,
    covers=("IT.5", "IT.6", "IT.7", "IT.8", "IT.9", "CO.5"),
    cannot_prove="The inventory says that there is an interface, not what runs through it, how often it fails and "
    "whether anybody uses it.",
)
def _linked_systems_share(tables: Tables, period: Period) -> Estimate:
    systems = rows(tables, "systems", "system_id", "link", "serves")
    systems = systems.filter(systems.system_id.notnull())
    return _share_of_inventory(systems, text(systems.link) == "interface")


@metric(
    id="lasting_systems_share",
    label="Systems that stay for three years",
    definition="Of the systems in the inventory, the share that will stay in use for three more years at least; a "
    "system whose end nobody knows does not count. Broken down by what the systems serve.",
    department="information",
    unit="share",
    needs={"systems": ("system_id", "remaining_life_years")},
    counts="systems",
    window_days=None,
    min_rows=2,
    covers=("IT.10",),
    cannot_prove="Remaining life is what those who look after a system expect; suppliers and budgets decide otherwise.",
)
def _lasting_systems_share(tables: Tables, period: Period) -> Estimate:
    systems = rows(tables, "systems", "system_id", "remaining_life_years", "serves")
    systems = systems.filter(systems.system_id.notnull())
    return _share_of_inventory(systems, systems.remaining_life_years >= _LASTING_YEARS)
