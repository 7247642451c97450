from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmplan.value.fitting import Fit
from crmplan.value.ranges import LEVELS, group_sd, ranges, relative_spend_variance, widened
from crmplan.value.repeat_models import RepeatModel
from tests.value.test_simulation import PATTERNS, model


def with_doubt(size: float) -> RepeatModel:
    fitted = model("MBG/NBD")
    fit: Fit = replace(fitted.fit, covariance=np.eye(4) * size)
    return replace(fitted, fit=fit)


def test_a_range_meant_for_more_cases_holds_the_one_meant_for_fewer() -> None:
    found = ranges(model("MBG/NBD"), PATTERNS, 52.0, spend_variance=0.3, seed=1)

    for low, high in ((found.n_low, found.n_high), (found.low, found.high)):
        assert low.shape == (len(LEVELS), 3)
        assert (np.diff(low, axis=0) <= 0).all()
        assert (np.diff(high, axis=0) >= 0).all()


def test_doubt_about_parameters_reaches_the_forecast() -> None:
    sure, unsure = (ranges(with_doubt(size), PATTERNS, 52.0, spend_variance=0.0, seed=1) for size in (0.0, 0.1))

    assert (sure.parameter_sd == 0).all()
    assert (unsure.parameter_sd > 0).all()


def test_the_same_seed_gives_the_same_ranges() -> None:
    one, other = (ranges(model("Pareto/NBD"), PATTERNS, 26.0, spend_variance=0.2, seed=3) for _ in range(2))

    assert one.high == pytest.approx(other.high, rel=0)


def test_spend_that_never_varies_has_no_variance() -> None:
    same = pd.DataFrame({"n_purchases": [2, 3], "revenue": [20.0, 30.0], "squared_spend": [200.0, 300.0]})
    differs = pd.DataFrame({"n_purchases": [2, 1], "revenue": [20.0, 9.0], "squared_spend": [15.0**2 + 25.0, 81.0]})

    assert relative_spend_variance(same) == 0
    assert relative_spend_variance(differs) == pytest.approx((250 - 200) / 10**2)
    assert relative_spend_variance(differs.iloc[1:]) == 0


@given(factor=st.floats(1.0, 5.0), mean=st.floats(0, 10), low=st.floats(0, 10), high=st.floats(0, 10))
@settings(max_examples=60, deadline=None)
def test_widening_never_narrows_and_never_goes_below_nothing(
    factor: float, mean: float, low: float, high: float
) -> None:
    ends = np.array([min(low, high)]), np.array([max(low, high)])
    wide_low, wide_high = widened(np.array([mean]), *ends, factor)

    assert 0 <= wide_low[0] <= ends[0][0]
    assert wide_high[0] >= ends[1][0]


def test_chance_averages_out_over_customers_and_wrong_parameters_do_not() -> None:
    chance, parameters = np.full(100, 1.0), np.full(100, 1.0)

    assert group_sd(chance, 0 * parameters) == pytest.approx(10)
    assert group_sd(0 * chance, parameters) == pytest.approx(100)
