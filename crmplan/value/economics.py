"""Customer economics: what segments, sources and years of winning are worth, and what may be spent on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmplan.tables import Tables
from crmplan.value.acquisition import Acquisition, acquisition_by_source, campaign_costs
from crmplan.value.bridge import price_cuts, value_bridge
from crmplan.value.fitting import Fit
from crmplan.value.fixed_occasions import Calendar, purchases_on_occasions
from crmplan.value.groups import LEAST_CUSTOMERS, NOT_KNOWN, SMALLER, cohorts, pooled, value_by_group
from crmplan.value.lifetime_value import month_ends
from crmplan.value.offers import retention_offers
from crmplan.value.purchase_history import Patterns, distinct_patterns
from crmplan.value.repeat_models import RepeatModel
from crmplan.value.roll_forward import RollForward, roll_forward
from crmplan.value.scenarios import changed_decisions, monthly_margins, tornado
from crmplan.value.simulation import draw_stays
from crmplan.value.valuation import Value

if TYPE_CHECKING:
    import ibis

__all__ = ["CustomerEconomics", "customer_economics"]

_SEED = 20_161
_N_DRAWS = 200
_WEEKS_AHEAD = 365.25 / 7


@dataclass(frozen=True, slots=True)
class CustomerEconomics:
    """What groups of customers are worth and what may be spent on them.

    Parameters
    ----------
    segments, sources, cohorts
        As :func:`crmplan.value.groups.value_by_group` returns them, cohorts in the order of time. Sources and cohorts
        of under 20 customers are one group, left out if that is no larger; customers of whom nobody knows the source
        come last. Sources are empty where nobody knows how customers first heard of the company.
    roll_forward
        Customer equity from twelve months ago to today.
    acquisition
        Worth of a new customer and allowable cost of winning one, by source.
    offers
        Allowable retention offer by segment.
    bridge
        From list revenue to value, by segment.
    months
        Margin expected month by month in each segment; scenarios are computed from it.
    tornado
        What moves the value.
    changes
        Which decision on offers and sources would change if one of these moved.
    serve_cost, contact_cost, success_share, annual_discount_rate
        As the engagement states them.
    """

    segments: pd.DataFrame = field(default_factory=pd.DataFrame)
    sources: pd.DataFrame = field(default_factory=pd.DataFrame)
    cohorts: pd.DataFrame = field(default_factory=pd.DataFrame)
    roll_forward: RollForward = field(default_factory=lambda: RollForward(None, unavailable="no value"))
    acquisition: Acquisition = field(default_factory=Acquisition)
    offers: pd.DataFrame = field(default_factory=pd.DataFrame)
    bridge: pd.DataFrame = field(default_factory=pd.DataFrame)
    months: pd.DataFrame = field(default_factory=pd.DataFrame)
    tornado: pd.DataFrame = field(default_factory=pd.DataFrame)
    changes: pd.DataFrame = field(default_factory=pd.DataFrame)
    serve_cost: float | None = None
    contact_cost: float | None = None
    success_share: float = 0.0
    annual_discount_rate: float = 0.0
    unavailable: str = ""


def customer_economics(
    tables: Tables,
    value: Value,
    segments: pd.DataFrame,
    *,
    horizon_months: int,
    contact_cost: float | None = None,
    acquisition_cost: float | None = None,
    acquisition_cost_by_source: Mapping[str, float] | None = None,
    offer_success_share: float = 0.1,
) -> CustomerEconomics:
    """Return what groups of customers are worth and what may be spent on them.

    Parameters
    ----------
    tables
        With ``customer_days``; ``orders``, ``golden`` and ``campaigns`` add discounts, sources and their cost.
    value
        Of every customer.
    segments
        customer_key and segment.
    horizon_months
        With which the customers were valued.
    contact_cost
        Of reaching one customer; None where it is not known.
    acquisition_cost, acquisition_cost_by_source
        Of winning a customer, and where sources differ.
    offer_success_share
        Of customers who would leave, held by an offer.
    """
    if value.unavailable:
        return CustomerEconomics(unavailable=value.unavailable)
    case = _Case.of(tables, value, segments, horizon_months)
    months, rate = _months(case), value.annual_discount_rate
    costs = {**_campaign_costs(tables, case.known, value.as_of), **(acquisition_cost_by_source or {})}
    won = _won(case, costs, acquisition_cost)
    offers = _offers(case, offer_success_share, contact_cost)
    return CustomerEconomics(
        segments=value_by_group(value.customers, case.segment, factor=case.factor),
        sources=_by_source(case),
        cohorts=_by_cohort(case),
        roll_forward=_rolled(case),
        acquisition=won,
        offers=offers,
        bridge=value_bridge(value.customers, case.segment, price_cuts(tables), serve_cost=case.serve_cost),
        months=months,
        tornado=tornado(months, rate),
        changes=changed_decisions(months, rate, offers=offers, won=won, contact_cost=contact_cost),
        serve_cost=value.serve_cost_per_purchase,
        contact_cost=contact_cost,
        success_share=offer_success_share,
        annual_discount_rate=rate,
    )


@dataclass(frozen=True, slots=True)
class _Case:
    """What every part of the economics departs from.

    ``known`` are the customers with their source, ``factor`` widens ranges of groups (None: not measured).
    """

    value: Value
    horizon_months: int
    days: ibis.Table
    calendar: Calendar | None
    segment: pd.Series
    known: pd.DataFrame
    patterns: Patterns
    model: RepeatModel
    alive_model: RepeatModel
    serve_cost: float
    factor: float | None

    @classmethod
    def of(cls, tables: Tables, value: Value, segments: pd.DataFrame, horizon_months: int) -> _Case:
        customers = value.customers
        days, calendar = purchases_on_occasions(tables, until=value.as_of, asked=value.occasions)
        return cls(
            value=value,
            horizon_months=horizon_months,
            days=days,
            calendar=calendar,
            segment=_labelled(customers, segments, "segment").fillna("without a segment"),
            known=customers.assign(source=_sources(customers, tables)),
            patterns=distinct_patterns(customers),
            model=fitted(value, value.chosen_model),
            alive_model=fitted(value, value.alive_model),
            serve_cost=value.serve_cost_per_purchase or 0.0,
            factor=value.coverage.group_factor if value.coverage.n_cut_offs else None,
        )


def _by_source(case: _Case) -> pd.DataFrame:
    """Return what sources are worth; the customers of whom nobody knows it come last."""
    if case.known["source"].isna().all():
        return pd.DataFrame()
    found = _large(value_by_group(case.known, pooled(case.known["source"]), factor=case.factor))
    is_last = found["group"].isin([SMALLER, NOT_KNOWN])
    return pd.concat([found[~is_last], found[is_last].sort_values("group", ascending=False)], ignore_index=True)


def _by_cohort(case: _Case) -> pd.DataFrame:
    won = pooled(cohorts(case.known, case.value.as_of))
    found = _large(value_by_group(case.known, won, factor=case.factor))
    return found.sort_values("group", ignore_index=True)


def _large(groups: pd.DataFrame) -> pd.DataFrame:
    """Leave out what is still too small when smaller groups have been joined."""
    return groups[groups["n_customers"] >= LEAST_CUSTOMERS].reset_index(drop=True)


def _offers(case: _Case, success_share: float, contact_cost: float | None) -> pd.DataFrame:
    stays = draw_stays(case.alive_model, case.patterns, _WEEKS_AHEAD, n_draws=_N_DRAWS, seed=_SEED)
    return retention_offers(
        case.value.customers,
        case.segment,
        stays[case.patterns.row],
        success_share=success_share,
        factor=case.value.coverage.group_factor,
        contact_cost=contact_cost,
    )


def _won(case: _Case, costs: Mapping[str, float], cost: float | None) -> Acquisition:
    return acquisition_by_source(
        case.known.merge(_first_years(case.days), on="customer_key", how="left", validate="one_to_one"),
        case.model,
        as_of=case.value.as_of,
        horizon_months=case.horizon_months,
        annual_discount_rate=case.value.annual_discount_rate,
        relative_sd=_relative_sd(case.value),
        costs=costs,
        cost=cost,
        serve_cost=case.serve_cost,
    )


def _rolled(case: _Case) -> RollForward:
    return roll_forward(
        case.days,
        case.value.customers,
        model=case.model,
        alive_model=case.alive_model,
        as_of=case.value.as_of,
        horizon_months=case.horizon_months,
        annual_discount_rate=case.value.annual_discount_rate,
        serve_cost=case.serve_cost,
        calendar=case.calendar,
    )


def fitted(value: Value, name: str) -> RepeatModel:
    """Return a model with the parameters that a value was estimated with."""
    parameters = value.parameters[name]
    none = np.zeros((len(parameters), len(parameters)))
    return RepeatModel(name, Fit(dict(parameters), float("nan"), none, "converged", 0.0), len(value.customers))


def _months(case: _Case) -> pd.DataFrame:
    customers = case.value.customers
    worth = (customers["expected_spend"] * customers["margin_share"] - case.serve_cost).to_numpy("float64")
    days = month_ends(case.value.as_of, case.horizon_months)
    return monthly_margins(case.model, case.patterns, worth, case.segment, days)


def _relative_sd(value: Value) -> float:
    total, high = value.equity.total, value.equity.high
    return (high - total) / 1.96 / total if total and high is not None and total > 0 else 1.0


def _labelled(customers: pd.DataFrame, labels: pd.DataFrame, name: str) -> pd.Series:
    if labels.empty or name not in labels:
        return pd.Series(pd.NA, index=customers.index, dtype="str")
    of = labels.drop_duplicates("customer_key").set_index("customer_key")[name]
    return customers["customer_key"].map(of).astype("str").where(customers["customer_key"].isin(of.index))


def _sources(customers: pd.DataFrame, tables: Tables) -> pd.Series:
    """How each customer first heard of the company, where somebody knows."""
    if not tables.has("golden", "customer_key", "first_heard"):
        return pd.Series(pd.NA, index=customers.index, dtype="str")
    heard = tables.frame("golden", "customer_key", "first_heard").dropna(subset=["first_heard"])
    return _labelled(customers, heard, "first_heard")


def _campaign_costs(tables: Tables, known: pd.DataFrame, as_of: date) -> dict[str, float]:
    if not tables.has("campaigns", "channel", "started_on", "cost"):
        return {}
    won = known.loc[known["age_weeks"] <= _WEEKS_AHEAD, "source"]
    return campaign_costs(tables.frame("campaigns", "channel", "started_on", "cost"), won, as_of)


def _first_years(days: ibis.Table) -> pd.DataFrame:
    """Return what each customer spent on the first day, and within a year of it."""
    table: Any = days
    first = table.group_by("customer_key").agg(first_day=table.day.min())
    joined = table.join(first, "customer_key")
    since = joined.day.cast("date").delta(joined.first_day.cast("date"), unit="day")
    within = joined.mutate(since=since)
    within = within.filter(within.since < 365)
    found: pd.DataFrame = (
        within.group_by("customer_key")
        .agg(
            first_spend=(within.since == 0).ifelse(within.net_amount, 0.0).sum(),
            first_year_spend=within.net_amount.sum(),
            first_year_purchases=within.count(),
        )
        .execute()
    )
    return found.sort_values("customer_key", ignore_index=True)
