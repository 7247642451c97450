"""The method's items: everything that must be asked of a client or delivered to one, with an id for each.

Checklist questions and metrics cite these ids, so that what an engagement leaves open can be listed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from crmplan import _yaml, carried
from crmplan.errors import Problem, TemplateError

__all__ = ["How", "Item", "items"]

How = Literal["stated", "data", "fit_gap", "rolled_up", "inventory"]


@dataclass(frozen=True, slots=True)
class Item:
    """One thing the method asks for.

    Parameters
    ----------
    id
        Stable id, such as ``MK.CH.1``.
    area, topic
        Where it belongs.
    wording
        What is to be found out or delivered, in one line.
    how
        Ways in which the answer can be had: ``stated`` (people say it), ``data`` (computed), ``fit_gap`` (a capability
        that the client's systems have, lack or need), ``rolled_up`` (from other answers), ``inventory`` (of systems).
    """

    id: str
    area: str
    topic: str
    wording: str
    how: tuple[How, ...]


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[A-Z]{2}(\.[A-Z]{1,2})?\.[0-9]{1,2}$")
    area: str = Field(min_length=2)
    topic: str = Field(min_length=2)
    wording: str = Field(min_length=5, max_length=200)
    how: tuple[How, ...] = Field(min_length=1)


_ROWS = TypeAdapter(tuple[_Row, ...])


def items(file: Path | None = None) -> tuple[Item, ...]:
    """Return the method's items in their order.

    Parameters
    ----------
    file
        A method file; the one that crmplan carries when it is not given.

    Raises
    ------
    TemplateError
        With every problem of the file, each with its line.

    Examples
    --------
    >>> len(items()), items()[0].id, items()[0].how
    (124, 'MK.PD.1', ('stated',))
    """
    document = _yaml.read(file or carried.templates() / "method.yaml", error=TemplateError)
    if not isinstance(document.data, dict) or set(document.data) != {"items"}:
        raise TemplateError([Problem(document.where(), "one key 'items' with a list of items")])
    try:
        rows = _ROWS.validate_python(document.data["items"])
    except ValidationError as cause:
        raise TemplateError(_problems(cause, document)) from cause
    lines: dict[str, str] = {}
    problems = []
    for position, row in enumerate(rows):
        here = document.where(("items", position))
        if row.id in lines:
            problems.append(Problem(here, "every id once", row.id, f"it stands at {lines[row.id]} already"))
        lines.setdefault(row.id, here)
    if problems:
        raise TemplateError(problems)
    return tuple(Item(row.id, row.area, row.topic, row.wording, row.how) for row in rows)


def _problems(cause: ValidationError, document: _yaml.Document) -> list[Problem]:
    found = []
    for error in cause.errors():
        if error["type"] == "too_short" and error["input"]:
            continue  # said already: none of the entries is right
        where = document.where(("items", *error["loc"]))
        name = ".".join(str(part) for part in error["loc"][1:]) or "items"
        got = "" if isinstance(error["input"], dict | list) else str(error["input"])
        advice = f"write some of {', '.join(get_args(How))}" if "how" in error["loc"] else ""
        found.append(Problem(where, f"{name}: {error['msg'][0].lower()}{error['msg'][1:]}", got, advice))
    return found
