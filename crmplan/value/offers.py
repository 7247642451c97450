"""What may be spent on keeping a customer: the allowable offer by segment, with the chance of losing money on it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtr

from crmplan.value.ranges import group_sd

__all__ = ["retention_offers"]

Floats = npt.NDArray[np.float64]
_COLUMNS = [
    "segment", "n_customers", "mean_value", "leaving_share", "at_risk", "offer", "safe_offer", "chance_of_loss",
]  # fmt: skip
_Z_SAFE = 1.2816
_LEAST_ALIVE = 0.01


def retention_offers(
    customers: pd.DataFrame,
    segment: pd.Series,
    stays: Floats,
    *,
    success_share: float,
    factor: float,
    contact_cost: float | None,
) -> pd.DataFrame:
    """Return by segment what an offer that keeps customers may cost, contact included.

    An offer made to everybody in a segment holds ``success_share`` of those who would have left within twelve months;
    what such a customer still brings is the customer's value, given that it is one today. At ``offer`` what is kept
    pays for what is spent.

    Parameters
    ----------
    customers
        ``customers`` of :class:`crmplan.value.Value`.
    segment
        Of each customer, in the same order.
    stays
        Chance of each to be a customer today and still in twelve months.
    success_share
        Of those who would leave, held by the offer.
    factor
        By which ranges of groups are widened.
    contact_cost
        Of reaching one customer; None where it is not known.

    Returns
    -------
    pd.DataFrame
        segment, n_customers, mean_value, leaving_share (of those who are customers today, within twelve months),
        at_risk (value expected to leave within twelve months, a customer), offer (at which it pays for itself),
        safe_offer (at which it does so in nine of ten cases), chance_of_loss (when nothing but the contact is paid;
        missing where its cost is not known). Most at risk first.
    """
    alive = customers["alive_probability"].to_numpy("float64")
    value = customers["value"].to_numpy("float64")
    leaving = np.clip(alive - stays, 0, None)
    at_risk = np.clip(value, 0, None) * leaving / np.clip(alive, _LEAST_ALIVE, None)
    rows = []
    names = segment.to_numpy()
    for name in sorted({str(one) for one in names if isinstance(one, str)}):
        chosen = names == name
        total, n = float(value[chosen].sum()), int(chosen.sum())
        sd = factor * group_sd(
            customers["process_sd"].to_numpy("float64")[chosen], customers["parameter_sd"].to_numpy("float64")[chosen]
        )
        relative = sd / total if total > 0 else 1.0
        offer = success_share * float(at_risk[chosen].mean())
        spread = offer * relative
        loss = float(ndtr((contact_cost - offer) / spread)) if contact_cost is not None and spread > 0 else np.nan
        is_here = float(alive[chosen].sum())
        rows.append(
            (name, n, total / n, float(leaving[chosen].sum()) / is_here if is_here > 0 else np.nan,
             float(at_risk[chosen].mean()), offer, max(offer - _Z_SAFE * spread, 0.0), loss)
        )  # fmt: skip
    found = pd.DataFrame(rows, columns=_COLUMNS)
    return found.sort_values(["offer", "segment"], ascending=[False, True], ignore_index=True)
