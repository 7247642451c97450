"""Whether segments say something about money: what their customers brought *after* they had been put into them.

A segment that is cut by spend is bound to differ in spend; that proves nothing. So the customers are put into their
segments as of an earlier day, and what they have brought since is compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
import pandas as pd

from crmplan.analysis.purchases import MONTHS_12, as_seen_before, per_customer
from crmplan.analysis.rules import Rule, assign

__all__ = ["Outlook", "outlook"]

_SHORTEST_SPAN_DAYS = 180
_FEWEST_CUSTOMERS = 30
_FEWEST_IN_SEGMENT = 5
_SIGNIFICANT = 0.01


@dataclass(frozen=True, slots=True)
class Outlook:
    """What customers brought after they had been put into their segments.

    Parameters
    ----------
    measure
        ``profit``, or ``revenue`` where cost is not known.
    n_days
        How long the customers were followed: 365 days, or half of a shorter history.
    n_customers
        Customers followed.
    table
        ``segment``, ``n_customers``, ``mean`` (in the engagement's currency, for those days), ``low``, ``high`` (95 %
        interval of the mean), ``bought_share`` (who bought at all); segments of 5 customers or more.
    explained_share
        Share of the differences between customers, by rank, that their segments explain (epsilon squared).
    p_value
        Of the Kruskal-Wallis test that all segments bring the same.
    is_linked
        The test says they do not (p below 0.01).
    unavailable
        Why there is none; empty when there is.
    """

    measure: str
    n_days: int
    n_customers: int
    table: pd.DataFrame
    explained_share: float | None
    p_value: float | None
    is_linked: bool
    unavailable: str = ""


def outlook(days: pd.DataFrame, table: tuple[Rule, ...]) -> Outlook:
    """Return what the customers of each segment brought afterwards.

    Parameters
    ----------
    days
        As ``purchase_days`` returns them.
    table
        The decision table, with its cut points frozen.

    Notes
    -----
    Epsilon squared is ``H / (n - 1)`` with the Kruskal-Wallis statistic H (Kelley 1935).
    """
    measure = "profit" if "profit" in days else "revenue"
    span_days = int(days["days_ago"].max()) if len(days) else 0
    n_days = min(MONTHS_12, span_days // 2)
    names = ["segment", "n_customers", "mean", "low", "high", "bought_share"]
    none = Outlook(measure, n_days, 0, pd.DataFrame({name: [] for name in names}), None, None, False, "")
    if span_days < _SHORTEST_SPAN_DAYS:
        return _without(none, f"needs purchases over {_SHORTEST_SPAN_DAYS} days or more")
    earlier = per_customer(as_seen_before(days, n_days))
    if len(earlier) < _FEWEST_CUSTOMERS:
        return _without(none, f"needs {_FEWEST_CUSTOMERS} customers who bought {n_days} days ago or earlier")
    since = days[days["days_ago"] < n_days]
    amount = since["profit"].fillna(0.0) if measure == "profit" else since["net_amount"]
    brought = amount.groupby(since["customer_key"].astype(object)).sum()
    values = brought.reindex(earlier["customer_key"])
    bought = values.notna().to_numpy()
    frame = pd.DataFrame({"segment": assign(earlier, table), "value": values.fillna(0.0).to_numpy(), "bought": bought})
    sized = frame.groupby("segment")["value"].transform("size") >= _FEWEST_IN_SEGMENT
    frame = frame[sized]
    rows = [_row(rule.segment, frame[frame["segment"] == rule.segment]) for rule in table]
    found = pd.DataFrame([row for row in rows if row[1] > 0], columns=names)
    explained, p_value = _test(frame)
    is_linked = p_value is not None and p_value < _SIGNIFICANT
    return Outlook(measure, n_days, len(frame), found, explained, p_value, is_linked)


def _row(segment: str, members: pd.DataFrame) -> tuple[str, int, float, float, float, float]:
    n = len(members)
    if n == 0:
        return (segment, 0, 0.0, 0.0, 0.0, 0.0)
    mean = float(members["value"].mean())
    half = 1.96 * float(members["value"].std(ddof=1)) / sqrt(n)
    return (segment, n, mean, mean - half, mean + half, float(members["bought"].mean()))


def _test(frame: pd.DataFrame) -> tuple[float | None, float | None]:
    from scipy.special import chdtrc

    n, k = len(frame), frame["segment"].nunique()
    if k < 2 or frame["value"].nunique() < 2:
        return None, None
    ranks = frame["value"].rank()
    grouped = ranks.groupby(frame["segment"])
    sizes = grouped.size().to_numpy()
    deviation = grouped.mean().to_numpy() - (n + 1) / 2
    # The variance of the ranks is used as it is, which is the correction for ties.
    statistic = float((sizes * deviation**2).sum() / np.var(ranks.to_numpy(), ddof=1))
    return statistic / (n - 1), float(chdtrc(k - 1, statistic))


def _without(none: Outlook, why: str) -> Outlook:
    return Outlook(none.measure, none.n_days, 0, none.table, None, None, False, why)
