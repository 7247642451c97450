"""A proposal as lines of ``engagement.yaml``, put in without touching a line that the consultant wrote."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from crmplan.intake.proposal import LookupProposal, TableProposal

__all__ = ["lines_of", "with_tables"]

_PLAIN = re.compile(r"[A-Za-z_][\w .()/&+-]*[\w)]|[A-Za-z_]")
_WORDS_OF_YAML = {"true", "false", "null", "yes", "no", "on", "off"}
_WIDTH = 116
_IS_SURE = 0.8


def lines_of(proposal: TableProposal) -> list[str]:
    """Return a proposal as an entry of a source's ``tables``, without indentation.

    What is not sure carries a remark that says why it was proposed.
    """
    lines = [f"- table: {proposal.table}", f"  file: {_scalar(proposal.file)}"]
    if proposal.known_as:
        lines.insert(0, f"# {proposal.known_as}")
    if proposal.reading:
        lines.append(f"  reading: {_flow(proposal.reading)}")
    if proposal.is_distinct:
        lines.append("  distinct: true")
    if proposal.lookups:
        lines.append("  lookups:")
    for lookup in proposal.lookups:
        lines += _lookup(lookup)
    lines.append("  columns:")
    for column in proposal.columns:
        mapping = column.mapping
        value = _scalar(mapping["column"]) if set(mapping) == {"column"} else _flow(mapping)
        remark = "" if column.confidence >= _IS_SURE else f"  # check: {column.reason}"
        lines += _wrapped(f"    {column.name}: {value}{remark}")
    lines += [f"    # {name}: ?" for name in proposal.missing]
    lines += [f"  # ask: {' '.join(question.split())}" for question in proposal.questions]
    return lines + _left_out(proposal.left_out, "  ")


def _lookup(lookup: LookupProposal) -> list[str]:
    lines = [
        f"  - name: {lookup.name}  # {lookup.confidence:.0%} {' '.join(lookup.reason.split())}",
        f"    file: {_scalar(lookup.file)}",
        f"    on: {_flow(lookup.on)}",
    ]
    lines += [f"    reading: {_flow(lookup.reading)}"] if lookup.reading else []
    lines += [f"    total: {_scalar(lookup.total)}"] if lookup.total else []
    return lines + _left_out(lookup.left_out, "    ")


def _left_out(names: Sequence[str], indent: str) -> list[str]:
    if not names:
        return []
    return textwrap.wrap(
        f"left_out: [{', '.join(_scalar(name) for name in names)}]", _WIDTH - 8,
        initial_indent=indent, subsequent_indent=f"{indent}  ", break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def with_tables(text: str, source: str, proposals: Sequence[TableProposal], *, placeholder: str = "") -> str:
    r"""Return the text of an engagement with more tables under a source, which is made where it is not there.

    Parameters
    ----------
    text
        ``engagement.yaml`` as it stands; every line of it comes back as it was, but for an empty ``sources: []``.
    source
        Name of the source.
    proposals
        What to put in.
    placeholder
        A source to take out: the example that a new engagement begins with.

    Raises
    ------
    EngagementError
        When the source is there with tables that are written in one line.

    Examples
    --------
    >>> before = "as_of: 2024-12-31  # as agreed\nsources:\n  - name: crm\n    tables: []\n"
    >>> "as_of: 2024-12-31  # as agreed" in with_tables(before, "shop", [])
    True
    """
    if placeholder:
        text = _without(text, placeholder)
    lines = text.splitlines()
    place = _sources(text)
    if place is None or not place.value:
        block = _source_block(source, proposals, indent=2)
        at = next((number for number, line in enumerate(lines) if re.match(r"sources:", line)), len(lines))
        return "\n".join([*lines[:at], "sources:", *block, *lines[at + 1 :], ""])
    indent = place.start_mark.column
    for item in place.value:
        if _value(item, "name") != source:
            continue
        tables = _node(item, "tables")
        if isinstance(tables, yaml.SequenceNode) and tables.value and not tables.flow_style:
            column = tables.start_mark.column
            block = [
                line
                for one in proposals
                for line in textwrap.indent("\n".join(lines_of(one)), " " * column).split("\n")
            ]
            return _put_in(lines, _last_line(tables), block)
        name = f"{source}_{len(place.value) + 1}"
        return _put_in(lines, _last_line(place), _source_block(name, proposals, indent=indent))
    return _put_in(lines, _last_line(place), _source_block(source, proposals, indent=indent))


def _source_block(source: str, proposals: Sequence[TableProposal], *, indent: int) -> list[str]:
    head = [f"- name: {source}", "  tables:"]
    inside = [f"    {line}" if line else "" for one in proposals for line in lines_of(one)]
    return [" " * indent + line for line in [*head, *inside]]


def _put_in(lines: Sequence[str], after: int, block: Sequence[str]) -> str:
    return "\n".join([*lines[: after + 1], *block, *lines[after + 1 :], ""])


def _sources(text: str) -> yaml.SequenceNode | None:
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    node = _node(root, "sources") if isinstance(root, yaml.MappingNode) else None
    return node if isinstance(node, yaml.SequenceNode) else None


def _without(text: str, source: str) -> str:
    place = _sources(text)
    item = next((one for one in place.value if _value(one, "name") == source), None) if place is not None else None
    if place is None or item is None:
        return text
    lines = text.splitlines()
    first, last = item.start_mark.line, _last_line(item)
    # The remarks right below belong to the example, as long as they are set in.
    while last + 1 < len(lines) and lines[last + 1].startswith(" ") and lines[last + 1].strip().startswith("#"):
        last += 1
    rest = [*lines[:first], *lines[last + 1 :], ""]
    return "\n".join(rest)


def _node(node: yaml.Node, key: str) -> yaml.Node | None:
    if not isinstance(node, yaml.MappingNode):
        return None
    return next((value for name, value in node.value if name.value == key), None)


def _value(node: yaml.Node, key: str) -> str:
    found = _node(node, key)
    return str(found.value) if isinstance(found, yaml.ScalarNode) else ""


def _last_line(node: yaml.Node) -> int:
    """Return the line (from 0) in which the last value within a node ends."""
    if isinstance(node, yaml.ScalarNode) or getattr(node, "flow_style", False):
        end = node.end_mark
        return int(end.line if end.column or end.line == node.start_mark.line else end.line - 1)
    inside = [part for pair in node.value for part in (pair if isinstance(pair, tuple) else (pair,))]
    return max((_last_line(part) for part in inside), default=int(node.start_mark.line))


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_scalar(key)}: {_flow(inside)}" for key, inside in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flow(inside) for inside in value) + "]"
    return _scalar(value)


def _scalar(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{value:g}"
    text = str(value)
    is_plain = _PLAIN.fullmatch(text) and text.casefold() not in _WORDS_OF_YAML
    return text if is_plain else json.dumps(text, ensure_ascii=False)


def _wrapped(line: str) -> list[str]:
    if len(line) <= _WIDTH or "#" in line or "  " in line.strip():
        return [line]
    return textwrap.wrap(line, _WIDTH, subsequent_indent="      ", break_long_words=False, break_on_hyphens=False)
