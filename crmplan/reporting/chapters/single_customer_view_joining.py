"""Chapter 02, who is who: how records were joined, what likeness is worth, close calls, and how single the view is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from crmplan.engagement import Engagement
from crmplan.reporting.blocks import Findings, Note, Table
from crmplan.reporting.chapters.single_customer_view_sentences import label_of
from crmplan.reporting.wording import count, figure, interval, plural, share

if TYPE_CHECKING:
    from crmplan.customers import SingleView

__all__ = [
    "accuracy_table",
    "close_calls_table",
    "joining_findings",
    "likeness_percent",
    "likeness_tables",
    "measures_table",
    "worth_table",
]

_MEASURES = (
    "cross_source_match_share",
    "contacts_matched_share",
    "duplicate_share",
    "conflict_share",
    "unknown_order_share",
)
_LEARNED = "Learned from the client's own records, without anybody telling which belong together."
_USUAL = "The usual worth of each likeness, for there are too few records to learn it from."
_CLOSE_FROM = 0.2
_MOST_CALLS_OF_A_KIND = 4


def joining_findings(view: SingleView, engagement: Engagement) -> Findings | Note:
    """Return how many records were joined by what, which were kept apart, and what a person should look at."""
    if view.unavailable:
        return Note(f"How records were joined: not available; {view.unavailable}.", tone="unavailable")
    joining = view.joining
    n = {str(row["what"]): int(row["n"]) for row in joining.counts.to_dict("records")}
    told = [_joined(n, joining.likeness.unavailable, joining.threshold)]
    n_judged = n["same"] + n["different"]
    if n_judged:
        told.append(f"{plural(n_judged, 'pair')} {'was' if n_judged == 1 else 'were'} judged by a person; that counts.")
    if len(joining.households):
        n_people = joining.households["customer_key"].nunique()
        n_houses = joining.households["household"].nunique()
        told.append(
            f"{count(n_people)} customers live in {plural(n_houses, 'household')} that came to light: they share last "
            "name and address or telephone, but not the first name, and are kept apart."
        )
    n_close = len(_close(joining.pairs, joining.threshold))
    if n_close:
        told.append(
            f"{plural(n_close, 'pair')} {'is' if n_close == 1 else 'are'} too unlike to be joined and too like to be "
            "sure; a look at them would settle most."
        )
    if n["size"]:
        told.append(f"{plural(n['size'], 'link')} would have made one customer of too many records and did not count.")
    return Findings(tuple(told))


def _joined(n: dict[str, int], unavailable: str, threshold: float) -> str:
    verb = "was" if n["exact"] == 1 else "were"
    exact = f"{plural(n['exact'], 'record')} {verb} joined by an exact mark"
    if not n["exact"]:
        exact = "No record was joined by an exact mark"
    if unavailable:
        return f"{exact}. Likeness was not used: it {unavailable}."
    more = f"{count(n['likeness'])}{' more' if n['exact'] else ''}" if n["likeness"] else "none"
    return f"{exact}, {more} by likeness of at least {likeness_percent(threshold)}."


def likeness_percent(line: float) -> str:
    """Return a likeness from which records are joined, with as many digits as tell it from the next.

    Examples
    --------
    >>> [likeness_percent(line) for line in (0.95, 0.925, 0.9999)]
    ['95 %', '92.5 %', '99.99 %']
    """
    return f"{round(100 * line, 4):g} %"


def _close(pairs: pd.DataFrame, threshold: float) -> pd.DataFrame:
    is_open = pairs["outcome"].eq("apart") & ~pairs["label"].isin(("same", "different"))
    return pairs.loc[is_open & pairs["probability"].between(_CLOSE_FROM, threshold)]


def likeness_tables(view: SingleView, engagement: Engagement) -> tuple[Table | Note, ...]:
    """Return what likeness is worth and the closest calls; nothing where likeness is not used, which is told before."""
    if view.unavailable or view.joining.likeness.unavailable:
        return ()
    return worth_table(view, engagement), close_calls_table(view, engagement)


def worth_table(view: SingleView, engagement: Engagement) -> Table | Note:
    """Return what agreement in each thing says for one customer, and what disagreement says against."""
    likeness = view.joining.likeness
    if likeness.unavailable or view.unavailable:
        return Note("What likeness is worth: not available; too few records to compare.", tone="unavailable")
    rows = []
    for aspect, levels in likeness.weights.groupby("aspect", sort=False):
        learned = levels.loc[levels["weight"].ne(0)]
        if learned.empty:
            continue
        ordered = learned.sort_values("weight", kind="stable").to_dict("records")
        worst, best = ordered[0], ordered[-1]
        against = (str(worst["words"]), _times(-worst["weight"])) if worst["weight"] < 0 else ("–", "–")
        rows.append((str(aspect).capitalize(), str(best["words"]), _times(best["weight"]), *against))
    return Table(
        title="What likeness is worth among these records",
        header=(
            "Compared",
            "Speaks most for one customer",
            "Times likelier",
            "Speaks most against",
            "Times less likely",
        ),
        rows=tuple(rows),
        align=("left", "left", "right", "left", "right"),
        caption=f"{_LEARNED if likeness.trained_on else _USUAL} Frequent names and addresses count for less than rare "
        "ones.",
        widths=(1.2, 2.2, 1.0, 2.2, 1.1),
    )


def _times(weight: float) -> str:
    times = 2.0**weight
    return count(float(f"{times:.2g}")) if times >= 10 else f"{times:.1f}"


def close_calls_table(view: SingleView, engagement: Engagement) -> Table | Note:
    """Return the pairs nearest to the line on either side, with the reasons; no names."""
    joining = view.joining
    if view.unavailable or joining.likeness.unavailable or joining.pairs.empty:
        return Note("No pair of records was a close call.")
    is_over = joining.pairs["probability"].ge(joining.threshold)
    joined = joining.pairs.loc[joining.pairs["outcome"].eq("joined") & is_over].tail(_MOST_CALLS_OF_A_KIND)
    apart = _close(joining.pairs, joining.threshold).head(_MOST_CALLS_OF_A_KIND)
    shown = pd.concat([joined, apart])
    if shown.empty:
        return Note("No pair of records was a close call.")
    rows = [
        (
            f"{label_of(row['source_a'], engagement)} and {label_of(row['source_b'], engagement)}",
            share(row["probability"]),
            "one customer" if row["outcome"] == "joined" else "kept apart",
            row["reasons"],
        )
        for row in shown.to_dict("records")
    ]
    return Table(
        title=f"The closest calls, on either side of {likeness_percent(joining.threshold)}",
        header=("Records of", "Likeness", "Taken for", "Why (for +, against −)"),
        rows=tuple(rows),
        align=("left", "right", "left", "left"),
        caption="Each step of 1 doubles or halves the odds. The line is "
        f"{joining.threshold_reason}. Who the records are is seen in the working session only.",
        widths=(1.8, 0.7, 1.1, 3.8),
    )


def accuracy_table(view: SingleView, engagement: Engagement) -> Table | Note:
    """Return how right the joining would be at each line, by the pairs that people judged."""
    accuracy = view.joining.accuracy
    if accuracy.empty:
        return Note(
            "How right the joining is can be told once pairs have been judged by a person: open this chapter in the "
            "working session and say same or different of the close calls."
        )
    rows = tuple(
        (likeness_percent(row["threshold"]), share(row["precision"]) if row["precision"] == row["precision"] else "–",
         share(row["recall"]), share(row["f1"]))
        for row in accuracy.to_dict("records")
    )  # fmt: skip
    n_same, n_different = int(accuracy["n_same"].iloc[0]), int(accuracy["n_different"].iloc[0])
    return Table(
        title=f"How right each line would be on {count(n_same + n_different)} judged pairs",
        header=("Joined from a likeness of", "Of these the same", "Of the same, joined", "Both in one (F1)"),
        rows=rows,
        align=("right", "right", "right", "right"),
        caption=f"{plural(n_same, 'pair')} judged the same, {count(n_different)} different. Close calls are judged "
        f"first, so the whole is better than this. Used: {likeness_percent(view.joining.threshold)}, "
        f"{view.joining.threshold_reason}.",
    )


def measures_table(view: SingleView, engagement: Engagement) -> Table | Note:
    """Return how single the view of the customer is: the measures of the scorecard that speak to it."""
    from crmplan.metrics.registry import get, measure

    if view.unavailable:
        return Note(f"How single the view is: not available; {view.unavailable}.", tone="unavailable")
    rows = []
    for name in _MEASURES:
        found = measure(
            get(name), view.tables, as_of=engagement.as_of, facts={"home_country": engagement.client.country}
        )
        currency = engagement.client.currency
        if found.is_computed:
            value = figure(found.value, found.unit, currency)
            rows.append((found.label, value, interval(found, currency) or "–", f"{count(found.n)} {found.counts}"))
        else:
            rows.append((found.label, "–", "–", found.reason))
    return Table(
        title="How single the view of the customer is",
        header=("Measure", "Value", "Range (95%)", "Rests on"),
        rows=tuple(rows),
        align=("left", "right", "right", "left"),
        caption="The same figures serve as evidence in the readiness chapter and as baselines in the scorecard. "
        "Names, which are written in many ways, do not count as contradictions here.",
        widths=(2.6, 0.8, 1.3, 2.4),
    )
