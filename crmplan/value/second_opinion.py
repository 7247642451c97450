"""A second opinion on every fit: the library lifetimes, written by others, fitted to the same histories.

Two implementations that share no code and agree are worth more than one that passes its own tests. This is the only
module that imports lifetimes. The library silences warnings for the whole process and sets a pandas option when it is
imported; both are put back. Its penalizer, which its error messages recommend, stays 0: it moves the forecast by more
than anything it mends. Where it reports no convergence, as it does falsely now and then, it is asked again with a wider
tolerance.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from functools import cache
from io import StringIO
from types import MappingProxyType, ModuleType
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmplan.value.purchase_history import Patterns
from crmplan.value.repeat_models import RepeatModel
from crmplan.value.repeat_occasions import occasions_of
from crmplan.value.repeat_purchases import OCCASION_MODELS, expected_purchases, fit_repeat_model, sample_of

__all__ = ["COLUMNS", "second_opinion"]

Floats = npt.NDArray[np.float64]
COLUMNS = (
    "model", "n_histories", "is_sample", "log_likelihood_difference", "parameter_difference", "purchases_difference",
    "remark",
)  # fmt: skip
_FITTERS = MappingProxyType(
    {
        "BG/NBD": "BetaGeoFitter",
        "MBG/NBD": "ModifiedBetaGeoFitter",
        "Pareto/NBD": "ParetoNBDFitter",
        **dict.fromkeys(OCCASION_MODELS.values(), "BetaGeoBetaBinomFitter"),
    }
)
_MOST_HISTORIES = MappingProxyType(
    {"BG/NBD": 20_000, "MBG/NBD": 20_000, "Pareto/NBD": 400, **dict.fromkeys(OCCASION_MODELS.values(), 2000)}
)
"""More would take the library too long on every run; an even sample is fitted by both instead."""
_MOST_OCCASIONS = 30
"""Of more, the library's sums for BG/BB are smaller than a constant that it adds to them, and it goes astray."""
_TOLERANCES = (1e-7, 1e-6, 1e-5)
_SEED = 7


def second_opinion(models: tuple[RepeatModel, ...], patterns: Patterns, weeks: float) -> pd.DataFrame:
    """Return how far the library's fits are from ours: one row per model that it knows.

    Parameters
    ----------
    models, patterns
        Our fits, and the distinct histories they were made on.
    weeks
        Length of the forecast that is compared.

    Returns
    -------
    pd.DataFrame
        model, n_histories (compared), is_sample (an even sample of them, fitted anew by both), differences of
        log_likelihood (ours minus theirs at their parameters: above 0 when ours fits better), of parameters (largest,
        as a share) and of purchases (total expected in the coming weeks, as a share; the library's own prediction at
        its own parameters); missing with a remark that says why.
    """
    rows = [_compared(model, patterns, weeks) for model in models if model.name in _FITTERS and model.fit.is_usable]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    numbers = [name for name in COLUMNS if name.endswith("_difference")]
    return frame.astype({"model": "str", "is_sample": "bool", "remark": "str", **dict.fromkeys(numbers, "float64")})


def _compared(model: RepeatModel, patterns: Patterns, weeks: float) -> dict[str, object]:
    is_sample = len(patterns.n_repeat) > _MOST_HISTORIES[model.name]
    some = sample_of(patterns, _MOST_HISTORIES[model.name]) if is_sample else patterns
    fit = fit_repeat_model(model.name, some) if is_sample else model.fit
    ours = RepeatModel(model.name, fit, some.total)
    row: dict[str, object] = dict.fromkeys(COLUMNS, np.nan)
    row |= {"model": model.name, "n_histories": len(some.n_repeat), "is_sample": is_sample, "remark": ""}
    if model.is_of_occasions and some.age_weeks.max() > _MOST_OCCASIONS * model.period_weeks:
        return row | {"remark": f"lifetimes has not enough digits for more than {_MOST_OCCASIONS} occasions"}
    theirs = _their_fit(model, some)
    if theirs is None:
        return row | {"remark": "lifetimes found no parameters"}
    if model.is_of_occasions:
        # The library has no opinion on part of an occasion.
        weeks = max(round(weeks / model.period_weeks), 1) * model.period_weeks
    bought = _their_purchases(model, theirs, some, weeks)
    has_number = np.isfinite(bought)
    moved = ours.with_parameters(theirs)
    likelihoods = [float(one.log_likelihood(some) @ some.n_customers) for one in (ours, moved)]
    known = some.n_customers * has_number
    total = float(expected_purchases(model.name, fit.parameters, some, np.array([weeks]))[0] @ known)
    missing = int((~has_number).sum())
    return row | {
        "log_likelihood_difference": likelihoods[0] - likelihoods[1],
        "parameter_difference": max(abs(theirs[name] / value - 1) for name, value in fit.parameters.items()),
        "purchases_difference": float(bought[has_number] @ known[has_number]) / total - 1 if total > 0 else np.nan,
        "remark": f"lifetimes has no number for {missing} of them" if missing else "",
    }


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the library from printing, and put back the warning filters and the seed of the process that it uses."""
    state = np.random.get_state()
    with warnings.catch_warnings(), np.errstate(all="ignore"), redirect_stdout(StringIO()):
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            np.random.set_state(state)


@cache
def _library() -> ModuleType:
    with _quiet():
        option = pd.get_option("mode.chained_assignment")
        try:
            import lifetimes

            return cast("ModuleType", lifetimes)
        finally:
            pd.set_option("mode.chained_assignment", option)


def _fitter(model: str, parameters: Mapping[str, float] | None = None) -> Any:
    fitter = getattr(_library(), _FITTERS[model])(penalizer_coef=0.0)
    if parameters is not None:
        fitter.params_ = pd.Series(dict(parameters))
    return fitter


def _history(model: RepeatModel, patterns: Patterns) -> tuple[Floats, Floats, Floats]:
    """Return purchases, time of the last one and time there was, in the library's unit: weeks or occasions."""
    if not model.is_of_occasions:
        return patterns.n_repeat, patterns.recency_weeks, patterns.age_weeks
    found = occasions_of(patterns, model.period_weeks)
    return found.n_repeat, found.recency, found.n_occasions


def _their_fit(model: RepeatModel, patterns: Patterns) -> dict[str, float] | None:
    """Return the library's parameters; None when it gives up at every tolerance or names none that can be used."""
    convergence_error = _library().utils.ConvergenceError
    n_repeat, *times = _history(model, patterns)
    history = (n_repeat.astype("int64"), *times, patterns.n_customers)
    for tolerance in _TOLERANCES:
        with _quiet():
            np.random.seed(_SEED)
            try:
                found = _fitter(model.name).fit(*history, tol=tolerance)
            except convergence_error:
                continue
        parameters = {str(name): float(value) for name, value in found.params_.items()}
        return parameters if all(np.isfinite(v) and v > 0 for v in parameters.values()) else None
    return None


def _their_purchases(model: RepeatModel, parameters: Mapping[str, float], patterns: Patterns, weeks: float) -> Floats:
    ahead = round(weeks / model.period_weeks) if model.is_of_occasions else weeks
    with _quiet():
        predict = _fitter(model.name, parameters).conditional_expected_number_of_purchases_up_to_time
        return np.asarray(predict(ahead, *_history(model, patterns)), dtype="float64")
