"""A question as one row of cells: which column holds which field, and the fields that a row of cells stands for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from crmplan.assessment.questions import COMPONENTS, Question, what_follows
from crmplan.assessment.scales import HIGHEST_LEVEL, NEEDS, Scale

__all__ = ["COLUMNS", "Cell", "Column", "cells_of", "column_of", "fields_of", "own_fields"]

Cell = str | float
"""What a cell holds: a text, empty where there is nothing, or a number."""

Kind = Literal["text", "name", "lines", "number", "whole", "yes_no"]
Path = tuple[str | int, ...]

_LEVELS = range(HIGHEST_LEVEL + 1)
_MAYBE = ("need", "evidence", "probe", "states")
_SCALES: tuple[Scale, ...] = ("practice_0_5", "yes_no", "choice", "number", "share", "fit_gap")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the sheet of an area.

    ``path`` leads to the field of a question; ``kind`` says how it stands in a cell: a text; a name, which may be
    missing; entries, one a line; a number, a whole number, or yes and no. ``options`` can be chosen from.
    """

    group: str
    heading: str
    path: Path
    kind: Kind = "text"
    width: int = 14
    options: tuple[str, ...] = ()


_KINDS = ("default", "consumers", "firms")

_ASKED_GROUP = "What is asked"
_ASKED = (
    Column(_ASKED_GROUP, "Question", ("id",), "name", 11),
    Column(_ASKED_GROUP, "Revision", ("rev",), "whole", 9),
    Column(_ASKED_GROUP, "Title", ("title",), width=24),
    Column(_ASKED_GROUP, "Theme", ("theme",), width=16),
    Column(_ASKED_GROUP, "Asks about", ("asks_about",), "name", 11, ("practice", "result", "culture", "fact")),
    Column(_ASKED_GROUP, "Text", ("text",), width=42),
    Column(_ASKED_GROUP, "Interview", ("interview",), width=42),
    Column(_ASKED_GROUP, "Help", ("help",), width=30),
    Column(_ASKED_GROUP, "Why", ("why",), width=36),
)  # fmt: skip

_LEVELLED_GROUP = "Levels"
_LEVELLED = (
    Column(_LEVELLED_GROUP, "Scale", ("scale",), "name", 13, _SCALES),
    *(Column(_LEVELLED_GROUP, f"Level {level}", ("anchors", level), "name", 28) for level in _LEVELS),
    *(Column(_LEVELLED_GROUP, f"Figure for level {level}", ("bands", level), "number", 11) for level in _LEVELS[1:]),
    *(Column(_LEVELLED_GROUP, f"Need, {kind}", ("need", kind), "name", 10, NEEDS) for kind in _KINDS),
)  # fmt: skip

_WHOM_GROUP = "Whom to ask, and what proves it"
_WHOM = (
    Column(_WHOM_GROUP, "Roles", ("ask", "roles"), "lines", 22),
    Column(_WHOM_GROUP, "People at least", ("ask", "min_people"), "whole", 9),
    Column(_WHOM_GROUP, "Reasons not to apply", ("na_reasons",), "lines", 24),
    Column(_WHOM_GROUP, "Evidence from level", ("evidence", "needed_from"), "whole", 10),
    Column(_WHOM_GROUP, "Evidence, how", ("evidence", "methods"), "lines", 12),
    Column(_WHOM_GROUP, "Evidence, examples", ("evidence", "examples"), "lines", 30),
    Column(_WHOM_GROUP, "Evidence, days valid", ("evidence", "max_age_days"), "whole", 10),
)  # fmt: skip

_COUNTS_GROUP = "How it counts, and what follows"
_COUNTS = (
    Column(_COUNTS_GROUP, "Covers", ("covers",), "lines", 12),
    Column(_COUNTS_GROUP, "Component", ("component",), "name", 14, COMPONENTS),
    Column(_COUNTS_GROUP, "Department", ("department",), width=16),
    Column(_COUNTS_GROUP, "Weight", ("weight",), "whole", 8, ("1", "2", "3")),
    Column(_COUNTS_GROUP, "Critical", ("critical",), "yes_no", 8, ("yes", "no")),
    Column(_COUNTS_GROUP, "Needs first", ("needs",), "lines", 12),
    *(Column(_COUNTS_GROUP, f"Target, {kind}", ("target", kind), "number", 10) for kind in _KINDS),
    Column(_COUNTS_GROUP, "What a gap means", ("gap",), width=36),
    Column(_COUNTS_GROUP, "Initiatives", ("leads_to", "initiatives"), "lines", 20),
    Column(_COUNTS_GROUP, "KPIs", ("leads_to", "kpis"), "lines", 24),
    Column(_COUNTS_GROUP, "Cannot be: rule", ("conflicts", "when"), "lines", 40),
    Column(_COUNTS_GROUP, "Cannot be: what to say", ("conflicts", "say"), "lines", 40),
)  # fmt: skip

_FIGURE_GROUP = "The figure beside it"
_FIGURE = (
    Column(_FIGURE_GROUP, "Metric", ("probe", "metric"), width=22),
    Column(_FIGURE_GROUP, "Or else", ("probe", "or_else"), "name", 22),
    Column(_FIGURE_GROUP, "Also", ("probe", "also"), "lines", 22),
    *(Column(_FIGURE_GROUP, f"Shows level {level}", ("probe", "bands", level), "number", 10) for level in _LEVELS[1:]),
    Column(_FIGURE_GROUP, "Shows at most", ("probe", "cap"), "whole", 9),
    Column(_FIGURE_GROUP, "Of one group", ("probe", "of_group"), "yes_no", 9, ("yes", "no")),
    Column(_FIGURE_GROUP, "Cannot prove", ("probe", "cannot_prove"), width=36),
    Column(_FIGURE_GROUP, "Stated figure", ("states", "ask"), width=30),
    Column(_FIGURE_GROUP, "Stated, unit", ("states", "unit"), "name", 11),
    Column(_FIGURE_GROUP, "Stated, metric", ("states", "metric"), width=22),
)  # fmt: skip

