"""How a number is written in a report: short, with its unit, the same on every page."""

from __future__ import annotations

import math
from typing import TypeGuard

from crmplan.metrics.registry import Measured, Unit

__all__ = ["count", "figure", "interval", "money", "plural", "quantity", "share", "span"]

_NONE = "–"
_NOISE = 1e-9
"""Shares up to this come from rounding in the computer."""


def count(value: float | None) -> str:
    """Return a whole number with thousands parted by commas.

    Examples
    --------
    >>> count(23570), count(None)
    ('23,570', '–')
    """
    return f"{value:,.0f}" if _present(value) else _NONE


def quantity(value: float | None, decimals: int = 1) -> str:
    """Return a number with a few decimals.

    Examples
    --------
    >>> quantity(1234.56)
    '1,234.6'
    """
    return f"{value:,.{decimals}f}" if _present(value) else _NONE


def share(value: float | None, decimals: int | None = None) -> str:
    """Return a share of 0 to 1 as a percentage; one decimal below 10 %, in words where that would read as nothing.

    Examples
    --------
    >>> share(0.4312), share(0.0312), share(-0.005)
    ('43 %', '3.1 %', '-0.5 %')
    >>> share(0.0002), share(-0.0002), share(0.0), share(0.002, 0)
    ('under 0.1 %', '0 %', '0 %', 'under 1 %')
    """
    if not _present(value):
        return _NONE
    places = decimals if decimals is not None else (1 if abs(value) < 0.0995 and value != 0 else 0)
    if float(f"{100 * value:.{places}f}") == 0:
        return f"under {10.0**-places:g} %" if value > _NOISE else "0 %"
    return f"{100 * value:,.{places}f} %"


def money(value: float | None, currency: str) -> str:
    """Return an amount with its currency, rounded to what a reader can use.

    Examples
    --------
    >>> money(1234567, "USD"), money(35.17, "EUR"), money(-491, "CHF"), money(2_340_000_000, "USD")
    ('USD 1.23 million', 'EUR 35.17', 'CHF -491', 'USD 2.34 billion')
    >>> money(0, "USD"), money(-0.001, "USD"), money(0.5, "USD")
    ('USD 0', 'USD 0', 'USD 0.50')
    """
    if not _present(value):
        return _NONE
    size = abs(value)
    if size < 0.005:
        return f"{currency} 0"
    if size >= 999_500_000:
        return f"{currency} {value / 1e9:,.2f} billion"
    if size >= 999_500:
        return f"{currency} {value / 1e6:,.2f} million"
    return f"{currency} {value:,.2f}" if size < 99.995 else f"{currency} {value:,.0f}"


def span(low: float | None, high: float | None, currency: str) -> str:
    """Return a range of money, its currency and size named once.

    Examples
    --------
    >>> span(991_435, 2_828_302, "EUR"), span(115_972, 343_723, "EUR"), span(12.5, 80, "EUR"), span(0, 5_310, "EUR")
    ('EUR 0.99 to 2.83 million', 'EUR 116 to 344 thousand', 'EUR 12.50 to 80.00', 'EUR 0 to 5,310')
    """
    if not _present(low) or not _present(high):
        return _NONE
    size = max(abs(low), abs(high))
    if size >= 999_500:
        return f"{currency} {low / 1e6:,.2f} to {high / 1e6:,.2f} million"
    if size >= 99_995:
        return f"{currency} {low / 1e3:,.0f} to {high / 1e3:,.0f} thousand"
    places = 2 if size < 99.995 else 0
    ends = ["0" if abs(end) < 0.005 else f"{end:,.{places}f}" for end in (low, high)]
    return f"{currency} {ends[0]} to {ends[1]}"


def figure(value: float | None, unit: Unit, currency: str) -> str:
    """Return a value in its unit.

    Examples
    --------
    >>> figure(0.31, "share", "USD"), figure(12.4, "days", "USD"), figure(3.2, "per_year", "USD")
    ('31 %', '12.4 days', '3.2 a year')
    """
    if not _present(value):
        return _NONE
    if unit == "share":
        return share(value)
    if unit == "currency":
        return money(value, currency)
    number = count(value) if unit == "count" or abs(value) >= 1000 else quantity(value)
    endings = {
        "count": "", "per_day": " a day", "per_year": " a year", "days": " days", "hours": " hours",
        "minutes": " minutes", "seconds": " seconds", "points": " points", "ratio": " times",
    }  # fmt: skip
    return f"{number}{endings[unit]}"


def interval(measured: Measured, currency: str) -> str:
    """Return the 95 % interval of a figure as text; empty when it has none."""
    if measured.low is None or measured.high is None:
        return ""
    return f"{figure(measured.low, measured.unit, currency)} to {figure(measured.high, measured.unit, currency)}"


def plural(n: float, one: str, many: str | None = None) -> str:
    """Return a count with its noun.

    Examples
    --------
    >>> plural(1, "customer"), plural(2, "customer"), plural(1200, "query", "queries")
    ('1 customer', '2 customers', '1,200 queries')
    """
    return f"{count(n)} {one if round(n) == 1 else many or one + 's'}"


def _present(value: float | None) -> TypeGuard[float]:
    return value is not None and math.isfinite(value)
