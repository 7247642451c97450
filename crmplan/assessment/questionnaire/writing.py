"""A questionnaire as an Excel workbook: drop-downs, locked cells, progress, and nothing in it that could run."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Iterable
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from crmplan.assessment.questionnaire.asked import Asked, Questionnaire
from crmplan.assessment.questionnaire.layout import (
    CHUNK,
    COLUMNS,
    EARLIER,
    FIELD_COLUMNS,
    FIRST_ROW,
    LISTS,
    META,
    PROPERTY,
    START,
    identity_of,
)
from crmplan.assessment.questionnaire.reply import CONFIDENCES, DOES_NOT_APPLY, as_typed, lines_of
from crmplan.assessment.workbook_file import new_workbook, write_text

__all__ = ["locked_texts", "visible", "workbook_of"]

_INK, _ACCENT, _MUTED, _LINE, _WASH = "#1b2733", "#12496b", "#5f6b7a", "#dde2e7", "#f3f6f9"
_GOOD, _WARN = "#2c6e49", "#8f5a00"
_MOST_IN_CELL = 30_000
_CUT = "… [longer than a cell can hold: the whole text is kept; do not edit it here]"
_ASKED_SIGNS, _LEVEL_SIGNS = 46, 60
_ASKED_POINTS, _LEVEL_POINTS = 13.0, 12.0
_HOW = (
    "There is a sheet for each area; its yellow cells are yours. Choose the highest line that is wholly true today.",
    "Between two lines, put the higher one under “Up to”. “DK” is an answer; “NA” needs a reason.",
    "Where a figure is asked for, write what you believe without looking it up.",
    "Evidence is a document somebody could look at, such as a monthly report with its date.",
    "Save the file and send it back. Nobody else sees your answers before the round is revealed.",
)


def workbook_of(asked: Questionnaire, *, seal: str, as_of: date, title: str = "Questionnaire") -> bytes:
    """Return the workbook of a questionnaire.

    Parameters
    ----------
    asked
        What is asked, and what has been said so far: the cells are filled with it.
    seal
        The client's seal on the identity; see :func:`crmplan.assessment.access.seal`.
    as_of
        Date of the document: the same questionnaire gives the same bytes.
    title
        Title of the document.

    Raises
    ------
    MissingExtraError
        When XlsxWriter is not installed.
    """
    content = io.BytesIO()
    book = new_workbook(content)
    identity = identity_of(asked)
    book.set_properties({"title": title, "author": "", "created": datetime(as_of.year, as_of.month, as_of.day)})
    book.set_custom_property(PROPERTY, identity.in_brief(seal))
    styles = _styles(book)
    start = book.add_worksheet(START)
    sheets = {area: book.add_worksheet(name) for area, name in _sheet_names(asked.titles).items()}
    names = _write_lists(book, asked.asked, styles["plain"])
    for area, sheet in sheets.items():
        _write_area(sheet, asked, area, names, styles)
    _write_start(start, asked, {area: sheet.get_name() for area, sheet in sheets.items()}, styles)
    _write_meta(_hidden(book, META), {**asdict(identity), "seal": seal}, styles)
    _write_earlier(_hidden(book, EARLIER), asked.asked, styles)
    start.activate()
    book.close()
    return content.getvalue()


def visible(text: str) -> str:
    """Return a text as its cell shows it: whole, or cut with a remark where a cell cannot hold it."""
    return text if len(text) <= CHUNK else text[:CHUNK] + _CUT


def locked_texts(one: Asked) -> tuple[str, str]:
    """Return what the two columns of text say about a question: what is asked, and what each level looks like."""
    question = one.question
    figure = f"\n\nFigure: {question.states.ask} ({_unit_words(question.states.unit)})" if question.states else ""
    help = f"\n{question.help}" if question.help else ""
    levels = "\n".join(f"{level}  {question.anchors[level]}" for level in sorted(question.anchors))
    return f"{question.title}\n{question.text}{help}\n\nWhy: {question.why}{figure}", levels


def _unit_words(unit: str) -> str:
    return {"share": "in %", "currency": "in money", "per_day": "a day", "per_year": "a year"}.get(unit, f"in {unit}")


def _sheet_names(titles: dict[str, str]) -> dict[str, str]:
    names: dict[str, str] = {}
    for area, title in titles.items():
        bare = "".join(sign for sign in title if sign not in "[]:*?/\\'").strip()[:28] or area
        taken = {name.casefold() for name in names.values()}
        names[area] = bare if bare.casefold() not in taken else f"{bare[:25]} {len(names)}"
    return names


def _hidden(book: Any, name: str) -> Any:
    sheet = book.add_worksheet(name)
    sheet.very_hidden()
    sheet.protect()
    return sheet


def _styles(book: Any) -> dict[str, Any]:
    base = {"font_name": "Calibri", "font_size": 10, "font_color": _INK, "valign": "top", "text_wrap": True}
    given = {**base, "locked": False, "bg_color": "#fffbe6", "border": 1, "border_color": _LINE}
    return {
        "plain": book.add_format(base),
        "title": book.add_format({**base, "font_size": 18, "font_color": _ACCENT, "text_wrap": False}),
        "area": book.add_format({**base, "font_size": 14, "font_color": _ACCENT, "text_wrap": False}),
        "strong": book.add_format({"font_name": "Calibri", "font_size": 10, "font_color": _INK, "bold": True}),
        "words": book.add_format({"font_name": "Calibri", "font_size": 10, "font_color": _INK}),
        "muted": book.add_format({**base, "font_color": _MUTED, "text_wrap": False}),
        "id": book.add_format({**base, "font_color": _MUTED, "font_size": 8, "bottom": 1, "bottom_color": _LINE}),
        "text": book.add_format({**base, "bottom": 1, "bottom_color": _LINE}),
        "levels": book.add_format({**base, "font_size": 9, "bottom": 1, "bottom_color": _LINE}),
        "head": book.add_format({**base, "bold": True, "font_color": "#ffffff", "bg_color": _ACCENT}),
        "given": book.add_format({**given, "num_format": "@", "quote_prefix": True}),
        "number": book.add_format({**given, "num_format": "#,##0.######", "align": "right"}),
        "percent": book.add_format({**given, "num_format": "0.######%", "align": "right"}),
        "none": book.add_format({**base, "bg_color": _WASH, "bottom": 1, "bottom_color": _LINE}),
        "state": book.add_format({**base, "font_color": _MUTED, "bottom": 1, "bottom_color": _LINE}),
        "done": book.add_format({"font_color": _GOOD, "bold": True}),
        "missing": book.add_format({"font_color": _WARN, "bold": True}),
        "share": book.add_format({**base, "num_format": "0%", "align": "right"}),
    }


def _write_lists(book: Any, asked: Iterable[Asked], style: Any) -> dict[str, str]:
    """Write each list of lines once, give it a name, and return the name by question id."""
    sheet = _hidden(book, LISTS)
    lists: dict[str, tuple[str, ...]] = {"how_sure": CONFIDENCES}
    names: dict[str, str] = {}
    for one in asked:
        lines = tuple(visible(line) for line in lines_of(one.question))
        known = next((name for name, same in lists.items() if same == lines), "")
        names[one.question.id] = known or f"lines_{len(lists)}"
        lists[names[one.question.id]] = lines
    for column, (name, lines) in enumerate(lists.items()):
        _name_list(book, sheet, column, name, len(lines))
        for row, line in enumerate(lines):
            write_text(sheet, row, column, line, style)
    return names


def _name_list(book: Any, sheet: Any, column: int, name: str, n_lines: int) -> None:
    from xlsxwriter.utility import xl_range_abs

    book.define_name(name, f"={sheet.get_name()}!{xl_range_abs(0, column, n_lines - 1, column)}")


def _write_area(sheet: Any, asked: Questionnaire, area: str, names: dict[str, str], styles: dict[str, Any]) -> None:
    rows = asked.areas()[area]
    _prepare(sheet, asked, asked.titles[area], styles)
    for row, one in enumerate(rows, start=FIRST_ROW):
        _write_question(sheet, row, one, names[one.question.id], styles)
    last = FIRST_ROW + len(rows) - 1
    done = {"type": "cell", "criteria": "==", "value": '"done"', "format": styles["done"]}
    late = {"type": "text", "criteria": "containing", "value": "missing", "format": styles["missing"]}
    for rule in (done, late):
        sheet.conditional_format(FIRST_ROW, len(COLUMNS) - 1, last, len(COLUMNS) - 1, rule)


def _prepare(sheet: Any, asked: Questionnaire, title: str, styles: dict[str, Any]) -> None:
    sheet.hide_gridlines(2)
    for column, (heading, width) in enumerate(COLUMNS):
        sheet.set_column(column, column, width)
        sheet.write_string(FIRST_ROW - 1, column, heading, styles["head"])
    sheet.set_row(0, 22)
    write_text(sheet, 0, 0, title, styles["area"])
    sheet.set_row(FIRST_ROW - 1, 30)
    whose = f"{visible(asked.client_name)}, respondent {asked.respondent.id}, wave {asked.wave}, round {asked.round}"
    write_text(sheet, 1, 0, whose, styles["muted"])
    sheet.freeze_panes(FIRST_ROW, 2)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(FIRST_ROW - 1)
    sheet.set_footer("&L&A&R&P of &N")
    sheet.protect("", {"format_columns": True, "format_rows": True, "select_locked_cells": True})


def _write_question(sheet: Any, row: int, one: Asked, lines: str, styles: dict[str, Any]) -> None:
    typed = as_typed(one.question, one.reply)
    text, levels = (visible(part) for part in locked_texts(one))
    sheet.write_string(row, 0, one.question.id, styles["id"])
    title, _, rest = text.partition("\n")
    sheet.write_rich_string(row, 1, styles["strong"], title, styles["words"], f"\n{rest}", styles["text"])
    write_text(sheet, row, 2, levels, styles["levels"])
    for field, column in FIELD_COLUMNS.items():
        value = typed[field]
        style = styles["given"]
        if field == "figure":
            unit = one.question.states.unit if one.question.states else ""
            style = styles["none" if not unit else "percent" if unit == "share" else "number"]
        if isinstance(value, str):
            write_text(sheet, row, column, visible(value), style)
        else:
            sheet.write_number(row, column, value, style)
    _choices(sheet, row, one, lines)
    state = "done" if one.reply.is_answer else ""
    sheet.write_formula(row, len(COLUMNS) - 1, _state_formula(row + 1), styles["state"], state)
    sheet.set_row(row, _height(text, levels))


def _choices(sheet: Any, row: int, one: Asked, lines: str) -> None:
    must = {"error_title": "Choose from the list", "error_message": "Please choose one of the lines of the list."}
    sheet.data_validation(row, FIELD_COLUMNS["answer"], row, FIELD_COLUMNS["answer"], {
        "validate": "list", "source": f"={lines}", "input_title": one.question.id, **must,
        "input_message": "The highest line that is wholly true today.",
    })  # fmt: skip
    if one.question.scale in {"practice_0_5", "fit_gap"}:
        column = FIELD_COLUMNS["up_to"]
        sheet.data_validation(row, column, row, column, {"validate": "list", "source": f"={lines}", **must})
    column = FIELD_COLUMNS["confidence"]
    sheet.data_validation(row, column, row, column, {"validate": "list", "source": "=how_sure", **must})
    if one.question.states:
        column = FIELD_COLUMNS["figure"]
        sheet.data_validation(row, column, row, column, {
            "validate": "decimal", "criteria": "between", "minimum": -1e15, "maximum": 1e15,
            "input_title": "Figure", "input_message": visible(one.question.states.ask)[:255],
            "error_title": "A number", "error_message": "Please write a number.",
        })  # fmt: skip


def _state_formula(row: int) -> str:
    answer, figure, reason = f"D{row}", f"F{row}", f"H{row}"
    code = DOES_NOT_APPLY[:2]
    return (
        f'=IF(AND({answer}="",{figure}=""),"",IF(AND(LEFT({answer},2)="{code}",{reason}=""),"reason missing","done"))'
    )


def _height(text: str, levels: str) -> float:
    """Return the height in points at which neither text is cut off, in Calibri and in wider type put in its place."""

    def n_lines(part: str, signs: int) -> int:
        return sum(max(1, math.ceil(len(line) / signs)) for line in part.split("\n"))

    needed = max(_ASKED_POINTS * n_lines(text, _ASKED_SIGNS), _LEVEL_POINTS * n_lines(levels, _LEVEL_SIGNS))
    return float(min(400, needed + 8))


def _write_start(sheet: Any, asked: Questionnaire, names: dict[str, str], styles: Any) -> None:
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 36)
    sheet.set_column(1, 3, 14)
    sheet.set_row(0, 28)
    write_text(sheet, 0, 0, visible(asked.client_name), styles["title"])
    role = asked.respondent.role.replace("_", " ")
    whose = f"Respondent {asked.respondent.id}, {role}: wave {asked.wave}, round {asked.round}"
    sheet.write_string(1, 0, visible(whose), styles["muted"])
    for row, line in enumerate(_HOW, start=3):
        sheet.write_string(row, 0, line, styles["muted"])
    top = 4 + len(_HOW)
    for column, heading in enumerate(("Area", "Questions", "Answered", "Share")):
        sheet.write_string(top, column, heading, styles["head"])
    row = top
    for row, (area, rows) in enumerate(asked.areas().items(), start=top + 1):
        n_questions, n_answered = len(rows), sum(one.reply.is_answer for one in rows)
        write_text(sheet, row, 0, asked.titles[area], styles["plain"])
        sheet.write_number(row, 1, n_questions, styles["plain"])
        states = f"'{names[area]}'!K{FIRST_ROW + 1}:K{FIRST_ROW + n_questions}"
        sheet.write_formula(row, 2, f'=COUNTIF({states},"done")', styles["plain"], n_answered)
        sheet.write_formula(row, 3, f"=C{row + 1}/B{row + 1}", styles["share"], n_answered / n_questions)
    if names:
        sheet.conditional_format(top + 1, 3, row, 3, {
            "type": "data_bar", "bar_color": "#9fc0d6", "bar_solid": True, "min_type": "num", "min_value": 0,
            "max_type": "num", "max_value": 1,
        })  # fmt: skip
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.protect("", {"format_columns": True, "select_locked_cells": True})


def _write_meta(sheet: Any, fields: dict[str, Any], styles: dict[str, Any]) -> None:
    for row, (name, value) in enumerate(fields.items()):
        sheet.write_string(row, 0, name, styles["plain"])
        write_text(sheet, row, 1, str(value), styles["plain"])


def _write_earlier(sheet: Any, asked: Iterable[Asked], styles: dict[str, Any]) -> None:
    """Write the replies as they stood, whole, so that the reader can tell what was changed in this workbook."""
    row = 0
    for one in asked:
        text = json.dumps({"reply": asdict(one.reply), "n_said": len(one.history)})
        for part, begin in enumerate(range(0, len(text), _MOST_IN_CELL)):
            sheet.write_string(row, 0, one.question.id, styles["plain"])
            sheet.write_number(row, 1, part, styles["plain"])
            write_text(sheet, row, 2, text[begin : begin + _MOST_IN_CELL], styles["plain"])
            row += 1
