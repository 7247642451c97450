"""Orders and deals that call customers by name or e-mail address, and the export that knows their numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from crmplan.intake.proposal import LookupProposal, TableProposal
from crmplan.intake.reading import RawFile

__all__ = ["with_numbers"]

_KNOWN_BY = ("email", "name")
_LEAST_SHARED = 0.9
_ARE_NUMBERS = 0.5


def with_numbers(tables: Sequence[TableProposal], raws: Mapping[tuple[str, str], RawFile]) -> Iterator[TableProposal]:
    """Yield proposals; where customers are called by what their own export calls them, their number is looked up there.

    Parameters
    ----------
    tables
        Proposals of all exports.
    raws
        Samples of the exports, by file and sheet.

    Examples
    --------
    >>> from crmplan.intake.proposal import propose
    >>> deals = pd.DataFrame({"Deal ID": ["1", "2"], "Account": ["Mill Ltd", "Bakery"], "Created": ["2024-01-02"] * 2,
    ...                       "Stage": ["won", "lost"]}, dtype="str")
    >>> firms = pd.DataFrame({"Customer ID": ["7", "8"], "Name": ["Bakery", "Mill Ltd"]}, dtype="str")
    >>> raws = {(f"{name}.csv", ""): RawFile(f"{name}.csv", frame, tuple(frame)) for name, frame in
    ...         (("deals", deals), ("customers", firms))}
    >>> tables = [one for raw in raws.values() for one in propose(raw)]
    >>> found, _ = with_numbers(tables, raws)
    >>> found.lookups[0].on, {one.name: one.mapping for one in found.columns}["customer_id"]
    ({'Account': 'Name'}, {'column': 'customer.Customer ID'})
    """
    customers = [one for one in tables if one.table == "customers" and not one.is_distinct]
    for one in tables:
        raw_name = one.raw_column("customer_id")
        called = _called(one, raw_name, raws)
        others = [other for other in customers if other.file != one.file or other.reading != one.reading]
        if one.table == "customers" or called.empty or any(_are_numbers(called, other, raws) for other in others):
            yield one
            continue
        found = [lookup for other in others for lookup in _lookups(raw_name, called, other, raws)]
        if not found:
            yield one
            continue
        share, lookup, number = max(found, key=lambda entry: entry[0])
        if one.reading.get("decimal"):
            lookup = replace(lookup, reading={**lookup.reading, "decimal": one.reading["decimal"]})
        named = tuple(
            replace(entry, mapping={"column": f"{lookup.name}.{number}"}, confidence=round(share * entry.confidence, 2))
            if entry.name == "customer_id" else entry
            for entry in one.columns
        )  # fmt: skip
        yield replace(one, columns=named, lookups=(*one.lookups, lookup))


def _called(one: TableProposal, name: str, raws: Mapping[tuple[str, str], RawFile]) -> pd.Series:
    """Return the different texts by which a proposed table calls its customers."""
    for lookup in one.lookups:
        if name.startswith(f"{lookup.name}."):
            return _texts(raws, lookup.file, lookup.reading, name.removeprefix(f"{lookup.name}.")).drop_duplicates()
    return _texts(raws, one.file, one.reading, name).drop_duplicates()


def _are_numbers(called: pd.Series, other: TableProposal, raws: Mapping[tuple[str, str], RawFile]) -> bool:
    numbers = _texts(raws, other.file, other.reading, other.raw_column("customer_id"))
    return bool(called.isin(numbers).mean() >= _ARE_NUMBERS)


def _lookups(
    name: str, called: pd.Series, other: TableProposal, raws: Mapping[tuple[str, str], RawFile]
) -> Iterator[tuple[float, LookupProposal, str]]:
    number = other.raw_column("customer_id")
    for known_by in _KNOWN_BY:
        column = other.raw_column(known_by)
        texts = _texts(raws, other.file, other.reading, column)
        n_found = int(called.isin(texts).sum())
        share = n_found / len(called)
        if not number or not texts.is_unique or share < _LEAST_SHARED:
            continue
        reason = f"{column} in it: {n_found:,} of {len(called):,} customers are called so"
        reading = {key: value for key, value in other.reading.items() if key != "decimal"}
        yield (
            share,
            LookupProposal("customer", other.file, {name: column}, "", reading, (), round(0.9 * share, 2), reason),
            number,
        )


def _texts(raws: Mapping[tuple[str, str], RawFile], file: str, reading: Mapping[str, object], column: str) -> pd.Series:
    raw = raws.get((file, str(reading.get("sheet", ""))))
    if raw is None or not column or list(raw.frame.columns).count(column) != 1:
        return pd.Series([], dtype="str")
    texts = raw.frame[column].dropna().str.strip()
    return texts[texts.ne("")]
