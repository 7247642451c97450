from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from crmplan.value import second_opinion as second
from crmplan.value.fitting import Fit
from crmplan.value.purchase_history import Patterns, distinct_patterns
from crmplan.value.repeat_models import RepeatModel, fit_repeat_models
from crmplan.value.second_opinion import second_opinion

CHECK_IMPORT = """
import sys, warnings
import pandas as pd
import scipy.optimize, scipy.sparse, scipy.special
warnings.simplefilter("error")
warnings.filterwarnings("ignore", message="harmless")
pd.set_option("display.width", 99)
filters = list(warnings.filters)
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    options = {name: pd.get_option(name) for name in ("mode.chained_assignment", "display.width")}
import crmplan.value
from crmplan.value.second_opinion import second_opinion
from crmplan.value.repeat_models import fit_repeat_models
assert "lifetimes" not in sys.modules
from crmplan.value.purchase_history import Patterns
import numpy as np
draw = np.random.default_rng(1)
x = draw.poisson(draw.gamma(0.6, 3, 90)).astype(float)
patterns = Patterns(x, np.where(x > 0, 20 * draw.random(90), 0), np.full(90, 20.0), np.ones(90), np.arange(90))
np.random.seed(3)
second_opinion(fit_repeat_models(patterns), patterns, 52.0)
drawn = np.random.random()
np.random.seed(3)
assert drawn == np.random.random(), "the seed of the process was used"
assert "lifetimes" in sys.modules
assert list(warnings.filters) == filters, "warning filters changed"
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    assert options == {name: pd.get_option(name) for name in options}, "pandas options changed"
print("unchanged")
"""


def test_lifetimes_leaves_warning_filters_options_and_seed_unchanged() -> None:
    run = subprocess.run([sys.executable, "-c", CHECK_IMPORT], capture_output=True, text=True, check=False)

    assert run.stdout.strip() == "unchanged", run.stderr


def test_the_library_does_not_print(patterns: Patterns, capfd: pytest.CaptureFixture[str]) -> None:
    once = Patterns(np.array([0.0, 1.0]), np.array([0.0, 1.0]), np.full(2, 9.0), np.array([80.0, 20.0]), np.arange(2))

    second_opinion(fit_repeat_models(once), once, 52.0)

    assert capfd.readouterr() == ("", "")


@pytest.fixture(scope="module")
def patterns() -> Patterns:
    draw = np.random.default_rng(5)
    age = draw.integers(10, 80, 400).astype("float64")
    stays = np.minimum(draw.exponential(1 / draw.gamma(0.6, 1 / 12, 400)), age)
    x = draw.poisson(draw.gamma(0.6, 1 / 8, 400) * stays)
    recency = np.where(x > 0, np.ceil(stays * draw.random(400) ** (1 / np.maximum(x, 1))), 0)
    return distinct_patterns(pd.DataFrame({"n_repeat": x, "recency_weeks": recency, "age_weeks": age}))


@pytest.fixture(scope="module")
def models(patterns: Patterns) -> tuple[RepeatModel, ...]:
    return fit_repeat_models(patterns)


def test_two_implementations_agree_on_every_model_that_both_know(
    models: tuple[RepeatModel, ...], patterns: Patterns
) -> None:
    found = second_opinion(models, patterns, 52.0).set_index("model")

    assert list(found.index) == ["BG/NBD", "MBG/NBD", "Pareto/NBD"]
    assert not found["is_sample"].any()
    assert (found["remark"] == "").all()
    assert found["log_likelihood_difference"].between(-1e-6, 0.02).all()
    assert found["purchases_difference"].abs().max() < 0.01


def test_many_histories_are_compared_on_a_sample(
    models: tuple[RepeatModel, ...], patterns: Patterns, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(second, "_MOST_HISTORIES", dict.fromkeys(second._FITTERS, 100))

    found = second_opinion(models[2:3], patterns, 52.0)

    assert found["is_sample"].all()
    assert found["n_histories"].max() <= 100
    assert found["purchases_difference"].abs().max() < 0.01


def test_a_library_that_gives_up_is_reported(
    models: tuple[RepeatModel, ...], patterns: Patterns, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(second, "_their_fit", lambda *_: None)

    found = second_opinion(models[2:3], patterns, 52.0)

    assert found["remark"].tolist() == ["lifetimes found no parameters"]
    assert found["purchases_difference"].isna().all()


def test_our_predictions_at_given_parameters_are_those_of_lifetimes() -> None:
    history = distinct_patterns(
        pd.DataFrame(
            [(0, 0, 38.86), (2, 30.43, 38.86), (26, 30.86, 31), (5, 10, 39)],
            columns=["n_repeat", "recency_weeks", "age_weeks"],
        )
    )
    known = {
        "BG/NBD": {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426},
        "MBG/NBD": {"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614},
        "Pareto/NBD": {"r": 0.553, "alpha": 10.578, "s": 0.606, "beta": 11.669},
    }
    for name, parameters in known.items():
        model = RepeatModel(name, Fit(parameters, 0.0, np.zeros((4, 4)), "converged", 0.0), 4)
        theirs = second._their_purchases(model, parameters, history, 52.0)
        fitter = second._fitter(name, parameters)
        alive = fitter.conditional_probability_alive(history.n_repeat, history.recency_weeks, history.age_weeks)
        ours = second.expected_purchases(name, parameters, history, np.array([52.0]))[0]
        assert ours == pytest.approx(theirs, rel=1e-7)
        from crmplan.value.repeat_purchases import alive_probability

        assert alive_probability(name, parameters, history) == pytest.approx(np.asarray(alive), rel=1e-9)
