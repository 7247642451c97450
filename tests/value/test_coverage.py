from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from crmplan.tables import Tables
from crmplan.value.coverage import Coverage, _stretch, measure_coverage
from crmplan.value.purchase_history import customer_days
from crmplan.value.rolling import CutOff, roll
from tests.value.conftest import AS_OF


@pytest.fixture(scope="module")
def cuts(simulated: pd.DataFrame) -> tuple[CutOff, ...]:
    days = customer_days(Tables.from_frames({"customer_days": simulated}))
    return roll(days, first=date(2022, 1, 1), until=AS_OF)[1]


def test_ranges_of_customers_who_behave_as_the_model_says_hold_them(cuts: tuple[CutOff, ...]) -> None:
    found = measure_coverage("MBG/NBD", cuts, seed=1)
    customers = found.table[found.table["of"] == "purchases of a customer"].set_index("level")["measured"]

    assert found.n_cut_offs == len(cuts)
    assert customers[0.80] > 0.75
    assert customers[0.95] > 0.90
    assert customers.is_monotonic_increasing


def test_measured_shares_and_factors_stay_in_bounds(cuts: tuple[CutOff, ...]) -> None:
    found = measure_coverage("Pareto/NBD", cuts, seed=1)

    assert found.table["measured"].between(0, 1).all()
    assert (found.table["factor"] >= 1).all()
    assert found.base_factor >= 1


def test_without_a_check_nothing_is_widened(cuts: tuple[CutOff, ...]) -> None:
    for found in (measure_coverage("MBG/NBD", (), seed=1), measure_coverage("unheard of", cuts, seed=1)):
        assert found.n_cut_offs == 0
        assert (found.group_factor, found.base_factor) == (1.0, 1.0)
        assert found.table.empty
    assert Coverage().customer_factors == (1.0, 1.0, 1.0)


def test_a_range_is_stretched_around_its_mean_until_it_holds_what_happened() -> None:
    mean, low, high = np.full(4, 2.0), np.full(4, 1.0), np.full(4, 4.0)

    needed = _stretch(mean, low, high, np.array([3.0, 8.0, 0.0, 4.0]))

    assert needed == pytest.approx([0.0, 3.0, 2.0, 0.0])
    assert np.isinf(_stretch(mean, low, np.full(4, 2.0), np.full(4, 3.0))).all()
