"""Who moves between value tiers, and what moving a few customers up would bring."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from crmplan.analysis.purchases import has_two_years

__all__ = ["TIERS", "Lift", "Migration", "migration", "tier_cuts", "tiers"]

TIERS = ("top", "middle", "small")
"""The best 20 %, the next 30 % and the other 50 % of the customers who bought in the last 12 months."""

_NEAR_THE_TOP = 0.7
_LIFTED = (0.05, 0.10)


@dataclass(frozen=True, slots=True)
class Lift:
    """What it would bring, in revenue a year, if a share of the small customers became middle ones."""

    moved_share: float
    n_moved: int
    revenue: float


@dataclass(frozen=True, slots=True)
class Migration:
    """Movement between value tiers over 12 months, both years cut at the same amounts.

    Parameters
    ----------
    top_from, middle_from
        Revenue in 12 months from which a customer is in the top or middle tier.
    tiers
        ``tier``, ``n_customers``, ``revenue_12m``, ``revenue_share``, ``mean_revenue``.
    matrix
        ``previous`` and ``now`` (a tier; "none" for no purchase in those 12 months), ``n_customers``, ``revenue_12m``,
        ``previous_revenue_12m``; empty when there is no year before.
    n_previous
        Customers with a tier in the previous 12 months.
    upward_share, downward_share, left_share
        Of these, the share that is now in a higher tier, a lower one, or bought nothing; None without a year before.
    net_upward_share
        Upward less downward share.
    n_movable, movable_share
        Middle customers who bring 70 % or more of what it takes to be in the top tier; as a share of the middle tier.
    movable_gap
        What they would bring more, together, if each just reached the top tier.
    lifts
        What moving 5 % and 10 % of the small customers up would bring.
    unavailable
        Why there is no movement; empty when there is.
    """

    top_from: float | None
    middle_from: float | None
    tiers: pd.DataFrame
    matrix: pd.DataFrame
    n_previous: int
    upward_share: float | None
    downward_share: float | None
    left_share: float | None
    net_upward_share: float | None
    n_movable: int
    movable_share: float | None
    movable_gap: float
    lifts: tuple[Lift, ...]
    unavailable: str = ""


def tier_cuts(revenue: pd.Series) -> tuple[float, float] | None:
    """Return the amounts from which a customer is in the top and in the middle tier; None when nobody bought.

    Examples
    --------
    >>> tier_cuts(pd.Series([10.0, 20, 30, 40, 50, 60, 70, 80, 90, 100]))
    (90.0, 60.0)
    """
    bought = np.sort(revenue[revenue > 0].to_numpy())[::-1]
    if not len(bought):
        return None
    places = [max(1, round(share * len(bought))) - 1 for share in (0.2, 0.5)]
    return float(bought[places[0]]), float(bought[places[1]])


def tiers(revenue: pd.Series, cuts: tuple[float, float] | None) -> np.ndarray:
    """Return each customer's tier: top, middle, small, or none without revenue."""
    values = revenue.to_numpy()
    if cuts is None:
        return np.full(len(values), "none", dtype=object)
    top, middle = cuts
    return np.select([values <= 0, values >= top, values >= middle], ["none", "top", "middle"], "small").astype(object)


def migration(customers: pd.DataFrame, days: pd.DataFrame) -> Migration:
    """Return the tiers of the last 12 months and the movement since the 12 months before.

    Parameters
    ----------
    customers
        As ``per_customer`` returns them.
    days
        As ``purchase_days`` returns them.
    """
    cuts = tier_cuts(customers["revenue_12m"])
    now = tiers(customers["revenue_12m"], cuts)
    sizes = _sizes(customers, now)
    matrix = pd.DataFrame({name: [] for name in ("previous", "now", "n_customers", "revenue_12m")})
    blank = Migration(None, None, sizes, matrix, 0, None, None, None, None, 0, None, 0.0, ())
    if cuts is None:
        return replace(blank, unavailable="no customer bought in the last 12 months")
    middle = customers.loc[now == "middle", "revenue_12m"]
    movable = middle[middle >= _NEAR_THE_TOP * cuts[0]]
    known = replace(
        blank,
        top_from=cuts[0],
        middle_from=cuts[1],
        n_movable=len(movable),
        movable_share=len(movable) / len(middle) if len(middle) else None,
        movable_gap=float((cuts[0] - movable).sum()),
        lifts=_lifts(customers, now),
    )
    if not has_two_years(days):
        return replace(known, unavailable="needs two years of purchases")
    return _moved(known, customers, now, tiers(customers["revenue_previous_12m"], cuts))


def _moved(known: Migration, customers: pd.DataFrame, now: np.ndarray, previous: np.ndarray) -> Migration:
    frame = pd.DataFrame(
        {
            "previous": previous,
            "now": now,
            "n_customers": 1,
            "revenue_12m": customers["revenue_12m"].to_numpy(),
            "previous_revenue_12m": customers["revenue_previous_12m"].to_numpy(),
        }
    )
    matrix = frame.groupby(["previous", "now"], as_index=False).sum()
    matrix = matrix[(matrix["previous"] != "none") | (matrix["now"] != "none")].reset_index(drop=True)
    rank = {"top": 3, "middle": 2, "small": 1, "none": 0}
    before, after = pd.Series(previous).map(rank).to_numpy(), pd.Series(now).map(rank).to_numpy()
    there = before > 0
    n = int(there.sum())
    if n == 0:
        return replace(known, matrix=matrix, unavailable="no customer bought in the 12 months before")
    up, down = (float((there & part).sum() / n) for part in (after > before, (after < before) & (after > 0)))
    left = float((there & (after == 0)).sum() / n)
    return replace(
        known,
        matrix=matrix,
        n_previous=n,
        upward_share=up,
        downward_share=down,
        left_share=left,
        net_upward_share=up - down,
    )


def _sizes(customers: pd.DataFrame, now: np.ndarray) -> pd.DataFrame:
    total = float(customers["revenue_12m"].sum())
    rows = []
    for tier in TIERS:
        revenue = customers.loc[now == tier, "revenue_12m"]
        if len(revenue):
            rows.append((tier, len(revenue), float(revenue.sum()), float(revenue.sum() / total), float(revenue.mean())))
    return pd.DataFrame(rows, columns=["tier", "n_customers", "revenue_12m", "revenue_share", "mean_revenue"])


def _lifts(customers: pd.DataFrame, now: np.ndarray) -> tuple[Lift, ...]:
    small, middle = (customers.loc[now == tier, "revenue_12m"] for tier in ("small", "middle"))
    if small.empty or middle.empty:
        return ()
    gain = float(middle.mean() - small.mean())
    moved = [(share, round(share * len(small))) for share in _LIFTED]
    return tuple(Lift(share, n, n * gain) for share, n in moved if n > 0)
