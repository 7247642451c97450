"""Five figures for each source, each by hand."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from crmplan.intake.finding import Finding
from crmplan.intake.quality_profile import authors, quality_profile
from crmplan.tables import Tables

PEOPLE = pd.DataFrame(
    {
        "source": ["crm"] * 4,
        "customer_id": ["1", "2", "3", "4"],
        "email": ["a@b.de", None, "x", "c@d.de"],
        "firm": [None] * 4,
        "updated_at": pd.to_datetime(["2024-01-01", "2024-12-21", None, None]),
        "created_by": ["s1", "s1", "s2", None],
    }
)
LEDGER = pd.DataFrame(
    {"source": "crm", "table": "customers", "outcome": ["used", "duplicate", "repeated"], "n_rows": [4, 1, 9]}
)
MAPPED = {("crm", "customers"): frozenset({"customer_id", "email", "firm", "updated_at"})}


def _finding(code: str, n_rows: int, of_rows: int) -> Finding:
    return Finding(code, "low", "crm", "customers", "email", n_rows, of_rows, "", "")


def _profile(findings: list[Finding]) -> dict[str, float]:
    tables = Tables.from_frames({"customers": PEOPLE})
    found = quality_profile(tables, LEDGER, findings, mapped=MAPPED, as_of=date(2024, 12, 31))
    return found.iloc[0].to_dict()


def test_each_figure_is_what_it_says() -> None:
    found = _profile([_finding("bad_email", 1, 3), _finding("no_such_row", 1, 4), _finding("missing_value", 1, 4)])

    # Twelve cells of three columns that must not be empty; nine hold something, one of them impossible.
    assert found["complete_share"] == pytest.approx(9 / 12)
    assert found["valid_share"] == pytest.approx(8 / 9)
    assert found["unique_share"] == pytest.approx(4 / 5)
    assert found["linked_share"] == pytest.approx(3 / 4)
    assert found["days_old"] == 10


def test_cells_that_could_not_be_read_are_not_valid() -> None:
    assert _profile([_finding("not_converted", 1, 4)])["valid_share"] == pytest.approx(9 / 10)


def test_nothing_in_nothing_out() -> None:
    empty = quality_profile(Tables.from_frames({}), LEDGER, [], mapped={}, as_of=date(2024, 12, 31))

    assert empty.empty
    assert authors(Tables.from_frames({})).empty


def test_authors_are_counted_and_not_named() -> None:
    found = authors(Tables.from_frames({"customers": PEOPLE})).iloc[0]

    assert (found["n_records"], found["n_signed"], found["n_authors"], found["busiest_share"]) == (4, 3, 2, 1.0)
    assert "s1" not in found.astype(str).tolist()
