"""From the days on which customers bought to what the base is worth, with everything that says how far to trust it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmplan.tables import Tables
from crmplan.value.assumption_case import Case
from crmplan.value.assumption_sheet import assumption_sheet
from crmplan.value.assumptions import rhythm, spend_drift
from crmplan.value.bayes import needs_posterior, with_posterior
from crmplan.value.category_margin import category_margins
from crmplan.value.contracts import ContractValue, value_contracts
from crmplan.value.covariates import Covariate, covariates
from crmplan.value.coverage import Coverage, measure_coverage
from crmplan.value.equity import decile_of, equity_of, no_equity
from crmplan.value.fixed_occasions import Calendar, purchases_on_occasions
from crmplan.value.further_checks import AliveCheck, alive_check, seasonality
from crmplan.value.holdout import Holdout, no_holdout
from crmplan.value.lifetime_value import months_later, outlook
from crmplan.value.line_costs import costs_by_customer
from crmplan.value.margin import Margin, margins
from crmplan.value.matrices import history_matrix
from crmplan.value.purchase_history import (
    DAYS_PER_WEEK,
    Patterns,
    customers_with_orders,
    distinct_patterns,
    middle_of,
    purchase_histories,
)
from crmplan.value.ranges import LEVELS, ranges, relative_spend_variance, widened
from crmplan.value.repeat_models import Choice, RepeatModel, choose, fit_repeat_models, models_frame, too_little
from crmplan.value.repeat_purchases import OCCASION_MODELS
from crmplan.value.rolling import CutOff, Rolling, roll, rolling_of
from crmplan.value.second_opinion import COLUMNS as _SECOND_OPINION
from crmplan.value.second_opinion import second_opinion
from crmplan.value.spend import Spend, SpendFacts, fit_spend_model
from crmplan.value.tracking import frequency_fit, track_cohorts
from crmplan.value.traits import traits
from crmplan.value.valuation import Value

if TYPE_CHECKING:
    import ibis

__all__ = ["estimate_value"]

_SEED = 20_160
_SHOWN = LEVELS.index(0.80)
"""A customer's range holds 80 % of cases; one of 95 % would be from nothing to a fortune for nearly everybody."""
_CUSTOMERS = [
    "customer_key", "n_repeat", "recency_weeks", "age_weeks", "mean_spend", "alive_probability", "expected_purchases",
    "value", "n_purchases", "revenue", "expected_spend", "margin_share", "last_day", "value_low", "value_high",
    "process_sd", "parameter_sd", "decile",
]  # fmt: skip
_NO_SPEND = SpendFacts("none", "there are too little data", {}, None, 0, 0.0)


def estimate_value(
    tables: Tables,
    *,
    as_of: date,
    gross_margin_share: float | None,
    annual_discount_rate: float,
    horizon_months: int,
    repeat_model: str = "",
    serve_cost_per_purchase: float | None = None,
    gross_margin_share_by_category: Mapping[str, float] | None = None,
) -> Value:
    """Return what each customer will bring from ``as_of`` to the horizon, and what the base is worth.

    Parameters
    ----------
    tables
        With ``customer_days`` (customer_key, day, net_amount, optionally profit); ``contracts`` where there are any.
    as_of
        Last day of observation, included.
    gross_margin_share
        Share of revenue left after cost of goods, for order lines with neither a cost of their own nor a category
        with a share; when no margin is known, value is revenue and ``is_profit`` is False.
    annual_discount_rate
        Effective rate a year; purchases of a month are discounted from its middle.
    horizon_months
        Calendar months from ``as_of``.
    repeat_model
        Model that the consultant pins, by name (``MBG/NBD posterior`` for its posterior); empty for the one that the
        check against the past prefers.
    serve_cost_per_purchase
        What a purchase costs beyond the goods; taken off the value where it is stated.
    gross_margin_share_by_category
        Share of revenue left after cost of goods by product category, where the client has stated it.

    Returns
    -------
    Value
        With ``unavailable`` saying why when there is nothing to estimate.

    Raises
    ------
    MissingExtraError
        When a posterior is pinned and pymc-marketing is not installed.
    """
    needs_posterior(repeat_model)
    contracts = value_contracts(
        tables,
        as_of=as_of,
        gross_margin_share=gross_margin_share,
        annual_discount_rate=annual_discount_rate,
        horizon_months=horizon_months,
    )
    asked = _Asked(
        as_of,
        horizon_months,
        months_later(as_of, horizon_months),
        annual_discount_rate,
        gross_margin_share,
        contracts,
        serve_cost_per_purchase,
        dict(gross_margin_share_by_category or {}),
    )
    return _value_of_purchases(tables, asked, repeat_model)


