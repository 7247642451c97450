"""Does this machine compute what the literature prints? Published figures, recomputed from data inside lifetimes.

No download is needed. The figures of each model stand in :mod:`crmplan.value.published_purchases` (repeat purchases and
spend) and :mod:`crmplan.value.published_contracts` (contracts and fixed occasions); here stand the forecasts.
"""

from __future__ import annotations

from datetime import date

import pandas as pd

from crmplan.tables import Tables
from crmplan.value import published_contracts, published_purchases
from crmplan.value.holdout import NAIVE, check_forecasts
from crmplan.value.published_figure import Check, carried_data, compare
from crmplan.value.purchase_history import customer_days, purchase_histories, purchases_after, with_holdout

__all__ = ["Check", "cdnow_days", "selfcheck"]

_SPLIT, _END = date(1997, 9, 30), date(1998, 6, 30)


def selfcheck() -> tuple[Check, ...]:
    """Return every published figure beside the one computed here: fits, points, spend, contracts, forecasts."""
    days = customer_days(Tables.from_frames({"customer_days": cdnow_days()}), counts_free=True)
    calibration = purchase_histories(days, until=_SPLIT)
    known = with_holdout(calibration, purchases_after(days, after=_SPLIT, until=_END))
    return (*published_purchases.checks(calibration), *published_contracts.checks(), *_forecasts(known))


def cdnow_days() -> pd.DataFrame:
    """Return the CDNOW log (every tenth customer, 1997-01 to 1998-06): customer_key, day, n_orders, net_amount."""
    names = ["master_id", "customer_key", "day", "n_discs", "net_amount"]
    text = {"master_id": str, "customer_key": str, "day": str}
    log = pd.read_csv(carried_data("CDNOW_sample.txt"), sep=r"\s+", header=None, names=names, dtype=text)
    log["day"] = pd.to_datetime(log["day"], format="%Y%m%d")
    sums = {"n_orders": ("net_amount", "size"), "net_amount": ("net_amount", "sum")}
    return log.groupby(["customer_key", "day"], as_index=False).agg(**sums)


_INDEPENDENT = "computed earlier with independent code"
_TOLERANCES = {
    "purchases": 0.5, "bias_share": 1e-3, "mae": 1e-3, "rmse": 1e-3, "purchase_gini": 2e-3, "top_purchases_share": 3e-3,
    "spend": 30, "spend_bias_share": 1e-3, "spend_gini": 2e-3, "top_spend_share": 2e-3,
}  # fmt: skip
_FORECASTS = {
    "BG/NBD": (1653.4, -0.121, 0.7855, 1.608, 0.663, 0.467, 59_932, -0.156, 0.638, 0.502),
    "MBG/NBD": (1576.7, -0.162, 0.7648, 1.607, 0.664, 0.475),
    "Pareto/NBD": (1665.5, -0.115, 0.7545, 1.603, 0.673, 0.470, 60_449, -0.148, 0.659, 0.504),
    NAIVE[0]: (2930.1, 0.557, 1.0237, 2.212),
    NAIVE[1]: (1841.2, -0.022, 0.8159, 2.022),
}
_RANKINGS = {NAIVE[2]: (0.680, 0.481)}
"""Where hundreds of customers tie (past rate, RFM score) no ranking is compared: the earlier code broke ties by row."""
_BUCKETS = {
    "0": (0.237, 0.225, 0.185, 0.138),
    "1": (0.697, 0.523, 0.551, 0.599),
    "2": (1.393, 1.044, 1.049, 1.196),
    "3": (1.560, 1.520, 1.493, 1.714),
}


def _forecasts(known: pd.DataFrame) -> list[Check]:
    """Second 39 weeks of CDNOW, forecast from the first: models, simple rules, and by earlier purchases."""
    holdout, _ = check_forecasts(known, split_on=_SPLIT, until=_END)
    table = holdout.forecasts.set_index("forecast")
    checks = [
        compare("CDNOW purchases in the second 39 weeks", 1882, holdout.n_purchases, 0, _INDEPENDENT),
        compare("CDNOW spend in the second 39 weeks", 70_976.39, holdout.spend, 0.01, _INDEPENDENT),
        compare("CDNOW repeat purchases in the first 39 weeks", 2457, float(known["n_repeat"].sum()), 0, _INDEPENDENT),
    ]
    for forecast, figures in _FORECASTS.items():
        for (name, tolerance), value in zip(_TOLERANCES.items(), figures, strict=False):
            checks.append(_of(table, forecast, name, value, tolerance))
    for forecast, (gini, top) in _RANKINGS.items():
        checks += [_of(table, forecast, "spend_gini", gini, 2e-3), _of(table, forecast, "top_spend_share", top, 2e-3)]
    buckets = holdout.buckets.set_index("bucket")
    for bucket, figures in _BUCKETS.items():
        for name, value in zip(("actual", "BG/NBD", "MBG/NBD", "Pareto/NBD"), figures, strict=True):
            ours = float(buckets[name][bucket])
            checks.append(compare(f"{name}, {bucket} earlier purchases", value, ours, 1e-3, _INDEPENDENT))
    return checks


def _of(table: pd.DataFrame, forecast: str, name: str, value: float, tolerance: float) -> Check:
    return compare(f"{forecast}, forecast: {name}", value, float(table[name][forecast]), tolerance, _INDEPENDENT)
