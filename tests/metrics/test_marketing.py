"""Every marketing figure on a table small enough to count by hand; the last day looked at is 31 December 2023."""

from __future__ import annotations

import pytest

# A bought twice in 2022 and three times in 2023, B stopped, C bought less, D and E are new, Z is from long ago.
DAYS = """
customer_key day        n_orders net_amount profit
Z            2021-05-01 1        10         1
A            2022-01-03 1        100        20
A            2022-06-01 1        100        20
B            2022-03-01 2        50         5
C            2022-12-31 1        80         8
A            2023-01-01 1        100        20
A            2023-04-01 2        110        30
A            2023-12-31 1        90         10
C            2023-07-01 1        40         -4
D            2023-02-01 1        60         6
D            2023-03-01 1        40         4
E            2023-11-01 1        20         -
E            2024-01-01 1        999        999
"""


def test_purchase_frequency_counts_orders_not_days(ask, groups):
    found = ask("purchase_frequency", customer_days=DAYS, segments="customer_key segment\nA best\nC Best\nD new\nE -")

    # A 4, C 1, D 2, E 1: 8 orders of 4 customers
    assert (found.value, found.n) == (2.0, 4)
    assert groups(found) == {"Best": (2.5, 2), "new": (2.0, 1)}


def test_repeat_share_counts_customers_with_two_buying_days(ask):
    found = ask("repeat_share", customer_days=DAYS)

    assert (found.value, found.n) == (0.5, 4)  # A and D of A, C, D, E
    assert (found.low, found.high) == (pytest.approx(0.1500, abs=1e-4), pytest.approx(0.8500, abs=1e-4))


def test_a_year_that_the_data_do_not_cover_is_not_called_a_year(ask):
    found = ask("repeat_share", customer_days="customer_key day net_amount\nA 2023-02-02 5\nA 2023-03-01 5")

    assert (found.value, found.n) == (None, 0)
    assert found.reason == "needs data since 1 January 2023; they begin on 2 February 2023"


def test_second_purchase_share_waits_until_each_has_had_180_days(ask, groups):
    days = """
    customer_key day
    Z            2021-01-01
    A            2022-08-01
    A            2023-01-28
    B            2022-09-01
    B            2023-03-01
    C            2023-07-04
    C            2023-12-31
    D            2023-07-05
    D            2023-07-06
    E            2023-05-01
    """
    found = ask("second_purchase_share", customer_days=days)

    # A after 180 days, B after 181, C after 180, E never; D's first purchase is too young, Z's too old
    assert (found.value, found.n) == (0.5, 4)
    assert groups(found) == {"2022-08": (1.0, 1), "2022-09": (0.0, 1), "2023-05": (0.0, 1), "2023-07": (1.0, 1)}


def test_contact_after_first_share_counts_outbound_contacts_and_campaigns(ask):
    found = ask(
        "contact_after_first_share",
        customer_days="""
        customer_key day
        Z 2021-01-01
        A 2023-03-01
        B 2023-03-01
        C 2023-03-01
        D 2023-03-01
        E 2023-12-15
        """,
        interactions="""
        customer_key started_at direction
        Z 2022-01-01 inbound
        A 2023-03-31T09:00 Outbound
        B 2023-03-05 inbound
        C 2023-04-01 outbound
        """,
        touches="customer_key touched_at campaign_id\nD 2023-03-02 K",
    )

    # A after 30 days and D by a campaign; B called himself, C after 31 days; E has not had 30 days yet
    assert (found.value, found.n) == (0.5, 4)


def test_nobody_counts_as_left_alone_before_contacts_were_recorded(ask):
    found = ask(
        "contact_after_first_share",
        customer_days="customer_key day\nZ 2021-01-01\nA 2023-03-01\nB 2023-06-01",
        interactions="customer_key started_at direction\nB 2023-05-01 inbound\nB 2023-06-02 outbound",
    )

    assert (found.value, found.n) == (1.0, 1)


