"""Published figures of the models of repeat purchases and of spend, on CDNOW (1 January to 30 September 1997).

Sources: Fader, Hardie and Lee (2005), "Counting your customers the easy way" (BG/NBD, Pareto/NBD); Batislam, Denizel
and Filiztekin (2007) (MBG/NBD); Fader and Hardie (2013), note 025 (gamma-gamma); log-likelihoods and standard errors
to four decimals as the R package CLVTools tests them.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmplan.value import repeat_purchases as models
from crmplan.value.fitting import Fit
from crmplan.value.gamma_gamma import expected_spend, fit_spend
from crmplan.value.pareto import discounted_residual
from crmplan.value.published_figure import Check, compare
from crmplan.value.purchase_history import Patterns, distinct_patterns
from crmplan.value.repeat_models import RepeatModel

__all__ = ["checks"]

_FHL = "Fader, Hardie and Lee 2005"
_CLVTOOLS = "CLVTools 0.12 tests"
_BTYD = "BTYD manual"
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


def checks(calibration: pd.DataFrame) -> tuple[Check, ...]:
    """Return the published figures of CDNOW; ``calibration`` are the histories of its first 39 weeks."""
    patterns = distinct_patterns(calibration)
    fits = {name: models.fit_repeat_model(name, patterns) for name in models.REPEAT_MODELS}
    grouped = fits["BG/NBD"]
    return (
        *_fits(fits), *_errors(fits), *_ungrouped(calibration, grouped), *_points(fits), *_counts(), *_to_come(),
        *_spend(calibration),
    )  # fmt: skip


def _fits(fits: dict[str, Fit]) -> list[Check]:
    checks = []
    for model, (published, source) in _PARAMETERS.items():
        for name, value in published.items():
            tolerance = abs(value) * (5e-3 if name in _LOOSE_PARAMETERS else 1e-3)
            checks.append(compare(f"{model} {name}", value, fits[model].parameters[name], tolerance, source))
        log_likelihood, origin = _LOG_LIKELIHOODS[model]
        checks.append(compare(f"{model} log-likelihood", log_likelihood, fits[model].log_likelihood, 5e-3, origin))
    return checks


def _errors(fits: dict[str, Fit]) -> list[Check]:
    """Compare the standard errors of Pareto/NBD, and what AIC says of the four models."""
    published = {"r": 0.0476264, "alpha": 0.8427222, "s": 0.1872594, "beta": 6.2105448}
    ours = RepeatModel("Pareto/NBD", fits["Pareto/NBD"], 0).standard_errors
    checks = [
        compare(f"Pareto/NBD standard error of {name}", value, ours[name], 5e-3 * value, _CLVTOOLS)
        for name, value in published.items()
    ]
    aic = {"MBG/NBD": 19172.27, "BG/NBD": 19172.86, "Pareto/NBD": 19197.95, "NBD": 19531.32}
    return checks + [
        compare(f"{name} AIC", value, RepeatModel(name, fits[name], 0).aic, 0.01, _RECOMPUTED)
        for name, value in aic.items()
    ]


def _ungrouped(calibration: pd.DataFrame, grouped: Fit) -> list[Check]:
    """Compare BG/NBD customer by customer with itself on distinct histories with weights."""
    x, last, age = (calibration[name].to_numpy("float64") for name in ("n_repeat", "recency_weeks", "age_weeks"))
    single = Patterns(x, last, age, np.ones(len(calibration)), np.arange(len(calibration)))
    fit = models.fit_repeat_model("BG/NBD", single)
    return [
        compare(f"BG/NBD {name}, customers one by one", value, fit.parameters[name], 5e-4, "must equal the grouped fit")
        for name, value in grouped.parameters.items()
    ]


def _points(fits: dict[str, Fit]) -> list[Check]:
    """Predictions for new and for known customers."""
    weeks = {0.1429: 0.0078, 1.0: 0.0532, 3.0: 0.1506, 31.8571: 1.0405, 32.0: 1.0437, 78.0: 1.8576}
    bg = fits["BG/NBD"].parameters
    ours = models.expected_of_new_customer("BG/NBD", bg, np.array(list(weeks)))
    checks = [
        compare(f"BG/NBD purchases of a new customer in {week:g} weeks", value, mine, 1e-3 * max(value, 0.1), _FHL)
        for (week, value), mine in zip(weeks.items(), ours, strict=True)
    ]
    known, once, busy = Patterns.single(2, 30.43, 38.86), Patterns.single(0, 0, 38.86), Patterns.single(26, 30.86, 31)
    pareto = {"r": 0.553, "alpha": 10.578, "s": 0.606, "beta": 11.669}
    bought = models.expected_purchases("BG/NBD", bg, known, np.array([39.0]))[0, 0]
    much = models.expected_purchases("Pareto/NBD", pareto, busy, np.array([52.0]))[0, 0]
    alive = {
        "BG/NBD": models.alive_probability("BG/NBD", bg, known)[0],
        "MBG/NBD": models.alive_probability("MBG/NBD", fits["MBG/NBD"].parameters, once)[0],
        "Pareto/NBD": models.alive_probability("Pareto/NBD", pareto, busy)[0],
    }
    after = "after (2, 30.43, 38.86)"
    return [
        *checks,
        compare(f"BG/NBD purchases in 39 weeks {after}", 1.226, bought, 1e-3, _FHL),
        compare(f"BG/NBD still a customer {after}", 0.72661, alive["BG/NBD"], 1e-4, "lifetimes tests"),
        compare("MBG/NBD still a customer after one purchase", 0.390, alive["MBG/NBD"], 1e-3, _RECOMPUTED),
        compare("Pareto/NBD still a customer after (26, 30.86, 31)", 0.9979, alive["Pareto/NBD"], 1e-4, _BTYD),
        compare("Pareto/NBD purchases in 52 weeks after (26, 30.86, 31)", 25.46, much, 1e-2, _BTYD),
    ]


def _counts() -> list[Check]:
    """Probabilities of numbers of purchases, at the printed parameters of BG/NBD."""
    printed = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
    shares = models.count_probability("BG/NBD", printed, np.array([2.0, 30.0, 39.0]), 20)
    tail = [
        0.0019995,
        0.0015170,
        0.0011633,
        0.0009003,
        0.0007024,
        0.0005518,
        0.0004362,
        0.0003467,
        0.0002770,
        0.0002222,
    ]
    source = "lifetimes tests"
    return [
        compare("BG/NBD 10 purchases in 2 weeks", 1.07869e-07, shares[0, 10], 1e-10, source),
        compare("BG/NBD no purchase in 39 weeks", 0.5737864, shares[2, 0], 1e-6, source),
        *(
            compare(f"BG/NBD {n} purchases in 30 weeks", value, shares[1, n], 1e-7, source)
            for n, value in enumerate(tail, start=11)
        ),
    ]


def _to_come() -> list[Check]:
    """All purchases still to come, discounted at 0.27 % a week."""
    parameters = {"r": 0.5629966, "alpha": 12.559037, "s": 0.4081095, "beta": 10.5148048}
    found = discounted_residual(parameters, Patterns.single(7, 35, 77.86), 0.0027)[0]
    return [compare("Pareto/NBD discounted purchases to come (DERT)", 1.86418, found, 1e-5, f"{_BTYD}; recomputed")]


def _spend(calibration: pd.DataFrame) -> list[Check]:
    """Gamma-gamma on the 946 customers who bought again for money."""
    again = calibration[calibration["mean_spend"] > 0]
    pairs = again["n_repeat"].to_numpy("float64"), again["mean_spend"].to_numpy("float64")
    fit = fit_spend(*pairs, np.ones(len(again)))
    source = "Fader and Hardie 2013; lifetimes tests"
    checks = [compare("Gamma-gamma customers", 946, len(again), 0, source)]
    for name, value, tolerance in (("p", 6.25, 0.00625), ("q", 3.74, 0.005), ("v", 15.44, 0.01544)):
        checks.append(compare(f"Gamma-gamma {name}", value, fit.parameters[name], tolerance, source))
    checks.append(compare("Gamma-gamma log-likelihood", -4055.9177, fit.log_likelihood, 5e-3, _CLVTOOLS))
    p, q, v = (fit.parameters[name] for name in ("p", "q", "v"))
    checks.append(compare("Gamma-gamma mean spend of a new customer", 35.17, p * v / (q - 1), 0.02, source))
    from scipy.stats import spearmanr

    ranks = float(spearmanr(*pairs).statistic)
    checks.append(compare("Correlation of frequency and spend", 0.114, float(np.corrcoef(*pairs)[0, 1]), 1e-3, source))
    checks.append(compare("Rank correlation of frequency and spend", 0.206, ranks, 1e-3, _RECOMPUTED))
    first = calibration.head(10)
    spends = np.where(first["mean_spend"] > 0, first["mean_spend"], 0.0)
    ours = expected_spend(fit.parameters, np.where(spends > 0, first["n_repeat"], 0).astype("float64"), spends)
    printed = (24.65, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17)
    return checks + [
        compare(f"Gamma-gamma spend expected of customer {n}", value, mine, 0.01, "lifetimes tests")
        for n, (value, mine) in enumerate(zip(printed, ours, strict=True), start=1)
    ]
