"""What a new customer is worth, by the source that brought it, and what may be spent on winning one.

A new customer brings the margin of the first purchase and of the repeat purchases that the model expects of somebody of
whom nothing else is known. Sources differ in how much and how often their customers buy; both are drawn towards the
base where few customers came. So there is a value long before the first year is over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtr

from crmplan.value.lifetime_value import month_ends
from crmplan.value.purchase_history import DAYS_PER_WEEK
from crmplan.value.repeat_models import RepeatModel

__all__ = ["Acquisition", "acquisition_by_source", "campaign_costs"]

Floats = npt.NDArray[np.float64]
ALL = "all sources"
_COLUMNS = [
    "source", "n_won", "n_won_12m", "first_margin", "first_year_margin", "value", "low", "high", "safe_cost", "cost",
    "payback_months", "chance_of_loss",
]  # fmt: skip
_MONTHS = ["segment", "month", "n_days", "mid_days", "margin"]
_PRIOR_PURCHASES = 50.0
_PRIOR_CUSTOMERS = 20.0
_Z_SAFE = 1.2816
"""Of a normal distribution: one case in ten lies beyond."""
_LEAST_CUSTOMERS = 20
_WEEKS_A_YEAR = 365 / DAYS_PER_WEEK
_MOST_SOURCES = 12


@dataclass(frozen=True, slots=True)
class Acquisition:
    """Worth of a new customer and allowable cost of winning one.

    Parameters
    ----------
    sources
        One row per source, the most valuable customers first, then all sources together: source, n_won, n_won_12m (in
        the last twelve months), first_margin (of the first purchase), first_year_margin (expected, with the first
        purchase), value (until the horizon, discounted: the most that winning one may cost), low, high (95 % range),
        safe_cost (cost that is not lost in nine of ten cases), cost (of winning one; missing where nobody has stated
        it), payback_months (missing where the cost is missing or does not come back), chance_of_loss (that the
        value stays below the cost).
    first_year_actual, first_year_expected
        Margin of the first year, mean over customers whose first year is over, as it was and as the same method expects
        it; None when there are fewer than twenty, or when the data cover under a year and a half: of these customers
        the first year would be over only of those who were there when the data begin, who buy more than others.
    months
        Margin of repeat purchases expected month by month after the first one, not discounted: segment (the source),
        month (from 1), n_days, mid_days, margin; scenarios are computed from it.
    """

    sources: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=_COLUMNS))
    first_year_actual: float | None = None
    first_year_expected: float | None = None
    unavailable: str = ""
    months: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=_MONTHS))


def acquisition_by_source(
    customers: pd.DataFrame,
    model: RepeatModel,
    *,
    as_of: date,
    horizon_months: int,
    annual_discount_rate: float,
    relative_sd: float,
    costs: Mapping[str, float],
    cost: float | None,
    serve_cost: float = 0.0,
) -> Acquisition:
    """Return what a new customer of each source is worth and may cost.

    Parameters
    ----------
    customers
        ``customers`` of :class:`crmplan.value.Value` with first_spend, first_year_spend, first_year_purchases, and
        source (missing where nobody knows).
    model
        That forecasts repeat purchases.
    as_of, horizon_months, annual_discount_rate, serve_cost
        As the customers were valued.
    relative_sd
        Standard deviation of the value of the base, as a share of it: how wrong the level may be.
    costs, cost
        Of winning a customer, by source, and for sources not named.
    """
    if customers.empty:
        return Acquisition(unavailable="no customer has bought yet")
    typical = _Typical.of(customers)
    months = month_ends(as_of, horizon_months)
    terms = _Terms(model, months, annual_discount_rate, relative_sd, serve_cost, typical)
    known = customers.dropna(subset=["source"])
    names = known["source"].value_counts()
    names = names[names >= _LEAST_CUSTOMERS].head(_MOST_SOURCES)
    parts = {str(name): known[known["source"] == name] for name in names.index}
    parts[ALL] = customers
    brings = {name: _New.of(part, terms) for name, part in parts.items()}
    rows = [_row(name, part, brings[name], terms, costs.get(name, cost)) for name, part in parts.items()]
    table = pd.DataFrame(rows, columns=_COLUMNS)
    is_all = table["source"] == ALL
    ordered = table[~is_all].sort_values(["value", "source"], ascending=[False, True])
    table = pd.concat([ordered, table[is_all]], ignore_index=True).astype({"cost": "float64"})
    by_month = pd.concat([new.by_month(name, months) for name, new in brings.items()], ignore_index=True)
    return Acquisition(table, *_first_year(customers, brings[ALL], terms), months=by_month)


def campaign_costs(campaigns: pd.DataFrame, won: pd.Series, as_of: date) -> dict[str, float]:
    """Return what winning a customer cost in the last twelve months, for sources named like a campaign's channel.

    Parameters
    ----------
    campaigns
        channel, started_on, cost.
    won
        Source of every customer won in the last twelve months.
    """
    start = pd.to_datetime(campaigns["started_on"])
    recent = campaigns[(start > pd.Timestamp(as_of) - pd.DateOffset(years=1)) & (start <= pd.Timestamp(as_of))]
    spent = recent.groupby(recent["channel"].str.strip().str.lower())["cost"].sum()
    counts = {str(name): int(n) for name, n in won.dropna().value_counts().items()}
    return {
        name: float(spent[name.strip().lower()] / n)
        for name, n in counts.items()
        if name.strip().lower() in spent.index and spent[name.strip().lower()] > 0
    }


@dataclass(frozen=True, slots=True)
class _Typical:
    """The mean customer of a group: first spend, spend per repeat purchase, margin."""

    first: float
    again: float
    margin: float

    @classmethod
    def of(cls, customers: pd.DataFrame) -> _Typical:
        revenue, n_repeat = customers["revenue"].to_numpy("float64"), float(customers["n_repeat"].sum())
        first_spend = customers["first_spend"].to_numpy("float64")
        margin = float(np.average(customers["margin_share"], weights=revenue))
        # Per purchase and not per customer: who buys often may also spend more.
        again = float((revenue - first_spend).sum()) / n_repeat if n_repeat else float(first_spend.mean())
        return cls(float(first_spend.mean()), again, margin)


@dataclass(frozen=True, slots=True)
class _Terms:
    """What is the same for every source."""

    model: RepeatModel
    months: Floats
    rate: float
    relative_sd: float
    serve_cost: float
    typical: _Typical


@dataclass(frozen=True, slots=True)
class _New:
    """What a new customer brings: margin of the first purchase, in the first year, and of repeats in each month."""

    first_margin: float
    first_year: float
    monthly: Floats

    @classmethod
    def of(cls, part: pd.DataFrame, terms: _Terms) -> _New:
        of, typical, n = _Typical.of(part), terms.typical, len(part)
        own = n / (n + _PRIOR_CUSTOMERS)
        first, again = own * of.first + (1 - own) * typical.first, own * of.again + (1 - own) * typical.again
        expected = terms.model.expected_since_first(part["age_weeks"].to_numpy("float64"))
        pace = (float(part["n_repeat"].sum()) + _PRIOR_PURCHASES) / (float(expected.sum()) + _PRIOR_PURCHASES)
        weeks = terms.months / DAYS_PER_WEEK
        so_far = np.maximum.accumulate(pace * terms.model.expected_since_first(weeks))
        worth, first_margin = again * of.margin - terms.serve_cost, first * of.margin - terms.serve_cost
        year = pace * float(terms.model.expected_since_first(np.array([_WEEKS_A_YEAR]))[0])
        return cls(first_margin, first_margin + worth * year, np.diff(so_far) * worth)

    def worth_after(self, terms: _Terms) -> Floats:
        """Return what has been brought after 0, 1, 2, .. months, discounted."""
        factors = (1 + terms.rate) ** (-(terms.months[:-1] + terms.months[1:]) / 2 / 365.25)
        return np.asarray(self.first_margin + np.concatenate([[0.0], np.cumsum(factors * self.monthly)]))

    def by_month(self, source: str, months: Floats) -> pd.DataFrame:
        """Return the margin of repeat purchases by month, in the columns of ``_MONTHS``."""
        numbers, middles = np.arange(1, len(months)), (months[:-1] + months[1:]) / 2
        columns = [source, numbers, np.diff(months), middles, self.monthly]
        return pd.DataFrame(dict(zip(_MONTHS, columns, strict=True)))


def _row(name: str, part: pd.DataFrame, new: _New, terms: _Terms, cost: float | None) -> tuple[object, ...]:
    path = new.worth_after(terms)
    value = float(path[-1])
    spread = abs(value) * float(np.hypot(terms.relative_sd, _sampling(part)))
    back = np.flatnonzero(path >= cost) if cost is not None else np.array([], dtype="int64")
    return (
        name, len(part), int((part["age_weeks"] <= _WEEKS_A_YEAR).sum()), new.first_margin, new.first_year,
        value, value - 1.96 * spread, value + 1.96 * spread, max(value - _Z_SAFE * spread, 0.0),
        np.nan if cost is None else cost, float(back[0]) if len(back) else np.nan,
        float(ndtr((cost - value) / spread)) if cost is not None and spread > 0 else np.nan,
    )  # fmt: skip


def _sampling(part: pd.DataFrame) -> float:
    """Relative error of a source's mean revenue because only so many customers came from it."""
    revenue = part["revenue"].to_numpy("float64")
    mean = float(revenue.mean())
    return float(revenue.std(ddof=1) / len(revenue) ** 0.5 / mean) if len(revenue) > 1 and mean > 0 else 1.0


def _first_year(customers: pd.DataFrame, every: _New, terms: _Terms) -> tuple[float | None, float | None]:
    over = customers[customers["age_weeks"] >= _WEEKS_A_YEAR]
    if len(over) < _LEAST_CUSTOMERS or customers["age_weeks"].max() < 1.5 * _WEEKS_A_YEAR:
        return None, None
    margin = over["margin_share"].to_numpy("float64")
    actual = over["first_year_spend"] * margin - over["first_year_purchases"] * terms.serve_cost
    return float(actual.mean()), every.first_year
