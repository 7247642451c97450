"""How good the data are: complete, unique, up to date, valid; and what each defect does to the steps that follow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from types import MappingProxyType
from typing import cast

import pandas as pd

from crmplan.intake.finding import Finding, Severity, grade
from crmplan.intake.ledger import DATED_BY, needed
from crmplan.intake.validity import validity
from crmplan.intake.words import column_label, rows_of, table_label
from crmplan.schema import TABLES

__all__ = ["examine", "lacking"]

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
_STAND_INS = ("guest", "unknown", "anonymous", "cash", "walk-in", "dummy", "test")
_MIN_LINES = 200


def examine(
    tables: Mapping[str, pd.DataFrame],
    ledger: pd.DataFrame,
    *,
    mapped: Mapping[tuple[str, str], frozenset[str]],
    as_of: date,
) -> list[Finding]:
    """Return what is wrong with the data, per source and table.

    Parameters
    ----------
    tables
        Canonical tables with ``source``; only rows that are used.
    ledger
        The account of every row.
    mapped
        Canonical columns that each (source, table) brings; a column that a source does not have is no gap in it.
    as_of
        The last day that counts.
    """
    findings = [*_from_ledger(ledger), *validity(tables, as_of=as_of)]
    for name, frame in tables.items():
        for source, rows in frame.groupby("source", sort=True):
            findings += _gaps(str(source), name, rows, mapped.get((str(source), name), frozenset()))
            findings += _timeliness(str(source), name, rows, as_of)
            if name == "orders":
                findings += [*_copied_lines(str(source), rows), *_shared_orders(str(source), rows)]
                findings += [*_missing_months(str(source), rows), *_one_for_many(str(source), rows)]
                findings += [*_one_big_line(str(source), rows), *_only_refunds(str(source), rows, frame)]
    return findings


def lacking(table: str, rows: pd.DataFrame, malformed: pd.Series) -> Iterator[Finding]:
    """Yield, per source, what the rows lack that are left out because a needed value is missing.

    Parameters
    ----------
    table
        Name of the canonical table.
    rows
        All its rows, converted, with ``source``.
    malformed
        Whether a row is left out as malformed.
    """
    columns = [name for name in needed(TABLES[table]) if name in rows]
    for source, part in rows.groupby("source", sort=True):
        bad = part.loc[malformed[part.index], columns]
        if bad.empty:
            continue
        n_missing = bad.isna().sum().sort_values(ascending=False, kind="stable")
        labels = [column_label(str(name)) for name in n_missing.index[n_missing > 0]]
        message = f"No {' or no '.join(labels[:3])} on {rows_of(len(bad), len(part), table)}."
        effect = "These rows say nothing without it and are left out; totals come out too low."
        severity = grade(len(bad), len(part), high=0.05, medium=0.005)
        yield Finding("malformed", severity, str(source), table, "", len(bad), len(part), message, effect)


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


def _gaps(source: str, table: str, rows: pd.DataFrame, mapped: frozenset[str]) -> Iterator[Finding]:
    for column, effect in _COMPLETE.get(table, {}).items():
        if column not in rows or column not in mapped:
            continue
        n_missing = int(rows[column].isna().sum())
        if n_missing >= max(1, 0.01 * len(rows)):
            # What is not known of a customer limits a comparison; what is not known of an event distorts a figure.
            severity = grade(n_missing, len(rows), high=1.01 if table == "customers" else 0.5, medium=0.1)
            message = f"No {column_label(column)} on {rows_of(n_missing, len(rows), table)}."
            if column == "first_heard":
                message = (
                    f"Nothing on how the customer first heard of the company on {rows_of(n_missing, len(rows), table)}."
                )
            yield Finding("missing_value", severity, source, table, column, n_missing, len(rows), message, effect)


def _timeliness(source: str, table: str, rows: pd.DataFrame, as_of: date) -> Iterator[Finding]:
    column = DATED_BY.get(table, "")
    if column not in rows or table not in _STEADY or rows[column].notna().sum() == 0:
        return
    last = rows[column].max()
    n_days = (pd.Timestamp(as_of) - last.normalize()).days
    severity = next((level for days, level in _LATE_DAYS if n_days > days), None)
    if severity is not None:
        message = f"The last of the {table_label(table)} is of {last:%Y-%m-%d}, {n_days:,} days before the as-of date."
        effect = f"{_STEADY[table]}; ask for a fresh export or set an earlier as-of date."
        yield Finding("out_of_date", severity, source, table, column, len(rows), len(rows), message, effect)


def _missing_months(source: str, rows: pd.DataFrame) -> Iterator[Finding]:
    months = rows["ordered_at"].dropna().dt.to_period("M").value_counts()
    if len(months) < 4 or months.mean() < 30:
        return
    between = pd.period_range(months.index.min(), months.index.max(), freq="M")
    missing = [str(month) for month in between if month not in months.index]
    if missing:
        shown = ", ".join(missing[:4]) + (" and more" if len(missing) > 4 else "")
        message = f"No order line at all in {len(missing)} of {len(between)} months: {shown}."
        effect = "If an export is missing, customers look lost who were not; ask for it."
        yield Finding(
            "missing_months", "high", source, "orders", "ordered_at", len(missing), len(between), message, effect
        )


def _copied_lines(source: str, rows: pd.DataFrame) -> Iterator[Finding]:
    n_copies = int(rows.duplicated().sum())
    if n_copies:
        severity: Severity = "medium" if n_copies >= 0.01 * len(rows) and "product_id" in rows else "low"
        message = f"Nothing that sets them apart from another line on {rows_of(n_copies, len(rows), 'orders')}."
        effect = (
            "They are kept, as the same thing can be bought twice; if the export repeats lines, revenue is too high."
        )
        yield Finding("same_lines", severity, source, "orders", "", n_copies, len(rows), message, effect)


def _shared_orders(source: str, rows: pd.DataFrame) -> Iterator[Finding]:
    pairs = rows[["order_id", "customer_id"]].dropna().drop_duplicates()
    n_shared = int(pairs.loc[pairs.duplicated("order_id", keep=False), "order_id"].nunique())
    if n_shared:
        n_orders = int(pairs["order_id"].nunique())
        message = f"An order number that stands for more than one customer: {n_shared:,} of {n_orders:,} orders."
        effect = "Each customer's part counts as an order of its own."
        severity = grade(n_shared, n_orders)
        yield Finding("shared_order", severity, source, "orders", "order_id", n_shared, n_orders, message, effect)


def _one_for_many(source: str, rows: pd.DataFrame) -> Iterator[Finding]:
    lines = rows["customer_id"].value_counts()
    n_lines = int(lines.sum())
    if n_lines < _MIN_LINES or len(lines) < 20:
        return
    # Numbers may begin with 0; a zero that buys far more than others is no customer.
    is_zero = lines.index.str.fullmatch("0+") & (lines.to_numpy() > 5 * lines.mean())
    is_stand_in = lines.index.str.casefold().isin(_STAND_INS) | is_zero
    n_stand_in = int(lines[is_stand_in].sum())
    n_top = int(lines.iloc[0])
    if n_stand_in:
        where = rows_of(n_stand_in, n_lines, "orders")
        message = f"A customer number that looks like a stand-in (such as 0 or guest) on {where}."
    elif n_top >= 0.2 * n_lines:
        message = f"One and the same customer number on {rows_of(n_top, n_lines, 'orders')}."
    else:
        return
    n_rows = n_stand_in or n_top
    effect = "If it stands for many customers, one false best customer distorts segments and value; map it to empty."
    severity = grade(n_rows, n_lines, high=0.05, medium=0.005)
    yield Finding("stand_in_customer", severity, source, "orders", "customer_id", n_rows, n_lines, message, effect)


def _one_big_line(source: str, rows: pd.DataFrame) -> Iterator[Finding]:
    total = float(rows["net_amount"].clip(lower=0).sum())
    biggest = float(rows["net_amount"].max()) if len(rows) else 0.0
    if len(rows) >= _MIN_LINES and total > 0 and biggest >= 0.02 * total:
        message = f"One order line carries {100 * biggest / total:.0f} % of the revenue of this source."
        effect = (
            "If it is a slip of the keyboard, averages, best customers and value are wrong; check it with the client."
        )
        yield Finding("one_big_line", "high", source, "orders", "net_amount", 1, len(rows), message, effect)


def _only_refunds(source: str, rows: pd.DataFrame, of_all: pd.DataFrame) -> Iterator[Finding]:
    amounts = rows["net_amount"].dropna()
    if amounts.empty or not (amounts < 0).all():
        return
    is_marked = "is_refund" in rows and bool(rows["is_refund"].fillna(False).all())
    if is_marked and (of_all["net_amount"] > 0).any():
        # A system of its own for returns, beside one that sells.
        return
    n_rows = len(amounts)
    message = f"Money given back on {rows_of(n_rows, len(rows), 'orders')}; is the sign turned?"
    effect = (
        "No line counts as a purchase. If sales are written with a minus, map net_amount with scale: -1; "
        "if these are refunds, ask for the sales."
    )
    yield Finding("only_refunds", "high", source, "orders", "net_amount", n_rows, len(rows), message, effect)
