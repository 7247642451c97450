"""Values that cannot be right: addresses that reach nobody, impossible dates, wrong signs, references to nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd

from crmplan.intake.conversion import VOCABULARY
from crmplan.intake.finding import Finding, Severity, grade, shown
from crmplan.intake.words import column_label, one_of, rows_of, table_label
from crmplan.schema import TABLES

__all__ = ["is_email", "is_phone", "validity"]

_EMAIL = r"[^\s@,;:<>\"()]+@[^\s@,;:<>\"()]+\.[^\W\d_]{2,}"
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


def validity(tables: Mapping[str, pd.DataFrame], *, as_of: date) -> Iterator[Finding]:
    """Yield findings on impossible values, per source.

    Parameters
    ----------
    tables
        Canonical tables with ``source``; only rows that are used.
    as_of
        The last day that counts.
    """
    checks = [*_record_checks(as_of), *_event_checks()]
    for name, frame in tables.items():
        for source, rows in frame.groupby("source", sort=True):
            yield from _checked(str(source), name, rows, [one for one in checks if one.table == name])
            yield from _early_dates(str(source), name, rows)
            yield from _foreign_words(str(source), name, rows)
            yield from _scientific_ids(str(source), name, rows)
            yield from _dangling(str(source), name, rows, tables)


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


def _checked(source: str, table: str, rows: pd.DataFrame, checks: list[_Check]) -> Iterator[Finding]:
    for check in checks:
        if not set(check.needs) <= set(rows):
            continue
        broken = check.breaks(rows).fillna(False).astype(bool)
        n_broken = int(broken.sum())
        if not n_broken:
            continue
        is_personal = TABLES[table].column(check.column).is_personal
        of_rows = int(rows[check.column].notna().sum())
        severity = grade(n_broken, of_rows)
        severity = "medium" if severity == "high" and check.at_most == "medium" else severity
        yield Finding(
            check.code, severity, source, table, check.column, n_broken, of_rows,
            f"{check.message} {rows_of(n_broken, of_rows, table)}.", check.effect,
            _examples(rows.loc[broken, check.column].head(9), is_personal=is_personal) if check.has_examples else (),
        )  # fmt: skip


def _examples(values: pd.Series, *, is_personal: bool = False) -> tuple[str, ...]:
    if pd.api.types.is_datetime64_dtype(values):
        # Not by strftime, which knows no year before 1900 everywhere.
        return shown(value.isoformat()[: 4 if is_personal else 10] for value in values)
    return shown(values, is_personal=is_personal)


def _early_dates(source: str, table: str, rows: pd.DataFrame) -> Iterator[Finding]:
    for column in TABLES[table].columns:
        if column.kind not in {"timestamp", "date"} or column.name not in rows or column.name in _MAY_BE_EARLY:
            continue
        early = rows[column.name] < _EARLIEST
        n_early, of_rows = int(early.sum()), int(rows[column.name].notna().sum())
        if n_early:
            message = f"{one_of(column.name)} before 1990 on {rows_of(n_early, of_rows, table)}."
            effect = 'Such dates often stand for "not known"; spans of time come out too long.'
            examples = _examples(rows.loc[early, column.name].head(9))
            severity = grade(n_early, of_rows)
            yield Finding(
                "before_1990", severity, source, table, column.name, n_early, of_rows, message, effect, examples
            )


def _foreign_words(source: str, table: str, rows: pd.DataFrame) -> Iterator[Finding]:
    for name, column, effect in _CLOSED_WORDS:
        if name != table or column not in rows:
            continue
        given = rows[column].dropna()
        foreign = given[~given.isin(VOCABULARY[(name, column)])]
        if len(foreign):
            known = ", ".join(VOCABULARY[(name, column)])
            message = f"Another {column_label(column)} than {known} on {rows_of(len(foreign), len(given), table)}."
            effect_all = f"{effect} Translate the words under 'values' in the mapping."
            severity = grade(len(foreign), len(given))
            yield Finding(
                "unknown_word", severity, source, table, column, len(foreign), len(given), message, effect_all,
                shown(foreign.drop_duplicates()),
            )  # fmt: skip


def _scientific_ids(source: str, table: str, rows: pd.DataFrame) -> Iterator[Finding]:
    for column in TABLES[table].columns:
        if column.kind != "id" or column.name not in rows:
            continue
        given = rows[column.name].dropna()
        damaged = given[given.str.fullmatch(r"\d(?:[.,]\d+)?E\+?\d+").eq(True)]
        if len(damaged):
            message = f"{one_of(column.name)} in scientific notation on {rows_of(len(damaged), len(given), table)}."
            effect = (
                "A spreadsheet has cut digits off, and two numbers may look alike; ask for the system's own export."
            )
            yield Finding(
                "damaged_id", "high", source, table, column.name, len(damaged), len(given), message, effect,
                shown(damaged.head(20)),
            )  # fmt: skip


def _dangling(source: str, table: str, rows: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> Iterator[Finding]:
    for name, column, other, effect in _REFERENCES:
        if name != table or column not in rows or other not in tables:
            continue
        given = rows[column].dropna()
        n_missing = int((~given.isin(tables[other][_KEYS[other]].unique())).sum())
        if n_missing:
            where = rows_of(n_missing, len(given), table)
            message = f"{one_of(column)} that is not among the {table_label(other)} on {where}."
            severity = grade(n_missing, len(given))
            yield Finding("no_such_row", severity, source, table, column, n_missing, len(given), message, effect)
