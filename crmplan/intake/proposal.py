"""How the columns of an export probably map to canonical ones, each with its reason and how sure it is.

A proposal is a draft for the consultant, who knows the client: what is certain is filled in, what is not is asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any

import pandas as pd

from crmplan.intake.column_values import ColumnValues, look_at
from crmplan.intake.entries import Answers, entry_of
from crmplan.intake.finding import shown
from crmplan.intake.header import doubled
from crmplan.intake.name_match import Match, assigned, vendor_object_of
from crmplan.intake.reading import RawFile
from crmplan.intake.vocabulary import PARTS, VendorObject, Vocabulary, load_vocabulary, tokens
from crmplan.schema import TABLES

__all__ = ["ColumnProposal", "LookupProposal", "TableProposal", "propose", "raw_names", "won_deals_as_orders"]

_NAMED_SO = 2.5
_VENDOR_SAYS = 3.0
_MISSING = 1.5
_VAGUE = 3.0
_IS_KNOWN = 0.7
_SAY_NOTHING = {
    "data",
    "export",
    "table",
    "list",
    "all",
    "file",
    "report",
    "sf",
    "hs",
    "gql",
    "csv",
    "shopify",
    "hubspot",
    "stripe",
    "zendesk",
    "2",
}
"""Parts of a file's name that say nothing about its rows."""
_LEAST = 2.0
_FEWEST_COLUMNS = 2
_OF_A_CUSTOMER = (
    "name",
    "email",
    "phone",
    "address",
    "postcode",
    "city",
    "kind",
    "segment",
    "born_on",
    "birth_year",
    "industry",
)
_OF_A_PRODUCT = ("name", "category", "brand")
_IS_SURE = 0.8
_IS_NAMED = 0.7
_ORDER_OF_DEAL = {
    "order_id": "opportunity_id", "customer_id": "customer_id", "ordered_at": "closed_at", "net_amount": "amount",
    "territory": "territory", "status": "outcome",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ColumnProposal:
    """One canonical column: how it is filled, how sure that is (0 to 1), and why."""

    name: str
    mapping: Mapping[str, Any]
    confidence: float
    reason: str


@dataclass(frozen=True, slots=True)
class LookupProposal:
    """Another export that completes the rows, by which columns, how sure that is (0 to 1), and why."""

    name: str
    file: str
    on: Mapping[str, str]
    total: str
    reading: Mapping[str, Any]
    left_out: tuple[str, ...]
    confidence: float
    reason: str


@dataclass(frozen=True, slots=True)
class TableProposal:
    """One canonical table from one export.

    Parameters
    ----------
    table, file
        The canonical table and the export, by its path inside the client's folder.
    known_as
        What the export seems to be, such as ``Salesforce Account``; empty when no vendor is recognised.
    columns
        How canonical columns are filled.
    reading
        What must be said about how the file is written.
    is_distinct
        The export repeats these rows.
    left_out
        Columns of the export that nothing is made of.
    missing
        Canonical columns without which the table is useless, and for which nothing was found.
    questions
        What must be asked before the mapping is right.
    lookups
        Other exports that complete its rows.
    """

    table: str
    file: str
    known_as: str
    columns: tuple[ColumnProposal, ...]
    reading: Mapping[str, Any]
    is_distinct: bool
    left_out: tuple[str, ...]
    missing: tuple[str, ...]
    questions: tuple[str, ...]
    lookups: tuple[LookupProposal, ...] = ()

    def raw_column(self, name: str) -> str:
        """Return the export's column that a canonical column is read from; empty where it is not read from one."""
        found = next((column.mapping for column in self.columns if column.name == name), {})
        return str(found.get("column", ""))


@dataclass(frozen=True, slots=True)
class _Export:
    """An export under study."""

    raw: RawFile
    sheet: str
    values: Mapping[str, ColumnValues]
    answers: Answers
    words: Vocabulary


@dataclass(frozen=True, slots=True)
class _Draft:
    """A canonical table that an export may be."""

    table: str
    matches: Mapping[str, Match]
    vendor: VendorObject | None
    certainty: float
    is_named: bool
    score: float

    @property
    def missing(self) -> tuple[str, ...]:
        have = {*self.matches, *(self.vendor.constants if self.vendor else ())}
        have |= {made for part, made in PARTS.get(self.table, {}).items() if part in self.matches}
        return tuple(one.name for one in TABLES[self.table].columns if one.is_required and one.name not in have)


def propose(
    raw: RawFile,
    *,
    sheet: str = "",
    table: str = "",
    answers: Answers | None = None,
    vocabulary: Vocabulary | None = None,
) -> tuple[TableProposal, ...]:
    """Return what canonical tables can be made of an export: usually one, more of a flat one, none of a foreign one.

    Parameters
    ----------
    raw
        A sample of the export with all its columns.
    sheet
        The sheet of a workbook or the table of a database file.
    table
        The canonical table it is, where the consultant says so.
    answers
        What the consultant knows about dates that the values do not tell.
    vocabulary
        Names; crmplan's own when not given.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"InvoiceNo": ["1"], "Customer ID": ["7"], "InvoiceDate": ["2024-01-02"],
    ...                       "Quantity": ["2"], "Price": ["2.50"]}, dtype="str")
    >>> (found,) = propose(RawFile("data/sales.csv", frame, tuple(frame.columns)))
    >>> found.table, {one.name: one.mapping for one in found.columns}["net_amount"]
    ('orders', {'product_of': ('Quantity', 'Price')})
    """
    words = vocabulary or load_vocabulary()
    names = list(raw.frame.columns)
    unclear = {name: columns for name, columns in doubled(names).items() if not _are_alike(raw.frame, columns)}
    left = {column for columns in unclear.values() for column in columns}
    single = [name for name in names if name and names.count(name) == 1 and name not in left]
    values = {name: look_at(raw.frame[name]) for name in single}
    drafts = [_draft(name, values, raw.file, sheet, words) for name in ([table] if table else TABLES)]
    known = [draft for draft in drafts if draft.certainty >= _IS_KNOWN]
    best = max(known or drafts, key=lambda draft: draft.score)
    is_key_alone = len({match.raw for match in best.matches.values()}) < _FEWEST_COLUMNS
    if not table and (best.score < _LEAST or (is_key_alone and not (best.is_named and "name" in best.matches))):
        return ()
    export = _Export(raw, sheet, values, answers or Answers(), words)
    made = [_proposal(best, export)]
    if not table and not best.missing:
        made += [_proposal(other, export, is_distinct=True) for other in _others(best, drafts)]
    used = {name for one in made for column in one.columns for name in raw_names(column.mapping)}
    left_out = tuple(name for name in raw.header if name and name not in used)
    questions = (*made[0].questions, *(_which_is_meant(raw.frame, *entry) for entry in unclear.items()))
    return (replace(made[0], left_out=left_out, questions=questions), *made[1:])


def _are_alike(frame: pd.DataFrame, columns: Sequence[str]) -> bool:
    """Whether columns under one name say the same, so that the first of them will do."""
    first = frame[columns[0]].fillna("")
    return all(frame[column].fillna("").equals(first) for column in columns[1:])


def _which_is_meant(frame: pd.DataFrame, name: str, columns: Sequence[str]) -> str:
    """Return the question which of several columns under one name is meant; examples keep their shape only."""
    told = []
    for column in columns:
        texts = frame[column].dropna().str.strip()
        found = shown(texts[texts.ne("")].head(1), is_personal=True)
        told.append(f"{column} (such as {found[0]})" if found else f"{column} (empty)")
    return f"{name} stands over {len(columns)} columns: {', '.join(told)}; which is meant, if any? None is mapped."


def won_deals_as_orders(deals: TableProposal) -> Iterator[TableProposal]:
    """Yield orders made of the deals that were won, for a client who sends a pipeline and no orders.

    Deals that are lost or open become cancelled orders, so that every row stays accounted for.
    """
    of = {one.name: one for one in deals.columns}
    if deals.table != "opportunities" or not {"customer_id", "closed_at", "amount", "outcome"} <= set(of):
        return
    meant = {text: word for text, word in of["outcome"].mapping.get("values", {}).items() if text != "*"}
    won = [text for text, word in meant.items() if word == "won"] or ["won", "Won"]
    # "open" is a known word for orders too, so the star would leave it.
    values = {
        **dict.fromkeys(won, "completed"),
        **dict.fromkeys(("open", "Open", "OPEN"), "cancelled"),
        "*": "cancelled",
    }
    status = {"column": of["outcome"].mapping["column"], "values": values}
    columns = tuple(
        ColumnProposal(name, status if name == "status" else of[made_of].mapping, of[made_of].confidence, "won deals")
        for name, made_of in _ORDER_OF_DEAL.items()
        if made_of in of
    )
    question = "No orders came, so won deals are taken as orders: is the amount of a deal what the customer paid?"
    yield replace(deals, table="orders", columns=columns, left_out=(), missing=(), questions=(question,))


def _draft(table: str, values: Mapping[str, ColumnValues], file: str, sheet: str, words: Vocabulary) -> _Draft:
    named = tuple(word for word in tokens(sheet or PurePath(file).stem) if word not in _SAY_NOTHING)
    vendor, certainty = vendor_object_of(table, values, file, words)
    matches = assigned(table, values, vendor, words)
    required = {column.name for column in TABLES[table].columns if column.is_required}
    score = sum(one.confidence * (2 if name in required else 1) for name, one in matches.items())
    called = {tokens(name) for name in words.tables[table].called}
    is_named = any(named[at:] in called for at in range(len(named)))
    is_named_alone = is_named and sum(named[-1:] in map(tokens, one.called) for one in words.tables.values()) == 1
    score += (
        _NAMED_SO * (is_named + is_named_alone)
        + 0.5 * any((word,) in called for word in named)
        + _VENDOR_SAYS * certainty
    )
    if vendor is None and not is_named and _is_vague(table, matches):
        score -= _VAGUE
    draft = _Draft(table, matches, vendor, certainty, is_named, score)
    return replace(draft, score=score - _MISSING * len(draft.missing))


def _is_vague(table: str, matches: Mapping[str, Match]) -> bool:
    """Whether an export is known by nothing but a column "id", which every export may have."""
    key = next((name for name in TABLES[table].key if name != "source"), "order_id")
    return key in matches and tokens(matches[key].raw) in {("id",), ("number",)}


def _others(best: _Draft, drafts: Sequence[_Draft]) -> Iterator[_Draft]:
    """Yield the tables whose rows a flat export repeats in its own: customers and products beside orders."""
    taken = {match.raw for name, match in best.matches.items() if name not in {"customer_id", "product_id"}}
    for table, key, wanted in (("customers", "customer_id", _OF_A_CUSTOMER), ("products", "product_id", _OF_A_PRODUCT)):
        other = next(draft for draft in drafts if draft.table == table)
        if best.table != "orders" or key not in best.matches or best.vendor is not None:
            continue
        kept = {
            name: match
            for name, match in other.matches.items()
            if (name in wanted or name in PARTS.get(table, {})) and match.raw not in taken
            and match.confidence >= 0.7 and match.raw != best.matches[key].raw
        }  # fmt: skip
        if kept:
            yield replace(other, matches={key: best.matches[key], **kept}, vendor=None)
            taken |= {match.raw for match in kept.values()}


def _proposal(draft: _Draft, export: _Export, *, is_distinct: bool = False) -> TableProposal:
    values, words = export.values, export.words.words
    columns = _made_of_parts(draft)
    made = {one.name for one in columns}
    questions: list[str] = []
    for column in TABLES[draft.table].columns:
        match = draft.matches.get(column.name)
        if match is None or column.name in made:
            continue
        seen = values[match.raw]
        entry = entry_of(draft.table, column, match, seen, answers=export.answers, vendor=draft.vendor, words=words)
        columns.append(ColumnProposal(column.name, entry.mapping, match.confidence, match.reason))
        questions += entry.questions
        if match.confidence < _IS_SURE and column.is_required:
            questions.append(f"Is {match.raw} the {column.name}: {column.meaning}?")
    vendor = draft.vendor
    if vendor is not None:
        columns += [
            ColumnProposal(name, {"constant": value}, 0.9, f"{vendor.vendor} {vendor.object}")
            for name, value in vendor.constants.items()
            if name not in {one.name for one in columns}
        ]
        questions += [vendor.question] if vendor.question else []
    order = TABLES[draft.table].names
    columns.sort(key=lambda one: order.index(one.name))
    found = {one.name for one in columns}
    missing = tuple(one.name for one in TABLES[draft.table].columns if one.is_required and one.name not in found)
    for name in missing:
        questions.append(f"Where is the {name}: {TABLES[draft.table].column(name).meaning}?")
    known_as = f"{vendor.vendor} {vendor.object}" if vendor is not None else ""
    reading = _reading(export, [values[name] for one in columns for name in _amounts(draft.table, one)])
    return TableProposal(
        draft.table, export.raw.file, known_as, tuple(columns), reading, is_distinct, (), missing,
        tuple(dict.fromkeys(questions)),
    )  # fmt: skip


def _made_of_parts(draft: _Draft) -> list[ColumnProposal]:
    made = []
    matches = draft.matches
    names = [matches[part] for part in ("first_name", "last_name") if part in matches]
    if names and "name" not in matches:
        raws = tuple(match.raw for match in names)
        mapping: dict[str, Any] = {"joined": raws} if len(raws) > 1 else {"column": raws[0]}
        made.append(ColumnProposal("name", mapping, min(match.confidence for match in names), "first and last name"))
    if "unit_price" in matches and "quantity" in matches and not _is_amount_known(draft):
        pair = (matches["quantity"], matches["unit_price"])
        mapping = {"product_of": tuple(match.raw for match in pair)}
        sure = min(match.confidence for match in pair)
        made.append(ColumnProposal("net_amount", mapping, sure, "pieces times price of one"))
    return made


def _is_amount_known(draft: _Draft) -> bool:
    """Whether a column is the amount of a line, and not only ends like one while the price of a piece is certain."""
    amount = draft.matches.get("net_amount")
    return amount is not None and (amount.confidence >= _IS_NAMED or draft.matches["unit_price"].confidence < _IS_SURE)


def raw_names(mapping: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the columns of the export that a proposed entry reads."""
    if "column" in mapping:
        return (mapping["column"],)
    return next((tuple(mapping[way]) for way in ("joined", "product_of") if way in mapping), ())


def _amounts(table: str, one: ColumnProposal) -> tuple[str, ...]:
    return raw_names(one.mapping) if TABLES[table].column(one.name).kind in {"money", "number"} else ()


def _reading(export: _Export, amounts: Sequence[ColumnValues]) -> dict[str, Any]:
    reading: dict[str, Any] = {"sheet": export.sheet} if export.sheet else {}
    if export.raw.guessed_encoding:
        reading["encoding"] = export.raw.guessed_encoding
    if any(one.is_decimal_comma for one in amounts):
        reading["decimal"] = ","
    return reading
