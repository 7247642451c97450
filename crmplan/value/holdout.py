"""Would it have worked? The models forecast a period that has already happened, beside simple rankings.

The observation is split in the middle. Models see only the first half and forecast the second for the customers known
at the split. Beside them stand what a clerk could do without any model: past purchase rate, past spend, RFM score.
When one of these wins, the verdict says so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmplan.value.accuracy import normalised_gini, quintile, top_share
from crmplan.value.purchase_history import DAYS_PER_WEEK, day_in_words, distinct_patterns
from crmplan.value.repeat_models import RepeatModel, fit_repeat_models, too_little
from crmplan.value.spend import FREQUENCY_BUCKETS, fit_spend_model, frequency_bucket
from crmplan.value.verdict import verdict_on_level, verdict_on_ranking

__all__ = ["Holdout", "NAIVE", "check_forecasts", "naive_scores", "no_holdout"]

Floats = npt.NDArray[np.float64]
NAIVE = ("Past purchase rate", "Past purchase rate, idle customers at 0", "Past spend", "RFM score")
"""Rankings that need no model."""

_IDLE_WEEKS = 13.0
_LEAST_PURCHASES = 20
_IDLE_BUCKETS = ("under 4", "4–12", "13–25", "26–51", "52 and more")
_IDLE_STARTS = (0, 4, 13, 26, 52)
_MEASURES = [
    "forecast", "is_model", "purchases", "bias_share", "mae", "rmse", "purchase_gini", "top_purchases_share",
    "spend", "spend_bias_share", "spend_gini", "top_spend_share",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Holdout:
    """Forecasts compared with what happened.

    Parameters
    ----------
    split_on, until
        Last day that the models saw; last day they forecast.
    n_customers
        Known at the split.
    n_purchases, spend
        What these customers then did.
    forecasts
        One row per forecast: forecast, is_model, purchases (total), bias_share, mae and rmse (purchases a customer),
        purchase_gini, top_purchases_share (of actual purchases made by the best-ranked tenth), spend, spend_bias_share,
        spend_gini, top_spend_share. Rankings without a level have none.
    buckets
        One row per number of repeat purchases at the split: bucket, n_customers, actual (mean purchases since) and one
        column per model.
    cohorts
        One row per third of customers by first purchase: cohort, n_customers, actual, and one column per model.
    verdict_ranking, verdict_level
        In words: whom to trust for the order of customers, and whom for the total.
    recency
        One row per number of weeks since the last purchase at the split: recency, n_customers, actual, and one column
        per model.
    deciles
        One row per model and tenth of customers by its forecast, the highest first: model, decile, n_customers,
        expected, actual (mean purchases a customer), actual_error (standard error of actual).
    """

    split_on: date | None
    until: date | None
    n_customers: int
    n_purchases: int
    spend: float
    forecasts: pd.DataFrame
    buckets: pd.DataFrame
    cohorts: pd.DataFrame
    verdict_ranking: str
    verdict_level: str
    unavailable: str = ""
    recency: pd.DataFrame = field(default_factory=pd.DataFrame)
    deciles: pd.DataFrame = field(default_factory=pd.DataFrame)

    def errors(self) -> dict[str, float]:
        """Return the mean absolute error (purchases a customer) of each model."""
        models = self.forecasts[self.forecasts["is_model"].astype(bool)]
        return dict(zip(models["forecast"], models["mae"].astype(float), strict=True))

    def bias_of(self, model: str) -> float | None:
        """Return by how much a model's total was too high (above 0) or too low, as a share of what happened."""
        row = self.forecasts[self.forecasts["forecast"] == model]
        return float(row["bias_share"].iloc[0]) if len(row) else None


def no_holdout(reason: str) -> Holdout:
    """Return the comparison that could not be made."""
    frame = pd.DataFrame(columns=_MEASURES)
    buckets = pd.DataFrame(columns=["bucket", "n_customers", "actual"])
    cohorts = pd.DataFrame(columns=["cohort", "n_customers", "actual"])
    recency = pd.DataFrame(columns=["recency", "n_customers", "actual"])
    deciles = pd.DataFrame(columns=["model", "decile", "n_customers", "expected", "actual", "actual_error"])
    return Holdout(None, None, 0, 0, 0.0, frame, buckets, cohorts, "", "", reason, recency, deciles)


def check_forecasts(
    known: pd.DataFrame, *, split_on: date, until: date, occasions: str = ""
) -> tuple[Holdout, tuple[RepeatModel, ...]]:
    """Return how models and simple rankings would have done, and the models as fitted up to the split.

    Parameters
    ----------
    known
        Histories up to the split with n_bought and spent after it
        (:func:`crmplan.value.purchase_history.with_holdout`).
    split_on, until
        Last day seen, last day forecast.
    occasions
        Kind of the fixed occasions on which customers buy; empty where they buy on any day.
    """
    patterns = distinct_patterns(known)
    reason = too_little(patterns)
    actual = known["n_bought"].to_numpy("float64")
    if not reason and actual.sum() < _LEAST_PURCHASES:
        known_on = day_in_words(split_on)
        reason = f"too little data: customers known on {known_on} bought {int(actual.sum())} times after it"
    fitted = () if reason else fit_repeat_models(patterns, occasions)
    models = tuple(model for model in fitted if model.fit.is_usable and not model.is_yardstick)
    if not models:
        return no_holdout(reason or "no model could be fitted to the first half of the data"), ()
    weeks = (until - split_on).days / DAYS_PER_WEEK
    by_model = {model.name: model.expected(patterns, weeks)[patterns.row] for model in models}
    forecasts = _forecasts(known, by_model, weeks)
    buckets = _by_group(known, by_model, frequency_bucket(known["n_repeat"]), FREQUENCY_BUCKETS, "bucket")
    cohorts = _cohorts(known, by_model)
    spend = float(known["spent"].sum())
    holdout = Holdout(
        split_on, until, len(known), int(actual.sum()), spend, forecasts, buckets, cohorts,
        verdict_on_ranking(forecasts), verdict_on_level(forecasts), recency=_by_group(known, by_model, *_idle(known)),
        deciles=_deciles(known, by_model),
    )  # fmt: skip
    return holdout, models


