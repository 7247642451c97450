"""Executed notebooks as one document: chapters made of parts, each part plain values that any format can print.

A part is a dictionary with a ``kind``: the blocks of :mod:`crmplan.reporting.blocks` under their own names, and
``heading``, ``paragraph``, ``list``, ``text`` and ``image`` for what else a notebook holds.
"""

from __future__ import annotations

import base64
import html.parser
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from crmplan.reporting.blocks import MIME
from crmplan.reporting.brand import Brand
from crmplan.reporting.markdown import parts_of_markdown
from crmplan.reporting.plain import plain

__all__ = ["Chapter", "Document", "chapter_of", "day_in_words", "incomplete_remark"]

Part = dict[str, Any]

_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_MOST_TEXT = 4_000
_MOST_ROWS = 30
_FAILED = (
    "This chapter could not be completed, so the report is not complete either. The run's log names the step that "
    "stopped."
)


@dataclass(frozen=True, slots=True)
class Chapter:
    """One chapter: its number (0 for the page before the first), title, parts in order, whether it was completed."""

    name: str
    number: int
    title: str
    parts: tuple[Part, ...]
    is_complete: bool = True

    @property
    def anchor(self) -> str:
        """Name by which links reach the chapter."""
        return f"chapter-{self.number}"

    @property
    def sections(self) -> tuple[Part, ...]:
        """The headings of the second level."""
        return tuple(part for part in self.parts if part["kind"] == "heading" and part["level"] == 2)


@dataclass(frozen=True, slots=True)
class Document:
    """A client report before it is printed.

    Parameters
    ----------
    title, client
        What the report is and for whom.
    as_of
        The day up to which data were taken into account.
    brand
        Colours, logo, consultant, footer line.
    chapters
        In order.
    colophon
        How the report was made, one sentence each.
    """

    title: str
    client: str
    as_of: date
    brand: Brand
    chapters: tuple[Chapter, ...]
    colophon: tuple[str, ...] = ()


def chapter_of(notebook: dict[str, Any], *, name: str, number: int, brand: Brand, is_complete: bool = True) -> Chapter:
    r"""Return an executed notebook as a chapter.

    Code and the parameters are left out; outputs of cells stay. A section whose cells all ran and show nothing is left
    out with its heading. A chapter that was not completed ends with a note that says so.

    Parameters
    ----------
    notebook
        The executed notebook as JSON (format 4.5).
    name, number
        File name without ending; number in the report, from 1; 0 for a page before the first, printed without it.
    brand
        Colours in which charts are drawn.
    is_complete
        Whether every cell ran.

    Raises
    ------
    RenderError
        When a chart cannot be drawn.

    Examples
    --------
    >>> from crmplan.reporting.brand import standard_brand
    >>> cells = [{"cell_type": "markdown", "source": "# Value\n\nWhat a customer brings."}]
    >>> chapter = chapter_of({"cells": cells}, name="05_value", number=6, brand=standard_brand())
    >>> chapter.title, chapter.parts[0]["kind"]
    ('Value', 'lead')
    """
    cells = _with_something_to_show(notebook["cells"]) if is_complete else notebook["cells"]
    parts = [part for cell in cells for part in _of_cell(cell)]
    title, parts = _titled(parts, name)
    parts = [part for part in parts if not (part["kind"] == "heading" and not part["runs"])]
    if not is_complete:
        parts.append({"kind": "note", "tone": "warning", "message": _FAILED})
    finished = [_finished(part, f"c{number}p{place}", brand) for place, part in enumerate(_levelled(parts), 1)]
    return Chapter(name, number, title, tuple(finished), is_complete)


def day_in_words(day: date) -> str:
    """Return a day as it is written in running text.

    Examples
    --------
    >>> day_in_words(date(1998, 6, 30))
    '30 June 1998'
    """
    return f"{day.day} {day:%B %Y}"


def incomplete_remark(document: Document) -> str:
    """Return what the cover says of chapters that could not be completed; empty when all could."""
    failed = [chapter for chapter in document.chapters if not chapter.is_complete]
    if not failed:
        return ""
    names = [str(chapter.number) if chapter.number else f"'{chapter.title}'" for chapter in failed]
    which = f"chapter {names[0]}" if len(names) == 1 else f"chapters {', '.join(names)}"
    return f"This report is a draft: {which} could not be completed."


