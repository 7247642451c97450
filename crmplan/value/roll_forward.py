"""Customer equity over twelve months, like a balance sheet: opening, acquired, revalued, realised, lost, closing.

Both ends are valued with the model of today, so that the movement comes from customers and not from a new model. What
was realised left the value because it was earned; what was lost is the value of customers who were probably customers
then and probably are no longer. Revaluation is the rest: customers who bought more or less than expected, and a horizon
that has moved on by a year.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmplan.value.fixed_occasions import Calendar
from crmplan.value.lifetime_value import outlook
from crmplan.value.purchase_history import day_in_words, distinct_patterns, purchase_histories, purchases_after
from crmplan.value.repeat_models import RepeatModel
from crmplan.value.spend import fit_spend_model

if TYPE_CHECKING:
    import ibis

__all__ = ["RollForward", "roll_forward"]

_COLUMNS = ["item", "amount", "n_customers"]
_PROBABLY = 0.5
_LEAST_CUSTOMERS = 20
_LEAST_WEEKS = 13.0
"""Data that begin later hold few of the customers there were at the opening; all others would look newly won."""


@dataclass(frozen=True, slots=True)
class RollForward:
    """How the value of the base came from its opening to its closing.

    Parameters
    ----------
    opened_on
        Day of the opening value, twelve months before today; None when there is none.
    items
        item (opening, acquired, revaluation, realised, lost, closing), amount (signed, whole cents: the first five add
        up to the last), n_customers (whom the item concerns).
    """

    opened_on: date | None
    items: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=_COLUMNS))
    unavailable: str = ""

    def amount(self, item: str) -> float:
        """Return the amount of an item."""
        return float(self.items.loc[self.items["item"] == item, "amount"].iloc[0])


def roll_forward(
    days: ibis.Table,
    customers: pd.DataFrame,
    *,
    model: RepeatModel,
    alive_model: RepeatModel,
    as_of: date,
    horizon_months: int,
    annual_discount_rate: float,
    serve_cost: float = 0.0,
    calendar: Calendar | None = None,
) -> RollForward:
    """Return the movement of customer equity over the twelve months up to today.

    Parameters
    ----------
    days
        As :func:`crmplan.value.purchase_history.customer_days` returns it.
    customers
        ``customers`` of :class:`crmplan.value.Value`.
    model, alive_model
        That forecasts, and that says who is still a customer.
    as_of, horizon_months, annual_discount_rate, serve_cost
        As the customers were valued.
    calendar
        Fixed occasions on which customers buy; None where they buy on any day.
    """
    opened_on = _a_year_before(as_of)
    histories = purchase_histories(days, until=opened_on)
    opening = day_in_words(opened_on)
    if len(histories) < _LEAST_CUSTOMERS:
        return RollForward(None, unavailable=f"too little data: {len(histories)} customers had bought by {opening}")
    if histories["age_weeks"].max() < _LEAST_WEEKS:
        return RollForward(None, unavailable=f"too little data: purchases begin shortly before {opening}")
    if calendar is not None:
        histories = calendar.snapped(histories, opened_on)
    patterns = distinct_patterns(histories)
    ahead = outlook(
        model,
        patterns,
        as_of=opened_on,
        horizon_months=horizon_months,
        annual_discount_rate=annual_discount_rate,
    )
    then = histories[["customer_key"]].assign(
        spend_then=fit_spend_model(histories).expected,
        purchases_then=ahead.discounted[patterns.row],
        alive_then=alive_model.alive(patterns)[patterns.row],
    )
    now = customers[["customer_key", "value", "alive_probability", "margin_share"]]
    later = purchases_after(days, after=opened_on, until=as_of)
    both = now.merge(then, on="customer_key", how="left", validate="one_to_one").merge(later, "left", "customer_key")
    both = both.fillna({"n_bought": 0, "spent": 0.0})
    return RollForward(opened_on, _items(both, serve_cost))


def _items(both: pd.DataFrame, serve_cost: float) -> pd.DataFrame:
    is_old = both["purchases_then"].notna().to_numpy(dtype=bool)
    margin, closing = both["margin_share"].to_numpy("float64"), both["value"].to_numpy("float64")
    worth = both["spend_then"].to_numpy("float64") * margin - serve_cost
    opening = np.where(is_old, both["purchases_then"].to_numpy("float64") * worth, 0.0)
    spent, n_bought = both["spent"].to_numpy("float64"), both["n_bought"].to_numpy("float64")
    realised = np.where(is_old, spent * margin - n_bought * serve_cost, 0.0)
    was, still = both["alive_then"].to_numpy("float64"), both["alive_probability"].to_numpy("float64")
    has_left = is_old & (was >= _PROBABLY) & (still < _PROBABLY)
    lost = np.where(has_left, np.clip(opening - realised - closing, 0, None), 0.0)
    cents = {
        "opening": _cents(opening.sum()),
        "acquired": _cents(closing[~is_old].sum()),
        "realised": -_cents(realised.sum()),
        "lost": -_cents(lost.sum()),
        "closing": _cents(closing.sum()),
    }
    # Counted in whole cents, so that the sheet adds up to the last one.
    cents["revaluation"] = cents["closing"] - cents["opening"] - cents["acquired"] - cents["realised"] - cents["lost"]
    n = {
        "opening": int(is_old.sum()), "acquired": int((~is_old).sum()), "revaluation": int((is_old & ~has_left).sum()),
        "realised": int((is_old & (n_bought > 0)).sum()), "lost": int(has_left.sum()), "closing": len(both),
    }  # fmt: skip
    return pd.DataFrame([(item, cents[item] / 100, n[item]) for item in n], columns=_COLUMNS)


def _cents(amount: float) -> int:
    return round(100 * float(amount))


def _a_year_before(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:  # 29 February
        return day.replace(year=day.year - 1, day=28)
