from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pandas as pd

from crmplan.reporting.blocks import Note, Table
from crmplan.reporting.chapters.value_traits import trait_table
from crmplan.value import Covariate


def covariate(trait: str, *, matters: bool) -> Covariate:
    groups = pd.DataFrame(
        {
            "group": ["web", "shop", "<b>fair</b>"],
            "n_customers": [900, 300, 60],
            "buys": [1.0, 1.5, 1.0], "buys_low": [1.0, 1.2, 0.5], "buys_high": [1.0, 1.9, 2.0],
            "leaves": [1.0, 0.5, 1e-4], "leaves_low": [1.0, 0.4, 1e-4], "leaves_high": [1.0, 0.6, 1e-4],
            "expected": [2.0, 5.0, 2.5],
        }
    )  # fmt: skip
    return Covariate(trait, groups, 1260, 0.001, 12.0, matters, 0.01)


def shown(*found: Covariate, unavailable: str = "") -> Table | Note:
    value = SimpleNamespace(covariates=found, unavailable=unavailable, horizon_end=date(2026, 12, 31))
    return trait_table(value)  # type: ignore[arg-type]


def test_groups_stand_beside_the_largest_with_their_range() -> None:
    table = shown(covariate("first_channel", matters=True), covariate("first_heard", matters=False))

    assert isinstance(table, Table)
    assert table.title == "First channel: 5.0 purchases to come from a customer of “shop”, 2.0 of “web”"
    assert table.rows[0][2:4] == ("compared with", "compared with")
    assert table.rows[1][2] == "× 1.50 (1.20 to 1.90)"
    assert table.rows[2][3] == "cannot be told"
    assert "first heard of the company" in table.caption


def test_traits_that_tell_nothing_are_said_to() -> None:
    note = shown(covariate("first_heard", matters=False), covariate("segment", matters=False))

    assert isinstance(note, Note)
    assert "does not depend on first heard of the company or the client's own grouping" in note.message


def test_without_traits_it_says_what_it_needs() -> None:
    assert "needs `first_heard`" in shown().message  # type: ignore[union-attr]
    assert "too little data" in shown(unavailable="too little data").message  # type: ignore[union-attr]
