"""Workbooks that go out to people and come back: every text whole and never more than text, nothing opened blindly."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from pathlib import Path
from typing import Any

from crmplan.errors import ConfigError, MissingExtraError, Problem

__all__ = ["new_workbook", "opened", "text_in", "write_text"]

_MOST_BYTES = 20_000_000
_MOST_UNPACKED = 200_000_000

# Excel writes a text such as "_x0041_" as "_x005F_x0041_". openpyxl drops every "x005F_" instead of reading it, also
# where somebody typed it; the mark, which no text that people type may hold, keeps it from being seen.
_ESCAPE, _MARK = "x005F_", "\ufdd0"
_HIDDEN_ESCAPE = f"x{_MARK}005F_"
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def new_workbook(content: io.BytesIO) -> Any:
    """Return a new workbook of XlsxWriter, in which no text is ever taken for a formula, an address or a number.

    Parameters
    ----------
    content
        What the workbook is written to when it is closed.

    Raises
    ------
    MissingExtraError
        When XlsxWriter is not installed.
    """
    try:
        import xlsxwriter
    except ImportError as cause:
        raise MissingExtraError.of("XlsxWriter", "office") from cause
    safe = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    return xlsxwriter.Workbook(content, safe)


def write_text(sheet: Any, row: int, column: int, text: str, style: Any) -> None:
    """Write a text into a cell of a sheet of XlsxWriter as text, whatever it looks like; an empty one as a blank cell.

    Parameters
    ----------
    sheet
        A worksheet of XlsxWriter.
    row, column
        Place of the cell, counted from 0.
    text
        At most 32,767 units, as a cell holds no more.
    style
        Format of the cell.
    """
    if not text:
        sheet.write_blank(row, column, None, style)
    elif text.startswith("<r>") and text.endswith("</r>"):
        # XlsxWriter takes such a text for a rich one that it made itself, and writes it unescaped.
        sheet.write_rich_string(row, column, text[:1], style, text[1:], style)
    else:
        sheet.write_string(row, column, text, style)


def opened(file: Path, *, kind: str, advice: str, error: type[ConfigError]) -> Any:
    """Return a workbook as openpyxl reads it, formulas as such; texts in it are for :func:`text_in`.

    Parameters
    ----------
    file
        A workbook that came back from somebody.
    kind
        What it should be, for messages.
    advice
        What to do when it is something else.
    error
        The kind of error to raise.

    Raises
    ------
    ConfigError
        When it is no workbook, too large, or made to do harm.
    MissingExtraError
        When openpyxl is not installed.
    """
    try:
        import openpyxl
    except ImportError as cause:
        raise MissingExtraError.of("openpyxl", "office") from cause

    def refused(got: str) -> ConfigError:
        return error([Problem(file.name, kind, got, advice)])

    try:
        content = _content(file)
    except OSError as cause:
        raise error([Problem(str(file), "a file that can be read", type(cause).__name__)]) from cause
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, EOFError) as cause:
        raise refused("no workbook (.xlsx)") from cause
    if isinstance(content, str):
        raise refused(content)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of what it would lose in writing; nothing is written
            # Formulas must stay visible as such; with data_only they would pass for the values Excel last saw.
            return openpyxl.load_workbook(io.BytesIO(content), data_only=False, keep_links=False)
    except Exception as cause:  # whatever openpyxl stumbles over, the file is not one that crmplan wrote
        raise refused(type(cause).__name__) from cause


def text_in(value: Any) -> Any:
    r"""Return the value of a cell; a text as it was typed, with Excel's escapes undone and line ends as ``\n``.

    Examples
    --------
    >>> text_in("one_x000D_\ntwo"), text_in(3)
    ('one\ntwo', 3)
    """
    if not isinstance(value, str):
        return value
    raw = value.replace(_MARK, "")
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), raw).replace("\r\n", "\n")


def _content(file: Path) -> bytes | str:
    """Return the bytes of a workbook with Excel's escapes kept from openpyxl; or, in words, why it is refused."""
    if file.stat().st_size > _MOST_BYTES:
        return "a file above 20 MB"
    raw = file.read_bytes()
    with zipfile.ZipFile(io.BytesIO(raw)) as packed:
        if sum(one.file_size for one in packed.infolist()) > _MOST_UNPACKED:
            return "a file that unpacks to more than 200 MB"
        parts = {one: packed.read(one) for one in packed.infolist() if one.filename.endswith((".xml", ".rels"))}
        if any(b"<!DOCTYPE" in part[:2000] for part in parts.values()):
            return "a document type inside"
        held = [one for one, part in parts.items() if _ESCAPE.encode() in part and one.filename.startswith("xl/")]
        return _with_hidden_escapes(packed, held) if held else raw


def _with_hidden_escapes(packed: zipfile.ZipFile, held: list[zipfile.ZipInfo]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as repacked:
        for one in packed.infolist():
            part = packed.read(one)
            repacked.writestr(
                one.filename, part.replace(_ESCAPE.encode(), _HIDDEN_ESCAPE.encode()) if one in held else part
            )
    return content.getvalue()
