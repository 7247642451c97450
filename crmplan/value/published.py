"""Does this machine compute what the literature prints? Published figures, recomputed from data inside lifetimes.

No download is needed. The figures stand in :mod:`crmplan.value.published_data` (what the data are),
:mod:`crmplan.value.published_purchases` and :mod:`crmplan.value.published_gompertz` (repeat purchases and spend),
:mod:`crmplan.value.published_contracts` (contracts and fixed occasions) and
:mod:`crmplan.value.published_forecasts` (forecasts and their ranges).
"""

from __future__ import annotations

import pandas as pd

from crmplan.tables import Tables
from crmplan.value import (
    published_contracts,
    published_data,
    published_forecasts,
    published_gompertz,
    published_purchases,
)
from crmplan.value.published_figure import Check, carried_data
from crmplan.value.purchase_history import (
    customer_days,
    distinct_patterns,
    purchase_histories,
    purchases_after,
    with_holdout,
)

__all__ = ["Check", "cdnow_coverage", "cdnow_days", "selfcheck"]


def selfcheck() -> tuple[Check, ...]:
    """Return every published figure beside the one computed here: data, fits, points, spend, contracts, forecasts."""
    known = _cdnow()
    return (
        *published_data.checks(), *published_purchases.checks(known),
        *published_gompertz.checks(distinct_patterns(known)), *published_contracts.checks(),
        *published_forecasts.checks(known),
    )  # fmt: skip


def cdnow_coverage() -> pd.DataFrame:
    """Return how often ranges held what then happened on CDNOW: model, of, level, measured, n."""
    return published_forecasts.coverage(_cdnow())


def _cdnow() -> pd.DataFrame:
    """Histories of the first 39 weeks, with what the same customers bought in the second."""
    days = customer_days(Tables.from_frames({"customer_days": cdnow_days()}), counts_free=True)
    split, end = published_forecasts.SPLIT, published_forecasts.END
    return with_holdout(purchase_histories(days, until=split), purchases_after(days, after=split, until=end))


def cdnow_days() -> pd.DataFrame:
    """Return the CDNOW log (every tenth customer, 1997-01 to 1998-06): customer_key, day, n_orders, net_amount."""
    names = ["master_id", "customer_key", "day", "n_discs", "net_amount"]
    text = {"master_id": str, "customer_key": str, "day": str}
    log = pd.read_csv(carried_data("CDNOW_sample.txt"), sep=r"\s+", header=None, names=names, dtype=text)
    log["day"] = pd.to_datetime(log["day"], format="%Y%m%d")
    sums = {"n_orders": ("net_amount", "size"), "net_amount": ("net_amount", "sum")}
    return log.groupby(["customer_key", "day"], as_index=False).agg(**sums)
