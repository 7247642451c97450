"""One strict reader for every YAML file a person writes.

It refuses what commonly goes wrong in silence: dates and times stay text, only ``true`` and ``false`` are booleans,
numbers with leading zeros stay text, a key given twice is an error, and so are tags, anchors and aliases. Every value
keeps the line it came from, so that a message can say ``file:line``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from crmplan.errors import ConfigError, Problem

__all__ = ["Document", "read", "read_text"]

_INTEGER = re.compile(r"^[-+]?(0|[1-9][0-9]*)$")
_DECIMAL = re.compile(r"^[-+]?(0|[1-9][0-9]*)?\.[0-9]+([eE][-+]?[0-9]+)?$")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same rules, many times as fast where it was built
_MOST_BYTES = 5_000_000
_MOST_DEPTH = 60


@dataclass(frozen=True, slots=True)
class Document:
    """What a YAML file holds, with the line of every value.

    Parameters
    ----------
    data
        Dictionaries, lists, text, numbers, booleans and None.
    file
        The name to use in messages.
    lines
        Line number (from 1) by the path of keys and positions that leads to a value.
    """

    data: Any
    file: str
    lines: dict[tuple[str | int, ...], int] = field(default_factory=dict)

    def where(self, location: Sequence[str | int] = ()) -> str:
        """Return ``file:line`` of the value at ``location``, or of the nearest one above it."""
        path = tuple(location)
        while path and path not in self.lines:
            path = path[:-1]
        return f"{self.file}:{self.lines.get(path, 1)}"


def read(path: Path, *, error: type[ConfigError] = ConfigError) -> Document:
    """Return the document in a file.

    Parameters
    ----------
    path
        A YAML file in UTF-8.
    error
        The kind of ConfigError to raise.

    Raises
    ------
    ConfigError
        When the file is missing, not UTF-8, larger than 5 MB, or not strict YAML; says file and line.
    """
    try:
        raw = path.read_bytes()
    except (FileNotFoundError, IsADirectoryError, PermissionError) as cause:
        raise error([Problem(str(path), "a YAML file that can be read", type(cause).__name__)]) from cause
    if len(raw) > _MOST_BYTES:
        raise error([Problem(path.name, "a file below 5 MB", f"{len(raw)} bytes", "keep data in data/, not in YAML")])
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as cause:
        line = raw[: cause.start].count(b"\n") + 1
        raise error([Problem(f"{path.name}:{line}", "text in UTF-8", "", "save the file as UTF-8")]) from cause
    return read_text(text, file=path.name, error=error)


def read_text(text: str, *, file: str = "text", error: type[ConfigError] = ConfigError) -> Document:
    r"""Return the document in a text.

    Examples
    --------
    >>> read_text("country: NO\npostcode: 02134\nopened: 2024-01-31").data
    {'country': 'NO', 'postcode': '02134', 'opened': '2024-01-31'}
    >>> read_text("a: 1\na: 2", file="x.yaml")
    Traceback (most recent call last):
    crmplan.errors.ConfigError: x.yaml:2: expected every key once, got 'a'; it stands in line 1 already
    """
    try:
        _refuse_references(text, file, error)
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as cause:
        mark = cause.problem_mark or cause.context_mark
        line = mark.line + 1 if mark else 1
        raise error([Problem(f"{file}:{line}", "valid YAML", str(cause.problem or cause.context))]) from cause
    except ConfigError:
        raise  # our own words already, and a kind of ValueError
    except (yaml.YAMLError, ValueError) as cause:
        raise error([Problem(file, "valid YAML", str(cause).splitlines()[0])]) from cause
    except RecursionError as cause:
        raise error([Problem(file, f"at most {_MOST_DEPTH} levels of nesting")]) from cause
    problems: list[Problem] = []
    lines: dict[tuple[str | int, ...], int] = {}
    data = None if node is None else _value(node, (), file, lines, problems)
    if problems:
        raise error(problems)
    return Document(data, file, lines)


def _refuse_references(text: str, file: str, error: type[ConfigError]) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        where = f"{file}:{event.start_mark.line + 1 if event.start_mark else 1}"
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            advice = "write the value out, or quote the text"
            raise error([Problem(where, "no anchors (&) and aliases (*)", "", advice)])
        tag = getattr(event, "tag", None)
        if tag:
            raise error([Problem(where, "no tags (!)", str(tag), "remove the tag, or quote the text")])
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _MOST_DEPTH:
                raise error([Problem(where, f"at most {_MOST_DEPTH} levels of nesting")])
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _value(
    node: yaml.Node,
    path: tuple[str | int, ...],
    file: str,
    lines: dict[tuple[str | int, ...], int],
    problems: list[Problem],
) -> Any:
    line = node.start_mark.line + 1
    lines[path] = line
    if isinstance(node, yaml.SequenceNode):
        return [_value(child, (*path, i), file, lines, problems) for i, child in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, file, lines, problems)
    return _scalar(node)


def _mapping(
    node: yaml.MappingNode,
    path: tuple[str | int, ...],
    file: str,
    lines: dict[tuple[str | int, ...], int],
    problems: list[Problem],
) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode) or key_node.value == "<<":
            problems.append(Problem(f"{file}:{line}", "plain text as a key", "", "quote it"))
            continue
        key = str(key_node.value)
        if key in result:
            first = lines[(*path, key)]
            problems.append(Problem(f"{file}:{line}", "every key once", key, f"it stands in line {first} already"))
            continue
        result[key] = _value(value_node, (*path, key), file, lines, problems)
        lines[(*path, key)] = line
    return result


def _scalar(node: yaml.Node) -> Any:
    text = str(node.value)
    if getattr(node, "style", None):
        return text
    if text in {"", "~", "null"}:
        return None
    if text in {"true", "false"}:
        return text == "true"
    if _INTEGER.match(text) and len(text) < 19:
        return int(text)
    if _DECIMAL.match(text):
        return float(text)
    return text
