"""The ladder of a relationship: first-time buyer, repeat buyer, client, advocate, partner."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from crmplan.analysis.purchases import MONTHS_12, as_seen_before, has_two_years, per_customer, why_no_purchase
from crmplan.tables import Tables

__all__ = ["CLIENT_FROM", "RUNGS", "Ladder", "ladder"]

RUNGS = ("First-time buyer", "Repeat buyer", "Client", "Advocate", "Partner")
"""The rungs from the lowest to the highest."""

CLIENT_FROM = 4
"""Purchases from which a repeat buyer is a client."""

_WOULD_RECOMMEND = 9
_OFF = -1


@dataclass(frozen=True, slots=True)
class Ladder:
    """How many customers stand on each rung, and where those of 12 months ago have gone.

    Only customers who bought in the 12 months before a date stand on the ladder on that date.

    Parameters
    ----------
    rungs
        ``rung``, ``meaning``, ``n_now``, ``n_earlier`` (12 months ago) and, of these, ``n_climbed``, ``n_stayed``,
        ``n_stepped_down`` and ``n_left``; the latter five are missing without two years of purchases.
    n_now, n_earlier
        Customers on the ladder.
    n_joined
        On the ladder now and not 12 months ago.
    climbed_share, stayed_share, left_share
        Of the customers on the ladder 12 months ago; None without two years of purchases.
    missing
        Rungs that cannot be seen, with what they need.
    unavailable
        Why there is none; empty when there is.
    """

    rungs: pd.DataFrame
    n_now: int
    n_earlier: int | None
    n_joined: int | None
    climbed_share: float | None
    stayed_share: float | None
    left_share: float | None
    missing: tuple[str, ...]
    unavailable: str = ""


def ladder(days: pd.DataFrame, tables: Tables, *, as_of: date) -> Ladder:
    """Return the ladder of a client.

    Parameters
    ----------
    days
        As ``purchase_days`` returns them.
    tables
        ``surveys`` of kind recommend show advocates (9 or 10 of 10, bought at least twice); ``contracts`` that run
        show partners.
    as_of
        The last day looked at.
    """
    missing = _missing(tables)
    if days.empty:
        none = pd.DataFrame({"rung": pd.Series(dtype=str), "n_now": pd.Series(dtype="int64")})
        return Ladder(none, 0, None, None, None, None, None, missing, why_no_purchase(tables))
    now = _standing(days, tables, as_of)
    seen = [rung for rung in RUNGS if not any(what.startswith(rung) for what in missing)]
    rungs = pd.DataFrame({"rung": seen, "meaning": [_meaning(rung) for rung in seen]})
    places = [RUNGS.index(rung) for rung in seen]
    rungs["n_now"] = [int((now == place).sum()) for place in places]
    n_now = int((now != _OFF).sum())
    if not has_two_years(days):
        return Ladder(rungs, n_now, None, None, None, None, None, missing)
    earlier = _standing(as_seen_before(days, MONTHS_12), tables, as_of - timedelta(days=MONTHS_12))
    was = earlier.reindex(now.index, fill_value=_OFF).to_numpy()
    is_now = now.to_numpy()
    moves = {
        "n_earlier": np.ones(len(was), dtype=bool),
        "n_climbed": is_now > was,
        "n_stayed": is_now == was,
        "n_stepped_down": (is_now < was) & (is_now != _OFF),
        "n_left": is_now == _OFF,
    }
    for name, happened in moves.items():
        rungs[name] = [int((happened & (was == place)).sum()) for place in places]
    n = int(rungs["n_earlier"].sum())
    n_joined = int(((was == _OFF) & (is_now != _OFF)).sum())
    shares = [float(rungs[name].sum() / n) if n else None for name in ("n_climbed", "n_stayed", "n_left")]
    return Ladder(rungs, n_now, n, n_joined, shares[0], shares[1], shares[2], missing)


def _standing(days: pd.DataFrame, tables: Tables, on: date) -> pd.Series:
    """Return the place of each customer on the ladder on a day, by key; -1 for those off it."""
    customers = per_customer(days).set_index("customer_key")
    n = customers["n_purchases"]
    place = np.select([n >= CLIENT_FROM, n >= 2], [2, 1], 0)
    place = np.where(customers.index.isin(_recommending(tables, on)) & (n >= 2), 3, place)
    place = np.where(customers.index.isin(_under_contract(tables, on)), 4, place)
    return pd.Series(np.where(customers["recency_days"] < MONTHS_12, place, _OFF), index=customers.index)


def _recommending(tables: Tables, on: date) -> set[str]:
    if not tables.has("surveys", "customer_key", "kind", "score", "answered_at"):
        return set()
    answers = tables.frame("surveys", "customer_key", "kind", "score", "answered_at").dropna()
    day = pd.to_datetime(answers["answered_at"]).dt.normalize()
    answers = answers.assign(day=day)[(answers["kind"] == "recommend") & (day <= pd.Timestamp(on))]
    latest = answers.sort_values(["customer_key", "day", "score"]).drop_duplicates("customer_key", keep="last")
    return set(latest.loc[latest["score"] >= _WOULD_RECOMMEND, "customer_key"])


def _under_contract(tables: Tables, on: date) -> set[str]:
    if not tables.has("contracts", "customer_key", "started_on"):
        return set()
    contracts = tables.frame("contracts")
    day = pd.Timestamp(on)
    started = pd.to_datetime(contracts["started_on"]) <= day
    running = started
    if "ended_on" in contracts:
        ended = pd.to_datetime(contracts["ended_on"])
        running = started & (ended.isna() | (ended >= day))
    return set(contracts.loc[running, "customer_key"].dropna())


def _missing(tables: Tables) -> tuple[str, ...]:
    found = []
    asked = tables.has("surveys", "customer_key", "kind", "score", "answered_at")
    if not asked or not (tables.frame("surveys", "kind")["kind"] == "recommend").any():
        found.append("Advocate (needs `surveys` that ask whether customers would recommend the company)")
    if not tables.has("contracts", "customer_key", "started_on"):
        found.append("Partner (needs `contracts`)")
    return tuple(found)


def _meaning(rung: str) -> str:
    meanings = {
        "First-time buyer": "bought once",
        "Repeat buyer": f"bought on 2 or {CLIENT_FROM - 1} days",
        "Client": f"bought on {CLIENT_FROM} days or more",
        "Advocate": "bought at least twice and would recommend the company (9 or 10 of 10)",
        "Partner": "buys and has a running contract",
    }
    return meanings[rung]
