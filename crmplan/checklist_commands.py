"""Commands for those who edit checklists in Excel: out as a workbook, and back into the YAML files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crmplan.terminal import AsJson, print_json, print_table, shortened, told

if TYPE_CHECKING:
    from crmplan.assessment.checklist_workbook.taking_in import ChecklistPreview

__all__ = ["checklist"]

checklist = typer.Typer(
    help="Edit the questions in Excel: all of them out as a workbook, and back into their YAML files.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_MOST_SHOWN = 60
Folder = Annotated[
    Path | None, typer.Option("--folder", metavar="DIR", help="Folder of checklists; those that crmplan carries.")
]


@checklist.command()
@told
def export(
    areas: Annotated[list[str] | None, typer.Argument(metavar="[AREA...]", help="Only these; all when none.")] = None,
    folder: Folder = None,
    out: Annotated[Path, typer.Option(metavar="FILE", help="The workbook to write.")] = Path("checklists.xlsx"),
) -> int:
    """Write a workbook in which every field of every question can be edited."""
    from crmplan.assessment import load_checklists
    from crmplan.assessment.checklist_workbook.writing import workbook_of_checklists
    from crmplan.durable import write_durably
    from crmplan.errors import UnknownNameError

    loaded = {one.checklist: one for one in load_checklists(folder)}
    unknown = next((area for area in areas or () if area not in loaded), None)
    if unknown is not None:
        raise UnknownNameError.among("checklist", unknown, loaded)
    wanted = [one for area, one in loaded.items() if not areas or area in areas]
    out.parent.mkdir(parents=True, exist_ok=True)
    write_durably(out, workbook_of_checklists(wanted))
    typer.echo(f"{out}: {sum(len(one.questions) for one in wanted)} questions of {len(wanted)} checklists")
    return 0


@checklist.command("import")
@told
def take(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The workbook as edited.")],
    *,
    folder: Folder = None,
    apply: Annotated[
        bool, typer.Option("--apply", help="Write the YAML files; without it the changes are only shown.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Show what an edited workbook would change, or every cell that is wrong; write the YAML files with --apply."""
    from dataclasses import asdict

    from crmplan import carried
    from crmplan.assessment.checklist_workbook.taking_in import preview_of, put_in

    found = preview_of(file, folder or carried.templates() / "checklists")
    n_written = put_in(found) if apply else 0
    if as_json:
        edits = [asdict(one) for one in found.edits]
        print_json({"edits": edits, "remarks": found.remarks, "n_files_written": n_written})
    else:
        _tell(found, n_written, is_applied=apply)
    return 0


def _tell(found: ChecklistPreview, n_written: int, *, is_applied: bool) -> None:
    shown = found.edits[:_MOST_SHOWN]
    if shown:
        rows = [
            (one.where.rpartition(", ")[2], one.question, one.field, shortened(one.before), shortened(one.after))
            for one in shown
        ]
        print_table(("Cell", "Question", "Field", "Now", "In the workbook"), rows)
    if len(found.edits) > len(shown):
        typer.echo(f"… and {len(found.edits) - len(shown)} more")
    for remark in found.remarks:
        typer.echo(remark, err=True)
    if not found.texts:
        typer.echo("nothing differs from the files")
    elif is_applied:
        typer.echo(f"changes: {len(found.edits)}, files written: {n_written}")
    else:
        typer.echo(f"changes: {len(found.edits)}, files: {len(found.texts)}; --apply writes them")
