"""What closing a gap is worth in a year, in money.

Every rule is a product of factors: figures of the client, and gains that are rules of thumb until the client has tried.
So anybody can check it with a pocket calculator. What cannot be priced says what it would need.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod
from types import MappingProxyType

from crmplan.metrics.registry import Measured
from crmplan.planning.factors import Case, Factor, MissingFigure, PlanFacts, Worth

__all__ = ["CITED_METRICS", "POOLS", "RULES", "price"]

_DROPPED_LEAD_ODDS = (0.25, 0.5)


_Product = tuple[str, tuple[Factor, ...]]
_Rule = Callable[[Case], _Product]


def raise_second_purchase(case: Case) -> _Product:
    """Return new customers a year × points more who buy again × what they then spend × margin."""
    room = 1 - float(case.value("second_purchase_share").value or 0)
    factors = (
        case.amount("newcomers", "new customers a year", "new_customers"),
        case.gain("more of them buying again", room=room),
        case.spending(),
        case.margin(),
    )
    return "{newcomers} new customers a year × {gain} more of them buying again × {spending} × {margin} margin", factors


def stop_decline(case: Case) -> _Product:
    """Return revenue lost at customers who buy less × share recovered × margin."""
    factors = (
        case.amount("fall", "revenue lost at customers who buy less", "falling_revenue"),
        case.gain("of it recovered"),
        case.margin(),
    )
    return "{fall} lost in a year at customers who buy less × {gain} of it recovered × {margin} margin", factors


def stop_territory_decline(case: Case) -> _Product:
    """Return revenue lost at customers who buy less × share recovered, where territories fall at all × margin."""
    factors = (
        case.amount("fall", "revenue lost at customers who buy less", "falling_revenue"),
        case.gain("of it recovered", room=float(case.value("falling_territories_share").value or 0)),
        case.margin(),
    )
    return "{fall} lost in a year at customers who buy less × {gain} of it recovered × {margin} margin", factors


def win_back(case: Case) -> _Product:
    """Return customers who have not bought for a year × share won back × what they then spend × margin."""
    factors = (
        case.total("lapsed", "customers of the year before who did not buy again", "inactive_share"),
        case.gain("of them won back"),
        case.spending(),
        case.margin(),
    )
    return "{lapsed} customers who did not buy again × {gain} of them won back × {spending} × {margin} margin", factors


def cross_sell(case: Case) -> _Product:
    """Return customers without the next category × share who take it up × what they then add × margin."""
    lacking = (
        case.total("lacking", "customers who lack a category that most like them buy", "white_space_share")
        if case.has("white_space_share")
        else case.total("lacking", "customers who buy from one category only", "single_category_share")
    )
    factors = (lacking, case.gain("of them taking up another category"), case.more(), case.margin())
    takes_up = "{gain} of them taking up another × {more} more from each"
    return f"{{lacking}} {lacking.label} × {takes_up} × {{margin}} margin", factors


def lift_middle(case: Case) -> _Product:
    """Return customers just below the top × share who move up × what they then add × margin."""
    factors = (
        case.total("middle", "customers close to the top", "movable_middle_share"),
        case.gain("of them moving up"),
        case.more(),
        case.margin(),
    )
    return (
        "{middle} customers close to the top × {gain} of them moving up × {more} more from each × {margin} margin",
        factors,
    )


def keep_contracts(case: Case) -> _Product:
    """Return contract customers × points fewer who leave × a year's fee × margin."""
    factors = (
        case.rows("contracts", "customers under contract", "contract_churn_share"),
        case.gain("fewer of them leaving", room=float(case.value("contract_churn_share").value or 0)),
        case.amount("fee", "a year's fee", "contract_yearly_fee"),
        case.margin(),
    )
    return "{contracts} customers under contract × {gain} fewer leaving × {fee} a year × {margin} margin", factors


def faster_leads(case: Case) -> _Product:
    """Return dropped campaign leads × share answered in time × win rate, lowered × a won deal × margin."""
    odds = Factor("odds", "as good as the usual chance", *_DROPPED_LEAD_ODDS, "share", "rule_of_thumb")
    factors = (
        case.total("dropped", "campaign leads nobody followed up", "campaign_lead_no_followup_share"),
        case.gain("of them answered in time"),
        case.amount("won", "won of deals closed", "win_rate"),
        odds,
        case.amount("deal", "a won deal", "won_deal_amount"),
        case.margin(),
    )
    words = (
        "{dropped} leads nobody followed up × {gain} answered in time × {won} usual chance of a deal, of which {odds}"
    )
    return words + " for such leads × {deal} a won deal × {margin} margin", factors


def win_more_deals(case: Case) -> _Product:
    """Return deals closed a year × points more won × a won deal × margin."""
    factors = (
        case.rows("closed", "deals closed a year", "win_rate"),
        case.gain("more of them won", room=1 - float(case.value("win_rate").value or 0)),
        case.amount("deal", "a won deal", "won_deal_amount"),
        case.margin(),
    )
    return "{closed} deals closed a year × {gain} more of them won × {deal} a won deal × {margin} margin", factors


def spend_campaigns_better(case: Case) -> _Product:
    """Return cost of a year's campaigns × share moved from those that bring nothing."""
    factors = (
        case.total("campaigns", "cost of the year's campaigns", "acquisition_cost", "currency"),
        case.gain("of it saved or better spent"),
    )
    return "{campaigns} spent on campaigns in a year × {gain} of it saved or better spent", factors


