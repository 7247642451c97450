from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from crmplan.tables import Tables
from crmplan.value.holdout import NAIVE, Holdout, check_forecasts
from crmplan.value.purchase_history import customer_days, purchase_histories, purchases_after, with_holdout

SPLIT, END = date(2022, 12, 31), date(2023, 12, 31)


def known(days: pd.DataFrame) -> pd.DataFrame:
    table = customer_days(Tables.from_frames({"customer_days": days}))
    return with_holdout(purchase_histories(table, until=SPLIT), purchases_after(table, after=SPLIT, until=END))


@pytest.fixture(scope="module")
def held(simulated: pd.DataFrame) -> Holdout:
    return check_forecasts(known(simulated), split_on=SPLIT, until=END)[0]


def test_models_stand_beside_every_simple_ranking(held: Holdout) -> None:
    assert set(NAIVE) < set(held.forecasts["forecast"])
    assert held.forecasts["is_model"].sum() >= 2


def test_the_totals_of_the_buckets_are_those_of_the_base(held: Holdout) -> None:
    for table in (held.buckets, held.cohorts, held.recency):
        assert table["n_customers"].sum() == held.n_customers
        assert (table["n_customers"] * table["actual"]).sum() == pytest.approx(held.n_purchases)


def test_bias_compares_the_forecast_total_with_the_actual_one(held: Holdout) -> None:
    row = held.forecasts.set_index("forecast").loc["MBG/NBD"]

    assert row["bias_share"] == pytest.approx(row["purchases"] / held.n_purchases - 1)
    assert held.bias_of("MBG/NBD") == row["bias_share"]
    assert held.bias_of("unheard of") is None


def test_rankings_without_a_level_have_none(held: Holdout) -> None:
    rfm = held.forecasts.set_index("forecast").loc["RFM score"]

    assert np.isnan(rfm["bias_share"])
    assert -1 <= rfm["spend_gini"] <= 1


def test_the_order_of_rows_does_not_matter(simulated: pd.DataFrame, held: Holdout) -> None:
    shuffled, _ = check_forecasts(known(simulated.sample(frac=1, random_state=5)), split_on=SPLIT, until=END)

    numbers = held.forecasts.select_dtypes("number")
    assert numbers.to_numpy() == pytest.approx(shuffled.forecasts[numbers.columns].to_numpy(), rel=1e-6, nan_ok=True)


def test_nobody_buying_afterwards_is_too_little_data(simulated: pd.DataFrame) -> None:
    held, models = check_forecasts(known(simulated[simulated["day"] <= "2022-12-31"]), split_on=SPLIT, until=END)

    assert "bought 0 times after it" in held.unavailable
    assert models == ()
    assert held.forecasts.empty