def _value_of_purchases(tables: Tables, asked: _Asked, repeat_model: str) -> Value:
    if not tables.has("customer_days", "customer_key", "day", "net_amount"):
        return _nothing(asked, "needs `orders`")
    as_of = asked.as_of
    kind = next((kind for kind, name in OCCASION_MODELS.items() if name == repeat_model), "")
    seen, calendar = purchases_on_occasions(tables, until=as_of, asked=kind)
    histories = purchase_histories(seen, until=as_of)
    histories = calendar.snapped(histories, as_of) if calendar else histories
    patterns = distinct_patterns(histories)
    n_known = int(tables["golden"].customer_key.nunique().execute()) if tables.has("golden", "customer_key") else 0
    n_ordered = customers_with_orders(tables, until=as_of)
    asked = replace(asked, n_not_scored=max(n_known - len(histories), 0), n_unpaid=max(n_ordered - len(histories), 0))
    margin = _margin(tables, asked, histories)
    reason = too_little(patterns)
    if reason:
        return _nothing(asked, _with_unpaid(reason, asked, histories), histories=histories, margin=margin)
    middle, cut_offs = roll(seen, first=histories["first_day"].min().date(), until=as_of, calendar=calendar)
    rolling = rolling_of(tuple(cut.holdout for cut in cut_offs))
    models = fit_repeat_models(patterns, calendar.kind if calendar else "")
    models = with_posterior(models, patterns, pinned=repeat_model, seed=_SEED)
    choice = choose(models, rolling.errors(), pinned=repeat_model)
    if choice is None:
        reason = "too little data: no model of repeat purchases could be fitted reliably"
        return _nothing(asked, reason, histories=histories, margin=margin, models=models)
    rolling = rolling.told_of(choice.model.name)
    base = _Base(seen, histories, patterns, middle, cut_offs, rolling, traits(tables), margin, calendar)
    return _estimated(asked, base, models, choice)


def _with_unpaid(reason: str, asked: _Asked, histories: pd.DataFrame) -> str:
    """Return why there is too little, with the customers whose orders came to nothing."""
    if not asked.n_unpaid:
        return reason
    who = f"{asked.n_unpaid} customer{'' if asked.n_unpaid == 1 else 's'} gave everything back or paid nothing"
    return f"{reason}; {who} and cannot be valued" if len(histories) else f"too little data: all {who}"


