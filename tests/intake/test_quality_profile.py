"""What the quality of each source is judged by is counted by hand."""

from __future__ import annotations

from datetime import date

import pandas as pd

from crmplan.intake.finding import Finding
from crmplan.intake.quality_profile import PROFILE_COLUMNS, Seen, authors, quality_profile
from crmplan.intake.validity import Reference

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


def _seen() -> dict[tuple[str, str], Seen]:
    """Return what is counted when the rows go by in two pieces."""
    seen = Seen()
    for piece in (PEOPLE.iloc[:3], PEOPLE.iloc[3:]):
        seen.add("customers", piece)
    return {("crm", "customers"): seen}


def _profile(findings: list[Finding], leads: list[Reference] | None = None) -> dict[str, float]:
    found = quality_profile(_seen(), LEDGER, findings, leads or [], mapped=MAPPED, as_of=date(2024, 12, 31))
    return {str(name): value for name, value in found.iloc[0].items()}


def test_each_count_is_what_it_says() -> None:
    leads = [
        Reference("crm", "customers", "customer_id", 4, 1, None),
        Reference("crm", "orders", "product_id", 9, 9, None),
    ]
    found = _profile([_finding("bad_email", 1, 3), _finding("missing_value", 1, 4)], leads)

    # Twelve cells of three columns that must not be empty; nine hold something, one of them impossible.
    assert (found["n_rows"], found["n_cells"], found["n_filled"]) == (4, 12, 9)
    assert (found["n_given"], found["n_invalid"]) == (9, 1)
    assert (found["n_received"], found["n_twice"]) == (5, 1)
    assert (found["n_references"], found["n_dangling"]) == (4, 1)
    assert found["days_old"] == 10


def test_cells_that_could_not_be_read_were_given_and_are_not_valid() -> None:
    found = _profile([_finding("not_converted", 1, 4)])

    assert (found["n_filled"], found["n_given"], found["n_invalid"]) == (9, 10, 1)


def test_nothing_in_nothing_out() -> None:
    empty = quality_profile({}, LEDGER, [], [], mapped={}, as_of=date(2024, 12, 31))

    assert empty.empty
    assert tuple(empty.columns) == PROFILE_COLUMNS
    assert authors({}).empty


def test_authors_are_counted_and_not_named() -> None:
    found = authors(_seen()).iloc[0]

    assert (found["n_records"], found["n_signed"], found["n_authors"], found["busiest_share"]) == (4, 3, 2, 1.0)
    assert "s1" not in found.astype(str).tolist()
