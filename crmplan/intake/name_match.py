"""Which column of an export goes by the name of which canonical column, and whether its values can be that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from crmplan.intake.column_values import ColumnValues, fit
from crmplan.intake.vocabulary import PARTS, VendorObject, Vocabulary, folded, tokens
from crmplan.schema import TABLES, Kind

__all__ = ["Match", "assigned", "vendor_object_of"]

_SAME_NAME, _VENDOR_NAME, _ENDS_SO, _LOOKS_SO = 0.92, 0.97, 0.55, 0.6
_STEP, _LEAST_OF_LIST, _ID_ALONE = 0.006, 0.8, 0.74
_LEAST = 0.45
_FEW_KNOWN = 4
_MOST_COMPARED = 1_000
_FEWEST_KNOWN = 3
_FEWEST_COLUMNS = 2
_SHARED = {("outcome", "stage"), ("stage", "outcome")}


@dataclass(frozen=True, slots=True)
class Match:
    """A column of the export for a canonical one: how sure (0 to 1), and why."""

    raw: str
    confidence: float
    reason: str


def vendor_object_of(
    table: str, values: Mapping[str, ColumnValues], file: str, words: Vocabulary
) -> tuple[VendorObject | None, float]:
    """Return the vendor's kind of record that an export is, and how certain that is (0 to 1).

    A vendor is recognised by three columns that give it away, or by two and the name of the file.
    """
    best: tuple[float, VendorObject | None] = (0.0, None)
    for one in words.objects:
        if one.table != table:
            continue
        header = _folded_header(values, one.prefixes)
        n_known = sum(folded(name) in header for name in one.known_by)
        n_known += min(2, sum(raw.casefold().startswith(prefix) for raw in values for prefix in one.prefixes))
        n_columns = sum(any(folded(name) in header for name in names) for names in one.columns.values())
        is_named = folded(one.vendor.split()[-1]) in folded(file)
        if n_known < (_FEWEST_KNOWN - is_named) or n_columns < _FEWEST_COLUMNS:
            continue
        certainty = min(1.0, n_known / min(len(one.known_by), _FEW_KNOWN)) * (0.5 + 0.5 * n_columns / len(one.columns))
        certainty += 0.2 * is_named
        certainty += 0.2 * any(folded(word).rstrip("s") in folded(file) for word in one.object.split()[:1])
        if certainty > best[0]:
            best = (certainty, one)
    return best[1], min(best[0], 1.0)


def assigned(
    table: str, values: Mapping[str, ColumnValues], vendor: VendorObject | None, words: Vocabulary
) -> dict[str, Match]:
    """Return the best column of the export for each canonical column and part; each is used once.

    Only the stage of a deal and its outcome may be read from one column.
    """
    unused = {folded(name) for name in vendor.unused} if vendor is not None else set()
    others = {raw: seen for raw, seen in values.items() if folded(raw) not in unused}
    candidates = sorted(
        {*_by_vendor(values, vendor), *_by_name(table, others, words)}, key=lambda one: (-one[0], one[1], one[2])
    )
    found: dict[str, Match] = {}
    users: dict[str, list[str]] = {}
    for confidence, column, raw, reason in candidates:
        if column in found or confidence < _LEAST:
            continue
        if any((column, other) not in _SHARED for other in users.get(raw, [])):
            continue
        found[column] = Match(raw, round(min(confidence, 0.99), 2), reason)
        users.setdefault(raw, []).append(column)
    return _named_by_its_key(table, found, values)


def _named_by_its_key(table: str, found: dict[str, Match], values: Mapping[str, ColumnValues]) -> dict[str, Match]:
    """Let key and name be one column where an export knows things by their names only.

    Where each row has a number of its own, that is not so: genres that products belong to are no products.
    """
    key = next((name for name in TABLES[table].key if name != "source"), "")
    if "name" not in TABLES[table].names or not key:
        return found
    has_number = any(tokens(raw)[-1:] == ("id",) and seen.is_unique for raw, seen in values.items())
    if key not in found and "name" in found and not has_number and values[found["name"].raw].is_unique:
        name = found["name"]
        return {**found, key: Match(name.raw, round(name.confidence * 0.9, 2), "there is no number, only a name")}
    if key in found and not {"name", *PARTS.get(table, {})} & set(found):
        seen = values[found[key].raw].different
        if (
            seen
            and sum(any(c.isalpha() for c in text) and not any(c.isdigit() for c in text) for text in seen)
            > len(seen) / 2
        ):
            return {**found, "name": Match(found[key].raw, found[key].confidence, "its values are names")}
    return found


Candidate = tuple[float, str, str, str]


def _by_vendor(values: Mapping[str, ColumnValues], vendor: VendorObject | None) -> Iterator[Candidate]:
    if vendor is None:
        return
    header = _folded_header(values, vendor.prefixes)
    for column, names in vendor.columns.items():
        for place, name in enumerate(names):
            raw = header.get(folded(name))
            if raw is None:
                continue
            # An empty column says nothing; another name of the same list may hold the values.
            empty = 0.0 if values[raw].n_filled else 0.05
            fits = 1.0 if column in vendor.values else fit(values[raw], _kind(vendor.table, column), column)
            yield (
                (_VENDOR_NAME - _STEP * place - empty) * fits, column, raw,
                f"{vendor.vendor} {vendor.object}: {name}",
            )  # fmt: skip


def _by_name(table: str, values: Mapping[str, ColumnValues], words: Vocabulary) -> Iterator[Candidate]:
    names = words.tables[table].columns
    places = {column: {folded(name): place for place, name in enumerate(listed)} for column, listed in names.items()}
    endings = {column: [tokens(name) for name in (column, *listed)] for column, listed in names.items()}
    looked_up = {flat: column for column in reversed(list(places)) for flat in places[column]}
    for raw, seen in values.items():
        flat, parts = folded(raw), tokens(raw)
        found: list[tuple[str, float, str]] = []
        for column in names:
            place = 0 if flat == folded(column) else places[column].get(flat)
            if place is not None:
                sure = _ID_ALONE if parts == ("id",) else max(_SAME_NAME - _STEP * place, _LEAST_OF_LIST)
                found.append((column, sure, "known name"))
            elif len(parts) > 1 and any(end == parts[-len(end) :] and end != ("id",) for end in endings[column]):
                longest = max(len(end) for end in endings[column] if end == parts[-len(end) :])
                found.append((column, _ENDS_SO - 0.04 * (len(parts) - longest - 1), "its name ends so"))
        if not found and len(flat) >= 5 and len(values) <= _MOST_COMPARED:
            close = get_close_matches(flat, looked_up, n=1, cutoff=0.87)
            found += [(looked_up[name], _LOOKS_SO, "its name looks so") for name in close]
        for column, sure, reason in found:
            fits = fit(seen, _kind(table, column), column)
            yield sure * fits, column, raw, f"{reason}{_said(fits)}"


def _said(fits: float) -> str:
    return ", and its values fit" if fits > 1 else ", though its values speak against it" if fits < 0.8 else ""


def _kind(table: str, column: str) -> Kind:
    if column in PARTS.get(table, {}):
        return "money" if column == "unit_price" else "text"
    return TABLES[table].column(column).kind


def _folded_header(values: Mapping[str, ColumnValues], prefixes: tuple[str, ...]) -> dict[str, str]:
    header = {folded(name): name for name in reversed(list(values))}
    for prefix in prefixes:
        start = folded(prefix)
        header |= {flat.removeprefix(start): name for flat, name in header.items() if flat.startswith(start)}
    return header
