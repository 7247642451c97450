from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crmplan.tables import Tables
from crmplan.value import covariates as subject
from crmplan.value.covariates import covariates, fit_covariate
from crmplan.value.purchase_history import distinct_patterns
from crmplan.value.repeat_models import RepeatModel
from crmplan.value.repeat_purchases import fit_repeat_model
from crmplan.value.traits import traits


def customers(n: int, *, times: float, seed: int = 0) -> pd.DataFrame:
    """A third of the customers, those of shop, buy ``times`` as often as those of web; both leave alike."""
    draw = np.random.default_rng(seed)
    is_shop = np.arange(n) % 3 == 1
    age = draw.integers(30, 105, n).astype("float64")
    rate = draw.gamma(0.8, 0.08, n) * np.where(is_shop, times, 1.0)
    stays_for = draw.geometric(draw.beta(1.0, 4.0, n)) - 1
    bought_at = np.cumsum(draw.exponential(1.0, (n, 80)), axis=1) / rate[:, None]
    made = (bought_at <= age[:, None]) & (np.arange(80) < stays_for[:, None])
    x, recency = made.sum(axis=1), np.ceil((bought_at * made).max(axis=1))
    return pd.DataFrame(
        {
            "customer_key": [f"C{i:05d}" for i in range(n)],
            "n_repeat": x,
            "recency_weeks": np.minimum(recency, age),
            "age_weeks": age,
            "first_channel": np.where(is_shop, "shop", "web"),
        }
    )


def plain_of(frame: pd.DataFrame) -> RepeatModel:
    return RepeatModel("MBG/NBD", fit_repeat_model("MBG/NBD", distinct_patterns(frame)), len(frame))


def test_a_group_that_buys_twice_as_often_is_found() -> None:
    frame = customers(2000, times=2.0)

    found = fit_covariate(frame, "first_channel", plain_of(frame), 52.0)
    shop = found.groups.set_index("group").loc["shop"]

    assert found.matters
    assert found.n_customers == 2000
    assert shop["buys_low"] < 2.0 < shop["buys_high"]
    assert shop["leaves_low"] < 1.0 < shop["leaves_high"]
    assert shop["expected"] > 1.3 * found.groups.set_index("group").loc["web", "expected"]


def test_groups_that_do_not_differ_are_told_from_chance() -> None:
    frame = customers(1000, times=1.0)

    found = fit_covariate(frame, "first_channel", plain_of(frame), 52.0)

    assert not found.matters
    assert found.p_value is not None
    assert found.p_value > 0.01
    assert abs(found.total_change) < 0.05  # type: ignore[operator]


def test_trying_many_traits_asks_for_more_evidence() -> None:
    frame = customers(500, times=1.8, seed=5)
    plain = plain_of(frame)
    p_value = fit_covariate(frame, "first_channel", plain, 52.0).p_value
    assert p_value is not None
    assert p_value < 0.05

    found = fit_covariate(frame, "first_channel", plain, 52.0, n_tried=int(1.1 * 0.05 / p_value) + 1)

    assert not found.matters


def test_slopes_of_the_group_factors_agree_with_differences() -> None:
    frame = customers(400, times=1.5)
    groups = [distinct_patterns(part) for _, part in frame.groupby("first_channel")]
    mean, gradient = subject._surface(groups)
    x = np.log([0.6, 7.0, 0.8, 1.5, 1.2, 0.9])
    steps = np.eye(6) * 1e-5

    differences = [(mean(x + step) - mean(x - step)) / 2e-5 for step in steps]

    assert gradient(x) == pytest.approx(differences, abs=1e-7)


def test_small_groups_are_left_out_and_one_group_tells_nothing() -> None:
    frame = customers(300, times=1.0)
    frame.loc[frame.index >= 40, "first_channel"] = "web"

    found = fit_covariate(frame, "first_channel", plain_of(frame), 52.0)

    assert "fewer than two groups" in found.unavailable
    assert found.groups.empty


def test_without_traits_or_model_there_is_nothing_to_tell() -> None:
    frame = customers(100, times=1.0)

    assert covariates(frame, pd.DataFrame({"customer_key": ["C00001"]}), None, 52.0) == ()


def test_traits_are_those_of_the_first_order() -> None:
    tables = Tables.from_frames(
        {
            "golden": pd.DataFrame({"customer_key": ["A", "B"], "first_heard": ["fair", None]}),
            "orders": pd.DataFrame(
                {
                    "customer_key": ["A", "A", "B", None],
                    "ordered_at": pd.to_datetime(["2024-03-01", "2024-01-01", "2024-02-01", "2024-01-01"]),
                    "net_amount": [10.0, 10.0, 5.0, 5.0],
                    "channel": ["web", "shop", "web", "web"],
                    "product_id": ["P1", "P2", "P9", "P1"],
                }
            ),
            "products": pd.DataFrame({"product_id": ["P1", "P2"], "category": ["Paper", "Pens"]}),
        }
    )

    found = traits(tables).set_index("customer_key")

    assert found.loc["A"].to_dict() == {"first_heard": "fair", "first_category": "Pens", "first_channel": "shop"}
    assert found.loc["B", "first_channel"] == "web"
    assert pd.isna(found.loc["B", "first_category"])


def test_a_client_without_traits_has_none() -> None:
    days = Tables.from_frames({"customer_days": pd.DataFrame({"customer_key": ["A"]})})

    assert traits(days).columns.tolist() == ["customer_key"]