def test_cross_channel_share_compares_channels_without_regard_to_capitals(ask, groups):
    found = ask(
        "cross_channel_share",
        orders="""
        order_id customer_key ordered_at net_amount channel
        0 Z 2022-06-01 5 web
        1 A 2023-01-05 5 Web
        2 A 2023-01-06 5 web
        3 B 2023-01-05 5 shop
        4 B 2023-01-06 5 web
        5 C 2023-01-06 5 n/a
        6 - 2023-01-06 5 shop
        7 A 2023-01-07 -5 shop
        """,
    )

    assert (found.value, found.n) == (0.5, 2)
    assert groups(found) == {"Web": (1.0, 2), "shop": (0.5, 1)}


PRODUCTS = "product_id category\np Food\nq food\nr Wine\ns Tools\nt -"


def test_single_category_share_leaves_out_products_without_category(ask, groups):
    found = ask(
        "single_category_share",
        products=PRODUCTS,
        orders="""
        order_id customer_key ordered_at net_amount product_id
        0 Z 2022-12-01 5 p
        1 A 2023-02-01 5 p
        2 A 2023-02-02 5 q
        3 A 2023-02-02 5 t
        4 B 2023-02-02 5 p
        5 B 2023-02-02 5 r
        6 C 2023-02-02 5 r
        7 D 2023-02-02 5 t
        """,
    )

    assert (found.value, found.n) == (pytest.approx(2 / 3), 3)  # A and C of A, B, C
    assert groups(found) == {"Food": (0.5, 2), "Wine": (0.5, 2)}


def test_white_space_share_asks_what_most_buyers_of_the_main_category_buy(ask, groups):
    # Ten customers with food as their main category, of whom six also buy wine and one buys tools.
    lines = [f"{i} C{i} 2023-05-01 10 p" for i in range(10)]
    lines += [f"1{i} C{i} 2023-05-01 4 r" for i in range(6)] + ["30 C0 2023-05-01 2 s"]
    found = ask(
        "white_space_share",
        products=PRODUCTS,
        orders="order_id customer_key ordered_at net_amount product_id\n" + "\n".join(lines),
    )

    assert (found.value, found.n) == (0.4, 10)
    assert groups(found) == {"Wine": (0.4, 10)}


def test_white_space_says_so_when_nothing_is_bought_by_most(ask):
    found = ask(
        "white_space_share",
        products=PRODUCTS,
        orders="order_id customer_key ordered_at net_amount product_id\n0 A 2023-05-01 1 p\n1 A 2023-05-01 1 r",
    )

    assert (found.value, found.n) == (None, 1)
    assert found.reason == "no category is bought by most buyers of another one"


def test_new_customers_are_those_whose_first_purchase_lies_in_the_year(ask, groups):
    found = ask("new_customers", customer_days=DAYS)

    assert (found.value, found.n) == (2.0, 2)  # D and E
    assert groups(found) == {"2023-02": (1.0, 1), "2023-11": (1.0, 1)}


def test_new_customers_are_listed_by_what_they_first_heard_where_that_is_known(ask, groups):
    found = ask("new_customers", customer_days=DAYS, golden="customer_key first_heard\nD Radio\nE -\nA Web")

    assert groups(found) == {"Radio": (1.0, 1)}


def test_old_customers_do_not_count_as_new_where_the_data_begin_late(ask):
    found = ask("new_customers", customer_days="customer_key day\nA 2022-08-06\nB 2023-05-01")

    assert found.value is None
    assert found.reason == "needs data since 5 July 2022; they begin on 6 August 2022"


ORDERS = """
order_id customer_key ordered_at net_amount cost channel status
1 A 2022-01-01 100 60 web completed
2 B 2022-06-15 100 60 web completed
3 A 2023-01-01T08:00 150 90 web completed
3 A 2023-01-01T08:00 30 20 web completed
4 B 2023-06-15 100 130 shop completed
5 A 2023-07-01 -30 -20 web completed
6 C 2023-08-01 500 10 web Cancelled
7 - 2023-12-31T23:59 50 - shop open
8 A 2024-01-01 900 1 web open
"""


