"""The command line: parse, call one function, print, end with 0 (fine), 1 (findings or failures) or 2 (usage).

Nothing heavy is imported at the top, so that ``crmplan --help`` answers at once.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crmplan import (
    __version__,
    checklist_commands,
    data_commands,
    decision_commands,
    evidence_commands,
    report_commands,
    workshop_commands,
)
from crmplan.terminal import AsJson, Client
from crmplan.terminal import Settings as _Settings
from crmplan.terminal import print_json as _print_json
from crmplan.terminal import print_table as _print_table
from crmplan.terminal import told as _told

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["app", "main"]

app = typer.Typer(
    name="crmplan",
    help="From raw exports to a CRM strategy: assess, measure, and print the client report.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(workshop_commands.questionnaire, name="questionnaire")
app.add_typer(checklist_commands.checklist, name="checklist")
app.add_typer(decision_commands.decide, name="decide")
app.add_typer(evidence_commands.evidence, name="evidence")
app.command()(workshop_commands.serve)
app.command("map")(data_commands.map_exports)
app.command()(data_commands.fetch)
app.command()(report_commands.report)


def main() -> None:
    """Run the command line."""
    app()


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"crmplan {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    verbose: Annotated[bool, typer.Option("--verbose", help="Show where an error came from.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    _Settings.is_verbose = verbose


@app.command()
@_told
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Short name: letters, digits, '_' and '-'.")],
    inside: Annotated[Path, typer.Option("--in", metavar="DIR", help="Where to make the folder.")] = Path(),
    rehearsal: Annotated[
        bool, typer.Option("--rehearsal", help="Fill it with made-up data in every table, whose truth is known.")
    ] = False,
    customers: Annotated[int, typer.Option(min=50, help="Customers of the rehearsal firm.")] = 2500,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the rehearsal data: same seed, same data.")] = 7,
) -> int:
    """Make a new client's folder."""
    from datetime import date

    from crmplan.client_folder import create_client, free_folder

    if rehearsal:
        from crmplan.rehearsal import checklist_questions, make_rehearsal

        folder = free_folder(inside / name)
        made = make_rehearsal(folder, n_customers=customers, seed=seed, questions=checklist_questions())
        typer.echo(f"{made}: a rehearsal client; next: crmplan report {made}")
    else:
        made = create_client(inside / name, as_of=date.today())
        typer.echo(f"{made}: fill in engagement.yaml, put the exports into data/; next: crmplan check {made}")
    return 0


@app.command()
@_told
def check(client: Client, as_json: AsJson = False) -> int:
    """Check the engagement and the quality of its data."""
    from crmplan.assessment import load_checklists, read_answers
    from crmplan.assessment.capabilities import own_files
    from crmplan.engagement import find_client
    from crmplan.reporting.brand import load_brand
    from crmplan.value.bayes import needs_posterior
    from crmplan.workbench import Workbench

    bench = Workbench.open(find_client(client))
    load_brand(bench.engagement)
    needs_posterior(bench.engagement.economics.repeat_model)
    own_files(bench.engagement, load_checklists(overlay=bench.engagement.overlay))
    read_answers(bench.engagement.answers)
    intake = bench.intake()
    if as_json:
        from dataclasses import asdict

        _print_json([asdict(finding) for finding in intake.findings])
    elif intake.findings:
        rows = [
            (finding.severity, finding.code, f"{finding.source} {finding.table}", finding.message, finding.effect)
            for finding in intake.findings
        ]
        _print_table(("Weight", "Code", "Where", "What was found", "What it does"), rows)
    if not as_json:
        n = len(intake.findings)
        typer.echo(f"{client}: {'no findings' if n == 0 else '1 finding' if n == 1 else f'{n} findings'}")
    return 1 if intake.findings else 0


@app.command()
@_told
def coverage(as_json: AsJson = False) -> int:
    """List what the method asks for, and what answers it."""
    from crmplan.assessment import coverage as items

    frame = items()
    if as_json:
        _print_json(json.loads(frame.to_json(orient="records")))
        return 0
    open_ways = frame["open_ways"].where(frame["status"] != "open", "open")
    shown = zip(
        *(frame[name].astype(str) for name in ("item", "wording", "questions", "metrics")), open_ways, strict=True
    )
    rows = [tuple(row) for row in shown]
    _print_table(("Item", "What the method asks for", "Questions", "Figures", "Open"), rows)
    typer.echo("\n".join(_totals(frame)))
    return 0


