"""What exports call things: the names that programs and people give to the columns of the canonical tables.

The names are kept as data in ``templates/vocabularies``: one file of names that anybody may use, and one a vendor.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from crmplan import carried
from crmplan.errors import Problem, TemplateError
from crmplan.schema import TABLES
from crmplan.template_files import checked, documents, entries

__all__ = ["PARTS", "TableNames", "VendorObject", "Vocabulary", "folded", "load_vocabulary", "tokens"]

PARTS: Mapping[str, Mapping[str, str]] = {
    "customers": {"first_name": "name", "last_name": "name"},
    "staff": {"first_name": "name", "last_name": "name"},
    "orders": {"unit_price": "net_amount"},
}
"""What exports hold that is no canonical column, and the column that is made of it, by table."""

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NUMBER_BEHIND = re.compile(r" \(\d+\)$")
_APART = re.compile(r"[^a-z0-9]+")


class VendorObject(BaseModel):
    """One kind of record of one vendor: the columns that give it away and those that mean something here.

    ``unused`` lists columns that mean something else than their names suggest.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    object: str
    table: str
    known_by: tuple[str, ...]
    columns: dict[str, tuple[str, ...]]
    constants: dict[str, str | bool | float] = {}
    values: dict[str, dict[str, str | bool | float | None]] = {}
    scales: dict[str, float] = {}
    unused: tuple[str, ...] = ()
    question: str = ""
    vendor: str = ""
    prefixes: tuple[str, ...] = ()


class TableNames(BaseModel):
    """What a canonical table and its columns are called in general."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    table: str
    called: tuple[str, ...]
    columns: dict[str, tuple[str, ...]]


class _Words(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    table: str
    column: str
    words: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All names.

    Parameters
    ----------
    tables
        Names of anybody's exports, by canonical table.
    objects
        Kinds of records of the vendors.
    words
        What is written in a column, folded, and the word that the computations know for it, by (table, column).
    """

    tables: Mapping[str, TableNames]
    objects: tuple[VendorObject, ...]
    words: Mapping[tuple[str, str], Mapping[str, str]]


@lru_cache(20_000)
def folded(name: str) -> str:
    """Return a name without capitals, accents, blanks and marks, so that ways of writing it are the same.

    Examples
    --------
    >>> folded("Billing City") == folded("billing_city") == folded("BillingCity")
    True
    >>> folded("Straße"), folded("Kündigungsgrund")
    ('strasse', 'kundigungsgrund')
    """
    return "".join(tokens(name))


@lru_cache(20_000)
def tokens(name: str) -> tuple[str, ...]:
    """Return the words of a name, whether they are parted by blanks, marks or capitals; a number in brackets is none.

    Examples
    --------
    >>> tokens("shippingAddress_ZIP"), tokens("Order ID")
    (('shipping', 'address', 'zip'), ('order', 'id'))
    """
    plain = unicodedata.normalize("NFKD", _CAMEL.sub(" ", _NUMBER_BEHIND.sub("", name)).casefold())
    return tuple(part for part in _APART.split("".join(c for c in plain if not unicodedata.combining(c))) if part)


@cache
def load_vocabulary(folder: Path | None = None) -> Vocabulary:
    """Return the vocabulary of a folder of YAML files; crmplan's own when none is given.

    Raises
    ------
    TemplateError
        With every problem of every file: unknown tables or columns, and what is no strict YAML.

    Examples
    --------
    >>> sorted({one.vendor for one in load_vocabulary().objects})[:3]
    ['HubSpot', 'Microsoft Dynamics', 'SAP']
    """
    problems: list[Problem] = []
    tables: dict[str, TableNames] = {}
    objects: list[VendorObject] = []
    words: dict[tuple[str, str], dict[str, str]] = {}
    for document in documents(folder or carried.templates() / "vocabularies"):
        data = document.data if isinstance(document.data, dict) else {}
        if "vendor" in data:
            shared = {"vendor": data["vendor"], "prefixes": tuple(data.get("prefixes") or ())}
            for location, entry in entries(document, "objects", problems):
                one = checked(VendorObject, {**entry, **shared}, document, location, problems)
                if one is not None:
                    objects.append(one)
                    used = {*one.columns, *one.constants, *one.values, *one.scales}
                    problems += _unknown(one.table, used, document.where(location))
            continue
        for location, entry in entries(document, "tables", problems):
            names = checked(TableNames, entry, document, location, problems)
            if names is not None:
                tables[names.table] = names
                problems += _unknown(names.table, set(names.columns), document.where(location))
        for location, entry in entries(document, "words", problems):
            group = checked(_Words, entry, document, location, problems)
            if group is not None:
                problems += _unknown(group.table, {group.column}, document.where(location))
                words[group.table, group.column] = {
                    folded(text): word for word, texts in group.words.items() for text in texts
                }
    if problems:
        raise TemplateError(problems)
    return Vocabulary(tables, tuple(objects), words)


def _unknown(table: str, columns: set[str], where: str) -> list[Problem]:
    if table not in TABLES:
        return [Problem(where, "a canonical table", table)]
    known = {*TABLES[table].names, *PARTS.get(table, {})}
    return [Problem(where, f"a column of '{table}'", name) for name in sorted(columns - known)]
