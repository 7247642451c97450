from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmplan.value.fitting import Fit
from crmplan.value.lifetime_value import months_later, outlook
from crmplan.value.purchase_history import Patterns
from crmplan.value.repeat_models import RepeatModel

FIT = Fit({"r": 0.553, "alpha": 10.578, "s": 0.606, "beta": 11.669}, -1.0, np.zeros((4, 4)), "converged", 0.0)
MODEL = RepeatModel("Pareto/NBD", FIT, 100)
HISTORY = Patterns.single(5, 30, 39)


def ahead(months: int = 24, rate: float = 0.1) -> tuple[float, float]:
    found = outlook(MODEL, HISTORY, as_of=date(2024, 1, 31), horizon_months=months, annual_discount_rate=rate)
    return float(found.purchases[0]), float(found.discounted[0])


def test_months_end_on_days_that_exist() -> None:
    assert months_later(date(2023, 10, 31), 4) == date(2024, 2, 29)
    assert months_later(date(2024, 1, 15), 36) == date(2027, 1, 15)


def test_without_discount_a_purchase_counts_in_full() -> None:
    purchases, discounted = ahead(rate=0.0)

    assert discounted == pytest.approx(purchases, rel=1e-12)


def test_purchases_until_the_horizon_do_not_depend_on_the_steps() -> None:
    weeks = (months_later(date(2024, 1, 31), 24) - date(2024, 1, 31)).days / 7

    assert ahead()[0] == pytest.approx(MODEL.expected(HISTORY, weeks)[0])


@given(low=st.floats(0, 0.5), more=st.floats(0.001, 0.4), months=st.integers(1, 60))
@settings(max_examples=25, deadline=None)
def test_value_falls_with_the_discount_rate_and_grows_with_the_horizon(low: float, more: float, months: int) -> None:
    assert ahead(months, low + more)[1] < ahead(months, low)[1]
    assert ahead(months + 1, low)[1] > ahead(months, low)[1]


def test_a_year_of_even_purchases_loses_about_half_a_years_discount() -> None:
    purchases, discounted = ahead(months=12, rate=0.1)

    assert 1.1**-0.6 < discounted / purchases < 1.1**-0.4
