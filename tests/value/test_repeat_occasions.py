from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmplan.value import occasions
from crmplan.value.fitting import Fit
from crmplan.value.fixed_occasions import PERIOD_WEEKS
from crmplan.value.purchase_history import Patterns
from crmplan.value.repeat_models import RepeatModel
from crmplan.value.repeat_occasions import occasions_of
from crmplan.value.simulation import draw_purchases, draw_stays

PARAMETERS = {"alpha": 1.2, "beta": 0.75, "gamma": 0.66, "delta": 2.8}
YEAR = PERIOD_WEEKS["yearly"]
PATTERNS = Patterns(
    np.array([0.0, 2.0, 6.0]), YEAR * np.array([0.0, 4.0, 6.0]), YEAR * np.full(3, 6.0), np.ones(3), np.arange(3)
)


def model(parameters: dict[str, float] = PARAMETERS) -> RepeatModel:
    return RepeatModel("BG/BB yearly", Fit(parameters, -1.0, np.zeros((4, 4)), "converged", 0.0), 3)


def test_whole_occasions_are_those_of_the_model_itself() -> None:
    history = occasions_of(PATTERNS, YEAR)

    assert model().expected(PATTERNS, 5 * YEAR) == pytest.approx(occasions.expected_purchases(PARAMETERS, history, 5))
    assert model().alive(PATTERNS) == pytest.approx(occasions.alive_probability(PARAMETERS, history))
    assert model().log_likelihood(PATTERNS) == pytest.approx(occasions.scores(PARAMETERS, history)[0])


def test_between_two_occasions_a_forecast_grows_evenly() -> None:
    path = model().expected_path(PATTERNS, YEAR * np.array([0.0, 2.0, 2.5, 3.0]))

    assert path[0] == pytest.approx(0)
    assert path[2] == pytest.approx((path[1] + path[3]) / 2)


def test_draws_come_to_what_the_formula_expects() -> None:
    drawn = draw_purchases(model(), PATTERNS, 4.5 * YEAR, factors=np.ones((40_000, 3)), random=np.random.default_rng(1))

    assert drawn.mean(axis=0) == pytest.approx(model().expected(PATTERNS, 4.5 * YEAR), rel=0.05)
    assert drawn.max() <= 5


def test_fewer_stay_longer_and_nobody_stays_who_was_gone() -> None:
    soon, later = (draw_stays(model(), PATTERNS, years * YEAR, n_draws=400, seed=1) for years in (1, 6))

    assert (later <= soon).all()
    assert (soon <= model().alive(PATTERNS) + 1e-12).all()


@settings(max_examples=40, deadline=None)
@given(
    parameters=st.tuples(*[st.floats(0.01, 200.0)] * 4),
    history=st.integers(0, 500).flatmap(
        lambda n: st.integers(0, n).flatmap(
            lambda last: st.tuples(st.integers(min(last, 1), max(last, 0)), st.just(last), st.just(n))
        )
    ),
    years=st.floats(0, 40),
)
def test_probabilities_and_expectations_stay_in_their_bounds(
    parameters: tuple[float, ...], history: tuple[int, int, int], years: float
) -> None:
    x, last, n = history
    pattern = Patterns.single(x, last * YEAR, n * YEAR)
    one = model(dict(zip(PARAMETERS, parameters, strict=True)))

    assert 0 <= one.alive(pattern)[0] <= 1
    assert 0 <= one.expected(pattern, years * YEAR)[0] <= years + 1e-9
    assert np.isfinite(one.log_likelihood(pattern)).all()


def test_probabilities_of_counts_add_up_to_one() -> None:
    shares = model().count_probability(YEAR * np.array([0.0, 1.0, 6.0]), 6)

    assert shares.sum(axis=1) == pytest.approx(1)
    assert shares[0, 0] == 1
