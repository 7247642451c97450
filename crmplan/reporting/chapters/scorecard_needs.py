"""What a figure still needs, in the words of the client instead of the names of tables and columns."""

from __future__ import annotations

import re

from crmplan.intake.words import column_label, table_label
from crmplan.schema import TABLES

__all__ = ["needs_text"]

_ONE = r"[a-z_]+(?: \([^)]*\))?"
_NEEDS = re.compile(rf"needs ({_ONE}(?:; {_ONE})*)$")
_PART = re.compile(r"([a-z_]+)(?: \((.*)\))?")
_DERIVED = {
    "customer_days": "purchases of known customers",
    "customer_ids": "customer records",
    "customer_value": "purchases of known customers",
    "golden": "customer records",
    "quality": "any export",
    "segments": "purchases of known customers",
}


def needs_text(reason: str) -> str:
    """Return a reason with tables and columns in words; any other reason as it stands.

    Examples
    --------
    >>> needs_text("needs touches")
    'needs campaign contacts'
    >>> needs_text("needs customers (one or more of email, birth_year)")
    'needs one or more of e-mail address, birth year in customer records'
    >>> needs_text("'Deals won' needs orders (product_id); products")
    "'Deals won' needs product number in order lines; products"
    >>> needs_text("needs at least 30 buyers; the data hold 21")
    'needs at least 30 buyers; the data hold 21'
    """
    found = _NEEDS.search(reason)
    if found is None:
        return reason
    parts = [_PART.fullmatch(part) for part in found.group(1).split("; ")]
    if any(part is None or part.group(1) not in {*TABLES, *_DERIVED} for part in parts):
        return reason
    words = dict.fromkeys(_in_words(part.group(1), part.group(2)) for part in parts if part is not None)
    return f"{reason[: found.start(1)]}{'; '.join(words)}"


def _in_words(table: str, columns: str | None) -> str:
    if table in _DERIVED:
        return _DERIVED[table]
    label = table_label(table)
    if not columns:
        return label
    known = {column.name for column in TABLES[table].columns}
    return f"{re.sub(r'[a-z_]+', lambda word: _column(word.group(), known), columns)} in {label}"


def _column(word: str, known: set[str]) -> str:
    if word == "customer_key":
        return column_label("customer_id")
    return column_label(word) if word in known else word
