"""Changes that have to be carried from system to system are counted and priced by hand."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from crmplan.analysis.upkeep import Upkeep, upkeep

RECORDS = pd.DataFrame(
    {
        "source": ["shop", "crm", "desk", "shop", "crm", "shop", "crm"],
        "customer_key": ["C1", "C1", "C1", "C2", "C2", "C3", None],
        "updated_at": pd.to_datetime(
            ["2024-06-01", "2024-01-01", "2023-12-31", "2025-01-01", "2024-12-31", "2024-06-01", "2024-06-01"]
        ),
    }
)


def _upkeep(records: pd.DataFrame) -> Upkeep:
    return upkeep(records, as_of=date(2024, 12, 31), minutes_a_change=6, day_rate=800)


def test_a_change_is_carried_to_every_other_system_that_knows_the_customer() -> None:
    found = _upkeep(RECORDS)

    # C1 was changed twice and is in two more systems each; C2 once, on the last day that counts.
    assert (found.n_shared, found.n_changed, found.n_carried) == (2, 3, 5)
    assert found.days == pytest.approx(5 * 6 / 60 / 8)
    assert found.cost == pytest.approx(50.0)


def test_what_is_missing_is_said() -> None:
    assert "more than one system" in _upkeep(RECORDS.iloc[5:]).unavailable
    undated = _upkeep(RECORDS.drop(columns="updated_at"))
    assert (undated.n_shared, "updated_at" in undated.unavailable) == (2, True)
