"""Every figure on what is on file, on links and on load, on a table small enough to count by hand."""

from __future__ import annotations

import math

import pytest

SYSTEMS = """
system_id serves          link      remaining_life_years
shop      web             Interface 4
erp       accounting      file      7
desk      service         interface 3
phone     service         none      1
mail      selling         -         -
-         delivery        interface 9
"""


def test_linked_systems_share_counts_interfaces_alone(ask, groups):
    found = ask("linked_systems_share", systems=SYSTEMS)

    assert (found.value, found.n, found.low) == (2 / 5, 5, None)  # shop and desk; a row without a name is no system
    assert groups(found) == {
        "web": (1, 1), "accounting": (0, 1), "service": (0.5, 2), "selling": (0, 1),
    }  # fmt: skip


def test_a_system_whose_end_nobody_knows_does_not_last(ask):
    found = ask("lasting_systems_share", systems=SYSTEMS)

    assert (found.value, found.n) == (3 / 5, 5)  # shop 4, erp 7, desk 3 years


def test_an_empty_inventory_is_no_answer(ask):
    found = ask("linked_systems_share", systems="system_id link\n- interface")

    assert (found.value, found.reason) == (None, "the inventory lists no system")


CUSTOMERS = """
source customer_id customer_key first_heard
erp    1           A            -
crm    2           A            Trade_fair
erp    3           B            unknown
erp    4           C            Other
crm    5           D            web
crm    6           -            web
"""


def test_customers_on_file_are_counted_once(ask, groups):
    found = ask("customers_on_file", customers=CUSTOMERS)

    assert (found.value, found.n) == (4, 4)
    assert groups(found) == {"erp": (3, 3), "crm": (2, 2)}


def test_one_record_that_tells_the_source_is_enough(ask):
    found = ask("first_heard_known_share", customers=CUSTOMERS)

    assert (found.value, found.n) == (0.5, 4)  # A and D; B is unknown, "other" tells nothing


def test_product_known_share_wants_both_customer_and_category(ask, groups):
    found = ask(
        "product_known_share",
        products="product_id category\np1 Food\np2 -\np3 n/a",
        orders="""
        source order_id ordered_at net_amount customer_key product_id
        erp    1        2023-05-01 10         A            p1
        erp    1        2023-05-01 10         A            p2
        erp    2        2023-05-01 10         -            p1
        web    3        2023-05-01 10         B            p1
        web    4        2023-05-01 10         B            p3
        web    5        2023-05-01 10         B            p9
        web    6        2023-05-01 -10        B            p1
        web    7        2022-05-01 10         B            p1
        """,
    )

    assert (found.value, found.n) == (2 / 6, 6)
    assert groups(found) == {"erp": (1 / 3, 3), "web": (1 / 3, 3)}


def test_campaign_lead_known_share_is_over_the_leads_of_the_year(ask, groups):
    found = ask(
        "campaign_lead_known_share",
        opportunities="""
        opportunity_id created_at campaign_id outcome
        1              2023-02-01 K1          won
        2              2023-02-01 -           won
        3              2023-02-01 K2          lost
        4              2023-02-01 -           open
        5              2022-02-01 K1          won
        """,
    )

    assert (found.value, found.n) == (0.5, 4)
    assert groups(found) == {"won": (0.5, 2), "lost": (1.0, 1), "open": (0.0, 1)}


def calls(*rows: tuple[str, float]) -> str:
    return "started_at channel direction wait_seconds\n" + "\n".join(f"{at} call inbound {wait}" for at, wait in rows)


def test_peak_wait_ratio_sets_the_busiest_half_against_the_rest(ask):
    # Monday at nine holds three of five calls; 2023-05-01 and 2023-05-08 are Mondays.
    found = ask(
        "peak_wait_ratio",
        interactions=calls(
            ("2023-05-01T09:00", 60), ("2023-05-08T09:10", 90), ("2023-05-01T09:59", 90),
            ("2023-05-01T15:00", 30), ("2023-05-02T09:00", 10),
        ),
    )  # fmt: skip

    assert found.value == pytest.approx(80 / 20)
    assert found.n == 5
    # Standard errors of the means: busy sqrt(300 / 3) = 10, others sqrt(200 / 2) = 10.
    spread = 1.959964 * math.sqrt((10 / 80) ** 2 + (10 / 20) ** 2)
    assert found.low == pytest.approx(4 * math.exp(-spread), rel=1e-6)
    assert found.high == pytest.approx(4 * math.exp(spread), rel=1e-6)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([("2023-05-01T09:00", 60), ("2023-05-08T09:10", 90)], "needs calls in more than one hour of the week"),
        ([("2023-05-01T09:00", 60), ("2023-05-08T11:10", 0)], "nobody waited"),
        ([("2023-05-01T09:00", -5)], ""),
    ],
)
def test_without_two_kinds_of_hours_there_is_no_ratio(ask, rows, reason):
    found = ask("peak_wait_ratio", interactions=calls(*rows))

    assert found.value is None
    assert found.reason.startswith(reason)
