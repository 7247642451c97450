"""Small frames of purchases that tests build for themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

import numpy as np
import pandas as pd
import pytest

from crmplan.analysis.purchases import purchase_days
from crmplan.tables import Tables

AS_OF = date(2024, 12, 31)

Rows = Sequence[tuple[str, int, float]]


def frame_of(rows: Rows) -> pd.DataFrame:
    """Return customer days from (customer, days ago, amount)."""
    return pd.DataFrame(
        {
            "customer_key": pd.Series([row[0] for row in rows], dtype=object),
            "day": pd.Timestamp(AS_OF) - pd.to_timedelta([row[1] for row in rows], unit="D"),
            "n_orders": np.ones(len(rows), dtype="int64"),
            "net_amount": [float(row[2]) for row in rows],
        }
    )


@pytest.fixture
def tables_of() -> Callable[[Rows], Tables]:
    """Return a maker of tables with customer days."""
    return lambda rows: Tables.from_frames({"customer_days": frame_of(rows)})


@pytest.fixture
def days_of() -> Callable[[Rows], pd.DataFrame]:
    """Return a maker of purchase days."""
    return lambda rows: purchase_days(Tables.from_frames({"customer_days": frame_of(rows)}), as_of=AS_OF)


@pytest.fixture
def many() -> pd.DataFrame:
    """Return three years of customer days of 400 customers, three in four of whom buy once."""
    draw = np.random.default_rng(5)
    rows = []
    for i in range(400):
        first = int(draw.integers(0, 1095))
        n = 1 if draw.random() < 0.75 else 2 + int(draw.poisson(4))
        ago = {first, *draw.integers(0, first + 1, n - 1).tolist()}
        rows.extend((f"C{i:04d}", int(day), round(5 + 95 * float(draw.random()), 2)) for day in ago)
    return frame_of(rows)
