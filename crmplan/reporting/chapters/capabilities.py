"""Chapter 08: what a CRM must do here, with what it must be linked, who may decide what, and how vendors compare."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmplan.assessment.fit_gap import needs_met
from crmplan.engagement import Engagement
from crmplan.reporting.blocks import Chart, Findings, Note, Table
from crmplan.reporting.chapters.capability_sentences import sentences
from crmplan.reporting.chapters.contact_map import contact_map
from crmplan.reporting.chapters.integration_picture import LINKS, integration_picture, named_text, years_text
from crmplan.reporting.charts import chart
from crmplan.reporting.wording import count, money, plural, share

if TYPE_CHECKING:
    from crmplan.assessment.capabilities import Capabilities
    from crmplan.metrics.registry import Measured

__all__ = [
    "contact_map",
    "findings",
    "fit_gap_chart",
    "fit_gap_table",
    "integration_picture",
    "integration_table",
    "missing",
    "rights_table",
    "vendor_scores",
    "vendor_table",
]

_MOST_ROWS = 12
_NONE = "–"
_NEEDS = ("must", "should", "could")
_UPRIGHT = "M-0.12,-1.1L0.12,-1.1L0.12,1.1L-0.12,1.1Z"


def findings(found: Capabilities) -> Findings | Note:
    """Return the two to five sentences that matter most, each with its number."""
    said = sentences(found)
    if not said:
        unknown = "Nothing is known yet of what a CRM would have to do here, with what it must be linked, and who may "
        return Note(f"{unknown}decide. What each takes stands below.", tone="unavailable")
    return Findings(said)


def missing(found: Capabilities, metrics: Mapping[str, Measured]) -> Table | None:
    """Return what of this chapter is not known, what it takes and what it would bring; None when all is."""
    calls = metrics.get("calls_per_day")
    lacking = (
        (found.fit_gap["level"].isna().all(), "What is there today", "Answers to the questions on CRM capability",
         "Which musts are not there: what a CRM has to bring"),
        (calls is None or not calls.is_computed, "When customers call", "Calls with day and hour",
         "Whether shifts follow the calls"),
        (bool(found.integration.unavailable), "The systems around the customer record",
         "An inventory of systems: name, what it serves, owner, remaining life, link, urgency",
         "In what order to link them, and which to replace first"),
        (bool(found.rights.unavailable), "Who may decide", "The file decision_rights.yaml: roles and their limits",
         "Where customers wait for somebody who may say yes"),
        (found.choice is None or bool(found.choice.unavailable), "The vendors",
         "The file vendors.yaml: weights, and what each vendor answered", "Which offer fits, and how surely"),
    )  # fmt: skip
    rows = tuple((what, takes, brings) for is_lacking, what, takes, brings in lacking if is_lacking)
    if not rows:
        return None
    return Table(
        title="What would complete this chapter",
        header=("Not known yet", "What it takes", "What it would bring"),
        rows=rows,
        align=("left", "left", "left"),
        caption="Each can be added without waiting for the others.",
        widths=(1.5, 2.6, 2.4),
    )


def fit_gap_chart(found: Capabilities) -> Chart | None:
    """Return the picture of what is there of each capability against what its need asks for; None without answers."""
    import altair as alt

    rows = found.fit_gap[(found.fit_gap["need"] != "none") & found.fit_gap["level"].notna()]
    if rows.empty:
        return None
    points = pd.concat(
        [
            pd.DataFrame({"name": rows["title"], "need": rows["need"], "who": "There today", "level": rows["level"]}),
            pd.DataFrame({"name": rows["title"], "need": rows["need"], "who": "Needed", "level": rows["target"]}),
        ]
    )
    panels = [_panel(points[points["need"] == need], need) for need in _NEEDS if (points["need"] == need).any()]
    short = rows[rows["gap"] > 0]
    listed = "; ".join(f"{row['title']} {row['level']:g} of {row['target']:g}" for row in _records(short))
    return chart(
        alt.vconcat(*panels, spacing=14).resolve_legend(shape="shared", color="shared"),
        title=f"{plural(len(short), 'capability', 'capabilities')} of {len(rows)} fall short of what is needed",
        alt=f"Levels from 0 to 5, there today against needed, by need. Short: {listed or 'none'}.",
        caption="0: nobody does it; 2: a list or spreadsheet; 3: a system, for one team; 4: a system for everybody, on "
        "shared records; 5: used for every case and improved. A must asks for 4, a should for 3, a could for 2. Where "
        "people and data differ, the lower level counts.",
    )


def fit_gap_table(found: Capabilities) -> Table | Note | None:
    """Return the capabilities that fall short, the weightiest first, with what that means; None without answers."""
    frame = found.fit_gap
    if frame["level"].isna().all():
        return None
    short = frame[frame["gap"] > 0]
    if short.empty:
        return Note("No capability that was answered falls short of what is needed.")
    rows = tuple(
        (
            str(row["title"]), str(row["theme"]).capitalize(), str(row["need"]).capitalize(),
            f"{row['level']:.1f}", f"{row['target']:g}", str(row["status"]).capitalize(), str(row["meaning"]),
        )
        for row in _records(short.head(_MOST_ROWS))
    )  # fmt: skip
    met = "; ".join(f"{row['there']} of {row['n']} that {_asked(row['need'])}" for row in _records(needs_met(frame)))
    unknown = int((frame["status"] == "not known").sum())
    parts = [
        f"In place: {met}." if met else "",
        f"{plural(unknown, 'capability', 'capabilities')} nobody has answered for." if unknown else "",
        f"The {_MOST_ROWS} weightiest of {len(short)} are shown." if len(short) > _MOST_ROWS else "",
    ]
    return Table(
        title="What a CRM would have to bring that is not there today",
        header=("Capability", "For", "Need", "Today", "Needed", "Status", "What it means"),
        rows=rows,
        align=("left", "left", "left", "right", "right", "left", "left"),
        caption=" ".join(part for part in parts if part),
        widths=(1.8, 1.1, 0.9, 0.7, 0.9, 1.1, 3.1),
    )


def vendor_table(found: Capabilities) -> Table | Note | None:
    """Return the vendors in order, with how surely each comes first and which musts it cannot serve; None for none."""
    choice, vendors = found.choice, found.vendors
    if choice is None or vendors is None:
        return None
    if choice.unavailable:
        return Note(f"Comparison of vendors: not available; {choice.unavailable}.", tone="unavailable")
    rows = tuple(
        (
            str(row["rank"]), str(row["name"]), f"{100 * row['score']:.0f}", share(row["first_share"], 0),
            f"{row['n_musts'] - row['n_missed']} of {row['n_musts']}", row["musts_missed"] or _NONE,
            count(row["n_unanswered"]) if row["n_unanswered"] else _NONE,
        )
        for row in _records(choice.ranking)
    )  # fmt: skip
    agreed = f" Weights were agreed on {vendors.agreed_on}." if vendors.agreed_on else ""
    return Table(
        title="How the vendors compare, and how surely",
        header=("Place", "Vendor", "Points of 100", "First in", "Musts served", "Musts not served", "Not answered"),
        rows=rows,
        align=("right", "left", "right", "right", "right", "left", "right"),
        caption=f"First in: share of {choice.n_draws:,} weightings drawn around the agreed ones in which the vendor "
        "comes first. A capability counts 1 when it is served out of the box, 0.8 by settings, 0.5 by an add-on, 0.3 "
        "when it must be built; a must counts three times, a should twice. What was not answered counts as not "
        f"served.{agreed}",
        widths=(0.6, 1.3, 1.0, 0.9, 1.0, 2.2, 1.0),
    )


def vendor_scores(found: Capabilities) -> Table | None:
    """Return each vendor's points by criterion, with the weight at which the second leads; None where none compare."""
    choice = found.choice
    if choice is None or choice.unavailable:
        return None
    names = dict(zip(choice.ranking["vendor"], choice.ranking["name"], strict=True))
    turning = dict(zip(choice.turning["criterion"], choice.turning["turning_weight"], strict=True))
    rows = tuple(
        (
            str(row["criterion"])[:1].upper() + str(row["criterion"])[1:], share(row["weight"], 0),
            *(f"{100 * row[id]:.0f}" for id in names), _turning_text(row["weight"], turning[row["criterion"]]),
        )
        for row in _records(choice.scores)
    )  # fmt: skip
    first, second = list(names.values())[:2]
    return Table(
        title=f"Points by criterion, and what it would take for {second} to overtake {first}",
        header=("Criterion", "Weight", *names.values(), f"{second} leads"),
        rows=rows,
        align=("left", "right", *["right"] * len(names), "left"),  # type: ignore[arg-type]
        caption="100 is the best there can be for capabilities, and the best offer for the other criteria. The last "
        "column holds the weight from which on the order turns, the other weights keeping their proportions.",
    )


