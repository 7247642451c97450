"""From rows to a figure: shares, means, medians and their breakdowns, computed where the rows are.

Every function sends one or two questions to the engine and brings back only what was counted there.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from crmplan.metrics.intervals import mean_interval, median_ranks, wilson
from crmplan.metrics.registry import Estimate
from crmplan.metrics.windows import Expression

__all__ = ["breakdown", "counted", "counts", "mean", "median", "nothing", "one_row", "parts", "share"]

_MOST_GROUPS = 15


def nothing(reason: str = "", n: int = 0) -> Estimate:
    """Return an estimate that says why there is none."""
    return Estimate(None, n, reason=reason)


def one_row(table: Expression) -> dict[str, Any]:
    """Return the only row of an aggregated table."""
    found: list[dict[str, Any]] = table.to_pyarrow().to_pylist()
    return found[0] if found else {}


def counted(n_yes: int, n: int, groups: pd.DataFrame | None = None) -> Estimate:
    """Return a share from its two counts, with the Wilson interval.

    Examples
    --------
    >>> counted(1, 4).value
    0.25
    """
    if n == 0:
        return Estimate(None, 0)
    bounds = wilson(n_yes, n)
    low, high = bounds if bounds else (None, None)
    return Estimate(n_yes / n, n, low, high, groups)


def share(table: Expression, yes: Expression, *, group: Expression | None = None, ordered: bool = False) -> Estimate:
    """Return the share of rows for which ``yes`` is true; rows where it is null count as no.

    Parameters
    ----------
    table
        The rows counted; their number is ``n``.
    yes
        A boolean expression over them.
    group
        What the share is broken down by; rows where it is null are left out of the breakdown alone.
    ordered
        Whether groups are listed by name (months, classes) and not by size.
    """
    marked = table.select(yes=yes.fill_null(False).cast("int64"), **({} if group is None else {"group": group}))
    found = one_row(marked.aggregate(n=marked.count(), n_yes=marked.yes.sum()))
    n, n_yes = int(found["n"]), int(found["n_yes"] or 0)
    if group is None or n == 0:
        return counted(n_yes, n)
    return counted(n_yes, n, breakdown(marked, marked.group, marked.yes.mean(), ordered=ordered))


def parts(table: Expression, group: Expression) -> pd.DataFrame | None:
    """Return each group's share of the rows whose group is known, the largest first."""
    found = counts(table, group, most=10**6)
    if found is None:
        return None
    found["value"] = found["value"] / found["value"].sum()
    return found.head(_MOST_GROUPS)


def breakdown(
    table: Expression,
    group: Expression,
    value: Expression,
    *,
    n: Expression | None = None,
    ordered: bool = False,
    most: int = _MOST_GROUPS,
) -> pd.DataFrame | None:
    """Return ``group`` (text), ``value`` and ``n`` (rows), the largest groups first; None when no group is known.

    Groups that differ in capital letters alone are one.

    Parameters
    ----------
    table
        Rows.
    group
        Expression that names the group of a row.
    value
        Aggregate expression over the rows of a group.
    n
        Aggregate expression for what is counted, where that is not the rows.
    ordered
        Whether to list all by name and not by size: months, hours, classes.
    most
        How many of the largest groups to list.
    """
    import ibis

    labelled = table.mutate(label=group.cast("string")).filter(ibis._.label.notnull())
    asked = labelled.group_by(key=labelled.label.lower()).aggregate(
        group=labelled.label.min(), value=value.cast("float64"), n=labelled.count() if n is None else n
    )
    asked = asked.order_by(["group"]) if ordered else asked.order_by([ibis.desc("n"), "group"]).limit(most)
    found = pd.DataFrame(asked.to_pyarrow().to_pylist(), columns=["group", "value", "n"])
    found = found[found["value"].notna()].reset_index(drop=True)
    return None if found.empty else found.astype({"group": object, "value": float, "n": "int64"})


def counts(
    table: Expression, group: Expression, *, times: float = 1.0, ordered: bool = False, most: int = _MOST_GROUPS
) -> pd.DataFrame | None:
    """Return the number of rows of each group, times a factor, as :func:`breakdown` does."""
    import ibis

    return breakdown(table, group, ibis._.count() * times, ordered=ordered, most=most)


def mean(table: Expression, column: str, *, group: Expression | None = None, ordered: bool = False) -> Estimate:
    """Return the mean of a column over the rows where it is known, with its interval."""
    filled = table.filter(table[column].notnull())
    value = filled[column]
    found = one_row(filled.aggregate(n=filled.count(), mean=value.mean(), deviation=value.std(how="sample")))
    n = int(found["n"])
    if n == 0:
        return Estimate(None, 0)
    bounds = mean_interval(found["mean"], found["deviation"], n)
    low, high = bounds if bounds else (None, None)
    groups = None if group is None else breakdown(filled, group, value.mean(), ordered=ordered)
    return Estimate(found["mean"], n, low, high, groups)


def median(table: Expression, column: str, *, group: Expression | None = None, ordered: bool = False) -> Estimate:
    """Return the median of a column with its interval; rows where it is null are longer than all others.

    Filter them out before when they mean "not known". The value is None when it falls among them, and so is a bound
    of the interval.
    """
    import ibis

    n = int(table.count().execute())
    if n == 0:
        return Estimate(None, 0)
    middle = ((n + 1) // 2, n // 2 + 1)
    bounds = median_ranks(n)
    wanted = sorted({*middle, *(bounds or ())})
    order = [ibis.asc(table[column], nulls_first=False)]
    placed = table.select(value=table[column], place=ibis.row_number().over(ibis.window(order_by=order)) + 1)
    at = {row["place"]: row["value"] for row in placed.filter(placed.place.isin(wanted)).to_pyarrow().to_pylist()}
    ends = [at[place] for place in middle]
    value = None if None in ends else sum(ends) / 2
    low, high = (at[bounds[0]], at[bounds[1]]) if bounds else (None, None)
    groups = None
    if group is not None:
        filled = table.filter(table[column].notnull())
        groups = breakdown(filled, group, filled[column].median(), ordered=ordered)
    return Estimate(value, n, low if high is not None else None, high, groups)