def _margin(tables: Tables, asked: _Asked, histories: pd.DataFrame) -> Margin:
    """Join margins by category to the sales only where some are stated."""
    stated, share = asked.gross_margin_share_by_category, asked.gross_margin_share
    by_category = category_margins(tables, stated, share, as_of=asked.as_of) if stated else None
    return margins(histories, costs_by_customer(tables, histories, as_of=asked.as_of), share, by_category)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was asked for, what contracts answer, and how many known customers it cannot be answered for."""

    as_of: date
    horizon_months: int
    horizon_end: date
    annual_discount_rate: float
    gross_margin_share: float | None
    contracts: ContractValue
    serve_cost: float | None = None
    gross_margin_share_by_category: Mapping[str, float] = field(default_factory=dict)
    n_not_scored: int = 0
    n_unpaid: int = 0

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
    traits: pd.DataFrame
    margin: Margin
    calendar: Calendar | None

    @property
    def holdout(self) -> Holdout:
        """The check from the cut-off in the middle."""
        return self.middle.holdout


def _estimated(asked: _Asked, base: _Base, models: tuple[RepeatModel, ...], choice: Choice) -> Value:
    spend, margin = fit_spend_model(base.histories), base.margin
    coverage = measure_coverage(choice.model.name, base.cut_offs, seed=_SEED)
    customers = _scored(asked, base, choice, spend=spend, coverage=coverage)
    usable = tuple(model for model in models if model.fit.is_usable and not model.is_yardstick)
    estimated = Value(
        **_asked_and_margin(asked, margin),
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
        equity=equity_of(customers, coverage),
        assumptions=(),
        n_distinct_histories=len(base.patterns.n_repeat),
        second_opinion=second_opinion(tuple(m for m in models if not m.is_posterior), base.patterns, asked.weeks),
        covariates=_covariates(asked, base, usable),
        rolling=base.rolling,
        coverage=coverage,
        occasions=base.calendar.kind if base.calendar else "",
        matrix=history_matrix(choice.model, choice.alive_model, base.patterns, asked.weeks),
    )
    return replace(estimated, assumptions=assumption_sheet(_case(asked, base, choice, usable, estimated)))


def _asked_and_margin(asked: _Asked, margin: Margin) -> dict[str, Any]:
    """Return what a value says of itself whether or not it could be estimated."""
    return {
        "as_of": asked.as_of,
        "horizon_end": asked.horizon_end,
        "annual_discount_rate": asked.annual_discount_rate,
        "serve_cost_per_purchase": asked.serve_cost,
        "margin_basis": margin.basis,
        "margin_share": margin.base_share,
        "margin_by_category": margin.by_category,
        "margin_covered": dict(margin.covered),
        "margin_remark": margin.remark,
        "is_profit": margin.is_profit,
        "n_not_scored": asked.n_not_scored,
        "n_unpaid": asked.n_unpaid,
        "contracts": asked.contracts,
    }


def _covariates(asked: _Asked, base: _Base, usable: tuple[RepeatModel, ...]) -> tuple[Covariate, ...]:
    plain = next((model for model in usable if model.name == "MBG/NBD"), None)
    return covariates(base.histories, base.traits, plain, asked.weeks)


def _scored(asked: _Asked, base: _Base, choice: Choice, *, spend: Spend, coverage: Coverage) -> pd.DataFrame:
    """Estimates are made once per distinct history and joined back to the customers."""
    ahead = outlook(
        choice.model,
        base.patterns,
        as_of=asked.as_of,
        horizon_months=asked.horizon_months,
        annual_discount_rate=asked.annual_discount_rate,
    )
    doubt = ranges(
        choice.model,
        base.patterns,
        asked.weeks,
        spend_variance=relative_spend_variance(base.histories),
        seed=_SEED,
    )
    row, margin = base.patterns.row, base.margin
    # What a purchase is worth today, on average over the horizon.
    discount = np.divide(
        ahead.discounted, ahead.purchases, out=np.ones_like(ahead.purchases), where=ahead.purchases > 0
    )
    per_purchase = spend.expected * margin.shares - (asked.serve_cost or 0.0)
    worth = per_purchase * discount[row]
    low, high = widened(doubt.mean, doubt.low[_SHOWN], doubt.high[_SHOWN], coverage.customer_factors[_SHOWN])
    ends = np.sort(np.column_stack([low[row] * worth, high[row] * worth]), axis=1)
    customers = base.histories.assign(
        alive_probability=choice.alive_model.alive(base.patterns)[row],
        expected_purchases=ahead.purchases[row],
        expected_spend=spend.expected,
        margin_share=margin.shares,
        value=ahead.discounted[row] * per_purchase,
        value_low=ends[:, 0],
        value_high=ends[:, 1],
        process_sd=doubt.process_sd[row] * np.abs(worth),
        parameter_sd=doubt.parameter_sd[row] * np.abs(worth),
    )
    return customers.assign(decile=decile_of(customers))[_CUSTOMERS]


def _case(asked: _Asked, base: _Base, choice: Choice, usable: tuple[RepeatModel, ...], estimated: Value) -> Case:
    middle = middle_of(base.histories["first_day"].min().date(), asked.as_of)
    return Case(
        customers=estimated.customers,
        histories=base.histories,
        model=choice.model,
        expected={model.name: model.expected(base.patterns, asked.weeks)[base.patterns.row] for model in usable},
        spend=estimated.spend,
        margin=base.margin,
        rolling=base.rolling,
        coverage=estimated.coverage,
        frequency=estimated.frequency,
        horizon_weeks=asked.weeks,
        regularity=rhythm(base.days),
        drift=spend_drift(base.days, middle),
        seasons=seasonality(base.days, until=asked.as_of),
        alive=_alive_then(base, choice),
    )


def _alive_then(base: _Base, choice: Choice) -> AliveCheck | None:
    """Check the chance of still being a customer, as it was at the split, against who bought after it."""
    then, known = base.middle.model(choice.alive_model.name), base.middle.known
    if then is None:
        return None
    patterns = distinct_patterns(known)
    return alive_check(then.alive(patterns)[patterns.row], (known["n_bought"] > 0).to_numpy(dtype=bool))


def _tracked(asked: _Asked, base: _Base, choice: Choice) -> pd.DataFrame:
    """Track the model as it was at the split, for the customers known then; without one, as it is today."""
    then, split_on = base.middle.model(choice.model.name), base.holdout.split_on
    return track_cohorts(
        then or choice.model,
        base.histories["first_day"],
        base.days,
        split_on=split_on if then else None,
        until=asked.as_of,
    )


def _nothing(
    asked: _Asked,
    reason: str,
    *,
    histories: pd.DataFrame | None = None,
    margin: Margin | None = None,
    models: tuple[RepeatModel, ...] = (),
) -> Value:
    """Return the result that says why there is no estimate; what customers bought so far is still in it."""
    missing = ("alive_probability", "expected_purchases", "value", "expected_spend", "margin_share", "value_low",
               "value_high", "process_sd", "parameter_sd", "decile")  # fmt: skip
    customers = pd.DataFrame(columns=_CUSTOMERS)
    if histories is not None:
        customers = histories.assign(**dict.fromkeys(missing, np.nan))[_CUSTOMERS]
    margin = margin or Margin(np.ones(0), "none", None)
    return Value(
        **_asked_and_margin(asked, margin),
        customers=customers,
        models=models_frame(models),
        parameters={},
        chosen_model="",
        alive_model="",
        chosen_because="",
        holdout=no_holdout(reason),
        frequency=pd.DataFrame(columns=["n_repeat", "actual", "expected"]),
        tracking=pd.DataFrame(columns=["day", "actual", "expected", "is_forecast", "cohort"]),
        spend=_NO_SPEND,
        equity=no_equity(reason),
        assumptions=(),
        n_distinct_histories=0,
        second_opinion=pd.DataFrame(columns=list(_SECOND_OPINION)),
        unavailable=reason,
    )
