"""Every figure on operations, information and value on a table small enough to count by hand."""

from __future__ import annotations

import pytest


def test_return_share_counts_an_order_once(ask):
    found = ask(
        "return_share",
        orders="""
        order_id ordered_at net_amount refunds_order_id is_refund
        1 2023-05-01 10 - no
        1 2023-05-01 10 - no
        2 2023-05-01 10 - no
        3 2023-05-01 10 - no
        4 2023-05-01 10 - no
        9 2023-05-02 -10 1 yes
        8 2023-05-03 -10 1 yes
        2 2023-05-03 -5 - yes
        7 2022-05-03 -5 - yes
        """,
    )

    assert (found.value, found.n) == (0.5, 4)  # orders 1 and 2 of 1, 2, 3, 4


def test_more_returns_than_orders_are_not_more_than_all(ask):
    found = ask(
        "return_share", orders="order_id ordered_at net_amount\n1 2023-05-01 5\n2 2023-05-01 -5\n3 2023-05-01 -5"
    )

    assert (found.value, found.n) == (1.0, 1)


def test_orders_without_any_refund_do_not_say_that_nothing_came_back(ask):
    found = ask("return_share", orders="order_id ordered_at net_amount\n1 2023-05-01 5")

    assert (found.value, found.reason) == (None, "the orders hold no refunds or returns")


SHIPMENTS = """
promised_on delivered_on is_correct_item handling_cost
2023-05-01  2023-05-01   yes             -
2023-05-01  2023-05-02   no              12
2023-05-01  -            -               -
2023-06-01  2023-05-31   no              -
2022-12-31  2023-01-01   no              8.5
2024-01-01  -            -               -
2022-05-01  2022-05-01   no              99
"""


def test_wrong_item_share_is_over_checked_deliveries_of_the_year(ask):
    found = ask("wrong_item_share", shipments=SHIPMENTS)

    assert (found.value, found.n) == (0.75, 4)


def test_wrong_item_cost_adds_up_what_is_known(ask):
    found = ask("wrong_item_cost", shipments=SHIPMENTS)

    assert (found.value, found.n) == (20.5, 2)


def test_a_delivery_that_is_still_out_is_late(ask, groups):
    found = ask("on_time_share", shipments=SHIPMENTS)

    assert (found.value, found.n) == (0.5, 4)
    assert groups(found) == {"2023-05": (1 / 3, 3), "2023-06": (1.0, 1)}


CUSTOMERS = """
source customer_id customer_key name email      phone        postcode city    created_by created_at
erp    1           A            Ann  a@b.de     012345678    12345    Ulm     s1         2023-05-01
erp    2           A            Ann  A@b.de     +4912345678  12345    ulm     s1         2022-05-01
crm    3           A            -    -          -            54321    -       s1         2022-05-01
erp    4           B            Bob  bob@nohost 0000000      -        Bonn    s1         2022-05-01
crm    5           C            Eve  n/a        12345        -        Köln    s1         2022-05-01
crm    6           D            Dan  x@y.org    -            1        -       s1         2022-05-01
crm    7           B            Bob  b@nohost.de -           -        -       s1         2022-05-01
"""


def test_valid_contact_data_wants_one_way_that_can_work(ask, groups):
    found = ask("valid_contact_data_share", customers=CUSTOMERS)

    assert (found.value, found.n) == (pytest.approx(4 / 7), 7)  # records 1, 2, 6 and 7
    assert groups(found) == {"email": (4 / 5, 5), "phone": (2 / 4, 4)}


def test_valid_contact_data_with_one_way_only(ask):
    found = ask("valid_contact_data_share", customers="customer_id phone\n1 0123456789\n2 9999999\n3 123\n4 -")

    assert (found.value, found.n) == (0.25, 4)
    assert ask("valid_contact_data_share", customers="customer_id\n1").reason == "needs customers (email or phone)"