def integration_table(found: Capabilities) -> Table | None:
    """Return the inventory of systems in the order in which to link them; None without one."""
    integration = found.integration
    if integration.unavailable:
        return None
    rows = tuple(
        (
            _NONE if math.isnan(row["place"]) else f"{row['place']:.0f}", _with_technology(row),
            str(row["kind"]) or _NONE, named_text(row["owner"]) or _NONE, years_text(row["remaining_life_years"]),
            LINKS[row["link"]],
            _NONE if math.isnan(row["link_effort_days"]) else f"{row['link_effort_days']:g}",
            row["urgency"].capitalize() or _NONE, str(row["step"]).capitalize(),
        )
        for row in _records(integration.systems)
    )  # fmt: skip
    return Table(
        title="The systems a CRM must be linked to, in the order in which to link them",
        header=(
            "Order",
            "System",
            "Serves",
            "Owner",
            "Stays",
            "Link today",
            "Days",
            "Urgency",
            "What to do",
        ),
        rows=rows,
        align=("right", "left", "left", "left", "left", "left", "right", "left", "left"),
        caption=_inventory_caption(found),
        widths=(0.6, 1.9, 1.4, 1.1, 0.8, 1.1, 0.6, 1.0, 1.2),
    )


def rights_table(found: Capabilities, engagement: Engagement) -> Table | None:
    """Return who may decide what up to how much, with every gap, open ones last; None where nothing is settled."""
    rights = found.rights
    if rights.unavailable:
        return None
    currency = engagement.client.currency
    gaps = {str(id): " · ".join(rows["message"]) for id, rows in rights.gaps.groupby("decision", sort=False)}
    settled = [
        (
            str(row["what"]), *(_limit_text(row[role], str(row["unit"]), currency) for role in rights.roles),
            gaps.get(str(row["decision"]), _NONE),
        )
        for row in _records(rights.matrix)
    ]  # fmt: skip
    still_open = rights.gaps[rights.gaps["gap"] == "open"]
    unsettled = [(str(row["what"]), *["?"] * len(rights.roles), "Not settled") for row in _records(still_open)]
    return Table(
        title="Who may decide what, and up to how much",
        header=("Decision", *(named_text(role) for role in rights.roles), "Gap"),
        rows=tuple(settled + unsettled),
        align=("left", *["right"] * len(rights.roles), "left"),  # type: ignore[arg-type]
        caption="From the lowest role to the highest. Any: without limit; a dash: may not decide.",
        widths=(1.8, *[0.9] * len(rights.roles), 1.8),
    )


