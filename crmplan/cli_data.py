"""Commands on a client's raw data: propose a mapping."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from crmplan.intake.mapping import Proposed

__all__ = ["map_exports", "proposed_as_json", "told"]

Exports = Annotated[list[Path], typer.Argument(metavar="FILE...", help="Exports inside the client's folder.")]
SourceName = Annotated[str, typer.Option("--source", metavar="NAME", help="Source to put them under.")]
TableName = Annotated[str, typer.Option("--table", metavar="TABLE", help="The canonical table that they are.")]
Dates = Annotated[
    Literal["day-first", "month-first"] | None,
    typer.Option("--dates", help="Which comes first in dates that do not tell."),
]
Apply = Annotated[bool, typer.Option("--apply", help="Write the proposal into engagement.yaml.")]


def map_exports(
    client: str, files: list[Path], *, source: str, table: str, dates: str | None, is_applied: bool
) -> tuple[Proposed, str]:
    """Return the proposal for exports, and the source under which it was written; empty when it was not."""
    from crmplan.engagement import find_client
    from crmplan.errors import UnknownNameError
    from crmplan.intake.entries import Answers
    from crmplan.intake.mapping import propose_mapping, put_in
    from crmplan.schema import TABLES

    if table and table not in TABLES:
        raise UnknownNameError.among("table", table, TABLES)
    folder = find_client(client)
    answers = Answers("day" if dates == "day-first" else "month" if dates else None)
    proposed = propose_mapping(folder, files, table=table, answers=answers)
    written = put_in(folder, proposed.tables, source=source) if is_applied and proposed.tables else ""
    return proposed, written


def proposed_as_json(proposed: Proposed, written: str) -> dict[str, Any]:
    """Return a proposal as JSON has it."""
    from dataclasses import asdict

    return {"tables": [asdict(one) for one in proposed.tables], "unknown": proposed.unknown, "source": written}


def told(proposed: Proposed, written: str, client: str) -> str:
    """Return a proposal as a person reads it: the lines for engagement.yaml, each with its reason."""
    from crmplan.intake.mapping_text import lines_of

    parts = []
    for one in proposed.tables:
        reasons = {column.name: f"{column.confidence:.0%} {column.reason}" for column in one.columns}
        lines = lines_of(one)
        width = max((len(line) for line in lines if line.startswith("    ")), default=0)
        width = min(width, 72)
        shown = []
        for line in lines:
            name = line.strip().partition(":")[0]
            is_column = line.startswith("    ") and not line.startswith("     ") and name in reasons
            shown.append(f"{line.partition('  # check:')[0]:{width}}  # {reasons[name]}" if is_column else line)
        parts.append("\n".join(shown))
    parts += [
        f"{name}: no canonical table can be made of it; say --table if you know better" for name in proposed.unknown
    ]
    incomplete = [f"{one.file} as {one.table}" for one in proposed.tables if one.missing]
    if written and incomplete:
        parts.append(f"Not written, because columns are missing: {', '.join(incomplete)}")
    if written:
        parts.append(f"engagement.yaml: written under source {written}; next: crmplan check {client}")
    elif proposed.tables:
        parts.append("Nothing is written yet: add --apply to put this into engagement.yaml.")
    return "\n\n".join(parts)
