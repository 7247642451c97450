"""How many edits the mapping needs that ``crmplan map`` proposes for public exports.

``python benchmarks/mapping.py DATA [--json] [--size small|full] [--show]``

DATA is a folder with the public sets (docs/benchmarks.md names them). For every export of ``mapping_truth.yaml`` the
proposal is compared with what a consultant would map; an edit is a canonical column that is proposed wrongly, is
missing, or is there too much, and a whole table that is wrong counts all its columns. ``small`` leaves out the sets of
vendors whose column names our vocabularies list, because they were known beforehand.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

from crmplan import _yaml
from crmplan.intake.proposal import TableProposal, propose
from crmplan.intake.sampling import read_sample
from crmplan.sources import Reading

VENDORS = {"salesforce", "hubspot", "zendesk", "stripe", "shopify"}


def origin(mapping: dict[str, object]) -> str:
    if "joined" in mapping:
        return "+".join(mapping["joined"])
    if "product_of" in mapping:
        return "*".join(mapping["product_of"])
    return str(mapping.get("column", ""))


def edits(wanted: dict[str, dict[str, str]], found: tuple[TableProposal, ...]) -> list[str]:
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


def figures(data: Path, *, size: str, is_shown: bool) -> list[dict[str, object]]:
    truth = _yaml.read(Path(__file__).with_name("mapping_truth.yaml")).data
    sets: dict[str, list[int]] = {}
    for export in truth:
        if size == "small" and export["set"] in VENDORS:
            continue
        sheet = export.get("sheet", "")
        began = time.perf_counter()
        raw = read_sample(data / export["file"], folder=data, reading=Reading(sheet=sheet or None))
        found = propose(raw, sheet=sheet)
        seconds = time.perf_counter() - began
        needed = edits(export["tables"], found)
        n_columns = sum(len(columns) for columns in export["tables"].values())
        counts = sets.setdefault(export["set"], [0, 0, 0, 0])
        counts[0] += 1
        counts[1] += n_columns
        counts[2] += len(needed)
        counts[3] = max(counts[3], len(needed))
        if is_shown:
            print(f"{export['file']} {sheet}: {len(needed)} edits, {seconds:.1f} s")
            print("".join(f"    {line}\n" for line in needed), end="")
    return [
        {
            "name": f"edits needed, {name}", "value": n_edits, "unit": "edits",
            "against": f"{n_columns} columns to map",
            "ratio": round(n_edits / max(n_columns, 1), 3), "n_exports": n_exports, "most_in_one_export": most,
        }
        for name, (n_exports, n_columns, n_edits, most) in sets.items()
    ]  # fmt: skip


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
