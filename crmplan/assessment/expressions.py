"""Short rules over answers and figures, such as ``answers["CC-CM-02"] >= 4 and figures["duplicate_share"] > 0.1``.

A rule is text in a YAML file. It is parsed from a short list of what may stand in it and never run as Python. What is
not known stays not known: a rule holds only when that is sure, whatever the missing answers would have been.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from crmplan.errors import ExpressionError

__all__ = ["SOURCES", "Expression", "parse"]

SOURCES: Mapping[str, str] = MappingProxyType(
    {
        "answers": "the level people agree on, by question",
        "shown": "the level that data show, by question",
        "stated": "the figure people name, by question",
        "figures": "the measured figure, by metric",
    }
)
"""What a rule may look up, as in ``answers["MK-CH-01"]``."""

CUSTOMERS = "customers"
"""The kind of customers of the client (consumers, firms or both), as in ``customers == "firms"``."""

_MOST_CHARACTERS = 400
_MOST_PARTS = 80
_GREATEST_NUMBER = 1e12

_COMPARED: Mapping[type[ast.cmpop], Callable[[Any, Any], bool]] = MappingProxyType(
    {
        ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Eq: operator.eq,
        ast.NotEq: operator.ne,
    }
)  # fmt: skip
_RECKONED: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = MappingProxyType(
    {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}
)
_ALLOWED = "comparisons, and, or, not, + - * /, numbers, and " + ", ".join(f'{name}["..."]' for name in SOURCES)


@dataclass(frozen=True, slots=True)
class Expression:
    """A rule that has been parsed.

    Parameters
    ----------
    text
        As it was written.
    names
        What it looks up, as (source, id), in the order in which it is written.
    """

    text: str
    names: tuple[tuple[str, str], ...]
    _tree: ast.expr = field(repr=False, compare=False)

    def holds(self, known: Mapping[str, Any]) -> bool | None:
        """Return whether the rule holds; None when what is known does not decide it.

        Parameters
        ----------
        known
            By source (see :data:`SOURCES`) a mapping from id to number, in which what is not known is missing, None or
            NaN; and under ``customers`` the kind of customers.

        Examples
        --------
        >>> rule = parse('answers["A"] >= 4 and figures["f"] > 0.1')
        >>> rule.holds({"answers": {"A": 4.0}, "figures": {"f": 0.2}})
        True
        >>> rule.holds({"answers": {"A": 2.0}})
        False
        >>> rule.holds({"answers": {"A": 4.0}}) is None
        True
        """
        found = _value(self._tree, known)
        return None if found is None else bool(found)

    def ids(self, source: str) -> tuple[str, ...]:
        """Return the ids that the rule looks up in one source."""
        return tuple(id for name, id in self.names if name == source)


def parse(text: str) -> Expression:
    """Return the rule that a text says.

    Raises
    ------
    ExpressionError
        When the text is no rule, is too long, or says something that no rule may say.

    Examples
    --------
    >>> parse('answers["MK-CH-01"] >= 3').names
    (('answers', 'MK-CH-01'),)
    >>> parse("open(1)")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    crmplan.errors.ExpressionError: 'open(1)' may not stand in a rule; allowed are comparisons, ...
    """
    if len(text) > _MOST_CHARACTERS:
        raise ExpressionError(f"a rule has at most {_MOST_CHARACTERS} characters, this one has {len(text)}")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as cause:
        raise ExpressionError(f"'{text[:80]}' cannot be read as a rule; allowed are {_ALLOWED}") from cause
    if sum(1 for _ in ast.walk(tree)) > _MOST_PARTS:
        raise ExpressionError(f"a rule has at most {_MOST_PARTS} parts; make two of it")
    names: dict[tuple[str, str], None] = {}
    _check(tree, names)
    if not _is_yes_or_no(tree):
        raise ExpressionError(f"'{text[:80]}' is a number; a rule compares something, as in 'answers[\"...\"] >= 3'")
    return Expression(text.strip(), tuple(names), tree)


def _check(node: ast.expr, names: dict[tuple[str, str], None]) -> None:
    match node:
        case ast.BoolOp(values=parts):
            _check_all(parts, names, must_be_rules=True)
        case ast.UnaryOp(op=ast.Not(), operand=part):
            _check_all([part], names, must_be_rules=True)
        case ast.UnaryOp(op=ast.USub(), operand=part) if not isinstance(part, ast.Constant) or _is_plain(part.value):
            _check(part, names)
        case ast.Compare(left=left, ops=signs, comparators=others) if all(type(one) in _COMPARED for one in signs):
            _check_all([left, *others], names)
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _RECKONED:
            _check_all([left, right], names)
        case ast.Subscript(value=ast.Name(id=source), slice=ast.Constant(value=str(id))) if source in SOURCES:
            names[source, id] = None
        case ast.Name(id=name) if name == CUSTOMERS:
            pass
        case ast.Constant(value=value) if isinstance(value, str) or _is_plain(value):
            pass
        case _:
            raise ExpressionError(f"'{ast.unparse(node)[:80]}' may not stand in a rule; allowed are {_ALLOWED}")


def _check_all(parts: list[ast.expr], names: dict[tuple[str, str], None], *, must_be_rules: bool = False) -> None:
    for part in parts:
        _check(part, names)
        if must_be_rules and not _is_yes_or_no(part):
            raise ExpressionError(f"'{ast.unparse(part)[:80]}' is a number; compare it with one, as in '... >= 3'")


def _is_plain(value: object) -> bool:
    """Whether it is a number of ordinary size; greater ones would not fit what is reckoned with them."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _GREATEST_NUMBER


