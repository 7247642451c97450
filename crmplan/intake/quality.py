"""How good the data are: complete, unique, up to date, valid; and what each defect does to the steps that follow."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import cast

import pandas as pd

from crmplan.intake.finding import Finding, Severity, grade
from crmplan.intake.ledger import DATED_BY, needed
from crmplan.intake.order_lines import OrderLines, compared_lines
from crmplan.intake.quality_profile import Seen, SeenTables, authors, quality_profile
from crmplan.intake.table_rows import Folder, TableRows, connected
from crmplan.intake.validity import Validity, references
from crmplan.intake.words import column_label, rows_of, table_label
from crmplan.schema import TABLES

__all__ = ["Examined", "Lacking", "examine"]

_COMPLETE: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "customers": {
            "name": "The same customer in another system is harder to find.",
            "email": "The same customer in another system is harder to find, and mail reaches fewer customers.",
            "phone": "The same customer in another system is harder to find, and fewer customers can be called.",
            "postcode": "The same customer in another system is harder to find.",
            "kind": "Persons and firms cannot be told apart there.",
            "segment": "The client's own groups can be compared for fewer customers.",
            "industry": "Groups by industry rest on fewer customers.",
            "born_on": "The same person elsewhere is harder to find, and groups by age rest on fewer customers.",
            "birth_year": "Groups by age rest on fewer customers.",
            "age_band": "Groups by age rest on fewer customers.",
            "income_band": "Groups by income rest on fewer customers.",
            "first_heard": "What each source of new customers brings is known for fewer of them.",
            "updated_at": "Which of two differing records is right has to be guessed from how complete they are.",
        },
        "orders": {
            "product_id": "What is bought together rests on fewer lines.",
            "quantity": "Pieces sold come out too low.",
            "cost": "Profit is known for fewer purchases.",
            "channel": "Sales by channel leave these lines out.",
            "country": "Sales abroad come out too low.",
            "territory": "Sales by territory leave these lines out.",
        },
        "products": {
            "category": "Purchases of these products are in no category.",
            "unit_cost": "Profit is not known for these products.",
        },
        "interactions": {
            "topic": "These contacts are missing from the shares of topics.",
            "direction": "These contacts count neither as coming in nor as going out.",
            "wait_seconds": "Waiting times rest on fewer contacts.",
            "duration_seconds": "Time spent rests on fewer contacts.",
            "is_resolved": "The share settled in the first contact rests on fewer contacts.",
        },
        "opportunities": {
            "amount": "The worth of the pipeline comes out too low.",
            "lead_source": "What each source of leads brings is known for fewer of them.",
            "owner": "Deals by seller leave these out.",
            "first_response_at": "The time to a first response rests on fewer leads.",
        },
        "contracts": {"monthly_fee": "The worth of these contracts is not known."},
        "touches": {
            "touched_at": "Responses cannot be dated.",
            "is_response": "The share of responses rests on fewer contacts.",
        },
        "campaigns": {"cost": "The cost of a new customer comes out too low."},
        "shipments": {"promised_on": "Punctuality rests on fewer deliveries."},
    }
)  # fmt: skip
_OUTCOMES: Mapping[str, tuple[str, str, float, float]] = MappingProxyType(
    {
        "no_customer_id": (
            "No customer number on",
            "They count in totals, but in no customer's history, segment or value.",
            0.10,
            0.01,
        ),
        "after_as_of": (
            "A date after the as-of date on",
            "These rows are left out; if they are many, check as_of and the date format.",
            0.50,
            0.05,
        ),
        "not_found": (
            "A number that the export they refer to does not have on",
            "Without it they say nothing and are left out; ask for both exports of the same day and the same period.",
            0.05,
            0.005,
        ),
        "duplicate": (
            "An exact copy of another row on",
            "The copies are left out; if exports overlap, other tables may hold copies too.",
            0.10,
            0.01,
        ),
        "superseded": (
            "A number that another row has with other content on",
            "Only the row changed last (else the most complete) is used; the others are left out.",
            0.20,
            0.02,
        ),
    }
)
_STEADY: Mapping[str, str] = MappingProxyType(
    {
        "orders": "Customers look less active than they are",
        "interactions": "Figures on contacts are those of an earlier time",
        "opportunities": "Figures on deals are those of an earlier time",
    }
)
_LATE_DAYS: tuple[tuple[int, Severity], ...] = ((120, "high"), (45, "medium"))


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found when all rows went by.

    Parameters
    ----------
    findings
        What is wrong with the data.
    profile
        What the quality of each table of each source is judged by
        (:func:`crmplan.intake.quality_profile.quality_profile`).
    authors
        Who writes the records (:func:`crmplan.intake.quality_profile.authors`).
    """

    findings: tuple[Finding, ...]
    profile: pd.DataFrame
    authors: pd.DataFrame


def examine(
    tables: Mapping[str, TableRows],
    ledger: pd.DataFrame,
    *,
    mapped: Mapping[tuple[str, str], frozenset[str]],
    as_of: date,
    told: Sequence[Finding] = (),
    folder: Folder | None = None,
) -> Examined:
    """Return what is wrong with the data, how good they are and who writes them, per source and table.

    Parameters
    ----------
    tables
        Canonical tables with ``source``; only rows that are used. They are gone through piece by piece.
    ledger
        The account of every row.
    mapped
        Canonical columns that each (source, table) brings; a column that a source does not have is no gap in it.
    as_of
        The last day that counts.
    told
        What was found when the rows were read.
    folder
        Where the engine may put what does not fit in memory.
    """
    validity, orders = Validity(as_of=as_of), OrderLines()
    seen = _seen(tables, validity, orders)
    findings = [*_from_ledger(ledger)]
    for (source, name), one in seen.items():
        findings += _gaps(source, name, one, mapped.get((source, name), frozenset()))
        findings += _timeliness(source, name, one, as_of)
    findings += [*validity.findings(), *orders.findings()]
    connection = connected(folder)
    try:
        came = {name: rows for name, rows in tables.items() if len(rows)}
        for name, rows in came.items():
            rows.put_into(connection, name)
        leads = list(references(came, connection))
        findings += [one.finding for one in leads if one.finding is not None]
        findings += compared_lines(came["orders"], connection) if "orders" in came else []
    finally:
        connection.close()
    profile = quality_profile(seen, ledger, [*told, *findings], leads, mapped=mapped, as_of=as_of)
    return Examined(tuple(findings), profile, authors(seen))


