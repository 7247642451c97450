"""Chapter 05: where the forecast missed, by how often customers had bought and how long they had been silent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from crmplan.reporting.blocks import Chart, Note
from crmplan.reporting.charts import chart
from crmplan.reporting.wording import count, quantity

if TYPE_CHECKING:
    from crmplan.value import Value

__all__ = ["bucket_chart", "recency_chart"]


@dataclass(frozen=True, slots=True)
class _Grouping:
    """How the customers of the check are grouped: the column, and what it is called."""

    column: str
    axis: str
    by: str

    def who(self, group: str) -> str:
        """Return the customers of a group, in words."""
        if self.column == "recency":
            return f"customers silent for {group} weeks"
        return f"customers with {group} repeat {'purchase' if group == '1' else 'purchases'}"


_FREQUENCY = _Grouping("bucket", "Repeat purchases before the check period", "number of earlier repeat purchases")
_RECENCY = _Grouping(
    "recency", "Weeks from the last purchase to the check period", "weeks since the last purchase before it"
)


def bucket_chart(value: Value) -> Chart | Note:
    """Return purchases in the check period by how often customers had bought before it, actual beside expected."""
    return _chart(value, value.holdout.buckets, _FREQUENCY)


def recency_chart(value: Value) -> Chart | Note:
    """Return purchases in the check period by how long customers had been silent before it, actual beside expected."""
    return _chart(value, value.holdout.recency, _RECENCY)


def _chart(value: Value, found: pd.DataFrame, grouping: _Grouping) -> Chart | Note:
    import altair as alt

    reason = value.unavailable or value.holdout.unavailable
    if reason or value.chosen_model not in found:
        why = reason or "the model was not among those checked"
        return Note(f"The check by {grouping.by}: not available; {why}.", tone="unavailable")
    found = found[[grouping.column, "n_customers", "actual", value.chosen_model]]
    names = {"actual": "Actual", value.chosen_model: "Expected by the model"}
    rows = found.melt([grouping.column, "n_customers"], list(names), "of", "purchases")
    rows["of"] = rows["of"].map(names)
    domain = list(names.values())
    x = alt.X(
        f"{grouping.column}:N", title=grouping.axis, sort=found[grouping.column].tolist(), axis=alt.Axis(labelAngle=0)
    )
    colours = alt.Scale(domain=domain, range=["brand:muted", "brand:accent"])
    bars = (
        alt.Chart(rows)
        .mark_bar()
        .encode(
            x=x,
            xOffset=alt.XOffset("of:N", sort=domain),
            y=alt.Y("purchases:Q", title="Purchases in it, mean a customer"),
            color=alt.Color("of:N", title=None, scale=colours),
        )
    )
    facts = "; ".join(
        f"{group}: {quantity(actual, 2)} against {quantity(expected, 2)}"
        for group, _, actual, expected in found.itertuples(index=False)
    )
    sizes = ", ".join(f"{group}: {count(n)}" for group, n, _, _ in found.itertuples(index=False))
    return chart(
        bars.properties(width=560, height=240),
        title=_title(found, grouping),
        alt=f"Bars by {grouping.by}, actual against expected. {facts}.",
        caption=f"Customers by {grouping.by}: {sizes}.",
    )


def _title(found: pd.DataFrame, grouping: _Grouping) -> str:
    missed = [abs(actual - expected) * n for _, n, actual, expected in found.itertuples(index=False)]
    group, _, actual, expected = found.iloc[missed.index(max(missed))].tolist()
    return (
        f"Most is missed at {grouping.who(group)}: {quantity(actual, 2)} purchases each, "
        f"expected {quantity(expected, 2)}"
    )
