"""Commands on a client's raw data: propose a mapping, copy tables out of databases."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from crmplan.errors import UnknownNameError
from crmplan.terminal import AsJson, Client, print_json, told

if TYPE_CHECKING:
    from crmplan.intake.mapping import Proposed

__all__ = ["fetch", "map_exports"]


@told
def fetch(
    client: Client,
    *,
    source: Annotated[str, typer.Option(metavar="NAME", help="Only this source.")] = "",
    again: Annotated[bool, typer.Option("--again", help="Replace what was copied before.")] = False,
    as_json: AsJson = False,
) -> int:
    """Copy tables from the databases of the sources into data/; passwords come from the environment."""
    from dataclasses import asdict

    from crmplan.engagement import Engagement, find_client
    from crmplan.intake.fetching import fetch_tables

    engagement = Engagement.open(find_client(client))
    if source and source not in {one.name for one in engagement.sources}:
        raise UnknownNameError.among("source", source, [one.name for one in engagement.sources])
    done = fetch_tables(engagement, only=source, again=again)
    if as_json:
        print_json([asdict(one) for one in done])
        return 0
    for one in done:
        said = "is there already; --again replaces it" if one.n_rows is None else f"{one.n_rows:,} rows"
        typer.echo(f"{one.file}: {said} ({one.relation} of {one.source})")
    if not done:
        typer.echo(f"{client}: no table in the mapping names a relation of a database")
    return 0


@told
def map_exports(
    client: Client,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Exports inside the client's folder.")],
    *,
    source: Annotated[str, typer.Option(metavar="NAME", help="Source to put them under.")] = "",
    table: Annotated[str, typer.Option(metavar="TABLE", help="The canonical table that they are.")] = "",
    dates: Annotated[
        Literal["day-first", "month-first"] | None, typer.Option(help="Which comes first in dates that do not tell.")
    ] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Write the proposal into engagement.yaml.")] = False,
    as_json: AsJson = False,
) -> int:
    """Propose how the columns of exports map to canonical tables, with reasons."""
    from dataclasses import asdict

    from crmplan.engagement import find_client
    from crmplan.intake.entries import Answers
    from crmplan.intake.mapping import propose_mapping, put_in
    from crmplan.schema import TABLES

    if table and table not in TABLES:
        raise UnknownNameError.among("table", table, TABLES)
    folder = find_client(client)
    answers = Answers("day" if dates == "day-first" else "month" if dates else None)
    proposed = propose_mapping(folder, files, table=table, answers=answers)
    written = put_in(folder, proposed.tables, source=source) if apply and proposed.tables else ""
    if as_json:
        tables = [asdict(one) for one in proposed.tables]
        print_json({"tables": tables, "unknown": proposed.unknown, "source": written})
    else:
        typer.echo(_as_read(proposed, written, client))
    return 1 if proposed.unknown or any(one.missing for one in proposed.tables) else 0


def _as_read(proposed: Proposed, written: str, client: str) -> str:
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
