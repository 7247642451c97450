"""Checklists as a workbook: a sheet for each area, a row for each question, a column for each field."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from crmplan.assessment.checklist_workbook.columns import COLUMNS, Cell, cells_of
from crmplan.assessment.questions import Checklist
from crmplan.assessment.workbook_file import new_workbook, write_text

__all__ = ["CHUNK", "FIRST_ROW", "HEADS", "HEAD_FIELDS", "workbook_of_checklists"]

HEADS = "Checklists"
"""Sheet of what is said of each checklist as a whole."""

HEAD_FIELDS = ("checklist", "title", "version", "introduction")
FIRST_ROW = 2
"""Row, counted from 0, of the first question; the headings stand above it."""

CHUNK = 15_000
"""Characters in one cell: it holds 32,767 units, of which an emoji takes two. More goes on in the row below."""

_INK, _ACCENT, _LINE, _WASH = "#1b2733", "#12496b", "#dde2e7", "#f3f6f9"
_MOST_ROWS = 2_000
_HOW = (
    "One row is one question. Entries of a list stand one a line (Alt+Enter). Lines that follow from the scale are "
    "left empty. Raise the revision when the meaning of a question changes: answers to the old one then count no more. "
    "A text that is too long for a cell goes on in the next row, under the same id."
)


def workbook_of_checklists(checklists: Sequence[Checklist]) -> bytes:
    """Return a workbook in which every field of every question can be edited.

    Read back by :func:`crmplan.assessment.checklist_workbook.reading.read_checklists`, it gives the same checklists.

    Parameters
    ----------
    checklists
        What goes into it.

    Raises
    ------
    MissingExtraError
        When XlsxWriter is not installed.
    """
    content = io.BytesIO()
    book = new_workbook(content)
    styles = _styles(book)
    _write_heads(book.add_worksheet(HEADS), checklists, styles)
    for one in checklists:
        _write_area(book.add_worksheet(one.checklist), one, styles)
    book.close()
    return content.getvalue()


def _styles(book: Any) -> dict[str, Any]:
    base = {"font_name": "Calibri", "font_size": 10, "font_color": _INK, "valign": "top", "text_wrap": True}
    ruled = {**base, "bottom": 1, "bottom_color": _LINE}
    return {
        "text": book.add_format(ruled),
        "id": book.add_format({**ruled, "bold": True, "bg_color": _WASH}),
        "head": book.add_format({**base, "bold": True, "font_color": "#ffffff", "bg_color": _ACCENT}),
        "group": book.add_format({**base, "bold": True, "font_color": _ACCENT, "text_wrap": False}),
        "plain": book.add_format(base),
    }


def _write_heads(sheet: Any, checklists: Sequence[Checklist], styles: dict[str, Any]) -> None:
    sheet.hide_gridlines(2)
    for column, (name, width) in enumerate(zip(HEAD_FIELDS, (26, 30, 10, 90), strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(FIRST_ROW - 1, column, name.capitalize(), styles["head"])
    sheet.merge_range(0, 0, 0, len(HEAD_FIELDS) - 1, _HOW, styles["plain"])
    sheet.set_row(0, 44)
    row = FIRST_ROW
    for one in checklists:
        row = _write_row(sheet, row, [getattr(one, name) for name in HEAD_FIELDS], styles)
    sheet.freeze_panes(FIRST_ROW, 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _write_area(sheet: Any, checklist: Checklist, styles: dict[str, Any]) -> None:
    sheet.hide_gridlines(2)
    before = ""
    for place, column in enumerate(COLUMNS):
        sheet.set_column(place, place, column.width)
        if column.group != before:
            sheet.write_string(0, place, column.group, styles["group"])
        before = column.group
        sheet.write_string(FIRST_ROW - 1, place, column.heading, styles["head"])
        if column.options:
            given = {"validate": "list", "source": list(column.options)}
            sheet.data_validation(FIRST_ROW, place, FIRST_ROW + _MOST_ROWS, place, given)
    sheet.set_row(FIRST_ROW - 1, 30)
    row = FIRST_ROW
    for question in checklist.questions:
        cells = cells_of(question)
        row = _write_row(sheet, row, [cells[column.heading] for column in COLUMNS], styles)
    sheet.freeze_panes(FIRST_ROW, 3)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _write_row(sheet: Any, row: int, values: Sequence[Cell], styles: dict[str, Any]) -> int:
    """Write one entry in as many rows as its longest text needs, the id in each, and return the row after it."""
    n_rows = max(1, *(-(-len(value) // CHUNK) for value in values if isinstance(value, str)))
    for part in range(n_rows):
        for place, value in enumerate(values):
            style = styles["id" if place == 0 else "text"]
            if not isinstance(value, str):
                if part == 0:
                    sheet.write_number(row + part, place, value, style)
                continue
            shown = value if place == 0 else value[part * CHUNK : (part + 1) * CHUNK]
            write_text(sheet, row + part, place, shown, style)
    return row + n_rows
