"""What a segment's rule says in words, and how much sales effort the segment deserves."""

from __future__ import annotations

from dataclasses import dataclass

from crmplan.analysis.rules import Rule

__all__ = ["Decision", "decisions", "in_words"]


@dataclass(frozen=True, slots=True)
class Decision:
    """What is decided for a segment: how much effort, and what is done."""

    effort: str
    action: str


_SHARED = {
    "New": Decision("Automatic", "Welcome within a week; make one offer for a second purchase."),
    "Slipping": Decision("Automatic", "Remind twice with a reason to come back, then stop."),
    "One-time": Decision("Automatic", "Make one offer that fits the first purchase; no calls."),
    "Lapsed one-time": Decision("No sales effort", "Leave out of paid contact; learn which source brought them."),
    "Lost regulars": Decision("One attempt", "Make one offer to win them back and ask for the reason they left."),
    "Returning": Decision("Automatic", "Write after each purchase with the next suitable offer."),
}
_FIRMS = {
    "Best regulars": Decision(
        "Personal, monthly", "Give each a named contact who asks what comes next; no discount needed."
    ),
    "Regulars": Decision("Personal, each quarter", "Visit or call; show one further product group."),
    "New": Decision("Personal, one call", "Call within a week of the first order; agree on what comes second."),
    "Slipping, valuable": Decision(
        "Personal, within two weeks", "Call and ask what has changed before offering anything."
    ),
}
_CONSUMERS = {
    "Best regulars": Decision(
        "First in every queue", "Know them by name at every contact; new things first; no discount."
    ),
    "Regulars": Decision("Automatic, each quarter", "Show one further product group; thank them at a set date."),
    "Slipping, valuable": Decision("One personal contact", "Ask within two weeks what has changed, then one offer."),
}


def decisions(*, of_firms: bool) -> dict[str, Decision]:
    """Return the decision for each segment by its name: visits and calls pay with firms, seldom with consumers.

    Examples
    --------
    >>> decisions(of_firms=True)["Best regulars"].effort, decisions(of_firms=False)["Best regulars"].effort
    ('Personal, monthly', 'First in every queue')
    """
    return {**_SHARED, **(_FIRMS if of_firms else _CONSUMERS)}


def in_words(rule: Rule, *, currency: str = "") -> str:
    """Return a rule as a salesperson would apply it, amounts with the currency where one is given.

    Examples
    --------
    >>> in_words(Rule("Best regulars", (2, None), (None, 91), (1200.0, None)), currency="EUR")
    'bought at least twice, last within 90 days, spent EUR 1,200 or more in a year of buying'
    >>> in_words(Rule("New", (None, 2), (None, 91)))
    'bought once, within 90 days'
    """
    once = rule.n_purchases[1] is not None
    parts = ["bought once" if once else "bought at least twice"] if rule.n_purchases != (None, None) else ["bought"]
    last = "" if once else "last "
    newest, oldest = rule.recency_days
    if newest is not None and oldest is not None:
        parts.append(f"{last}{newest:.0f} to {oldest - 1:.0f} days ago")
    elif oldest is not None:
        parts.append(f"{last}within {_days(oldest - 1)}")
    elif newest is not None:
        parts.append(f"{last}more than {_days(newest - 1)} ago")
    spend = _spend(rule, f"{currency} " if currency else "")
    parts.extend(spend)
    often_from, often_below = rule.yearly_purchases
    if often_from is not None:
        parts.append(f"on {often_from:.0f} days or more in it" if spend else _often(f"{often_from:.0f} or more"))
    if often_below is not None:
        parts.append(f"on fewer than {often_below:.0f} days" if spend else _often(f"fewer than {often_below:.0f}"))
    return ", ".join(parts)


def _spend(rule: Rule, currency: str) -> list[str]:
    low, high = rule.yearly_spend
    parts = []
    if low is not None:
        parts.append(f"spent {currency}{_amount(low)} or more in a year of buying")
    if high is not None:
        parts.append(f"spent less than {currency}{_amount(high)} in a year of buying")
    return parts


def _often(how_many: str) -> str:
    return f"on {how_many} days in a year of buying"


def _days(n: float) -> str:
    return "1 day" if round(n) == 1 else f"{n:,.0f} days"


def _amount(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:,.2f}"