def _is_yes_or_no(node: ast.expr) -> bool:
    is_not = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)
    return is_not or isinstance(node, ast.BoolOp | ast.Compare)


def _value(node: ast.expr, known: Mapping[str, Any]) -> Any:
    """Return what a checked part amounts to; None when it is not known."""
    match node:
        case ast.BoolOp(op=word, values=parts):
            return _decided([_value(part, known) for part in parts], by=isinstance(word, ast.Or))
        case ast.UnaryOp(op=ast.Not(), operand=part):
            value = _value(part, known)
            return None if value is None else not value
        case ast.Compare(left=left, ops=signs, comparators=others):
            values = [_value(part, known) for part in (left, *others)]
            pairs = zip(values, signs, values[1:], strict=False)
            return _decided([_compared(before, sign, after) for before, sign, after in pairs], by=False)
    return _figure(node, known)


def _figure(node: ast.expr, known: Mapping[str, Any]) -> Any:
    match node:
        case ast.UnaryOp(operand=part):
            value = _value(part, known)
            return None if value is None else -value
        case ast.BinOp(left=left, op=sign, right=right):
            return _reckoned(_value(left, known), sign, _value(right, known))
        case ast.Subscript(value=ast.Name(id=source), slice=ast.Constant(value=id)):
            return _number((known.get(source) or {}).get(id))
        case ast.Name(id=name):
            return known.get(name)
    return node.value if isinstance(node, ast.Constant) else None


def _decided(parts: list[bool | None], *, by: bool) -> bool | None:
    """Return ``by`` when one part says so, None when a part is not known, and the opposite of ``by`` otherwise."""
    if any(part is not None and bool(part) is by for part in parts):
        return by
    return None if None in parts else not by


def _compared(before: Any, sign: ast.cmpop, after: Any) -> bool | None:
    if before is None or after is None:
        return None
    if isinstance(before, str) is not isinstance(after, str):
        return isinstance(sign, ast.NotEq)
    return _COMPARED[type(sign)](before, after)


def _reckoned(before: Any, sign: ast.operator, after: Any) -> float | None:
    if not isinstance(before, int | float) or not isinstance(after, int | float):
        return None
    return None if isinstance(sign, ast.Div) and after == 0 else _number(_RECKONED[type(sign)](before, after))


def _number(value: Any) -> float | None:
    return None if value is None or math.isnan(value) else float(value)
