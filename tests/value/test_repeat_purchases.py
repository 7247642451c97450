from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmplan.value import repeat_purchases as models
from crmplan.value.purchase_history import Patterns, distinct_patterns

PARAMETERS = {
    "NBD": {"r": 0.385, "alpha": 12.07},
    "BG/NBD": {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426},
    "MBG/NBD": {"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614},
    "Pareto/NBD": {"r": 0.553, "alpha": 10.578, "s": 0.606, "beta": 11.669},
}
LEAVING = [name for name in PARAMETERS if name != "NBD"]


def patterns_of(*rows: tuple[float, float, float]) -> Patterns:
    return distinct_patterns(pd.DataFrame(rows, columns=["n_repeat", "recency_weeks", "age_weeks"]))


def base(n: int, seed: int = 0) -> pd.DataFrame:
    """Customers who buy at random at different rates and fall silent at different times."""
    draw = np.random.default_rng(seed)
    age = draw.integers(1, 105, n).astype("float64")
    x = draw.poisson(draw.gamma(0.6, 0.06, n) * age * draw.random(n))
    recency = np.where(x > 0, np.ceil(age * draw.beta(2, 1, n)), 0)
    return pd.DataFrame({"n_repeat": x, "recency_weeks": recency, "age_weeks": age})


@st.composite
def histories(draw: st.DrawFn) -> Patterns:
    n = draw(st.integers(0, 5000))
    age = draw(st.floats(0, 3000))
    recency = age * draw(st.floats(0, 1)) if n else 0.0
    return Patterns.single(n, recency, age)


parameter_values = st.floats(-6, 4).map(lambda exponent: float(np.exp(exponent)))


@pytest.mark.parametrize("model", list(PARAMETERS))
@given(history=histories(), weeks=st.floats(0.1, 500), values=st.tuples(*[parameter_values] * 4))
@settings(max_examples=60, deadline=None)
def test_probabilities_and_expectations_stay_in_their_bounds(
    model: str, history: Patterns, weeks: float, values: tuple[float, ...]
) -> None:
    parameters = dict(zip(models.REPEAT_MODELS[model], values, strict=False))
    alive = models.alive_probability(model, parameters, history)
    expected = models.expected_purchases(model, parameters, history, np.array([weeks, 2 * weeks]))[:, 0]
    most = (parameters["r"] + history.n_repeat[0]) * weeks / (parameters["alpha"] + history.age_weeks[0])

    assert 0 <= alive[0] <= 1
    assert 0 <= expected[0] <= most * (1 + 1e-9)
    assert expected[0] <= expected[1] + 1e-9 * most


@pytest.mark.parametrize("model", list(PARAMETERS))
@given(history=histories(), values=st.tuples(*[parameter_values] * 4))
@settings(max_examples=60, deadline=None)
def test_likelihoods_and_their_slopes_are_finite_and_agree(
    model: str, history: Patterns, values: tuple[float, ...]
) -> None:
    parameters = dict(zip(models.REPEAT_MODELS[model], values, strict=False))
    found, slopes = models._LAWS[model].scores(parameters, history)
    step = 1e-5
    differences = []
    for name, value in parameters.items():
        sides = [{**parameters, name: value * np.exp(sign * step)} for sign in (1, -1)]
        above, below = (models.log_likelihood(model, side, history)[0] for side in sides)
        differences.append((above - below) / (2 * step))

    assert np.isfinite(found).all()
    assert slopes[0] == pytest.approx(differences, rel=1e-4, abs=1e-4 * (1 + abs(found[0])))


@pytest.mark.parametrize("model", LEAVING)
def test_a_longer_silence_makes_it_less_likely_that_a_customer_is_still_there(model: str) -> None:
    alive = [models.alive_probability(model, PARAMETERS[model], Patterns.single(5, 20, age))[0] for age in (20, 30, 60)]

    assert alive[0] > alive[1] > alive[2]


@pytest.mark.parametrize("model", list(PARAMETERS))
def test_the_unit_of_time_does_not_matter(model: str) -> None:
    weeks = base(400)
    days = weeks.assign(recency_weeks=7 * weeks["recency_weeks"], age_weeks=7 * weeks["age_weeks"])
    in_weeks, in_days = (models.fit_repeat_model(model, distinct_patterns(frame)) for frame in (weeks, days))
    by_week = models.expected_purchases(model, in_weeks.parameters, distinct_patterns(weeks), np.array([26.0]))
    by_day = models.expected_purchases(model, in_days.parameters, distinct_patterns(days), np.array([182.0]))

    assert by_day == pytest.approx(by_week, rel=2e-3)


@pytest.mark.parametrize("model", ["BG/NBD", "MBG/NBD"])
def test_expectations_are_the_mean_over_every_chance_of_leaving(model: str) -> None:
    """Against brute force: customers drawn from the chances that a history leaves open."""
    parameters, history = PARAMETERS[model], Patterns.single(2, 30.43, 38.86)
    draw = np.random.default_rng(1)
    chances = 2 + (model == "MBG/NBD")
    rate = draw.gamma(parameters["r"] + 2, 1 / (parameters["alpha"] + 38.86), 400_000)
    leaves = draw.beta(parameters["a"], parameters["b"] + chances, 400_000)
    simulated = (-np.expm1(-rate * leaves * 52) / leaves).mean()

    expected = models.expected_purchases(model, parameters, history, np.array([52.0]))[0, 0]

    assert expected / models.alive_probability(model, parameters, history)[0] == pytest.approx(simulated, rel=1e-2)


@pytest.mark.parametrize("a", [1.0, 1e-4, 3000.0])
def test_expectations_are_finite_where_the_closed_form_breaks(a: float) -> None:
    parameters = {"r": 1.4, "alpha": 1.4, "a": a, "b": 5000.0}
    history = patterns_of((0, 0, 0), (0, 0, 52), (311, 51.9, 52))

    found = models.expected_purchases("MBG/NBD", parameters, history, np.array([156.0]))

    assert np.isfinite(found).all()
    assert (found > 0).all()


def test_pareto_has_its_likelihood_where_the_textbook_form_has_digits() -> None:
    """The difference of hypergeometric functions of Fader and Hardie (note 009), for histories it can take."""
    from scipy.special import gammaln, hyp2f1

    r, alpha, s, beta = PARAMETERS["Pareto/NBD"].values()
    history = patterns_of((0, 0, 38.86), (2, 30.43, 38.86), (26, 30.86, 31), (5, 10, 39))
    x, last, age = history.n_repeat, history.recency_weeks, history.age_weeks

    def term(time: np.ndarray) -> np.ndarray:
        z = (beta - alpha) / (beta + time)
        return hyp2f1(r + s + x, r + x, r + s + x + 1, z) / (beta + time) ** (r + s + x)

    stayed = (alpha + age) ** -(r + x) * (beta + age) ** -s
    textbook = stayed + s / (r + s + x) * (term(last) - term(age))
    constant = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)

    found = models.log_likelihood("Pareto/NBD", PARAMETERS["Pareto/NBD"], history)

    assert found == pytest.approx(constant + np.log(textbook), abs=1e-10)


