"""Forecasts of CDNOW: the second 39 weeks from the first, beside figures computed earlier with independent code.

Two rules of counting are used. A rule that leaves hundreds of customers with equal scores (past purchase rate, RFM
score) has no order of its own. In our own measures (:mod:`crmplan.value.accuracy`) such customers count as if they
stood in random order, so that the order of rows does not matter. The independent code let them stand in the order of
their numbers, took the first 235 (by purchases) or 236 (by spend) of 2,357 customers for the best tenth, and summed the
area under the curve customer by customer; figures that depend on it are recomputed by the same rule and say so.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmplan.value.coverage import measure_coverage
from crmplan.value.holdout import NAIVE, Holdout, check_forecasts, naive_scores
from crmplan.value.published_figure import Check, compare
from crmplan.value.purchase_history import DAYS_PER_WEEK, distinct_patterns
from crmplan.value.rolling import CutOff
from crmplan.value.spend import fit_spend_model

__all__ = ["checks", "coverage"]

Floats = npt.NDArray[np.float64]
SPLIT, END = date(1997, 9, 30), date(1998, 6, 30)
_INDEPENDENT = "computed earlier with independent code"
_BY_NUMBER = "computed earlier with independent code, ties by customer number"
_SEED = 39

_LEVEL = {"purchases": 0.05, "bias_share": 5e-4, "mae": 5e-4, "rmse": 5e-4}
_FORECASTS = {
    "BG/NBD": (1653.4, -0.121, 0.7855, 1.608),
    "MBG/NBD": (1576.7, -0.162, 0.7648, 1.607),
    "Pareto/NBD": (1665.5, -0.115, 0.7545, 1.603),
    NAIVE[0]: (2930.1, 0.557, 1.0237, 2.212),
    NAIVE[1]: (1841.2, -0.022, 0.8159, 2.022),
}
_SPEND = {"BG/NBD": (59_932, 0.844), "Pareto/NBD": (60_449, 0.852)}
_COUNT_ORDER = {
    "BG/NBD": (0.663, 0.467),
    "MBG/NBD": (0.664, 0.475),
    "Pareto/NBD": (0.673, 0.470),
    NAIVE[0]: (0.652, 0.458),
    NAIVE[1]: (0.519, 0.471),
}
_SPEND_ORDER = {
    "BG/NBD": (0.638, 0.502),
    "Pareto/NBD": (0.659, 0.504),
    NAIVE[2]: (0.680, 0.481),
    NAIVE[3]: (0.676, 0.495),
}
"""Normalised Gini, and what the best tenth made of the whole."""
_WITHOUT_TIES = ("BG/NBD", "MBG/NBD", "Pareto/NBD", NAIVE[2])
"""Few customers tie here, so our own rule must come to the same within the third decimal."""
_BUCKETS = {
    "0": (0.237, 0.225, 0.185, 0.138),
    "1": (0.697, 0.523, 0.551, 0.599),
    "2": (1.393, 1.044, 1.049, 1.196),
    "3": (1.560, 1.520, 1.493, 1.714),
    "7 and more": (6.359, 6.157, 5.849, 6.403),
}
_MONTHS = {"January": 1.03, "February": 0.83, "March": 0.81}


def checks(known: pd.DataFrame) -> tuple[Check, ...]:
    """Return the figures of the second 39 weeks; ``known`` are the histories at the split with what came after it."""
    holdout, models = check_forecasts(known, split_on=SPLIT, until=END)
    patterns, weeks = distinct_patterns(known), (END - SPLIT).days / DAYS_PER_WEEK
    bought = {model.name: model.expected(patterns, weeks)[patterns.row] for model in models}
    return (
        *_totals(known, holdout), *_orders(known, bought, holdout), *_buckets(known, bought), *_months(known, bought)
    )  # fmt: skip


def coverage(known: pd.DataFrame) -> pd.DataFrame:
    """Return how often ranges held what then happened: model, of, level, measured (share of cases), n (cases)."""
    cut = CutOff(*check_forecasts(known, split_on=SPLIT, until=END), known)
    found = [measure_coverage(model.name, [cut], seed=_SEED).table.assign(model=model.name) for model in cut.models]
    return pd.concat(found, ignore_index=True)[["model", "of", "level", "measured", "n"]]


def _totals(known: pd.DataFrame, holdout: Holdout) -> list[Check]:
    """Compare what happened, and the level of every forecast."""
    table = holdout.forecasts.set_index("forecast")
    found = [
        compare("CDNOW purchases in the second 39 weeks", 1882, holdout.n_purchases, 0, _INDEPENDENT),
        compare("CDNOW spend in the second 39 weeks", 70_976.39, holdout.spend, 0.01, _INDEPENDENT),
        compare("CDNOW repeat purchases in the first 39 weeks", 2457, float(known["n_repeat"].sum()), 0, _INDEPENDENT),
    ]
    for forecast, figures in _FORECASTS.items():
        for (name, tolerance), value in zip(_LEVEL.items(), figures, strict=True):
            ours = float(table[name][forecast])
            found.append(compare(f"{forecast}, forecast: {name}", value, ours, tolerance, _INDEPENDENT))
    for forecast, (spend, share) in _SPEND.items():
        ours = float(table["spend"][forecast])
        found += [
            compare(f"{forecast} and gamma-gamma: spend", spend, ours, 1, _INDEPENDENT),
            compare(f"{forecast} and gamma-gamma: of the actual", share, ours / holdout.spend, 5e-4, _INDEPENDENT),
        ]
    return found


def _orders(known: pd.DataFrame, bought: dict[str, Floats], holdout: Holdout) -> list[Check]:
    """Compare how well each forecast puts customers in order, by number of purchases and by spend."""
    amount = fit_spend_model(known).expected
    rate, awake, past, _ = naive_scores(known, (END - SPLIT).days / DAYS_PER_WEEK).values()
    counts = {**bought, NAIVE[0]: rate, NAIVE[1]: awake}
    spends = {name: number * amount for name, number in bought.items()} | {NAIVE[2]: past, NAIVE[3]: _rfm(known)}
    table, found = holdout.forecasts.set_index("forecast"), []
    for of, kind, order, scores, n_best in (
        ("n_bought", "purchase", _COUNT_ORDER, counts, 235),
        ("spent", "spend", _SPEND_ORDER, spends, 236),
    ):
        actual = known[of].to_numpy("float64")
        for name, (gini, top) in order.items():
            what = f"{name}, order by {kind}"
            ours, best = _by_number(actual, scores[name], n_best)
            found += [
                compare(f"{what}: normalised Gini", gini, ours, 6e-4, _BY_NUMBER),
                compare(f"{what}: made by the best tenth", top, best, 6e-4, _BY_NUMBER),
            ]
            if name in _WITHOUT_TIES:
                own = float(table[f"{kind}_gini"][name])
                found.append(compare(f"{what}: normalised Gini, ties at random", gini, own, 1e-3, _INDEPENDENT))
    return found


def _by_number(actual: Floats, score: Floats, n_best: int) -> tuple[float, float]:
    """Return normalised Gini and share of the best tenth, customers with equal scores in the order of their rows."""

    def area(order: npt.NDArray[np.int64]) -> float:
        return float((np.cumsum(actual[order]) / actual.sum()).mean() - 0.5)

    ranked = np.argsort(-score, kind="stable")
    best = actual[ranked][:n_best].sum() / actual.sum()
    return area(ranked) / area(np.argsort(-actual, kind="stable")), float(best)


def _rfm(known: pd.DataFrame) -> Floats:
    """Sum of three scores from 1 to 5 by fifths of equal size; customers who tie are divided by their numbers."""
    idle = known["age_weeks"] - known["recency_weeks"]
    ranks = [values.rank(method="first") for values in (-idle, known["n_repeat"], known["revenue"])]
    return np.asarray(sum(np.ceil(5 * rank / len(known)) for rank in ranks), dtype="float64")


def _buckets(known: pd.DataFrame, bought: dict[str, Floats]) -> list[Check]:
    """Purchases a customer by number of repeat purchases before."""
    n, found = known["n_repeat"].to_numpy(), []
    columns = {"actual": known["n_bought"].to_numpy("float64"), **bought}
    for bucket, figures in _BUCKETS.items():
        chosen = n >= 7 if bucket == "7 and more" else n == int(bucket)
        for name, value in zip(("actual", "BG/NBD", "MBG/NBD", "Pareto/NBD"), figures, strict=True):
            ours = float(columns[name][chosen].mean())
            found.append(compare(f"{name}, {bucket} earlier purchases", value, ours, 5e-4, _INDEPENDENT))
    return found


def _months(known: pd.DataFrame, bought: dict[str, Floats]) -> list[Check]:
    """Forecast as a multiple of what happened, by the month in which customers were won: they differ, and it shows."""
    won, actual, found = known["first_day"].dt.month.to_numpy(), known["n_bought"].to_numpy("float64"), []
    for month, (name, value) in enumerate(_MONTHS.items(), start=1):
        ours = float(bought["BG/NBD"][won == month].sum() / actual[won == month].sum())
        found.append(compare(f"BG/NBD, forecast of actual, won in {name}", value, ours, 5e-3, _INDEPENDENT))
    return found
