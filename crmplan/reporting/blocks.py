"""The pieces a chapter is made of: findings, key figures, tables, charts and notes.

A block holds facts that are ready to be shown and nothing else. In JupyterLab it shows itself as HTML; in an executed
notebook it leaves its facts as JSON, from which the HTML report, the PDF and later the deck and the workbook are made.
So every format tells the same thing.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

__all__ = ["MIME", "Block", "Chart", "Figure", "Findings", "KeyFigures", "Note", "Table"]

MIME = "application/vnd.crmplan.block+json"
Align = Literal["left", "right", "center"]


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a chapter; subclasses say which."""

    @property
    def kind(self) -> str:
        """Name of the kind of block, as the templates know it."""
        return type(self).__name__.lower()

    def facts(self) -> dict[str, Any]:
        """Return the block as plain JSON values with its kind."""
        return {"kind": self.kind, **asdict(self)}

    def text(self) -> str:
        """Return the block as plain text, for a terminal."""
        return self.kind

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        from crmplan.reporting.page import block_html

        return {MIME: self.facts(), "text/html": block_html(self.facts()), "text/plain": self.text()}


@dataclass(frozen=True, slots=True)
class Findings(Block):
    """What a chapter has found: two to five sentences, each carrying its number, the weightiest first."""

    sentences: tuple[str, ...]

    def text(self) -> str:
        """Return one sentence a line."""
        return "\n".join(f"• {sentence}" for sentence in self.sentences)


@dataclass(frozen=True, slots=True)
class Figure:
    """One number in a row of key figures: what it is, as it is to be printed, and a remark (interval, rows, period)."""

    label: str
    value: str
    remark: str = ""


@dataclass(frozen=True, slots=True)
class KeyFigures(Block):
    """Two to six numbers side by side."""

    figures: tuple[Figure, ...]

    def text(self) -> str:
        """Return one figure a line."""
        return "\n".join(f"{figure.label}: {figure.value} {figure.remark}".rstrip() for figure in self.figures)


@dataclass(frozen=True, slots=True)
class Table(Block):
    """A table whose cells are text as it is to be printed.

    Parameters
    ----------
    title
        What the table says, as a sentence without a full stop.
    header
        Column names with their units.
    rows
        One tuple of text per row, as long as the header.
    align
        One of left, right and center per column; numbers right.
    caption
        Where the figures come from, what is left out.
    widths
        Relative width per column; empty for automatic.
    """

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    align: tuple[Align, ...]
    caption: str = ""
    widths: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        lengths = {len(row) for row in self.rows} | {len(self.align)}
        if lengths != {len(self.header)}:
            found = ", ".join(str(length) for length in sorted(lengths))
            raise ValueError(f"table '{self.title}' has {len(self.header)} columns, but rows or align of {found}")

    def text(self) -> str:
        """Return the table with columns parted by bars."""
        return "\n".join([self.title, " | ".join(self.header), *(" | ".join(row) for row in self.rows)])


@dataclass(frozen=True, slots=True)
class Chart(Block):
    """A picture of figures, as a Vega-Lite specification with its data inside.

    Colours are named by their part in the brand (``brand:accent``), so that the same chart appears under any client's
    brand; see :mod:`crmplan.reporting.charts`.

    Parameters
    ----------
    title
        What the picture shows, as a sentence without a full stop.
    spec
        Vega-Lite, plain JSON values, no links.
    alt
        What somebody who cannot see it must know: what is plotted, and the main figures.
    caption
        Period, rows, remarks.
    """

    title: str
    spec: dict[str, Any]
    alt: str
    caption: str = ""

    def text(self) -> str:
        """Return title and alternative text."""
        return f"{self.title}: {self.alt}"


@dataclass(frozen=True, slots=True)
class Note(Block):
    """A remark: something to know, a warning, or what is not available and what it would need."""

    message: str
    tone: Literal["info", "warning", "unavailable"] = "info"

    def text(self) -> str:
        """Return the remark."""
        return self.message
