from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from crmplan.metrics.registry import get, measure
from crmplan.tables import Tables

AS_OF = date(2024, 12, 31)


def test_a_won_deal_is_the_mean_of_those_won_in_the_year() -> None:
    deals = pd.DataFrame(
        {
            "outcome": ["won"] * 30 + ["Won", "lost", "open", "won"],
            "amount": [100.0] * 30 + [410.0, 9_999.0, 9_999.0, None],
            "closed_at": pd.to_datetime(["2024-06-01"] * 31 + ["2024-06-01", None, "2024-06-01"]),
        }
    )
    old = pd.DataFrame({"outcome": ["won"], "amount": [9_999.0], "closed_at": pd.to_datetime(["2023-06-01"])})
    tables = Tables.from_frames({"opportunities": pd.concat([deals, old])})

    found = measure(get("won_deal_amount"), tables, as_of=AS_OF)

    assert (found.value, found.n) == (pytest.approx(110.0), 31)


def test_a_years_fee_is_that_of_the_contracts_that_run() -> None:
    contracts = pd.DataFrame(
        {
            "started_on": pd.to_datetime(["2020-01-01"] * 31 + ["2020-01-01", "2025-01-01"]),
            "ended_on": pd.to_datetime([None] * 30 + ["2024-12-31", "2024-12-30", None]),
            "monthly_fee": [10.0] * 31 + [500.0, 500.0],
        }
    )

    found = measure(get("contract_yearly_fee"), Tables.from_frames({"contracts": contracts}), as_of=AS_OF)

    assert (found.value, found.n) == (pytest.approx(120.0), 31)
