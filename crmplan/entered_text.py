"""Text as people type or paste it, made fit to be kept, shown and printed without losing a word of it."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from typing import Any

__all__ = ["a_time", "clean_text"]

# Control characters and non-characters that XML, office files and terminals refuse; tab and line end stay.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufdd0-\ufdef\ufffe\uffff]")


def clean_text(text: Any) -> Any:
    r"""Return a text without what no document can hold; everything else stays, in composed form (NFC).

    Control characters go but for tab and line end (every kind of line end becomes ``\n``), halves of a character that
    was cut in two become ``�``. Markup, formulas, right-to-left text and emoji are a matter for whoever shows the text:
    they stay as they are. What is no text is returned as it came.

    Examples
    --------
    >>> clean_text("e\u0301 \x00\x1b[31m=1+1\r\n<b>\ud83d\ude42\ud83d")
    'é [31m=1+1\n<b>🙂�'
    """
    if not isinstance(text, str):
        return text
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    lines = whole.replace("\r\n", "\n").replace("\r", "\n").replace("\x85", "\n")
    return unicodedata.normalize("NFC", _UNPRINTABLE.sub("", lines))


def a_time(text: str) -> str:
    """Return a text that is a time in ISO form, as it came.

    Raises
    ------
    ValueError
        When it is none; says how a time is written.

    Examples
    --------
    >>> a_time("2024-05-31T14:30:00+00:00")
    '2024-05-31T14:30:00+00:00'
    """
    try:
        datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("a time such as 2024-05-31T14:30:00+00:00") from None
    return text
