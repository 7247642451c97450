"""What chapter 03 has found, in sentences: each with its number, the weightiest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmplan.reporting.wording import count, money, plural, share

if TYPE_CHECKING:
    from crmplan.analysis import Profile

__all__ = ["sentences"]

_MOST = 5
_FEWEST_FOR_SHARES = 10
_FEWEST_IN_COHORTS = 30


def sentences(profile: Profile, currency: str) -> tuple[str, ...]:
    """Return at most five sentences on activity, concentration, returning, the ladder, cohorts and contracts."""
    found = (
        _on_activity(profile, currency),
        _on_concentration(profile, currency),
        _on_returning(profile),
        _on_ladder(profile),
        _on_cohorts(profile),
        _on_contracts(profile, currency),
    )
    return tuple([sentence for sentence in found if sentence][:_MOST])


def _on_activity(profile: Profile, currency: str) -> str:
    if not profile.n_customers:
        return ""
    who = (
        f"{count(profile.n_active)} of {plural(profile.n_customers, 'customer')} "
        f"({share(profile.n_active / profile.n_customers)})"
    )
    if profile.n_active == profile.n_customers:
        who = f"All {plural(profile.n_customers, 'customer')}" if profile.n_customers > 1 else "The only customer"
    if not profile.n_active:
        return f"Nobody bought in the last 12 months; {plural(profile.n_customers, 'customer')} did before that."
    text = f"{who} bought in the last 12 months and brought {money(profile.revenue_12m, currency)}"
    before = profile.revenue_previous_12m
    if not before:
        return text + "."
    change = profile.revenue_12m / before - 1
    return f"{text}, {share(abs(change))} {'more' if change >= 0 else 'less'} than in the 12 months before."


def _on_concentration(profile: Profile, currency: str) -> str:
    revenue, profit = profile.revenue, profile.profit
    if revenue.unavailable or revenue.n_customers < _FEWEST_FOR_SHARES:
        return ""
    text = f"The best 20 % of these customers bring {share(revenue.top['20'])} of revenue"
    if not profit.unavailable and profit.n_below_zero:
        losers = plural(profit.n_below_zero, "customer brings", "customers together bring")
        return f"{text}; {losers} a loss of {money(-profit.below_zero, currency)} before any cost of sales and service."
    return f"{text}; four fifths of it come from {share(revenue.customers_for_80_share)} of them."


def _on_returning(profile: Profile) -> str:
    if not profile.n_customers:
        return ""
    once = f"{share(profile.n_one_time / profile.n_customers)} of all customers have bought on one day only"
    if profile.n_one_time in {0, profile.n_customers}:
        once = f"Every customer has bought on {'more than one day' if profile.n_one_time == 0 else 'one day only'}"
    if profile.rhythm.median_gap_days is None:
        return f"{once}; nobody has come back so far."
    days = plural(profile.rhythm.median_gap_days, "day")
    if profile.rhythm.is_assumed:
        return f"{once}; those who come back usually do so within {days}."
    return (
        f"{once}; half of all returns come within {days} (each customer counted once), and nine returning "
        f"customers in ten never stayed away longer than {plural(profile.rhythm.gone_after_days, 'day')}."
    )


def _on_ladder(profile: Profile) -> str:
    found = profile.ladder
    if found.unavailable or found.n_earlier is None or found.n_earlier < _FEWEST_FOR_SHARES:
        return ""
    n_down = int(found.rungs["n_stepped_down"].sum())
    down = f", {share(n_down / found.n_earlier)} stepped down" if n_down else ""
    return (
        f"Of the {plural(found.n_earlier, 'customer')} on the ladder of the relationship a year ago, "
        f"{share(found.climbed_share)} climbed, {share(found.stayed_share)} stayed{down} "
        f"and {share(found.left_share)} left."
    )


def _on_cohorts(profile: Profile) -> str:
    found = profile.cohorts
    if found.unavailable or found.next_period_share is None or found.n_customers < _FEWEST_IN_COHORTS:
        return ""
    who, since = ("customers", " in the data") if found.is_first_old else ("new customers", "")
    return (
        f"{share(found.next_period_share)} of {who} buy again in the {found.period} after their first purchase{since} "
        f"({plural(found.n_customers, 'customer')} looked at)."
    )


def _on_contracts(profile: Profile, currency: str) -> str:
    found = profile.agreements
    if found.unavailable:
        return ""
    text = f"{plural(found.n_running, 'contract runs', 'contracts run')} with "
    text += plural(found.n_customers_running, "customer")
    if found.monthly_fees is not None:
        text += f" and {'brings' if found.n_running == 1 else 'bring'} {money(found.monthly_fees, currency)} a month"
    if found.n_running_earlier:
        ended = share(found.n_ended_of_them / found.n_running_earlier)
        text += f"; {ended} of those that ran a year ago have ended"
    return text + "."