def test_revenue_growth_takes_off_refunds_and_leaves_out_cancelled_orders(ask, groups):
    found = ask("revenue_growth_share", orders=ORDERS)

    # 150 + 30 + 100 - 30 + 50 = 300 against 200; orders 3, 4 and 7
    assert (found.value, found.n) == (pytest.approx(0.5), 3)
    assert groups(found) == {"2023-01": (0.8, 1), "2023-06": (0.0, 1)}


def test_growth_needs_the_whole_year_before(ask):
    found = ask("revenue_growth_share", orders="order_id ordered_at net_amount\n1 2022-02-02 5\n2 2023-02-01 5")

    assert found.reason == "needs data since 1 January 2022; they begin on 2 February 2022"


SEGMENTS = "customer_key segment previous_segment revenue_12m revenue_previous_12m\n" + "\n".join(
    [f"a{i} Regulars Regulars 30 10" for i in range(20)]
    + [f"b{i} Lost_regulars Regulars 0 20" for i in range(10)]
    + [f"c{i} new new 1 2" for i in range(15)]
    + [f"d{i} new - 2 -" for i in range(5)]
    + [f"e{i} Regulars new 10 2" for i in range(5)]
    + [f"f{i} rare rare 9 1" for i in range(19)]
    + [f"g{i} Lost_regulars Lost_regulars 9 1" for i in range(20)]
)


def test_segment_growth_compares_the_revenue_of_a_segment_with_that_of_a_year_ago(ask, groups):
    fastest = ask("fastest_segment_growth", segments=SEGMENTS, customer_days="customer_key day\nZ 2021-01-01")
    slowest = ask("slowest_segment_growth", segments=SEGMENTS, customer_days="customer_key day\nZ 2021-01-01")

    # Regulars 20 * 30 + 5 * 10 = 650 from 20 * 10 + 10 * 20 = 400; new 15 + 5 * 2 = 25 from 20 * 2 = 40;
    # rare had 19 customers; lost regulars stay lost, whatever they bring
    assert (fastest.value, slowest.value) == (pytest.approx(0.625), pytest.approx(-0.375))
    assert fastest.n == slowest.n == 64
    assert list(groups(fastest)) == ["Regulars", "new"]
    assert groups(slowest) == {"new": (-0.375, 20), "Regulars": (0.625, 25)}


def test_segments_without_a_year_before_have_no_growth(ask):
    found = ask(
        "fastest_segment_growth",
        segments="customer_key segment previous_segment revenue_12m revenue_previous_12m\nA new - 5 -",
        customer_days="customer_key day\nZ 2021-01-01",
    )

    assert found.reason == "no segment had revenue and 20 customers a year ago"


@pytest.mark.parametrize(
    ("metric", "reason"),
    [
        ("cross_channel_share", "the orders know one channel only"),
        ("single_category_share", "the products know one category only"),
    ],
)
def test_where_there_is_one_only_nobody_can_use_two(ask, metric, reason):
    found = ask(
        metric,
        products=PRODUCTS,
        orders="order_id customer_key ordered_at net_amount channel product_id\n"
        "0 Z 2022-06-01 5 web p\n1 A 2023-05-01 5 web p\n2 B 2023-05-01 5 Web q",
    )

    assert (found.value, found.reason) == (None, reason)


def test_top20_revenue_share_takes_the_best_fifth_rounded_up(ask, groups):
    days = "customer_key day net_amount\n" + "\n".join(f"c{i} 2023-05-01 {i}" for i in range(1, 11))
    found = ask("top20_revenue_share", customer_days=days)

    assert (found.value, found.n) == (pytest.approx(19 / 55), 10)  # 10 + 9 of 55
    assert groups(found)["1"] == (10 / 55, 1)
    assert sum(value.expected for value, _ in groups(found).values()) == pytest.approx(1)


def test_unprofitable_share_leaves_out_customers_without_known_cost(ask):
    found = ask("unprofitable_share", customer_days=DAYS)

    assert (found.value, found.n) == (pytest.approx(1 / 3), 3)  # C of A, C, D


