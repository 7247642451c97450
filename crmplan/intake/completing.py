"""All that the rows of one export look up in others, and the account of those others."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import pandas as pd

from crmplan.engagement import Engagement
from crmplan.errors import IntakeError, Problem
from crmplan.intake.finding import Finding, Severity, grade
from crmplan.intake.ledger import DATED_BY, MONEY
from crmplan.intake.lookup import LookedUp
from crmplan.intake.reading import RawPieces, matching_files, read_pieces
from crmplan.intake.reading_findings import new_columns, ragged
from crmplan.intake.reconciliation import is_tied
from crmplan.intake.table_rows import Folder
from crmplan.sources import Lookup, TableMapping

__all__ = ["LOOKUP_COLUMNS", "Completing", "lookups_frame"]

LOOKUP_COLUMNS = ("source", "table", "file", "outcome", "n_rows", "net_amount")


def lookups_frame(rows: Sequence[tuple[object, ...]]) -> pd.DataFrame:
    """Return the account of the exports in which others are looked up.

    Returns
    -------
    pd.DataFrame
        One row per source, table (of the rows that look up), file and outcome: ``used``, ``without_lines`` (no row
        refers to it), ``repeated`` (the number comes again further down) or ``malformed``; ``n_rows``; ``net_amount``
        (null where the mapping names no ``total``). The rows of a file add up to the rows in the file.
    """
    frame = pd.DataFrame(list(rows), columns=list(LOOKUP_COLUMNS))
    return frame.astype({**dict.fromkeys(LOOKUP_COLUMNS[:4], "str"), "n_rows": "int64", "net_amount": "float64"})


class Completing:
    """The lookups of one mapping, read and ready.

    Parameters
    ----------
    engagement
        Where the exports lie.
    source, mapping
        Whose rows look something up.
    folder, held_bytes, piece_bytes
        As in :func:`crmplan.intake.taking.take_in`.

    Raises
    ------
    IntakeError
        When a looked-up export is missing, malformed or lacks columns; carries every problem of all of them.
    """

    def __init__(
        self, engagement: Engagement, source: str, mapping: TableMapping, *,
        folder: Folder, held_bytes: int, piece_bytes: int,
    ) -> None:  # fmt: skip
        self._source = source
        self._mapping = mapping
        self._looked_up: list[LookedUp] = []
        self._n_ragged: dict[str, int] = {}
        self._findings: list[Finding] = []
        self._found_money: list[float] = []
        self.numbers: set[str] = set()
        problems: list[Problem] = []
        for lookup in mapping.lookups:
            looked_up = LookedUp(lookup, mapping.columns_of(lookup), folder, held_bytes=held_bytes)
            try:
                self._read(engagement, lookup, looked_up, piece_bytes)
            except IntakeError as error:
                problems += error.problems
            self._looked_up.append(looked_up)
        if problems:
            raise IntakeError(problems)

    def _read(self, engagement: Engagement, lookup: Lookup, looked_up: LookedUp, piece_bytes: int) -> None:
        wanted = self._mapping.columns_of(lookup)
        n_ragged = 0
        for path in matching_files(engagement.folder, lookup.file, source=self._source):
            raw = read_pieces(
                path, folder=engagement.folder, wanted=wanted, reading=lookup.reading, piece_bytes=piece_bytes
            )
            n_rows = 0
            for frame in raw.frames:
                looked_up.add(frame)
                n_rows += len(frame)
            n_ragged += len(raw.ragged_lines)
            self._findings += self._of_file(lookup, raw, n_rows)
            self.numbers |= {f"{lookup.name}.{name}" for name in raw.numbers}
        self._n_ragged[lookup.name] = n_ragged

    def _of_file(self, lookup: Lookup, raw: RawPieces, n_rows: int) -> Iterator[Finding]:
        where = (self._source, self._mapping.table)
        if raw.ragged_lines:
            yield ragged(*where, raw, n_rows, lost=", so what refers to them is not found")
        if lookup.left_out is not None:
            known = {*self._mapping.columns_of(lookup), *lookup.left_out}
            yield from new_columns(*where, raw, n_rows, known)

    def completed(self, raw: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
        """Return a piece of the export with all that it looks up, and which of its rows found everything."""
        is_found = pd.Series(True, index=raw.index)
        for looked_up in self._looked_up:
            raw, found = looked_up.completed(raw)
            is_found &= found
        return raw, is_found

    def see(self, rows: pd.DataFrame, is_found: pd.Series) -> None:
        """Add up the money of converted rows that found what they look up."""
        money = MONEY.get(self._mapping.table, "")
        if money in rows:
            self._found_money.append(float(rows.loc[is_found, money].sum()))

    def account(self) -> Iterator[tuple[object, ...]]:
        """Yield the rows of :func:`lookups_frame`."""
        for looked_up in self._looked_up:
            lookup = looked_up.lookup
            totals = looked_up.totals(self._mapping.reading.decimal)
            place = (self._source, self._mapping.table, lookup.file)
            counts = looked_up.counts() or {"used": 0}
            for outcome, n_rows in counts.items():
                yield (*place, outcome, n_rows, totals.get(outcome, float("nan")))
            if self._n_ragged[lookup.name]:
                yield (*place, "malformed", self._n_ragged[lookup.name], float("nan"))

    def findings(self) -> Iterator[Finding]:
        """Yield what is to be told about the looked-up exports, once all rows have gone by."""
        yield from self._findings
        for looked_up in self._looked_up:
            counts = looked_up.counts()
            totals = looked_up.totals(self._mapping.reading.decimal)
            n_rows = sum(counts.values())
            if counts.get("without_lines") and self._is_event(looked_up.lookup):
                yield self._without_lines(looked_up.lookup, counts["without_lines"], n_rows, totals)
            if counts.get("repeated"):
                yield self._repeated(looked_up.lookup, counts["repeated"], n_rows)
            if totals:
                yield from self._untied(looked_up.lookup, totals["used"])

    def _is_event(self, lookup: Lookup) -> bool:
        """Whether the looked-up rows are what happened: then one to which nothing refers is missing its content."""
        when = self._mapping.columns.get(DATED_BY.get(self._mapping.table, ""))
        return when is not None and any(name.startswith(f"{lookup.name}.") for name in when.raw_columns)

    def _without_lines(self, lookup: Lookup, n_without: int, n_rows: int, totals: dict[str, float]) -> Finding:
        worth = f", with {totals['without_lines']:,.2f} in {lookup.total}" if totals else ""
        message = f"Nothing in {self._mapping.file} refers to {n_without:,} of {n_rows:,} rows of {lookup.file}{worth}."
        effect = "They become nothing; if they should, the export of the lines is not complete."
        severity = grade(n_without, n_rows, high=0.10, medium=0.01)
        return Finding("without_lines", severity, *self._where, n_without, n_rows, message, effect)

    def _repeated(self, lookup: Lookup, n_again: int, n_rows: int) -> Finding:
        message = f"A number that comes again further down on {n_again:,} of {n_rows:,} rows of {lookup.file}."
        effect = "The last row of a number counts; if exports overlap, that is right."
        severity = grade(n_again, n_rows, high=0.20, medium=0.02)
        return Finding("lookup_repeated", severity, *self._where, n_again, n_rows, message, effect)

    def _untied(self, lookup: Lookup, total: float) -> Iterator[Finding]:
        of_rows = math.fsum(self._found_money)
        if is_tied(of_rows, total):
            return
        message = (
            f"The rows of {self._mapping.file} add up to {of_rows:,.2f}, {lookup.total} of {lookup.file} to "
            f"{total:,.2f}, a difference of {of_rows - total:+,.2f}."
        )
        effect = "Tax, freight or discounts on whole orders may explain it; if not, lines are missing or doubled."
        severity: Severity = "high" if abs(of_rows - total) >= 0.1 * max(abs(total), 1.0) else "medium"
        yield Finding("lookup_total", severity, *self._where, 0, 0, message, effect)

    @property
    def _where(self) -> tuple[str, str, str]:
        return self._source, self._mapping.table, ""
