"""The command that renders reports: of one client, or of many one after another, as a job that nobody watches."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crmplan import errors
from crmplan.errors import CrmplanError, UnknownNameError, mask, mask_whole
from crmplan.terminal import AsJson, Settings, in_words, print_json, told

if TYPE_CHECKING:
    from crmplan.reporting.render import Rendered

__all__ = ["report"]


@told
def report(
    clients: Annotated[list[str], typer.Argument(metavar="CLIENT...", help="Folders or names of sample clients.")],
    formats: Annotated[str, typer.Option("--format", help="html, pdf, or both parted by a comma.")] = "html,pdf",
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where reports are kept.")] = Path("reports"),
    as_json: AsJson = False,
) -> int:
    """Render the report of one or more clients."""
    from crmplan.reporting.render import check_formats

    wanted = [name.strip() for name in formats.split(",")]
    check_formats(wanted)
    results = [_result(client, folder, wanted, out, as_json=as_json) for client, folder in _folders(clients).items()]
    failed = [result for result in results if not result["is_complete"]]
    if as_json:
        print_json(results)
    elif len(results) > 1:
        typer.echo(f"\n{len(results) - len(failed)} of {len(results)} reports are complete", err=bool(failed))
        for result in failed:
            typer.echo(f"  {result['client']}: {_why(result)}", err=True)
    return 1 if failed else 0


def _folders(clients: list[str]) -> dict[str, Path | None]:
    """Return the clients' folders by name; of several, one that is not there keeps no other from its report.

    Raises
    ------
    UnknownNameError
        When the only client is not there, or two would have one report.
    """
    from crmplan.engagement import find_client

    found: dict[str, Path | None] = {}
    for client in clients:
        try:
            folder = find_client(client)
        except UnknownNameError as error:
            if len(clients) == 1:
                raise
            typer.echo(f"crmplan: {error}", err=True)
            found[client] = None
            continue
        if found.get(folder.name, folder) != folder:
            raise UnknownNameError(f"two clients are called '{folder.name}', and so would be their reports; rename one")
        found[folder.name] = folder
    return found


def _result(client: str, folder: Path | None, formats: list[str], out: Path, *, as_json: bool) -> dict[str, Any]:
    """Render one client; what is wrong with it must not keep the others from their reports."""
    from crmplan.reporting.render import render_report

    if folder is None:
        return {"client": client, "is_complete": False, "error": "there is no such client"}
    try:
        with _Progress(client) as progress:
            rendered = render_report(folder, out=out, formats=formats, progress=progress)
    except (CrmplanError, OSError) as error:
        if Settings.is_verbose:
            raise
        words = in_words(error)
        typer.echo(f"{client}: {words}", err=True)
        return {"client": client, "is_complete": False, "error": words}
    except Exception as error:  # whatever it is: tonight's other reports are made all the same
        # What a job prints goes to a log, and an error of a library may quote what the client's data hold.
        typer.echo(mask_whole(traceback.format_exc()), err=True)
        words = f"stopped by an error of crmplan's own: {type(error).__name__}: {mask(str(error))}"
        return {"client": client, "is_complete": False, "error": words}
    _tell_failures(rendered)
    if not as_json:
        for file in rendered.files:
            typer.echo(str(file))
    return {
        "client": rendered.client,
        "is_complete": rendered.is_complete,
        "run": str(rendered.run_folder),
        "files": [str(file) for file in rendered.files],
        "failed_chapters": [chapter.name for chapter in rendered.failures],
        "remarks": list(rendered.remarks),
    }


def _why(result: dict[str, Any]) -> str:
    if "error" in result:
        return str(result["error"]).partition("\n")[0]
    return f"stopped in {', '.join(result['failed_chapters'])}"


def _tell_failures(rendered: Rendered) -> None:
    for remark in rendered.remarks:
        typer.echo(f"{rendered.client}: {remark}", err=True)
    told: set[str] = set()
    for chapter in rendered.failures:
        failure = chapter.failure
        if failure is None:
            continue
        stopped = f"\n{rendered.client}: {chapter.name}.ipynb stopped"
        if failure.kind in errors.__all__ and not Settings.is_verbose:
            # What is wrong with the client's files is told once, in its own words, and not where in our code.
            is_new = failure.message not in told
            typer.echo(f"{stopped}: {failure.message}" if is_new else f"{stopped} for the same reason", err=True)
            told.add(failure.message)
            continue
        typer.echo(f"{stopped} at cell {failure.cell}:", err=True)
        typer.echo("".join(f"    {line}\n" for line in failure.source.splitlines()), err=True)
        typer.echo(mask_whole(failure.traceback or f"{failure.kind}: {failure.message}"), err=True)
    if rendered.failures:
        text = f"\n{rendered.client}: the report is not complete; the draft is in {rendered.run_folder}"
        typer.echo(text + ", an earlier report stands as it was", err=True)


class _Progress:
    """A bar on a terminal that names the step; nothing where nobody watches."""

    def __init__(self, client: str) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (TextColumn("{task.fields[client]}"), BarColumn(24), TextColumn("{task.description}"))
        console = Console(stderr=True)
        self._bar = Progress(
            *columns, TimeElapsedColumn(), console=console, transient=True, disable=not console.is_terminal
        )
        self._task = self._bar.add_task("starting", total=None, client=client)

    def __enter__(self) -> _Progress:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def __call__(self, step: str, done: int, total: int) -> None:
        self._bar.update(self._task, description=step, completed=done, total=total)
