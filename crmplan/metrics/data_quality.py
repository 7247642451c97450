"""The quality of what the client sent, over all its systems: complete, valid, unique, consistent, up to date.

Intake counts every cell and row that comes in (:mod:`crmplan.intake.quality_profile`); nothing is sampled, so these
figures carry no interval.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pandas as pd

from crmplan.metrics.estimates import breakdown, nothing, one_row
from crmplan.metrics.registry import Estimate, Period, metric
from crmplan.metrics.windows import rows
from crmplan.tables import Tables

__all__ = ["quality_shares"]

_EVENTS = ("orders", "interactions", "opportunities")
"""Tables to which something is added all the time: an old last row means an old export."""


_JUDGED: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "complete": ("n_filled", "n_cells"),
        "valid": ("n_invalid", "n_given"),
        "unique": ("n_twice", "n_received"),
        "linked": ("n_dangling", "n_references"),
    }
)
"""What each share is made of: a count (of what is right for the first, of what is wrong for the others) and all."""


def quality_shares(counts: pd.DataFrame) -> pd.DataFrame:
    """Return the four shares of every table of every source, as the metrics give them for all together.

    Parameters
    ----------
    counts
        As from :func:`crmplan.intake.quality_profile.quality_profile`.

    Returns
    -------
    pd.DataFrame
        One row per row of ``counts``: ``complete``, ``valid``, ``unique``, ``linked`` (0 to 1; null where there is
        nothing to judge).

    Examples
    --------
    >>> counts = pd.DataFrame({"n_filled": [9], "n_cells": [10], "n_invalid": [0], "n_given": [9], "n_twice": [1],
    ...                        "n_received": [4], "n_dangling": [0], "n_references": [0]})
    >>> quality_shares(counts).fillna(-1).values.tolist()
    [[0.9, 1.0, 0.75, -1.0]]
    """
    shares = {
        name: _good(name, counts[part], counts[whole].where(counts[whole] > 0))
        for name, (part, whole) in _JUDGED.items()
    }
    return pd.DataFrame(shares, index=counts.index)


def _good(name: str, part: Any, whole: Any) -> Any:
    """Return a share of counts, columns of counts, or expressions over them."""
    return (part if name == "complete" else whole - part) / whole


def _share_of(tables: Tables, name: str) -> Estimate:
    """Return a share over all that came, broken down by system."""
    part, whole = _JUDGED[name]
    counts = rows(tables, "quality", "source", part, whole).rename(part=part, whole=whole)
    found = one_row(counts.aggregate(part=counts.part.sum(), whole=counts.whole.sum()))
    if not found["whole"]:
        return nothing(n=0)
    by_system = _good(name, counts.part.sum(), counts.whole.sum().nullif(0))
    groups = breakdown(counts, counts.source, by_system, n=counts.whole.sum().cast("int64"))
    return Estimate(_good(name, found["part"], found["whole"]), int(found["whole"]), breakdown=groups)


@metric(
    id="data_complete_share",
    label="Cells that hold something",
    definition="Of the cells of all columns that the client's systems sent, the share that holds something; columns "
    "that are empty in many rows by nature (such as the end of a running contract) are left out. Broken down by "
    "system.",
    department="information",
    unit="share",
    needs={"quality": ("source", "n_filled", "n_cells")},
    counts="cells",
    window_days=None,
    covers=("IC.1",),
    cannot_prove="Filled is not right, and a column that was never sent is no gap here.",
)
def _data_complete_share(tables: Tables, period: Period) -> Estimate:
    return _share_of(tables, "complete")


@metric(
    id="data_valid_share",
    label="Values that can be right",
    definition="Of the cells that were not empty as they came, the share whose value can be read and is possible: a "
    "date that is one, an e-mail address with the form of one, no order before its customer was born. Broken down by "
    "system.",
    department="information",
    unit="share",
    needs={"quality": ("source", "n_invalid", "n_given")},
    counts="filled cells",
    window_days=None,
    covers=("IC.1",),
    cannot_prove="A possible value may still be wrong: only asking the customer tells. A value that breaks two rules "
    "counts twice.",
)
def _data_valid_share(tables: Tables, period: Period) -> Estimate:
    return _share_of(tables, "valid")


@metric(
    id="data_unique_share",
    label="Rows that repeat no other",
    definition="Of the rows received, the share that neither is a copy of another row nor has the number of another "
    "row of its system. Broken down by system.",
    department="information",
    unit="share",
    needs={"quality": ("source", "n_twice", "n_received")},
    counts="rows received",
    window_days=None,
    covers=("OP.3", "IC.2"),
    cannot_prove="Two rows under different numbers may be one customer or one order all the same; duplicate_share "
    "counts customers who are on file twice.",
)
def _data_unique_share(tables: Tables, period: Period) -> Estimate:
    return _share_of(tables, "unique")


@metric(
    id="data_linked_share",
    label="References that lead somewhere",
    definition="Of the numbers that point to a row of another table (the product of an order line, the order of a "
    "delivery, the campaign of a contact), the share whose row came. Broken down by system.",
    department="information",
    unit="share",
    needs={"quality": ("source", "n_dangling", "n_references")},
    counts="references",
    window_days=None,
    covers=("IC.2", "OP.3"),
    cannot_prove="A reference may lead to the wrong row; and one that leads nowhere may mean an export that is cut "
    "short, not data that are wrong.",
)
def _data_linked_share(tables: Tables, period: Period) -> Estimate:
    return _share_of(tables, "linked")


@metric(
    id="data_age_days",
    label="Age of the oldest export",
    definition="Days from the last order line, contact or deal that a system sent to the last day that counts, for the "
    "system where that is longest; broken down by system.",
    department="information",
    unit="days",
    direction="down",
    needs={"quality": ("source", "table", "days_old")},
    counts="exports with dates",
    window_days=None,
    min_rows=1,
    covers=("IC.1",),
    cannot_prove="A system in which nothing has happened for long looks the same as one whose export is old.",
)
def _data_age_days(tables: Tables, period: Period) -> Estimate:
    exports = rows(tables, "quality", "source", "table", "days_old")
    exports = exports.filter(exports["table"].isin(_EVENTS) & exports.days_old.notnull())
    found = one_row(exports.aggregate(days=exports.days_old.max(), n=exports.count()))
    if not found["n"]:
        return nothing("needs orders, interactions or opportunities with dates")
    groups = breakdown(exports, exports.source, exports.days_old.max())
    return Estimate(found["days"], int(found["n"]), breakdown=groups)
