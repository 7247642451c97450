"""From the days on which customers bought to what the base is worth, with everything that says how far to trust it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from crmplan.tables import Tables
from crmplan.value import assumptions as sheet
from crmplan.value.assumptions import Assumption
from crmplan.value.equity import Equity, customer_equity, no_equity, parameter_draws
from crmplan.value.holdout import Holdout, no_holdout
from crmplan.value.lifetime_value import Margin, margins, months_later, outlook
from crmplan.value.purchase_history import (
    DAYS_PER_WEEK,
    Patterns,
    customer_days,
    distinct_patterns,
    middle_of,
    purchase_histories,
    purchases_by_day,
)
from crmplan.value.repeat_models import Choice, RepeatModel, choose, fit_repeat_models, models_frame, too_little
from crmplan.value.rolling import CutOff, Rolling, roll, rolling_of
from crmplan.value.spend import Spend, SpendFacts, fit_spend_model
from crmplan.value.tracking import frequency_fit, track

if TYPE_CHECKING:
    import ibis

__all__ = ["Value", "estimate_value"]

_SEED = 20_160
_CUSTOMERS = [
    "customer_key", "n_repeat", "recency_weeks", "age_weeks", "mean_spend", "alive_probability", "expected_purchases",
    "value", "n_purchases", "revenue", "expected_spend", "margin_share", "last_day",
]  # fmt: skip
_NO_SPEND = SpendFacts("none", "there are too little data", {}, None, 0, 0.0)


@dataclass(frozen=True, slots=True)
class Value:
    """What customers will bring from today to the horizon, and how far to trust it.

    Parameters
    ----------
    customers
        One row per customer who has bought: customer_key, n_repeat, recency_weeks (first to last purchase), age_weeks
        (first purchase to today), mean_spend (per repeat day; missing without one), alive_probability,
        expected_purchases, value (currency today), n_purchases, revenue (so far), expected_spend (per purchase),
        margin_share, last_day. The estimates are missing when there are too few data.
    models
        model, parameters, log_likelihood, aic, status, remark.
    parameters
        By model.
    chosen_model, alive_model, chosen_because
        Which model forecasts, which says who is still a customer, and why.
    holdout
        The check against what happened, from the cut-off in the middle.
    rolling
        The same at several cut-offs, with the verdict by which the model was chosen.
    frequency
        n_repeat, actual, expected: customers by number of repeat purchases.
    tracking
        day, actual, expected, is_forecast: cumulative repeat purchases.
    spend
        How spend per purchase was modelled.
    equity
        The value of the base.
    assumptions
        Each with its number, threshold and colour.
    margin_basis
        own (costs in the orders), assumed (a share agreed with the client), none (value is revenue).
    is_profit
        Whether value is after cost of goods.
    n_not_scored
        Known customers without a purchase, who get no value.
    """

    as_of: date
    horizon_end: date
    annual_discount_rate: float
    customers: pd.DataFrame
    models: pd.DataFrame
    parameters: dict[str, dict[str, float]]
    chosen_model: str
    alive_model: str
    chosen_because: str
    holdout: Holdout
    frequency: pd.DataFrame
    tracking: pd.DataFrame
    spend: SpendFacts
    equity: Equity
    assumptions: tuple[Assumption, ...]
    margin_basis: Literal["own", "assumed", "none"]
    margin_share: float | None
    is_profit: bool
    n_not_scored: int
    n_distinct_histories: int
    unavailable: str = ""
    rolling: Rolling = field(default_factory=lambda: rolling_of(()))


def estimate_value(
    tables: Tables,
    *,
    as_of: date,
    gross_margin_share: float | None,
    annual_discount_rate: float,
    horizon_months: int,
    repeat_model: str = "",
) -> Value:
    """Return what each customer will bring from ``as_of`` to the horizon, and what the base is worth.

    Parameters
    ----------
    tables
        With ``customer_days`` (customer_key, day, net_amount, optionally profit).
    as_of
        Last day of observation, included.
    gross_margin_share
        Share of revenue left after cost of goods, used where costs are not known; when neither is known, value is
        revenue and ``is_profit`` is False.
    annual_discount_rate
        Effective rate a year; purchases of a month are discounted from its middle.
    horizon_months
        Calendar months from ``as_of``.
    repeat_model
        Model that the consultant pins, by name; empty for the one that the check against the past prefers.

    Returns
    -------
    Value
        With ``unavailable`` saying why when there is nothing to estimate.
    """
    asked = _Asked(as_of, horizon_months, months_later(as_of, horizon_months), annual_discount_rate, gross_margin_share)
    if not tables.has("customer_days", "customer_key", "day", "net_amount"):
        return _nothing(asked, "needs `orders`")
    days = customer_days(tables)
    histories = purchase_histories(days, until=as_of)
    patterns = distinct_patterns(histories)
    n_known = int(tables["golden"].customer_key.nunique().execute()) if tables.has("golden", "customer_key") else 0
    asked = replace(asked, n_not_scored=max(n_known - len(histories), 0))
    reason = too_little(patterns)
    if reason:
        return _nothing(asked, reason, histories=histories)
    seen = days.filter(days.day < pd.Timestamp(as_of) + pd.Timedelta(days=1))
    middle, cut_offs = roll(seen, first=histories["first_day"].min().date(), until=as_of)
    rolling = rolling_of(tuple(cut.holdout for cut in cut_offs))
    models = fit_repeat_models(patterns)
    choice = choose(models, rolling.errors(), pinned=repeat_model)
    if choice is None:
        reason = "too little data: no model of repeat purchases could be fitted reliably"
        return _nothing(asked, reason, histories=histories, models=models)
    return _estimated(asked, _Base(seen, histories, patterns, middle, cut_offs, rolling), models, choice)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was asked for, and how many known customers it cannot be answered for."""

    as_of: date
    horizon_months: int
    horizon_end: date
    annual_discount_rate: float
    gross_margin_share: float | None
    n_not_scored: int = 0

    @property
    def weeks(self) -> float:
        """Length of the horizon."""
        return (self.horizon_end - self.as_of).days / DAYS_PER_WEEK


