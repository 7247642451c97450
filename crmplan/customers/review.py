"""What a person is asked to judge: the pairs that tell most, and both records of a pair side by side."""

from __future__ import annotations

import pandas as pd

__all__ = ["open_pairs", "side_by_side"]

_SHOWN = (
    "name",
    "firm",
    "kind",
    "email",
    "phone",
    "address",
    "postcode",
    "city",
    "country",
    "born_on",
    "birth_year",
    "created_at",
)


def open_pairs(pairs: pd.DataFrame, *, threshold: float, most: int = 50) -> pd.DataFrame:
    """Return the pairs that nobody has judged yet, those nearest to the line first.

    A pair on the line tells most about where the line should be; of a pair far above or below, the answer is known.

    Parameters
    ----------
    pairs
        As :class:`crmplan.customers.joining.Joining` has them.
    threshold
        The probability of the line.
    most
        How many to return.

    Examples
    --------
    >>> pairs = pd.DataFrame({"probability": [0.999, 0.9, 0.97, 0.3], "label": [None, None, "same", None]})
    >>> open_pairs(pairs, threshold=0.95, most=2)["probability"].tolist()
    [0.9, 0.3]
    """
    waiting = pairs.loc[pairs["label"].isna()]
    odds = waiting["probability"].clip(1e-9, 1 - 1e-9)
    line = min(max(threshold, 1e-9), 1 - 1e-9)
    distance = ((odds / (1 - odds)).map(_log) - _log(line / (1 - line))).abs()
    return waiting.loc[distance.sort_values(kind="stable").index[:most]].reset_index(drop=True)


def _log(odds: float) -> float:
    from math import log

    return log(odds)


def side_by_side(customers: pd.DataFrame, pair: pd.Series) -> pd.DataFrame:
    """Return what both records of a pair say.

    Parameters
    ----------
    customers
        The table of customer records.
    pair
        ``source_a``, ``customer_id_a``, ``source_b``, ``customer_id_b``.

    Returns
    -------
    pd.DataFrame
        ``field``, ``a``, ``b``, ``is_same`` for every field that either record fills; empty text for nothing.

    Examples
    --------
    >>> customers = pd.DataFrame({"source": ["crm", "shop"], "customer_id": ["1", "7"], "name": ["Ann Lee", "A. Lee"],
    ...                           "city": ["Bonn", None]})
    >>> side_by_side(customers, pd.Series({"source_a": "crm", "customer_id_a": "1", "source_b": "shop",
    ...                                    "customer_id_b": "7"})).to_numpy().tolist()
    [['name', 'Ann Lee', 'A. Lee', False], ['city', 'Bonn', '', False]]
    """
    rows = []
    for name in _SHOWN:
        if name in customers:
            a, b = (_said(customers, pair, side, name) for side in ("a", "b"))
            if a or b:
                rows.append((name, a, b, a.casefold() == b.casefold()))
    return pd.DataFrame(rows, columns=["field", "a", "b", "is_same"])


def _said(customers: pd.DataFrame, pair: pd.Series, side: str, name: str) -> str:
    is_it = customers["source"].eq(pair[f"source_{side}"]) & customers["customer_id"].eq(pair[f"customer_id_{side}"])
    values = customers.loc[is_it, name].dropna()
    if values.empty:
        return ""
    value = values.iloc[0]
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    return f"{value:g}" if isinstance(value, float) else str(value)
