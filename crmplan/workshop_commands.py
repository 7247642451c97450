"""Commands for asking people: workbooks out and in, paper, tokens, and the web page of the workshop."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crmplan.durable import write_durably
from crmplan.signing import engagement_of
from crmplan.terminal import AsJson, Client, print_json, print_table, shortened, told

if TYPE_CHECKING:
    from crmplan.assessment.questionnaire.taking_in import Change, Preview
    from crmplan.engagement import Engagement

__all__ = ["questionnaire", "serve"]

questionnaire = typer.Typer(
    help="Ask people: workbooks out and in, pages for interviews, tokens for the web page.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_MOST_SHOWN = 60
Respondents = Annotated[
    list[str], typer.Option("--respondent", metavar="ID", help="Only this respondent; may be given several times.")
]


@questionnaire.command()
@told
def export(
    client: Client,
    respondent: Respondents = [],  # noqa: B006 - typer asks for a list
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where the workbooks go.")] = Path("questionnaires"),
    as_json: AsJson = False,
) -> int:
    """Write one workbook for each respondent."""
    from crmplan.assessment.access import seal
    from crmplan.assessment.questionnaire.asked import asked_of
    from crmplan.assessment.questionnaire.layout import identity_of
    from crmplan.assessment.questionnaire.writing import workbook_of

    engagement = engagement_of(client)
    folder = out / engagement.id
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for one in _wanted(engagement, respondent):
        asked = asked_of(engagement, one)
        content = workbook_of(asked, seal=seal(engagement.folder, identity_of(asked).as_text()), as_of=engagement.as_of)
        file = folder / f"{engagement.id}-{one}-wave{asked.wave}-round{asked.round}.xlsx"
        write_durably(file, content)
        written.append({"respondent": one, "file": str(file), "n_questions": len(asked.asked)})
        if not as_json:
            typer.echo(f"{file}: {len(asked.asked)} questions, {asked.n_answered} answered")
    if as_json:
        print_json(written)
    return 0


@questionnaire.command("import")
@told
def take(
    client: Client,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Workbooks that came back.")],
    *,
    apply: Annotated[
        bool, typer.Option("--apply", help="Take the answers in; without it they are only shown.")
    ] = False,
    prefer_workbook: Annotated[
        bool, typer.Option("--prefer-workbook", help="Where an answer was changed in both places, take the workbook's.")
    ] = False,
    by: Annotated[str, typer.Option(metavar="WHO", help="Who takes them in; kept with the answers.")] = "",
    as_json: AsJson = False,
) -> int:
    """Show what workbooks would change and what is wrong in them, cell by cell; take them in with --apply."""
    from datetime import UTC, datetime

    from crmplan.assessment.questionnaire.taking_in import previews, take_in

    engagement = engagement_of(client)
    found = previews(engagement, files)
    at = datetime.now(UTC).isoformat(timespec="seconds")
    taken = {
        one.file: take_in(engagement, one, at=at, entered_by=by, prefer_workbook=prefer_workbook)
        for one in found
        if apply and not one.refused
    }
    if as_json:
        print_json([_as_dict(one, taken.get(one.file)) for one in found])
    else:
        for one in found:
            _tell(one, taken.get(one.file))
    is_fine = all(not (one.refused or one.problems or (one.conflicts and not prefer_workbook)) for one in found)
    return 0 if is_fine else 1


@questionnaire.command("print")
@told
def paper(
    client: Client,
    respondent: Respondents = [],  # noqa: B006 - typer asks for a list
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where the pages go.")] = Path("questionnaires"),
) -> int:
    """Write pages for an interviewer with a pen: one question a page, for one respondent or with every question."""
    from crmplan.assessment.questionnaire.asked import asked_of, everything_asked
    from crmplan.reporting.brand import load_brand
    from crmplan.reporting.interview_pdf import interview_pdf

    engagement = engagement_of(client)
    folder = out / engagement.id
    folder.mkdir(parents=True, exist_ok=True)
    wanted = [asked_of(engagement, one) for one in respondent] or [everything_asked(engagement)]
    brand = load_brand(engagement)
    for asked in wanted:
        pdf = interview_pdf(asked, brand=brand, as_of=engagement.as_of)
        file = folder / f"{engagement.id}-interview-{asked.respondent.id}.pdf"
        write_durably(file, pdf.content)
        typer.echo(f"{file}: {len(asked.asked)} questions")
        for remark in pdf.remarks:
            typer.echo(f"{file.name}: {remark}", err=True)
    return 0


@questionnaire.command()
@told
def invite(
    client: Client,
    respondent: Respondents = [],  # noqa: B006 - typer asks for a list
    renew: Annotated[bool, typer.Option("--renew", help="Replace tokens; the old ones open nothing any more.")] = False,
    as_json: AsJson = False,
) -> int:
    """Issue the tokens with which people enter the web page. They are shown once; only their hashes are kept."""
    from crmplan.assessment.access import FACILITATOR, issue_tokens

    engagement = engagement_of(client)
    holders = _wanted(engagement, respondent) + ([] if respondent else [FACILITATOR])
    issued = issue_tokens(engagement.folder, holders, renew=renew)
    roles = {one.id: one.role.replace("_", " ") for one in engagement.respondents} | {
        FACILITATOR: "sees the live screen"
    }
    rows = [(holder.rstrip(":"), roles[holder], token) for holder, token in issued.items()]
    if as_json:
        print_json([dict(zip(("holder", "role", "token"), row, strict=True)) for row in rows])
        return 0
    if rows:
        print_table(("Who", "Role", "Token"), rows)
        typer.echo("Write them down now: they are not kept. Hand each person only their own.")
    else:
        typer.echo("everybody has a token already; --renew replaces them")
    return 0


@told
def serve(
    client: Client,
    app: Annotated[str, typer.Option(metavar="NAME", help="Which page: readiness or scenarios.")] = "readiness",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8866,
    host: Annotated[str, typer.Option(help="127.0.0.1 is this machine alone; others need TLS in front.")] = "127.0.0.1",
) -> int:
    """Serve the workshop page of a client in the browser, on this machine alone unless told otherwise."""
    import signal
    import tempfile

    from crmplan import serving

    folder = engagement_of(client).folder
    with tempfile.TemporaryDirectory(prefix="crmplan-") as place:
        page = serving.prepare(folder, Path(place), app=app, host=host, port=port)
        tokens = f"People enter with tokens: crmplan questionnaire invite {client}\n" if app == "readiness" else ""
        typer.echo(f"{page.address}\n{tokens}End with Ctrl+C")
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # the server and its kernels must end with us
        return serving.run(page)


def _wanted(engagement: Engagement, respondents: list[str]) -> list[str]:
    from crmplan.assessment.questionnaire.asked import respondent_of
    from crmplan.errors import EngagementError, Problem

    if not engagement.respondents:
        advice = "list who answers under 'respondents'"
        raise EngagementError([Problem("engagement.yaml", "at least one respondent", "", advice)])
    return [respondent_of(engagement, one).id for one in respondents] or [one.id for one in engagement.respondents]


def _tell(preview: Preview, n_taken: int | None) -> None:
    for problem in preview.refused:
        typer.echo(f"refused: {problem}", err=True)
    if preview.refused:
        return
    shown = preview.changes[:_MOST_SHOWN]
    if shown:
        print_table(
            ("Cell", "Question", "Field", "Kept now", "In the workbook", ""),
            [row for one in shown for row in _rows(one)],
        )
    if len(preview.changes) > len(shown):
        typer.echo(f"… and {len(preview.changes) - len(shown)} more")
    for problem in preview.problems:
        typer.echo(str(problem), err=True)
    done = "" if n_taken is None else f"; {n_taken} taken in"
    counts = f"{len(preview.changes)} changed, {preview.n_unchanged} as they were, {len(preview.problems)} problems"
    typer.echo(f"{preview.file}: respondent {preview.respondent}: {counts}{done}")


def _rows(change: Change) -> list[tuple[str, ...]]:
    from crmplan.assessment.questionnaire.reply import as_typed

    before = as_typed(change.asked.question, change.before)
    after = as_typed(change.asked.question, change.after)
    fields = [field for field in after if after[field] != before[field]]
    conflict = "changed in both places" if change.is_conflict else ""
    cell = change.cell.rpartition(", ")[2]
    return [
        (cell if place == 0 else "", change.asked.question.id if place == 0 else "", field.replace("_", " "),
         shortened(before[field]), shortened(after[field]), conflict if place == 0 else "")
        for place, field in enumerate(fields)
    ]  # fmt: skip


def _as_dict(preview: Preview, n_taken: int | None) -> dict[str, object]:
    return {
        "file": preview.file,
        "respondent": preview.respondent,
        "refused": [str(one) for one in preview.refused],
        "changes": [
            {
                "question": one.asked.question.id, "cell": one.cell, "before": asdict(one.before),
                "after": asdict(one.after), "is_conflict": one.is_conflict,
            }
            for one in preview.changes
        ],
        "problems": [str(one) for one in preview.problems],
        "n_unchanged": preview.n_unchanged,
        "n_taken": n_taken,
    }  # fmt: skip
