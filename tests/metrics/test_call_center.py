"""Every call-center figure on a table small enough to count by hand; the last day looked at is 31 December 2023."""

from __future__ import annotations

import pytest

from crmplan.metrics.registry import get

ORDERS = """
order_id customer_key ordered_at       net_amount country  channel
1        A            2023-12-22T09:00 10         Germany  web
1        A            2023-12-22T09:00 5          Germany  web
2        -            2023-12-25T09:00 10         germany_ web
3        B            2023-12-31T23:00 10         France   shop
4        B            2023-12-31T23:30 -10        France   shop
5        C            2023-12-31T10:00 10         -        Web
6        C            2024-01-01T00:00 10         France   web
"""


def test_orders_per_day_divides_by_the_days_the_data_cover(ask, groups):
    found = ask("orders_per_day", orders=ORDERS)

    # orders 1, 2, 3, 5 from 22 to 31 December: ten days
    assert (found.value, found.n) == (pytest.approx(0.4), 4)
    assert groups(found) == {"Monday": (0.7, 1), "Friday": (0.7, 1), "Sunday": (1.4, 2)}


def test_unknown_order_share_counts_orders_without_a_customer(ask, groups):
    found = ask("unknown_order_share", orders=ORDERS)

    assert (found.value, found.n) == (0.25, 4)
    assert groups(found) == {"Web": (1 / 3, 3), "shop": (0.0, 1)}


def test_international_orders_are_those_to_another_country(ask, groups):
    found = ask("international_order_share", {"home_country": "GERMANY"}, orders=ORDERS)

    assert (found.value, found.n) == (pytest.approx(1 / 3), 3)
    assert groups(found) == {"Germany": (2 / 3, 2), "France": (1 / 3, 1)}


def test_international_orders_need_the_home_country(ask):
    found = ask("international_order_share", orders=ORDERS)

    assert (found.value, found.n) == (None, 0)
    assert found.reason.startswith("needs the client's own country")


# 25 December 2023 is a Monday.
CONTACTS = """
source interaction_id started_at channel direction topic customer_key wait_seconds duration_seconds \
is_resolved is_reopened revenue parent_id
acd 1 2023-12-25T09:10 call inbound order_status A 10 120 yes no - -
acd 2 2023-12-25T09:50 Call Inbound Order_Status B 20 240 yes yes - -
acd 3 2023-12-25T10:00 call internal other - - 60 - - - 1
acd 4 2023-12-25T10:05 call internal other - - 30 - - - 1
acd 5 2023-12-26T10:00 call inbound product - 30 60 no - 50 -
acd 6 2023-12-27T10:00 call inbound billing C 60 60 no no 0 -
acd 7 2023-12-28T10:00 mail inbound complaint A - - yes - - -
acd 8 2023-12-29T10:00 call outbound product A - - yes - - -
acd 9 2023-12-30T10:00 call inbound - - - - - - - -
crm 1 2023-12-31T10:00 chat inbound product D - - - - - 1
acd 10 2024-01-01T10:00 call inbound product A 99 99 no no 50 2
"""


def test_calls_per_day_counts_inbound_calls_by_hour_of_the_week(ask, groups):
    found = ask("calls_per_day", interactions=CONTACTS)

    # calls 1, 2, 5, 6, 9 from 25 to 31 December
    assert (found.value, found.n) == (pytest.approx(5 / 7), 5)
    assert groups(found) == {
        "Mon 09:00": (2.0, 2), "Tue 10:00": (1.0, 1), "Wed 10:00": (1.0, 1), "Sat 10:00": (1.0, 1)
    }  # fmt: skip


@pytest.mark.parametrize(
    ("metric", "share"), [("product_call_share", 0.25), ("order_status_call_share", 0.5), ("billing_call_share", 0.25)]
)
def test_topics_are_shares_of_the_calls_whose_topic_is_known(ask, groups, metric, share):
    found = ask(metric, interactions=CONTACTS)

    assert (found.value, found.n) == (share, 4)
    assert {name.lower(): value for name, value in groups(found).items()} == {
        "order_status": (0.5, 2), "billing": (0.25, 1), "product": (0.25, 1)
    }  # fmt: skip


def test_revenue_calls_are_those_with_revenue_above_zero(ask):
    found = ask("revenue_call_share", interactions=CONTACTS)

    assert (found.value, found.n) == (0.2, 5)


