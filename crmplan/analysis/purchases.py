"""The purchases that everything in this package is computed from, and one row per customer made of them.

A *purchase* is a day on which a customer bought, however many orders that day had: two receipts an hour apart are one
visit. Days are counted backwards from the as-of date, so that "the last 12 months" is the same 365 days everywhere.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from crmplan.tables import Tables

__all__ = [
    "FORGIVEN_DAYS",
    "MONTHS_12",
    "as_seen_before",
    "has_two_years",
    "per_customer",
    "purchase_days",
    "why_no_purchase",
]

MONTHS_12 = 365
"""Days in what is called 12 months."""

FORGIVEN_DAYS = 31
"""How many days of a year may be missing before its first purchase: a business need not sell on every day."""


def purchase_days(tables: Tables, *, as_of: date) -> pd.DataFrame:
    """Return one row per customer and day of purchase, up to the as-of date.

    Parameters
    ----------
    tables
        With ``customer_days`` (customer_key, day, n_orders, net_amount and, where cost is known, profit).
    as_of
        The last day looked at.

    Returns
    -------
    pd.DataFrame
        ``customer_key`` (categorical, in alphabetical order), ``day``, ``days_ago`` (0 is the as-of date),
        ``n_orders``, ``net_amount`` (above 0) and ``profit`` where it is known; sorted by customer and
        day. Empty when there are no purchases.

    Examples
    --------
    >>> days = pd.DataFrame({"customer_key": ["C1"], "day": [pd.Timestamp("2024-01-30")], "n_orders": [1],
    ...                      "net_amount": [9.5]})
    >>> purchase_days(Tables.from_frames({"customer_days": days}), as_of=date(2024, 1, 31)).days_ago.tolist()
    [1]
    """
    names = ["customer_key", "day", "n_orders", "net_amount"]
    if not tables.has("customer_days", *names):
        empty = {"customer_key": pd.Categorical([]), "day": pd.to_datetime([]), "days_ago": np.array([], dtype="int64")}
        return pd.DataFrame({**empty, "n_orders": np.array([], dtype="int64"), "net_amount": np.array([], dtype=float)})
    if tables.has("customer_days", "profit"):
        names.append("profit")
    frame = tables.frame("customer_days", *names)
    frame["day"] = pd.to_datetime(frame["day"]).astype("datetime64[ns]").dt.normalize()
    frame["days_ago"] = (pd.Timestamp(as_of) - frame["day"]).dt.days
    for name in names[2:]:
        frame[name] = pd.to_numeric(frame[name]).astype(float)
    wanted = frame["customer_key"].notna() & (frame["days_ago"] >= 0) & (frame["net_amount"] > 0)
    frame = frame[wanted].copy()
    if "profit" in frame and frame["profit"].isna().all():
        frame = frame.drop(columns="profit")
    codes, keys = pd.factorize(frame["customer_key"].astype(object), sort=True)
    frame["customer_key"] = pd.Categorical.from_codes(codes, categories=pd.Index(keys, dtype=object))
    frame["days_ago"] = frame["days_ago"].astype("int64")
    order = np.lexsort((-frame["days_ago"].to_numpy(), codes))
    columns = ["customer_key", "day", "days_ago", *names[2:]]
    return frame.iloc[order][[name for name in columns if name in frame]].reset_index(drop=True)


def why_no_purchase(tables: Tables, *, needed: str = "needs `orders`") -> str:
    """Return why there is no purchase day: orders that hold no purchase, such as refunds alone, are no lack of orders.

    Parameters
    ----------
    tables
        Canonical tables.
    needed
        What is said when no order came at all.

    Examples
    --------
    >>> why_no_purchase(Tables.from_frames({}))
    'needs `orders`'
    >>> why_no_purchase(Tables.from_frames({"orders": pd.DataFrame({"order_id": ["1"], "net_amount": [-5.0]})}))
    'the `orders` that came hold no purchase of a known customer'
    """
    came = "orders" in tables and tables.count("orders") > 0
    return "the `orders` that came hold no purchase of a known customer" if came else needed


def as_seen_before(days: pd.DataFrame, n_days: int) -> pd.DataFrame:
    """Return the purchases as they stood ``n_days`` before the as-of date.

    Customers who had not bought by then are gone from the categories as well.
    """
    earlier = days[days["days_ago"] >= n_days].copy()
    earlier["days_ago"] -= n_days
    earlier["customer_key"] = earlier["customer_key"].cat.remove_unused_categories()
    return earlier.reset_index(drop=True)


def has_two_years(days: pd.DataFrame) -> bool:
    """Return whether the purchases reach back two years (less a month): a year can be set beside the one before."""
    return len(days) > 0 and int(days["days_ago"].max()) >= 2 * MONTHS_12 - FORGIVEN_DAYS


def per_customer(days: pd.DataFrame) -> pd.DataFrame:
    """Return one row per customer who ever bought.

    Parameters
    ----------
    days
        As :func:`purchase_days` returns them.

    Returns
    -------
    pd.DataFrame
        ``customer_key``; ``recency_days`` since the last and ``tenure_days`` since the first purchase;
        ``n_purchases`` (days with a purchase) and ``n_orders``; ``revenue`` in all the data, ``revenue_12m`` in the
        last 365 days, ``revenue_previous_12m`` in the 365 before; ``yearly_spend`` and ``yearly_purchases`` in the 365
        days that end with the customer's own last purchase; and, where known, ``profit`` and ``profit_12m``.

    Notes
    -----
    ``yearly_spend`` says what a customer is worth in a year of buying. It does not grow with the length of the
    history, so customers of today can be set beside those of a year ago.
    """
    code = days["customer_key"].cat.codes.to_numpy()
    n = len(days["customer_key"].cat.categories)
    ago = days["days_ago"].to_numpy()
    amount = days["net_amount"].to_numpy()

    def total(values: np.ndarray, where: np.ndarray | None = None) -> np.ndarray:
        if where is None:
            return np.bincount(code, weights=values, minlength=n)
        return np.bincount(code[where], weights=values[where], minlength=n)

    recency = np.full(n, np.iinfo("int64").max)
    tenure = np.zeros(n, dtype="int64")
    np.minimum.at(recency, code, ago)
    np.maximum.at(tenure, code, ago)
    last_year = ago < MONTHS_12
    own_year = ago < recency[code] + MONTHS_12
    result = {
        "customer_key": np.asarray(days["customer_key"].cat.categories, dtype=object),
        "recency_days": recency,
        "tenure_days": tenure,
        "n_purchases": np.bincount(code, minlength=n).astype("int64"),
        "n_orders": total(days["n_orders"].to_numpy()).round().astype("int64"),
        "revenue": total(amount),
        "revenue_12m": total(amount, last_year),
        "revenue_previous_12m": total(amount, ~last_year & (ago < 2 * MONTHS_12)),
        "yearly_spend": total(amount, own_year),
        "yearly_purchases": np.bincount(code[own_year], minlength=n).astype("int64"),
    }
    if "profit" in days:
        profit = days["profit"].fillna(0.0).to_numpy()
        result["profit"] = total(profit)
        result["profit_12m"] = total(profit, last_year)
    return pd.DataFrame(result)
