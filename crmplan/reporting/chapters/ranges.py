"""How a range is written: the unit once, and no more figures than an estimate has."""

from __future__ import annotations

import math
import re

from crmplan.metrics.registry import Unit
from crmplan.reporting.wording import figure

__all__ = ["rounded", "span"]

_UNIT = re.compile(r"(?<=\d) ?[a-z%][a-z% ]*$")


def rounded(value: float) -> float:
    """Return an amount with two figures that count: an estimate has no more.

    Examples
    --------
    >>> rounded(16142.03), rounded(0.0)
    (16000.0, 0.0)
    """
    return 0.0 if value == 0 else float(round(value, 1 - math.floor(math.log10(abs(value)))))


def span(low: float, high: float, unit: Unit, currency: str) -> str:
    """Return a range with its unit once; a single figure where both ends read the same.

    Examples
    --------
    >>> span(2500, 7500, "currency", "USD"), span(0.02, 0.05, "share", "USD"), span(3.0, 3.0, "per_year", "USD")
    ('USD 2,500 to 7,500', '2.0 to 5.0 %', '3.0 a year')
    >>> span(950_000, 1_200_000, "currency", "USD")
    'USD 950,000 to 1.20 million'
    """
    first, last = figure(low, unit, currency), figure(high, unit, currency)
    if first == last:
        return first
    if unit == "currency":
        return f"{first} to {last.removeprefix(currency).strip()}"
    return f"{_UNIT.sub('', first)} to {last}"
