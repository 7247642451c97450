"""Customers belong to the households and firms that the data name, firms to their parents; contradictions are told."""

from __future__ import annotations

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from crmplan.customers.hierarchy import Hierarchy, build_hierarchy, top_groups, totals_by_group

Row = tuple[str, str, str, str, str | None, str | None]


def _records(*rows: Row) -> pd.DataFrame:
    """Return records of ``source``, ``customer_id``, ``customer_key``, ``kind``, ``household_id``, ``firm``."""
    columns = ["source", "customer_id", "customer_key", "kind", "household_id", "firm"]
    return pd.DataFrame(rows, columns=columns).astype("str")


def _belongs(found: Hierarchy) -> dict[str, str]:
    return dict(zip(found.members["customer_key"] + " " + found.members["level"], found.members["group"], strict=True))


def test_people_of_one_household_number_are_one_household() -> None:
    found = build_hierarchy(
        _records(
            ("crm", "1", "C1", "person", "7", None),
            ("crm", "2", "C2", "person", "7", None),
            ("crm", "3", "C3", "person", "8", None),
            ("crm", "4", "C4", "person", None, None),
        )
    )

    assert _belongs(found) == {"C1 household": "H00001", "C2 household": "H00001", "C3 household": "H00002"}
    assert found.groups["n_customers"].tolist() == [2, 1]
    assert found.conflicts.empty
    assert found.members[["source", "customer_id", "column"]].iloc[0].tolist() == ["crm", "1", "household_id"]


def test_a_household_may_bear_the_number_of_the_customer_who_heads_it() -> None:
    rows = (("crm", "1", "C1", "person", None, None), ("crm", "2", "C2", "person", "1", None))

    assert _belongs(build_hierarchy(_records(*rows))) == {"C1 household": "H00001", "C2 household": "H00001"}


def test_numbers_of_two_systems_are_one_household_where_they_share_a_customer() -> None:
    found = build_hierarchy(
        _records(
            ("crm", "1", "C1", "person", "7", None),
            ("crm", "2", "C2", "person", "7", None),
            ("shop", "a", "C2", "person", "x9", None),
            ("shop", "b", "C3", "person", "x9", None),
        )
    )

    assert set(_belongs(found).values()) == {"H00001"}
    assert found.conflicts.empty


def test_a_customer_in_two_households_of_one_system_is_told_and_stays_in_that_of_the_record_changed_last() -> None:
    rows = _records(
        ("crm", "1", "C1", "person", "7", None),
        ("crm", "2", "C1", "person", "8", None),
        ("crm", "3", "C2", "person", "7", None),
    )
    rows["updated_at"] = pd.to_datetime(["2023-01-01", "2024-01-01", "2024-01-01"])
    found = build_hierarchy(rows)

    assert _belongs(found)["C1 household"] != _belongs(found)["C2 household"]
    assert found.conflicts.to_numpy().tolist() == [["C1", "household", 2, "crm", "several"]]


def test_those_who_buy_for_a_firm_belong_to_it_by_number_and_by_name() -> None:
    rows = _records(
        ("crm", "1", "C1", "firm", None, None),
        ("crm", "2", "C2", "person", "1", None),
        ("desk", "9", "C3", "person", None, "ACME limited"),
        ("desk", "8", "C4", "person", None, "Nord AG"),
        ("desk", "7", "C5", "person", None, "Nord AG"),
    ).assign(name=["Acme Ltd", "Ann Lee", "Ben Hart", "Cy Frost", "Di Wood"])
    found = build_hierarchy(rows)

    assert _belongs(found) == {
        "C1 firm": "F00001", "C2 firm": "F00001", "C3 firm": "F00001", "C4 firm": "F00002", "C5 firm": "F00002",
    }  # fmt: skip
    assert found.groups["customer_key"].fillna("–").tolist() == ["C1", "–"]
    assert found.members["column"].tolist() == ["kind", "household_id", "firm", "firm", "firm"]


def test_a_name_that_two_firms_bear_places_nobody_and_is_told() -> None:
    rows = _records(
        ("crm", "1", "C1", "firm", None, None),
        ("crm", "2", "C2", "firm", None, None),
        ("desk", "9", "C3", "person", None, "Acme"),
    ).assign(name=["Acme Ltd", "Acme Inc", "Ben Hart"])
    found = build_hierarchy(rows)

    assert found.members.empty
    assert found.conflicts.to_numpy().tolist() == [["C3", "firm", 2, "desk", "several firms of that name"]]


