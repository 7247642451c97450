"""Text that every format can hold, and the one mark it may carry: names of tables and columns in backticks."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

__all__ = ["plain", "tied", "with_names"]

# Control characters (but tab and line feed), lone surrogates, and marks that turn the direction of text around them.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")

# A number and its unit belong on one line: 48 %, EUR 412,000.
_BEFORE_UNIT = re.compile(r"(?<=\d) (?=%)")
_AFTER_CURRENCY = re.compile(r"(?<=\b[A-Z]{3}) (?=-?\d)")


def plain(value: Any) -> Any:
    r"""Return the value with every text in it (keys too) in composed form and without unprintable characters.

    Examples
    --------
    >>> plain({"a": ["x\x00y", 1, None], "b": "caf\u0065\u0301"})
    {'a': ['xy', 1, None], 'b': 'café'}
    """
    if isinstance(value, str):
        return unicodedata.normalize("NFC", _UNPRINTABLE.sub("", value))
    if isinstance(value, dict):
        return {plain(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    return value


def tied(text: str) -> str:
    r"""Return a text in which a line never ends between a number and its unit.

    Examples
    --------
    >>> tied("48 % is EUR 412,000 a year")
    '48\xa0% is EUR\xa0412,000 a year'
    """
    return _AFTER_CURRENCY.sub("\xa0", _BEFORE_UNIT.sub("\xa0", text))


def with_names(text: str) -> list[dict[str, Any]]:
    """Return a text as runs, those between backticks marked as ``code``.

    Examples
    --------
    >>> [(run["text"], run["code"]) for run in with_names("needs `orders` first")]
    [('needs ', False), ('orders', True), (' first', False)]
    """
    pieces = tied(text).split("`")
    if len(pieces) % 2 == 0:  # a backtick without a partner is a character like any other
        pieces = [text]
    runs = (
        {"text": piece, "strong": False, "em": False, "code": bool(place % 2)} for place, piece in enumerate(pieces)
    )
    return [run for run in runs if run["text"]]
