"""How firmly a segment stands: whether its customers would stay together had slightly different customers been seen."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmplan.analysis.purchases import per_customer
from crmplan.analysis.rhythm import rhythm
from crmplan.analysis.rules import assign, cut_points, rules

__all__ = ["stability"]

_FEWEST_CUSTOMERS = 50
_MOST_CUSTOMERS = 20_000


def stability(days: pd.DataFrame, *, n_samples: int = 20, seed: int = 1) -> dict[str, float]:
    """Return for each segment how much of it stays together when the cut points are drawn anew.

    Customers are drawn with replacement, the cut points are found again on the draw, and everybody is put into a
    segment by them. The overlap is customers in both divided by customers in either (Jaccard), averaged over the draws:
    1 is a segment that never changes; above 0.75 is commonly called stable (Hennig 2007).

    Parameters
    ----------
    days
        As ``purchase_days`` returns them. Of more than 20,000 customers every second, third … one is taken.
    n_samples
        How many times customers are drawn.
    seed
        Start of the random numbers.

    Returns
    -------
    dict
        Overlap by name of segment; empty below 50 customers.
    """
    n_all = len(days["customer_key"].cat.categories)
    if n_all < _FEWEST_CUSTOMERS:
        return {}
    step = -(-n_all // _MOST_CUSTOMERS)
    if step > 1:
        days = days[days["customer_key"].cat.codes.to_numpy() % step == 0].reset_index(drop=True)
        days = days.assign(customer_key=days["customer_key"].cat.remove_unused_categories())
    customers = per_customer(days)
    standing = assign(customers, rules(customers, cut_points(customers, rhythm(days))))
    names, n = sorted(set(standing)), len(customers)
    overlap = dict.fromkeys(names, 0.0)
    random = np.random.default_rng(seed)
    for _ in range(n_samples):
        weights = np.bincount(random.integers(0, n, n), minlength=n)
        again = cut_points(customers, rhythm(days, weights=weights), weights=weights)
        drawn = assign(customers, rules(customers, again))
        for name in names:
            was, new = standing == name, drawn == name
            overlap[name] += float((was & new).sum() / (was | new).sum()) / n_samples
    return overlap
