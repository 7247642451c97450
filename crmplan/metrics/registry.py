"""The metric registry: every figure is defined here once and computed in one place.

A metric is a named, documented computation over a client's tables. A checklist question cites it as evidence, a KPI
as its baseline, a report sentence as its number, so a figure cannot differ between two pages. "Not available" and
"too few rows" are answers, never errors.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass, field, replace
from datetime import date, timedelta
from functools import cache
from types import MappingProxyType
from typing import Any, Literal

import pandas as pd

from crmplan.errors import UnknownNameError
from crmplan.tables import Tables

__all__ = ["Estimate", "Measured", "Metric", "Period", "Unit", "get", "measure", "measure_all", "metric", "registry"]

Unit = Literal[
    "share", "currency", "count", "per_day", "per_year", "days", "hours", "minutes", "seconds", "points", "ratio"
]
Status = Literal["computed", "too_few_rows", "not_available"]
_MODULES = (
    "marketing_buying", "marketing_range", "marketing_growth", "marketing_revenue", "marketing_churn",
    "marketing_tiers", "marketing_campaigns", "marketing_opinion", "sales_customers", "sales_deals",
    "sales_contracts", "sales_amounts", "call_center_orders", "call_center_calls", "call_center_service",
    "call_center_load", "operations", "information", "data_quality", "upkeep", "on_file", "integration", "value",
)  # fmt: skip
_MADE_FROM = {
    "customer_days": "orders",
    "golden": "orders or customers",
    "customer_ids": "customers",
    "segments": "orders",
    "customer_value": "orders or contracts",
    "quality": "any export",
}


@dataclass(frozen=True, slots=True)
class Period:
    """Days from ``start`` (included) to ``end`` (not included), with the facts about the client a metric may need.

    ``home_country`` is how the client's own country is written; ``yearly_sales_target`` comes from the engagement and
    may be None; ``minutes_per_record_change`` (to make one change in one more system) and ``day_rate`` come from there
    too.
    """

    start: date
    end: date
    _: KW_ONLY
    home_country: str = ""
    yearly_sales_target: float | None = None
    minutes_per_record_change: float = 4.0
    day_rate: float = 900.0

    @property
    def days(self) -> int:
        """Number of days."""
        return (self.end - self.start).days

    def before(self) -> Period:
        """Return the period of the same length just before this one.

        Examples
        --------
        >>> Period(date(2024, 1, 11), date(2024, 1, 21)).before().start
        datetime.date(2024, 1, 1)
        """
        return replace(self, start=self.start - timedelta(days=self.days), end=self.start)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a metric's computation found.

    Parameters
    ----------
    value
        The figure, in the metric's unit; None when nothing can be said.
    n
        How many rows (customers, orders, calls …) it rests on.
    low, high
        Bounds of a 95 % interval, where the figure is an estimate.
    breakdown
        The figure by group, where that helps: columns ``group``, ``value``, ``n``.
    reason
        Why there is no value, in words for the client; empty when there is one.
    """

    value: float | None
    n: int
    low: float | None = None
    high: float | None = None
    breakdown: pd.DataFrame | None = None
    reason: str = ""


Computation = Callable[[Tables, Period], Estimate]


@dataclass(frozen=True, slots=True)
class Metric:
    """The definition of a figure.

    Parameters
    ----------
    id, label
        Short name in snake_case for ever; name in a report.
    definition
        One plain sentence: what is counted, over what.
    unit, direction
        ``up`` when more is better, ``down`` when less is, ``neutral`` when it depends.
    needs
        Table and columns without which it cannot be computed.
    counts
        What ``n`` counts, in the plural ("customers").
    window_days
        How far back from the as-of date it looks; None for all there is.
    min_rows
        Below this ``n`` the figure is withheld.
    covers
        Ids of the method's items it speaks to.
    cannot_prove
        What a reader must not conclude from it.
    """

    id: str
    label: str
    definition: str
    department: str
    unit: Unit
    direction: Literal["up", "down", "neutral"]
    needs: Mapping[str, tuple[str, ...]]
    counts: str
    window_days: int | None
    min_rows: int
    covers: tuple[str, ...]
    cannot_prove: str
    compute: Computation = field(repr=False)


@dataclass(frozen=True, slots=True)
class Measured:
    """One metric of one client: a figure with its interval and rows, or the reason why there is none."""

    metric: str
    label: str
    unit: Unit
    status: Status
    value: float | None = None
    n: int = 0
    counts: str = "rows"
    low: float | None = None
    high: float | None = None
    start: date | None = None
    end: date | None = None
    reason: str = ""
    breakdown: pd.DataFrame | None = None

    @property
    def is_computed(self) -> bool:
        """Whether there is a figure."""
        return self.status == "computed"


