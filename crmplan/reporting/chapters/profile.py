"""Chapter 03: who the customers are, how they buy, and how the relationship develops."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmplan.engagement import Engagement
from crmplan.reporting.blocks import Chart, Figure, Findings, KeyFigures, Note, Table
from crmplan.reporting.chapters.profile_sentences import sentences
from crmplan.reporting.charts import chart
from crmplan.reporting.wording import count, money, plural, quantity, share

if TYPE_CHECKING:
    from crmplan.analysis import Profile
    from crmplan.analysis.concentration import Concentration

__all__ = [
    "cohort_chart",
    "concentration_chart",
    "findings",
    "key_figures",
    "ladder_chart",
    "ladder_table",
    "mix_table",
    "months_chart",
]

_LABEL_BELOW = 4.0
_MOST_MONTHS = 36
_UNCHANGED = 0.0005
_MOST_PERIODS = 12
_MOST_ROWS = 15
_FEWEST_ROWS_A_PART = 3


def findings(profile: Profile, engagement: Engagement) -> Findings | Note:
    """Return what the chapter has found."""
    if profile.unavailable:
        return _unavailable("A profile of the customers", profile.unavailable)
    return Findings(sentences(profile, engagement.client.currency))


def key_figures(profile: Profile, engagement: Engagement) -> KeyFigures | Note:
    """Return the base facts: customers, revenue, spend and rhythm; those of contracts where there are no orders."""
    currency = engagement.client.currency
    if profile.unavailable:
        return _unavailable("Base figures", profile.unavailable)
    if not profile.n_customers:
        return _contract_figures(profile, currency)
    spending, before = profile.spending, ""
    if profile.revenue_previous_12m:
        before = f"{_signed(profile.revenue_12m / profile.revenue_previous_12m - 1)} on the 12 months before"
    figures = [
        Figure(
            "Customers who bought, 12 months",
            count(profile.n_active),
            f"of {count(profile.n_customers)} who ever bought",
        ),
        Figure(
            "Revenue from these customers, 12 months",
            money(profile.revenue_12m, currency) if profile.n_active else "none",
            before,
        ),
    ]
    if profile.profit_12m is not None and profile.n_active:
        figures.append(Figure("Gross profit, 12 months", money(profile.profit_12m, currency), _margin(profile)))
    if spending.median is not None:
        quarters = f"the middle half: {money(spending.quarter_below, currency)} to "
        quarters = quarters + money(spending.quarter_above, currency) if profile.n_active > 3 else ""
        figures.append(Figure("Usual spend of a customer, 12 months", money(spending.median, currency), quarters))
        mean = f"{share(spending.below_mean_share)} of customers spend less" if spending.below_mean_share else ""
        figures.append(Figure("Mean spend of a customer, 12 months", money(spending.mean, currency), mean))
    if profile.rhythm.median_gap_days is not None:
        reach = f"{plural(profile.rhythm.n_returning, 'returning customer')}, each counted once"
        days = plural(profile.rhythm.median_gap_days, "day")
        figures.append(Figure("Half of all returns come within", days, reach))
    return KeyFigures(tuple(figures))


def concentration_chart(profile: Profile) -> Chart | Note:
    """Return the curve of what the best customers bring: the 80:20 question."""
    first, what, who = profile.revenue, "revenue", "who bought in the last 12 months"
    if first.unavailable and not profile.agreements.fees.unavailable:
        first, what, who = profile.agreements.fees, "fees", "with a running contract"
    if first.unavailable:
        why = "needs purchases in the last 12 months, or fees of contracts"
        return _unavailable("The concentration of revenue", why)
    sums = {what.capitalize(): first}
    if not profile.profit.unavailable:
        sums["Gross profit"] = profile.profit
    return chart(
        _curves(sums).properties(width=620, height=300),
        title=f"The best 20 % of customers bring {share(first.top['20'])} of {what}",
        alt=f"Curve of {what} over customers, the best first. {_tops(first, what)}",
        caption=f"{plural(first.n_customers, 'customer')} {who}. The dotted line: "
        f"everybody brings the same.{_above_all(profile)}",
    )


def _curves(sums: dict[str, Concentration]) -> Any:
    import altair as alt

    rows = pd.concat([one.curve.assign(measure=name) for name, one in sums.items()], ignore_index=True)
    rows[["customer_share", "sum_share"]] *= 100
    names, at_20 = list(sums), _at_20(sums)
    top = max(100.0, 10.0 * -(-float(rows["sum_share"].max()) // 10))
    title = "Share of the total (%)"
    x = alt.X("customer_share:Q", title="Share of customers, the best first (%)", scale=alt.Scale(domain=[0, 100]))
    y = alt.Y("sum_share:Q", title=title, scale=alt.Scale(domain=[0, top]))
    dashes = alt.Scale(domain=names, range=[[1, 0], [7, 5]][: len(names)])
    colours = alt.Scale(domain=names, range=["brand:accent", "brand:second"][: len(names)])
    legend = alt.Legend() if len(names) > 1 else None
    lines = alt.Chart(rows).mark_line()
    equal = alt.Chart(pd.DataFrame({"customer_share": [0, 100], "sum_share": [0, 100]}))
    words = alt.Chart(at_20).mark_text(align="left", dx=9, color="brand:ink")
    return (
        equal.mark_line(color="brand:muted", strokeDash=[2, 4], strokeWidth=1).encode(x=x, y=y)
        + lines.encode(
            x=x,
            y=y,
            color=alt.Color("measure:N", title=None, scale=colours, legend=legend),
            strokeDash=alt.StrokeDash("measure:N", legend=None, scale=dashes),
        )
        + alt.Chart(at_20).mark_point(color="brand:ink", filled=True, opacity=1).encode(x=x, y=y)
        + words.encode(x=x, y=alt.Y("label_at:Q", title=title), text="label:N")
    )


def _at_20(sums: dict[str, Concentration]) -> pd.DataFrame:
    """Return the points at 20 % of customers, with the heights of labels that do not lie on each other."""
    points = sorted(((100 * one.top["20"], name) for name, one in sums.items()), reverse=True)
    rows: list[dict[str, Any]] = []
    for value, name in points:
        highest = rows[-1]["label_at"] - 2 * _LABEL_BELOW if rows else value
        label = f"{name}: {share(value / 100)}"
        at = min(value - _LABEL_BELOW, highest)
        rows.append({"customer_share": 20, "sum_share": value, "label": label, "label_at": at})
    return pd.DataFrame(rows)


def months_chart(profile: Profile, engagement: Engagement) -> Chart | Note:
    """Return revenue and orders by month."""
    import altair as alt

    currency = engagement.client.currency
    rows = profile.months[profile.months["is_complete"].astype(bool)].tail(_MOST_MONTHS)
    if len(rows) < 2:
        return _unavailable("Purchases by month", "needs purchases over two whole months")
    if not rows["n_orders"].any():
        return _unavailable("Purchases by month", f"nobody bought in the last {len(rows)} whole months")
    data = rows[["month", "n_orders", "revenue"]]
    x = alt.X("yearmonth(month):T", title=None, axis=alt.Axis(format="%b %Y", tickCount=8, labelOverlap=True))
    width = max(4, min(26, 480 // len(rows)))
    revenue = (
        alt.Chart(data, height=150, width=620)
        .mark_bar(size=width, color="brand:accent")
        .encode(x=x, y=alt.Y("revenue:Q", title=f"Revenue ({currency})", axis=alt.Axis(format="~s")))
    )
    orders = (
        alt.Chart(data, height=110, width=620)
        .mark_bar(size=width, color="brand:second")
        .encode(x=x.title("Month"), y=alt.Y("n_orders:Q", title="Orders (number)", axis=alt.Axis(format="~s")))
    )
    title, extremes = _extremes(rows, currency)
    return chart(
        alt.vconcat(revenue, orders, spacing=14),
        title=title,
        alt=f"Bars of revenue and of orders by month, {plural(len(rows), 'month')}. {extremes}.",
        caption=f"{extremes}. Whole months only.",
    )


def _extremes(months: pd.DataFrame, currency: str) -> tuple[str, str]:
    """Return in which months revenue was highest and lowest, short and with the amounts."""
    by_revenue = months.sort_values("revenue", kind="stable")
    best, worst = by_revenue.iloc[-1], by_revenue.iloc[0]
    n_without = int((months["n_orders"] == 0).sum())
    high, low = money(best["revenue"], currency), money(worst["revenue"], currency)
    if high == low:
        return "Revenue was the same in every month", f"{high} in every month"
    if n_without > 1:
        without = f"{plural(n_without, 'month')} without a purchase"
        return (
            f"Revenue was highest in {_month(best['month'])}; there are {without}",
            f"Highest {_month(best['month'])} ({high}); {without}",
        )
    return (
        f"Revenue was highest in {_month(best['month'])} and lowest in {_month(worst['month'])}",
        f"Highest {_month(best['month'])} ({high}), lowest {_month(worst['month'])} ({low})",
    )


def cohort_chart(profile: Profile) -> Chart | Note:
    """Return the heat map of how many new customers still buy in later periods."""
    import altair as alt

    found = profile.cohorts
    if found.unavailable:
        return _unavailable("How new customers are kept", found.unavailable)
    rows = found.table[found.table["period"] <= _MOST_PERIODS].copy()
    rows["label"] = [
        f"{name} ({count(n)})" for name, n in zip(rows["cohort"], rows["n_customers"].tolist(), strict=True)
    ]
    rows["percent"] = 100 * rows["retained_share"]
    rows["text"] = [f"{value:.0f}" for value in rows["percent"]]
    base = alt.Chart(rows).encode(
        x=alt.X(
            "period:O", title=f"{found.period.capitalize()}s after the first purchase", axis=alt.Axis(labelAngle=0)
        ),
        y=alt.Y("label:N", title="First purchase in (customers)", sort=None),
    )
    # Half the range of tints only, so that dark figures can be read on every one.
    top = 2 * max(float(rows["percent"].max()), 1.0)
    cells = base.mark_rect().encode(color=alt.Color("percent:Q", legend=None, scale=alt.Scale(domain=[0, top])))
    words = base.mark_text(color="brand:ink").encode(text="text:N")
    old = " The first group may hold customers who were there before the data begin." if found.is_first_old else ""
    who, since = ("customers", "their first in the data") if found.is_first_old else ("new customers", "their first")
    following = f"{share(found.next_period_share)} of {who} buy in the {found.period} after {since}"
    return chart(
        (cells + words).properties(width=620, height=max(60, 28 * rows["label"].nunique())),
        title=following,
        alt=f"Table of shares by {found.period} of first purchase and {found.period}s since. {following}.",
        caption=f"Per cent of each group that bought in the {found.period}; whole {found.period}s only.{old}",
    )


def ladder_chart(profile: Profile) -> Chart | Note:
    """Return how many customers stand on each rung of the relationship, now and 12 months ago."""
    import altair as alt

    found = profile.ladder
    if found.unavailable:
        return _unavailable("The ladder of the relationship", found.unavailable)
    rungs = found.rungs.iloc[::-1]
    parts = [rungs.assign(when="Now", n=rungs["n_now"])[["rung", "when", "n"]]]
    if found.n_earlier is not None:
        parts.append(rungs.assign(when="12 months ago", n=rungs["n_earlier"])[["rung", "when", "n"]])
    rows = pd.concat(parts, ignore_index=True)
    rows["text"] = [count(n) for n in rows["n"]]
    times = ["Now", "12 months ago"][: len(parts)]
    base = alt.Chart(rows).encode(
        y=alt.Y("rung:N", title="Rung", sort=rungs["rung"].tolist()),
        yOffset=alt.YOffset("when:N", sort=times),
        x=alt.X("n:Q", title="Customers who bought in the 12 months (number)", axis=alt.Axis(format="~s")),
    )
    colour = alt.Color(
        "when:N",
        title=None,
        scale=alt.Scale(domain=times, range=["brand:accent", "brand:muted"]),
        legend=alt.Legend() if len(times) > 1 else None,
    )
    bars = base.mark_bar().encode(color=colour)
    words = base.mark_text(align="left", dx=5, color="brand:ink").encode(text="text:N")
    facts = "; ".join(f"{row.rung} {count(row.n_now)}" for row in _rows(found.rungs))
    return chart(
        (bars + words).properties(width=560, height=alt.Step(22 if len(times) > 1 else 34)),
        title=_largest_rung(found.rungs),
        alt=f"Bars of customers by rung. Now: {facts}.",
        caption=" ".join([_not_seen(found.missing), _since_two_years(profile)]).strip(),
    )


def ladder_table(profile: Profile) -> Table | Note:
    """Return where the customers of each rung have gone in 12 months."""
    found = profile.ladder
    if found.unavailable:
        return _unavailable("Movement on the ladder", found.unavailable)
    if not found.n_earlier:
        why = "needs two years of purchases" if found.n_earlier is None else "nobody bought in the 12 months before"
        return _unavailable("Movement on the ladder", why)
    rows = [
        (
            row.rung,
            row.meaning,
            count(row.n_earlier),
            *(_of(n, row.n_earlier) for n in (row.n_climbed, row.n_stayed, row.n_stepped_down, row.n_left)),
        )
        for row in _rows(found.rungs)
    ]
    return Table(
        f"{share(found.left_share)} of the customers on the ladder a year ago have left it",
        ("Rung a year ago", "Who stands on it", "Customers", "Climbed", "Stayed", "Stepped down", "Left"),
        tuple(rows),
        ("left", "left", "right", "right", "right", "right", "right"),
        "Left: no purchase in the last 12 months. Stepped down: no longer recommends, or no contract runs any more. "
        f"{plural(found.n_joined or 0, 'customer')} came to the ladder in the year.",
    )


def mix_table(profile: Profile, engagement: Engagement) -> Table | Note:
    """Return how customers and revenue divide by channel, product group, region and what else is known."""
    if profile.mix.empty:
        return _unavailable(
            "Who the customers are", "needs attributes in `customers`, or channel or product in `orders`"
        )
    names = profile.mix["attribute"].drop_duplicates().tolist()[: _MOST_ROWS // _FEWEST_ROWS_A_PART]
    each = max(_FEWEST_ROWS_A_PART, _MOST_ROWS // len(names))
    parts = [profile.mix[profile.mix["attribute"] == name].head(each) for name in names]
    money_of = "revenue of 12 months" if profile.n_customers else "monthly fees"
    rows = []
    for part in parts:
        for place, row in enumerate(_rows(part)):
            shares = (count(row.n_customers), share(row.customer_share), share(row.revenue_share))
            rows.append((row.label if place == 0 else "", str(row.group), *shares))
    return Table(
        f"How customers and {money_of} divide",
        (
            "By",
            "Group",
            "Customers",
            "Share of customers",
            "Share of revenue" if profile.n_customers else "Share of fees",
        ),
        tuple(rows),
        ("left", "left", "right", "right", "right"),
        "The largest groups of each; who bought in two groups counts in both.",
    )


def _contract_figures(profile: Profile, currency: str) -> KeyFigures:
    found = profile.agreements
    figures = [
        Figure("Running contracts", count(found.n_running), f"of {count(found.n_contracts)} ever"),
        Figure("Customers with a running contract", count(found.n_customers_running), ""),
    ]
    if found.monthly_fees is not None:
        figures.append(Figure("Fees a month", money(found.monthly_fees, currency), ""))
    if found.median_tenure_months is not None:
        figures.append(Figure("Half have run longer than", f"{quantity(found.median_tenure_months)} months", ""))
    return KeyFigures(tuple(figures))


def _tops(found: Concentration, what: str) -> str:
    parts = [f"{key} % bring {share(value)}" for key, value in found.top.items()]
    return f"Of the customers the best {', '.join(parts)} of {what}."


def _above_all(profile: Profile) -> str:
    if profile.profit.unavailable or not profile.profit.n_below_zero:
        return ""
    return " Gross profit rises above 100 % because some customers bring a loss."


def _margin(profile: Profile) -> str:
    if not profile.revenue_12m or profile.profit_12m is None:
        return ""
    return f"{share(profile.profit_12m / profile.revenue_12m)} of revenue"


def _rows(frame: pd.DataFrame) -> list[Any]:
    return list(frame.itertuples())


def _of(n: int, total: int) -> str:
    return f"{count(n)} ({share(n / total)})" if total and n else count(n)


def _not_seen(missing: tuple[str, ...]) -> str:
    return f"Not shown: {'; '.join(missing)}." if missing else ""


def _largest_rung(rungs: pd.DataFrame) -> str:
    if not rungs["n_now"].any():
        return "Nobody stands on the ladder now"
    return f"{rungs.sort_values('n_now', kind='stable')['rung'].iloc[-1]} is the fullest rung of the ladder"


def _since_two_years(profile: Profile) -> str:
    return (
        ""
        if profile.is_compared
        else "There are fewer than two years of purchases, so nothing is set beside last year."
    )


def _month(value: date | pd.Timestamp) -> str:
    return value.strftime("%B %Y")


def _signed(change: float) -> str:
    if abs(change) < _UNCHANGED:
        return "no change"
    return f"{'+' if change > 0 else ''}{share(change)}"


def _unavailable(what: str, why: str) -> Note:
    return Note(f"{what}: not available; {why}.", tone="unavailable")