@dataclass(frozen=True, slots=True)
class _Base:
    """What is known of the customers: purchases, histories, and how forecasts from the split on would have done."""

    days: ibis.Table
    histories: pd.DataFrame
    patterns: Patterns
    middle: CutOff
    cut_offs: tuple[CutOff, ...]
    rolling: Rolling

    @property
    def holdout(self) -> Holdout:
        """The check from the cut-off in the middle."""
        return self.middle.holdout


def _estimated(asked: _Asked, base: _Base, models: tuple[RepeatModel, ...], choice: Choice) -> Value:
    spend, margin = fit_spend_model(base.histories), margins(base.histories, asked.gross_margin_share)
    customers = _scored(asked, base, choice, spend, margin)
    usable = tuple(model for model in models if model.fit.is_usable)
    return Value(
        as_of=asked.as_of,
        horizon_end=asked.horizon_end,
        annual_discount_rate=asked.annual_discount_rate,
        customers=customers,
        models=models_frame(models),
        parameters={model.name: model.fit.parameters for model in usable},
        chosen_model=choice.model.name,
        alive_model=choice.alive_model.name,
        chosen_because=choice.because,
        holdout=base.holdout,
        frequency=frequency_fit(choice.model, base.patterns),
        tracking=_tracked(asked, base, choice),
        spend=spend.facts,
        equity=_equity(asked, base, choice, customers),
        assumptions=_assumptions(asked, base, choice, usable, spend=spend.facts, margin=margin),
        margin_basis=margin.basis,
        margin_share=margin.base_share,
        is_profit=margin.is_profit,
        n_not_scored=asked.n_not_scored,
        n_distinct_histories=len(base.patterns.n_repeat),
        rolling=base.rolling,
    )


