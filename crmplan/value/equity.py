"""Customer equity: what the whole base is worth, how it is spread, and how far the sum can be trusted.

The range has three parts, each named: the parameters are estimates (drawn from their covariance), the customers are
one sample of those who might have come (drawn anew, with replacement), and models err in level by more than either
(the error in the check period, grown to the length of the horizon). It does not cover a market that changes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmplan.value.purchase_history import Patterns
from crmplan.value.repeat_models import RepeatModel

__all__ = ["Equity", "customer_equity", "deciles", "no_equity", "parameter_draws"]

Floats = npt.NDArray[np.float64]
_DRAWS = 100
_MOST_LOG_STEP = 3.0


@dataclass(frozen=True, slots=True)
class Equity:
    """The value of the base.

    Parameters
    ----------
    total, mean
        Over all customers, and per customer.
    low, high
        95 % range of the total.
    covers
        What the range accounts for, in words.
    top_tenth_share, half_share
        Share of the total held by the most valuable tenth; share of customers who hold half of the total. Missing
        when the total is not above 0.
    deciles
        One row per tenth of customers, most valuable first: decile, n_customers, value, value_share, mean_value,
        mean_alive, mean_purchases.
    """

    total: float | None
    mean: float | None
    low: float | None
    high: float | None
    covers: str
    top_tenth_share: float | None
    half_share: float | None
    deciles: pd.DataFrame
    unavailable: str = ""


def no_equity(reason: str) -> Equity:
    """Return the equity that could not be computed."""
    columns = ["decile", "n_customers", "value", "value_share", "mean_value", "mean_alive", "mean_purchases"]
    return Equity(None, None, None, None, "", None, None, pd.DataFrame(columns=columns), reason)


def customer_equity(customers: pd.DataFrame, draws: Floats, *, level_error: float | None, seed: int) -> Equity:
    """Return the value of the base with its range.

    Parameters
    ----------
    customers
        customer_key, value, alive_probability, expected_purchases.
    draws
        Total at other likely parameter values, as a multiple of the total (:func:`parameter_draws`).
    level_error
        Share by which the total may well be wrong (:meth:`crmplan.value.holdout.Holdout.level_error`); None when
        that could not be checked.
    seed
        Of the random draws.
    """
    value = customers["value"].to_numpy("float64")
    total, n = float(value.sum()), len(value)
    random = np.random.default_rng(seed)
    sampled = np.array([value[random.integers(0, n, n)].sum() for _ in range(_DRAWS)])
    spread = (
        float(sampled.std(ddof=1)) ** 2 + (abs(total) * float(np.std(draws, ddof=1)) if len(draws) > 1 else 0.0) ** 2
    )
    covers = "uncertain parameters and the chance of which customers came"
    if level_error is not None:
        spread += (total * level_error) ** 2
        covers += (
            f", and an error in level of {100 * abs(level_error):.0f} % (that of the models in the check period, "
            "grown to the length of the forecast)"
        )
    else:
        covers += "; the error of the model itself could not be checked and comes on top"
    half_width = 1.96 * spread**0.5
    low = total - half_width
    if value.min(initial=0.0) >= 0:
        low = max(low, 0.0)
    order = np.sort(value)[::-1]
    reached = np.cumsum(order)
    return Equity(
        total=total,
        mean=total / n,
        low=low,
        high=total + half_width,
        covers=covers,
        top_tenth_share=float(order[: max(round(n / 10), 1)].sum() / total) if total > 0 else None,
        half_share=float((np.searchsorted(reached, total / 2) + 1) / n) if total > 0 else None,
        deciles=deciles(customers),
    )


def deciles(customers: pd.DataFrame) -> pd.DataFrame:
    """Return one row per tenth of customers, most valuable first (fewer when there are under ten customers)."""
    ranked = customers.sort_values(["value", "customer_key"], ascending=[False, True], ignore_index=True)
    ranked["decile"] = (np.arange(len(ranked)) * min(10, len(ranked)) // max(len(ranked), 1)) + 1
    total = float(ranked["value"].sum())
    found = ranked.groupby("decile", as_index=False).agg(
        n_customers=("value", "size"),
        value=("value", "sum"),
        mean_value=("value", "mean"),
        mean_alive=("alive_probability", "mean"),
        mean_purchases=("expected_purchases", "mean"),
    )
    found.insert(3, "value_share", found["value"] / total if total else np.nan)
    return found


def parameter_draws(model: RepeatModel, patterns: Patterns, weight: Floats, weeks: float, *, seed: int) -> Floats:
    """Return the weighted total of expected purchases at likely parameter values, as multiples of its estimate.

    Parameters
    ----------
    weight
        Value of a purchase, summed over the customers of a pattern.
    weeks
        Length of the horizon.
    """
    names = tuple(model.fit.parameters)
    centre = np.log([model.fit.parameters[name] for name in names])
    random = np.random.default_rng(seed)
    steps = random.multivariate_normal(np.zeros(len(names)), model.fit.covariance, size=_DRAWS, method="eigh")
    base = float(model.expected(patterns, weeks) @ weight)
    if base == 0:
        return np.ones(1)
    found = []
    for step in np.clip(steps, -_MOST_LOG_STEP, _MOST_LOG_STEP):
        moved = model.with_parameters(dict(zip(names, np.exp(centre + step), strict=True)))
        found.append(float(moved.expected(patterns, weeks) @ weight) / base)
    multiples = np.asarray(found)
    # Far out, where the data hardly determine a parameter, a likelihood can no longer be computed.
    return np.asarray(multiples[np.isfinite(multiples)])
