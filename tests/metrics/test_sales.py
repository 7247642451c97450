"""Every sales figure on a table small enough to count by hand; the last day looked at is 31 December 2023."""

from __future__ import annotations

import pytest

DAYS = """
customer_key day        net_amount profit
A            2022-01-01 60         -
A            2022-02-01 40         10
A            2023-02-01 111        10
B            2022-03-01 100        10
B            2023-03-01 110        10
C            2022-03-01 100        10
C            2023-03-01 89         -
C            2023-04-01 0.5        10
D            2022-03-01 100        10
E            2023-03-01 500        10
"""


def test_rising_customers_rose_by_more_than_a_tenth(ask, groups):
    found = ask("rising_customers_share", customer_days=DAYS)

    # A 100 to 111; B to 110 is not more than a tenth; C to 89.5; D stopped; E is new
    assert (found.value, found.n) == (0.25, 4)
    assert groups(found) == {
        "rising": (0.25, 1), "steady": (0.25, 1), "falling": (0.25, 1), "stopped": (0.25, 1)
    }  # fmt: skip


def test_falling_customers_include_those_who_stopped(ask):
    found = ask("falling_customers_share", customer_days=DAYS)

    assert (found.value, found.n) == (0.5, 4)


def test_falling_revenue_adds_up_what_falling_customers_brought_less(ask, groups):
    found = ask("falling_revenue", customer_days=DAYS)

    assert (found.value, found.n) == (pytest.approx(110.5), 4)
    assert groups(found) == {"falling": (10.5, 1), "stopped": (100, 1)}


def test_nothing_fell_is_nothing_lost(ask):
    days = "customer_key day net_amount\nA 2022-01-01 5\nA 2023-01-01 5"

    found = ask("falling_revenue", customer_days=days)

    assert (found.value, found.n, found.breakdown) == (0, 1, None)


def test_retention_counts_customers_of_the_year_before(ask, groups):
    found = ask("retention_share", customer_days=DAYS)

    assert (found.value, found.n) == (0.75, 4)
    assert groups(found) == {"1 buying day in the year before": (2 / 3, 3), "2 buying days": (1.0, 1)}


def test_falling_territories_are_compared_without_regard_to_capitals(ask, groups):
    found = ask(
        "falling_territories_share",
        orders="""
        order_id ordered_at net_amount territory
        1 2022-01-01 100 North
        2 2023-01-01 150 north
        3 2023-02-01 -60 North
        4 2022-05-01 100 South
        5 2023-05-01 100 South
        6 2023-05-01 100 East
        7 2023-05-01 100 -
        """,
    )

    assert (found.value, found.n) == (0.5, 2)  # East had no revenue to fall from
    assert groups(found) == {"North": (-0.1, 3), "South": (0.0, 2)}


def test_account_profit_is_known_when_the_cost_of_everything_is(ask):
    everybody = ask("account_profit_known_share", customer_days=DAYS)
    firms = ask("account_profit_known_share", customer_days=DAYS, golden="customer_key kind\nA Firm\nC firm\nB person")

    assert (everybody.value, everybody.n) == (0.75, 4)  # A, B, E known; C is not
    assert (firms.value, firms.n) == (0.5, 2)


def test_without_any_cost_no_account_has_a_known_profit(ask):
    found = ask("account_profit_known_share", customer_days="customer_key day\nA 2023-05-01")

    assert (found.value, found.n) == (0.0, 1)


def test_lead_response_counts_a_lead_without_an_answer_as_longest(ask, groups):
    found = ask(
        "lead_response_hours",
        opportunities="""
        created_at first_response_at lead_source
        2023-05-01T10:00 2023-05-01T12:00 Web
        2023-05-01T10:00 2023-05-02T10:00 web
        2023-05-01T10:00 2023-05-01T14:30 fair
        2023-05-01T10:00 - fair
        2023-05-01T10:00 - fair
        2023-05-01T10:00 2023-04-01T10:00 fair
        2023-12-30T10:00 2023-12-30T10:01 fair
        """,
    )

    # 2, 4.5, 24, none, none; an answer before the lead is a mistake, the last lead is too young
    assert (found.value, found.n) == (24.0, 5)
    assert groups(found) == {"Web": (13.0, 2), "fair": (4.5, 1)}


