"""Chapter 05: what segments, sources and years of winning are worth, with their ranges."""

from __future__ import annotations

import re
from calendar import month_abbr
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmplan.engagement import Engagement
from crmplan.reporting.blocks import Note, Table
from crmplan.reporting.chapters.value_sentences import part
from crmplan.reporting.wording import count, money, plural, share, span
from crmplan.value.groups import NOT_KNOWN, SMALLER

if TYPE_CHECKING:
    from crmplan.value import CustomerEconomics, Value

__all__ = ["cohort_table", "segment_table", "source_value_table"]

_MOST_ROWS = 12
_RANGES = "Ranges are widened as measured at the cut-offs; under twenty customers there is none."
_UNCHECKED = "There are no ranges, because none could be checked against the past."


def segment_table(economics: CustomerEconomics, engagement: Engagement) -> Table | Note:
    """Return what each segment is worth, with its range."""
    if economics.unavailable:
        return _unavailable("The value of segments", economics.unavailable)
    first = economics.segments.iloc[0]
    n = int(economics.segments["n_customers"].sum())
    title = "What the customers of each segment are worth"
    if pd.notna(first["value_share"]):
        title = (
            f"{first['group']}: {share(int(first['n_customers']) / n)} of customers, {share(first['value_share'])} of "
            "the value"
        )
    return _table("Segment", title, economics.segments.head(_MOST_ROWS), engagement)


def source_value_table(economics: CustomerEconomics, value: Value, engagement: Engagement) -> Table | Note:
    """Return what the customers of each source are worth today."""
    if economics.unavailable or economics.sources.empty:
        reason = economics.unavailable or "needs `customers.first_heard` for at least twenty customers"
        return _unavailable("The value by source", reason)
    note = "What today's customers still bring; what a new one may cost stands further down."
    return _grouped(
        "First heard through", "came through", economics.sources, value=value, engagement=engagement, note=note
    )


def cohort_table(economics: CustomerEconomics, value: Value, engagement: Engagement) -> Table | Note:
    """Return what the customers won in each year, quarter or month are worth today."""
    if economics.unavailable or len(economics.cohorts) < 2:
        reason = economics.unavailable or "too few customers were won at different times"
        return _unavailable("The value by when customers were won", reason)
    note = "By first purchase in the data; who was there when they begin counts as won then."
    found = economics.cohorts.assign(group=economics.cohorts["group"].map(_cohort))
    return _grouped("Won in", "were won in", found, value=value, engagement=engagement, note=note)


def _cohort(name: str) -> str:
    """Return the name of a cohort as it is printed.

    Examples
    --------
    >>> _cohort("1997-02"), _cohort("2017 Q1"), _cohort("2014")
    ('Feb 1997', 'Q1 2017', '2014')
    """
    if match := re.fullmatch(r"(\d{4})-(\d{2})", name):
        return f"{month_abbr[int(match[2])]} {match[1]}"
    return re.sub(r"^(\d{4}) (Q\d)$", r"\2 \1", name)


def _grouped(head: str, words: str, found: pd.DataFrame, *, value: Value, engagement: Engagement, note: str) -> Table:
    named = found[~found["group"].isin([SMALLER, NOT_KNOWN])]
    return _table(head, _title(named, words, engagement), found, engagement, f"{note} {_left_out(found, value)}")


def _title(named: pd.DataFrame, words: str, engagement: Engagement) -> str:
    """Return which group holds most, and in which a customer is worth most."""
    if named.empty or named["value_share"].isna().all():
        return f"What customers are worth by what they {words}"
    held, best = (named.sort_values(column).iloc[-1] for column in ("value", "mean_value"))
    most = money(best["mean_value"], engagement.client.currency)
    who = f"Customers who {words} {held['group']} hold {share(held['value_share'])} of the value"
    if held["group"] == best["group"]:
        return f"{who} and are worth most, {most} each"
    return f"{who}; those who {words} {best['group']} are worth most, {most} each"


def _table(head: str, title: str, found: pd.DataFrame, engagement: Engagement, note: str = "") -> Table:
    currency = engagement.client.currency
    rows = tuple(
        (
            f"{row.group[:1].upper()}{row.group[1:]}",
            count(row.n_customers),
            money(row.value, currency),
            span(row.low, row.high, currency),
            part(row.value_share),
            money(row.mean_value, currency),
            share(row.mean_alive),
        )
        for row in _rows(found)
    )
    has_ranges = found["high"].notna().any()
    return Table(
        title,
        (head, "Customers", "Value", "Range (95 %)", "Share", "A customer", "Still customers"),
        rows,
        ("left", "right", "right", "right", "right", "right", "right"),
        f"{note}Still customers: probability, mean over the group. {_RANGES if has_ranges else _UNCHECKED}",
        widths=(1.6, 0.9, 1.4, 2.1, 0.7, 1.1, 1.0),
    )


def _left_out(found: pd.DataFrame, value: Value) -> str:
    rest = len(value.customers) - int(found["n_customers"].sum())
    return f"{plural(rest, 'customer')} of smaller groups are not shown. " if rest else ""


def _rows(frame: pd.DataFrame) -> list[Any]:
    return list(frame.itertuples(index=False))


def _unavailable(what: str, why: str) -> Note:
    return Note(f"{what}: not available; {why}.", tone="unavailable")
