"""The page on reconciliation shows sums that follow from one another, and says whether the client's controls tie."""

from __future__ import annotations

from dataclasses import replace

from crmplan import Workbench
from crmplan.intake import Intake
from crmplan.intake.completing import lookups_frame
from crmplan.reporting.blocks import Note, Table
from crmplan.reporting.chapters.reconciliation import reconciliation_table
from crmplan.tables import Tables


def _table(client: str) -> Table:
    bench = Workbench.open(client)
    table = reconciliation_table(bench.intake(), bench.customers(), bench.engagement)
    assert isinstance(table, Table)
    return table


def test_the_last_line_is_the_money_in_the_histories() -> None:
    table = _table("superstore")

    assert table.rows[0][0] == "Order lines received"
    assert table.rows[-1] == ("= Purchases in the customers' histories", "", "2,297,200.86")
    assert "Order book, order lines: the client's control of USD 2,297,200.86 ties." in table.caption


def test_a_client_without_controls_is_asked_for_them() -> None:
    assert "The client gave no control total" in _table("cdnow").caption


def test_without_orders_it_is_not_available() -> None:
    bench = Workbench.open("cdnow")
    empty = Intake(Tables.from_frames({}), bench.intake().ledger, ())
    note = reconciliation_table(empty, bench.customers(), bench.engagement)

    assert isinstance(note, Note)
    assert note.tone == "unavailable"


def test_exports_in_which_others_look_something_up_are_accounted_for() -> None:
    bench = Workbench.open("cdnow")
    rows = [
        ("log", "orders", "data/heads.csv", "used", 20, 5.0),
        ("log", "orders", "data/heads.csv", "without_lines", 1, 0.0),
    ]
    intake = replace(bench.intake(), lookups=lookups_frame(rows))
    table = reconciliation_table(intake, bench.customers(), bench.engagement)

    assert isinstance(table, Table)
    said = "order lines are completed from 20 of 21 rows of data/heads.csv; not used: 1 to which nothing refers."
    assert said in table.caption