def test_lead_response_is_not_known_when_most_have_no_answer(ask):
    found = ask(
        "lead_response_hours", opportunities="created_at first_response_at\n2023-05-01 -\n2023-05-01 2023-05-02"
    )

    assert (found.value, found.n) == (None, 2)
    assert found.reason == "half of the leads or more have no recorded answer"


OPPORTUNITIES = """
created_at closed_at  outcome amount stage     territory lost_reason competitor
2021-05-01 -          open    100    offer     north     -           -
2023-05-01 -          Open    200    Talk      north     -           -
2023-05-01 2024-01-01 won     100    offer     north     -           -
2024-05-01 -          open    999    offer     north     -           -
2023-05-01 -          open    -      offer     north     -           -
2022-12-31 2023-01-10 Won     300    done      North     -           -
2023-01-01 2023-01-31 won     500    done      south     -           -
2022-01-01 2022-12-31 won     900    done      south     -           -
2023-01-01 2023-05-31 lost    500    done      south     Price       Acme
2023-01-01 2023-05-31 LOST    500    done      south     price       -
2023-01-01 2023-12-31 lost    500    done      -         n/a         ACME
2023-01-01 2022-05-31 lost    500    done      -         late        Other
"""


def test_pipeline_coverage_sets_open_deals_against_a_quarter_of_the_target(ask, groups):
    given = ask("pipeline_coverage", {"yearly_sales_target": 800.0}, opportunities=OPPORTUNITIES)
    won = ask("pipeline_coverage", opportunities=OPPORTUNITIES)

    # open on the last day: 100 + 200 + the 100 that were won a day later
    assert (given.value, given.n) == (pytest.approx(2.0), 3)
    assert groups(given) == {"offer": (1.0, 2), "Talk": (1.0, 1)}
    assert won.value == pytest.approx(400 / (800 / 4))


def test_pipeline_coverage_says_what_it_needs(ask):
    found = ask("pipeline_coverage", opportunities="created_at outcome amount\n2023-01-01 open 5")

    assert found.reason == "needs a yearly sales target, or deals won in the last 12 months with their amounts"


def test_sales_cycle_is_over_won_deals(ask, groups):
    found = ask("sales_cycle_days", opportunities=OPPORTUNITIES)

    assert (found.value, found.n) == (20.0, 2)  # 10 and 30 days
    assert groups(found) == {"North": (10.0, 1), "south": (30.0, 1)}


def test_win_rate_is_over_closed_deals(ask, groups):
    found = ask("win_rate", opportunities=OPPORTUNITIES)

    assert (found.value, found.n) == (pytest.approx(0.4), 5)
    assert groups(found) == {"south": (1 / 3, 3), "North": (1.0, 1)}


def test_lost_deals_with_a_named_competitor(ask, groups):
    found = ask("lost_to_competitor_share", opportunities=OPPORTUNITIES)

    assert (found.value, found.n) == (pytest.approx(2 / 3), 3)
    assert groups(found) == {"ACME": (1.0, 2)}


def test_lost_deals_with_a_known_reason(ask, groups):
    found = ask("lost_reason_known_share", opportunities=OPPORTUNITIES)

    assert (found.value, found.n) == (pytest.approx(2 / 3), 3)
    assert groups(found) == {"Price": (1.0, 2)}


def test_contract_compliance_leaves_the_first_year_out(ask):
    found = ask(
        "contract_compliance_share",
        contracts="""
        started_on ended_on committed_amount fulfilled_amount
        2022-01-01 - 100 100
        2023-01-01 - 100 99.5
        2023-01-02 - 100 0
        2020-01-01 2022-12-31 100 0
        2020-01-01 2023-01-01 100 200
        2020-01-01 - 0 5
        2020-01-01 - 100 -
        """,
    )

    assert (found.value, found.n) == (pytest.approx(2 / 3), 3)


def test_won_deal_amount_is_over_deals_with_an_amount(ask):
    found = ask("won_deal_amount", opportunities=OPPORTUNITIES)

    assert (found.value, found.n) == (400.0, 2)  # 300 and 500


def test_contract_yearly_fee_is_over_contracts_running_on_the_last_day(ask):
    found = ask(
        "contract_yearly_fee",
        contracts="""
        started_on ended_on monthly_fee
        2020-01-01 - 10
        2020-01-01 2023-12-31 20
        2020-01-01 2023-12-30 99
        2024-01-01 - 99
        2020-01-01 - -
        """,
    )

    assert (found.value, found.n) == (180.0, 2)
