"""Small tables written as text, and one metric's figure without its least number of rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from io import StringIO
from typing import Any

import pandas as pd
import pytest

from crmplan.metrics.registry import Estimate, Period, get
from crmplan.tables import Tables

AS_OF = date(2023, 12, 31)


def _frame(text: str) -> pd.DataFrame:
    """Return a table: names in the first line, "-" where there is nothing, "_" for a blank within a text."""
    lines = "\n".join(line.strip() for line in text.strip().splitlines())
    raw = pd.read_csv(StringIO(lines), sep=r"\s+", dtype=str, na_values=["-"], keep_default_na=False)
    frame = pd.DataFrame(index=raw.index)
    for name in raw.columns:
        column = raw[name].str.replace("_", " ") if name not in {"topic", "department"} else raw[name]
        if name == "day" or name.endswith(("_at", "_on")):
            frame[name] = pd.to_datetime(raw[name].str.replace("T", " "), format="ISO8601")
        elif name.startswith("is_"):
            frame[name] = raw[name].map({"yes": True, "no": False}).astype("boolean")
        elif name in {"customer_key", "source", "phone", "postcode"} or name.endswith("_id"):
            frame[name] = column
        else:
            try:
                frame[name] = pd.to_numeric(column)
            except (ValueError, TypeError):
                frame[name] = column
    return frame


@pytest.fixture
def frame() -> Callable[[str], pd.DataFrame]:
    return _frame


@pytest.fixture
def ask() -> Callable[..., Estimate]:
    """Return a function of a metric's id and tables as text, asked on the last day of 2023."""

    def compute(metric: str, facts: dict[str, Any] | None = None, **tables: str) -> Estimate:
        wanted = get(metric)
        end = AS_OF + timedelta(days=1)
        start = end - timedelta(days=wanted.window_days) if wanted.window_days else date(1, 1, 1)
        frames = {name: _frame(text) for name, text in tables.items()}
        assert all(name in frames and set(columns) <= set(frames[name]) for name, columns in wanted.needs.items())
        return wanted.compute(Tables.from_frames(frames), Period(start, end, **(facts or {})))

    return compute


@pytest.fixture
def groups() -> Callable[[Estimate], dict[str, tuple[float, int]]]:
    """Return a function that turns a breakdown into a dictionary."""

    def listed(estimate: Estimate) -> dict[str, tuple[float, int]]:
        assert estimate.breakdown is not None
        assert list(estimate.breakdown.columns) == ["group", "value", "n"]
        return {row.group: (pytest.approx(row.value), row.n) for row in estimate.breakdown.itertuples()}

    return listed
