"""What if: the value at another retention, margin, frequency or discount rate, and the decision that would change.

Computed from one small table, the margin expected month by month in each segment, so that a slider answers at once. The
base case gives back the value of the base exactly.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmplan.value.acquisition import ALL, Acquisition
from crmplan.value.purchase_history import DAYS_PER_WEEK, Patterns
from crmplan.value.repeat_models import RepeatModel

__all__ = [
    "LEVERS",
    "Lever",
    "Scenario",
    "changed_decisions",
    "decisions_changed",
    "monthly_margins",
    "new_customers",
    "scenario_values",
    "tornado",
]

Floats = npt.NDArray[np.float64]
_DAYS_PER_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class Scenario:
    """A departure from the base case.

    Parameters
    ----------
    leaving
        Pace at which purchases fade, as a multiple of the expected one (0.8: a fifth fewer leave).
    margin, frequency
        Margin and purchases, as multiples of the expected ones.
    rate_points
        Added to the annual discount rate (0.02: two points more).
    """

    leaving: float = 1.0
    margin: float = 1.0
    frequency: float = 1.0
    rate_points: float = 0.0


@dataclass(frozen=True, slots=True)
class Lever:
    """One assumption moved down and up, everything else as expected."""

    name: str
    low: Scenario
    high: Scenario
    low_words: str
    high_words: str


LEVERS = MappingProxyType(
    {
        "retention": Lever(
            "Customers who leave", Scenario(leaving=1.2), Scenario(leaving=0.8), "a fifth more", "a fifth fewer"
        ),
        "margin": Lever("Margin", Scenario(margin=0.9), Scenario(margin=1.1), "a tenth lower", "a tenth higher"),
        "frequency": Lever(
            "Purchases", Scenario(frequency=0.9), Scenario(frequency=1.1), "a tenth fewer", "a tenth more"
        ),
        "rate": Lever(
            "Discount rate", Scenario(rate_points=0.03), Scenario(rate_points=-0.03), "3 points higher",
            "3 points lower",
        ),
    }
)  # fmt: skip


def monthly_margins(
    model: RepeatModel, patterns: Patterns, worth: Floats, segment: pd.Series, month_days: Floats
) -> pd.DataFrame:
    """Return the margin expected month by month in each segment, not discounted.

    Parameters
    ----------
    worth
        What a purchase of each customer brings, in the order of ``patterns.row``.
    segment
        Of each customer.
    month_days
        Days from today to the end of each month, beginning with 0.

    Returns
    -------
    pd.DataFrame
        segment, month (from 1), n_days (length of the month), mid_days (from today to its middle), margin.
    """
    names, code = np.unique(segment.to_numpy().astype("str"), return_inverse=True)
    place = patterns.row * len(names) + code.reshape(-1)
    weights = np.bincount(place, worth, len(patterns.n_repeat) * len(names)).reshape(-1, len(names))
    so_far = np.maximum.accumulate(model.expected_path(patterns, month_days / DAYS_PER_WEEK), axis=0)
    margins = np.diff(so_far, axis=0) @ weights
    n_months = len(month_days) - 1
    return pd.DataFrame(
        {
            "segment": np.repeat(names, n_months),
            "month": np.tile(np.arange(1, n_months + 1), len(names)),
            "n_days": np.tile(np.diff(month_days), len(names)),
            "mid_days": np.tile((month_days[:-1] + month_days[1:]) / 2, len(names)),
            "margin": margins.T.reshape(-1),
        }
    )


def scenario_values(months: pd.DataFrame, annual_discount_rate: float, scenario: Scenario) -> pd.Series:
    """Return the value of each segment in a scenario.

    Parameters
    ----------
    months
        As :func:`monthly_margins` returns them.
    annual_discount_rate
        Of the base case.

    Examples
    --------
    >>> months = pd.DataFrame({"segment": ["A", "A"], "month": [1, 2], "n_days": [30.0, 30.0],
    ...                        "mid_days": [15.0, 45.0], "margin": [10.0, 8.0]})
    >>> [float(scenario_values(months, 0.0, Scenario(leaving=leaving))["A"]) for leaving in (1.0, 0.0)]
    [18.0, 20.0]
    """
    rate = max(annual_discount_rate + scenario.rate_points, -0.99)
    daily = (months["margin"] / months["n_days"]).to_numpy("float64")
    first = months.assign(daily=daily).groupby("segment")["daily"].transform("first").to_numpy("float64")
    ratio = np.divide(daily, first, out=np.ones_like(daily), where=first != 0)
    faded = np.sign(ratio) * np.abs(ratio) ** scenario.leaving
    margin = np.where(first != 0, first * faded, daily) * months["n_days"].to_numpy("float64")
    factors = (1 + rate) ** (-months["mid_days"].to_numpy("float64") / _DAYS_PER_YEAR)
    worth = pd.Series(margin * factors * scenario.margin * scenario.frequency, index=months["segment"].to_numpy())
    return worth.groupby(level=0).sum()


def new_customers(won: Acquisition, annual_discount_rate: float, scenario: Scenario) -> pd.DataFrame:
    """Return what a new customer of each source costs, is worth, and would be worth in a scenario.

    The first purchase has been made whatever the scenario, so that only its margin changes; what comes after changes
    like the purchases of any customer.

    Parameters
    ----------
    won
        Worth of new customers by source.
    annual_discount_rate
        Of the base case.

    Returns
    -------
    pd.DataFrame
        source, value, cost (missing where nobody has stated it), would_be.
    """
    later = scenario_values(won.months, annual_discount_rate, scenario)
    first = won.sources["first_margin"] * scenario.margin
    return won.sources[["source", "value", "cost"]].assign(would_be=first + won.sources["source"].map(later))


def tornado(months: pd.DataFrame, annual_discount_rate: float) -> pd.DataFrame:
    """Return what each lever does to the value of the base, the strongest first.

    Parameters
    ----------
    months, annual_discount_rate
        The base case.

    Returns
    -------
    pd.DataFrame
        lever, low_words, high_words, low, high (value of the base), swing (between them).
    """
    rows = []
    for lever in LEVERS.values():
        low, high = (float(scenario_values(months, annual_discount_rate, one).sum()) for one in (lever.low, lever.high))
        rows.append((lever.name, lever.low_words, lever.high_words, low, high, abs(high - low)))
    columns = ["lever", "low_words", "high_words", "low", "high", "swing"]
    return pd.DataFrame(rows, columns=columns).sort_values("swing", ascending=False, ignore_index=True)


def changed_decisions(
    months: pd.DataFrame,
    annual_discount_rate: float,
    *,
    offers: pd.DataFrame,
    won: Acquisition,
    contact_cost: float | None,
) -> pd.DataFrame:
    """Return what would be decided otherwise if a lever moved.

    Parameters
    ----------
    months, annual_discount_rate
        The base case.
    offers
        As :func:`crmplan.value.offers.retention_offers` returns them.
    won
        Worth and cost of new customers by source.
    contact_cost
        Of reaching one customer; None where it is not known.

    Returns
    -------
    pd.DataFrame
        decision, change (both in words), lever, moved (how far, in words).
    """
    base = scenario_values(months, annual_discount_rate, Scenario())
    rows = [
        (decision, change, lever.name, words)
        for lever in LEVERS.values()
        for one, words in ((lever.low, lever.low_words), (lever.high, lever.high_words))
        for decision, change in decisions_changed(
            base,
            scenario_values(months, annual_discount_rate, one),
            offers,
            new_customers(won, annual_discount_rate, one),
            contact_cost,
        )
    ]
    return pd.DataFrame(rows, columns=["decision", "change", "lever", "moved"])


def decisions_changed(
    base: pd.Series, end: pd.Series, offers: pd.DataFrame, new: pd.DataFrame, contact_cost: float | None
) -> Iterator[tuple[str, str]]:
    """Yield each decision that would be another one, and what would change, when segments are worth something else.

    Parameters
    ----------
    base, end
        Value of each segment as expected, and in the scenario.
    offers, contact_cost
        As in :func:`changed_decisions`.
    new
        As :func:`new_customers` returns it.
    """
    if contact_cost is not None:
        for segment, offer in zip(offers["segment"], offers["offer"], strict=True):
            if segment not in base.index or base[segment] <= 0:
                continue
            pays, would = offer >= contact_cost, offer * end[segment] / base[segment] >= contact_cost
            if pays != would:
                yield f"a contact to hold {segment}", _turned(pays)
    known = new[new["cost"].notna() & ((new["source"] != ALL) | (len(new) == 1))]
    for source, value, cost, would_be in known[["source", "value", "cost", "would_be"]].itertuples(index=False):
        pays, would = value >= cost, would_be >= cost
        if pays != would:
            through = "" if source == ALL else f" through {source}"
            yield f"winning customers{through}", _turned(pays)


def _turned(pays: bool) -> str:
    return "would no longer pay" if pays else "would begin to pay"
