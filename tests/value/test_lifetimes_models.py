from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmplan.value import lifetimes_models as models
from crmplan.value import pareto
from crmplan.value.purchase_history import Patterns, distinct_patterns

PARAMETERS = {
    "BG/NBD": {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426},
    "MBG/NBD": {"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614},
    "Pareto/NBD": {"r": 0.553, "alpha": 10.578, "s": 0.606, "beta": 11.669},
}
CHECK_IMPORT = """
import sys, warnings
import pandas as pd
warnings.simplefilter("error")
warnings.filterwarnings("ignore", message="harmless")
pd.set_option("display.width", 99)
filters = list(warnings.filters)
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    options = {name: pd.get_option(name) for name in ("mode.chained_assignment", "display.width")}
from crmplan.value import lifetimes_models as models
assert "lifetimes" not in sys.modules
from crmplan.value.purchase_history import Patterns
import numpy as np
x, t_x = np.array([0.0, 1.0, 3.0]), np.array([0.0, 4.0, 9.0])
patterns = Patterns(x, t_x, np.full(3, 10.0), np.full(3, 9.0), np.arange(3))
for name in models.REPEAT_MODELS:
    models.fit_repeat_model(name, patterns)
assert "lifetimes" in sys.modules
assert list(warnings.filters) == filters, "warning filters changed"
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    assert options == {name: pd.get_option(name) for name in options}, "pandas options changed"
print("unchanged")
"""


def test_lifetimes_leaves_warning_filters_and_pandas_options_unchanged() -> None:
    run = subprocess.run([sys.executable, "-c", CHECK_IMPORT], capture_output=True, text=True, check=False)

    assert run.stdout.strip() == "unchanged", run.stderr


def patterns_of(*rows: tuple[float, float, float]) -> Patterns:
    return distinct_patterns(pd.DataFrame(rows, columns=["n_repeat", "recency_weeks", "age_weeks"]))


@st.composite
def histories(draw: st.DrawFn) -> Patterns:
    n = draw(st.integers(0, 400))
    age = draw(st.floats(0, 600))
    recency = age * draw(st.floats(0, 1)) if n else 0.0
    return Patterns.single(n, recency, age)


@pytest.mark.parametrize("model", list(PARAMETERS))
@given(history=histories(), weeks=st.floats(0.1, 500))
@settings(max_examples=40, deadline=None)
def test_probabilities_and_expectations_stay_in_their_bounds(model: str, history: Patterns, weeks: float) -> None:
    parameters = PARAMETERS[model]
    alive = models.alive_probability(model, parameters, history)
    expected = models.expected_purchases(model, parameters, history, np.array([weeks, 2 * weeks]))[:, 0]
    most = (parameters["r"] + history.n_repeat[0]) * weeks / (parameters["alpha"] + history.age_weeks[0])

    assert 0 <= alive[0] <= 1
    assert 0 <= expected[0] <= most * (1 + 1e-9)
    assert expected[0] <= expected[1] + 1e-12


@pytest.mark.parametrize("model", list(PARAMETERS))
def test_a_longer_silence_makes_it_less_likely_that_a_customer_is_still_there(model: str) -> None:
    alive = [models.alive_probability(model, PARAMETERS[model], Patterns.single(5, 20, age))[0] for age in (20, 30, 60)]

    assert alive[0] > alive[1] > alive[2]


@pytest.mark.parametrize("model", ["BG/NBD", "MBG/NBD"])
def test_closed_form_and_integral_agree(model: str) -> None:
    history = patterns_of((0, 0, 39), (2, 30.43, 38.86), (12, 35, 39), (80, 39, 39.5))
    weeks = np.array([[4.0], [39.0], [150.0]])
    alive = models.alive_probability(model, PARAMETERS[model], history)
    integral = alive * models._if_alive(model, PARAMETERS[model], history, np.arange(4), weeks)

    closed = models.expected_purchases(model, PARAMETERS[model], history, weeks[:, 0])

    assert closed == pytest.approx(integral, rel=2e-4)


@pytest.mark.parametrize("a", [1.0, 1e-4, 3000.0])
def test_expectations_are_finite_where_the_closed_form_breaks(a: float) -> None:
    parameters = {"r": 1.4, "alpha": 1.4, "a": a, "b": 5000.0}
    history = patterns_of((0, 0, 0), (0, 0, 52), (311, 51.9, 52))

    found = models.expected_purchases("MBG/NBD", parameters, history, np.array([156.0]))

    assert np.isfinite(found).all()
    assert (found > 0).all()


def test_our_pareto_agrees_with_that_of_lifetimes() -> None:
    parameters = PARAMETERS["Pareto/NBD"]
    fitter = models._fitter("Pareto/NBD", parameters)
    history = patterns_of((0, 0, 38.86), (2, 30.43, 38.86), (26, 30.86, 31), (5, 10, 39))
    arguments = (history.n_repeat, history.recency_weeks, history.age_weeks)

    likelihood = fitter._conditional_log_likelihood(tuple(parameters.values()), *arguments)
    assert pareto.log_likelihood(parameters, history) == pytest.approx(likelihood, abs=1e-9)
    alive = fitter.conditional_probability_alive(*arguments)
    assert pareto.alive_probability(parameters, history) == pytest.approx(alive, abs=1e-9)
    bought = fitter.conditional_expected_number_of_purchases_up_to_time(52, *arguments)
    ours = models.expected_purchases("Pareto/NBD", parameters, history, np.array([52.0]))[0]
    assert ours == pytest.approx(bought, rel=1e-9)


def test_pareto_survives_hundreds_of_purchases() -> None:
    history = patterns_of((300, 51, 52), (3000, 51, 52), (0, 0, 0))
    found = pareto.log_likelihood({"r": 1.4, "alpha": 1.4, "s": 0.3, "beta": 15.0}, history)

    assert np.isfinite(found).all()


@pytest.mark.parametrize("model", ["BG/NBD", "MBG/NBD"])
def test_probabilities_of_counts_add_up_to_one(model: str) -> None:
    share = models.count_probability(model, PARAMETERS[model], np.array([0.0, 5.0, 78.0]), 150)

    assert share.sum(axis=1) == pytest.approx(1.0, abs=1e-3)
    assert share[0, 0] == pytest.approx(1.0)


def test_counts_of_pareto_add_up_to_one() -> None:
    share = models.count_probability("Pareto/NBD", PARAMETERS["Pareto/NBD"], np.array([0.0, 10.0]), 25)

    assert share.sum(axis=1) == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("model", list(PARAMETERS))
def test_expected_counts_agree_with_the_probabilities(model: str) -> None:
    share = models.count_probability(model, PARAMETERS[model], np.array([10.0]), 25)[0]

    mean = models.expected_of_new_customer(model, PARAMETERS[model], np.array([10.0]))[0]

    assert share @ np.arange(26) == pytest.approx(mean, rel=5e-3)


def test_weighted_patterns_give_the_estimates_of_all_customers(cdnow: pd.DataFrame) -> None:
    draw = np.random.default_rng(0)
    n = draw.poisson(draw.gamma(0.5, 3, 400))
    age = np.full(400, 40.0)
    recency = np.where(n > 0, 40 * draw.beta(2, 1, 400), 0).round(0)
    frame = pd.DataFrame({"n_repeat": n, "recency_weeks": recency, "age_weeks": age})
    grouped = distinct_patterns(frame)
    single = Patterns(n.astype(float), recency, age, np.ones(400), np.arange(400))

    one = models.fit_repeat_model("MBG/NBD", grouped)
    other = models.fit_repeat_model("MBG/NBD", single)

    assert len(grouped.n_repeat) < 400
    assert one.log_likelihood == pytest.approx(other.log_likelihood, abs=1e-4)
    assert one.parameters == pytest.approx(other.parameters, rel=1e-2)
