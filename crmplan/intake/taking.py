"""From an engagement's mapping to canonical tables: every file read, every value converted, every row accounted for."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pandas as pd

from crmplan.engagement import Engagement, TableMapping
from crmplan.errors import IntakeError, Problem
from crmplan.intake.completing import Completing, lookups_frame
from crmplan.intake.conversion import is_format
from crmplan.intake.converting import Converting
from crmplan.intake.finding import Finding, in_order
from crmplan.intake.ledger import Account
from crmplan.intake.pieces import PIECE_BYTES
from crmplan.intake.quality import Lacking, examine
from crmplan.intake.quality_profile import AUTHORS_COLUMNS, PROFILE_COLUMNS
from crmplan.intake.reading import RawPieces, matching_files, read_pieces
from crmplan.intake.reading_findings import new_columns
from crmplan.intake.reconciliation import control_findings, controls_frame
from crmplan.intake.table_rows import HELD_BYTES, Folder
from crmplan.intake.table_taking import TableTaking
from crmplan.schema import TABLES
from crmplan.tables import Tables

__all__ = ["Intake", "take_in"]


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
    lookups
        What became of the rows of exports in which others are looked up (:mod:`crmplan.intake.completing`).
    quality, authors
        How good each table of each source is, as counts, and who writes its records
        (:mod:`crmplan.intake.quality_profile`).
    """

    tables: Tables
    ledger: pd.DataFrame
    findings: tuple[Finding, ...]
    unavailable: str = ""
    controls: pd.DataFrame = field(default_factory=lambda: controls_frame(()))
    lookups: pd.DataFrame = field(default_factory=lambda: lookups_frame(()))
    quality: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(PROFILE_COLUMNS)))
    authors: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(AUTHORS_COLUMNS)))


