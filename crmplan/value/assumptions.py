"""What the value rests on: an assumption as a number beside its threshold, and what is at stake in money.

Here is what an assumption is, how it is graded, and two measurements of purchases that need the engine; the sheet
itself is :mod:`crmplan.value.assumption_sheet`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import ibis

__all__ = ["Assumption", "Colour", "graded", "rhythm", "spend_drift"]

Colour = Literal["green", "amber", "red", "unknown"]


@dataclass(frozen=True, slots=True)
class Assumption:
    """One assumption, checked.

    Parameters
    ----------
    name
        What is assumed.
    number
        The figure that tells; None when it cannot be computed.
    shown_as
        How the number is to be read: share, number or ratio.
    threshold
        Where green ends and amber ends, in words.
    colour
        green (holds), amber (look), red (does not hold), unknown.
    effect
        What it means for the value if it does not hold.
    money
        What it does to the value of the base, in currency: by how much the value would be higher (above 0) or lower if
        the number were taken at its word; None when that cannot be said in money.
    is_in_doubt
        The money is not an effect but the part of the value that hangs on the assumption.
    """

    name: str
    number: float | None
    shown_as: Literal["share", "number"]
    threshold: str
    colour: Colour
    effect: str
    money: float | None = None
    is_in_doubt: bool = False


def rhythm(days: ibis.Table) -> float | None:
    """Return how regularly customers buy: 1 at random, above 1.5 clock-like (Wheat and Morrison 1990).

    From each customer with three purchases or more, the last two intervals; the share of the first of them in their
    sum varies by 1 / (4 (2 k + 1)).
    """
    import ibis as api

    table: Any = days
    by_day = api.window(group_by="customer_key", order_by="day")
    backwards = api.window(group_by="customer_key", order_by=api.desc("day"))
    day = table.day.cast("date")
    before, earlier = day.lag(1).over(by_day), day.lag(2).over(by_day)
    gaps = table.mutate(
        last=day.delta(before, unit="day"),
        previous=before.delta(earlier, unit="day"),
        position=api.row_number().over(backwards),
    )
    pairs = gaps.filter((gaps.position == 0) & gaps.previous.notnull()).select("last", "previous").execute()
    if len(pairs) < 20:
        return None
    share = pairs["last"].to_numpy("float64") / (pairs["last"] + pairs["previous"]).to_numpy("float64")
    variance = float(np.mean((share - 0.5) ** 2))
    return float(np.clip((1 - 4 * variance) / (8 * variance), 0.0, 100.0)) if variance > 0 else 100.0


def spend_drift(days: ibis.Table, split_on: Any) -> float | None:
    """Return by what share the spend per purchase of the second half of the time differs from that of the first."""
    table: Any = days
    later = table.day >= pd.Timestamp(split_on) + pd.Timedelta(days=1)
    means = table.group_by(is_later=later).agg(mean=table.net_amount.mean(), n=table.count()).execute()
    if len(means) < 2 or means["n"].min() < 20:
        return None
    first, second = (float(means.loc[means["is_later"] == half, "mean"].iloc[0]) for half in (False, True))
    return second / first - 1 if first > 0 else None


def graded(
    name: str,
    number: float | None,
    shown_as: Literal["share", "number"],
    limits: tuple[float, float],
    effect: str,
    *,
    money: float | None = None,
    is_in_doubt: bool = False,
) -> Assumption:
    """Return an assumption with its colour: green up to the first limit, amber up to the second, red beyond.

    Examples
    --------
    >>> graded("The total was right", -0.2, "share", (0.1, 0.25), "it is off", money=250.0).colour
    'amber'
    """
    green, amber = limits

    def worded(x: float) -> str:
        return f"{100 * x:.0f} %" if shown_as == "share" else f"{x:g}"

    beyond = "more" if shown_as == "share" and amber >= 1 else f"up to {worded(amber)}"
    threshold = f"up to {worded(green)} holds, {beyond} is to be looked at"
    measured = abs(number) if number is not None and np.isfinite(number) else None
    if measured is None:
        return Assumption(name, None, shown_as, threshold, "unknown", effect)
    colour: Colour = "green" if measured <= green else "amber" if measured <= amber else "red"
    stake = money if money is not None and np.isfinite(money) else None
    return Assumption(name, number, shown_as, threshold, colour, effect, stake, is_in_doubt)
