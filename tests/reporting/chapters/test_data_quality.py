"""The page on the quality of sources says what it can, and what it needs where it cannot."""

from __future__ import annotations

from crmplan import Workbench
from crmplan.reporting.blocks import Note, Table
from crmplan.reporting.chapters import data_quality


def test_a_client_of_one_table_gets_one_line_and_hears_what_is_missing() -> None:
    bench = Workbench.open("cdnow")
    table = data_quality.profile_table(bench.intake(), bench.engagement)
    notes = (
        data_quality.authors_table(bench.intake(), bench.engagement),
        data_quality.upkeep_note(bench.customers(), bench.engagement),
    )

    assert isinstance(table, Table)
    assert table.rows == (
        ("Order log of the web shop", "order lines", "6,919", "100 %", "100 %", "100 %", "–", "0 days"),
    )
    assert all(isinstance(note, Note) and note.tone == "unavailable" for note in notes)


def test_a_few_bad_cells_among_many_do_not_vanish() -> None:
    assert [data_quality._share(value) for value in (1.0, 0.99999, 0.5, float("nan"))] == [
        "100 %",
        "99.9 %",
        "50.0 %",
        "–",
    ]