def _seen(tables: Mapping[str, TableRows], validity: Validity, orders: OrderLines) -> SeenTables:
    """Go through all rows once, and return what was counted in them."""
    seen: dict[tuple[str, str], Seen] = defaultdict(Seen)
    for name, rows in tables.items():
        for piece in rows.pieces():
            validity.see(name, piece)
            for source, part in piece.groupby("source", sort=True):
                seen[str(source), name].add(name, part)
                if name == "orders":
                    orders.see(str(source), part)
    return seen


class Lacking:
    """Counts, while rows go by, what those lack that are left out because a needed value is missing."""

    def __init__(self) -> None:
        self._n_rows: dict[tuple[str, str], int] = defaultdict(int)
        self._n_bad: dict[tuple[str, str], int] = defaultdict(int)
        self._n_missing: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))

    def see(self, table: str, rows: pd.DataFrame, is_malformed: pd.Series) -> None:
        """Count in some rows of a table, converted, with ``source``, of which some are left out as malformed."""
        columns = [name for name in needed(TABLES[table]) if name in rows]
        for source, part in rows.groupby("source", sort=True):
            key = (str(source), table)
            bad = part.loc[is_malformed[part.index], columns]
            self._n_rows[key] += len(part)
            self._n_bad[key] += len(bad)
            for name in columns:
                self._n_missing[key][name] += int(bad[name].isna().sum())

    def findings(self) -> Iterator[Finding]:
        """Yield a finding for every source and table of which rows are left out."""
        for (source, table), n_bad in sorted(self._n_bad.items()):
            if not n_bad:
                continue
            of_rows = self._n_rows[source, table]
            by_number = sorted(self._n_missing[source, table].items(), key=lambda one: -one[1])
            labels = [column_label(name) for name, n_missing in by_number if n_missing]
            message = f"No {' or no '.join(labels[:3])} on {rows_of(n_bad, of_rows, table)}."
            effect = "These rows say nothing without it and are left out; totals come out too low."
            severity = grade(n_bad, of_rows, high=0.05, medium=0.005)
            yield Finding("malformed", severity, source, table, "", n_bad, of_rows, message, effect)


def _from_ledger(ledger: pd.DataFrame) -> Iterator[Finding]:
    totals = ledger.loc[ledger["outcome"].ne("repeated")].groupby(["source", "table"])["n_rows"].sum()
    counts = ledger.groupby(["source", "table", "outcome"])["n_rows"].sum()
    for key, total in totals.items():
        source, table = cast("tuple[str, str]", key)
        of_rows = int(total)
        if not of_rows:
            message = f"No {table_label(table)} in the export."
            effect = "Whatever needs them is not available."
            yield Finding("no_rows", "high", source, table, "", 0, 0, message, effect)
            continue
        for outcome, (message, usual, high, medium) in _OUTCOMES.items():
            n_rows = int(counts.get((source, table, outcome), 0))
            if n_rows:
                severity = grade(n_rows, of_rows, high=high, medium=medium)
                if outcome == "superseded" and table != "customers" and severity == "high":
                    severity = "medium"
                is_contact = outcome == "no_customer_id" and table != "orders"
                effect = "They cannot be joined with what the customer bought." if is_contact else usual
                text = f"{message} {rows_of(n_rows, of_rows, table)}."
                yield Finding(outcome, severity, source, table, "", n_rows, of_rows, text, effect)


def _gaps(source: str, table: str, seen: Seen, mapped: frozenset[str]) -> Iterator[Finding]:
    for column, effect in _COMPLETE.get(table, {}).items():
        if column not in seen.n_filled or column not in mapped:
            continue
        n_missing, n_rows = seen.n_rows - seen.n_filled[column], seen.n_rows
        if n_missing >= max(1, 0.01 * n_rows):
            # What is not known of a customer limits a comparison; what is not known of an event distorts a figure.
            severity = grade(n_missing, n_rows, high=1.01 if table == "customers" else 0.5, medium=0.1)
            message = f"No {column_label(column)} on {rows_of(n_missing, n_rows, table)}."
            if column == "first_heard":
                message = (
                    f"Nothing on how the customer first heard of the company on {rows_of(n_missing, n_rows, table)}."
                )
            yield Finding("missing_value", severity, source, table, column, n_missing, n_rows, message, effect)


def _timeliness(source: str, table: str, seen: Seen, as_of: date) -> Iterator[Finding]:
    if table not in _STEADY or seen.last is None:
        return
    n_days = (pd.Timestamp(as_of) - seen.last.normalize()).days
    severity = next((level for days, level in _LATE_DAYS if n_days > days), None)
    if severity is not None:
        message = (
            f"The last of the {table_label(table)} is of {seen.last:%Y-%m-%d}, {n_days:,} days before the as-of date."
        )
        effect = f"{_STEADY[table]}; ask for a fresh export or set an earlier as-of date."
        where = (source, table, DATED_BY[table], seen.n_rows, seen.n_rows)
        yield Finding("out_of_date", severity, *where, message, effect)
