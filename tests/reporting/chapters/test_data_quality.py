"""The page on the quality of sources says what it can, and what it needs where it cannot."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from crmplan import Workbench
from crmplan.intake.quality_profile import PROFILE_COLUMNS
from crmplan.metrics.registry import Measured
from crmplan.reporting.blocks import Note, Table
from crmplan.reporting.chapters import data_quality

SHARES = {"complete": 0.75, "valid": 0.99, "unique": 1.0, "linked": None}


def _measured(value: float | None, n: int = 20) -> Measured:
    return Measured("x", "X", "share", "computed" if value is not None else "not_available", value=value, n=n)


@pytest.fixture
def intake() -> Callable[..., Any]:
    rows = [
        ("shop", "customers", 10, 10, 10, 10, 0, 10, 0, 0, 0, 3.0),
        ("crm", "customers", 10, 10, 5, 5, 0, 10, 0, 0, 0, None),
    ]
    return lambda: SimpleNamespace(quality=pd.DataFrame(rows, columns=list(PROFILE_COLUMNS)))


@pytest.fixture
def engagement() -> Any:
    economics = SimpleNamespace(day_rate=800.0, minutes_per_record_change=5.0, is_assumed=True)
    return SimpleNamespace(client=SimpleNamespace(currency="EUR"), economics=economics, sources=())


def test_a_client_of_one_table_gets_one_line_and_hears_what_is_missing() -> None:
    bench = Workbench.open("cdnow")
    measured = bench.metrics()
    table = data_quality.profile_table(bench.intake(), measured, bench.engagement)
    notes = (
        data_quality.authors_table(bench.intake(), bench.engagement),
        data_quality.upkeep_note(measured, bench.engagement),
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


def test_the_last_line_is_what_the_registry_says_of_all_together(
    intake: Callable[..., SimpleNamespace], engagement: SimpleNamespace
) -> None:
    measured = {f"data_{name}_share": _measured(value) for name, value in SHARES.items()}
    table = data_quality.profile_table(intake(), measured, engagement)

    assert isinstance(table, Table)
    assert table.rows[0][:4] == ("crm", "customer records", "10", "50.0 %")
    assert table.rows[-1] == ("All together", "", "20", "75.0 %", "99.0 %", "100 %", "–", "")


@pytest.mark.parametrize(("is_assumed", "words"), [(True, "(assumed by us)"), (False, "(given by the client)")])
def test_the_minutes_of_a_change_are_named_with_who_says_so(
    engagement: SimpleNamespace, is_assumed: bool, words: str
) -> None:
    engagement.economics.is_assumed = is_assumed
    measured = {"carried_changes": _measured(960.0, n=1200), "upkeep_cost": _measured(8000.0, n=1200)}
    note = data_quality.upkeep_note(measured, engagement)

    assert f"At 5 minutes each and EUR 800 a day {words}, that is 10.0 working days or EUR 8,000 a year" in note.message
    assert "1,200 records" in note.message
    assert "960 changes" in note.message
