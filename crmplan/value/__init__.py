"""What customers will bring, and how far to trust the figure."""

from __future__ import annotations

from crmplan.value.assumptions import Assumption
from crmplan.value.contracts import ContractValue
from crmplan.value.covariates import Covariate
from crmplan.value.economics import CustomerEconomics, customer_economics
from crmplan.value.equity import Equity
from crmplan.value.estimate import estimate_value
from crmplan.value.holdout import Holdout
from crmplan.value.spend import SpendFacts
from crmplan.value.valuation import Value

__all__ = [
    "Assumption",
    "ContractValue",
    "Covariate",
    "CustomerEconomics",
    "Equity",
    "Holdout",
    "SpendFacts",
    "Value",
    "customer_economics",
    "estimate_value",
]
