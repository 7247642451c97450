"""JSON as interfaces and event logs write it: one object a line, or one list of objects."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from crmplan.errors import IntakeError, Problem
from crmplan.intake.delimited import Delimited
from crmplan.intake.encoding import decoded
from crmplan.sources import Reading

__all__ = ["parse_json"]

_MOST_TOLD = 5
_MOST_RAGGED_SHARE = 0.05
_MOST_DEPTH = 8


def parse_json(raw: bytes, *, file: str, wanted: Sequence[str] | None, reading: Reading) -> Delimited:
    r"""Return the wanted fields of JSON objects as text.

    A field within a field is named with a point between (``address.city``); a list stays JSON text. Numbers keep the
    digits of the file, so that a long number is not rounded.

    Parameters
    ----------
    raw, file, wanted
        As in :func:`crmplan.intake.delimited.parse`.
    reading
        Encoding and decimal mark.

    Raises
    ------
    IntakeError
        When a list is no valid JSON, or more than 5 % of the lines are no JSON objects; says file and line.

    Examples
    --------
    >>> found = parse_json(b'{"id": 12345678901234567890, "at": {"city": "Bonn"}}\n{"id": 7}\n', file="x.jsonl",
    ...                    wanted=None, reading=Reading())
    >>> found.header, found.frame.fillna("").values.tolist()
    (('id', 'at.city'), [['12345678901234567890', 'Bonn'], ['7', '']])
    """
    text = decoded(raw, file=file, encoding=reading.encoding)
    ragged: list[tuple[int, str]] = []
    objects = list(_list(text, file) if text.lstrip().startswith("[") else _lines(text, ragged))
    if len(ragged) > _MOST_RAGGED_SHARE * (len(objects) + len(ragged)):
        advice = "write one object a line, or one list of objects"
        problems = [Problem(f"{file}:{line}", "a JSON object", cause, advice) for line, cause in ragged[:_MOST_TOLD]]
        raise IntakeError(problems)
    rows = [dict(_flat(one, "", reading.decimal, 0)) for one in objects]
    header = tuple(dict.fromkeys(name for row in rows for name in row))
    columns = {
        name: pd.Series([row.get(name) for row in rows], dtype="str")
        for name in header
        if wanted is None or name in wanted
    }
    return Delimited(header, pd.DataFrame(columns, index=range(len(rows))), tuple(line for line, _ in ragged))


def _list(text: str, file: str) -> list[dict[str, Any]]:
    try:
        found = _loads(text)
    except (json.JSONDecodeError, RecursionError) as cause:
        line = getattr(cause, "lineno", 1)
        said = getattr(cause, "msg", "too many levels")
        raise IntakeError([Problem(f"{file}:{line}", "a list of JSON objects", said)]) from cause
    bad = [place for place, one in enumerate(found, start=1) if not isinstance(one, dict)]
    if bad:
        got = f"entry {bad[0]} is none, and so are {len(bad) - 1} others" if len(bad) > 1 else f"entry {bad[0]} is none"
        raise IntakeError([Problem(file, "a list of JSON objects", got, "ask for the export with field names")])
    return list(found)


def _lines(text: str, ragged: list[tuple[int, str]]) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), start=1):
        if not line.strip("\x00\x1e \t"):
            continue
        try:
            found = _loads(line.strip("\x00\x1e"))
        except (json.JSONDecodeError, RecursionError) as cause:
            ragged.append((number, getattr(cause, "msg", "too many levels")))
            continue
        if isinstance(found, dict):
            yield found
        else:
            ragged.append((number, "no object"))


def _loads(text: str) -> Any:
    return json.loads(text, parse_int=_Digits, parse_float=_Digits, parse_constant=_Digits)


class _Digits(str):
    """A number as the file writes it."""

    __slots__ = ()


def _flat(value: dict[str, Any], before: str, decimal: str, depth: int) -> Iterator[tuple[str, str | None]]:
    for key, inside in value.items():
        name = f"{before}{key}".encode("utf-8", "replace").decode()
        if isinstance(inside, dict) and inside and depth < _MOST_DEPTH:
            yield from _flat(inside, f"{name}.", decimal, depth + 1)
        elif isinstance(inside, _Digits):
            yield name, inside.replace(".", decimal)
        elif isinstance(inside, bool):
            yield name, "true" if inside else "false"
        elif inside is None or isinstance(inside, str):
            # Half of a pair of surrogates is no character, and no table can hold it.
            yield name, inside if inside is None else inside.encode("utf-8", "replace").decode()
        else:
            yield name, json.dumps(inside, ensure_ascii=False)
