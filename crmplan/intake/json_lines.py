"""JSON as interfaces and event logs write it: one object a line, or one list of objects."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from crmplan.errors import IntakeError, Problem
from crmplan.intake.pieces import PIECE_BYTES, Pieces
from crmplan.intake.text_file import TextFile
from crmplan.sources import Reading

__all__ = ["pieces_of"]

_MOST_TOLD = 5
_MOST_RAGGED_SHARE = 0.05
_MOST_DEPTH = 8


def pieces_of(
    text: TextFile, *, wanted: Sequence[str] | None, reading: Reading, piece_bytes: int = PIECE_BYTES
) -> Pieces:
    r"""Return the wanted fields of JSON objects as text, piece by piece; one list of objects is held in memory whole.

    A field within a field is named with a point between (``address.city``); a list stays JSON text. Numbers keep the
    digits of the file, so that a long number is not rounded.

    Parameters
    ----------
    text, wanted, piece_bytes
        As in :func:`crmplan.intake.delimited.pieces_of`.
    reading
        The decimal mark.

    Raises
    ------
    IntakeError
        When a list is no valid JSON, or more than 5 % of the lines are no JSON objects; says file and line.

    Examples
    --------
    >>> raw = b'{"id": 12345678901234567890, "at": {"city": "Bonn"}}\n{"id": 7}\n'
    >>> found = pieces_of(TextFile.of(raw, file="x.jsonl"), wanted=None, reading=Reading()).whole()
    >>> found.header, found.frame.fillna("").values.tolist()
    (('id', 'at.city'), [['12345678901234567890', 'Bonn'], ['7', '']])
    """
    ragged: list[tuple[int, str]] = []
    header: dict[str, None] = {}
    pieces = Pieces(iter(()), is_header_known=False)

    def frames() -> Iterator[pd.DataFrame]:
        rows: list[dict[str, str | None]] = []
        n_rows = n_characters = 0
        for size, one in _objects(text, ragged):
            row = dict(_flat(one, "", reading.decimal, 0))
            header.update(dict.fromkeys(row))
            rows.append(row)
            n_rows, n_characters = n_rows + 1, n_characters + size
            if n_characters >= piece_bytes:
                yield _frame(rows, header, wanted)
                rows, n_characters = [], 0
        if len(ragged) > _MOST_RAGGED_SHARE * (n_rows + len(ragged)):
            advice = "write one object a line, or one list of objects"
            told = ragged[:_MOST_TOLD]
            raise IntakeError([Problem(f"{text.file}:{line}", "a JSON object", said, advice) for line, said in told])
        pieces.header.extend(header)
        pieces.ragged_lines.extend(line for line, _ in ragged)
        if rows or not n_rows:
            yield _frame(rows, header, wanted)

    pieces.frames = frames()
    return pieces


def _frame(
    rows: Sequence[Mapping[str, str | None]], header: Iterable[str], wanted: Sequence[str] | None
) -> pd.DataFrame:
    names = [name for name in header if wanted is None or name in wanted]
    columns = {name: pd.Series([row.get(name) for row in rows], dtype="str") for name in names}
    return pd.DataFrame(columns, index=range(len(rows)))


def _objects(text: TextFile, ragged: list[tuple[int, str]]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the objects of a text, each with the number of its characters; what is none goes to ``ragged``."""
    first = next((line for line in text.lines() if line.strip()), "")
    if not first.lstrip().startswith("["):
        yield from _lines(text, ragged)
        return
    with text.opened() as stream:
        for one in _list(stream.read(), text.file):
            yield 0, one


def _list(text: str, file: str) -> list[dict[str, Any]]:
    try:
        found = _loads(text)
    except (json.JSONDecodeError, _NamedTwiceError, RecursionError) as cause:
        where = f"{file}:{cause.lineno}" if isinstance(cause, json.JSONDecodeError) else file
        said = getattr(cause, "msg", "too many levels")
        raise IntakeError([Problem(where, "a list of JSON objects", said)]) from cause
    bad = [place for place, one in enumerate(found, start=1) if not isinstance(one, dict)]
    if bad:
        got = f"entry {bad[0]} is none, and so are {len(bad) - 1} others" if len(bad) > 1 else f"entry {bad[0]} is none"
        raise IntakeError([Problem(file, "a list of JSON objects", got, "ask for the export with field names")])
    return list(found)


def _lines(text: TextFile, ragged: list[tuple[int, str]]) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(text.lines(), start=1):
        if not line.strip("\x00\x1e \t\r\n"):
            continue
        try:
            found = _loads(line.strip("\x00\x1e\r\n"))
        except (json.JSONDecodeError, _NamedTwiceError, RecursionError) as cause:
            ragged.append((number, getattr(cause, "msg", "too many levels")))
            continue
        if isinstance(found, dict):
            yield len(line), found
        else:
            ragged.append((number, "no object"))


def _loads(text: str) -> Any:
    return json.loads(
        text, parse_int=_Digits, parse_float=_Digits, parse_constant=_Digits, object_pairs_hook=_without_doubles
    )


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; one that names a field twice says two things, and is none that can be read."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _NamedTwiceError
    return found


class _NamedTwiceError(ValueError):
    msg = "a field that is named twice"


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
