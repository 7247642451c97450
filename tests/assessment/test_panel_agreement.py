from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.stats import friedmanchisquare

from crmplan.assessment.panel_agreement import kendall_w, krippendorff_alpha, panel_agreement

_ = math.nan
# Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), section C: four observers, twelve units.
PUBLISHED = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, _, _, _],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, _, 3],
        [_, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, _],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, _],
    ]
).T


def test_alpha_is_that_of_the_published_example() -> None:
    assert krippendorff_alpha(PUBLISHED) == pytest.approx(0.815, abs=0.0005)


# alpha(reliability_data=m.T, level_of_measurement="ordinal") of the package krippendorff 0.9.0, run on its own on the
# tables that `drawn` makes.
INDEPENDENT = {
    0: 0.8717468199702051, 1: 0.706578947368421, 2: 0.8111897787423457, 3: 0.765176600441501, 4: 0.868056815164504,
    5: 0.7803334915361494,
}  # fmt: skip


def drawn(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    q, p = int(rng.integers(3, 12)), int(rng.integers(3, 9))
    base = rng.integers(0, 6, size=(q, 1)).astype(float)
    m = np.clip(base + rng.integers(-1, 2, size=(q, p)), 0, 5)
    if seed % 2:
        m = np.clip(m + rng.choice([0, 0.5], size=m.shape), 0, 5)
    m[rng.random(m.shape) < 0.25] = np.nan
    return m


@pytest.mark.parametrize("seed", sorted(INDEPENDENT))
def test_alpha_is_that_of_an_independent_implementation(seed: int) -> None:
    assert krippendorff_alpha(drawn(seed)) == pytest.approx(INDEPENDENT[seed], abs=1e-12)


def test_alpha_misleads_where_nearly_everybody_agrees_and_the_share_beside_it_does_not() -> None:
    rows = [(f"q{q}", f"r{r}", 3.0 if (q, r) != (0, 0) else 4.0) for q in range(6) for r in range(6)]
    found = panel_agreement(pd.DataFrame(rows, columns=["question", "respondent", "value"]))
    assert found.alpha < 0.05
    assert found.share_within == 1.0
    assert found.average_deviation == pytest.approx((1 / 6) / 6)


@pytest.mark.parametrize("levels", [np.full((3, 3), 2.0), np.array([[1.0, _], [_, 2.0]]), np.empty((0, 0))])
def test_alpha_is_missing_where_there_is_nothing_to_compare(levels: np.ndarray) -> None:
    assert math.isnan(krippendorff_alpha(levels))


@settings(max_examples=40, deadline=None)
@given(arrays.arrays(float, (5, 4), elements=st.sampled_from([0.0, 1, 2, 3, 4, 5, _])))
def test_alpha_is_at_most_one_and_blind_to_the_order_of_people_and_questions(levels: np.ndarray) -> None:
    alpha = krippendorff_alpha(levels)
    assert math.isnan(alpha) or alpha <= 1.0
    turned = krippendorff_alpha(levels[::-1, ::-1])
    assert (math.isnan(alpha) and math.isnan(turned)) or turned == pytest.approx(alpha)


@pytest.mark.parametrize("seed", range(5))
def test_kendalls_w_is_friedmans_chi_square_over_its_greatest_value(seed: int) -> None:
    rng = np.random.default_rng(seed)
    levels = rng.integers(0, 5, size=(6, 4)).astype(float)
    chi_square = friedmanchisquare(*levels).statistic
    assert kendall_w(levels) == pytest.approx(chi_square / (4 * (6 - 1)), abs=1e-12)


def test_kendalls_w_of_a_case_counted_by_hand() -> None:
    # Three people rank four things: 1234, 1243, 2134. Rank sums 4, 5, 10, 11; S = 12.25 + 6.25 + 6.25 + 12.25 = 37.
    ranks = np.array([[1.0, 1, 2], [2, 2, 1], [3, 4, 3], [4, 3, 4]])
    assert kendall_w(ranks) == pytest.approx(12 * 37 / (9 * (64 - 4)))


@pytest.mark.parametrize("levels", [np.full((3, 3), 2.0), np.ones((1, 3)), np.ones((3, 1))])
def test_kendalls_w_is_missing_where_nothing_is_ranked(levels: np.ndarray) -> None:
    assert math.isnan(kendall_w(levels))


def answers_of(levels: np.ndarray) -> pd.DataFrame:
    rows = [(f"q{q:02d}", f"r{r}", value) for q, row in enumerate(levels) for r, value in enumerate(row)]
    return pd.DataFrame(rows, columns=["question", "respondent", "value"])


def test_a_panel_is_described_with_intervals_around_its_coefficients() -> None:
    found = panel_agreement(answers_of(PUBLISHED))
    assert (found.n_people, found.n_questions) == (4, 12)
    assert found.alpha_low < found.alpha < found.alpha_high <= 1.0
    # Eight things that all four judged: two are left out by their gaps, one by observer C's.
    assert (found.n_ranked, found.n_rankers) == (8, 4)
    assert found.w_low <= found.w <= found.w_high


def test_intervals_come_again_with_the_same_seed_and_whatever_the_order_of_answers() -> None:
    answers = answers_of(drawn(4))
    assert panel_agreement(answers, seed=3) == panel_agreement(answers.sample(frac=1, random_state=1), seed=3)


@pytest.mark.parametrize("levels", [np.array([[2.0, _]]), np.array([[_, _]])])
def test_too_little_is_an_answer(levels: np.ndarray) -> None:
    found = panel_agreement(answers_of(levels))
    assert math.isnan(found.alpha)
    assert math.isnan(found.w)
    assert math.isnan(found.share_within)