def fewer_wrong_items(case: Case) -> _Product:
    """Return cost of wrong deliveries × share avoided; or else returned orders × share avoided × an order × margin."""
    if case.has("wrong_item_cost"):
        wrong = case.amount("wrong", "cost of wrong deliveries in a year", "wrong_item_cost")
        return "{wrong} spent on wrong deliveries in a year × {gain} of it avoided", (wrong, case.gain("of it avoided"))
    factors = (
        case.total("returned", "orders with a return", "return_share"),
        case.gain("of them avoided"),
        case.order(),
        case.margin(),
    )
    return "{returned} orders with a return × {gain} of them avoided × {order} for an order × {margin} margin", factors


def fewer_repeat_contacts(case: Case) -> _Product:
    """Return contacts that had to be repeated × share avoided × cost of a contact."""
    factors = (
        case.total("repeated", "contacts that were followed by another", "repeat_contact_share"),
        case.gain("of them avoided"),
        case.contact_cost(),
    )
    return "{repeated} contacts a year followed by another × {gain} of them avoided × {cost} a contact", factors


def fewer_status_calls(case: Case) -> _Product:
    """Return calls that ask where an order is × share avoided × cost of a contact."""
    factors = (
        case.total("asking", "calls that ask where an order is", "order_status_call_share"),
        case.gain("of them avoided"),
        case.contact_cost(),
    )
    return "{asking} calls a year that ask where an order is × {gain} of them avoided × {cost} a call", factors


@dataclass(frozen=True, slots=True)
class _Known:
    pool: str
    rule: _Rule | None
    caution: str = ""


_CHANCE = "Part of every fall is chance after an unusually good year; it comes back by itself or not at all."
_ANYWAY = "Some of them would have bought anyway; only a group left out shows how many."

RULES: Mapping[str, _Known] = MappingProxyType(
    {
        "raise_second_purchase": _Known("first-time buyers", raise_second_purchase, _ANYWAY),
        "stop_decline": _Known("customers who leave or buy less", stop_decline, _CHANCE),
        "stop_territory_decline": _Known("customers who leave or buy less", stop_territory_decline, _CHANCE),
        "win_back": _Known("customers who leave or buy less", win_back, _ANYWAY),
        "cross_sell": _Known("more from active customers", cross_sell, _ANYWAY),
        "lift_middle": _Known("more from active customers", lift_middle, _ANYWAY),
        "keep_contracts": _Known("contracts", keep_contracts),
        "faster_leads": _Known("deals", faster_leads),
        "win_more_deals": _Known("deals", win_more_deals),
        "spend_campaigns_better": _Known("campaign budget", spend_campaigns_better),
        "fewer_wrong_items": _Known("wrong and returned goods", fewer_wrong_items),
        "fewer_repeat_contacts": _Known("contacts with customers", fewer_repeat_contacts),
        "fewer_status_calls": _Known("contacts with customers", fewer_status_calls),
        "enables": _Known("", None),
    }
)
"""The worth rules there are; ``enables`` is for what brings no money of its own."""

POOLS: tuple[str, ...] = tuple(dict.fromkeys(known.pool for known in RULES.values() if known.pool))
"""Where money comes from; two initiatives of one pool count the same money."""

CITED_METRICS: tuple[str, ...] = (
    "acquisition_cost", "average_order_value", "campaign_lead_no_followup_share", "contract_churn_share",
    "contract_yearly_fee", "falling_revenue", "falling_territories_share", "inactive_share",
    "margin_share", "movable_middle_share", "new_customers", "order_status_call_share", "repeat_contact_share",
    "return_share", "revenue_per_customer", "second_purchase_share", "single_category_share", "white_space_share",
    "win_rate", "won_deal_amount", "wrong_item_cost",
)  # fmt: skip
"""The metrics that rules are made of."""


def price(
    rule: str,
    measured: Mapping[str, Measured],
    facts: PlanFacts,
    *,
    low: float | None = None,
    high: float | None = None,
) -> Worth:
    """Return what a rule gives for a client.

    Parameters
    ----------
    rule
        A key of ``RULES``.
    measured
        The client's figures by metric id.
    facts
        Margin and costs.
    low, high
        The rule-of-thumb gain, 0 to 1; not needed by ``enables``.

    Examples
    --------
    >>> fall = Measured("falling_revenue", "Revenue lost", "currency", "computed", 1000.0, 50, "falling customers")
    >>> worth = price("stop_decline", {"falling_revenue": fall}, PlanFacts(0.5), low=0.1, high=0.2)
    >>> worth.low, worth.high
    (50.0, 100.0)
    """
    known = RULES[rule]
    if known.rule is None:
        return Worth(rule, "", unavailable="brings no money of its own; others stand on it")
    try:
        formula, factors = known.rule(Case(measured, facts, low or 0.0, high or 0.0))
    except MissingFigure as cause:
        return Worth(rule, known.pool, caution=known.caution, unavailable=f"cannot be priced: {cause}")
    return Worth(
        rule, known.pool, prod(one.low for one in factors), prod(one.high for one in factors), formula, factors,
        known.caution,
    )  # fmt: skip
