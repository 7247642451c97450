from __future__ import annotations

import numpy as np
import pytest

from crmplan.value.fitting import maximise


def bowl(log_parameters: np.ndarray) -> float:
    return -float(((log_parameters - np.array([0.5, -1.0])) ** 2).sum())


def test_the_peak_is_found_from_any_start() -> None:
    fit = maximise(bowl, names=["x", "y"], starts=[[20.0, 20.0], [0.01, 0.01]], n=100)

    assert fit.status == "converged"
    assert fit.parameters == pytest.approx({"x": np.exp(0.5), "y": np.exp(-1.0)}, rel=1e-4)
    assert fit.log_likelihood == pytest.approx(0.0, abs=1e-8)


def test_covariance_is_the_inverse_of_the_curvature() -> None:
    fit = maximise(bowl, names=["x", "y"], starts=[[1.0, 1.0]], n=100)

    assert np.diag(fit.covariance) == pytest.approx([1 / 200, 1 / 200], rel=1e-4)


def test_a_false_report_of_success_is_noticed_and_the_search_goes_on() -> None:
    """The gradient says that the start is the peak, so the optimiser is content; the likelihood says otherwise."""
    fit = maximise(
        lambda x: -float((x[0] - 3.0) ** 2),
        names=["x"],
        starts=[[1.0]],
        n=100,
        gradient=lambda x: -2 * (x - 3.0) if x[0] > 0.5 else np.zeros(1),
    )

    assert fit.status == "converged"
    assert fit.parameters["x"] == pytest.approx(np.exp(3.0), rel=1e-3)


def test_success_that_cannot_be_confirmed_is_not_believed() -> None:
    fit = maximise(lambda x: float(x[0] % 1.0), names=["x"], starts=[[2.0]], n=100, gradient=lambda x: np.zeros(1))

    assert fit.status == "not converged although the optimiser reported success"
    assert not fit.is_usable


def test_an_optimiser_that_complains_at_the_peak_is_overruled() -> None:
    """Noise in the last digits makes a line search fail although nothing is left to gain."""
    noise = np.random.default_rng(0)

    fit = maximise(
        lambda x: bowl(x) + noise.normal(0, 1e-13), names=["x", "y"], starts=[[1.0, 1.0]], n=10,
        gradient=lambda x: -2 * (x - np.array([0.5, -1.0])) * (1 + 1e-6),
    )  # fmt: skip

    assert fit.is_usable
    assert fit.parameters["x"] == pytest.approx(np.exp(0.5), rel=1e-3)


def test_parameters_that_run_away_are_named() -> None:
    fit = maximise(
        lambda x: float(x[0] - x[1] ** 2), names=["up", "fixed"], starts=[[1.0, 2.0]], n=10, most={"up": 7.0}
    )

    assert fit.at_bound == ("up",)
    assert fit.status == "at a bound"
    assert fit.parameters["up"] == pytest.approx(7.0)


def test_a_direction_without_information_is_named() -> None:
    fit = maximise(lambda x: -float((x[0] - x[1]) ** 2), names=["x", "y"], starts=[[1.0, 3.0]], n=100)

    assert set(fit.loose) == {"x", "y"}
    assert np.isfinite(fit.covariance).all()


def test_a_likelihood_that_cannot_be_computed_claims_nothing() -> None:
    fit = maximise(lambda x: float("nan"), names=["x"], starts=[[1.0]], n=10)

    assert not fit.is_usable
    assert np.isnan(fit.log_likelihood)


def test_ratios_change_the_search_and_not_the_answer() -> None:
    plain = maximise(bowl, names=["x", "y"], starts=[[1.0, 1.0]], n=100)
    slanted = maximise(bowl, names=["x", "y"], starts=[[1.0, 1.0]], n=100, ratios={"y": "x"})

    assert slanted.parameters == pytest.approx(plain.parameters, rel=1e-4)
    assert slanted.covariance == pytest.approx(plain.covariance, abs=1e-6)
