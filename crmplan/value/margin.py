"""The share of revenue that is left after the cost of goods, customer by customer, and what is known of it.

An order line's own cost comes first. Lines without one have the margin of their category, or the one agreed on for all
others. Nothing is claimed for what has none of these: while any sale is left over the value is revenue, unless costs
are known for most of what was bought; the rest is then taken to be like it, and the report says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmplan.value.category_margin import CategoryMargins

__all__ = ["ALIKE", "Margin", "MarginBasis", "margins"]

Floats = npt.NDArray[np.float64]
MarginBasis = Literal["own", "category", "assumed", "none"]
ALIKE = "alike"
"""In ``covered``: sold without any margin of its own, taken to be like the lines whose cost is known."""
_LEAST_COSTED = 0.5
"""Of what was bought: with known costs for less than that, they do not speak for the rest."""
_PRIOR_PURCHASES = 5.0
"""A customer's own margin counts as much as the base's once it rests on the revenue of so many usual purchases."""


@dataclass(frozen=True, slots=True)
class Margin:
    """Share of revenue that is left after cost of goods, one per customer; 1 when value can only be revenue.

    Parameters
    ----------
    shares
        One per customer.
    basis
        What most of what was bought has its margin from: own (costs of the order lines), category (shares by product
        category), assumed (one agreed share); none when value can only be revenue.
    base_share
        Of the whole base; None when value can only be revenue.
    by_category
        Margins by product category and why they are not used where they are not; empty when none were stated.
    covered
        Share of what was bought by where its margin comes from, the largest first: own, category, assumed, or alike
        (:data:`ALIKE`). Empty when value can only be revenue.
    remark
        Why no profit can be told; empty where it can.
    """

    shares: Floats
    basis: MarginBasis
    base_share: float | None
    by_category: CategoryMargins = field(default_factory=CategoryMargins)
    covered: Mapping[str, float] = field(default_factory=dict)
    remark: str = ""

    @property
    def is_profit(self) -> bool:
        """Whether value is stated after cost of goods."""
        return self.basis != "none"


def margins(
    histories: pd.DataFrame,
    costs: pd.DataFrame,
    gross_margin_share: float | None,
    by_category: CategoryMargins | None = None,
) -> Margin:
    """Return each customer's margin: of each order line its own where its cost is known, else by category, else agreed.

    What a customer's purchases left so far rests on few of them, so its margin is drawn towards that of the whole base
    by the weight of five usual purchases.

    Parameters
    ----------
    histories
        customer_key, revenue, n_purchases.
    costs
        As :func:`crmplan.value.line_costs.costs_by_customer` returns them.
    gross_margin_share
        Of lines with neither a cost nor a category's margin; None when nobody has stated it.
    by_category
        Margins by product category of the lines without a cost; None when none are stated.

    Examples
    --------
    >>> histories = pd.DataFrame({"customer_key": ["C1", "C2"], "revenue": [100.0, 100.0], "n_purchases": [1, 1]})
    >>> costs = pd.DataFrame({"amount": [50.0, 0.0], "profit": [25.0, 0.0], "other_amount": [50.0, 100.0]})
    >>> found = margins(histories, costs, 0.1)
    >>> found.base_share, found.basis, found.covered
    (0.2, 'assumed', {'assumed': 0.75, 'own': 0.25})
    """
    stated, n = by_category or CategoryMargins(), len(histories)
    sold, earned = costs["amount"].to_numpy("float64"), costs["profit"].to_numpy("float64")
    amounts = {"own": float(sold.sum())}
    if by_category is not None and not by_category.unavailable:
        mix = histories[["customer_key"]].merge(by_category.customers, on="customer_key", how="left")
        mix = mix.fillna({"amount": 0.0, "profit": 0.0})
        sold, earned = sold + mix["amount"].to_numpy("float64"), earned + mix["profit"].to_numpy("float64")
        amounts |= by_category.sold()
    else:
        other = costs["other_amount"].to_numpy("float64")
        amounts["assumed" if gross_margin_share is not None else ALIKE] = float(other.sum())
        if gross_margin_share is not None:
            sold, earned = sold + other, earned + gross_margin_share * other
    total = sum(amounts.values())
    covered = {name: amount / total for name, amount in amounts.items() if amount > 0} if total > 0 else {}
    covered = dict(sorted(covered.items(), key=lambda item: -item[1]))
    if not covered and gross_margin_share is not None:
        covered = {"assumed": 1.0}
    remark = _remark(covered, stated)
    if remark:
        return Margin(np.ones(n), "none", None, stated, remark=remark)
    if gross_margin_share is not None and set(covered) == {"assumed"}:
        share = float(gross_margin_share)
        return Margin(np.full(n, share), "assumed", share, stated, covered)
    shares, base = _drawn(histories, earned, sold)
    return Margin(shares, _basis(covered), base, stated, covered)


def _remark(covered: Mapping[str, float], stated: CategoryMargins) -> str:
    """Return why no profit can be told; empty where it can."""
    own, rest = covered.get("own", 0.0), covered.get(ALIKE, 0.0)
    if covered and (not rest or own >= _LEAST_COSTED):
        return ""
    why = stated.remark or ("no margin is stated for the rest" if own else "no margin is known")
    return f"the cost is known of only {100 * own:.1f} % of what was bought, and {why}" if own else why


def _basis(covered: Mapping[str, float]) -> MarginBasis:
    most = next(name for name in covered if name != ALIKE)
    return "own" if most == "own" else "category" if most == "category" else "assumed"


def _drawn(histories: pd.DataFrame, earned: Floats, sold: Floats) -> tuple[Floats, float]:
    """Return customers' margins drawn towards that of the base, and that of the base."""
    base = float(earned.sum() / sold.sum())
    prior = _PRIOR_PURCHASES * float(histories["revenue"].sum() / histories["n_purchases"].sum())
    return (earned + prior * base) / (sold + prior), base
