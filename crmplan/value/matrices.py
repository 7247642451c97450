"""What the model makes of any history: alive and expected purchases by number of purchases and time of the last one."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmplan.value.purchase_history import Patterns
from crmplan.value.repeat_models import RepeatModel

__all__ = ["history_matrix"]

_STEPS = 12
_MOST_COUNTED = 0.99


def history_matrix(model: RepeatModel, alive_model: RepeatModel, patterns: Patterns, weeks: float) -> pd.DataFrame:
    """Return alive and expected purchases over a grid of histories of customers won when the data begin.

    Parameters
    ----------
    model, alive_model
        That forecasts, and that says who is still a customer.
    patterns
        Of the base; they say how far the grid reaches.
    weeks
        Length of the forecast.

    Returns
    -------
    pd.DataFrame
        n_repeat, recency_weeks (from first to last purchase), idle_weeks (since the last), alive, expected (purchases).
    """
    age = float(patterns.age_weeks.max())
    order = np.argsort(patterns.n_repeat)
    reached = np.cumsum(patterns.n_customers[order]) / patterns.n_customers.sum()
    most = int(max(patterns.n_repeat[order][np.searchsorted(reached, _MOST_COUNTED).clip(max=len(order) - 1)], 3))
    counts = np.unique(np.linspace(1, most, min(_STEPS, most)).round())
    recency = np.linspace(age / _STEPS, age, _STEPS)
    x, t_x = (grid.ravel() for grid in np.meshgrid(counts, recency, indexing="ij"))
    n = len(x)
    grid = Patterns(x, t_x, np.full(n, age), np.ones(n), np.arange(n, dtype="int64"))
    return pd.DataFrame(
        {
            "n_repeat": x.astype("int64"),
            "recency_weeks": t_x,
            "idle_weeks": age - t_x,
            "alive": alive_model.alive(grid),
            "expected": model.expected(grid, weeks),
        }
    )
