"""Commands for documents that prove answers: taken in by the fingerprint of their bytes and their date, and listed."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from crmplan.signing import Apply, By, engagement_of, now, question_named
from crmplan.terminal import AsJson, Client, print_json, print_table, shortened, told

__all__ = ["evidence"]

evidence = typer.Typer(
    help="Documents that prove answers: taken in by fingerprint and date, and listed.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@evidence.command()
@told
def add(
    client: Client,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The document as the client gave it; it is copied.")],
    *,
    title: Annotated[str, typer.Option(metavar="TEXT", help="What it is, in a few words.")],
    dated: Annotated[str, typer.Option(metavar="YYYY-MM-DD", help="The day the document itself bears.")],
    by: By,
    supports: Annotated[
        list[str] | None, typer.Option(metavar="QUESTION", help="Question it speaks to; may be given several times.")
    ] = None,
    document: Annotated[str, typer.Option(metavar="ID", help="Document that this is a new revision of.")] = "",
    apply: Apply = False,
) -> int:
    """Take a document in, by the fingerprint of its bytes and its date."""
    from crmplan.assessment import add_document, read_documents
    from crmplan.assessment.documents import fingerprint_of
    from crmplan.errors import UnknownNameError

    engagement = engagement_of(client)
    spoken_to = [question_named(engagement, id) for id in supports or ()]
    day = _day(dated, engagement.as_of)
    folder = engagement.path("evidence")
    fingerprint = fingerprint_of(file)
    on_file = read_documents(folder)
    if document and document not in set(on_file["document"]):
        raise UnknownNameError.among("document", document, list(on_file["document"]))
    same = on_file[on_file["fingerprint"] == fingerprint]
    typer.echo(f"{file.name}: '{shortened(title)}' of {day.isoformat()}, fingerprint {fingerprint[:16]}…")
    for question in spoken_to:
        typer.echo(f"speaks to {question.id}: {question.title}")
    if len(same):
        typer.echo(f"the same file is on file already as {same.iloc[0]['document']}")
    if apply:
        record = add_document(
            folder, file, title=title, dated=day, by=by, at=now(), supports=supports or (), document=document
        )
        typer.echo(f"taken in as {record.document} ({record.file}); name it so in answers")
    else:
        typer.echo("--apply takes it in")
    return 0


@evidence.command("list")
@told
def listed(client: Client, as_json: AsJson = False) -> int:
    """List the documents on file, and whether each is still the file that was recorded."""
    from crmplan.assessment import read_documents

    documents = read_documents(engagement_of(client).path("evidence"))
    if as_json:
        print_json(documents.to_dict("records"))
    elif len(documents):
        columns = ("document", "title", "dated", "supports", "status")
        rows = [tuple(shortened(row[name]) for name in columns) for row in documents.to_dict("records")]
        print_table(("Document", "Title", "Dated", "Speaks to", "Status"), rows)
    else:
        typer.echo("no documents on file")
    return 0 if (documents["status"] == "on file").all() else 1


def _day(text: str, as_of: date) -> date:
    from crmplan.errors import AnswersError, Problem

    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise AnswersError([Problem("--dated", "a day such as 2024-05-31", text)]) from None
    if day > as_of:
        advice = f"the engagement looks at {as_of.isoformat()}; move 'as_of' if the document is newer"
        raise AnswersError([Problem("--dated", "a day up to 'as_of'", text, advice)])
    return day