def take_in(engagement: Engagement, *, piece_bytes: int = PIECE_BYTES, held_bytes: int = HELD_BYTES) -> Intake:
    """Return the canonical tables of an engagement, with the account of every row and findings on quality.

    Exports are read, converted and checked piece by piece, so that they may be larger than memory. What comes out
    does not depend on the two sizes.

    Parameters
    ----------
    engagement
        The engagement; its sources say which files become which tables.
    piece_bytes
        How much of an export makes a piece.
    held_bytes
        How much of a table is held in memory; a larger one lies in a file that goes when the result does.

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
    problems = _mapping_problems(engagement)
    taking = _Taking(engagement, piece_bytes, held_bytes, is_read_only=bool(problems))
    for source in engagement.sources:
        for mapping in source.tables:
            problems += [one for one in taking.take(source.name, mapping) if one not in problems]
    if problems:
        raise IntakeError(problems)
    return taking.intake()


class _Taking:
    """Exports on their way to canonical tables."""

    def __init__(self, engagement: Engagement, piece_bytes: int, held_bytes: int, *, is_read_only: bool) -> None:
        self._engagement = engagement
        self._piece_bytes = piece_bytes
        self._held_bytes = held_bytes
        self._is_read_only = is_read_only
        self._folder = Folder(engagement.kept)
        self._account = Account()
        self._lacking = Lacking()
        self._findings: list[Finding] = []
        self._controls: list[dict[str, object]] = []
        self._lookups: list[tuple[object, ...]] = []
        self._known = _known_columns(engagement)
        mappings = [mapping for source in engagement.sources for mapping in source.tables]
        self._tables = {
            name: TableTaking(
                TABLES[name],
                [mapping for mapping in mappings if mapping.table == name],
                as_of=engagement.as_of, folder=self._folder, held_bytes=held_bytes,
            )
            for name in TABLES if any(mapping.table == name for mapping in mappings)
        }  # fmt: skip

    def take(self, source: str, mapping: TableMapping) -> list[Problem]:
        """Take in the files of one mapping, and return what kept them from being read."""
        engagement = self._engagement
        converting = Converting(source, mapping, as_of=engagement.as_of, time_zone=engagement.time_zone)
        problems: list[Problem] = []
        try:
            paths = matching_files(engagement.folder, mapping.file, source=source)
            completing = Completing(
                engagement, source, mapping,
                folder=self._folder, held_bytes=self._held_bytes, piece_bytes=self._piece_bytes,
            )  # fmt: skip
        except IntakeError as error:
            is_copied = mapping.relation or any(lookup.relation for lookup in mapping.lookups)
            return [_to_fetch(one) for one in error.problems] if is_copied else list(error.problems)
        for path in paths:
            try:
                raw = read_pieces(
                    path, folder=engagement.folder, wanted=mapping.raw_columns, reading=mapping.reading,
                    piece_bytes=self._piece_bytes,
                )  # fmt: skip
                self._take_file(raw, converting, completing)
            except IntakeError as error:
                problems += error.problems
        if not problems and not self._is_read_only:
            self._findings += [*converting.findings(), *completing.findings()]
            self._controls.append(converting.control())
            self._lookups += completing.account()
        return problems

    def _take_file(self, raw: RawPieces, converting: Converting, completing: Completing) -> None:
        source, mapping = converting.source, converting.mapping
        table = self._tables[mapping.table]
        n_rows = 0
        for frame in raw.frames:
            if self._is_read_only:
                continue
            complete, is_found = completing.completed(frame)
            rows = table.filled(converting.rows(complete))
            completing.see(rows, is_found)
            n_rows += len(rows)
            is_malformed = table.take(rows, raw.file, mapping, self._account, is_found=is_found)
            self._lacking.see(mapping.table, rows, is_malformed)
        converting.end_of_file(replace(raw, numbers={*raw.numbers, *completing.numbers}), n_rows)
        if not n_rows:
            self._account.enter_unread(source, mapping.table, raw.file, "used", 0)
        if raw.ragged_lines:
            self._account.enter_unread(source, mapping.table, raw.file, "malformed", len(raw.ragged_lines))
        if mapping.left_out is not None:
            known = self._known[mapping.file, mapping.reading.sheet]
            self._findings += new_columns(source, mapping.table, raw, n_rows, known)

    def intake(self) -> Intake:
        """Return what came of all exports."""
        kept = {name: table.kept(self._account) for name, table in self._tables.items()}
        ledger = self._account.frame()
        controls = controls_frame(self._controls)
        mapped, as_of = _mapped(self._engagement), self._engagement.as_of
        told = [*self._findings, *self._lacking.findings(), *control_findings(controls)]
        examined = examine(kept, ledger, mapped=mapped, as_of=as_of, told=told, folder=self._folder)
        files = {name: rows.file for name, rows in kept.items() if rows.file is not None}
        frames = {name: rows.frame() for name, rows in kept.items() if name not in files}
        tables = Tables(files, frames, home=self._folder)
        is_enough = tables.count("orders") or tables.count("contracts")
        reason = "" if is_enough else "needs `orders` or `contracts`"
        findings = in_order([*told, *examined.findings])
        lookups = lookups_frame(self._lookups)
        return Intake(tables, ledger, findings, reason, controls, lookups, examined.profile, examined.authors)


def _to_fetch(problem: Problem) -> Problem:
    if not problem.expected.startswith("the file "):
        return problem
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


def _known_columns(engagement: Engagement) -> dict[tuple[str, str | None], set[str]]:
    """Return, by file and sheet, the columns that a mapping uses or names as left out."""
    known: dict[tuple[str, str | None], set[str]] = defaultdict(set)
    for source in engagement.sources:
        for mapping in source.tables:
            known[mapping.file, mapping.reading.sheet] |= {*mapping.raw_columns, *(mapping.left_out or ())}
    return known


def _mapped(engagement: Engagement) -> dict[tuple[str, str], frozenset[str]]:
    found: dict[tuple[str, str], frozenset[str]] = {}
    for source in engagement.sources:
        for mapping in source.tables:
            key = (source.name, mapping.table)
            found[key] = found.get(key, frozenset()) | frozenset(mapping.columns)
    return found
