from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from crmplan.engagement import RepeatModelName
from crmplan.value import bayes
from crmplan.value.fitting import Fit
from crmplan.value.fixed_occasions import PERIOD_WEEKS
from crmplan.value.purchase_history import Patterns
from crmplan.value.repeat_models import POSTERIOR, RepeatModel, choose, fit_repeat_models, models_frame, too_little
from crmplan.value.repeat_purchases import OCCASION_MODELS, REPEAT_MODELS


def model(name: str, log_likelihood: float, status: str = "converged") -> RepeatModel:
    parameters = {"r": 0.5, "alpha": 6.0, "a": 0.9, "b": 1.6}
    fit = Fit(parameters, log_likelihood, np.zeros((4, 4)), status, 0.0)  # type: ignore[arg-type]
    return RepeatModel(name, fit, 100)


def test_the_model_that_erred_least_in_the_check_is_chosen() -> None:
    choice = choose((model("MBG/NBD", -100.0), model("Pareto/NBD", -200.0)), {"MBG/NBD": 0.9, "Pareto/NBD": 0.8})

    assert choice is not None
    assert choice.model.name == "Pareto/NBD"
    assert "erred least" in choice.because
    assert "MBG/NBD 12.5 % more" in choice.because


def test_among_nearly_equal_errors_the_better_fit_wins() -> None:
    choice = choose((model("MBG/NBD", -100.0), model("Pareto/NBD", -103.0)), {"MBG/NBD": 0.801, "Pareto/NBD": 0.8})

    assert choice is not None
    assert choice.model.name == "MBG/NBD"
    assert "about equally" in choice.because


def test_without_a_check_the_better_fit_wins() -> None:
    choice = choose((model("MBG/NBD", -100.0), model("Pareto/NBD", -103.0)), {})

    assert choice is not None
    assert choice.model.name == "MBG/NBD"
    assert "no period to check it on" in choice.because


def test_a_pinned_model_is_used_and_the_choice_is_told() -> None:
    models, errors = (model("MBG/NBD", -100.0), model("Pareto/NBD", -200.0)), {"MBG/NBD": 0.9, "Pareto/NBD": 0.8}
    pinned, absent = choose(models, errors, pinned="MBG/NBD"), choose(models, errors, pinned="NBD")

    assert pinned is not None
    assert pinned.model.name == "MBG/NBD"
    assert "pinned in engagement.yaml; the check would have chosen Pareto/NBD" in pinned.because
    assert absent is not None
    assert absent.model.name == "Pareto/NBD"
    assert absent.because.startswith("NBD is pinned in engagement.yaml but could not be fitted; Pareto/NBD")


def test_bg_never_says_who_is_still_a_customer() -> None:
    choice = choose((model("BG/NBD", -100.0), model("MBG/NBD", -150.0)), {})

    assert choice is not None
    assert choice.model.name == "BG/NBD"
    assert choice.alive_model.name == "MBG/NBD"


def test_a_model_in_which_nobody_leaves_is_compared_with_but_never_used() -> None:
    choice = choose((model("NBD", -10.0), model("MBG/NBD", -100.0)), {"NBD": 0.1, "MBG/NBD": 0.9})

    assert choice is not None
    assert choice.model.name == "MBG/NBD"
    assert "only to compare with" in models_frame((model("NBD", -10.0),))["remark"].item()


def test_standard_errors_come_from_the_curvature() -> None:
    fit = Fit({"r": 2.0, "alpha": 10.0}, -1.0, np.diag([0.04, 0.0]), "at a bound", 0.0, ("alpha",))

    assert RepeatModel("NBD", fit, 100).standard_errors == {"r": pytest.approx(0.4), "alpha": 0.0}


def test_fits_that_did_not_converge_are_not_used() -> None:
    assert choose((model("MBG/NBD", -100.0, "not converged"),), {}) is None
    assert choose((model("BG/NBD", -100.0), model("MBG/NBD", -9.0, "not converged")), {}) is None


def test_the_table_puts_the_best_fit_first() -> None:
    table = models_frame(
        (model("Pareto/NBD", -103.0), model("MBG/NBD", -100.0), model("BG/NBD", -1.0, "not converged"))
    )

    assert table["model"].tolist() == ["MBG/NBD", "Pareto/NBD", "BG/NBD"]
    assert table["aic"].tolist()[:2] == [208.0, 214.0]


@pytest.mark.parametrize(
    ("n", "n_repeat", "words"),
    [
        (0, 0, "no customer has bought yet"),
        (60, 0, "no customer has bought on a second day"),
        (10, 10, "10 customers, 10 of them bought again"),
        (60, 5, "60 customers, 5 of them bought again"),
    ],
)
def test_too_little_data_is_said_with_its_number(n: int, n_repeat: int, words: str) -> None:
    counts = np.array([n - n_repeat, n_repeat], dtype=float)
    patterns = Patterns(np.array([0.0, 2.0]), np.array([0.0, 5.0]), np.full(2, 9.0), counts, np.zeros(n, dtype="int64"))

    assert words in too_little(patterns)
    assert fit_repeat_models(patterns) == ()


def test_an_engagement_may_pin_every_model_that_can_forecast_and_no_other() -> None:
    posteriors = {f"{name}{POSTERIOR}" for name in bayes._CLASSES}
    forecasting = {name for name in REPEAT_MODELS if not model(name, -1.0).is_yardstick}

    assert set(get_args(RepeatModelName)) == {"", *forecasting, *OCCASION_MODELS.values(), *posteriors}
    assert set(bayes._CLASSES) == forecasting
    assert {f"BG/BB {kind}" for kind in PERIOD_WEEKS} == set(OCCASION_MODELS.values())
