"""How long contracts last: what was seen, and two models that carry it forward.

Kaplan-Meier says what share of contracts outlived each period so far, nothing about later ones. The shifted
beta-geometric model (sBG; Fader and Hardie 2007) lets contracts differ in their chance of ending; those at risk leave
first, so retention rises with age although no contract changes. The beta-discrete-Weibull model (BdW; Fader, Hardie,
Liu, Davin and Steenburgh 2018) lets the chance of every contract change with age too; with c = 1 it is the sBG.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmplan.value.fitting import Fit, maximise, weighted

__all__ = [
    "RENEWAL_MODELS",
    "Durations",
    "durations",
    "expected_residual",
    "fit_renewals",
    "kaplan_meier",
    "log_survival",
]

Floats = npt.NDArray[np.float64]
Parameters = Mapping[str, float]
RENEWAL_MODELS = {"sBG": ("alpha", "beta"), "BdW": ("alpha", "beta", "c")}
"""Models of contracts and the names of their parameters."""
_Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Durations:
    """How many contracts ended in, and how many were last seen after, each period.

    Parameters
    ----------
    n_ended
        Contracts that ended in period 1, 2, ..
    n_running
        Contracts that were still running when last seen, after 0, 1, 2, .. complete periods.
    """

    n_ended: Floats
    n_running: Floats

    @property
    def n_at_risk(self) -> Floats:
        """Contracts known to have begun period 1, 2, .. and seen until they ended or the period was over."""
        ends, lasts = np.cumsum(self.n_ended[::-1])[::-1], np.cumsum(self.n_running[::-1])[::-1]
        return np.asarray(ends + lasts[1:])


def durations(periods: Sequence[int] | npt.NDArray[np.int64], is_ended: Sequence[bool] | Floats) -> Durations:
    """Return the counts behind the models.

    Parameters
    ----------
    periods
        For an ended contract the period in which it ended (1 or more); for a running one its complete periods.
    is_ended
        Which is which.

    Examples
    --------
    >>> found = durations([1, 3, 2, 0], [True, True, False, False])
    >>> found.n_ended.tolist(), found.n_running.tolist(), found.n_at_risk.tolist()
    ([1.0, 0.0, 1.0], [1.0, 0.0, 1.0, 0.0], [3.0, 2.0, 1.0])
    """
    number, ended = np.asarray(periods, dtype="int64"), np.asarray(is_ended, dtype=bool)
    most = int(number.max(initial=1))
    n_ended = np.bincount(number[ended], minlength=most + 1)[1:].astype("float64")
    return Durations(n_ended, np.bincount(number[~ended], minlength=most + 1).astype("float64"))


def kaplan_meier(seen: Durations) -> pd.DataFrame:
    """Return the share of contracts that outlived each period (Kaplan and Meier 1958), with its 95 % range.

    Returns
    -------
    pd.DataFrame
        period, n_at_risk, n_ended, retention_share (of those at risk), survival_share, low, high (Greenwood's
        variance on the logarithm of -log survival, so that the range stays within 0 and 1).
    """
    at_risk = seen.n_at_risk
    kept = at_risk > 0
    n, lost = at_risk[kept], seen.n_ended[kept]
    survival = np.cumprod(1 - lost / n)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.sqrt(np.cumsum(lost / (n * (n - lost)))) / np.abs(np.log(survival))
        low, high = survival ** np.exp(_Z95 * spread), survival ** np.exp(-_Z95 * spread)
    is_inside = (survival > 0) & (survival < 1)
    return pd.DataFrame(
        {
            "period": np.flatnonzero(kept) + 1,
            "n_at_risk": n,
            "n_ended": lost,
            "retention_share": 1 - lost / n,
            "survival_share": survival,
            "low": np.where(is_inside, low, survival),
            "high": np.where(is_inside, high, survival),
        }
    )


def fit_renewals(model: str, seen: Durations) -> Fit:
    """Return the most likely parameters of a model of contracts (a key of ``RENEWAL_MODELS``)."""
    names = RENEWAL_MODELS[model]
    weight = np.concatenate([seen.n_ended, seen.n_running])
    known = weight > 0
    mean, gradient = weighted(
        lambda parameters: _scores(parameters, len(seen.n_ended), len(seen.n_running), known), names, weight[known]
    )
    lost = max(float(seen.n_ended.sum()) / max(float(seen.n_at_risk.sum()), 1.0), 1e-3)
    starts = [[1.0, (1 - lost) / lost, 1.0], [0.3, 0.3 * (1 - lost) / lost, 0.8], [5.0, 5 * (1 - lost) / lost, 1.5]]
    starts = [[max(value, 2e-4) for value in start[: len(names)]] for start in starts]
    return maximise(
        mean, names=names, starts=starts, n=float(weight.sum()), gradient=gradient, ratios={"beta": "alpha"},
        most={"c": 10.0},
    )  # fmt: skip


def log_survival(parameters: Parameters, periods: npt.ArrayLike) -> Floats:
    """Return the logarithm of the share of contracts that outlive so many periods.

    S(t) = B(alpha, beta + t ** c) / B(alpha, beta), with c = 1 for sBG.

    Examples
    --------
    >>> np.exp(log_survival({"alpha": 0.668, "beta": 3.806}, [0, 1, 12])).round(3).tolist()
    [1.0, 0.851, 0.378]
    """
    from scipy.special import gammaln

    alpha, beta = parameters["alpha"], parameters["beta"]
    aged = np.asarray(periods, dtype="float64") ** parameters.get("c", 1.0)
    # Far out the two logarithms are huge and nearly equal; there the difference follows a power of age.
    near = gammaln(beta + aged) - gammaln(alpha + beta + aged)
    far = -alpha * np.log(np.maximum(beta + aged + (alpha - 1) / 2, 1e-9))
    return np.asarray(np.where(aged > 1e6, far, near) + gammaln(alpha + beta) - gammaln(beta))


def expected_residual(parameters: Parameters, age_periods: int, discount_rate: float) -> float:
    """Return how many further periods a contract that has begun its n-th will be paid for, discounted (DERL).

    The sum over t = n, n + 1, .. of S(t) / S(n - 1) / (1 + d) ** (t - n), as in Fader and Hardie (2010).

    Parameters
    ----------
    age_periods
        n, 1 or more: the period that is under way and paid for.
    discount_rate
        Effective rate a period, above 0.

    Examples
    --------
    >>> round(expected_residual({"alpha": 3.80, "beta": 15.20}, 1, 0.1), 2)
    3.31
    """
    ahead = np.arange(int(np.ceil(36 / np.log1p(discount_rate))))
    stays = log_survival(parameters, age_periods + ahead) - log_survival(parameters, age_periods - 1)
    return float(np.exp(stays - ahead * np.log1p(discount_rate)).sum())


def _scores(parameters: Parameters, n_ends: int, n_lasts: int, known: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Return log-likelihood and slopes of having ended in period 1, 2, .. and of having lasted 0, 1, .. periods."""
    ages = np.arange(max(n_ends + 1, n_lasts), dtype="float64")
    survival, slope = log_survival(parameters, ages), _survival_slopes(parameters, ages)
    before, after = survival[:n_ends], survival[1 : n_ends + 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.exp(after - before)
        ended = before + np.log1p(-share)
        ended_slope = (slope[:n_ends] - share[:, None] * slope[1 : n_ends + 1]) / (1 - share)[:, None]
    found = np.concatenate([ended, survival[:n_lasts]])
    return found[known], np.concatenate([ended_slope, slope[:n_lasts]])[known]


def _survival_slopes(parameters: Parameters, ages: Floats) -> Floats:
    from scipy.special import digamma

    alpha, beta, c = parameters["alpha"], parameters["beta"], parameters.get("c")
    aged = ages ** (1.0 if c is None else c)
    both, start = digamma(alpha + beta + aged), digamma(alpha + beta)
    by_age = digamma(beta + aged) - both
    slopes = [alpha * (start - both), beta * (by_age + start - digamma(beta))]
    if c is not None:
        slopes.append(c * by_age * aged * np.log(np.maximum(ages, 1.0)))
    return np.column_stack(slopes)
