"""Every customer's segment, and what each segment is, brings, and deserves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from crmplan.analysis.decisions import Decision, decisions, in_words
from crmplan.analysis.drivers import Drivers, drivers
from crmplan.analysis.migration import Migration, migration, tier_cuts, tiers
from crmplan.analysis.outlook import Outlook, outlook
from crmplan.analysis.purchases import (
    MONTHS_12,
    as_seen_before,
    has_two_years,
    per_customer,
    purchase_days,
    why_no_purchase,
)
from crmplan.analysis.rfm import rfm_scores
from crmplan.analysis.rhythm import Rhythm, rhythm
from crmplan.analysis.rules import Cuts, Rule, assign, cut_points, rules
from crmplan.analysis.stability import stability
from crmplan.tables import Tables

__all__ = ["Segments", "segment_customers"]


@dataclass(frozen=True, slots=True)
class Segments:
    """The segments of a client's customers.

    Parameters
    ----------
    as_of
        The last day looked at.
    customers
        One row per customer who ever bought: ``customer_key``, ``segment``, ``previous_segment`` (12 months earlier by
        the same rules; "" for who had not bought yet, and for everybody without two years of purchases),
        ``recency_days``, ``n_purchases`` (days with a purchase), ``revenue`` (all), ``revenue_12m``,
        ``revenue_previous_12m``, ``yearly_spend`` (12 months up to the last purchase), ``r_score``, ``f_score``,
        ``m_score`` (1 to 5), ``tier`` (top, middle, small; none without a purchase in 12 months), and ``profit``,
        ``profit_12m`` where cost is known.
    table
        One row per segment that has customers, the one that deserves most attention first: ``segment``, ``rule``,
        ``effort``, ``action``, ``n_customers``, ``customer_share``, ``revenue_12m``,
        ``revenue_share``, ``profit_12m``, ``profit_share``,
        ``mean_spend`` (mean ``yearly_spend``), ``n_earlier``, ``customer_growth_share``, ``revenue_earlier``,
        ``revenue_growth_share``, ``n_in``, ``n_out``, ``overlap`` (see ``stability``). What is not known is missing.
    rules, cuts, rhythm
        The whole decision table (with the segments nobody stands in today), its cut points, and the rhythm they come
        from.
    flows
        ``previous``, ``now``, ``n_customers``, ``revenue_12m``; empty without two years of purchases.
    outlook, migration, drivers
        What segments brought afterwards; movement between value tiers; what marks who leaves and who brings most.
    is_compared
        There are two years of purchases, so that every segment is set beside a year ago.
    unavailable
        Why there are none; empty when there are.
    """

    as_of: date
    customers: pd.DataFrame
    table: pd.DataFrame
    rules: tuple[Rule, ...]
    cuts: Cuts
    rhythm: Rhythm
    flows: pd.DataFrame
    outlook: Outlook
    migration: Migration
    drivers: Drivers
    is_compared: bool
    unavailable: str = ""


def segment_customers(tables: Tables, *, as_of: date) -> Segments:
    """Return the segments of a client's customers.

    Parameters
    ----------
    tables
        With ``customer_days``; ``golden``, ``orders`` and ``products`` add what marks customers.
    as_of
        The last day looked at.
    """
    days = purchase_days(tables, as_of=as_of)
    customers = per_customer(days)
    pace = rhythm(days)
    cuts = cut_points(customers, pace)
    table = rules(customers, cuts)
    named = _named(customers, days, table)
    is_compared = has_two_years(days)
    return Segments(
        as_of=as_of,
        customers=named,
        table=_described(named, table, decisions(of_firms=_are_firms(tables)), stability(days)),
        rules=table,
        cuts=cuts,
        rhythm=pace,
        flows=_flows(named) if is_compared else _flows(named.iloc[:0]),
        outlook=outlook(days, table),
        migration=migration(customers, days),
        drivers=drivers(days, tables, as_of=as_of),
        is_compared=is_compared,
        unavailable=why_no_purchase(tables) if days.empty else "",
    )


def _named(customers: pd.DataFrame, days: pd.DataFrame, table: tuple[Rule, ...]) -> pd.DataFrame:
    named = pd.concat([customers, rfm_scores(customers)], axis=1)
    named["tier"] = tiers(customers["revenue_12m"], tier_cuts(customers["revenue_12m"]))
    named["segment"] = assign(customers, table)
    named["previous_segment"] = ""
    if has_two_years(days):
        earlier = per_customer(as_seen_before(days, MONTHS_12))
        was = pd.Series(assign(earlier, table), index=earlier["customer_key"])
        named["previous_segment"] = named["customer_key"].map(was).fillna("").astype(object)
    names = ["customer_key", "segment", "previous_segment", "recency_days", "n_purchases", "revenue", "revenue_12m"]
    names += ["revenue_previous_12m", "yearly_spend", "r_score", "f_score", "m_score", "tier", "profit", "profit_12m"]
    return named[[name for name in names if name in named]]


def _are_firms(tables: Tables) -> bool:
    """Return whether most customers whose kind is known are firms; without kinds, whether most have an industry."""
    if tables.has("golden", "kind"):
        kinds = tables.frame("golden", "kind")["kind"].dropna()
        if len(kinds):
            return bool((kinds == "firm").mean() > 0.5)
    return tables.has("golden", "industry") and bool(
        tables.frame("golden", "industry")["industry"].notna().mean() > 0.5
    )


def _described(
    named: pd.DataFrame, table: tuple[Rule, ...], decided: dict[str, Decision], overlap: dict[str, float]
) -> pd.DataFrame:
    words = ["segment", "rule", "effort", "action"]
    rows = [
        {
            "segment": rule.segment,
            "rule": in_words(rule),
            "effort": decided[rule.segment].effort,
            "action": decided[rule.segment].action,
            **_figures(named, rule.segment),
            "overlap": overlap.get(rule.segment),
        }
        for rule in table
        if (named["segment"] == rule.segment).any()
    ]
    frame = pd.DataFrame(rows, columns=None if rows else words)
    numbers = [name for name in frame.columns if name not in words]
    return frame.astype(dict.fromkeys(numbers, float)).astype({"n_customers": "int64"} if rows else {})


def _figures(named: pd.DataFrame, segment: str) -> dict[str, float | None]:
    now, was = named[named["segment"] == segment], named[named["previous_segment"] == segment]
    is_compared = bool((named["previous_segment"] != "").any())  # filled only where there are two years
    revenue = float(now["revenue_12m"].sum())
    profit = float(now["profit_12m"].sum()) if "profit_12m" in named else None
    all_profit = float(named["profit_12m"].sum()) if "profit_12m" in named else None
    earlier = float(was["revenue_previous_12m"].sum()) if is_compared else None
    n_earlier = len(was) if is_compared else None
    stayed = int((now["previous_segment"] == segment).sum())
    return {
        "n_customers": len(now),
        "customer_share": len(now) / len(named),
        "revenue_12m": revenue,
        "revenue_share": _part(revenue, float(named["revenue_12m"].sum())),
        "profit_12m": profit,
        "profit_share": _part(profit, all_profit),
        "mean_spend": float(now["yearly_spend"].mean()),
        "n_earlier": n_earlier,
        "customer_growth_share": _growth(len(now), n_earlier),
        "revenue_earlier": earlier,
        "revenue_growth_share": _growth(revenue, earlier),
        "n_in": len(now) - stayed if is_compared else None,
        "n_out": len(was) - stayed if is_compared else None,
    }


def _flows(named: pd.DataFrame) -> pd.DataFrame:
    frame = named.rename(columns={"previous_segment": "previous", "segment": "now"})
    grouped = frame.groupby(["previous", "now"], as_index=False)
    return grouped.agg(n_customers=("customer_key", "size"), revenue_12m=("revenue_12m", "sum"))


def _part(value: float | None, total: float | None) -> float | None:
    return None if value is None or total is None or not total > 0 else value / total


def _growth(now: float, earlier: float | None) -> float | None:
    return None if earlier is None or not earlier > 0 else float(np.float64(now) / earlier - 1)