def _with_something_to_show(cells: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the cells without the text of sections under which cells run and none shows anything; the title stays."""
    kept: list[dict[str, Any]] = []
    for place, cell in enumerate(cells):
        if place and cell["cell_type"] == "markdown":
            own = list(itertools.takewhile(lambda one: one["cell_type"] != "markdown", cells[place + 1 :]))
            if own and not any(part for one in own for part in _of_cell(one)):
                continue
        kept.append(cell)
    return kept


def _of_cell(cell: dict[str, Any]) -> Iterator[Part]:
    source = _joined(cell.get("source", ""))
    if cell["cell_type"] == "markdown":
        yield from parts_of_markdown(source)
    elif cell["cell_type"] == "code":
        for output in cell.get("outputs", []):
            yield from _of_output(output)


def _of_output(output: dict[str, Any]) -> Iterator[Part]:
    if output["output_type"] == "stream":
        # What goes to stderr is for the consultant's screen.
        if output.get("name") == "stdout" and _joined(output["text"]).strip():
            yield _text(_joined(output["text"]))
        return
    data = output.get("data", {})
    if MIME in data:
        yield plain(data[MIME])
    elif "image/png" in data:
        encoded = re.sub(r"\s", "", _joined(data["image/png"]))
        if _is_png(encoded):
            yield {"kind": "image", "png": encoded, "alt": _joined(data.get("text/plain", ""))[:300] or "Picture"}
    elif table := _frame(_joined(data.get("text/html", ""))):
        yield table
    elif _joined(data.get("text/plain", "")).strip():
        yield _text(_joined(data["text/plain"]))


def _joined(source: str | Sequence[str]) -> str:
    return source if isinstance(source, str) else "".join(source)


def _text(text: str) -> Part:
    text = plain(_ANSI.sub("", text)).strip("\n")
    return {"kind": "text", "text": text if len(text) <= _MOST_TEXT else text[:_MOST_TEXT] + "\n…"}


def _is_png(encoded: str) -> bool:
    try:
        return base64.b64decode(encoded, validate=True).startswith(b"\x89PNG\r\n\x1a\n")
    except ValueError:
        return False


def _titled(parts: list[Part], name: str) -> tuple[str, list[Part]]:
    """Return the title and the other parts; the paragraph under the title becomes the chapter's lead."""
    fallback = name.lstrip("0123456789_- ").replace("_", " ").capitalize() or name
    if not parts or parts[0]["kind"] != "heading" or parts[0]["level"] != 1:
        return fallback, parts
    title = "".join(run["text"] for run in parts[0]["runs"]).strip() or fallback
    rest = parts[1:]
    if rest and rest[0]["kind"] == "paragraph":
        rest[0] = {**rest[0], "kind": "lead"}
    return title, rest


def _levelled(parts: list[Part]) -> Iterator[Part]:
    """Give headings levels from 2 (the title is the only one of level 1) that skip none, as readers' aids expect."""
    above = 1
    for part in parts:
        if part["kind"] == "heading":
            above = max(2, min(part["level"], above + 1, 5))
            yield {**part, "level": above}
        else:
            yield part


def _finished(part: Part, name: str, brand: Brand) -> Part:
    if part["kind"] == "heading":
        return {**part, "anchor": f"{name}-section"}
    if part["kind"] == "chart":
        from crmplan.reporting.charts import svg

        drawn = svg(part["spec"], brand, title=part["title"], alt=part["alt"], name=name)
        return {key: value for key, value in part.items() if key != "spec"} | {"svg": drawn}
    return part


class _FrameReader(html.parser.HTMLParser):
    """Reads the cells of the first table in what pandas shows of a frame."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._in_cell = False
        self._is_over = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._is_over:
            return
        if tag == "tr":
            self.rows.append([])
        elif tag in {"td", "th"} and self.rows:
            self.rows[-1].append("")
            self._in_cell = True

    def handle_endtag(self, tag: str) -> None:
        if tag in {"td", "th"}:
            self._in_cell = False
        elif tag == "table":
            self._is_over = True

    def handle_data(self, data: str) -> None:
        if self._in_cell and not self._is_over:
            self.rows[-1][-1] += data


def _frame(text: str) -> Part | None:
    if 'class="dataframe"' not in text:
        return None
    reader = _FrameReader()
    reader.feed(plain(text))
    rows = [["–" if cell.strip() in {"NaN", "NaT", "None"} else cell.strip() for cell in row] for row in reader.rows]
    if len(rows) < 2 or len({len(row) for row in rows}) != 1 or not rows[0]:
        return None  # several levels of headings: the plain text reads better
    header, body = rows[0], rows[1:]
    align = ["right" if all(_is_number(row[place]) for row in body) else "left" for place in range(len(header))]
    caption = f"First {_MOST_ROWS} of {len(body)} rows" if len(body) > _MOST_ROWS else ""
    shown = body[:_MOST_ROWS]
    return {
        "kind": "table",
        "title": "",
        "header": header,
        "rows": shown,
        "align": align,
        "caption": caption,
        "widths": [],
    }


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"[-+]?[\d.,]+(e[-+]?\d+)?|–|", text))
