"""A checklist as the text of its YAML file: what did not change keeps its lines, remarks and all."""

from __future__ import annotations

import itertools
import re
from typing import Any

import yaml

from crmplan import _yaml
from crmplan.assessment.checklist_workbook.columns import own_fields
from crmplan.assessment.questions import Checklist, Question, what_follows
from crmplan.errors import TemplateError

__all__ = ["checklist_text"]

_SCHEMA_LINE = "# yaml-language-server: $schema=../schema/checklist.json\n"
_BELOW = "questions:\n"
_HEAD = ("checklist", "title", "version", "introduction")
_WIDTH = 110
_LIKE_A_NUMBER = re.compile(r"^[-+]?\.?[0-9][0-9_]*\.?[0-9_]*([eE][-+]?[0-9]+)?$")
_INLINE = frozenset(
    {"covers", "ask", "na_reasons", "evidence", "needs", "target", "need", "bands", "also", "initiatives", "kpis"}
)


def checklist_text(checklist: Checklist, before: str = "", *, was: Checklist | None = None) -> str:
    """Return the text of a checklist's file.

    Parameters
    ----------
    checklist
        What the file should say.
    before
        Its text up to now: every question that stands in it as it should keeps its lines, with all remarks.
    was
        What the text up to now says.

    Raises
    ------
    TemplateError
        When the text up to now is no YAML.

    Examples
    --------
    >>> from crmplan.assessment import load_checklists
    >>> from crmplan.assessment.questions import Checklist
    >>> text = checklist_text(load_checklists()[0])
    >>> Checklist.model_validate(_yaml.read_text(text).data) == load_checklists()[0]
    True
    """
    whole = _SCHEMA_LINE + _dumped(_head(checklist)) + _BELOW + "\n".join(map(_block, checklist.questions))
    if was is None:
        return whole
    kept = _with_kept_lines(checklist, before, was)
    return kept if _says(kept, checklist) else whole


def _with_kept_lines(checklist: Checklist, before: str, was: Checklist) -> str:
    blocks = _blocks(before)
    lines = {one.id: block for one, block in zip(was.questions, blocks[1:], strict=False)}
    known = {one.id: one for one in was.questions}
    head = blocks[0] if _head(checklist) == _head(was) else _remarks(blocks[0]) + _dumped(_head(checklist)) + _BELOW
    found = [
        lines[one.id] if known.get(one.id) == one else _remarks(lines.get(one.id, "")) + _block(one)
        for one in checklist.questions
    ]
    return head + "\n".join(block.rstrip("\n") + "\n" for block in found)


def _blocks(text: str) -> list[str]:
    """Return the text above the questions, then that of each question with the remarks above it."""
    document = _yaml.read_text(text, error=TemplateError)
    lines = text.splitlines(keepends=True)
    places = sorted(line for path, line in document.lines.items() if len(path) == 2 and path[0] == "questions")
    begins = [_with_remarks_above(lines, line - 1) for line in places]
    return ["".join(lines[begin:end]) for begin, end in itertools.pairwise([0, *begins, len(lines)])]


def _with_remarks_above(lines: list[str], begin: int) -> int:
    while begin > 0 and lines[begin - 1].lstrip().startswith("#"):
        begin -= 1
    return begin


def _remarks(block: str) -> str:
    lines = block.splitlines(keepends=True)
    return "".join(lines[: next((n for n, line in enumerate(lines) if not line.lstrip().startswith("#")), len(lines))])


def _says(text: str, checklist: Checklist) -> bool:
    """Return whether a text, put together from old lines and new ones, says what it should."""
    try:
        return Checklist.model_validate(_yaml.read_text(text).data) == checklist
    except ValueError:
        return False


def _head(checklist: Checklist) -> dict[str, str]:
    return {name: getattr(checklist, name) for name in _HEAD}


def _block(question: Question) -> str:
    told = question.model_dump(exclude_defaults=True)
    # What follows from the scale must be told where it is otherwise, be it as it mostly is.
    must = {*told, *what_follows(question.model_dump())}
    fields = {name: told.get(name, value) for name, value in own_fields(question).items() if name in must}
    text = _dumped({"questions": [_inline(fields)]})
    return text.partition("\n")[2]


def _inline(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: _Inline(_plain(value)) if name in _INLINE else _nested(value) for name, value in fields.items()}


def _nested(value: Any) -> Any:
    if isinstance(value, dict):
        return _inline(value)
    return [_nested(one) for one in value] if isinstance(value, list | tuple) else _plain(value)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 1e15 else value


class _Inline:
    """A list or mapping that stands on one line."""

    def __init__(self, value: Any) -> None:
        self.value = value


class _Dumper(yaml.SafeDumper):
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text_node(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    # What may pass for a number is quoted: readers differ in what they take for one.
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"' if _LIKE_A_NUMBER.match(text) else None)


def _inline_node(dumper: yaml.SafeDumper, inline: _Inline) -> yaml.Node:
    node: Any = dumper.represent_data(inline.value)
    node.flow_style = True
    return node  # type: ignore[no-any-return]


_Dumper.add_representer(str, _text_node)
_Dumper.add_representer(_Inline, _inline_node)


def _dumped(fields: dict[str, Any]) -> str:
    return yaml.dump(
        fields, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=_WIDTH, default_flow_style=False
    )