def test_margin_share_is_over_lines_with_a_cost(ask, groups):
    found = ask("margin_share", orders=ORDERS, segments="customer_key segment\nA best\nB lost")

    # 150 + 30 + 100 - 30 = 250 revenue, 90 + 20 + 130 - 20 = 220 cost; orders 3, 4 and 5
    assert (found.value, found.n) == (pytest.approx(30 / 250), 3)
    assert groups(found) == {"best": (60 / 150, 2), "lost": (-0.3, 1)}


def test_average_order_value_adds_up_the_lines_of_an_order(ask, groups):
    found = ask("average_order_value", orders=ORDERS)

    assert (found.value, found.n) == (pytest.approx(110), 3)  # 180, 100, 50
    assert groups(found) == {"shop": (75, 2), "web": (180, 1)}


def test_revenue_per_customer_is_the_mean_over_active_customers(ask):
    found = ask("revenue_per_customer", customer_days=DAYS)

    assert (found.value, found.n) == (pytest.approx((300 + 40 + 100 + 20) / 4), 4)
    assert found.low < 115 < found.high


def test_inactive_and_retained_customers_add_up_to_all(ask, groups):
    days = DAYS.replace("2021-05-01", "2022-01-01")
    lost, kept = (ask(name, customer_days=days) for name in ("inactive_share", "retention_share"))

    # Z, A, B, C bought in 2022; A and C came back in 2023
    assert (lost.value, lost.n) == (0.5, 4)
    assert (kept.value, kept.n) == (0.5, 4)
    assert groups(lost) == {"1 buying day in the year before": (2 / 3, 3), "2 buying days": (0.0, 1)}


@pytest.mark.parametrize("metric", ["inactive_share", "retention_share", "upward_migration_share", "falling_revenue"])
def test_two_years_are_needed_to_say_who_was_lost(ask, metric):
    days = "customer_key day net_amount\nA 2022-02-02 5\nB 2023-06-01 9"
    found = ask(metric, customer_days=days)

    assert (found.value, found.n) == (None, 0)
    assert found.reason == "needs data since 1 January 2022; they begin on 2 February 2022"


CONTRACTS = """
contract_id customer_key started_on ended_on cancel_reason
1 A 2020-01-01 - -
2 B 2022-06-01 2023-06-30 Price
3 C 2021-01-01 2023-03-31 unknown
4 C 2023-04-01 - -
5 D 2022-12-31 2023-12-31 price
6 E 2023-01-01 2023-02-01 Moved
7 F 2019-01-01 2022-12-31 Moved
8 G 2018-01-01 2023-01-01 -
9 - 2018-01-01 2023-05-01 -
"""


def test_contract_churn_does_not_count_a_renewal_nor_somebody_who_came_and_went(ask, groups):
    found = ask("contract_churn_share", contracts=CONTRACTS)

    # running on 1 January: A, B, C, D, G; B and G are gone, C renewed, D's last day is the day looked at
    assert (found.value, found.n) == (pytest.approx(2 / 5), 5)
    assert groups(found) == {"under 1 year": (0.5, 2), "1 to 3 years": (0.0, 1), "over 3 years": (0.5, 2)}


def test_cancel_reason_known_share_does_not_take_unknown_for_a_reason(ask, groups):
    found = ask("cancel_reason_known_share", contracts=CONTRACTS)

    # ended in 2023: 2, 3, 5, 6, 8, 9; known: 2, 5, 6
    assert (found.value, found.n) == (0.5, 6)
    assert groups(found) == {"Price": (2 / 3, 2), "Moved": (1 / 3, 1)}


def test_upward_migration_keeps_the_amounts_between_tiers_fixed(ask, groups):
    # In 2023 the cuts are 90 (2nd of 10) and 60 (5th of 10).
    now = [f"c{i} 2023-05-01 {10 * i}" for i in range(1, 11)]
    before = ["c10 2022-01-01 95", "c9 2022-05-01 70", "c6 2022-05-01 65", "c7 2022-05-01 20", "z 2022-05-01 50"]
    found = ask("upward_migration_share", customer_days="customer_key day net_amount\n" + "\n".join(now + before))

    # c9 from middle to top, c7 from small to middle; c10 and c6 stay, z is gone
    assert (found.value, found.n) == (pytest.approx(0.4), 5)
    assert groups(found) == {"middle": (0.5, 2), "small": (0.5, 2), "top": (0.0, 1)}


