"""Does this machine compute what the literature prints? Published figures, recomputed from data inside lifetimes.

Sources: Fader, Hardie and Lee (2005), "Counting your customers the easy way" (BG/NBD, Pareto/NBD on CDNOW); Batislam,
Denizel and Filiztekin (2007) (MBG/NBD); Fader and Hardie (2013), note 025 (gamma-gamma); Fader, Hardie and Shang (2010)
(BG/BB); log-likelihoods to four decimals as printed by the R package CLVTools. No download is needed.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from crmplan.tables import Tables
from crmplan.value import repeat_purchases as models
from crmplan.value.fitting import Fit
from crmplan.value.gamma_gamma import fit_spend
from crmplan.value.holdout import NAIVE, check_forecasts
from crmplan.value.occasions import Occasions, fit_occasions
from crmplan.value.purchase_history import (
    Patterns,
    customer_days,
    distinct_patterns,
    purchase_histories,
    purchases_after,
    with_holdout,
)

__all__ = ["Check", "cdnow_days", "selfcheck"]

_SPLIT, _END = date(1997, 9, 30), date(1998, 6, 30)
_FHL = "Fader, Hardie and Lee 2005"
_CLVTOOLS = "CLVTools 0.12 tests"
_RECOMPUTED = "recomputed with independent code"
_PARAMETERS = {
    "NBD": ({"r": 0.38477, "alpha": 12.072}, _RECOMPUTED),
    "BG/NBD": ({"r": 0.2425945, "alpha": 4.4136019, "a": 0.7929199, "b": 2.4258881}, _CLVTOOLS),
    "MBG/NBD": ({"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614}, "lifetimes tests, after BTYDplus"),
    "Pareto/NBD": ({"r": 0.55315, "alpha": 10.57633, "s": 0.60625, "beta": 11.67150}, _CLVTOOLS),
}
_LOG_LIKELIHOODS = {
    "NBD": (-9763.6576, _RECOMPUTED),
    "BG/NBD": (-9582.4292, _CLVTOOLS),
    "MBG/NBD": (-9582.1357, _RECOMPUTED),
    "Pareto/NBD": (-9594.9762, _CLVTOOLS),
}
_LOOSE_PARAMETERS = {"b", "beta"}


@dataclass(frozen=True, slots=True)
class Check:
    """One published figure beside ours; ``tolerance`` is absolute."""

    name: str
    published: float
    ours: float
    tolerance: float
    passed: bool
    source: str


def selfcheck() -> tuple[Check, ...]:
    """Return every published figure beside the one computed here: fits, points, spend, fixed occasions, forecasts."""
    days = customer_days(Tables.from_frames({"customer_days": cdnow_days()}), counts_free=True)
    calibration = purchase_histories(days, until=_SPLIT)
    patterns = distinct_patterns(calibration)
    fits = {name: models.fit_repeat_model(name, patterns) for name in models.REPEAT_MODELS}
    known = with_holdout(calibration, purchases_after(days, after=_SPLIT, until=_END))
    return (*_fits(fits), *_points(fits), *_spend(calibration), *_occasions(), *_forecasts(known))


def cdnow_days() -> pd.DataFrame:
    """Return the CDNOW log (every tenth customer, 1997-01 to 1998-06): customer_key, day, n_orders, net_amount."""
    names = ["master_id", "customer_key", "day", "n_discs", "net_amount"]
    text = {"master_id": str, "customer_key": str, "day": str}
    log = pd.read_csv(_data("CDNOW_sample.txt"), sep=r"\s+", header=None, names=names, dtype=text)
    log["day"] = pd.to_datetime(log["day"], format="%Y%m%d")
    sums = {"n_orders": ("net_amount", "size"), "net_amount": ("net_amount", "sum")}
    return log.groupby(["customer_key", "day"], as_index=False).agg(**sums)


def _data(name: str) -> Path:
    """Path of a file that the lifetimes wheel carries, found without importing the library."""
    found = importlib.util.find_spec("lifetimes")
    if found is None or not found.submodule_search_locations:
        raise FileNotFoundError("the package lifetimes is not installed; run: pip install lifetimes==0.11.3")
    return Path(found.submodule_search_locations[0]) / "datasets" / name


def _check(name: str, published: float, ours: float, tolerance: float, source: str) -> Check:
    return Check(name, published, float(ours), tolerance, bool(abs(ours - published) <= tolerance), source)


def _fits(fits: dict[str, Fit]) -> list[Check]:
    checks = []
    for model, (published, source) in _PARAMETERS.items():
        for name, value in published.items():
            tolerance = abs(value) * (5e-3 if name in _LOOSE_PARAMETERS else 1e-3)
            checks.append(_check(f"{model} {name}", value, fits[model].parameters[name], tolerance, source))
        log_likelihood, origin = _LOG_LIKELIHOODS[model]
        checks.append(_check(f"{model} log-likelihood", log_likelihood, fits[model].log_likelihood, 5e-3, origin))
    return checks


def _points(fits: dict[str, Fit]) -> list[Check]:
    """Predictions at the printed parameter values and at ours."""
    printed = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
    weeks = {0.1429: 0.0078, 1.0: 0.0532, 3.0: 0.1506, 31.8571: 1.0405, 32.0: 1.0437, 78.0: 1.8576}
    bg = fits["BG/NBD"].parameters
    ours = models.expected_of_new_customer("BG/NBD", bg, np.array(list(weeks)))
    checks = [
        _check(f"BG/NBD purchases of a new customer in {week:g} weeks", value, mine, 1e-3 * max(value, 1), _FHL)
        for (week, value), mine in zip(weeks.items(), ours, strict=True)
    ]
    history = Patterns.single(2, 30.43, 38.86)
    expected = models.expected_purchases("BG/NBD", bg, history, np.array([39.0]))[0, 0]
    checks.append(_check("BG/NBD purchases in 39 weeks after (2, 30.43, 38.86)", 1.226, expected, 1e-3, _FHL))
    alive = models.alive_probability("BG/NBD", bg, history)[0]
    checks.append(_check("BG/NBD still a customer after (2, 30.43, 38.86)", 0.72661, alive, 1e-3, "lifetimes tests"))
    many = models.count_probability("BG/NBD", printed, np.array([2.0]), 10)[0, 10]
    checks.append(_check("BG/NBD 10 purchases in 2 weeks", 1.07869e-07, many, 1e-9, "lifetimes tests"))
    none = models.count_probability("BG/NBD", printed, np.array([39.0]), 0)[0, 0]
    checks.append(_check("BG/NBD no purchase in 39 weeks", 0.5737864, none, 1e-4, "lifetimes tests"))
    once = Patterns.single(0, 0, 38.86)
    one_timer = models.alive_probability("MBG/NBD", fits["MBG/NBD"].parameters, once)[0]
    checks.append(_check("MBG/NBD still a customer after one purchase", 0.390, one_timer, 1e-3, "recomputed"))
    history = Patterns.single(26, 30.86, 31)
    pareto = {"r": 0.553, "alpha": 10.578, "s": 0.606, "beta": 11.669}
    alive = models.alive_probability("Pareto/NBD", pareto, history)[0]
    checks.append(_check("Pareto/NBD still a customer after (26, 30.86, 31)", 0.9979, alive, 1e-4, "BTYD manual"))
    expected = models.expected_purchases("Pareto/NBD", pareto, history, np.array([52.0]))[0, 0]
    checks.append(
        _check("Pareto/NBD purchases in 52 weeks after (26, 30.86, 31)", 25.46, expected, 1e-2, "BTYD manual")
    )
    return checks


def _spend(calibration: pd.DataFrame) -> list[Check]:
    """Gamma-gamma on the 946 customers who bought again for money."""
    again = calibration[calibration["mean_spend"] > 0]
    pairs = again["n_repeat"].to_numpy("float64"), again["mean_spend"].to_numpy("float64")
    fit = fit_spend(*pairs, np.ones(len(again)))
    source = "Fader and Hardie 2013; lifetimes tests"
    checks = [_check("Gamma-gamma customers", 946, len(again), 0, source)]
    for name, value, tolerance in (("p", 6.25, 0.00625), ("q", 3.74, 0.005), ("v", 15.44, 0.01544)):
        checks.append(_check(f"Gamma-gamma {name}", value, fit.parameters[name], tolerance, source))
    checks.append(_check("Gamma-gamma log-likelihood", -4055.9177, fit.log_likelihood, 5e-3, _CLVTOOLS))
    p, q, v = (fit.parameters[name] for name in ("p", "q", "v"))
    checks.append(_check("Gamma-gamma mean spend of a new customer", 35.17, p * v / (q - 1), 0.02, source))
    checks.append(_check("Correlation of frequency and spend", 0.114, float(np.corrcoef(*pairs)[0, 1]), 1e-3, source))
    return checks


def _occasions() -> list[Check]:
    """BG/BB on 11,104 donors over six yearly occasions."""
    donors = pd.read_csv(_data("donations.csv"))
    columns = [donors[name].to_numpy("float64") for name in ("frequency", "recency", "periods", "weights")]
    fit = fit_occasions(Occasions(*columns))
    source = "Fader, Hardie and Shang 2010"
    published = {"alpha": 1.204, "beta": 0.750, "gamma": 0.657, "delta": 2.783}
    checks = [
        _check(f"BG/BB {name}", value, fit.parameters[name], 1e-3 * max(value, 1), source)
        for name, value in published.items()
    ]
    return [*checks, _check("BG/BB log-likelihood", -33225.58, fit.log_likelihood, 0.01, source)]


def _forecasts(known: pd.DataFrame) -> list[Check]:
    """Second 39 weeks of CDNOW, forecast from the first; a baseline computed independently before."""
    holdout, _ = check_forecasts(known, split_on=_SPLIT, until=_END)
    source = "computed earlier with independent code"
    table = holdout.forecasts.set_index("forecast")
    expected = {
        "BG/NBD": {"purchases": 1653.4, "mae": 0.7855, "rmse": 1.608, "purchase_gini": 0.663, "spend": 59_932},
        "MBG/NBD": {"purchases": 1576.7, "mae": 0.7648, "rmse": 1.607, "purchase_gini": 0.664},
        "Pareto/NBD": {"purchases": 1665.5, "mae": 0.7545, "rmse": 1.603, "purchase_gini": 0.673, "spend": 60_449},
        NAIVE[0]: {"purchases": 2930.1, "mae": 1.0237, "rmse": 2.212},
        NAIVE[1]: {"purchases": 1841.2, "mae": 0.8159, "rmse": 2.022},
        NAIVE[2]: {"spend_gini": 0.680, "top_spend_share": 0.481},
    }
    tolerances = {
        "purchases": 0.5, "mae": 1e-3, "rmse": 1e-3, "purchase_gini": 2e-3, "spend": 30, "spend_gini": 2e-3,
        "top_spend_share": 2e-3,
    }  # fmt: skip
    checks = [
        _check("CDNOW purchases in the second 39 weeks", 1882, holdout.n_purchases, 0, source),
        _check("CDNOW spend in the second 39 weeks", 70_976.39, holdout.spend, 0.01, source),
    ]
    for forecast, figures in expected.items():
        for name, value in figures.items():
            ours = float(table[name][forecast])
            checks.append(_check(f"{forecast}, forecast: {name}", value, ours, tolerances[name], source))
    return checks
