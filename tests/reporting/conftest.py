"""Executed notebooks and chapters that tests of the report build for themselves."""

from __future__ import annotations

import html.parser
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import altair as alt
import nbformat
import pandas as pd
import pytest

from crmplan.reporting.blocks import MIME, Block, Figure, Findings, KeyFigures, Note, Table
from crmplan.reporting.charts import chart

HOSTILE = "</title><script>alert(1)</script> \"'`{{7*7}} #panic() $x$ *a* <!-- \\u{41} @ref <l> // [c] \x00\u202e"


class PageReader(html.parser.HTMLParser):
    """What tags with which attributes, and what text, a page holds."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.data: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.data.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def block_cell(block: Block) -> dict[str, Any]:
    facts = json.loads(json.dumps(block.facts()))
    data = {MIME: facts, "text/html": "<b>not this</b>", "text/plain": block.text()}
    return {"cell_type": "code", "source": "SECRET_CODE", "outputs": [{"output_type": "display_data", "data": data}]}


def prose(text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "source": text}


def bars(word: str) -> Block:
    rows = pd.DataFrame({"segment": [word, "Lost"], "customers": [12, 30]})
    picture = alt.Chart(rows).mark_bar(color="brand:accent", clip=True).encode(x="customers:Q", y="segment:N")
    return chart(picture, title=f"Chart {word}", alt=f"Alternative {word}", caption=word)


def all_blocks(word: str) -> list[Block]:
    """Return one block of every kind, each with the word in every text."""
    return [
        Findings((word, f"{word} second")),
        KeyFigures((Figure(word, word, word), Figure("Customers", "EUR 1.23 million"))),
        Table(word, (word, "n"), ((word, "1"), ("b", "2")), ("left", "right"), word),
        bars(word),
        Note(word, "info"),
        Note(word, "warning"),
        Note(word, "unavailable"),
    ]


def executed(word: str = "Word", title: str = "Title") -> dict[str, Any]:
    """Return an executed notebook with every kind of block."""
    lead = prose(f"# {title}\n\nA lead.")
    return {"cells": [lead, *(block_cell(block) for block in all_blocks(word)), prose(f"## Section\n\n{word}")]}


@pytest.fixture
def write_chapter(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes a chapter notebook: file name, then the code of its cells."""

    def write(name: str, *codes: str, parameters: str = 'client = "cdnow"', workshop: str = "") -> Path:
        folder = tmp_path / "chapters"
        folder.mkdir(exist_ok=True)
        tagged = nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]})
        cells = [nbformat.v4.new_markdown_cell(f"# Chapter {name}\n\nA lead."), tagged]
        if workshop:
            cells.append(nbformat.v4.new_code_cell(workshop, metadata={"tags": ["workshop"]}))
        cells += [nbformat.v4.new_code_cell(code) for code in codes]
        spec = {"name": "python3", "display_name": "Python 3"}
        file = folder / f"{name}.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": spec}), file)
        return file

    return write
