"""Which plain attributes mark customers who leave, and which mark customers who bring most.

Every value of every attribute is set against all other customers. Among dozens of comparisons some look striking by
chance; the list keeps only what stands after allowing for that (Benjamini and Hochberg, 5 % false discoveries). A mark
is where to look, not a cause.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from math import sqrt
from statistics import NormalDist

import numpy as np
import pandas as pd

from crmplan.analysis.attributes import attributes
from crmplan.analysis.purchases import MONTHS_12, per_customer
from crmplan.tables import Tables

__all__ = ["Drivers", "compare_rates", "drivers", "false_discovery"]

_SHORTEST_SPAN_DAYS = 180
_FEWEST = 30
_FALSE_DISCOVERIES = 0.05
_BEST_FIFTH = 0.2
_COLUMNS = ("attribute", "value", "n", "rate", "rest_rate", "difference", "low", "high", "p_value")
_NO_MARKS = (pd.DataFrame({name: [] for name in _COLUMNS}), 0)


@dataclass(frozen=True, slots=True)
class Drivers:
    """What marks customers at risk and customers who bring most.

    Parameters
    ----------
    risk, best
        ``attribute``, ``value``, ``n`` (customers with it), ``rate`` among them, ``rest_rate`` among all others,
        ``difference`` with its 95 % interval ``low`` and ``high``, ``p_value``; largest differences first. Only
        comparisons that stand after allowing for how many were made.
    n_tested
        Comparisons made, by list: keys ``risk`` and ``best``.
    risk_meaning, best_meaning
        What is counted, as the end of "customers who …"; empty where nothing was compared.
    risk_rate
        Share of all customers looked at who left.
    unavailable
        Why there is none; empty when there is.
    """

    risk: pd.DataFrame
    best: pd.DataFrame
    n_tested: dict[str, int]
    risk_meaning: str
    best_meaning: str
    risk_rate: float | None
    unavailable: str = ""


def compare_rates(hits: int, n: int, rest_hits: int, rest_n: int) -> tuple[float, float, float, float]:
    """Return the difference of two rates, the bounds of its 95 % interval, and the p-value of no difference.

    Notes
    -----
    The interval is Newcombe's (1998) from two Wilson intervals; the p-value is of the z-test with the pooled rate.

    Examples
    --------
    >>> [round(figure, 3) for figure in compare_rates(56, 70, 48, 80)]
    [0.2, 0.052, 0.334, 0.008]
    """
    rate, rest = hits / n, rest_hits / rest_n
    low, high = _wilson(rate, n)
    rest_low, rest_high = _wilson(rest, rest_n)
    difference = rate - rest
    below = difference - sqrt((rate - low) ** 2 + (rest_high - rest) ** 2)
    above = difference + sqrt((high - rate) ** 2 + (rest - rest_low) ** 2)
    pooled = (hits + rest_hits) / (n + rest_n)
    error = sqrt(pooled * (1 - pooled) * (1 / n + 1 / rest_n))
    p_value = 2 * NormalDist().cdf(-abs(difference) / error) if error > 0 else 1.0
    return difference, below, above, p_value


def false_discovery(p_values: pd.Series, *, share: float = _FALSE_DISCOVERIES) -> pd.Series:
    """Return for each comparison whether it stands when at most ``share`` of those that stand may be false.

    Examples
    --------
    >>> false_discovery(pd.Series([0.001, 0.04, 0.03, 0.5])).tolist()
    [True, False, False, False]
    """
    n = len(p_values)
    rising = p_values.sort_values(kind="stable")
    below = np.flatnonzero(rising.to_numpy() <= share * np.arange(1, n + 1) / max(n, 1))
    limit = rising.iloc[below[-1]] if len(below) else -1.0
    return p_values <= limit


def drivers(days: pd.DataFrame, tables: Tables, *, as_of: date) -> Drivers:
    """Return what marks customers who left and customers who bring most.

    Parameters
    ----------
    days
        As ``purchase_days`` returns them.
    tables
        ``golden`` for what is known of customers; ``orders`` and ``products`` for where and what they bought; without
        purchases, ``contracts`` say who left.
    as_of
        The last day looked at.
    """
    if days.empty:
        return _of_contracts(tables, as_of)
    span_days = int(days["days_ago"].max())
    n_days = min(MONTHS_12, span_days // 2)
    if span_days < _SHORTEST_SPAN_DAYS:
        return _found(
            "", pd.Series(dtype=bool), _NO_MARKS, "", _NO_MARKS, unavailable="needs purchases over half a year or more"
        )
    customers = per_customer(days).set_index("customer_key")
    before = days[(days["days_ago"] >= n_days) & (days["days_ago"] < 2 * n_days)]
    there = pd.Index(before["customer_key"].astype(object).unique())
    left = (customers["recency_days"] >= n_days).reindex(there)
    # What a customer bought before the period began: a mark must be visible before it can warn.
    risk = _marks(left, attributes(tables, since=before["day"].min(), until=before["day"].max()))
    money = "profit" if "profit" in days else "revenue"
    value = customers.loc[customers["recency_days"] < MONTHS_12, f"{money}_12m"]
    best = value.rank(method="first", ascending=False) <= _BEST_FIFTH * len(value)
    recent = days[days["days_ago"] < MONTHS_12]["day"]
    marks = _marks(best, attributes(tables, since=recent.min(), until=recent.max())) if len(recent) else _NO_MARKS
    return _found(
        f"bought in the {n_days} days before and nothing in the last {n_days} days",
        left,
        risk,
        f"are in the best fifth by {money} of the last 12 months",
        marks,
    )


def _of_contracts(tables: Tables, as_of: date) -> Drivers:
    if not tables.has("contracts", "customer_key", "started_on", "ended_on"):
        return _found("", pd.Series(dtype=bool), _NO_MARKS, "", _NO_MARKS, unavailable="needs `orders` or `contracts`")
    contracts = tables.frame("contracts", "customer_key", "started_on", "ended_on").dropna(subset="customer_key")
    today, year_ago = pd.Timestamp(as_of), pd.Timestamp(as_of) - pd.Timedelta(days=MONTHS_12)
    started, ended = pd.to_datetime(contracts["started_on"]), pd.to_datetime(contracts["ended_on"])
    ran = contracts[(started <= year_ago) & (ended.isna() | (ended >= year_ago))]
    runs = contracts[(started <= today) & (ended.isna() | (ended >= today))]
    keys = pd.Index(ran["customer_key"].unique()).sort_values()
    left = pd.Series(~keys.isin(runs["customer_key"]), index=keys)
    meaning = "had a running contract 12 months ago and have none now"
    return _found(meaning, left, _marks(left, attributes(tables, since=year_ago, until=today)), "", _NO_MARKS)


def _found(
    risk_meaning: str,
    left: pd.Series,
    risk: tuple[pd.DataFrame, int],
    best_meaning: str,
    best: tuple[pd.DataFrame, int],
    *,
    unavailable: str = "",
) -> Drivers:
    if not unavailable and risk[1] + best[1] == 0:
        unavailable = f"needs an attribute of `customers` or `orders` that {_FEWEST} customers share"
    n_tested = {"risk": risk[1], "best": best[1]}
    rate = float(left.mean()) if len(left) else None
    return Drivers(risk[0], best[0], n_tested, risk_meaning, best_meaning, rate, unavailable)


def _marks(hit: pd.Series, known: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Return the attribute values whose rate differs from that of all other customers, and how many were tested."""
    if hit.empty or known.empty:
        return _NO_MARKS
    place = hit.index.get_indexer(pd.Index(known["customer_key"]))
    frame = known[place >= 0].assign(hit=hit.to_numpy(dtype=bool)[place[place >= 0]])
    rows = []
    for attribute, part in frame.groupby("attribute"):
        counts = part.groupby("value")["hit"].agg(["sum", "size"])
        hits, n = int(counts["sum"].sum()), int(counts["size"].sum())
        if len(counts) == 2:
            # Of two values one is all others of the other: one comparison says it all.
            counts = counts.iloc[[int((counts["sum"] / counts["size"]).to_numpy().argmax())]]
        for value, its_hits, its_n in counts.itertuples():
            if its_n < _FEWEST or n - its_n < _FEWEST:
                continue
            found = compare_rates(int(its_hits), int(its_n), hits - int(its_hits), n - int(its_n))
            rates = (its_hits / its_n, (hits - its_hits) / (n - its_n))
            rows.append((str(attribute), str(value), int(its_n), *rates, *found))
    tested = pd.DataFrame(rows, columns=list(_COLUMNS))
    if tested.empty:
        return tested, 0
    excludes_none = (tested["low"] > 0) | (tested["high"] < 0)
    kept = tested[false_discovery(tested["p_value"]) & excludes_none].copy()
    kept["size"] = kept["difference"].abs()
    order = kept.sort_values(["size", "attribute", "value"], ascending=[False, True, True])
    return order.drop(columns="size").reset_index(drop=True), len(tested)


def _wilson(rate: float, n: int) -> tuple[float, float]:
    z = NormalDist().inv_cdf(0.975)
    middle = (rate + z * z / (2 * n)) / (1 + z * z / n)
    half = z * sqrt(rate * (1 - rate) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(0.0, middle - half), min(1.0, middle + half)
