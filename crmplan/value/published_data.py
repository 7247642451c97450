"""The data behind the published figures: that they are the right ones, and what rounding them changes.

The wheel of lifetimes carries CDNOW as a log and, rounded to two decimals of a week, as one row per customer; the fits
of the rounded table differ from those of the log in the third decimal of the log-likelihood, and both are published.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmplan.value.gamma_gamma import fit_spend
from crmplan.value.published_figure import Check, carried_data, compare
from crmplan.value.purchase_history import distinct_patterns
from crmplan.value.repeat_purchases import fit_repeat_model

__all__ = ["checks"]

_CARRIED = "carried by lifetimes 0.11.3"
_RECOMPUTED = "recomputed with independent code"
_BYTES = {
    "cdnow_customers_summary.csv": 40_079,
    "cdnow_customers_summary_with_transactions.csv": 57_085,
    "CDNOW_sample.txt": 228_327,
    "CDNOW_master.txt": 1_950_500,
    "donations.csv": 256,
    "example_transactions.csv": 378_603,
}
_ROUNDED = {"BG/NBD": -9582.4256, "MBG/NBD": -9582.1327, "Pareto/NBD": -9594.9739}
_ROUNDED_SPEND = -4055.9232


def checks() -> tuple[Check, ...]:
    """Return sizes and numbers of rows of the carried data, and the log-likelihoods of the rounded table."""
    return (*_sizes(), *_rows(), *_rounded())


def _sizes() -> list[Check]:
    return [
        compare(f"{name}, bytes", size, carried_data(name).stat().st_size, 0, _CARRIED) for name, size in _BYTES.items()
    ]


def _rows() -> list[Check]:
    sample = pd.read_csv(carried_data("CDNOW_sample.txt"), sep=r"\s+", header=None, dtype=str)
    whole = pd.read_csv(carried_data("CDNOW_master.txt"), sep=r"\s+", dtype=str)
    donors = pd.read_csv(carried_data("donations.csv"))
    return [
        compare("CDNOW, every tenth customer: purchases", 6919, len(sample), 0, _CARRIED),
        compare("CDNOW, every tenth customer: customers", 2357, sample[0].nunique(), 0, _CARRIED),
        compare("CDNOW, all: purchases", 69_659, len(whole), 0, _CARRIED),
        compare("Donations: distinct histories", 22, len(donors), 0, _CARRIED),
        compare("Donations: donors", 11_104, float(donors["weights"].sum()), 0, _CARRIED),
    ]


def _rounded() -> list[Check]:
    names = {"x": "n_repeat", "t_x": "recency_weeks", "T": "age_weeks", "zbar": "mean_spend"}
    customers = pd.read_csv(carried_data("cdnow_customers_summary_with_transactions.csv")).rename(columns=names)
    patterns = distinct_patterns(customers)
    found = [
        compare(
            f"{model} on rounded weeks: log-likelihood", value, fit_repeat_model(model, patterns).log_likelihood, 5e-4,
            _RECOMPUTED,
        )
        for model, value in _ROUNDED.items()
    ]  # fmt: skip
    again = customers[customers["mean_spend"] > 0]
    n_repeat, mean_spend = again["n_repeat"].to_numpy("float64"), again["mean_spend"].to_numpy("float64")
    spend = fit_spend(n_repeat, mean_spend, np.ones(len(again)))
    name = "Gamma-gamma on rounded amounts: log-likelihood"
    return [*found, compare(name, _ROUNDED_SPEND, spend.log_likelihood, 5e-4, _RECOMPUTED)]