_METRICS: dict[str, Metric] = {}


def metric(
    *,
    id: str,
    label: str,
    definition: str,
    department: str,
    unit: Unit,
    needs: Mapping[str, tuple[str, ...]],
    counts: str,
    direction: Literal["up", "down", "neutral"] = "up",
    window_days: int | None = 365,
    min_rows: int = 30,
    covers: tuple[str, ...] = (),
    cannot_prove: str,
) -> Callable[[Computation], Computation]:
    """Register a function of (tables, period) as the computation of a metric."""

    def register(compute: Computation) -> Computation:
        if id in _METRICS and _METRICS[id].compute.__module__ != compute.__module__:
            raise ValueError(f"metric '{id}' is defined twice")
        _METRICS[id] = Metric(
            id, label, definition, department, unit, direction, MappingProxyType(dict(needs)), counts,
            window_days, min_rows, covers, cannot_prove, compute,
        )  # fmt: skip
        return compute

    return register


@cache
def _load() -> bool:
    for module in _MODULES:
        importlib.import_module(f"crmplan.metrics.{module}")
    return True


def registry() -> Mapping[str, Metric]:
    """Return every metric by id, by department and then in the order of definition.

    Examples
    --------
    >>> registry()["repeat_share"].unit
    'share'
    """
    _load()
    return MappingProxyType(_METRICS)


def get(id: str) -> Metric:
    """Return one metric; UnknownNameError with close names when there is none."""
    known = registry()
    if id not in known:
        raise UnknownNameError.among("metric", id, known)
    return known[id]


def measure(
    wanted: Metric,
    tables: Tables,
    *,
    as_of: date,
    facts: Mapping[str, Any] | None = None,
    absent: Mapping[str, str] | None = None,
) -> Measured:
    """Return a metric's figure for one client, or the reason why there is none.

    Parameters
    ----------
    wanted
        The metric.
    tables
        Canonical tables with ``customer_key``, and the derived tables the metric names.
    as_of
        The last day looked at.
    facts
        Values for the facts of :class:`Period` beside its days.
    absent
        Why a derived table is not there although what it is made from came.
    """
    blank = Measured(wanted.id, wanted.label, wanted.unit, "not_available", counts=wanted.counts)
    missing = _missing(wanted, tables)
    if missing:
        told = [why for table, why in (absent or {}).items() if table in wanted.needs and table not in tables]
        return replace(blank, reason=told[0] if told else f"needs {missing}")
    end = as_of + timedelta(days=1)
    start = end - timedelta(days=wanted.window_days) if wanted.window_days else date(1, 1, 1)
    estimate = wanted.compute(tables, Period(start, end, **dict(facts or {})))
    dated = replace(blank, n=estimate.n, start=start if wanted.window_days else None, end=as_of)
    if estimate.value is None and estimate.reason:
        return replace(dated, reason=estimate.reason)
    if estimate.n < wanted.min_rows:
        reason = f"needs at least {wanted.min_rows} {wanted.counts}; the data hold {estimate.n}"
        return replace(dated, status="too_few_rows", reason=reason)
    if estimate.value is None or pd.isna(estimate.value):
        return replace(dated, reason="the data hold no value for it")
    return replace(
        dated,
        status="computed",
        value=float(estimate.value),
        low=estimate.low,
        high=estimate.high,
        breakdown=estimate.breakdown,
    )


def measure_all(
    tables: Tables, *, as_of: date, facts: Mapping[str, Any] | None = None, absent: Mapping[str, str] | None = None
) -> dict[str, Measured]:
    """Return every metric of the registry, measured; parameters as for :func:`measure`."""
    return {id: measure(one, tables, as_of=as_of, facts=facts, absent=absent) for id, one in registry().items()}


def _missing(wanted: Metric, tables: Tables) -> str:
    wants = []
    for table, columns in wanted.needs.items():
        name = _as_asked_for(table)
        if table not in tables:
            wants.append(name)
        else:
            absent = [column for column in columns if not tables.has(table, column)]
            if (table, absent) == ("customer_days", ["profit"]):
                wants.append("orders (cost)")
            elif absent:
                wants.append(f"{name} ({', '.join(absent)})")
    return "; ".join(dict.fromkeys(wants))


def _as_asked_for(table: str) -> str:
    """Return a table as a data request names it: a derived one with the table it is made from."""
    return f"{table} (made from {_MADE_FROM[table]})" if table in _MADE_FROM else table
