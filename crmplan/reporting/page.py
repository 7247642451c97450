"""Blocks as HTML: for a notebook in JupyterLab and for the HTML report alike.

Tables are plain HTML with one style sheet for the whole page: cells arrive as printed text, so a table library would
only add a style sheet and random ids of its own to every table.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any

from crmplan import carried
from crmplan.reporting.brand import Brand, standard_brand
from crmplan.reporting.plain import plain, tied, with_names

if TYPE_CHECKING:
    import jinja2

__all__ = ["block_html", "environment", "narrow_columns", "style", "value_pieces"]

_SHORT = 14
_SHORT_LABEL = 24
_VALUE = re.compile(r"^(?P<before>[A-Z]{3} )?(?P<number>[-+–]?[\d.,]+(?: ?%)?)(?P<after> .+)?$")


def block_html(facts: dict[str, Any], brand: Brand | None = None) -> str:
    """Return one block as HTML that stands alone, with its own style.

    Parameters
    ----------
    facts
        What ``Block.facts()`` gives.
    brand
        Colours; None for the standard brand.

    Examples
    --------
    >>> "&lt;b&gt;" in block_html({"kind": "note", "message": "<b>", "tone": "info"})
    True
    """
    brand = brand or _standard()
    part = plain(facts)
    if part["kind"] == "chart" and "svg" not in part:
        from crmplan.reporting.charts import svg

        part = {**part, "svg": svg(part["spec"], brand, title=part["title"], alt=part["alt"])}
    return environment().get_template("block.html.j2").render(part=part, style=style(brand, "blocks.css"))


def style(brand: Brand, *sheets: str) -> str:
    """Return style sheets of the report, headed by the brand's colours as variables."""
    folder = carried.templates() / "report" / "html"
    colours = "".join(f"--{name}:{value};" for name, value in sorted(brand.colours.items()))
    colours += f"--wash:{brand.tint('accent', 0.05)};--soft:{brand.tint('accent', 0.28)};"
    texts = [(folder / sheet).read_text(encoding="utf-8") for sheet in sheets]
    return "\n".join([f".crmplan{{{colours}}}", *texts])


def value_pieces(value: str) -> tuple[str, str, str]:
    """Return what stands before the number, the number, and what stands after it, so that units can be set smaller.

    Examples
    --------
    >>> value_pieces("EUR 1.23 million"), value_pieces("31 %"), value_pieces("not available")
    (('EUR ', '1.23', ' million'), ('', '31 %', ''), ('', 'not available', ''))
    """
    found = _VALUE.match(value)
    return (found["before"] or "", found["number"], found["after"] or "") if found else ("", value, "")


def narrow_columns(table: dict[str, Any]) -> list[bool]:
    """Return which columns of a table hold short texts only and must not be broken into lines.

    Examples
    --------
    >>> narrow_columns({"header": ["Segment", "Customers"], "rows": [["Those who have not bought for long", "12"]]})
    [False, True]
    """
    columns = zip(*table["rows"], strict=True) if table["rows"] else ([""] for _ in table["header"])
    longest = [max(len(cell) for cell in column) for column in columns]
    return [length <= (_SHORT if place else _SHORT_LABEL) for place, length in enumerate(longest)]


@functools.cache
def environment() -> jinja2.Environment:
    """Return the Jinja environment of the report's templates; everything is escaped."""
    import jinja2

    folder = carried.templates() / "report" / "html"
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: tied(value) if type(value) is str else value,
    )
    made.globals["narrow_columns"] = narrow_columns
    made.globals["value_pieces"] = value_pieces
    made.globals["with_names"] = with_names
    return made


@functools.cache
def _standard() -> Brand:
    return standard_brand()
