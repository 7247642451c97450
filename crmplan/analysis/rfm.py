"""Scores of 1 to 5 for recency, frequency and spend that hold on any base.

Cutting the number of purchases into fifths fails wherever most customers bought once: bins merge, and the best score
is never given. Here frequency has fixed meanings instead, while recency and spend go by rank. Equal customers always
get equal scores, and neither the order of the rows nor the size of the base changes a score's meaning.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

__all__ = ["FREQUENCY_FROM", "rank_scores", "rfm_scores"]

FREQUENCY_FROM = (1, 2, 3, 5, 10)
"""Purchases from which frequency scores 1, 2, 3, 4 and 5: once, twice, 3 to 4, 5 to 9, 10 and more."""


def rank_scores(values: pd.Series, *, is_high_best: bool = True) -> pd.Series:
    """Return scores of 1 to 5 by rank: 5 for the best fifth; equal values share the middle of their ranks.

    Examples
    --------
    >>> rank_scores(pd.Series([10, 20, 30, 40, 50])).tolist()
    [1, 2, 3, 4, 5]
    >>> rank_scores(pd.Series([7, 7, 7])).tolist()
    [3, 3, 3]
    """
    if values.empty:
        return pd.Series([], dtype="int64", index=values.index)
    place = (values.rank(method="average", ascending=is_high_best) - 0.5) / len(values)
    scores = np.floor(5 * place.to_numpy() + 1e-9).clip(0, 4) + 1
    return pd.Series(scores, index=values.index).astype("int64")


def rfm_scores(customers: pd.DataFrame) -> pd.DataFrame:
    """Return the three scores of every customer.

    Parameters
    ----------
    customers
        One row per customer with ``recency_days``, ``n_purchases`` and ``revenue``.

    Returns
    -------
    pd.DataFrame
        ``r_score`` (5 = the most recent fifth), ``f_score`` (see ``FREQUENCY_FROM``), ``m_score`` (5 = the fifth that
        spent most), on the index of ``customers``.

    Examples
    --------
    >>> base = pd.DataFrame({"recency_days": [3, 90], "n_purchases": [12, 1], "revenue": [900.0, 20.0]})
    >>> rfm_scores(base).to_numpy().tolist()
    [[4, 5, 4], [2, 1, 2]]
    """
    frequency = np.searchsorted(np.array(FREQUENCY_FROM), customers["n_purchases"].to_numpy(), side="right")
    return pd.DataFrame(
        {
            "r_score": rank_scores(customers["recency_days"], is_high_best=False),
            "f_score": frequency.clip(1, 5).astype("int64"),
            "m_score": rank_scores(customers["revenue"]),
        },
        index=customers.index,
    )
