"""What a worth is made of: factors, each with its range and what it rests on, and where a rule gets them from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from crmplan.metrics.registry import Measured, Unit

__all__ = ["Basis", "Case", "Factor", "MissingFigure", "PlanFacts", "Worth"]

Basis = Literal["measured", "client", "assumed", "rule_of_thumb"]

_ASSUMED_MARGIN = (0.2, 0.4)
_MORE_A_YEAR = 0.1
_USUAL_CUSTOMERS = 20_000


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """What planning must know of the client beside its figures.

    Parameters
    ----------
    gross_margin_share
        0 to 1; None when not known.
    margin_rests_on_costs
        Whether known costs alone tell the margin of what was bought. The margin measured on these costs then goes
        before ``gross_margin_share``; the margin of a part of the order lines would not speak for the rest.
    day_rate
        Cost of a person-day, in the client's currency.
    contact_cost
        What a contact with a customer costs, in the client's currency; None when not known.
    n_customers
        Customers in the single view; effort is scaled to them. None when not known.
    is_assumed
        Whether margin, day rate and contact cost are the consultant's assumptions and not the client's figures.
    capacity_days
        Person-days that can be spent in each of the three phases.
    groundwork_share
        How much of what the plan brings in a year at best may go into initiatives that cannot be priced.
    change_capacity
        How much a department can change in a phase, in the points of the initiatives' change load.
    """

    gross_margin_share: float | None = None
    margin_rests_on_costs: bool = True
    day_rate: float = 900.0
    contact_cost: float | None = None
    n_customers: int | None = None
    is_assumed: bool = True
    capacity_days: tuple[float, float, float] = (60.0, 90.0, 120.0)
    groundwork_share: float = 1.0
    change_capacity: int = 5

    def effort_scale(self) -> float:
        """Return what setting up takes at a client of this size against one of 20,000 customers: by the square root.

        Examples
        --------
        >>> PlanFacts(n_customers=5000).effort_scale(), PlanFacts().effort_scale()
        (0.5, 1.0)
        """
        return min(3.0, max(0.2, math.sqrt(self._size())))

    def running_scale(self) -> float:
        """Return what running takes against 20,000 customers: in proportion, for each customer makes work."""
        return min(5.0, max(0.05, self._size()))

    def _size(self) -> float:
        return 1.0 if self.n_customers is None else self.n_customers / _USUAL_CUSTOMERS


@dataclass(frozen=True, slots=True)
class Factor:
    """One factor of a worth: its range, its unit, and what it rests on.

    ``basis`` is ``measured`` (from the client's data), ``client`` (a figure the client gave), ``assumed`` (by the
    consultant, until the client gives one) or ``rule_of_thumb``. ``n`` counts the ``counts`` a measured one rests on.
    """

    name: str
    label: str
    low: float
    high: float
    unit: Unit
    basis: Basis
    metric: str = ""
    n: int = 0
    counts: str = ""


@dataclass(frozen=True, slots=True)
class Worth:
    """What an initiative is worth in a year of full effect, in the client's currency.

    Parameters
    ----------
    rule
        Name of the rule.
    pool
        The money it draws from; initiatives of one pool count the same money.
    low, high
        Products of the factors' bounds; None when it cannot be priced.
    formula
        In words, with ``{name}`` where a factor's figure belongs.
    factors
        What is multiplied.
    caution
        What the figure leaves open.
    shortfall
        The gap in words, with ``{name}`` where a figure belongs; empty when it cannot be priced.
    beside
        The figures that ``shortfall`` names beside the factors.
    unavailable
        Why it cannot be priced; empty when it is.
    """

    rule: str
    pool: str
    low: float | None = None
    high: float | None = None
    formula: str = ""
    factors: tuple[Factor, ...] = ()
    caution: str = ""
    shortfall: str = ""
    beside: tuple[Factor, ...] = ()
    unavailable: str = ""

    @property
    def middle(self) -> float:
        """Halfway between low and high; 0 when it cannot be priced."""
        return 0.0 if self.low is None or self.high is None else (self.low + self.high) / 2


class MissingFigure(Exception):
    """Stops a rule that cannot be given a figure; its text says which. Never leaves the planning package."""


class Case:
    """A client's figures as a rule asks for them; stops the rule when one is not there."""

    def __init__(self, measured: Mapping[str, Measured], facts: PlanFacts, low: float, high: float) -> None:
        self._measured, self._facts, self._gains = measured, facts, (low, high)

    def value(self, metric: str) -> Measured:
        """Return a metric that has a figure."""
        found = self._measured.get(metric)
        if found is None or not found.is_computed or found.value is None:
            label = found.label if found else metric.replace("_", " ")
            reason = (found.reason if found else "") or "has not been measured"
            raise MissingFigure(f"'{label}'{' ' if reason.startswith('needs ') else ': '}{reason}")
        return found

    def has(self, metric: str) -> bool:
        """Return whether a metric has a figure."""
        found = self._measured.get(metric)
        return found is not None and found.is_computed

    def amount(self, name: str, label: str, metric: str) -> Factor:
        """Return a metric's own value, never below 0."""
        found = self.value(metric)
        figure = max(0.0, float(found.value or 0))
        return Factor(name, label, figure, figure, found.unit, "measured", metric, found.n, found.counts)

    def total(self, name: str, label: str, metric: str, unit: Unit = "count") -> Factor:
        """Return a metric's value times the rows it rests on: how many (or how much) in all."""
        found = self.value(metric)
        figure = max(0.0, float(found.value or 0)) * found.n
        figure = float(round(figure)) if unit == "count" else figure
        return Factor(name, label, figure, figure, unit, "measured", metric, found.n, found.counts)

    def rows(self, name: str, label: str, metric: str) -> Factor:
        """Return how many rows a metric rests on."""
        found = self.value(metric)
        return Factor(name, label, found.n, found.n, "count", "measured", metric, found.n, found.counts)

    def gain(self, label: str, *, room: float = 1.0) -> Factor:
        """Return the rule-of-thumb gain, not above what is left to gain."""
        low, high = (min(one, max(0.0, room)) for one in self._gains)
        return Factor("gain", label, low, high, "share", "rule_of_thumb")

    def spending(self) -> Factor:
        """Return from one average order to what an active customer brings in a year."""
        order, year = self.value("average_order_value"), self.value("revenue_per_customer")
        low, high = sorted(max(0.0, float(one.value or 0)) for one in (order, year))
        label = "from one average order to a year of an active customer"
        return Factor("spending", label, low, high, "currency", "measured", "revenue_per_customer", year.n, year.counts)

    def order(self) -> Factor:
        """Return an average order."""
        return self.amount("order", "an average order", "average_order_value")

    def more(self) -> Factor:
        """Return from one average order to a tenth of what an active customer brings in a year."""
        order, year = self.value("average_order_value"), self.value("revenue_per_customer")
        low, high = sorted((max(0.0, float(order.value or 0)), max(0.0, _MORE_A_YEAR * float(year.value or 0))))
        label = "from one average order to a tenth of a customer's year"
        return Factor("more", label, low, high, "currency", "rule_of_thumb")

    def margin(self) -> Factor:
        """Return the gross margin: measured, else given, else a range that is said to be assumed."""
        if self._facts.margin_rests_on_costs and self.has("margin_share"):
            return self.amount("margin", "gross margin", "margin_share")
        given = self._facts.gross_margin_share
        if given is not None:
            basis: Basis = "assumed" if self._facts.is_assumed else "client"
            return Factor("margin", "gross margin", given, given, "share", basis)
        return Factor("margin", "gross margin, not known yet", *_ASSUMED_MARGIN, "share", "assumed")

    def contact_cost(self) -> Factor:
        """Return what a contact costs."""
        cost = self._facts.contact_cost
        if cost is None:
            raise MissingFigure("needs the cost of a contact with a customer, from the client's finance department")
        return Factor("cost", "a contact", cost, cost, "currency", "assumed" if self._facts.is_assumed else "client")