def test_completeness_is_over_the_fields_the_client_has(ask, groups):
    found = ask("completeness_share", customers=CUSTOMERS)

    # name 6, email 5 (n/a is nothing), phone 4, postcode 4, city 4 of 7 each
    assert (found.value, found.n) == (pytest.approx(23 / 35), 7)
    assert groups(found)["name"] == (6 / 7, 7)
    assert ask("completeness_share", customers="customer_id\n1").reason.startswith("needs customers (one or more of")


def test_duplicates_are_within_a_system(ask, groups):
    found = ask("duplicate_share", customers=CUSTOMERS)

    assert (found.value, found.n) == (pytest.approx(1 / 7), 7)  # 2 beside 1
    assert groups(found) == {"crm": (0.0, 4), "erp": (1 / 3, 3)}


def test_conflicts_are_not_differences_of_spelling(ask, groups):
    found = ask("conflict_share", customers=CUSTOMERS)

    # A disagrees in postcode, B in e-mail; A's telephone and town are the same, written in two ways
    assert (found.value, found.n) == (1.0, 2)
    assert groups(found) == {"email": (0.5, 2), "phone": (0.0, 1), "postcode": (1.0, 1), "city": (0.0, 1)}


def test_cross_source_match_counts_customers_in_two_systems(ask, groups):
    found = ask(
        "cross_source_match_share", customer_ids="source customer_id customer_key\ncrm 1 A\nerp 2 A\nerp 3 A\nerp 4 B"
    )

    assert (found.value, found.n) == (0.5, 2)
    assert groups(found) == {"erp": (0.5, 2), "crm": (1.0, 1)}


def test_one_system_alone_cannot_be_matched(ask):
    found = ask("cross_source_match_share", customer_ids="source customer_id customer_key\ncrm 1 A\ncrm 2 B")

    assert found.reason == "needs customers from two or more systems"


def test_contributors_are_staff_who_appear_as_authors(ask):
    staff = "staff_id is_client_facing\ns1 yes\ns2 yes\ns3 yes\ns4 no\ns5 yes"
    found = ask(
        "client_facing_contributors_share",
        staff=staff,
        customers=CUSTOMERS,
        interactions="agent_id started_at\ns2 2023-05-01\ns3 2022-05-01\ns4 2023-05-01",
    )

    assert (found.value, found.n) == (0.5, 4)  # s1 made a record, s2 handled a contact, s3 only long ago
    assert ask("client_facing_contributors_share", staff=staff).reason.startswith("needs interactions (agent_id)")


VALUES = "customer_key value alive_probability\n" + "\n".join(f"c{i} {10 * i} 0.5" for i in range(1, 11))


def test_customer_equity_is_the_sum_of_values(ask, groups):
    found = ask("customer_equity", customer_value=VALUES, segments="customer_key segment\nc10 best\nc9 best\nc1 new")

    assert (found.value, found.n) == (550.0, 10)
    assert groups(found) == {"best": (190.0, 2), "new": (10.0, 1)}


def test_mean_customer_value_is_over_all_customers(ask):
    found = ask("mean_customer_value", customer_value=VALUES)

    assert (found.value, found.n) == (55.0, 10)
    assert (found.low, found.high) == (pytest.approx(33.34, abs=0.05), pytest.approx(76.66, abs=0.05))


def test_expected_active_customers_adds_up_chances(ask):
    found = ask("expected_active_customers", customer_value=VALUES)

    assert (found.value, found.n) == (5.0, 10)
    assert (found.low, found.high) == (pytest.approx(5 - 3.099, abs=1e-3), pytest.approx(5 + 3.099, abs=1e-3))


def test_a_value_below_zero_counts_as_nothing(ask):
    found = ask("top10_value_share", customer_value="customer_key value\nA 30\nB 10\nC -20")

    assert (found.value, found.n) == (0.75, 3)


def test_top10_value_share_is_that_of_the_best_tenth(ask):
    found = ask("top10_value_share", customer_value=VALUES)

    assert (found.value, found.n) == (pytest.approx(100 / 550), 10)
