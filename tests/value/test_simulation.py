from __future__ import annotations

import numpy as np
import pytest

from crmplan.value.fitting import Fit
from crmplan.value.purchase_history import Patterns
from crmplan.value.repeat_models import RepeatModel
from crmplan.value.simulation import draw_purchases, draw_stays

PARAMETERS = {
    "BG/NBD": {"r": 0.8, "alpha": 6.0, "a": 0.8, "b": 2.5},
    "MBG/NBD": {"r": 0.8, "alpha": 6.0, "a": 0.8, "b": 2.5},
    "Pareto/NBD": {"r": 0.8, "alpha": 6.0, "s": 0.9, "beta": 20.0},
}
PATTERNS = Patterns(
    np.array([0.0, 2.0, 9.0]), np.array([0.0, 10.0, 38.0]), np.array([30.0, 30.0, 40.0]), np.ones(3), np.arange(3)
)


def model(name: str) -> RepeatModel:
    return RepeatModel(name, Fit(PARAMETERS[name], -1.0, np.zeros((4, 4)), "converged", 0.0), 3)


@pytest.mark.parametrize("name", PARAMETERS)
def test_draws_come_to_what_the_formula_expects(name: str) -> None:
    drawn = draw_purchases(model(name), PATTERNS, 52.0, factors=np.ones((20_000, 3)), random=np.random.default_rng(1))

    assert drawn.mean(axis=0) == pytest.approx(model(name).expected(PATTERNS, 52.0), rel=0.05)
    assert (drawn >= 0).all()


@pytest.mark.parametrize("name", PARAMETERS)
def test_who_stays_was_a_customer_before_and_fewer_stay_longer(name: str) -> None:
    soon, later = (draw_stays(model(name), PATTERNS, weeks, n_draws=400, seed=1) for weeks in (4.0, 104.0))

    assert (later <= soon).all()
    assert (soon <= model(name).alive(PATTERNS) + 1e-12).all()
    assert (later >= 0).all()
