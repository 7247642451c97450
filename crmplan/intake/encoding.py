"""Bytes as text, whatever the program wrote that sent them: UTF-8, UTF-16, Windows-1252 or Mac Roman."""

from __future__ import annotations

import codecs

from crmplan.errors import IntakeError, Problem

__all__ = ["decoded", "encoding_of"]

_NEWLINES_OF_OLD_MACS = 0.9
_MOST_LOOKED_AT = 2_000_000
_OPENING = "‘“‚„«‹"
_PLACED = "’”»›–—…•"


def decoded(raw: bytes, *, file: str = "file", encoding: str | None = None) -> str:
    """Return bytes as text: in the encoding given, else in the one found out.

    Raises
    ------
    IntakeError
        When the bytes are not in the encoding that was given; says file and line.

    Examples
    --------
    >>> decoded("Zoë".encode("cp1252")), decoded("Zoë".encode("utf-16")), decoded("Zoë".encode("mac_roman"))
    ('Zoë', 'Zoë', 'Zoë')
    """
    return _decoded_as(raw, file, encoding_of(raw) if encoding is None else encoding)


def encoding_of(raw: bytes) -> str:
    r"""Return the encoding of a text, by its mark, its zero bytes, or where its accented letters stand.

    Windows-1252 and Mac Roman give every byte a meaning, so neither can be ruled out; the one is taken under which
    more of the bytes above 127 are letters within words and marks where marks belong.

    Examples
    --------
    >>> encoding_of("Müller".encode()), encoding_of("Ärger, Müller".encode("mac_roman")), encoding_of(b"a\x00b\x00")
    ('utf-8', 'mac_roman', 'utf-16-le')
    """
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    head = raw[:2000]
    if len(head) > 3 and head.count(0) > len(head) // 4:
        return "utf-16-le" if head[1] == 0 else "utf-16-be"
    try:
        raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _one_byte_encoding(raw[:_MOST_LOOKED_AT])
    return "utf-8"


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


def _decoded_as(raw: bytes, file: str, encoding: str) -> str:
    try:
        text = raw.decode("utf-8-sig" if encoding.lower() in {"utf-8", "utf8"} else encoding)
    except LookupError as cause:
        advice = "write utf-8, utf-16, cp1252 or mac_roman"
        raise IntakeError([Problem(file, "an encoding that Python knows", encoding, advice)]) from cause
    except UnicodeError as cause:
        line = raw[: getattr(cause, "start", 0)].count(b"\n") + 1
        advice = "leave the encoding out to have it found, or name the right one"
        raise IntakeError([Problem(f"{file}:{line}", f"text in {encoding}", "", advice)]) from cause
    return text.removeprefix("\ufeff")
