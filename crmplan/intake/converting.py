"""One export on its way to canonical rows: converted piece by piece, and told about when all of it has come."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from datetime import date

import pandas as pd

from crmplan.engagement import TableMapping
from crmplan.intake.columns import made_column
from crmplan.intake.finding import Finding
from crmplan.intake.ledger import MONEY
from crmplan.intake.reading import RawPieces
from crmplan.intake.reading_findings import Noted, conversion_findings, guessed_encoding, ragged
from crmplan.intake.reconciliation import control_of
from crmplan.intake.timing import as_known, known_later, refund_signs, with_signed_refunds
from crmplan.schema import TABLES

__all__ = ["Converting"]


class Converting:
    """The files of one mapping, while they are converted.

    Parameters
    ----------
    source, mapping
        Where the rows come from and what becomes of them.
    as_of
        The last day that counts.
    time_zone
        Name of the zone into which times with a zone are brought.

    Examples
    --------
    >>> mapping = TableMapping(table="staff", file="s.csv", columns={"staff_id": "no", "training_hours": "h"})
    >>> converting = Converting("hr", mapping, as_of=date(2024, 12, 31), time_zone="UTC")
    >>> converting.rows(pd.DataFrame({"no": ["07"], "h": ["x"]}, dtype="str"))[["source", "staff_id"]].values.tolist()
    [['hr', '07']]
    >>> [one.message for one in converting.findings()]
    ['The training hours cannot be read as a number on the only member of staff.']
    """

    def __init__(self, source: str, mapping: TableMapping, *, as_of: date, time_zone: str) -> None:
        self.source = source
        self.mapping = mapping
        self._as_of = as_of
        self._time_zone = time_zone
        self._noted: dict[str, Noted] = defaultdict(Noted)
        self._numbers: set[str] | None = None
        self._n_rows = 0
        self._n_ragged = 0
        self._totals: list[float] = []
        self._n_late: dict[str, int] = defaultdict(int)
        self._n_wrong_signs = 0
        self._of_files: list[Finding] = []

    def rows(self, raw: pd.DataFrame) -> pd.DataFrame:
        """Return a piece of an export as canonical rows with ``source``."""
        table, mapping = TABLES[self.mapping.table], self.mapping
        columns: dict[str, pd.Series] = {}
        for column in table.columns:
            if column.name in mapping.columns:
                done = made_column(raw, column, mapping, time_zone=self._time_zone, first_row=self._n_rows + 1)
                columns[column.name] = done.values
                self._noted[column.name].add(done, column, mapping, raw)
        self._n_rows += len(raw)
        source = pd.Series(self.source, index=raw.index, dtype="str")
        rows = pd.DataFrame({"source": source, **columns}, index=raw.index)
        money = MONEY.get(table.name, "")
        if money in rows:
            self._totals.append(float(rows[money].sum()))
        rows, n_late = as_known(table.name, rows, as_of=self._as_of)
        for name, n in n_late.items():
            self._n_late[name] += n
        if table.name == "orders":
            rows, n_wrong = with_signed_refunds(rows)
            self._n_wrong_signs += n_wrong
        return rows

    def end_of_file(self, raw: RawPieces, n_rows: int) -> None:
        """Note what is to be told of one file, all pieces of which have come."""
        self._n_ragged += len(raw.ragged_lines)
        self._numbers = set(raw.numbers) if self._numbers is None else self._numbers & set(raw.numbers)
        if raw.ragged_lines:
            self._of_files.append(ragged(self.source, self.mapping.table, raw, n_rows))
        if raw.guessed_encoding:
            self._of_files.append(guessed_encoding(self.source, self.mapping.table, raw, n_rows))

    def findings(self) -> Iterator[Finding]:
        """Yield what went wrong in reading and converting, over all pieces."""
        table = TABLES[self.mapping.table]
        for name, noted in self._noted.items():
            yield from conversion_findings(
                self.source, self.mapping, table.column(name), noted, self._numbers or frozenset()
            )
        yield from self._of_files
        yield from known_later(self.source, table.name, self._n_late, self._n_rows, as_of=self._as_of)
        yield from refund_signs(self.source, self._n_wrong_signs, self._n_rows)

    def control(self) -> dict[str, object]:
        """Return what the client says it sent beside what came."""
        has_money = MONEY.get(self.mapping.table, "") in self.mapping.columns
        # To the cent, so that the sum is the same however the file is cut into pieces.
        total = round(math.fsum(self._totals), 2) if has_money else None
        return control_of(self.source, self.mapping, self._n_rows + self._n_ragged, total)
