"""The report as a PDF: tagged for readers that speak, the same bytes for the same input, typeset by Typst."""

from __future__ import annotations

import base64
import json
import math
import re
from dataclasses import dataclass
from typing import Any

from crmplan import carried
from crmplan.errors import RenderError
from crmplan.reporting.brand import FONT, font_folder
from crmplan.reporting.document import Document, day_in_words, incomplete_remark
from crmplan.reporting.page import narrow_columns, value_pieces
from crmplan.reporting.plain import tied, with_names

__all__ = ["Pdf", "report_pdf"]

_TEXT_WIDTH = 760
"""Pixels of a chart that fill the width of the text; a narrower chart is printed narrower, not larger."""

_LONGEST_FIXED_HEADING = 20
_NARROWEST = 18
_MOST_ROWS_TOGETHER = 12
_MOST_LINES_TOGETHER = 36
_UNSEEN = re.compile(r"\\u\{[0-9a-f]+\}")
"""How Typst names a character that cannot be seen, such as the one that joins two pictures into one."""
_NO_GLYPH = re.compile(r'the text `"(.+?)"` could not be displayed')


@dataclass(frozen=True, slots=True)
class Pdf:
    """A PDF: its bytes, and what a consultant should know about it, such as characters printed as boxes."""

    content: bytes
    remarks: tuple[str, ...] = ()


def report_pdf(document: Document) -> Pdf:
    """Return the whole report as PDF.

    It follows PDF/UA-1 (tagged, with titles and alternative texts). Where a text has characters that the typeface
    lacks, that standard cannot be met: the PDF is then made without the claim and a remark names the characters.

    Raises
    ------
    RenderError
        When Typst cannot make the document.
    """
    import typst

    inputs = {"data": json.dumps(_data(document), ensure_ascii=False)}
    try:
        return Pdf(_compiled(inputs, ["ua-1"]))
    except typst.TypstError as cause:
        remark = _remark(cause)
    try:
        return Pdf(_compiled(inputs, []), (remark,))
    except typst.TypstError as cause:
        raise RenderError(f"the PDF could not be made: {_first_line(cause)}") from cause


def _compiled(inputs: dict[str, str], standards: list[str]) -> bytes:
    import typst

    compiled: Any = typst.compile  # its annotations leave out lists of text
    template = carried.templates() / "report" / "report.typ"
    return bytes(
        compiled(
            template.read_bytes(),
            root=str(template.parent),
            format="pdf",
            font_paths=[str(font_folder())],
            ignore_system_fonts=True,
            sys_inputs=inputs,
            pdf_standards=standards,
        )
    )


def _data(document: Document) -> dict[str, Any]:
    brand, day = document.brand, document.as_of
    logo = None
    if brand.logo is not None:
        content = list(brand.logo.content)
        logo = {"format": brand.logo.format, "content": content, "alt": brand.consultant or "Logo"}
    return {
        "title": document.title,
        "client": document.client,
        "consultant": brand.consultant,
        "footer": brand.footer,
        "as_of": day_in_words(day),
        "date": {"year": day.year, "month": day.month, "day": day.day},
        "incomplete": incomplete_remark(document),
        "font": FONT,
        "colours": brand.colours,
        "soft": brand.tint("accent", 0.28),
        "wash": brand.tint("accent", 0.05),
        "logo": logo,
        "chapters": [
            {"title": chapter.title, "number": chapter.number, "parts": [_part(part) for part in chapter.parts]}
            for chapter in document.chapters
        ],
        "colophon": document.colophon,
    }


def _part(part: dict[str, Any]) -> dict[str, Any]:
    """Return a part with what the template cannot work out for itself."""
    more: dict[str, Any] = {}
    match part["kind"]:
        case "table":
            rows = [[tied(cell) for cell in row] for row in part["rows"]]
            more = {"rows": rows, "widths": _widths(part), "is_short": _is_short(part)}
        case "chart":
            width = re.search(r'<svg[^>]*?\swidth="([\d.]+)"', part["svg"])
            more = {"share": min(1.0, float(width.group(1)) / _TEXT_WIDTH) if width else 1.0}
        case "keyfigures":
            more = {"figures": [{**figure, "pieces": value_pieces(figure["value"])} for figure in part["figures"]]}
        case "findings":
            more = {"sentences": [with_names(sentence) for sentence in part["sentences"]]}
        case "note":
            more = {"message": with_names(part["message"])}
        case "lead" | "paragraph":
            more = {"runs": [{**run, "text": tied(run["text"])} for run in part["runs"]]}
        case "image":
            more = {"bytes": list(base64.b64decode(part["png"]))}
    return {**part, **more}


def _widths(table: dict[str, Any]) -> list[float]:
    """Return the relative width of each column; 0 for one that is as wide as its text.

    Columns of numbers and short words keep their width; columns of sentences share the rest, longer ones more, though
    not in proportion.
    """
    if table["widths"]:
        return [float(width) for width in table["widths"]]
    widths = []
    for place, is_narrow in enumerate(narrow_columns(table)):
        longest = max((len(row[place]) for row in table["rows"]), default=0)
        is_fixed = is_narrow and place > 0 and len(table["header"][place]) <= _LONGEST_FIXED_HEADING
        widths.append(0.0 if is_fixed else math.sqrt(max(longest, 6)))
    return widths


def _is_short(table: dict[str, Any]) -> bool:
    """Return whether a table is so short that it stays on one page even if its columns come out narrow."""
    lines = [max((math.ceil(len(cell) / _NARROWEST) for cell in row), default=1) for row in table["rows"]]
    return len(lines) <= _MOST_ROWS_TOGETHER and sum(lines) <= _MOST_LINES_TOGETHER


def _remark(cause: Exception) -> str:
    found = _NO_GLYPH.findall(str(getattr(cause, "diagnostic", cause)))
    seen = (_UNSEEN.sub("", text) for text in found)
    missing = dict.fromkeys(text for text in seen if text)
    if missing:
        return f"the PDF prints a box for each of these characters, which its typeface lacks: {' '.join(missing)}"
    return f"the PDF does not follow PDF/UA-1: {_first_line(cause)}"


def _first_line(cause: Exception) -> str:
    lines = str(cause).strip().splitlines()
    return lines[0] if lines else "no reason given"
