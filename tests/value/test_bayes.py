from __future__ import annotations

import importlib.util

import numpy as np
import pandas as pd
import pytest

from crmplan.errors import MissingExtraError, NotEnoughDataError, UnknownNameError
from crmplan.value import Value, bayes
from crmplan.value.bayes import _customers, posterior_model
from crmplan.value.purchase_history import Patterns, distinct_patterns
from crmplan.value.repeat_models import POSTERIOR
from crmplan.value.repeat_purchases import fit_repeat_model
from tests.value.conftest import value_of

IS_INSTALLED = importlib.util.find_spec("pymc_marketing") is not None


@pytest.fixture(scope="module")
def patterns() -> Patterns:
    draw = np.random.default_rng(1)
    age = draw.integers(20, 100, 400).astype("float64")
    stays = np.minimum(draw.exponential(60, 400), age)
    x = draw.poisson(draw.gamma(0.8, 0.1, 400) * stays)
    recency = np.where(x > 0, np.ceil(stays * draw.random(400) ** (1 / np.maximum(x, 1))), 0)
    frame = pd.DataFrame({"n_repeat": x, "recency_weeks": np.minimum(recency, age), "age_weeks": age})
    return distinct_patterns(frame)


@pytest.mark.skipif(IS_INSTALLED, reason="pymc-marketing is installed here")
def test_without_the_library_the_line_that_installs_it_is_told(patterns: Patterns) -> None:
    with pytest.raises(MissingExtraError, match=r'pip install "crmplan\[bayes\]"'):
        posterior_model("MBG/NBD", patterns, seed=1)


def test_a_model_that_the_library_does_not_have_is_named(patterns: Patterns) -> None:
    with pytest.raises(UnknownNameError, match="NBD"):
        posterior_model("NBD", patterns, seed=1)


def test_every_customer_is_handed_over_once(patterns: Patterns) -> None:
    customers = _customers(patterns)

    assert len(customers) == patterns.total
    assert customers["frequency"].sum() == patterns.n_repeat @ patterns.n_customers
    assert customers["customer_id"].is_unique


@pytest.mark.skipif(not IS_INSTALLED, reason='needs pymc-marketing: pip install "crmplan[bayes]"')
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_the_posterior_lies_around_our_estimate(patterns: Patterns) -> None:
    model = posterior_model("BG/NBD", patterns, seed=1, draws=300, tune=500)
    ours = fit_repeat_model("BG/NBD", patterns)

    assert model.fit.is_usable
    assert model.expected(patterns, 52.0).sum() > 0
    assert abs(np.log(model.fit.parameters["r"] / ours.parameters["r"])) < 4 * np.sqrt(ours.covariance[0, 0])
    assert model.fit.log_likelihood > ours.log_likelihood - 5


@pytest.mark.skipif(not IS_INSTALLED, reason='needs pymc-marketing: pip install "crmplan[bayes]"')
def test_too_little_data_is_told_before_anything_is_drawn() -> None:
    with pytest.raises(NotEnoughDataError, match="too little data"):
        posterior_model("BG/NBD", Patterns.single(1, 2, 3), seed=1)


@pytest.mark.skipif(IS_INSTALLED, reason="pymc-marketing is installed here")
def test_a_pinned_posterior_without_the_library_ends_before_anything_is_computed(simulated: pd.DataFrame) -> None:
    with pytest.raises(MissingExtraError, match=r'pip install "crmplan\[bayes\]"'):
        value_of(simulated, repeat_model="MBG/NBD posterior")


def test_a_pinned_posterior_is_used_like_any_other_model(
    simulated: pd.DataFrame, valued: Value, monkeypatch: pytest.MonkeyPatch
) -> None:
    centre = np.log([0.7, 9.0, 0.5, 1.1])
    draws = np.exp(centre + 0.05 * np.random.default_rng(1).standard_normal((500, 4)))
    monkeypatch.setattr(bayes, "needs_posterior", lambda pinned: pinned.endswith(POSTERIOR))
    monkeypatch.setattr(bayes.importlib.util, "find_spec", lambda name: object())
    monkeypatch.setattr(bayes, "_drawn", lambda *args, **options: (draws, 1.0))
    monkeypatch.setattr("crmplan.value.estimate.needs_posterior", lambda pinned: None)

    found = value_of(simulated, repeat_model="MBG/NBD posterior")

    assert found.chosen_model == "MBG/NBD"
    assert "posterior of MBG/NBD" in found.chosen_because
    assert list(found.parameters["MBG/NBD"].values()) == pytest.approx([0.7, 9.0, 0.5, 1.1], rel=0.01)
    assert found.customers["value"].sum() != pytest.approx(valued.customers["value"].sum(), rel=1e-3)
    assert np.isfinite(found.customers[["value", "value_low", "value_high", "parameter_sd"]]).all(axis=None)
    assert {"MBG/NBD", "MBG/NBD, most likely"} < set(found.models["model"])
    assert found.coverage.n_cut_offs > 0
    assert found.second_opinion["model"].is_unique


@pytest.mark.skipif(not IS_INSTALLED, reason='needs pymc-marketing: pip install "crmplan[bayes]"')
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_the_posterior_of_the_library_values_customers_about_as_our_estimate_does(simulated: pd.DataFrame) -> None:
    posterior = value_of(simulated, repeat_model="MBG/NBD posterior")
    ours = value_of(simulated, repeat_model="MBG/NBD")

    assert posterior.equity.total == pytest.approx(ours.equity.total, rel=0.1)
    assert "pymc-marketing" in posterior.chosen_because