COLUMNS: tuple[Column, ...] = (*_ASKED, *_LEVELLED, *_WHOM, *_COUNTS, *_FIGURE)
"""Every column of the sheet of an area, in order; the first holds the id."""


def own_fields(question: Question) -> dict[str, Any]:
    """Return every field of a question but those that follow from its scale."""
    fields = question.model_dump()
    follow = [
        name
        for name in what_follows(fields)
        if Question.model_validate({key: value for key, value in fields.items() if key != name}) == question
    ]
    return {key: value for key, value in fields.items() if key not in follow}


def cells_of(question: Question) -> dict[str, Cell]:
    """Return the cells of a question by heading; what follows from its scale is left empty.

    Examples
    --------
    >>> from crmplan.assessment import load_checklists
    >>> cells = cells_of(load_checklists()[0].questions[0])
    >>> cells["Question"], cells["Critical"], cells["Metric"]
    ('MK-PD-01', 'no', '')
    """
    fields = own_fields(question)
    fields["conflicts"] = {side: [one[side] for one in fields["conflicts"]] for side in ("when", "say")}
    return {one.heading: _as_cell(one.kind, _at(fields, one.path)) for one in COLUMNS}


def fields_of(cells: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the fields of the question that a row of cells stands for, to be checked by its model.

    Parameters
    ----------
    cells
        Values by heading; a heading that is missing is an empty cell.

    Returns
    -------
    tuple of dict
        The fields; and by heading what is wrong with a cell that cannot be read.

    Examples
    --------
    >>> fields_of({"Question": "MK-CH-01", "Weight": "many"})[1]
    {'Weight': 'a whole number'}
    """
    fields: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    is_there = {name: _is_given(name, cells) for name in _MAYBE}
    for column in COLUMNS:
        if is_there.get(str(column.path[0]), True):
            try:
                value = _from_cell(column.kind, cells.get(column.heading, ""))
            except ValueError as cause:
                wrong[column.heading] = str(cause)
                continue
            if value is not None:
                _put(fields, column.path, value)
    rules, says = (fields["conflicts"].get(side, []) for side in ("when", "say"))
    if len(rules) != len(says):
        wrong["Cannot be: what to say"] = f"as many lines as there are rules, {len(rules)}"
    fields["conflicts"] = [{"when": when, "say": say} for when, say in zip(rules, says, strict=False)]
    return fields, wrong


def column_of(path: Path) -> Column:
    """Return the column that holds a field, or the place within it that a message names; the first when none does.

    Examples
    --------
    >>> column_of(("ask", "roles", 2)).heading, column_of(("conflicts", 0, "say")).heading, column_of(()).heading
    ('Roles', 'Cannot be: what to say', 'Question')
    """
    if path[:1] == ("conflicts",):
        path = ("conflicts", path[-1] if path[-1] in {"when", "say"} else "when")
    for length in range(len(path), 0, -1):
        found = next((one for one in COLUMNS if one.path[:length] == path[:length]), None)
        if found is not None:
            return found
    return COLUMNS[0]


def _is_given(name: str, cells: Mapping[str, Any]) -> bool:
    return any(cells.get(one.heading, "") not in ("", None) for one in COLUMNS if one.path[0] == name)


def _at(fields: Any, path: Path) -> Any:
    for step in path:
        if fields is None:
            return None
        fields = fields.get(step)
    return fields


def _put(fields: dict[str, Any], path: Path, value: Any) -> None:
    for step in path[:-1]:
        fields = fields.setdefault(str(step), {})
    fields[path[-1]] = value  # type: ignore[index]


def _as_cell(kind: Kind, value: Any) -> Cell:
    if value is None:
        return ""
    if kind == "lines":
        return "\n".join(value)
    if kind == "yes_no":
        return "yes" if value else "no"
    if kind in {"number", "whole"}:
        # A cell holds 16 digits; what needs a 17th is written out.
        return value if float(f"{value:.16G}") == value else repr(value)
    return str(value)


def _from_cell(kind: Kind, value: Any) -> Any:
    """Return the value that a cell stands for; None where it is empty and the field may be missing."""
    is_empty = value is None or value == ""
    match kind:
        case "text":
            return "" if is_empty else str(value)
        case "name":
            return None if is_empty else str(value)
        case "lines":
            return [] if is_empty else [line.strip() for line in str(value).split("\n") if line.strip()]
        case "yes_no":
            if is_empty:
                return None
            return _yes_or_no(value)
    return None if is_empty else _number(kind, value)


def _yes_or_no(value: Any) -> bool:
    said = str(value).strip().casefold()
    if said not in {"yes", "no", "true", "false"}:
        raise ValueError("yes or no")
    return said in {"yes", "true"}


def _number(kind: Kind, value: Any) -> float | int:
    expected = "a whole number" if kind == "whole" else "a number"
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ValueError(expected) from None
    if isinstance(value, bool) or (kind == "whole" and not number.is_integer()):
        raise ValueError(expected)
    return int(number) if kind == "whole" else number
