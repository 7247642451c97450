"""Marketing: what grows and what shrinks, compared with the same months a year before."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd

from crmplan.analysis.rules import NO_WAY_OUT
from crmplan.metrics.estimates import counts, nothing, one_row
from crmplan.metrics.purchases import all_lines, first_purchases, is_refund, lacks_two_years
from crmplan.metrics.registry import Estimate, Period, metric
from crmplan.metrics.windows import Expression, between, lacks_history, named, rows
from crmplan.tables import Tables

__all__ = ["newcomers"]

_LOOK_BACK_DAYS = 180
_FEWEST_IN_SEGMENT = 20
_SEGMENT_NEEDS = {
    "segments": ("customer_key", "segment", "previous_segment", "revenue_12m", "revenue_previous_12m"),
    "customer_days": ("customer_key", "day"),
}
_SEGMENT_CAVEAT = (
    "Segments are drawn from buying behaviour, so the revenue of a segment also grows because customers moved into it "
    "from another one, and a segment of customers who slip away brings less by its very meaning. Segments with fewer "
    "than 20 customers a year ago are left out, and so are customers who bought once long ago and lost regulars: these "
    "are left only by coming back."
)


def newcomers(tables: Tables, period: Period) -> tuple[Expression | None, str]:
    """Return the first purchases of the period, or None and why there are none to be known.

    Without half a year of data before the period, old customers who happen to come again would count as new.
    """
    why = lacks_history(tables, period.start - timedelta(days=_LOOK_BACK_DAYS))
    return (None, why) if why else (between(first_purchases(tables), "first", period.start, period.end), "")


@metric(
    id="new_customers",
    label="New customers in the year",
    definition="Customers whose first purchase in all the data lies in the last 12 months; broken down by month or by "
    "how they first heard of the company, where that is known.",
    department="marketing",
    unit="count",
    needs={"customer_days": ("customer_key", "day")},
    counts="new customers",
    min_rows=0,
    covers=("LC.1",),
    cannot_prove="A customer who came back after a pause longer than the data reach counts as new; what brought the "
    "customers is only known where they were asked.",
)
def _new_customers(tables: Tables, period: Period) -> Estimate:
    first, why = newcomers(tables, period)
    if first is None:
        return nothing(why)
    group = first["first"].strftime("%Y-%m")
    ordered = True
    if tables.has("golden", "customer_key", "first_heard"):
        golden = rows(tables, "golden", "customer_key", "first_heard")
        heard = first.left_join(golden.mutate(heard=named(golden.first_heard)), "customer_key")
        if one_row(heard.aggregate(n=heard.heard.count()))["n"]:
            first, group, ordered = heard, heard.heard, False
    n = int(first.count().execute())
    return Estimate(float(n), n, breakdown=counts(first, group, ordered=ordered))


@metric(
    id="revenue_growth_share",
    label="Growth of revenue over the year before",
    definition="Revenue of the last 12 months, refunds taken off, against that of the 12 months before, as a share of "
    "the latter; broken down by whole months against the same month a year earlier.",
    department="marketing",
    unit="share",
    needs={"orders": ("order_id", "ordered_at", "net_amount")},
    counts="orders in the last 12 months",
    covers=("SM.FM.2", "SM.FM.3"),
    cannot_prove="Prices, opening days and the wider market change as well; growth is not yet anybody's doing.",
)
def _revenue_growth_share(tables: Tables, period: Period) -> Estimate:
    before = period.before()
    if why := lacks_history(tables, before.start, name="orders", column="ordered_at"):
        return nothing(why)
    lines = between(all_lines(tables), "ordered_at", before.start, period.end)
    is_now = lines.ordered_at.date() >= _day(period.start)
    found = one_row(
        lines.aggregate(
            now=is_now.ifelse(lines.net_amount, 0.0).sum(),
            before=is_now.ifelse(0.0, lines.net_amount).sum(),
            n=lines.order_id.nunique(where=is_now & ~is_refund(lines)),
        )
    )
    if not found["before"] or found["before"] <= 0:
        return nothing("there was no revenue in the 12 months before the last 12", int(found["n"]))
    return Estimate(found["now"] / found["before"] - 1, int(found["n"]), breakdown=_monthly_growth(lines, period))


def _day(day: date) -> Expression:
    import ibis

    return ibis.date(day.isoformat())


def _monthly_growth(lines: Expression, period: Period) -> pd.DataFrame | None:
    """Return the growth of each whole calendar month of the period against the same month a year before."""
    months = lines.group_by(month=lines.ordered_at.strftime("%Y-%m")).aggregate(
        amount=lines.net_amount.sum(), n=lines.order_id.nunique()
    )
    found = {row["month"]: row for row in months.to_pyarrow().to_pylist()}
    grown = []
    for month in sorted(found):
        first = date(int(month[:4]), int(month[5:]), 1)
        following = (first + timedelta(days=31)).replace(day=1)
        earlier = found.get(f"{first.year - 1}-{month[5:]}")
        is_whole = first >= period.start and following <= period.end and earlier is not None
        # The earlier month must lie in the data as a whole, too.
        if (
            is_whole
            and earlier
            and earlier["amount"] > 0
            and first.replace(year=first.year - 1) >= period.before().start
        ):
            grown.append((month, found[month]["amount"] / earlier["amount"] - 1, found[month]["n"]))
    return pd.DataFrame(grown, columns=["group", "value", "n"]) if grown else None


@metric(
    id="fastest_segment_growth",
    label="Growth of the fastest-growing segment",
    definition="Revenue of the last 12 months from the customers who are in a segment today, against that of the 12 "
    "months before from the customers who were in it then, for the segment that grew fastest; broken down by segment.",
    department="marketing",
    unit="share",
    needs=_SEGMENT_NEEDS,
    counts="customers",
    covers=("MK.SG.2",),
    cannot_prove=_SEGMENT_CAVEAT,
)
def _fastest_segment_growth(tables: Tables, period: Period) -> Estimate:
    return _segment_growth(tables, period, is_fastest=True)


@metric(
    id="slowest_segment_growth",
    label="Growth of the slowest-growing segment",
    definition="Revenue of the last 12 months from the customers who are in a segment today, against that of the 12 "
    "months before from the customers who were in it then, for the segment that grew least or shrank most; broken down "
    "by segment.",
    department="marketing",
    unit="share",
    needs=_SEGMENT_NEEDS,
    counts="customers",
    covers=("MK.SG.3",),
    cannot_prove=_SEGMENT_CAVEAT,
)
def _slowest_segment_growth(tables: Tables, period: Period) -> Estimate:
    return _segment_growth(tables, period, is_fastest=False)


def _segment_growth(tables: Tables, period: Period, *, is_fastest: bool) -> Estimate:
    if why := lacks_two_years(tables, period):
        return nothing(why)
    segments = rows(tables, "segments", *_SEGMENT_NEEDS["segments"])
    now = segments.select(segment=segments.segment, now=segments.revenue_12m, n=1, before=0.0, n_before=0)
    before = segments.select(
        segment=segments.previous_segment, now=0.0, n=0, before=segments.revenue_previous_12m, n_before=1
    )
    both = now.union(before)
    sums = (
        both.filter(both.segment.nullif("").notnull() & both.segment.notin(NO_WAY_OUT))
        .group_by("segment")
        .aggregate(**{name: both[name].sum() for name in ("now", "n", "before", "n_before")})
    )
    found = pd.DataFrame(sums.to_pyarrow().to_pylist(), columns=["segment", "now", "n", "before", "n_before"])
    n = int(found["n"].sum())
    found = found[(found["n_before"] >= _FEWEST_IN_SEGMENT) & (found["before"] > 0)]
    if found.empty:
        return nothing(f"no segment had revenue and {_FEWEST_IN_SEGMENT} customers a year ago", n)
    growth = found["now"].fillna(0.0) / found["before"] - 1
    groups = pd.DataFrame({"group": found["segment"], "value": growth, "n": found["n"]})
    groups = groups.sort_values(["value", "group"], ascending=[not is_fastest, True], ignore_index=True)
    return Estimate(float(groups["value"].iloc[0]), n, breakdown=groups)