def _totals(frame: pd.DataFrame) -> list[str]:
    asked, computed, is_open = frame["questions"] != "", frame["metrics"] != "", frame["status"] == "open"
    lines = [
        f"{str(area).replace('_', ' ')}: {len(rows) - int(is_open[rows.index].sum())} of {len(rows)} covered"
        for area, rows in frame.groupby("area", sort=False)
    ]
    both = int((asked & computed).sum())
    total = (
        f"{len(frame)} items: {int(asked.sum())} asked of people, {int(computed.sum())} computed, {both} of them both"
    )
    return [*lines, f"{total}; {int(is_open.sum())} open"]


@app.command()
@_told
def schema(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Which file: checklist, overlay, ...")] = "checklist",
) -> int:
    """Print the JSON Schema of a file that people write, for editors that check and complete while one types."""
    from crmplan.assessment.editor_schemas import schema_text

    typer.echo(schema_text(name), nl=False)
    return 0


@app.command()
@_told
def audit(
    client: Client,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the workbook is put.")] = Path("reports"),
) -> int:
    """Write a workbook whose formulas recompute any customer's value."""
    from crmplan.durable import write_durably
    from crmplan.engagement import find_client
    from crmplan.reporting.audit import audit_workbook
    from crmplan.workbench import Workbench

    bench = Workbench.open(find_client(client))
    months = bench.engagement.economics.horizon_months
    content = audit_workbook(bench.value(), bench.engagement, horizon_months=months)
    folder = out / bench.engagement.id
    folder.mkdir(parents=True, exist_ok=True)
    write_durably(folder / "audit.xlsx", content)
    typer.echo(str(folder / "audit.xlsx"))
    return 0


@app.command()
@_told
def selfcheck(as_json: AsJson = False) -> int:
    """Compute published figures on this machine, and how often ranges of forecasts held."""
    from dataclasses import asdict

    from crmplan.value.published import selfcheck as checks

    found = checks()
    failed = sum(not one.passed for one in found)
    if as_json:
        _print_json([asdict(one) for one in found])
        return 1 if failed else 0
    rows = [
        (one.name, f"{one.published:.6g}", f"{one.ours:.6g}", "same" if one.passed else "DIFFERENT", one.source)
        for one in found
    ]
    _print_table(("Figure", "Published", "Ours", "", "Source"), rows, right=(1, 2))
    typer.echo(f"{len(found) - failed} of {len(found)} published figures come out the same")
    _print_coverage()
    return 1 if failed else 0


def _print_coverage() -> None:
    """Print how often ranges held what came in the second 39 weeks of CDNOW."""
    from crmplan.value.published import cdnow_coverage

    table = cdnow_coverage().pivot_table(index=["model", "of", "n"], columns="level", values="measured", sort=False)
    rows = [
        (str(model), str(of), str(n), *(f"{share:.0%}" for share in shares))
        for (model, of, n), shares in zip(table.index, table.to_numpy(), strict=True)
    ]
    typer.echo("\nRanges of forecasts for the second 39 weeks of CDNOW, before widening: share that held what came")
    _print_table(("Model", "Range of", "Cases", *(f"{level:.0%}" for level in table.columns)), rows, right=(2, 3, 4, 5))


@app.command()
@_told
def lab() -> int:
    """Open JupyterLab on the chapters' notebooks."""
    from crmplan import carried, serving

    return serving.run(serving.notebooks_in_lab(carried.notebooks()))


@app.command()
@_told
def customer(
    client: Client,
    key: Annotated[str, typer.Argument(metavar="KEY", help="Customer key, or SYSTEM:NUMBER as a system knows it.")],
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Where the page goes.")] = None,
) -> int:
    """Write one customer's page: everything all systems know of that customer."""
    from crmplan.durable import write_durably
    from crmplan.engagement import find_client
    from crmplan.reporting.customer_page import customer_page
    from crmplan.workbench import Workbench

    page = customer_page(Workbench.open(find_client(client)), key)
    file = out or Path(f"customer-{page.key}.html")
    file.parent.mkdir(parents=True, exist_ok=True)
    write_durably(file, page.html().encode("utf-8"))
    typer.echo(str(file))
    return 0


if __name__ == "__main__":
    main()