def _scored(asked: _Asked, base: _Base, choice: Choice, spend: Spend, margin: Margin) -> pd.DataFrame:
    """Estimates are made once per distinct history and joined back to the customers."""
    ahead = outlook(
        choice.model,
        base.patterns,
        as_of=asked.as_of,
        horizon_months=asked.horizon_months,
        annual_discount_rate=asked.annual_discount_rate,
    )
    row = base.patterns.row
    customers = base.histories.assign(
        alive_probability=choice.alive_model.alive(base.patterns)[row],
        expected_purchases=ahead.purchases[row],
        expected_spend=spend.expected,
        margin_share=margin.shares,
        value=ahead.discounted[row] * spend.expected * margin.shares,
    )
    return customers[_CUSTOMERS]


def _equity(asked: _Asked, base: _Base, choice: Choice, customers: pd.DataFrame) -> Equity:
    per_purchase = (customers["expected_spend"] * customers["margin_share"]).to_numpy("float64")
    weight = np.bincount(base.patterns.row, per_purchase, len(base.patterns.n_repeat)).astype("float64")
    draws = parameter_draws(choice.model, base.patterns, weight, asked.weeks, seed=_SEED)
    return customer_equity(customers, draws, level_error=base.holdout.level_error(asked.weeks), seed=_SEED)


def _assumptions(
    asked: _Asked, base: _Base, choice: Choice, usable: tuple[RepeatModel, ...], *, spend: SpendFacts, margin: Margin
) -> tuple[Assumption, ...]:
    totals = {m.name: float(m.expected(base.patterns, asked.weeks) @ base.patterns.n_customers) for m in usable}
    return (
        *sheet.fit_assumptions(choice.model, totals, base.holdout),
        *sheet.base_assumptions(
            base.histories,
            spend,
            margin,
            horizon_weeks=asked.weeks,
            regularity=sheet.rhythm(base.days),
            drift=sheet.spend_drift(base.days, middle_of(base.histories["first_day"].min().date(), asked.as_of)),
        ),
    )


def _tracked(asked: _Asked, base: _Base, choice: Choice) -> pd.DataFrame:
    """Track the model as it was at the split, for the customers known then; without one, as it is today."""
    then, split_on = base.middle.model(choice.model.name), base.holdout.split_on
    last = split_on if then and split_on else asked.as_of
    first_days = base.histories.loc[base.histories["first_day"] <= pd.Timestamp(last), "first_day"]
    bought = purchases_by_day(base.days, acquired_until=last, until=asked.as_of)
    return track(then or choice.model, first_days, bought, split_on=split_on if then else None, until=asked.as_of)


def _nothing(
    asked: _Asked, reason: str, *, histories: pd.DataFrame | None = None, models: tuple[RepeatModel, ...] = ()
) -> Value:
    """Return the result that says why there is no estimate; what customers bought so far is still in it."""
    missing = ("alive_probability", "expected_purchases", "value", "expected_spend", "margin_share")
    if histories is None:
        customers, margin = pd.DataFrame(columns=_CUSTOMERS), Margin(np.ones(0), "none", None)
    else:
        customers = histories.assign(**dict.fromkeys(missing, np.nan))[_CUSTOMERS]
        margin = margins(histories, asked.gross_margin_share)
    return Value(
        as_of=asked.as_of,
        horizon_end=asked.horizon_end,
        annual_discount_rate=asked.annual_discount_rate,
        customers=customers,
        models=models_frame(models),
        parameters={},
        chosen_model="",
        alive_model="",
        chosen_because="",
        holdout=no_holdout(reason),
        frequency=pd.DataFrame(columns=["n_repeat", "actual", "expected"]),
        tracking=pd.DataFrame(columns=["day", "actual", "expected", "is_forecast"]),
        spend=_NO_SPEND,
        equity=no_equity(reason),
        assumptions=(),
        margin_basis=margin.basis,
        margin_share=margin.base_share,
        is_profit=margin.is_profit,
        n_not_scored=asked.n_not_scored,
        n_distinct_histories=0,
        unavailable=reason,
    )
