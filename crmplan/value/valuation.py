"""The shape of the value result: what customers will bring, and everything that says how far to trust it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from crmplan.value.assumptions import Assumption
from crmplan.value.category_margin import CategoryMargins
from crmplan.value.contracts import ContractValue
from crmplan.value.covariates import Covariate
from crmplan.value.coverage import Coverage
from crmplan.value.equity import Equity
from crmplan.value.holdout import Holdout
from crmplan.value.margin import MarginBasis
from crmplan.value.rolling import Rolling, rolling_of
from crmplan.value.spend import SpendFacts

__all__ = ["Value"]


_FEW_STATED = 0.05
"""Of what was bought: margins stated for so little do not move the average."""


@dataclass(frozen=True, slots=True)
class Value:
    """What customers will bring from today to the horizon, and how far to trust it.

    Parameters
    ----------
    customers
        One row per customer who has bought: customer_key, n_repeat, recency_weeks (first to last purchase), age_weeks
        (first purchase to today), mean_spend (per repeat day; missing without one), alive_probability,
        expected_purchases, value (currency today), n_purchases, revenue (so far), expected_spend (per purchase),
        margin_share, last_day, value_low and value_high (range that holds 80 % of customers, widened as measured),
        process_sd and parameter_sd (of the value: because customers do as they please, and because parameters are
        estimates), decile (tenth of customers, 1 the most valuable). The estimates are missing when there are too few
        data.
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
    coverage
        How often ranges held what happened at the cut-offs, and by what they are widened.
    frequency
        n_repeat, actual, expected: customers by number of repeat purchases.
    tracking
        day, actual, expected, is_forecast, cohort ("all", then thirds of customers by first purchase): cumulative
        repeat purchases.
    matrix
        What the model makes of any history (:func:`crmplan.value.matrices.history_matrix`).
    spend
        How spend per purchase was modelled.
    equity
        The value of the base.
    assumptions
        Each with its number, threshold and colour.
    margin_basis
        What most of what was bought has its margin from: own (costs in the orders), category (shares by product
        category), assumed (one share agreed with the client), none (value is revenue).
    margin_covered, margin_remark
        Share of what was bought by where its margin comes from (:class:`crmplan.value.margin.Margin`); why no profit
        can be told, where it cannot.
    margin_by_category
        Margins by product category, with what was sold of each; empty where none were stated.
    is_profit
        Whether value is after cost of goods.
    serve_cost_per_purchase
        Taken off for every purchase; None where nobody has stated it, and serving is then not in the value.
    n_not_scored
        Known customers without a purchase, who get no value.
    n_unpaid
        Customers with orders that came to nothing: everything was given back, or nothing was paid. They get no value.
    second_opinion
        How far the library lifetimes, fitted to the same purchases, is from ours
        (:func:`crmplan.value.second_opinion.second_opinion`).
    contracts
        What the contracts in force will bring, apart from the purchases; it may be known where the rest is not.
    occasions
        Kind of the fixed occasions on which customers buy (weekly, fortnightly, monthly, quarterly, yearly), in which
        recency and age are then counted; empty where they buy on any day.
    covariates
        Whether source, first product group, first channel or the client's own grouping tell how often customers buy
        and how likely they leave.
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
    margin_basis: MarginBasis
    margin_share: float | None
    is_profit: bool
    n_not_scored: int
    n_distinct_histories: int
    second_opinion: pd.DataFrame
    contracts: ContractValue
    covariates: tuple[Covariate, ...] = ()
    unavailable: str = ""
    n_unpaid: int = 0
    margin_by_category: CategoryMargins = field(default_factory=CategoryMargins)
    margin_covered: dict[str, float] = field(default_factory=dict)
    margin_remark: str = ""
    rolling: Rolling = field(default_factory=lambda: rolling_of(()))
    coverage: Coverage = field(default_factory=Coverage)
    serve_cost_per_purchase: float | None = None
    matrix: pd.DataFrame = field(default_factory=pd.DataFrame)
    occasions: str = ""

    @property
    def margin_rests_on_costs(self) -> bool:
        """Whether costs of order lines tell the margin of nearly all that was bought, and no stated share does.

        Only then does the margin measured on these lines stand for the whole; else it is one part of the average.
        """
        stated = sum(of for name, of in self.margin_covered.items() if name in {"category", "assumed"})
        return "own" in self.margin_covered and stated <= _FEW_STATED
