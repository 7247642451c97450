"""Small clients that tests build for themselves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import settings

# A machine that has other things to do is no reason for a test to fail.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

ENGAGEMENT = """\
client:
  name: Example Trading
  currency: EUR
  country: Germany
as_of: 2024-12-31
economics:
  gross_margin_share: 0.3
sources:
  - name: shop
    tables:
      - table: orders
        file: data/orders.csv
        columns: {order_id: order_id, customer_id: customer_id, ordered_at: ordered_at, net_amount: net_amount}
respondents:
  - {id: r1, role: head_of_sales}
"""


def orders(n_customers: int = 120, seed: int = 3) -> pd.DataFrame:
    """Return three years of orders: columns order_id, customer_id, ordered_at, net_amount."""
    draw = np.random.default_rng(seed)
    n_orders = 1 + draw.poisson(draw.gamma(0.8, 3.0, n_customers))
    customer = np.repeat(np.arange(n_customers), n_orders)
    day = draw.integers(0, 1096, len(customer))
    frame = pd.DataFrame(
        {
            "customer_id": [f"{number:04d}" for number in customer],
            "ordered_at": pd.Timestamp("2022-01-01") + pd.to_timedelta(day, unit="D"),
            "net_amount": np.round(draw.gamma(4.0, 12.0, len(customer)), 2),
        }
    )
    frame.insert(0, "order_id", [f"O{number}" for number in range(len(frame))])
    return frame


@pytest.fixture
def small_client(tmp_path: Path) -> Path:
    """Return the folder of a client with orders only."""
    folder = tmp_path / "small"
    (folder / "data").mkdir(parents=True)
    (folder / "engagement.yaml").write_text(ENGAGEMENT, "utf-8")
    orders().to_csv(folder / "data" / "orders.csv", index=False, date_format="%Y-%m-%d")
    return folder
