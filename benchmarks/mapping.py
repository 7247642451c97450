"""How many edits the mapping needs that ``crmplan map`` proposes for public exports.

``python benchmarks/mapping.py DATA [--json] [--size small|full] [--show]``

DATA is a folder with the public sets (docs/benchmarks.md names them). The exports of a set are given to one
``crmplan map``, as a consultant would, and the proposal is compared with ``mapping_truth.yaml``; an edit is a canonical
column that is proposed wrongly, is missing, or is there too much, and a whole table that is wrong counts as one.
``small`` leaves out the sets of vendors whose column names our vocabularies list, because they were known beforehand.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from datetime import date
from pathlib import Path

from crmplan import _yaml
from crmplan.client_folder import create_client
from crmplan.intake.mapping import propose_mapping
from crmplan.intake.proposal import TableProposal

VENDORS = {"salesforce", "hubspot", "zendesk", "stripe", "shopify"}


def origin(mapping: dict[str, object]) -> str:
    if "joined" in mapping:
        return "+".join(mapping["joined"])
    if "product_of" in mapping:
        return "*".join(mapping["product_of"])
    return str(mapping.get("column", ""))


def edits(wanted: dict[str, dict[str, str]], found: list[TableProposal]) -> list[str]:
    """Return the edits that turn a proposal into what is wanted; constants that a vendor's export implies are none."""
    got = {
        one.table: {column.name: origin(column.mapping) for column in one.columns if origin(column.mapping)}
        for one in found
    }
    told = [f"{table}: not this table" for table in got if table not in wanted]
    for table, columns in wanted.items():
        have = got.get(table, {})
        told += [
            f"{table}.{name}: {have.get(name, 'nothing')} instead of {raw}"
            for name, raw in columns.items()
            if have.get(name) != raw
        ]
        told += [f"{table}.{name}: {raw} too much" for name, raw in have.items() if name not in columns]
    return told


def proposed(data: Path, files: list[str]) -> tuple[tuple[TableProposal, ...], float]:
    """Return what is proposed for the exports of a set, given together, and the seconds that takes."""
    with tempfile.TemporaryDirectory() as place:
        folder = create_client(Path(place) / "client", as_of=date(2024, 12, 31))
        (folder / "data" / "orders.csv").unlink(missing_ok=True)
        paths = [Path(shutil.copy(data / file, folder / "data")) for file in files]
        began = time.perf_counter()
        return propose_mapping(folder, paths).tables, time.perf_counter() - began


def figures(data: Path, *, size: str, is_shown: bool) -> list[dict[str, object]]:
    sets: dict[str, list[dict[str, object]]] = {}
    for export in _yaml.read(Path(__file__).with_name("mapping_truth.yaml")).data:
        if size == "full" or export["set"] not in VENDORS:
            sets.setdefault(export["set"], []).append(export)
    told = []
    for name, exports in sets.items():
        tables, seconds = proposed(data, list(dict.fromkeys(str(one["file"]) for one in exports)))
        needed = []
        for export in exports:
            where = (f"data/{Path(str(export['file'])).name}", export.get("sheet", ""))
            found = [one for one in tables if (one.file, one.reading.get("sheet", "")) == where]
            needed.append(edits(export["tables"], found))
            if is_shown:
                print(f"{export['file']} {export.get('sheet', '')}: {len(needed[-1])} edits")
                print("".join(f"    {line}\n" for line in needed[-1]), end="")
        n_columns = sum(len(columns) for export in exports for columns in export["tables"].values())
        n_edits = sum(map(len, needed))
        told.append(
            {
                "name": f"edits needed, {name}", "value": n_edits, "unit": "edits",
                "against": f"{n_columns} columns to map", "ratio": round(n_edits / max(n_columns, 1), 3),
                "n_exports": len(exports), "most_in_one_export": max(map(len, needed)), "seconds": round(seconds, 1),
            }
        )  # fmt: skip
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--size", choices=("small", "full"), default="full")
    parser.add_argument("--show", action="store_true", help="print every edit")
    given = parser.parse_args()
    found = figures(given.data, size=given.size, is_shown=given.show)
    if given.json:
        print(json.dumps(found, indent=2))
        return
    for one in found:
        print(
            f"{one['name']}: {one['value']} for {one['against']} in {one['n_exports']} exports, "
            f"at most {one['most_in_one_export']} in one"
        )


if __name__ == "__main__":
    main()
