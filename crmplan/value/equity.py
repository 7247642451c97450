"""Customer equity: what the whole base is worth, how it is spread, and how far the sum can be trusted.

The range is that of :mod:`crmplan.value.ranges` (parameters are estimates, and customers do as they please), widened by
the factor that :mod:`crmplan.value.coverage` measured. It does not cover a market that changes.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmplan.value.coverage import Coverage
from crmplan.value.ranges import group_sd

__all__ = [
    "Equity",
    "concentration",
    "customer_equity",
    "decile_of",
    "deciles",
    "equity_of",
    "least_value",
    "no_equity",
    "top_thousandth",
]

Floats = npt.NDArray[np.float64]
_CURVE = ["customer_share", "value_share"]
_POINTS = 200
_NO_PURCHASES = 1e-6
"""Expected of the whole base: less than that is nothing whatever the currency, and nothing has no shares."""


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
    curve
        As :func:`concentration` returns it; no rows when the total is not above 0.
    n_top, without_top
        Customers in the most valuable thousandth, at least one; value of all others.
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
    curve: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=_CURVE))
    n_top: int = 0
    without_top: float | None = None


def no_equity(reason: str) -> Equity:
    """Return the equity that could not be computed."""
    columns = ["decile", "n_customers", "value", "value_share", "mean_value", "mean_alive", "mean_purchases"]
    return Equity(None, None, None, None, "", None, None, pd.DataFrame(columns=columns), reason)


def equity_of(customers: pd.DataFrame, coverage: Coverage) -> Equity:
    """Return the value of the base with its range, widened by what the check over the cut-offs measured.

    Parameters
    ----------
    customers
        As for :func:`customer_equity`, with process_sd and parameter_sd of each value.
    coverage
        How often ranges of the base held.
    """
    sd = group_sd(customers["process_sd"].to_numpy("float64"), customers["parameter_sd"].to_numpy("float64"))
    return customer_equity(customers, sd=coverage.base_factor * sd, covers=_covered(coverage))


def _covered(coverage: Coverage) -> str:
    covers = "uncertain parameters and the chance in what customers do"
    if not coverage.n_cut_offs:
        return f"{covers}; the error of the model itself could not be checked and comes on top"
    if coverage.base_factor > 1:
        return (
            f"{covers}, widened {coverage.base_factor:.1f} times because without it such ranges were too narrow at "
            f"the {coverage.n_cut_offs} cut-offs of the check"
        )
    return f"{covers}; such ranges held at the cut-offs of the check"


def customer_equity(customers: pd.DataFrame, *, sd: float, covers: str) -> Equity:
    """Return the value of the base with its range.

    Parameters
    ----------
    customers
        customer_key, value, value_low, alive_probability, expected_purchases.
    sd
        Standard deviation of the total, widened as measured.
    covers
        What that accounts for, in words.
    """
    value = customers["value"].to_numpy("float64")
    total, n = float(value.sum()), len(value)
    half_width = 1.96 * sd
    order = np.sort(value)[::-1]
    reached = np.cumsum(order)
    has_shares = _has_shares(customers)
    top = top_thousandth(value)
    return Equity(
        total=total,
        mean=total / n,
        low=max(total - half_width, least_value(customers)),
        high=total + half_width,
        covers=covers,
        top_tenth_share=float(order[: max(round(n / 10), 1)].sum() / total) if has_shares else None,
        half_share=float((np.searchsorted(reached, total / 2) + 1) / n) if has_shares else None,
        deciles=deciles(customers),
        curve=concentration(value) if has_shares else pd.DataFrame(columns=_CURVE),
        n_top=int(top.sum()),
        without_top=float(value[~top].sum()),
    )


def concentration(value: Floats) -> pd.DataFrame:
    """Return the share of the value that each share of customers holds, the most valuable first.

    Every customer counts; of more than 200 no more points are returned, spaced more closely where value lies.

    Parameters
    ----------
    value
        Of each customer; the sum is above 0. With values below 0 the curve rises above 1 before it ends there.

    Examples
    --------
    >>> concentration(np.array([1.0, 6.0, 3.0, 0.0])).to_dict("list")
    {'customer_share': [0.0, 0.25, 0.5, 0.75, 1.0], 'value_share': [0.0, 0.6, 0.9, 1.0, 1.0]}
    """
    n = len(value)
    reached = np.concatenate([[0.0], np.cumsum(np.sort(value)[::-1])])
    at = np.unique(np.round(n * np.linspace(0, 1, _POINTS + 1) ** 2).astype("int64"))
    return pd.DataFrame({"customer_share": at / n, "value_share": reached[at] / reached[-1]})


def least_value(customers: pd.DataFrame) -> float:
    """Return what customers are worth if each brings as little as its range allows, and nobody less than nothing.

    Only customers whose purchases cost more than they bring can make it negative.

    Parameters
    ----------
    customers
        value, value_low.

    Examples
    --------
    >>> least_value(pd.DataFrame({"value": [50.0, -4.0], "value_low": [0.0, -9.0]}))
    -9.0
    """
    low = customers[["value", "value_low"]].min(axis=1)
    return float(low.clip(upper=0.0).sum())


def _has_shares(customers: pd.DataFrame) -> bool:
    return bool(customers["value"].sum() > 0 and customers["expected_purchases"].sum() > _NO_PURCHASES)


def top_thousandth(value: Floats) -> npt.NDArray[np.bool_]:
    """Return which customers are the most valuable thousandth, at least one.

    Examples
    --------
    >>> top_thousandth(np.array([1.0, 6.0, 3.0])).tolist()
    [False, True, False]
    """
    top = np.zeros(len(value), dtype=bool)
    top[np.argsort(-value, kind="stable")[: max(len(value) // 1000, 1)]] = True
    return top


def decile_of(customers: pd.DataFrame) -> pd.Series:
    """Return to which tenth each customer belongs, 1 for the most valuable; equal values by customer_key."""
    order = customers.sort_values(["value", "customer_key"], ascending=[False, True]).index
    tenth = np.arange(len(order)) * min(10, len(order)) // max(len(order), 1) + 1
    return pd.Series(tenth, index=order, dtype="int64").reindex(customers.index)


def deciles(customers: pd.DataFrame) -> pd.DataFrame:
    """Return one row per tenth of customers, most valuable first (fewer when there are under ten customers)."""
    ranked = customers.assign(decile=decile_of(customers))
    total = float(ranked["value"].sum())
    found = ranked.groupby("decile", as_index=False).agg(
        n_customers=("value", "size"),
        value=("value", "sum"),
        mean_value=("value", "mean"),
        mean_alive=("alive_probability", "mean"),
        mean_purchases=("expected_purchases", "mean"),
    )
    found.insert(3, "value_share", found["value"] / total if _has_shares(customers) else np.nan)
    return found
