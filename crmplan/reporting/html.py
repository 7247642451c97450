"""The report as one HTML file that opens without a network: no script, no outside address, fonts and charts inside."""

from __future__ import annotations

import base64
import functools
from typing import Any

from crmplan.reporting.brand import FONT, Brand, font_folder
from crmplan.reporting.document import Document, day_in_words, incomplete_remark
from crmplan.reporting.page import environment, style

__all__ = ["page_html", "report_html"]

_WEIGHTS = {"Light": 300, "Regular": 400, "Bold": 700}


def report_html(document: Document) -> str:
    """Return the whole report as HTML.

    Every text is escaped; the content security policy allows nothing but inline style, data pictures and data fonts.
    """
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            document=document,
            brand=document.brand,
            as_of=day_in_words(document.as_of),
            incomplete=incomplete_remark(document),
            fonts=_font_faces(),
            style=style(document.brand, "blocks.css", "page.css"),
        )
    )


def page_html(template: str, *, brand: Brand, page: Any, sheet: str) -> str:
    """Return a page that stands alone, from a template that is handed ``page``; escaped and closed as the report.

    Parameters
    ----------
    sheet
        Name of the style sheet of this kind of page; it comes after those of the report.
    """
    facts = {"fonts": _font_faces(), "style": style(brand, "blocks.css", "page.css", sheet)}
    return environment().get_template(template).render(page=page, brand=brand, **facts)


@functools.cache
def _font_faces() -> str:
    faces = []
    for name, weight in _WEIGHTS.items():
        encoded = base64.b64encode((font_folder() / f"{FONT}-{name}.ttf").read_bytes()).decode()
        faces.append(
            f"@font-face{{font-family:{FONT};font-weight:{weight};font-display:block;"
            f"src:url(data:font/ttf;base64,{encoded}) format('truetype')}}"
        )
    return "\n".join(faces)