def test_movable_middle_is_close_to_the_top(ask):
    days = "customer_key day net_amount\n" + "\n".join(f"c{i} 2023-05-01 {10 * i}" for i in range(1, 11))
    found = ask("movable_middle_share", customer_days=days)

    # middle: 60, 70, 80; at least 70 % of 90 = 63
    assert (found.value, found.n) == (pytest.approx(2 / 3), 3)


CAMPAIGNS = "campaign_id name started_on cost\nK Spring 2023-03-01 300\nL - 2023-04-01 -\nM Old 2022-03-01 900"


def test_campaign_response_share_names_the_campaigns(ask, groups):
    found = ask(
        "campaign_response_share",
        campaigns=CAMPAIGNS,
        touches="""
        campaign_id touched_at is_response
        K 2023-03-02 yes
        K 2023-03-02 no
        L 2023-04-02 no
        L 2023-04-02 -
        K 2022-03-02 yes
        """,
    )

    assert (found.value, found.n) == (pytest.approx(1 / 3), 3)
    assert groups(found) == {"Spring": (0.5, 2), "L": (0.0, 1)}


def test_acquisition_cost_divides_by_new_customers(ask):
    found = ask("acquisition_cost", campaigns=CAMPAIGNS, customer_days=DAYS)

    assert (found.value, found.n) == (150.0, 2)  # 300 for D and E


def test_acquisition_cost_without_costs_is_not_nothing(ask):
    found = ask("acquisition_cost", campaigns="campaign_id started_on cost\nK 2023-03-01 -", customer_days=DAYS)

    assert found.reason == "no campaign with a known cost began in the last 12 months"


def test_campaign_leads_that_are_young_or_won_are_not_dropped(ask, groups):
    found = ask(
        "campaign_lead_no_followup_share",
        campaigns=CAMPAIGNS,
        opportunities="""
        campaign_id created_at first_response_at outcome
        K 2023-05-01 2023-05-31 open
        K 2023-05-01 2023-06-01 lost
        K 2023-05-01 - open
        L 2023-05-01 - Won
        L 2023-12-02 - open
        - 2023-05-01 - open
        """,
    )

    # 3 answered in time or won; the fourth of K after 31 days and the open one without an answer were dropped
    assert (found.value, found.n) == (0.5, 4)
    assert groups(found) == {"Spring": (2 / 3, 3), "L": (0.0, 1)}


SURVEYS = """
answered_at kind score reason
2023-01-05 Satisfaction 5 Price
2023-01-06 satisfaction 2 -
2023-02-05 satisfaction 3 price
2023-02-05 satisfaction 9 Late
2023-03-05 recommend 10 none
2023-03-05 recommend 9 -
2023-03-05 recommend 7 -
2023-03-05 recommend 0 -
2022-03-05 recommend 0 Late
"""


def test_satisfaction_mean_leaves_out_what_is_not_on_the_scale(ask, groups):
    found = ask("satisfaction_mean", surveys=SURVEYS)

    assert (found.value, found.n) == (pytest.approx(10 / 3), 3)
    assert groups(found) == {"2023-01": (3.5, 2), "2023-02": (3.0, 1)}


def test_promoter_score_takes_detractors_from_promoters(ask):
    found = ask("promoter_score", surveys=SURVEYS)

    # two promoters and one detractor of four: 25; variance 0.75 - 0.0625, half-width 1.96 * sqrt(0.6875 / 4)
    assert (found.value, found.n) == (pytest.approx(25), 4)
    assert (found.low, found.high) == (pytest.approx(25 - 81.256, abs=0.01), 100)


def test_survey_reason_share_counts_reasons_that_say_something(ask, groups):
    found = ask("survey_reason_share", surveys=SURVEYS)

    assert (found.value, found.n) == (pytest.approx(3 / 8), 8)
    assert groups(found) == {"Price": (2 / 3, 2), "Late": (1 / 3, 1)}
