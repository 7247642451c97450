from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmplan.value.renewals import (
    RENEWAL_MODELS,
    Durations,
    durations,
    expected_residual,
    fit_renewals,
    kaplan_meier,
    log_survival,
)

positive = st.floats(0.01, 50)


def drawn(alpha: float, beta: float, n: int, periods: int, seed: int = 0) -> Durations:
    """Contracts whose chances of ending differ as the model says, seen for so many periods."""
    draw = np.random.default_rng(seed)
    ends = draw.geometric(np.clip(draw.beta(alpha, beta, n), 1e-9, 1))
    return durations(np.where(ends <= periods, ends, periods), ends <= periods)


def test_kaplan_meier_is_the_product_of_those_who_stayed() -> None:
    """Ten contracts: two end in period 1, one is last seen after it, one ends in period 2, six run on."""
    found = kaplan_meier(durations([1, 1, 1, 2, *[2] * 6], [True, True, False, True, *[False] * 6]))

    assert found["n_at_risk"].tolist() == [10, 7]
    assert found["n_ended"].tolist() == [2, 1]
    assert found["survival_share"].tolist() == pytest.approx([0.8, 0.8 * 6 / 7])
    assert (found["low"] < found["survival_share"]).all()
    assert (found["high"] > found["survival_share"]).all()


def test_contracts_seen_for_less_than_a_period_tell_nothing() -> None:
    assert kaplan_meier(durations([0, 0], [False, False])).empty


@pytest.mark.parametrize("model", list(RENEWAL_MODELS))
def test_known_parameters_are_recovered(model: str) -> None:
    fit = fit_renewals(model, drawn(1.5, 6.0, 20_000, 12))
    sd = np.sqrt(np.diag(fit.covariance))

    assert fit.is_usable
    truth = {"alpha": 1.5, "beta": 6.0, "c": 1.0}
    for (name, value), error in zip(fit.parameters.items(), sd, strict=True):
        assert abs(np.log(value / truth[name])) < 4 * error


def test_the_richer_model_never_fits_worse() -> None:
    seen = drawn(0.7, 1.2, 500, 8)

    assert fit_renewals("BdW", seen).log_likelihood >= fit_renewals("sBG", seen).log_likelihood - 1e-6


@pytest.mark.parametrize("model", list(RENEWAL_MODELS))
@given(alpha=positive, beta=positive, c=st.floats(0.2, 5))
@settings(max_examples=60, deadline=None)
def test_survival_falls_from_one_and_stays_above_zero(model: str, alpha: float, beta: float, c: float) -> None:
    parameters = dict(zip(RENEWAL_MODELS[model], (alpha, beta, c), strict=False))
    survival = log_survival(parameters, np.arange(200))

    assert survival[0] == pytest.approx(0.0, abs=1e-9)
    assert np.isfinite(survival).all()
    assert (np.diff(survival) <= 1e-9).all()


@given(alpha=positive, beta=positive, rate=st.floats(0.01, 1))
@settings(max_examples=40, deadline=None)
def test_a_longer_stay_so_far_promises_a_longer_one_to_come(alpha: float, beta: float, rate: float) -> None:
    parameters = {"alpha": alpha, "beta": beta}
    found = [expected_residual(parameters, age, rate) for age in (1, 2, 10)]

    assert 0 < found[0] <= found[1] <= found[2] <= (1 + rate) / rate + 1e-9


def test_contracts_of_which_none_ended_have_parameters_at_a_bound() -> None:
    fit = fit_renewals("sBG", durations([5] * 50, [False] * 50))

    assert fit.at_bound or fit.loose
    assert np.exp(log_survival(fit.parameters, 5)) > 0.99
