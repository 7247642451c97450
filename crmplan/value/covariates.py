"""Does it matter where customers come from? Sources, first products and groups as covariates of the repeat models.

A group multiplies how often its customers buy, and how likely they leave, by factors of its own; everything else it
shares with the others. The factors of all groups together must improve the fit by more than chance would (likelihood
ratio, corrected for the number of traits tried). MBG/NBD is used throughout: it separates buying from leaving, and is
quick. Traits that change with time are not covered.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmplan.value.beta_geometric import NAMES, scores
from crmplan.value.fitting import Fit, maximise
from crmplan.value.purchase_history import Patterns, distinct_patterns
from crmplan.value.repeat_models import RepeatModel

__all__ = ["Covariate", "covariates", "fit_covariate"]

Floats = npt.NDArray[np.float64]
MODEL = "MBG/NBD"
LEAST_CUSTOMERS, LEAST_REPEAT_CUSTOMERS, MOST_GROUPS = 50, 20, 8
_SIGNIFICANCE = 0.05
_Z95 = 1.959963984540054
_GROUPS = [
    "group", "n_customers", "buys", "buys_low", "buys_high", "leaves", "leaves_low", "leaves_high", "expected",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Covariate:
    """Whether a trait of customers tells how often they buy and how likely they leave.

    Parameters
    ----------
    trait
        A column of :func:`crmplan.value.traits.traits`.
    groups
        One row per group with enough customers, the largest first (it is the one compared with): group, n_customers,
        buys and leaves (as a multiple of the first group's, with 95 % range; leaving is counted as odds after a
        purchase), expected (purchases a customer within the horizon, by the group's own parameters).
    n_customers
        In these groups; customers of small groups or without the trait are left out.
    p_value
        How often chance alone would improve the fit as much.
    aic_gain
        By how much AIC is better with the trait than without.
    matters
        Whether it does, after correction for the number of traits tried.
    total_change
        By what share the expected purchases of these customers change when the trait is used.
    """

    trait: str
    groups: pd.DataFrame
    n_customers: int
    p_value: float | None
    aic_gain: float | None
    matters: bool
    total_change: float | None
    unavailable: str = ""


def covariates(
    histories: pd.DataFrame, traits: pd.DataFrame, plain: RepeatModel | None, weeks: float
) -> tuple[Covariate, ...]:
    """Return for every trait whether it matters.

    Parameters
    ----------
    histories
        customer_key, n_repeat, recency_weeks, age_weeks.
    traits
        As :func:`crmplan.value.traits.traits` returns them.
    plain
        MBG/NBD without traits, whose parameters are the start of each search; None when it could not be fitted.
    weeks
        Length of the forecast.
    """
    names = [name for name in traits.columns if name != "customer_key"]
    if plain is None or not names:
        return ()
    joined = histories.merge(traits, on="customer_key", how="left")
    return tuple(fit_covariate(joined, name, plain, weeks, n_tried=len(names)) for name in names)


def fit_covariate(
    customers: pd.DataFrame, trait: str, plain: RepeatModel, weeks: float, *, n_tried: int = 1
) -> Covariate:
    """Return whether one trait matters; see :func:`covariates`. ``customers`` are histories with a column ``trait``."""
    parts = _parts(customers, trait)
    if len(parts) < 2:
        reason = f"fewer than two groups have {LEAST_CUSTOMERS} customers, {LEAST_REPEAT_CUSTOMERS} who bought again"
        return Covariate(trait, pd.DataFrame(columns=_GROUPS), 0, None, None, False, None, reason)
    together = distinct_patterns(pd.concat([part for _, part in parts]))
    patterns = [distinct_patterns(part) for _, part in parts]
    start = list(plain.fit.parameters.values())
    without = _fit([together], start)
    fit = _fit(patterns, [*without.parameters.values(), *[1.0] * (2 * len(parts) - 2)])
    if not (without.is_usable and fit.is_usable):
        frame = pd.DataFrame(columns=_GROUPS)
        return Covariate(
            trait, frame, together.total, None, None, False, None, "the model could not be fitted reliably"
        )
    return _told(trait, parts, patterns, without, fit, weeks=weeks, n_tried=n_tried)


def _parts(customers: pd.DataFrame, trait: str) -> list[tuple[str, pd.DataFrame]]:
    """Return the groups with enough customers, the largest first; ties in alphabetical order."""
    known = customers.dropna(subset=[trait])
    found = [
        (str(group), part)
        for group, part in known.groupby(known[trait].astype(str), sort=True)
        if len(part) >= LEAST_CUSTOMERS and int((part["n_repeat"] > 0).sum()) >= LEAST_REPEAT_CUSTOMERS
    ]
    return sorted(found, key=lambda pair: -len(pair[1]))[:MOST_GROUPS]


def _fit(groups: list[Patterns], start: list[float]) -> Fit:
    factors = [name for number in range(1, len(groups)) for name in (f"buys {number}", f"leaves {number}")]
    mean, gradient = _surface(groups)
    n = float(sum(group.n_customers.sum() for group in groups))
    return maximise(
        mean, names=[*NAMES, *factors], starts=[start], n=n, gradient=gradient, ratios={"alpha": "r", "b": "a"},
        most={"r": 50.0, "a": 50.0},
    )  # fmt: skip


def _surface(groups: list[Patterns]) -> tuple[Callable[[Floats], float], Callable[[Floats], Floats]]:
    """Return the mean log-likelihood of all groups and its gradient; the last point is remembered."""
    n = float(sum(group.n_customers.sum() for group in groups))
    known: dict[bytes, tuple[float, Floats]] = {}

    def at(x: Floats) -> tuple[float, Floats]:
        key = x.tobytes()
        if key in known:
            return known[key]
        value, slope = 0.0, np.zeros(len(x))
        for number, group in enumerate(groups):
            found, slopes = scores(_of_group(x, number), group, leaves_at_once=True)
            weighed = group.n_customers @ slopes
            value += float(group.n_customers @ found)
            slope[:4] += weighed
            if number:
                slope[2 + 2 * number : 4 + 2 * number] = -weighed[1], weighed[2]
        known.clear()
        known[key] = value / n, slope / n
        return known[key]

    return lambda x: at(x)[0], lambda x: at(x)[1]


def _of_group(log_parameters: Floats, number: int) -> dict[str, float]:
    """Return the parameters of a group: a higher rate divides alpha, likelier leaving multiplies a."""
    log_base = log_parameters[:4].copy()
    if number:
        buys, leaves = log_parameters[2 + 2 * number : 4 + 2 * number]
        log_base[1] -= buys
        log_base[2] += leaves
    return dict(zip(NAMES, np.exp(log_base).tolist(), strict=True))


def _told(
    trait: str,
    parts: list[tuple[str, pd.DataFrame]],
    patterns: list[Patterns],
    without: Fit,
    fit: Fit,
    *,
    weeks: float,
    n_tried: int,
) -> Covariate:
    from scipy.stats import chi2

    n_more = 2 * len(parts) - 2
    gain = 2 * (fit.log_likelihood - without.log_likelihood)
    p_value = float(chi2.sf(max(gain, 0.0), n_more))
    ahead = np.array(
        [
            model.expected(group, weeks) @ group.n_customers
            for model, group in zip(_by_group(fit, len(parts)), patterns, strict=True)
        ]
    )
    plain = RepeatModel(MODEL, without, 0)
    before = float(sum(plain.expected(group, weeks) @ group.n_customers for group in patterns))
    sizes = np.array([group.total for group in patterns])
    groups = _factors(fit).assign(group=[name for name, _ in parts], n_customers=sizes, expected=ahead / sizes)
    return Covariate(
        trait=trait,
        groups=groups[_GROUPS],
        n_customers=int(sizes.sum()),
        p_value=p_value,
        aic_gain=float(gain - 2 * n_more),
        matters=p_value < _SIGNIFICANCE / n_tried and gain > 2 * n_more,
        total_change=float(ahead.sum() / before - 1) if before > 0 else None,
    )


def _by_group(fit: Fit, n: int) -> list[RepeatModel]:
    """Return the model of each group, at its own parameters."""
    log_parameters = np.log(list(fit.parameters.values()))
    shared = RepeatModel(MODEL, fit, 0)
    return [shared.with_parameters(_of_group(log_parameters, number)) for number in range(n)]


def _factors(fit: Fit) -> pd.DataFrame:
    """Return by what each group's rate and odds of leaving differ from the first group's, with 95 % ranges."""
    none = np.zeros(2)
    factors = np.concatenate([none, np.log(list(fit.parameters.values()))[4:]])
    spread = np.concatenate([none, np.sqrt(np.clip(np.diag(fit.covariance)[4:], 0, None))])
    low, high = np.exp(factors - _Z95 * spread), np.exp(factors + _Z95 * spread)
    return pd.DataFrame(
        {
            "buys": np.exp(factors[0::2]),
            "buys_low": low[0::2],
            "buys_high": high[0::2],
            "leaves": np.exp(factors[1::2]),
            "leaves_low": low[1::2],
            "leaves_high": high[1::2],
        }
    )
