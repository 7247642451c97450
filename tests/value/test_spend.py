from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmplan.tables import Tables
from crmplan.value.purchase_history import customer_days, purchase_histories
from crmplan.value.spend import fit_spend_model, frequency_bucket


def histories(n_repeat: np.ndarray, amount: np.ndarray) -> pd.DataFrame:
    """Customers whose every purchase is of the same amount."""
    n = n_repeat + 1
    return pd.DataFrame(
        {
            "customer_key": [f"C{i}" for i in range(len(n))],
            "n_repeat": n_repeat,
            "n_purchases": n,
            "revenue": n * amount,
            "squared_spend": n * amount**2,
            "mean_spend": np.where(n_repeat > 0, amount, np.nan),
        }
    )


def test_constant_spend_is_expected_of_everybody() -> None:
    spend = fit_spend_model(histories(np.arange(40) % 4, np.full(40, 20.0)))

    assert spend.facts.model == "constant"
    assert spend.expected.tolist() == [20.0] * 40


def test_spend_that_depends_on_frequency_rules_out_gamma_gamma() -> None:
    n_repeat = np.arange(60) % 6
    spend = fit_spend_model(histories(n_repeat, 10.0 * (1 + n_repeat)))

    assert spend.facts.model == "shrunken means"
    assert spend.facts.correlation == pytest.approx(1.0, abs=0.01)
    assert "depends on how often" in spend.facts.because


def test_few_repeat_customers_rule_out_gamma_gamma() -> None:
    n_repeat = np.array([0] * 30 + [1] * 5)
    spend = fit_spend_model(histories(n_repeat, np.linspace(10, 30, 35)))

    assert spend.facts.model == "shrunken means"
    assert "only 5 customers" in spend.facts.because


def test_shrunken_means_lie_between_own_and_similar_customers() -> None:
    rows = [("A", d, 100.0 + 20 * d) for d in (1, 2)] + [(f"B{i}", d, 10.0 + i) for i in range(8) for d in (1, 2)]
    frame = pd.DataFrame(rows, columns=["customer_key", "day", "net_amount"])
    frame["day"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(frame["day"], unit="D")
    found = purchase_histories(customer_days(Tables.from_frames({"customer_days": frame})), until=date(2024, 2, 1))

    expected = fit_spend_model(found).expected

    assert 20 < expected[0] < 130
    assert (expected[1:] >= 10).all()


def test_gamma_gamma_gives_newcomers_the_mean_of_the_population(cdnow: pd.DataFrame) -> None:
    days = customer_days(Tables.from_frames({"customer_days": cdnow}))
    found = purchase_histories(days, until=date(1997, 9, 30))

    spend = fit_spend_model(found)

    assert spend.facts.model == "gamma-gamma"
    assert spend.expected[found["n_repeat"] == 0] == pytest.approx(35.17, abs=0.02)


@given(scale=st.floats(1e-3, 1e6))
@settings(max_examples=10, deadline=None)
def test_expected_spend_moves_with_the_currency(scale: float) -> None:
    draw = np.random.default_rng(4)
    n_repeat, amount = draw.poisson(2, 80), draw.gamma(4, 10, 80)

    one = fit_spend_model(histories(n_repeat, amount))
    other = fit_spend_model(histories(n_repeat, amount * scale))

    assert one.facts.model == other.facts.model
    assert other.expected == pytest.approx(one.expected * scale, rel=1e-3)


def test_nobody_spends_nothing() -> None:
    spend = fit_spend_model(histories(np.zeros(0, dtype=int), np.zeros(0)))

    assert spend.facts.model == "none"
    assert len(spend.expected) == 0


def test_buckets_hold_every_count() -> None:
    assert frequency_bucket(np.arange(30)).tolist() == [0, 1, 2, 3, 4, 5, 6, *[7] * 5, *[8] * 14, *[9] * 4]
