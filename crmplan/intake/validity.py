"""Values that cannot be right: addresses that reach nobody, impossible dates, wrong signs, references to nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from itertools import islice
from typing import Any

import pandas as pd

from crmplan.intake.conversion import VOCABULARY
from crmplan.intake.finding import Finding, Severity, grade, shown
from crmplan.intake.table_rows import TableRows
from crmplan.intake.words import column_label, one_of, rows_of, table_label
from crmplan.schema import TABLES

__all__ = ["Reference", "Validity", "is_email", "is_phone", "references"]

_EMAIL = r"[^\s@,;:<>\"()]+@[^\s@,;:<>\"()]+\.[^\W\d_]{2,}"
_MOST_EXAMPLES = 20
_EARLIEST = pd.Timestamp("1990-01-01")
_MAY_BE_EARLY = frozenset({"born_on"})
_CLOSED_WORDS = (
    ("opportunities", "outcome", "Deals with another outcome count neither as won nor as lost."),
    ("interactions", "direction", "These contacts count neither as coming in nor as going out."),
    ("interactions", "topic", "These contacts are missing from the shares of topics."),
    ("surveys", "kind", "These answers count in neither survey."),
)
_REFERENCES = (
    ("orders", "product_id", "products", "Purchases by category leave these lines out."),
    ("touches", "campaign_id", "campaigns", "The cost of these contacts is not known."),
    ("opportunities", "campaign_id", "campaigns", "The campaign that brought these leads is not known."),
    ("shipments", "order_id", "orders", "These deliveries belong to no order that came."),
    ("interactions", "order_id", "orders", "What these contacts brought cannot be told."),
)
_KEYS = {"products": "product_id", "campaigns": "campaign_id", "orders": "order_id"}


@dataclass(frozen=True, slots=True)
class _Check:
    """A rule on one table: which rows break it, in what words."""

    code: str
    table: str
    column: str
    needs: tuple[str, ...]
    breaks: Callable[[pd.DataFrame], pd.Series]
    message: str
    effect: str
    at_most: Severity = "high"
    has_examples: bool = True
    severity: Severity | None = None


def is_email(text: pd.Series) -> pd.Series:
    """Return whether each text has the form of an e-mail address.

    Examples
    --------
    >>> is_email(pd.Series(["ann@example.org", "ann at example.org", "a@b"])).tolist()
    [True, False, False]
    """
    return text.str.strip().str.fullmatch(_EMAIL).eq(True)


def is_phone(text: pd.Series) -> pd.Series:
    """Return whether each text can be a telephone number: 7 to 15 digits, not all the same.

    A leading ``00`` stands for the plus sign before the code of a country and does not count.

    Examples
    --------
    >>> is_phone(pd.Series(["+44 20 7946 0018", "0000000", "12", "n/a", "0049 1234 567890123"])).tolist()
    [True, False, False, False, True]
    """
    digits = text.str.replace(r"(?:ext|x)\.?\s*\d+$", "", regex=True, case=False).str.replace(r"\D", "", regex=True)
    digits = digits.str.replace(r"^00", "", regex=True)
    is_one_digit = digits.str.fullmatch(r"0*|1*|2*|3*|4*|5*|6*|7*|8*|9*")
    return digits.str.len().between(7, 15) & ~is_one_digit.eq(True)


class Validity:
    """Counts impossible values while rows go by, and tells what was found.

    Examples
    --------
    >>> seen = Validity(as_of=date(2024, 12, 31))
    >>> seen.see("orders", pd.DataFrame({"source": ["shop"], "net_amount": [0.0]}))
    >>> [one.message for one in seen.findings()]
    ['An amount of zero on the only order line.']
    """

    def __init__(self, *, as_of: date) -> None:
        checks = [*_record_checks(as_of), *_event_checks()]
        for name in TABLES:
            checks += [*_early_dates(name), *_foreign_words(name), *_damaged_ids(name)]
        self._checks = checks
        self._seen: dict[tuple[str, int], _Seen] = defaultdict(_Seen)

    def see(self, table: str, rows: pd.DataFrame) -> None:
        """Count in some rows of a table, with ``source``; only rows that are used."""
        for source, part in rows.groupby("source", sort=True):
            for number, check in enumerate(self._checks):
                if check.table == table and set(check.needs) <= set(part):
                    self._seen[str(source), number].add(part, check)

    def findings(self) -> Iterator[Finding]:
        """Yield a finding for every check that some rows of a source break."""
        for (source, number), seen in self._seen.items():
            check = self._checks[number]
            if not seen.n_broken:
                continue
            severity = check.severity or grade(seen.n_broken, seen.of_rows)
            severity = "medium" if severity == "high" and check.at_most == "medium" else severity
            where = (source, check.table, check.column, seen.n_broken, seen.of_rows)
            message = f"{check.message} {rows_of(seen.n_broken, seen.of_rows, check.table)}."
            column = TABLES[check.table].column(check.column)
            # Of a personal date only the year was kept.
            is_personal = column.is_personal and column.kind != "date"
            examples = (
                shown(islice(seen.examples, _MOST_EXAMPLES), is_personal=is_personal) if check.has_examples else ()
            )
            yield Finding(check.code, severity, *where, message, check.effect, examples)


@dataclass(slots=True)
class _Seen:
    """What one check has found in the rows of one source so far."""

    n_broken: int = 0
    of_rows: int = 0
    examples: dict[str, None] = field(default_factory=dict)

    def add(self, rows: pd.DataFrame, check: _Check) -> None:
        broken = check.breaks(rows).fillna(False).astype(bool)
        self.n_broken += int(broken.sum())
        self.of_rows += int(rows[check.column].notna().sum())
        if check.has_examples and len(self.examples) < _MOST_EXAMPLES and broken.any():
            values = rows.loc[broken, check.column].drop_duplicates().head(_MOST_EXAMPLES)
            if pd.api.types.is_datetime64_dtype(values):
                # Not by strftime, which knows no year before 1900 everywhere.
                length = 4 if TABLES[check.table].column(check.column).is_personal else 10
                values = pd.Series([value.isoformat()[:length] for value in values], dtype="str")
            self.examples.update(dict.fromkeys(map(str, values)))


def _record_checks(as_of: date) -> list[_Check]:
    end = pd.Timestamp(as_of) + pd.Timedelta(days=1)
    return [
        _Check("bad_email", "customers", "email", ("email",), lambda f: f["email"].notna() & ~is_email(f["email"]),
               "No valid e-mail address on", "They cannot be reached by e-mail nor matched by it."),
        _Check("bad_phone", "customers", "phone", ("phone",), lambda f: f["phone"].notna() & ~is_phone(f["phone"]),
               "No valid telephone number on", "They cannot be called nor matched by telephone number."),
        _Check("future", "customers", "created_at", ("created_at",), lambda f: f["created_at"] >= end,
               "A date of creation after the as-of date on", "Since when they are customers is unsure.", "medium"),
        _Check("future", "customers", "updated_at", ("updated_at",), lambda f: f["updated_at"] >= end,
               "A date of last change after the as-of date on",
               "Where systems disagree, these records win though their date is not to be trusted.", "medium"),
        _Check("birth_year", "customers", "birth_year", ("birth_year",),
               lambda f: f["birth_year"].notna() & ~f["birth_year"].between(as_of.year - 115, as_of.year - 10),
               "An impossible year of birth on", "Groups by age are off for these customers."),
        _Check("born_on", "customers", "born_on", ("born_on",),
               lambda f: f["born_on"].notna() & ~f["born_on"].dt.year.between(as_of.year - 115, as_of.year - 10),
               "An impossible day of birth on",
               "Groups by age are off for these customers, and the same person in another system is harder to find."),
        _Check("negative", "customers", "staff_count", ("staff_count",), lambda f: f["staff_count"] < 0,
               "A negative number of staff on", "Groups by size are off for these firms."),
    ]  # fmt: skip


def _event_checks() -> list[_Check]:
    return [
        _Check("sign", "orders", "quantity", ("quantity", "net_amount"),
               lambda f: (f["quantity"] < 0) & (f["net_amount"] > 0),
               "A negative quantity with a positive amount on", "Pieces sold and returned cannot be told apart there."),
        _Check("zero_amount", "orders", "net_amount", ("net_amount",), lambda f: f["net_amount"].eq(0),
               "An amount of zero on", "A day on which nothing was paid does not count as a purchase.", "medium",
               has_examples=False),
        _Check("negative", "orders", "discount", ("discount",), lambda f: f["discount"] < 0,
               "A negative discount on", "Discounts come out too low; check the sign in the mapping."),
        _Check("negative", "orders", "cost", ("cost", "net_amount"), lambda f: (f["cost"] < 0) & (f["net_amount"] > 0),
               "A negative cost with a positive amount on", "Profit comes out too high there."),
        _Check("negative", "products", "unit_cost", ("unit_cost",), lambda f: f["unit_cost"] < 0,
               "A negative cost of a piece on", "Profit comes out too high there."),
        _Check("negative", "interactions", "wait_seconds", ("wait_seconds",), lambda f: f["wait_seconds"] < 0,
               "A negative waiting time on", "Mean waiting time comes out too low."),
        _Check("negative", "interactions", "duration_seconds", ("duration_seconds",),
               lambda f: f["duration_seconds"] < 0, "A negative time spent on", "Time spent comes out too low."),
        _Check("order_of_dates", "opportunities", "closed_at", ("closed_at", "created_at"),
               lambda f: f["closed_at"] < f["created_at"], "A closing before the creation on",
               "The length of the sales cycle is off for these deals."),
        _Check("order_of_dates", "opportunities", "first_response_at", ("first_response_at", "created_at"),
               lambda f: f["first_response_at"] < f["created_at"], "A first response before the creation on",
               "The time to a first response is off for these deals."),
        _Check("order_of_dates", "contracts", "ended_on", ("ended_on", "started_on"),
               lambda f: f["ended_on"] < f["started_on"], "A last day before the first day on",
               "The length of these contracts, and churn, is off."),
        _Check("score_range", "surveys", "score", ("score", "kind"), _score_out_of_range,
               "A score outside the scale on", "Satisfaction and recommendation are off by these answers."),
    ]  # fmt: skip


def _score_out_of_range(frame: pd.DataFrame) -> pd.Series:
    is_bad = frame["kind"].eq("satisfaction") & ~frame["score"].between(1, 5)
    return is_bad | (frame["kind"].eq("recommend") & ~frame["score"].between(0, 10))


def _early_dates(table: str) -> Iterator[_Check]:
    effect = 'Such dates often stand for "not known"; spans of time come out too long.'
    for column in TABLES[table].columns:
        if column.kind in {"timestamp", "date"} and column.name not in _MAY_BE_EARLY:
            breaks = partial(_is_early, column=column.name)
            message = f"{one_of(column.name)} before 1990 on"
            yield _Check("before_1990", table, column.name, (column.name,), breaks, message, effect)


def _is_early(rows: pd.DataFrame, *, column: str) -> pd.Series:
    return rows[column] < _EARLIEST


def _foreign_words(table: str) -> Iterator[_Check]:
    for name, column, effect in _CLOSED_WORDS:
        if name == table:
            known = ", ".join(VOCABULARY[(name, column)])
            message = f"Another {column_label(column)} than {known} on"
            effect_all = f"{effect} Translate the words under 'values' in the mapping."
            breaks = partial(_is_foreign, column=column, known=VOCABULARY[(name, column)])
            yield _Check("unknown_word", table, column, (column,), breaks, message, effect_all)


def _is_foreign(rows: pd.DataFrame, *, column: str, known: Sequence[str]) -> pd.Series:
    return rows[column].notna() & ~rows[column].isin(known)


def _damaged_ids(table: str) -> Iterator[_Check]:
    effect = "A spreadsheet has cut digits off, and two numbers may look alike; ask for the system's own export."
    for column in TABLES[table].columns:
        if column.kind == "id":
            message = f"{one_of(column.name)} in scientific notation on"
            breaks = partial(_is_scientific, column=column.name)
            yield _Check("damaged_id", table, column.name, (column.name,), breaks, message, effect, severity="high")


def _is_scientific(rows: pd.DataFrame, *, column: str) -> pd.Series:
    return rows[column].str.fullmatch(r"\d(?:[.,]\d+)?E\+?\d+").eq(True)


@dataclass(frozen=True, slots=True)
class Reference:
    """How many numbers in one column lead to a row that came, in one source.

    Parameters
    ----------
    source, table, column
        Where the numbers stand.
    n_given
        Rows that have one.
    n_missing
        Rows whose number leads nowhere.
    finding
        What follows from that; None where all lead somewhere.
    """

    source: str
    table: str
    column: str
    n_given: int
    n_missing: int
    finding: Finding | None


def references(tables: Mapping[str, TableRows], connection: Any) -> Iterator[Reference]:
    """Yield, per source, how many numbers lead to rows of other tables that came, and how many do not.

    Parameters
    ----------
    tables
        Canonical tables with ``source``; only rows that are used.
    connection
        An engine in which they are views of their names.
    """
    for name, column, other, effect in _REFERENCES:
        if name not in tables or other not in tables or column not in tables[name].columns:
            continue
        counted = connection.execute(
            f"select source, count(*), count(*) filter ({column} not in (select {_KEYS[other]} from {other} "  # noqa: S608 - names of the schema
            f"where {_KEYS[other]} is not null)) from {name} where {column} is not null group by source order by source"
        ).fetchall()
        for source, n_given, n_missing in counted:
            finding = None
            if n_missing:
                where = rows_of(n_missing, n_given, name)
                message = f"{one_of(column)} that is not among the {table_label(other)} on {where}."
                severity = grade(n_missing, n_given)
                finding = Finding("no_such_row", severity, source, name, column, n_missing, n_given, message, effect)
            yield Reference(source, name, column, n_given, n_missing, finding)
