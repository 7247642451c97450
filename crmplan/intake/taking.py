"""From an engagement's mapping to canonical tables: every file read, every value converted, every row accounted for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pandas as pd

from crmplan.engagement import ColumnMapping, Engagement, TableMapping
from crmplan.errors import IntakeError, Problem
from crmplan.intake.conversion import VOCABULARY, Converted, convert, empty, is_format
from crmplan.intake.finding import Finding, in_order
from crmplan.intake.ledger import KEPT, account, outcomes
from crmplan.intake.quality import examine, lacking
from crmplan.intake.reading import RawFile, matching_files, read_raw
from crmplan.intake.reading_findings import conversion_findings, guessed_encoding, new_columns, ragged
from crmplan.intake.reconciliation import control_findings, control_of, controls_frame
from crmplan.intake.timing import as_known, with_signed_refunds
from crmplan.schema import TABLES, Column
from crmplan.tables import Tables

__all__ = ["Intake", "take_in"]

_MARKS = ("file", "is_distinct", "is_numbered")


@dataclass(frozen=True, slots=True)
class Intake:
    """A client's data as they came in.

    Parameters
    ----------
    tables
        Canonical tables (:mod:`crmplan.schema`), each with a ``source`` column; columns that no source brings are
        absent. Identifiers are text, money is float, times are local times without zone.
    ledger
        Columns ``source``, ``table``, ``file``, ``outcome``, ``n_rows``, ``net_amount``; the rows of a file and table
        add up to the rows in the file.
    findings
        What is wrong with the data and what follows from it, the most severe first.
    unavailable
        Empty, or why nothing can be computed.
    controls
        What the client says it sent beside what came (:mod:`crmplan.intake.reconciliation`).
    """

    tables: Tables
    ledger: pd.DataFrame
    findings: tuple[Finding, ...]
    unavailable: str = ""
    controls: pd.DataFrame = field(default_factory=lambda: controls_frame(()))


def take_in(engagement: Engagement) -> Intake:
    """Return the canonical tables of an engagement, with the account of every row and findings on quality.

    Parameters
    ----------
    engagement
        The engagement; its sources say which files become which tables.

    Raises
    ------
    IntakeError
        When files are missing, empty or malformed, columns are missing, or the mapping names a date format or time
        zone that does not exist; carries every problem of every file.

    Examples
    --------
    >>> from crmplan import carried
    >>> intake = take_in(Engagement.open(carried.sample_clients() / "cdnow"))
    >>> intake.tables.count("orders"), int(intake.ledger["n_rows"].sum())
    (6919, 6919)
    """
    exports = _read_all(engagement)
    findings: list[Finding] = []
    others: list[tuple[str, str, str, str, int]] = []
    controls: list[dict[str, object]] = []
    parts: dict[str, list[pd.DataFrame]] = defaultdict(list)
    known = _known_columns(engagement)
    for source, mapping, files in exports:
        rows, found, control = _canonical(source, mapping, files, engagement)
        findings += found
        controls.append(control)
        if mapping.left_out is not None:
            findings += [
                found
                for one in files
                for found in new_columns(source, mapping.table, one, known[mapping.file, mapping.reading.sheet])
            ]
        parts[mapping.table].append(rows)
        others += [(source, mapping.table, one.file, "used", 0) for one in files if one.frame.empty]
        others += [
            (source, mapping.table, one.file, "malformed", len(one.ragged_lines)) for one in files if one.ragged_lines
        ]
    rows_by_table = {name: _together(name, parts[name]) for name in TABLES if name in parts}
    outcomes_by_table = {
        name: outcomes(TABLES[name], rows, as_of=engagement.as_of) for name, rows in rows_by_table.items()
    }
    for name, rows in rows_by_table.items():
        findings += lacking(name, rows, outcomes_by_table[name].eq("malformed"))
    ledger = account(rows_by_table, outcomes_by_table, others)
    kept = {
        name: rows.loc[outcomes_by_table[name].isin(KEPT)].drop(columns=list(_MARKS)).reset_index(drop=True)
        for name, rows in rows_by_table.items()
    }
    tied = controls_frame(controls)
    findings += control_findings(tied)
    findings += examine(kept, ledger, mapped=_mapped(engagement), as_of=engagement.as_of)
    reason = "" if len(kept.get("orders", ())) or len(kept.get("contracts", ())) else "needs `orders` or `contracts`"
    return Intake(Tables.from_frames(kept), ledger, in_order(findings), reason, tied)


def _read_all(engagement: Engagement) -> list[tuple[str, TableMapping, list[RawFile]]]:
    problems = _mapping_problems(engagement)
    exports = []
    for source in engagement.sources:
        for mapping in source.tables:
            wanted = [name for column in mapping.columns.values() for name in column.raw_columns]
            files = []
            try:
                for path in matching_files(engagement.folder, mapping.file, source=source.name):
                    try:
                        files.append(read_raw(path, folder=engagement.folder, wanted=wanted, reading=mapping.reading))
                    except IntakeError as error:
                        problems += [one for one in error.problems if one not in problems]
            except IntakeError as error:
                found = [_to_fetch(one) for one in error.problems] if mapping.relation else error.problems
                problems += [one for one in found if one not in problems]
            exports.append((source.name, mapping, files))
    if problems:
        raise IntakeError(problems)
    return exports


def _to_fetch(problem: Problem) -> Problem:
    return replace(problem, got="", advice="run: crmplan fetch, which copies it from the source's database")


def _mapping_problems(engagement: Engagement) -> list[Problem]:
    problems = []
    try:
        ZoneInfo(engagement.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        advice = "write a name such as Europe/Berlin"
        problems.append(Problem("engagement.yaml, time_zone", "a time zone", engagement.time_zone, advice))
    for source in engagement.sources:
        for mapping in source.tables:
            for name, column in mapping.columns.items():
                where = f"engagement.yaml, source '{source.name}', {mapping.table}.{name}"
                problems += [
                    Problem(where, "a date format in strptime notation", form, 'such as "%d.%m.%Y"')
                    for form in column.formats or ()
                    if not is_format(form)
                ]
    return problems


def _canonical(
    source: str, mapping: TableMapping, files: Sequence[RawFile], engagement: Engagement
) -> tuple[pd.DataFrame, list[Finding], dict[str, object]]:
    """Return the canonical rows of one mapping with marks for the ledger, what went wrong, and its control."""
    table = TABLES[mapping.table]
    raw = pd.concat([one.frame for one in files], ignore_index=True)
    columns: dict[str, pd.Series] = {}
    findings: list[Finding] = []
    for column in table.columns:
        if column.name not in mapping.columns:
            continue
        done = _column(raw, column, mapping, mapping.columns[column.name], engagement.time_zone)
        columns[column.name] = done.values
        findings += conversion_findings(source, mapping, column, done, raw)
    rows = pd.DataFrame({"source": pd.Series(source, index=raw.index, dtype="str"), **columns}, index=raw.index)
    control = control_of(source, mapping, files, rows)
    findings += [ragged(source, mapping.table, one) for one in files if one.ragged_lines]
    findings += [guessed_encoding(source, mapping.table, one) for one in files if one.guessed_encoding]
    rows, known = as_known(mapping.table, rows, as_of=engagement.as_of, source=source)
    if mapping.table == "orders":
        rows, signed = with_signed_refunds(rows, source=source)
        known += signed
    keys = [mapping.columns[name] for name in table.key if name in mapping.columns]
    names = pd.Series([one.file for one in files], dtype="str").repeat([len(one.frame) for one in files])
    rows = rows.assign(
        file=names.set_axis(raw.index),
        is_distinct=mapping.distinct,
        is_numbered=any(key.row_number for key in keys),
    )
    return rows, [*findings, *known], control


def _column(raw: pd.DataFrame, column: Column, mapping: TableMapping, how: ColumnMapping, time_zone: str) -> Converted:
    def converted(text: pd.Series, decimal: str = mapping.reading.decimal) -> Converted:
        return convert(
            text,
            column.kind,
            values=how.values,
            formats=how.formats,
            decimal=decimal,
            scale=how.scale,
            time_zone=time_zone,
            vocabulary=VOCABULARY.get((mapping.table, column.name), ()),
        )

    if how.joined:
        return converted(_joined([raw[name] for name in how.joined]))
    if how.row_number:
        return Converted(pd.Series([str(i) for i in range(1, len(raw) + 1)], index=raw.index, dtype="str"), 0)
    if how.constant is not None:
        constant = str(how.constant).lower() if isinstance(how.constant, bool) else str(how.constant)
        return converted(pd.Series(constant, index=raw.index, dtype="str"), ".")
    parts = [converted(raw[name]) for name in how.raw_columns]
    if len(parts) == 1:
        return parts[0]
    return _combined(raw, how, parts)


def _joined(parts: Sequence[pd.Series]) -> pd.Series:
    """Return texts put together with a blank between; what is empty leaves no blank behind."""
    texts = [part.fillna("").str.strip() for part in parts]
    together = texts[0]
    for text in texts[1:]:
        together = together + " " + text
    return together.str.replace(r"\s+", " ", regex=True).str.strip()


def _combined(raw: pd.DataFrame, how: ColumnMapping, parts: Sequence[Converted]) -> Converted:
    if how.difference_of:
        values = parts[0].values - parts[1].values
    elif how.product_of:
        values = parts[0].values * parts[1].values
    else:
        values = parts[0].values.fillna(0.0)
        for part in parts[1:]:
            values = values + part.values.fillna(0.0)
        for name, part in zip(how.raw_columns, parts, strict=True):
            if part.n_failed:
                # A cell that cannot be read is not an empty one: the sum is not known.
                is_unread = part.values.isna() & raw[name].fillna("").str.strip().ne("")
                values = values.mask(is_unread)
    return Converted(values, max(part.n_failed for part in parts), sum((part.failed for part in parts), ())[:3])


def _together(name: str, parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    present = [column for column in TABLES[name].columns if any(column.name in part for part in parts)]
    filled = [
        part.assign(**{column.name: empty(column.kind, part.index) for column in present if column.name not in part})
        for part in parts
    ]
    order = ["source", *(column.name for column in present), *_MARKS]
    return pd.concat([part[order] for part in filled], ignore_index=True)


def _known_columns(engagement: Engagement) -> dict[tuple[str, str | None], set[str]]:
    """Return, by file and sheet, the columns that a mapping uses or names as left out."""
    known: dict[tuple[str, str | None], set[str]] = defaultdict(set)
    for source in engagement.sources:
        for mapping in source.tables:
            used = (name for column in mapping.columns.values() for name in column.raw_columns)
            known[mapping.file, mapping.reading.sheet] |= {*used, *(mapping.left_out or ())}
    return known


def _mapped(engagement: Engagement) -> dict[tuple[str, str], frozenset[str]]:
    found: dict[tuple[str, str], frozenset[str]] = {}
    for source in engagement.sources:
        for mapping in source.tables:
            key = (source.name, mapping.table)
            found[key] = found.get(key, frozenset()) | frozenset(mapping.columns)
    return found
