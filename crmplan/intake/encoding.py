"""Bytes as text, whatever the program wrote that sent them: UTF-8, UTF-16, Windows-1252 or Mac Roman."""

from __future__ import annotations

import codecs
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from crmplan.errors import IntakeError, Problem

__all__ = ["GUESSED", "Encoded", "encoding_in"]

GUESSED = ("cp1252", "latin-1", "mac_roman")
"""Encodings in which every byte means something, so that only likelihood tells them apart."""

_NEWLINES_OF_OLD_MACS = 0.9
_MOST_LOOKED_AT = 2_000_000
_MARKS_OF_TABLES = ("\n", "\r", ",", ";", "\t", "|", " ")
_OPENING = "‘“‚„«‹"
_PLACED = "’”»›–—…•"


@dataclass(frozen=True, slots=True)
class Encoded:
    """How a text is encoded, whether somebody said so, and whether it holds nothing outside ASCII."""

    name: str
    is_given: bool
    is_ascii: bool


def encoding_in(blocks: Callable[[], Iterator[bytes]], *, file: str, encoding: str | None = None) -> Encoded:
    r"""Return the encoding of a text that comes in blocks: the one given, else the one found out; all of it fits.

    It is found by a mark of byte order, by zero bytes, or by where accented letters stand: Windows-1252 and Mac Roman
    give every byte a meaning, so neither can be ruled out; the one is taken under which more of the bytes above 127
    are letters within words and marks where marks belong.

    Parameters
    ----------
    blocks
        Yields the bytes from the beginning, as often as it is called.
    file
        The name to use in messages.
    encoding
        The encoding, where somebody knows it.

    Raises
    ------
    IntakeError
        When there is no such encoding, or the bytes are not in it; says file and line.

    Examples
    --------
    >>> texts = "Müller".encode(), "Ärger, Müller".encode("mac_roman"), b"a\x00b\x00"
    >>> [encoding_in(lambda raw=raw: iter([raw]), file="x").name for raw in texts]
    ['utf-8', 'mac_roman', 'utf-16-le']
    """
    first = next(blocks(), b"")
    name = encoding or _by_mark(first)
    if encoding is None and name == "utf-16":
        _refuse_wrong_mark(first, file)
    try:
        return Encoded(name, encoding is not None, _checked(blocks(), name, file))
    except IntakeError:
        if encoding is not None or name != "utf-8":
            raise
    name = _one_byte_encoding(_with_accents(blocks()))
    return Encoded(name, is_given=False, is_ascii=_checked(blocks(), name, file))


def _refuse_wrong_mark(raw: bytes, file: str) -> None:
    """Raise where a text begins with the mark of an encoding in which none of it is a line or a cell of a table."""
    head = raw[:2000].decode("utf-16", "ignore")
    if len(raw) > 20 and not any(mark in head for mark in _MARKS_OF_TABLES):
        advice = "write the right encoding under 'reading', such as utf-16-be, or ask for the export as UTF-8"
        raise IntakeError([Problem(f"{file}:1", "text in utf-16, as its first two bytes say", "", advice)])


def _by_mark(raw: bytes) -> str:
    if raw.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    head = raw[:2000]
    if len(head) > 3 and head.count(0) > len(head) // 4:
        return "utf-16-le" if head[1] == 0 else "utf-16-be"
    return "utf-8"


def _with_accents(blocks: Iterator[bytes]) -> bytes:
    """Return the part of a text from its first block on that holds more than ASCII, as much as is looked at."""
    part = b""
    for block in blocks:
        if part or not block.isascii():
            part += block[:_MOST_LOOKED_AT]
        if len(part) >= _MOST_LOOKED_AT:
            break
    return part


def _checked(blocks: Iterator[bytes], name: str, file: str) -> bool:
    """Return whether all is ASCII, or raise where the bytes are not in the encoding."""
    try:
        io.TextIOWrapper(io.BytesIO(), name)  # knows what is no encoding of texts, which a decoder does not
        decoder = codecs.getincrementaldecoder(name)("strict")
    except LookupError as cause:
        advice = "write utf-8, utf-16, cp1252 or mac_roman"
        raise IntakeError([Problem(file, "an encoding that Python knows", name, advice)]) from cause
    n_lines, is_ascii, block = 0, True, b""
    try:
        for block in blocks:
            is_ascii = is_ascii and block.isascii()
            decoder.decode(block)
            n_lines += block.count(b"\n")
        block = b""
        decoder.decode(b"", final=True)
    except UnicodeError as cause:
        line = n_lines + block[: getattr(cause, "start", 0)].count(b"\n") + 1
        advice = "leave the encoding out to have it found, or name the right one"
        raise IntakeError([Problem(f"{file}:{line}", f"text in {name}", "", advice)]) from cause
    return is_ascii


def _one_byte_encoding(raw: bytes) -> str:
    try:
        windows = raw.decode("cp1252")
    except UnicodeDecodeError:
        windows = ""
    mac = raw.decode("mac_roman")
    n_breaks = raw.count(b"\r") + raw.count(b"\n")
    is_old_mac = n_breaks > 0 and raw.count(b"\r") - raw.count(b"\r\n") >= _NEWLINES_OF_OLD_MACS * n_breaks
    fit_mac = _n_fitting(mac) + is_old_mac
    if fit_mac > (_n_fitting(windows) if windows else 0):
        return "mac_roman"
    return "cp1252" if windows else "latin-1"


def _n_fitting(text: str) -> int:
    """Return how many letters and marks outside ASCII stand where such letters and marks belong."""
    n = 0
    padded = f" {text} "
    for at, character in enumerate(text, start=1):
        if character < "\x80":
            continue
        before, after = padded[at - 1], padded[at + 1]
        if character in _OPENING:
            n += after.isalnum() and not before.isalnum()
        elif character in _PLACED:
            n += before.isalnum() or after.isalnum()
        elif character.isalpha():
            is_capital_within = character.isupper() and (before.islower() or (before.isalpha() and after.islower()))
            n += (before.isalpha() or after.isalpha()) and not is_capital_within
    return n