def test_all_purchases_to_come_are_those_of_a_long_horizon_discounted() -> None:
    history, rate = patterns_of((0, 0, 30), (7, 35, 77.86)), 0.15
    weeks = np.arange(0, 4000.0)
    path = models.expected_purchases("Pareto/NBD", PARAMETERS["Pareto/NBD"], history, weeks)
    middle = (weeks[1:] + weeks[:-1]) / 2
    summed = (1 + rate) ** (-middle * 7 / 365.25) @ np.diff(path, axis=0)

    found = models.discounted_residual("Pareto/NBD", PARAMETERS["Pareto/NBD"], history, rate)

    assert found == pytest.approx(summed, rel=1e-4)


def test_a_model_without_a_finite_sum_of_all_purchases_says_so() -> None:
    assert models.discounted_residual("MBG/NBD", PARAMETERS["MBG/NBD"], patterns_of((1, 5, 30)), 0.1) is None
    assert models.discounted_residual("Pareto/NBD", PARAMETERS["Pareto/NBD"], patterns_of((1, 5, 30)), 0.0) is None


@pytest.mark.parametrize("model", list(PARAMETERS))
def test_probabilities_of_counts_add_up_to_one(model: str) -> None:
    share = models.count_probability(model, PARAMETERS[model], np.array([0.0, 5.0, 78.0]), 150)

    assert share.sum(axis=1) == pytest.approx(1.0, abs=1e-3)
    assert share[0, 0] == pytest.approx(1.0)


@pytest.mark.parametrize("model", list(PARAMETERS))
def test_expected_counts_agree_with_the_probabilities(model: str) -> None:
    share = models.count_probability(model, PARAMETERS[model], np.array([10.0]), 60)[0]

    mean = models.expected_of_new_customer(model, PARAMETERS[model], np.array([10.0]))[0]

    assert share @ np.arange(61) == pytest.approx(mean, rel=1e-4)


@pytest.mark.parametrize("model", list(PARAMETERS))
def test_weighted_patterns_give_the_estimates_of_all_customers(model: str) -> None:
    frame = base(400)
    grouped = distinct_patterns(frame)
    columns = (frame[name].to_numpy("float64") for name in ("n_repeat", "recency_weeks", "age_weeks"))
    single = Patterns(*columns, np.ones(400), np.arange(400))

    one, other = models.fit_repeat_model(model, grouped), models.fit_repeat_model(model, single)

    assert len(grouped.n_repeat) < 400
    assert one.log_likelihood == pytest.approx(other.log_likelihood, abs=1e-6)
    assert one.parameters == pytest.approx(other.parameters, rel=1e-3)


@pytest.mark.parametrize("model", list(PARAMETERS))
def test_a_search_that_starts_on_a_sample_ends_at_the_same_peak(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    patterns = distinct_patterns(base(3000))
    whole = models.fit_repeat_model(model, patterns)
    monkeypatch.setattr(models, "_MANY", 500)
    monkeypatch.setattr(models, "_FEW", 300)

    by_sample = models.fit_repeat_model(model, patterns)

    assert by_sample.is_usable
    assert by_sample.log_likelihood == pytest.approx(whole.log_likelihood, abs=1e-4)


def test_a_sample_stands_for_every_customer_and_is_always_the_same() -> None:
    patterns = distinct_patterns(base(3000))
    some, again = models.sample_of(patterns, 200), models.sample_of(patterns, 200)

    assert some.n_customers.sum() == pytest.approx(3000)
    assert len(some.n_repeat) <= 200
    assert (some.n_repeat == again.n_repeat).all()
    mean, whole = (p.n_repeat @ p.n_customers / p.n_customers.sum() for p in (some, patterns))
    assert mean == pytest.approx(whole, rel=0.1)
