"""Small customer bases that tests of the value step build for themselves."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from crmplan.tables import Tables
from crmplan.value import Value, estimate_value
from crmplan.value.published import cdnow_days

START = pd.Timestamp("2022-01-01")
AS_OF = date(2023, 12, 31)


def simulated_days(n_customers: int = 250, seed: int = 3) -> pd.DataFrame:
    """Return purchases of customers who differ in rate and leave at some time, one row per customer and day."""
    draw = np.random.default_rng(seed)
    rows = []
    for number in range(n_customers):
        first, stays = int(draw.integers(0, 500)), draw.exponential(600)
        last = min(first + stays, 729)
        n = draw.poisson(draw.gamma(0.8, 1 / 40) * (last - first))
        level = draw.gamma(6.0, 8.0)
        days = np.unique(np.r_[first, np.sort(draw.integers(first, int(last) + 1, n))])
        rows += [(f"C{number:04d}", START + pd.Timedelta(days=int(day)), level * draw.gamma(4, 0.25)) for day in days]
    frame = pd.DataFrame(rows, columns=["customer_key", "day", "net_amount"])
    return frame.assign(n_orders=1)


def days_of(*purchases: tuple[str, str, float]) -> pd.DataFrame:
    """Return customer-days from (customer, day, amount)."""
    frame = pd.DataFrame(list(purchases), columns=["customer_key", "day", "net_amount"])
    frame["day"] = pd.to_datetime(frame["day"])
    return frame.astype({"customer_key": "str", "net_amount": "float64"}).assign(n_orders=1)


def value_of(days: pd.DataFrame, **changed: object) -> Value:
    options: dict[str, object] = {
        "as_of": AS_OF,
        "gross_margin_share": 0.4,
        "annual_discount_rate": 0.1,
        "horizon_months": 24,
    }
    return estimate_value(Tables.from_frames({"customer_days": days}), **{**options, **changed})  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def simulated() -> pd.DataFrame:
    return simulated_days()


@pytest.fixture(scope="session")
def valued(simulated: pd.DataFrame) -> Value:
    return value_of(simulated)


@pytest.fixture(scope="session")
def cdnow() -> pd.DataFrame:
    return cdnow_days()
