from __future__ import annotations

import math

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from crmplan.assessment.integration import KINDS, integration_map

SYSTEMS = pd.DataFrame(
    [
        ("shop", "Shop", "E_commerce", "marketing", "hosted", 4, "Interface", 15, "high"),
        ("erp", "Accounts", "accounting", "finance", "own", 7, "file", 30, "high"),
        ("dispatch", "Dispatch", "delivery", "operations", "own", 7, "file", 10, "low"),
        ("desk", "Desk", "service", "service", "hosted", 3, "none", 12, "medium"),
        ("phone", "Telephone", "service", "service", "own", 1, "none", 35, "high"),
        ("crm", "Sales list", "sales_marketing", "sales", "sheet", None, "file", 5, "high"),
        ("old", None, "archive", "", "", 9, "pigeon", None, "soon"),
    ],
    columns=["system_id", "name", "serves", "owner", "technology", "remaining_life_years", "link", "link_effort_days",
             "urgency"],
)  # fmt: skip


def test_systems_are_linked_by_urgency_then_by_effort() -> None:
    found = integration_map(SYSTEMS)
    assert found.systems[["system", "step"]].to_numpy().tolist() == [
        ["crm", "link now"], ["erp", "link now"], ["desk", "link next"], ["dispatch", "link later"],
        ["phone", "replace first"], ["old", "ask"], ["shop", "linked"],
    ]  # fmt: skip
    assert found.systems["place"].tolist()[:4] == [1, 2, 3, 4]
    assert found.systems["place"].tolist()[4:] != found.systems["place"].tolist()[4:]  # missing
    assert found.effort_days == 5 + 30 + 12 + 10


def test_kinds_without_a_system_are_named() -> None:
    assert integration_map(SYSTEMS).kinds_missing == ()
    assert integration_map(SYSTEMS.head(1)).kinds_missing == tuple(kind for kind in KINDS if kind != "e_commerce")


def test_an_inventory_with_a_name_alone_is_asked_about() -> None:
    found = integration_map(pd.DataFrame({"system_id": ["erp", "erp", "shop"]}))
    assert found.systems["step"].tolist() == ["ask", "ask"]
    assert found.systems["name"].tolist() == ["erp", "shop"]
    assert math.isnan(found.effort_days)


def test_without_an_inventory_there_is_no_map() -> None:
    for nothing in (None, SYSTEMS.head(0), SYSTEMS.drop(columns="system_id")):
        assert integration_map(nothing).unavailable == "needs systems"


@given(st.permutations(range(len(SYSTEMS))))
@settings(max_examples=20, deadline=None)
def test_the_order_of_rows_does_not_matter(order: list[int]) -> None:
    pd.testing.assert_frame_equal(integration_map(SYSTEMS.iloc[order]).systems, integration_map(SYSTEMS).systems)
