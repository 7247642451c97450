"""What the value rests on: each assumption as a number beside its threshold, and what it does to the figure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from crmplan.value.holdout import Holdout
from crmplan.value.lifetime_value import Margin
from crmplan.value.repeat_models import RepeatModel
from crmplan.value.spend import SpendFacts

if TYPE_CHECKING:
    import ibis

__all__ = ["Assumption", "Colour", "base_assumptions", "fit_assumptions", "rhythm", "spend_drift"]

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
    """

    name: str
    number: float | None
    shown_as: Literal["share", "number"]
    threshold: str
    colour: Colour
    effect: str


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


def base_assumptions(
    histories: pd.DataFrame,
    spend: SpendFacts,
    margin: Margin,
    *,
    horizon_weeks: float,
    regularity: float | None,
    drift: float | None,
) -> tuple[Assumption, ...]:
    """Return the assumptions that the purchases themselves can tell of.

    Parameters
    ----------
    histories, spend, margin
        Up to today.
    horizon_weeks
        Length of the forecast.
    regularity, drift
        As :func:`rhythm` and :func:`spend_drift` return them.
    """
    return (
        _graded(
            "Spend per purchase does not depend on how often people buy (correlation)",
            spend.correlation, "number", (0.15, 0.3),
            "otherwise frequent buyers are valued too high or too low; above 0.3 other means are used",
        ),
        _graded(
            "Customers buy at random times, not by the clock (regularity, 1 = at random)",
            regularity, "number", (1.5, 2.5),
            "with regular buyers a short silence means more than the model thinks",
        ),
        _graded(
            "Spend per purchase is stable over time (later half against earlier half)",
            drift, "share", (0.1, 0.25),
            "the value moves with it, in the same proportion",
        ),
        _graded(
            "No handful of customers decides (revenue of the top hundredth)",
            _heaviest(histories), "share", (0.15, 0.3),
            "the sum hangs on a few customers: look at them one by one",
        ),
        *_of_time(histories, horizon_weeks),
        _margin(margin),
    )  # fmt: skip


def fit_assumptions(model: RepeatModel, totals: dict[str, float], holdout: Holdout) -> tuple[Assumption, ...]:
    """Return the assumptions that fits and forecasts can tell of; ``totals`` are expected purchases by model."""
    held = len(model.fit.at_bound) + len(model.fit.loose)
    chosen = totals[model.name]
    spread = max(abs(total / chosen - 1) for total in totals.values()) if chosen and len(totals) > 1 else None
    bias = holdout.bias_of(model.name)
    return (
        _graded(
            "The total was right when it could be checked (error in the check period)",
            bias, "share", (0.1, 0.25),
            "the value is off by about as much, in the same direction",
        ),
        _graded(
            "Customers won at different times behave alike (largest difference in error between thirds)",
            _cohort_drift(model.name, holdout), "share", (0.2, 0.4),
            "newer customers are worth more or less than the model says",
        ),
        _graded(
            "Other models come to the same total (largest difference in expected purchases)",
            spread, "share", (0.1, 0.25),
            "the choice of model alone moves the value by so much",
        ),
        _graded(
            "The data pin the model down (parameters at a bound or hardly determined)",
            float(held), "number", (0, 1),
            "forecasts far ahead lean on the form of the model rather than on data",
        ),
    )  # fmt: skip


def _cohort_drift(name: str, holdout: Holdout) -> float | None:
    if holdout.unavailable or name not in holdout.cohorts or len(holdout.cohorts) < 2:
        return None
    enough = holdout.cohorts[holdout.cohorts["actual"] * holdout.cohorts["n_customers"] >= 20]
    if len(enough) < 2:
        return None
    ratio = enough[name].to_numpy("float64") / enough["actual"].to_numpy("float64")
    return float(ratio.max() - ratio.min())


def _of_time(histories: pd.DataFrame, horizon_weeks: float) -> tuple[Assumption, Assumption]:
    span = max(float(histories["age_weeks"].max()), 1e-9)
    early = float((histories["age_weeks"] >= 0.9 * span).mean())
    return (
        _graded(
            "The first purchase in the data is really the first (customers first seen in the first tenth of the time)",
            early, "share", (0.3, 1.0),
            "customers who had bought before the data begin look newer than they are",
        ),
        _graded(
            "The forecast does not reach much further than the data (horizon as a multiple of the time observed)",
            horizon_weeks / span, "number", (1.0, 2.0),
            "nobody has seen these customers for as long as the forecast runs",
        ),
    )  # fmt: skip


def _heaviest(histories: pd.DataFrame) -> float | None:
    order = np.sort(histories["revenue"].to_numpy("float64"))[::-1]
    return float(order[: len(order) // 100].sum() / order.sum()) if len(order) >= 100 else None


def _margin(margin: Margin) -> Assumption:
    colours: dict[str, Colour] = {"own": "green", "assumed": "amber", "none": "red"}
    effect = {
        "own": "taken from the costs in the orders, customer by customer",
        "assumed": "one share for everybody, as agreed with the client: the value moves in proportion",
        "none": "nobody has stated a margin: the value is revenue, not profit",
    }[margin.basis]
    threshold = "own costs hold, an agreed share is to be looked at"
    return Assumption("The margin is known", margin.base_share, "share", threshold, colours[margin.basis], effect)


def _graded(
    name: str,
    number: float | None,
    shown_as: Literal["share", "number"],
    limits: tuple[float, float],
    effect: str,
) -> Assumption:
    green, amber = limits

    def worded(x: float) -> str:
        return f"{100 * x:.0f} %" if shown_as == "share" else f"{x:g}"

    beyond = "more" if shown_as == "share" and amber >= 1 else f"up to {worded(amber)}"
    threshold = f"up to {worded(green)} holds, {beyond} is to be looked at"
    measured = abs(number) if number is not None and np.isfinite(number) else None
    if measured is None:
        return Assumption(name, None, shown_as, threshold, "unknown", effect)
    colour: Colour = "green" if measured <= green else "amber" if measured <= amber else "red"
    return Assumption(name, number, shown_as, threshold, colour, effect)
