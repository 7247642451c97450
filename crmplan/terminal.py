"""What every command prints, and how it ends: 0 (fine), 1 (findings or failures) or 2 (usage)."""

from __future__ import annotations

import functools
import json
import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ParamSpec

import typer

from crmplan.errors import CrmplanError, UnknownNameError

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["AsJson", "Client", "Settings", "in_words", "print_json", "print_table", "shortened", "told"]

P = ParamSpec("P")

Client = Annotated[str, typer.Argument(metavar="CLIENT", help="A client's folder, or the name of a sample client.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


class Settings:
    """What the options before a command set."""

    is_verbose = False


def told(command: Callable[P, int]) -> Callable[P, None]:
    """End the process with what the command returns; tell an error of ours in its own words, without a traceback."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            code = command(*args, **kwargs)
        except CrmplanError as error:
            if Settings.is_verbose:
                raise
            typer.echo(f"crmplan: {in_words(error)}", err=True)
            code = 2 if isinstance(error, UnknownNameError) else 1
        except OSError as error:
            if Settings.is_verbose:
                raise
            typer.echo(f"crmplan: {in_words(error)}", err=True)
            code = 1
        except KeyboardInterrupt:
            # What was running has nobody left to tell; the libraries would print their tracebacks on the way out.
            logging.getLogger("asyncio").setLevel(logging.CRITICAL)
            typer.echo("crmplan: stopped; what was there before stands as it was", err=True)
            code = 130
        raise typer.Exit(code)

    return run


def in_words(error: CrmplanError | OSError) -> str:
    """Return what an error of ours, or of the machine, says to the user.

    Examples
    --------
    >>> in_words(PermissionError(13, "Permission denied", "data/orders.csv"))
    'data/orders.csv: Permission denied'
    """
    if isinstance(error, CrmplanError):
        return str(error)
    where = f"{error.filename}: " if error.filename is not None else ""
    return f"{where}{error.strerror or error}"


def print_json(value: Any) -> None:
    """Print a value as JSON."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def print_table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]], *, right: tuple[int, ...] = ()) -> None:
    """Print a table; ``right`` names the columns of numbers."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table: Table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for place, name in enumerate(header):
        table.add_column(name, justify="right" if place in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console = Console()
    if not console.is_terminal:
        console = Console(width=160)
    console.print(table)


def shortened(value: object, *, most_characters: int = 48) -> str:
    r"""Return a value as it fits into a table on the screen: on one line, cut where it is long.

    What somebody typed must not steer the terminal that shows it: signs that do not print become "�".

    Examples
    --------
    >>> shortened("two\nlines"), shortened("abcdef", most_characters=4), shortened("\x1b[31mred")
    ('two lines', 'abc…', '�[31mred')
    """
    text = " ".join(str(value).split())
    text = text if len(text) <= most_characters else f"{text[: most_characters - 1]}…"
    return "".join(sign if sign.isprintable() else "�" for sign in text)
