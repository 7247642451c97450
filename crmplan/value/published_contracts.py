"""Published figures of the models of contracts and of purchases on fixed occasions.

Sources: Fader and Hardie (2007), "How to project customer retention", table 1 (two cohorts of 1,000 contracts, models
fitted to seven years and judged on the next five); Fader and Hardie (2010), table 3 (residual lifetimes); Fader, Hardie
and Shang (2010) (11,104 donors over six years).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmplan.value.fitting import Fit
from crmplan.value.occasions import (
    Occasions,
    alive_probability,
    count_probability,
    expected_purchases,
    fit_occasions,
)
from crmplan.value.published_figure import Check, carried_data, compare
from crmplan.value.renewals import Durations, expected_residual, fit_renewals, log_survival

__all__ = ["checks"]

_SURVIVORS = {
    "High End": (100, 86.9, 74.3, 65.3, 59.3, 55.1, 51.7, 49.1, 46.8, 44.5, 42.7, 40.9, 39.4),
    "Regular": (100, 63.1, 46.8, 38.2, 32.6, 28.9, 26.2, 24.1, 22.3, 20.7, 19.4, 18.3, 17.3),
}
_FITTED_YEARS = 7
_PROJECTION = "Fader and Hardie 2007"
_GEOMETRIC = {
    "High End": ({"alpha": 0.668, "beta": 3.806}, -1611.158, 0.028),
    "Regular": ({"alpha": 0.704, "beta": 1.182}, -1680.265, 0.015),
}
_RETENTION = {"High End": (0.8507, 0.8780, 0.8968), "Regular": (0.6267, 0.7560, 0.8188)}
_SURVIVORS_OF_12 = {"High End": 0.3780, "Regular": 0.1700}
_WEIBULL = {
    "High End": ({"alpha": 0.2143, "beta": 1.4266, "c": 1.7236}, -1605.314, 0.013),
    "Regular": ({"alpha": 0.4556, "beta": 0.7793, "c": 1.2835}, -1679.603, 0.014),
}
_RESIDUAL = {
    (3.80, 15.20): (3.31, 3.45, 3.59, 3.72, 3.84),
    (0.067, 0.267): (7.68, 9.46, 9.86, 10.06, 10.19),
}
_RESIDUAL_RECOMPUTED = {
    (3.80, 15.20): (3.310, 3.451, 3.587, 3.717, 3.842),
    (0.067, 0.267): (7.671, 9.455, 9.851, 10.056, 10.189),
}
_RATIO = {"High End": 11.7, "Regular": 1.3}
"""Twice the gain in log-likelihood of BdW over sBG."""
_RECOMPUTED = "recomputed with independent code"
_DONATIONS = "Fader, Hardie and Shang 2010"


def checks() -> tuple[Check, ...]:
    """Return the published figures of contracts, residual lifetimes and donations."""
    cohorts = [check for cohort in _SURVIVORS for check in _cohort(cohort)]
    return (*cohorts, *_residual_lifetimes(), *_occasions())


def _seen(survivors: tuple[float, ...]) -> Durations:
    """Return the first seven years of a cohort of 1,000."""
    alive = 10.0 * np.array(survivors[: _FITTED_YEARS + 1])
    return Durations(-np.diff(alive), np.concatenate([np.zeros(_FITTED_YEARS), alive[-1:]]))


def _mean_error(parameters: dict[str, float], survivors: tuple[float, ...]) -> float:
    """Mean absolute error, as a share, of the survivors of years 8 to 12."""
    later = np.array(survivors[_FITTED_YEARS + 1 :]) / 100
    projected = np.exp(log_survival(parameters, np.arange(_FITTED_YEARS + 1, len(survivors))))
    return float(np.abs(projected / later - 1).mean())


def _model(name: str, cohort: str, fit: Fit, published: tuple[dict[str, float], float, float]) -> list[Check]:
    """Parameters, log-likelihood and error of the projection of one model."""
    parameters, log_likelihood, error = published
    source, tolerance = (_PROJECTION, 1e-3) if name == "sBG" else (_RECOMPUTED, 2e-4)
    mean_error = _mean_error(fit.parameters, _SURVIVORS[cohort])
    return [
        *(
            compare(f"{name}, {cohort}: {key}", value, fit.parameters[key], tolerance, source)
            for key, value in parameters.items()
        ),
        compare(f"{name}, {cohort}: log-likelihood", log_likelihood, fit.log_likelihood, 5e-3, _RECOMPUTED),
        compare(f"{name}, {cohort}: mean error of years 8 to 12", error, mean_error, 5e-4, _RECOMPUTED),
    ]


def _cohort(cohort: str) -> list[Check]:
    """Both models on one cohort."""
    seen = _seen(_SURVIVORS[cohort])
    geometric, weibull = fit_renewals("sBG", seen), fit_renewals("BdW", seen)
    survival = log_survival(geometric.parameters, np.arange(13))
    retention = np.exp(np.diff(survival[:4]))
    return [
        *_model("sBG", cohort, geometric, _GEOMETRIC[cohort]),
        compare(f"sBG, {cohort}: survivors of 12 years", _SURVIVORS_OF_12[cohort], float(np.exp(survival[12])), 1e-4,
                _RECOMPUTED),
        *(
            compare(f"sBG, {cohort}: retention in year {year}", value, float(ours), 1e-4, _RECOMPUTED)
            for year, (value, ours) in enumerate(zip(_RETENTION[cohort], retention, strict=True), start=1)
        ),
        *_model("BdW", cohort, weibull, _WEIBULL[cohort]),
        *_ratio(cohort, weibull.log_likelihood - geometric.log_likelihood),
    ]  # fmt: skip


def _ratio(cohort: str, gain: float) -> list[Check]:
    """Whether contracts that grow safer or riskier with time (BdW) are more than chance: 5 % is at 3.84."""
    from scipy.stats import chi2

    published, p_value = _RATIO[cohort], float(chi2.sf(2 * gain, 1))
    says = compare(f"BdW, {cohort}: better than sBG at 5 % (1 = yes)", published > 3.84, p_value < 0.05, 0, _RECOMPUTED)
    return [compare(f"BdW, {cohort}: likelihood ratio to sBG", published, 2 * gain, 0.05, _RECOMPUTED), says]


def _residual_lifetimes() -> list[Check]:
    """Discounted at 10 % a year, of contracts in their first to fifth year."""
    found = [
        compare(
            f"sBG, alpha {alpha:g}: residual lifetime in year {year}", value,
            expected_residual({"alpha": alpha, "beta": beta}, year, 0.1), 0.01 * value, "Fader and Hardie 2010",
        )
        for (alpha, beta), values in _RESIDUAL.items()
        for year, value in enumerate(values, start=1)
    ]  # fmt: skip
    found += [
        compare(
            f"sBG, alpha {alpha:g}: residual lifetime in year {year}, closed form", value,
            expected_residual({"alpha": alpha, "beta": beta}, year, 0.1), 5e-4, _RECOMPUTED,
        )
        for (alpha, beta), values in _RESIDUAL_RECOMPUTED.items()
        for year, value in enumerate(values, start=1)
    ]  # fmt: skip
    high_end = expected_residual({"alpha": 0.668, "beta": 3.806}, 8, 0.1)
    return [
        *found,
        compare("sBG, High End: residual lifetime after 7 years", 7.530, high_end, 5e-4, "jdmaturen/sbg"),
        compare("sBG, High End: value after 7 years at 10 a year", 75.30, 10 * high_end, 5e-3, "jdmaturen/sbg"),
    ]


def _occasions() -> list[Check]:
    """BG/BB on 11,104 donors over six yearly occasions."""
    donors = pd.read_csv(carried_data("donations.csv"))
    histories = Occasions(
        *(donors[name].to_numpy("float64") for name in ("frequency", "recency", "periods", "weights"))
    )
    fit = fit_occasions(histories)
    published = {"alpha": 1.204, "beta": 0.750, "gamma": 0.657, "delta": 2.783}
    exact = {"alpha": 1.2035, "beta": 0.7497, "gamma": 0.6567, "delta": 2.7834}
    found = [
        compare(f"BG/BB {name}", value, fit.parameters[name], 5e-4, _DONATIONS) for name, value in published.items()
    ] + [
        compare(f"BG/BB {name}, four decimals", value, fit.parameters[name], 1e-4, "lifetimes and pymc-marketing tests")
        for name, value in exact.items()
    ]
    n = float(histories.n_customers.sum())
    counts = n * count_probability(fit.parameters, 6)
    ahead = float(expected_purchases(fit.parameters, histories, 5) @ histories.n_customers)
    found += [
        compare("BG/BB log-likelihood", -33225.58, fit.log_likelihood, 5e-3, _DONATIONS),
        compare("BG/BB donors who gave no more", 3454.9, counts[0], 0.1, _DONATIONS),
        compare("BG/BB donors who gave every year", 1253.1, counts[6], 0.1, _DONATIONS),
        compare("BG/BB donations in the next five years", 12_884.2, ahead, 0.5, _DONATIONS),
    ]
    for (x, last), value in {(0, 0): 0.11, (2, 4): 0.59, (6, 6): 0.93}.items():
        alive = alive_probability(fit.parameters, _single(x, last, 6))[0]
        found.append(compare(f"BG/BB still a donor after ({x}, {last}, 6)", value, alive, 5e-3, _DONATIONS))
    new = (0.4985, 0.9233, 1.2969, 1.6323, 1.9381, 2.2202, 2.4826, 2.7285, 2.9603, 3.1798, 3.3887)
    for years, value in enumerate(new, start=1):
        ours = expected_purchases(fit.parameters, _single(0, 0, 0), years)[0]
        found.append(compare(f"BG/BB donations of a new donor in {years} years", value, ours, 1e-4, _DONATIONS))
    return found


def _single(n_repeat: int, recency: int, n_occasions: int) -> Occasions:
    return Occasions(*(np.array([float(value)]) for value in (n_repeat, recency, n_occasions, 1)))