def _concern() -> pd.DataFrame:
    return _records(
        ("crm", "1", "C1", "firm", None, None),
        ("crm", "2", "C2", "firm", "1", None),
        ("crm", "3", "C3", "firm", "2", None),
        ("crm", "4", "C4", "person", "3", None),
        ("crm", "5", "C5", "firm", "99", None),
    ).assign(name=["Acme", "Acme North", "Acme Kiel", "Ann Lee", "Nord"])


def test_firms_stand_under_their_parents_up_to_the_top_whether_or_not_that_is_a_customer() -> None:
    found = build_hierarchy(_concern())
    own = dict(zip(found.groups["customer_key"], found.groups["group"], strict=True))
    top = top_groups(found)

    assert top[own["C3"]] == top[own["C2"]] == own["C1"]
    assert found.groups.set_index("group").loc[top[own["C5"]], "n_customers"] == 0


def test_amounts_add_up_over_the_whole_concern_and_each_customer_counts_once() -> None:
    amounts = pd.Series({"C1": 10.0, "C3": 20.0, "C4": 5.0, "C5": 1.0, "C9": 99.0})
    totals = totals_by_group(build_hierarchy(_concern()), amounts)

    assert totals[["n_customers", "n_groups", "amount"]].to_numpy().tolist() == [[4, 3, 35.0], [1, 2, 1.0]]


def test_firms_that_are_their_own_parents_over_a_corner_have_none_and_are_told() -> None:
    rows = _records(
        ("crm", "1", "C1", "firm", "2", None),
        ("crm", "2", "C2", "firm", "1", None),
        ("crm", "3", "C3", "firm", "3", None),
    ).assign(name=["Acme", "Nord", "Kiel"])
    found = build_hierarchy(rows)

    assert found.groups.empty
    assert found.conflicts[["customer_key", "level", "reason"]].to_numpy().tolist() == [
        ["C1", "parent", "circle"], ["C2", "parent", "circle"],
    ]  # fmt: skip


def test_each_circle_is_told_with_the_firms_on_it_alone() -> None:
    over = {"1": "2", "2": "1", "3": "4", "4": "5", "5": "3", "6": "1"}
    rows = _records(*(("crm", child, f"C{child}", "firm", parent, None) for child, parent in over.items()))
    found = build_hierarchy(rows.assign(name=rows["customer_key"] + " Ltd"))

    assert found.conflicts[["customer_key", "n_groups"]].to_numpy().tolist() == [
        ["C1", 2], ["C2", 2], ["C3", 3], ["C4", 3], ["C5", 3],
    ]  # fmt: skip
    assert found.groups["customer_key"].tolist() == ["C1", "C6"]


def test_without_numbers_and_firms_the_result_says_what_is_needed() -> None:
    found = build_hierarchy(_records(("crm", "1", "C1", "person", None, None)))

    assert found.unavailable == "needs `household_id` or `firm` in `customers`"
    assert totals_by_group(found, pd.Series({"C1": 1.0})).empty


RECORD = st.tuples(
    st.sampled_from(["a", "b"]), st.sampled_from(["1", "2", "3", "4"]), st.sampled_from(["C1", "C2", "C3"]),
    st.sampled_from(["person", "firm"]), st.sampled_from([None, "1", "2", "9"]), st.sampled_from([None, "Acme"]),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(RECORD, max_size=8, unique_by=lambda row: row[:2]), st.randoms(use_true_random=False))
def test_everybody_is_in_one_group_a_level_whatever_the_order_of_rows(rows: list[Row], chance: object) -> None:
    records = _records(*rows).assign(name=lambda frame: frame["customer_key"] + " Ltd")
    place = list(range(len(rows)))
    chance.shuffle(place)  # type: ignore[attr-defined]
    one, other = build_hierarchy(records), build_hierarchy(records.iloc[place])

    assert not one.members.duplicated(["customer_key", "level"]).any()
    assert set(one.members["group"]) <= set(one.groups["group"])
    assert one.groups["n_customers"].sum() == len(one.members)
    assert set(top_groups(one)) <= set(one.groups["group"])
    pd.testing.assert_frame_equal(one.members, other.members)
    pd.testing.assert_frame_equal(one.groups, other.groups)
    pd.testing.assert_frame_equal(one.conflicts, other.conflicts)