def _panel(points: pd.DataFrame, need: str) -> Any:
    import altair as alt

    names = list(dict.fromkeys(points["name"]))
    y = alt.Y("name:N", sort=names, title=need.capitalize())
    x = alt.X("level:Q", title="Level (0 to 5)", scale=alt.Scale(domain=[0, 5]))
    who = ["There today", "Needed"]
    line = alt.Chart(points).mark_line(color="brand:line", strokeWidth=4).encode(x=x, y=y, detail="name:N")
    marks = (
        alt.Chart(points)
        .mark_point(filled=True, size=130, opacity=1)
        .encode(
            x=x, y=y,
            shape=alt.Shape("who:N", title=None, scale=alt.Scale(domain=who, range=["circle", _UPRIGHT])),
            color=alt.Color("who:N", title=None, scale=alt.Scale(domain=who, range=["brand:accent", "brand:ink"])),
        )
    )  # fmt: skip
    return (line + marks).properties(width=560, height=24 * len(names))


def _with_technology(row: dict[str, Any]) -> str:
    return f"{row['name']} ({row['technology']})" if row["technology"] else str(row["name"])


def _inventory_caption(found: Capabilities) -> str:
    from crmplan.assessment.integration import KINDS

    integration = found.integration
    missing = ", ".join(KINDS[kind].lower() for kind in integration.kinds_missing)
    effort = (
        ""
        if math.isnan(integration.effort_days)
        else f"Linking what stays takes {integration.effort_days:g} person-days. "
    )
    asked = f"No system was named for {missing}; ask." if missing else "Every kind of system is in it."
    return f"{effort}A system that goes within two years is replaced first. {asked}"


def _limit_text(limit: float, unit: str, currency: str) -> str:
    if limit == 0:
        return _NONE
    if math.isinf(limit):
        return "Yes" if unit == "yes_no" else "Any"
    amount = f"{currency} {limit:,.0f}" if limit == int(limit) else money(limit, currency)
    percent = f"{100 * limit:g} %"
    return {"currency": amount, "share": percent, "days": plural(limit, "day")}.get(unit, "Yes")


def _turning_text(weight: float, turning: float) -> str:
    if math.isnan(turning):
        return "At no weight"
    return f"{'From' if turning > weight else 'Below'} {share(turning, 0)}"


def _asked(need: str) -> str:
    return {"must": "must be there", "should": "should be there", "could": "could be there"}[need]


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]
