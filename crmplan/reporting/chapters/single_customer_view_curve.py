"""Chapter 02, how right the joining is: precision and recall at every line, drawn, by the pairs that people judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from crmplan.engagement import Engagement
from crmplan.reporting.blocks import Block, Chart, Note
from crmplan.reporting.chapters.single_customer_view_joining import accuracy_table, likeness_percent
from crmplan.reporting.charts import chart
from crmplan.reporting.wording import count, share

if TYPE_CHECKING:
    from crmplan.customers import SingleView

__all__ = ["accuracy", "accuracy_chart"]

_RIGHT, _FOUND = "Of what is joined, right", "Of what belongs together, found"


def accuracy(view: SingleView, engagement: Engagement) -> tuple[Block, ...]:
    """Return the picture and the table of how right each line would be, or a note on what they need.

    Where likeness is not used and nobody has judged a pair there is nothing to tell.
    """
    if view.joining.likeness.unavailable and view.joining.accuracy.empty:
        return ()
    table = accuracy_table(view, engagement)
    return (table,) if isinstance(table, Note) else (accuracy_chart(view, engagement), table)


def accuracy_chart(view: SingleView, engagement: Engagement) -> Chart | Note:
    """Return how right each line would be and how much it would find, with the line that is used marked."""
    joining = view.joining
    if joining.accuracy.empty:
        return Note("No pair has been judged both ways yet, so there is no curve of how right each line would be.")
    rows = joining.accuracy.assign(line=joining.accuracy["threshold"].map(likeness_percent))
    n = int(rows["n_same"].iloc[0] + rows["n_different"].iloc[0])
    at = rows.loc[rows["threshold"].eq(joining.threshold)].iloc[0]
    right = "nothing is joined" if pd.isna(at["precision"]) else f"{share(at['precision'])} of what is joined is right"
    found = f"{share(at['recall'])} of what belongs together is found"
    used = likeness_percent(joining.threshold)
    return chart(
        _lines(rows, used),
        title=f"From a likeness of {used} on, {right}, and {found}",
        alt=f"Two lines over the likeness from which records are joined, by {count(n)} judged pairs. Used: {used}, "
        f"where {right} and {found}.",
        caption=f"The dashed line is the likeness used: {joining.threshold_reason}. "
        "Further left more is found, and more of it is wrong.",
    )


def _lines(by_line: pd.DataFrame, used: str) -> object:
    import altair as alt

    rows = pd.concat(
        [by_line.assign(what=_RIGHT, percent=100 * by_line["precision"]),
         by_line.assign(what=_FOUND, percent=100 * by_line["recall"])]
    )[["line", "what", "percent"]].dropna()  # fmt: skip
    order, names = by_line["line"].tolist(), [_RIGHT, _FOUND]
    x = alt.X(
        "line:O", sort=order, title="Likeness from which two records are joined (%)",
        scale=alt.Scale(domain=order), axis=alt.Axis(labelAngle=0, labelExpr="replace(datum.label, ' %', '')"),
    )  # fmt: skip
    colour = alt.Color(
        "what:N", title=None, sort=names, scale=alt.Scale(domain=names, range=["brand:accent", "brand:second"])
    )
    lines = alt.Chart(rows, height=240, width=600).encode(
        x=x, y=alt.Y("percent:Q", title="Share of judged pairs (%)", scale=alt.Scale(domain=[0, 100])), color=colour
    )
    mark = alt.Chart(pd.DataFrame({"line": [used], "told": [f"used: {used}"]})).encode(x=x)
    rule = mark.mark_rule(color="brand:ink", strokeDash=[4, 3])
    # Beside the last lines the word would stand outside the picture, and below on what little is found there.
    is_late = order.index(used) > len(order) / 2
    word = mark.mark_text(
        color="brand:ink", align="right" if is_late else "left", dx=-5 if is_late else 5, dy=-4, baseline="bottom"
    ).encode(y=alt.value(130 if is_late else 236), text="told:N")
    return lines.mark_line() + lines.mark_point() + rule + word
