"""The quality of all that came, and what keeping systems in step costs, by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from crmplan.metrics.registry import Estimate

Ask = Callable[..., Estimate]
Groups = Callable[[Estimate], dict[str, tuple[float, int]]]
COUNTED = """
source table     n_cells n_filled n_given n_invalid n_received n_twice n_references n_dangling days_old
crm    customers 100     60       60      6         50         10      0            0          -
shop   orders    300     300      300     0         100        0       80           8          3
crm    orders    100     80       90      9         50         0       20           0          45
"""


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("data_complete_share", (440 / 500, 500, {"crm": (140 / 200, 200), "shop": (1.0, 300)})),
        ("data_valid_share", (435 / 450, 450, {"crm": (135 / 150, 150), "shop": (1.0, 300)})),
        ("data_unique_share", (190 / 200, 200, {"crm": (90 / 100, 100), "shop": (1.0, 100)})),
        ("data_linked_share", (92 / 100, 100, {"crm": (1.0, 20), "shop": (72 / 80, 80)})),
        ("data_age_days", (45.0, 2, {"crm": (45.0, 1), "shop": (3.0, 1)})),
    ],
)
def test_each_share_is_over_all_that_was_counted(
    ask: Ask, groups: Groups, metric: str, expected: tuple[float, int, dict[str, tuple[float, int]]]
) -> None:
    value, n, by_system = expected
    found = ask(metric, quality=COUNTED)

    assert found.value == pytest.approx(value)
    assert found.n == n
    assert groups(found) == by_system
    # All that came was counted: nothing is estimated.
    assert (found.low, found.high) == (None, None)


def test_no_reference_is_too_few(ask: Ask) -> None:
    none = """
    source table     n_cells n_filled n_given n_invalid n_received n_twice n_references n_dangling days_old
    crm    customers 100     60       60      6         50         10      0            0          -
    """

    assert ask("data_linked_share", quality=none).value is None
    assert "with dates" in ask("data_age_days", quality=none).reason


RECORDS = """
source customer_id customer_key updated_at
shop   1           C1           2023-06-01
crm    2           C1           2023-01-01
desk   3           C1           2022-12-31
shop   4           C2           2024-01-01
crm    5           C2           2023-12-31
shop   6           C3           2023-06-01
crm    7           -            2023-06-01
"""


def test_a_change_is_carried_to_every_other_system_that_knows_the_customer(ask: Ask, groups: Groups) -> None:
    found = ask("carried_changes", customers=RECORDS)

    # C1 was changed twice and is in two more systems each; C2 once, on the last day that counts.
    assert (found.value, found.n) == (5.0, 5)
    assert groups(found) == {"crm": (3.0, 2), "shop": (2.0, 1)}


def test_the_work_is_priced_at_the_minutes_and_the_day_rate_that_were_agreed(ask: Ask, groups: Groups) -> None:
    found = ask("upkeep_cost", {"minutes_per_record_change": 6.0, "day_rate": 800.0}, customers=RECORDS)

    assert found.value == pytest.approx(5 * 6 / 60 / 8 * 800)
    assert groups(found) == {"crm": (30.0, 2), "shop": (20.0, 1)}


def test_what_is_missing_is_said(ask: Ask) -> None:
    apart = "source customer_id customer_key updated_at\nshop 6 C3 2023-06-01"
    undated = "source customer_id customer_key updated_at\nshop 1 C1 -\ncrm 2 C1 -\ndesk 3 C1 2023-06-01"

    assert "more than one system" in ask("carried_changes", customers=apart).reason
    assert "updated_at" in ask("upkeep_cost", customers=undated).reason