def naive_scores(known: pd.DataFrame, weeks: float) -> dict[str, Floats]:
    """Return what each of ``NAIVE`` says of every customer.

    The first two are purchases within so many weeks (a customer idle for 13 weeks at 0 in the second), the third the
    spend so far, the fourth the sum of three scores from 1 to 5: recency, frequency, spend.
    """
    x, age = known["n_repeat"].to_numpy("float64"), known["age_weeks"].to_numpy("float64")
    idle = age - known["recency_weeks"].to_numpy("float64")
    rate = np.divide(x, age, out=np.zeros(len(x)), where=age > 0) * weeks
    revenue = known["revenue"].to_numpy("float64")
    rfm = quintile(-idle) + quintile(x) + quintile(revenue)
    return dict(zip(NAIVE, (rate, np.where(idle <= _IDLE_WEEKS, rate, 0.0), revenue, rfm), strict=True))


def _forecasts(known: pd.DataFrame, by_model: dict[str, Floats], weeks: float) -> pd.DataFrame:
    expected_spend = fit_spend_model(known).expected
    rows = [_row(known, name, True, bought, bought * expected_spend) for name, bought in by_model.items()]
    rate, awake, revenue, rfm = naive_scores(known, weeks).values()
    mean_spend = revenue / known["n_purchases"].to_numpy("float64")
    rows += [
        _row(known, NAIVE[0], False, rate, rate * mean_spend),
        _row(known, NAIVE[1], False, awake, awake * mean_spend),
        _row(known, NAIVE[2], False, revenue, revenue, has_level=False),
        _row(known, NAIVE[3], False, rfm, rfm, has_level=False),
    ]
    return pd.DataFrame(rows, columns=_MEASURES)


def _row(
    known: pd.DataFrame, name: str, is_model: bool, bought: Floats, spent: Floats, *, has_level: bool = True
) -> dict[str, object]:
    actual, actual_spend = known["n_bought"].to_numpy("float64"), known["spent"].to_numpy("float64")
    none = float("nan")
    error = bought - actual
    return {
        "forecast": name,
        "is_model": is_model,
        "purchases": float(bought.sum()) if has_level else none,
        "bias_share": float(bought.sum() / actual.sum() - 1) if has_level else none,
        "mae": float(np.abs(error).mean()) if has_level else none,
        "rmse": float(np.sqrt((error**2).mean())) if has_level else none,
        "purchase_gini": normalised_gini(actual, bought),
        "top_purchases_share": top_share(actual, bought),
        "spend": float(spent.sum()) if has_level else none,
        "spend_bias_share": float(spent.sum() / actual_spend.sum() - 1) if has_level else none,
        "spend_gini": normalised_gini(actual_spend, spent),
        "top_spend_share": top_share(actual_spend, spent),
    }


def _by_group(
    known: pd.DataFrame,
    by_model: dict[str, Floats],
    group: npt.NDArray[np.int64],
    labels: tuple[str, ...],
    name: str,
) -> pd.DataFrame:
    frame = pd.DataFrame(
        {"group": group, "n_customers": 1, "actual": known["n_bought"].to_numpy("float64"), **by_model}
    )
    found = frame.groupby("group").agg({"n_customers": "sum", "actual": "mean", **dict.fromkeys(by_model, "mean")})
    found.insert(0, name, [labels[int(position)] for position in found.index])
    return found.reset_index(drop=True)


def _cohorts(known: pd.DataFrame, by_model: dict[str, Floats]) -> pd.DataFrame:
    """Thirds of the customers by the day of their first purchase; customers of one day stay together."""
    rank = known["first_day"].rank(method="average", pct=True).to_numpy("float64")
    third = np.clip(np.ceil(rank * 3) - 1, 0, 2).astype("int64")
    return _by_group(known, by_model, third, ("first third", "second third", "last third"), "cohort")


def _idle(known: pd.DataFrame) -> tuple[npt.NDArray[np.int64], tuple[str, ...], str]:
    """Weeks since the last purchase, in buckets."""
    weeks = (known["age_weeks"] - known["recency_weeks"]).to_numpy("float64")
    bucket = np.searchsorted(_IDLE_STARTS, weeks, side="right") - 1
    return np.asarray(bucket, dtype="int64"), _IDLE_BUCKETS, "recency"


def _deciles(known: pd.DataFrame, by_model: dict[str, Floats]) -> pd.DataFrame:
    """Tenths of customers by forecast: what was expected of each beside what came true."""
    found = []
    for model, expected in by_model.items():
        rank = pd.Series(-expected, index=known["customer_key"].to_numpy()).sort_index().rank(method="first")
        decile = np.ceil(10 * rank.reindex(known["customer_key"]).to_numpy() / len(known)).astype("int64")
        rows = pd.DataFrame({"decile": decile, "expected": expected, "actual": known["n_bought"].to_numpy("float64")})
        table = rows.groupby("decile", as_index=False).agg(
            n_customers=("expected", "size"),
            expected=("expected", "mean"),
            actual=("actual", "mean"),
            actual_error=("actual", "sem"),
        )
        table.insert(0, "model", model)
        found.append(table)
    return pd.concat(found, ignore_index=True)
