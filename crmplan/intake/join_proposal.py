"""Two exports that belong together: one says who ordered and when, the other what was bought, line by line.

Found by a number that stands once for each order in the one export and once a line in the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from crmplan.intake.proposal import ColumnProposal, LookupProposal, TableProposal, propose, raw_names
from crmplan.intake.reading import RawFile
from crmplan.intake.vocabulary import folded, tokens
from crmplan.schema import TABLES

__all__ = ["Studied", "with_joins"]

_OF_A_LINE = ("order_id", "product_id", "quantity", "net_amount", "cost", "discount")
_OF_AN_ORDER = ("customer_id", "ordered_at")
_NUMBERS = {"id", "number", "no", "nr", "name", "key", "code", "index"}
_LEAST_SHARED = 0.5
_ASKED = "Is there an export of the orders themselves, with customer and day? Name both files in one command."


@dataclass(frozen=True, slots=True)
class Studied:
    """An export, the sheet of it that was looked at, and what it may become alone."""

    raw: RawFile
    sheet: str
    tables: tuple[TableProposal, ...]


@dataclass(frozen=True, slots=True)
class _Link:
    """The columns by which lines find their order, and the share (0 to 1) of the numbers that do."""

    of_line: str
    of_order: str
    n_shared: int
    n_numbers: int
    is_order_number: bool
    is_same_name: bool

    @property
    def rank(self) -> tuple[bool, float, bool]:
        return self.is_order_number, self.n_shared / self.n_numbers, self.is_same_name

    @property
    def reason(self) -> str:
        columns = self.of_line if self.of_line == self.of_order else f"{self.of_line} and {self.of_order}"
        return f"{columns}: {self.n_shared:,} of {self.n_numbers:,} numbers of the lines stand once in it"


def with_joins(exports: Sequence[Studied]) -> Iterator[TableProposal]:
    """Yield the proposals of all exports; lines that lack customer or day are completed from their orders' export.

    Parameters
    ----------
    exports
        Exports with what each may become alone.

    Examples
    --------
    >>> heads = pd.DataFrame({"InvoiceId": ["1", "2"], "CustomerId": ["7", "8"], "InvoiceDate": ["2024-01-02"] * 2,
    ...                       "Total": ["3", "4"]}, dtype="str")
    >>> lines = pd.DataFrame({"Line": ["1", "2", "3"], "InvoiceId": ["1", "1", "2"], "TrackId": ["5", "6", "5"],
    ...                       "UnitPrice": ["1", "2", "4"], "Quantity": ["1"] * 3}, dtype="str")
    >>> raws = [RawFile(f"data/{name}.csv", frame, tuple(frame)) for name, frame in
    ...         (("Invoice", heads), ("InvoiceLine", lines))]
    >>> (found,) = with_joins([Studied(raw, "", propose(raw)) for raw in raws])
    >>> found.file, found.lookups[0].on, {one.name: one.mapping for one in found.columns}["customer_id"]
    ('data/InvoiceLine.csv', {'InvoiceId': 'InvoiceId'}, {'column': 'order.CustomerId'})
    """
    joined: dict[int, tuple[TableProposal, ...]] = {}
    for at, one in enumerate(exports):
        lines = _as_lines(one)
        if lines is None:
            continue
        links = [
            (link.rank, -place, link)
            for place, heads in enumerate(exports)
            if place != at and place not in joined and _has_orders(heads)
            for link in _links(one, lines, heads)
        ]
        if links:
            _, place, link = max(links, key=lambda entry: entry[:2])
            joined[at] = (_joined(lines, exports[-place], link),)
            joined[-place] = exports[-place].tables[1:]
        elif one.tables and one.tables[0].table == "orders":
            alone = one.tables[0]
            joined[at] = (replace(alone, questions=(*alone.questions, _ASKED)), *one.tables[1:])
    for at, one in enumerate(exports):
        yield from joined.get(at, one.tables)


def _has_orders(one: Studied) -> bool:
    return bool(one.tables) and one.tables[0].table == "orders" and not one.tables[0].missing


def _as_lines(one: Studied) -> TableProposal | None:
    """Return an export as order lines that lack who ordered or when; None when it is none."""
    alone = one.tables[0] if one.tables else None
    if one.raw.frame.empty or (alone is not None and alone.table == "orders" and not alone.missing):
        return None
    if alone is not None and alone.table != "orders" and not alone.missing and alone.known_as:
        return None
    lines = alone if alone is not None and alone.table == "orders" else None
    if lines is None:
        lines = next(iter(propose(one.raw, sheet=one.sheet, table="orders")), None)
    names = {column.name for column in lines.columns} if lines is not None else set()
    is_line = {"order_id", "net_amount"} <= names and bool(names & {"product_id", "quantity"})
    return lines if is_line and not set(_OF_AN_ORDER) <= names else None


def _links(one: Studied, lines: TableProposal, heads: Studied) -> Iterator[_Link]:
    """Yield by which columns lines may find their orders."""
    number, order_number = lines.raw_column("order_id"), heads.tables[0].raw_column("order_id")
    own, other = one.raw.frame, heads.raw.frame
    called = {folded(name): name for name in own.columns if list(own.columns).count(name) == 1}
    for name in other.columns:
        is_number = name == order_number or bool(set(tokens(name)[-1:]) & _NUMBERS)
        same = called.get(folded(name)) if tokens(name) not in {("id",), ("name",), ("number",)} else None
        if list(other.columns).count(name) != 1 or not (is_number or same):
            continue
        numbers = _numbers(other[name])
        if len(numbers) < len(other) or not numbers.is_unique:
            continue
        for of_line in dict.fromkeys(column for column in (same, number) if column):
            wanted = _numbers(own[of_line]).drop_duplicates()
            n_shared = int(wanted.isin(numbers).sum())
            if len(wanted) and n_shared >= _LEAST_SHARED * len(wanted):
                yield _Link(of_line, name, n_shared, len(wanted), of_line == number, folded(of_line) == folded(name))


def _numbers(column: pd.Series) -> pd.Series:
    plain = column.dropna().str.strip()
    return plain[plain.ne("")].str.replace(r"^(\d+)\.0+$", r"\1", regex=True)


def _joined(lines: TableProposal, heads: Studied, link: _Link) -> TableProposal:
    orders = heads.tables[0]
    name = "head" if any(column.startswith("order.") for column in lines.left_out) else "order"
    of_line = {one.name: one for one in lines.columns}
    of_line["order_id"] = replace(of_line["order_id"], mapping={"column": link.of_line})
    of_order = {one.name: one for one in orders.columns if one.name not in _OF_A_LINE}
    columns = tuple(
        _renamed(of_order[column], name) if column in of_order else of_line[column]
        for column in TABLES["orders"].names
        if column in of_order or column in of_line
    )
    found = {one.name for one in columns}
    used = {raw for one in columns for raw in raw_names(one.mapping)}
    total = next((one.mapping for one in orders.columns if one.name == "net_amount"), {})
    is_total = set(total) == {"column"} and "scale" not in of_line["net_amount"].mapping
    read = {
        *(raw.removeprefix(f"{name}.") for raw in used if raw.startswith(f"{name}.")),
        link.of_order,
        total.get("column") if is_total else "",
    }
    sure = round(min(0.99, 0.9 * link.n_shared / link.n_numbers + 0.09 * link.is_same_name), 2)
    lookup = LookupProposal(
        name, orders.file, {link.of_line: link.of_order}, str(total["column"]) if is_total else "", orders.reading,
        tuple(raw for raw in heads.raw.header if raw and raw not in read), sure, link.reason,
    )  # fmt: skip
    if "," in {lines.reading.get("decimal"), orders.reading.get("decimal")}:
        lookup = replace(lookup, reading={**lookup.reading, "decimal": ","})
        lines = replace(lines, reading={**lines.reading, "decimal": ","})
    known_as = " with ".join(dict.fromkeys(one.known_as for one in (lines, orders) if one.known_as))
    questions = [text for text in (*lines.questions, *orders.questions) if not _is_answered(text, found)]
    of_lines = {raw for one in lines.columns for raw in raw_names(one.mapping)} | set(lines.left_out)
    return replace(
        lines, known_as=known_as, columns=columns, lookups=(lookup,),
        missing=tuple(one for one in lines.missing if one not in found),
        left_out=tuple(raw for raw in dict.fromkeys((*lines.left_out, *of_lines)) if raw not in used | {link.of_line}),
        questions=tuple(dict.fromkeys(questions)),
    )  # fmt: skip


def _is_answered(question: str, found: set[str]) -> bool:
    return any(question.startswith(f"Where is the {name}:") for name in found)


def _renamed(column: ColumnProposal, name: str) -> ColumnProposal:
    mapping: Mapping[str, Any] = {
        way: f"{name}.{what}" if way == "column" else tuple(f"{name}.{raw}" for raw in what)
        if way in {"joined", "product_of"} else what
        for way, what in column.mapping.items()
    }  # fmt: skip
    return replace(column, mapping=mapping)