def test_no_recorded_revenue_is_not_no_revenue(ask):
    found = ask("revenue_call_share", interactions="started_at channel direction revenue\n2023-05-01 call inbound -")

    assert found.reason == "no call has revenue recorded beside it"


def test_internal_calls_belong_to_the_call_of_the_same_system(ask):
    found = ask("internal_calls_per_status_call", interactions=CONTACTS)

    assert (found.value, found.n) == (1.0, 2)  # two for call 1, none for call 2; the chat in "crm" is not internal
    assert found.low == 0


def test_status_answer_includes_the_internal_calls(ask):
    found = ask("status_answer_minutes", interactions=CONTACTS)

    assert (found.value, found.n) == (pytest.approx((210 / 60 + 4) / 2), 2)


def test_status_answer_without_internal_calls_is_the_call_alone(ask):
    text = CONTACTS.replace(" parent_id", " other_id")

    assert ask("status_answer_minutes", interactions=text).value == pytest.approx(3.0)


def test_first_contact_resolution_is_not_reopened(ask):
    found = ask("first_contact_resolution", interactions=CONTACTS)

    assert (found.value, found.n) == (pytest.approx(2 / 5), 5)  # 1 and 7 of 1, 2, 5, 6, 7


def test_reopen_share_is_over_what_had_been_settled(ask):
    found = ask("reopen_share", interactions=CONTACTS)

    assert (found.value, found.n) == (pytest.approx(1 / 3), 3)  # 2 of 1, 2, 7


def test_repeat_contacts_are_by_the_same_customer_about_the_same_topic_within_7_days(ask, groups):
    found = ask(
        "repeat_contact_share",
        interactions="""
        started_at direction topic customer_key
        2023-05-01T10:00 inbound billing A
        2023-05-08T10:00 inbound Billing A
        2023-05-15T10:01 inbound billing A
        2023-05-01T10:00 inbound billing B
        2023-05-02T10:00 inbound product B
        2023-05-03T10:00 outbound billing B
        2023-05-03T10:00 inbound billing -
        2023-12-24T10:00 inbound billing C
        2023-12-31T10:00 inbound billing C
        """,
    )

    # A's first came back after exactly 7 days, C's first too; C's second has not had 7 days
    assert (found.value, found.n) == (pytest.approx(2 / 6), 6)
    assert groups(found) == {"Billing": (2 / 5, 5), "product": (0.0, 1)}


def test_wait_is_the_median_over_inbound_calls(ask, groups):
    found = ask("wait_seconds", interactions=CONTACTS)

    assert (found.value, found.n) == (25.0, 4)  # 10, 20, 30, 60
    assert groups(found) == {"09:00": (15.0, 2), "10:00": (45.0, 2)}


def test_all_hours_of_the_day_are_listed(ask):
    calls = [f"2023-05-01T{hour:02d}:00 call inbound {hour}" for hour in range(24)]
    found = ask("wait_seconds", interactions="started_at channel direction wait_seconds\n" + "\n".join(calls))

    assert found.breakdown["group"].tolist() == [f"{hour:02d}:00" for hour in range(24)]


def test_training_is_the_mean_over_call_center_staff(ask):
    found = ask(
        "training_hours",
        staff="department training_hours\ncall_center 10\nCall_Center 20\ncall_center -\nsales 99\ncall_center -5",
    )

    assert (found.value, found.n) == (15.0, 2)


def test_joined_view_needs_orders_or_a_contract_under_the_callers_key(ask, groups):
    found = ask(
        "joined_view_share",
        interactions=CONTACTS,
        customer_days="customer_key day\nA 2022-05-01\nX 2022-05-01",
        contracts="customer_key\nC\n-",
    )

    # inbound: A, B, nobody, C, A, nobody, D
    assert (found.value, found.n) == (pytest.approx(3 / 7), 7)
    assert groups(found)["mail"] == (1.0, 1)


def test_contacts_matched_are_inbound_contacts_with_a_customer(ask, groups):
    found = ask("contacts_matched_share", interactions=CONTACTS)

    assert (found.value, found.n) == (pytest.approx(5 / 7), 7)
    assert groups(found) == {"Call": (3 / 5, 5), "chat": (1.0, 1), "mail": (1.0, 1)}
    assert get("contacts_matched_share").department == "information"
