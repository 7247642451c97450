"""What the assumptions behind a value are checked on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmplan.value.coverage import Coverage
from crmplan.value.further_checks import AliveCheck
from crmplan.value.margin import Margin
from crmplan.value.repeat_models import RepeatModel
from crmplan.value.rolling import Rolling
from crmplan.value.spend import SpendFacts

__all__ = ["Case"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Case:
    """Everything that assumptions are checked on.

    Parameters
    ----------
    customers, histories
        Scored customers, and their histories in the same order.
    model
        That forecasts.
    expected
        Purchases expected of each customer until the horizon, by model.
    spend, margin
        How spend and margin were found.
    rolling, coverage
        The check against the past, and that of the ranges.
    frequency
        Customers by number of repeat purchases, actual and expected.
    horizon_weeks
        Length of the forecast.
    regularity, drift
        As :func:`crmplan.value.assumptions.rhythm` and :func:`crmplan.value.assumptions.spend_drift` return them.
    seasons, alive
        As :func:`crmplan.value.further_checks.seasonality` and :func:`crmplan.value.further_checks.alive_check` return
        them.
    """

    customers: pd.DataFrame
    histories: pd.DataFrame
    model: RepeatModel
    expected: Mapping[str, Floats]
    spend: SpendFacts
    margin: Margin
    rolling: Rolling
    coverage: Coverage
    frequency: pd.DataFrame
    horizon_weeks: float
    regularity: float | None
    drift: float | None
    seasons: float | None = None
    alive: AliveCheck | None = None

    @property
    def value(self) -> Floats:
        """Value of each customer."""
        return self.customers["value"].to_numpy("float64")

    @property
    def total(self) -> float:
        """Value of the base."""
        return float(self.value.sum())

    def worth_of(self, chosen: npt.NDArray[np.bool_]) -> float:
        """Return the value of some customers."""
        return float(self.value[chosen].sum())

    def league(self, column: str) -> float | None:
        """Return a figure of the used model in the check over the cut-offs; None when there was none."""
        found = self.rolling.league.loc[self.rolling.league["forecast"] == self.model.name, column]
        return float(found.iloc[0]) if len(found) and np.isfinite(float(found.iloc[0])) else None
