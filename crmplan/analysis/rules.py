"""Segments as a decision table: named, not overlapping, and covering everybody.

The table is a small tree: bought once or more often, how long ago against the client's own rhythm, how much in a year
of buying, how often. The cuts by spend and by frequency are relative, and one that would leave a side empty is not
made. The cuts by time say what happened and always stand, so that a customer of tomorrow has a segment, too. Cut
points are frozen in the rules: the same rules are applied to the customers of a year ago.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from crmplan.analysis.rhythm import Rhythm

__all__ = ["NO_WAY_OUT", "SEGMENTS", "Cuts", "Rule", "assign", "cut_points", "rules"]

SEGMENTS = (
    "Best regulars",
    "Regulars",
    "Returning",
    "New",
    "Slipping, valuable",
    "Slipping",
    "One-time",
    "Lapsed one-time",
    "Lost regulars",
)
"""Every segment there can be, in the order in which they deserve attention."""

NO_WAY_OUT = ("Lapsed one-time", "Lost regulars")
"""Segments that a customer leaves only by coming back: they fill up with time, so that their growth says little."""

_FEATURES = ("n_purchases", "recency_days", "yearly_spend", "yearly_purchases")


@dataclass(frozen=True, slots=True)
class Cuts:
    """Where the segments are cut.

    Parameters
    ----------
    quiet_after_days, gone_after_days
        From the client's rhythm.
    high_spend_from
        The best quarter of returning customers spends at least this in a year of buying, in the engagement's currency;
        None when all spend the same.
    often_from
        Purchases in a year of buying from which a customer buys often: the median of active returning customers, at
        least 3.
    """

    quiet_after_days: int
    gone_after_days: int
    high_spend_from: float | None
    often_from: int


@dataclass(frozen=True, slots=True)
class Rule:
    """Who belongs to a segment: bounds that a customer's figures must keep, lower ones included, upper ones not.

    A bound of None is open. ``n_purchases`` are days with a purchase in all the data, ``yearly_spend`` and
    ``yearly_purchases`` belong to the 12 months that end with the customer's last purchase.
    """

    segment: str
    n_purchases: tuple[float | None, float | None] = (None, None)
    recency_days: tuple[float | None, float | None] = (None, None)
    yearly_spend: tuple[float | None, float | None] = (None, None)
    yearly_purchases: tuple[float | None, float | None] = (None, None)

    def holds(self, customers: pd.DataFrame) -> np.ndarray:
        """Return for each customer whether the rule holds."""
        held = np.ones(len(customers), dtype=bool)
        for name in _FEATURES:
            low, high = getattr(self, name)
            values = customers[name].to_numpy()
            held &= (values >= (-np.inf if low is None else low)) & (values < (np.inf if high is None else high))
        return held


@dataclass(frozen=True, slots=True)
class _Split:
    """A branching: the figure that decides, the cuts between the branches, and the branches from low to high.

    A relative one has only the branches in which customers stand.
    """

    feature: str
    cuts: tuple[float, ...]
    branches: tuple[_Split | str, ...]
    is_relative: bool = False


def cut_points(customers: pd.DataFrame, rhythm: Rhythm, *, weights: np.ndarray | None = None) -> Cuts:
    """Return the cut points of a client.

    Parameters
    ----------
    customers
        As ``per_customer`` returns them.
    rhythm
        The client's rhythm.
    weights
        How often each customer counts; once when not given.
    """
    counted = np.ones(len(customers)) if weights is None else weights
    quiet, gone = rhythm.quiet_after_days, rhythm.gone_after_days
    recency = customers["recency_days"].to_numpy()
    returning = (customers["n_purchases"].to_numpy() >= 2) & (recency <= gone) & (counted > 0)
    active = returning & (recency <= quiet)
    spend = np.repeat(customers["yearly_spend"].to_numpy()[returning], counted[returning].astype(int))
    often = np.repeat(customers["yearly_purchases"].to_numpy()[active], counted[active].astype(int))
    high = None
    if len(spend) and spend.max() > spend.min():
        high = float(np.quantile(spend, 0.75, method="higher"))
        if high <= spend.min():
            high = float(spend[spend > spend.min()].min())
    return Cuts(quiet, gone, high, max(3, int(np.median(often))) if len(often) else 3)


def rules(customers: pd.DataFrame, cuts: Cuts) -> tuple[Rule, ...]:
    """Return the decision table for these customers: to every customer that can be, exactly one rule applies.

    Examples
    --------
    >>> base = pd.DataFrame({"n_purchases": [1, 4], "recency_days": [5, 40], "yearly_spend": [9.0, 90.0],
    ...                      "yearly_purchases": [1, 4]})
    >>> [rule.segment for rule in rules(base, Cuts(90, 365, None, 3))]
    ['Regulars', 'New', 'Slipping', 'One-time', 'Lapsed one-time', 'Lost regulars']
    """
    if customers.empty:
        return ()
    found: list[Rule] = []
    _grow(_tree(cuts), Rule(""), customers, found)
    return tuple(sorted(found, key=lambda rule: SEGMENTS.index(rule.segment)))


def assign(customers: pd.DataFrame, table: tuple[Rule, ...]) -> np.ndarray:
    """Return the name of each customer's segment."""
    named = np.full(len(customers), "", dtype=object)
    for rule in table:
        named[rule.holds(customers)] = rule.segment
    return named


def _tree(cuts: Cuts) -> _Split:
    quiet, gone = cuts.quiet_after_days + 1.0, cuts.gone_after_days + 1.0
    spend = () if cuts.high_spend_from is None else (cuts.high_spend_from,)
    modest = _Split("yearly_purchases", (float(cuts.often_from),), ("Returning", "Regulars"), is_relative=True)
    active = _Split("yearly_spend", spend, (modest, "Best regulars"), is_relative=True) if spend else modest
    slipping = (
        _Split("yearly_spend", spend, ("Slipping", "Slipping, valuable"), is_relative=True) if spend else "Slipping"
    )
    once = _Split("recency_days", (quiet, gone), ("New", "One-time", "Lapsed one-time"))
    more = _Split("recency_days", (quiet, gone), (active, slipping, "Lost regulars"))
    return _Split("n_purchases", (2.0,), (once, more))


def _grow(node: _Split | str, bounds: Rule, customers: pd.DataFrame, found: list[Rule]) -> None:
    if isinstance(node, str):
        found.append(replace(bounds, segment=node))
        return
    values = customers[node.feature].to_numpy()
    place = np.searchsorted(np.array(node.cuts), values, side="right")
    sizes = np.bincount(place, minlength=len(node.branches))
    kept = [i for i, size in enumerate(sizes) if size > 0 or not node.is_relative] or [int(np.argmax(sizes))]
    low, high = getattr(bounds, node.feature)
    for position, i in enumerate(kept):
        # A branch that is left out is taken over by the one below it, the first ones by the lowest that is kept.
        lower = low if position == 0 else node.cuts[i - 1]
        upper = high if position == len(kept) - 1 else node.cuts[kept[position + 1] - 1]
        inside = replace(bounds, **{node.feature: (lower, upper)})  # type: ignore[arg-type]
        _grow(node.branches[i], inside, customers[_between(values, lower, upper)], found)


def _between(values: np.ndarray, low: float | None, high: float | None) -> np.ndarray:
    above: np.ndarray = values >= (-np.inf if low is None else low)
    return above & (values < (np.inf if high is None else high))
