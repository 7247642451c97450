"""What is short where data alone price a gap: a line for each worth rule, with the client's own figures in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from string import Formatter
from types import MappingProxyType

from crmplan.metrics.registry import Measured
from crmplan.planning.factors import Factor, Worth

__all__ = ["SHORTFALLS", "with_shortfall"]

SHORTFALLS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "raise_second_purchase": (
            "{second_purchase_share} of first-time buyers come back within half a year; {newcomers} new ones a year",
        ),
        "stop_decline": ("Customers who buy less brought {fall} less than in the year before",),
        "stop_territory_decline": ("{falling_territories_share} of sales territories brought less than a year before",),
        "win_back": ("{inactive_share} of the customers of the year before did not buy again: {lapsed} customers",),
        "cross_sell": (
            "{white_space_share} of customers lack a category that most like them buy: {lacking} customers",
            "{single_category_share} of customers buy from one category only: {lacking} customers",
        ),
        "lift_middle": ("{movable_middle_share} of middle customers stand just below the top: {middle} customers",),
        "keep_contracts": ("{contract_churn_share} of {contracts} customers under contract were lost in a year",),
        "faster_leads": ("Nobody followed up {campaign_lead_no_followup_share} of campaign leads: {dropped} leads",),
        "win_more_deals": ("{win_rate} of {closed} deals closed in a year were won",),
        "spend_campaigns_better": ("{campaigns} went into campaigns in a year",),
        "fewer_wrong_items": (
            "Wrong deliveries cost {wrong} in a year",
            "{return_share} of orders were returned or refunded: {returned} orders",
        ),
        "fewer_repeat_contacts": (
            "{repeat_contact_share} of contacts were followed by another one: {repeated} contacts",
        ),
        "fewer_status_calls": ("{order_status_call_share} of calls only ask where an order is: {asking} calls",),
    }
)
"""By worth rule, lines of which the first is taken that can be filled in; names are those of factors or of metrics."""


def with_shortfall(worth: Worth, measured: Mapping[str, Measured]) -> Worth:
    """Return a worth with the gap in words, and the figures that these name beside its factors.

    Parameters
    ----------
    worth
        As from :func:`crmplan.planning.worth.price`; returned as it is when it has no factors.
    measured
        The client's figures by metric id.
    """
    own = {factor.name for factor in worth.factors}
    for line in SHORTFALLS.get(worth.rule, ()) if worth.factors else ():
        named = [name for _, name, _, _ in Formatter().parse(line) if name and name not in own]
        beside = [found for name in named if (found := _figure(name, measured)) is not None]
        if len(beside) == len(named):
            return replace(worth, shortfall=line, beside=tuple(beside))
    return worth


def _figure(metric: str, measured: Mapping[str, Measured]) -> Factor | None:
    found = measured.get(metric)
    if found is None or not found.is_computed or found.value is None:
        return None
    value = float(found.value)
    return Factor(metric, found.label, value, value, found.unit, "measured", metric, found.n, found.counts)
