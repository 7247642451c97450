from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from crmplan.customers import single_view
from crmplan.engagement import Engagement
from crmplan.intake import take_in
from crmplan.rehearsal.disagreement import RECORD_KEEPING


@pytest.fixture(scope="module")
def tables(folder: Path) -> dict[str, pd.DataFrame]:
    taken = take_in(Engagement.open(folder)).tables
    return {name: taken.frame(name) for name in taken.names}


def test_truth_names_the_person_behind_every_customer_number(
    tables: dict[str, pd.DataFrame], truth: dict[str, pd.DataFrame]
) -> None:
    known = set(zip(truth["people"]["source"], truth["people"]["customer_id"], strict=True))

    for name, frame in tables.items():
        if "customer_id" not in frame:
            continue
        used = frame.dropna(subset="customer_id")
        assert set(zip(used["source"], used["customer_id"], strict=True)) <= known, name
    held = tables["customers"]
    assert set(zip(held["source"], held["customer_id"], strict=True)) == known
    assert not truth["people"].duplicated(["source", "customer_id"]).any()
    assert set(truth["people"]["person_id"]) <= set(truth["customers"]["person_id"])


def test_true_sums_are_what_the_used_orders_add_up_to(
    tables: dict[str, pd.DataFrame], truth: dict[str, pd.DataFrame]
) -> None:
    orders = tables["orders"].merge(truth["people"], on=["source", "customer_id"])
    found = orders.groupby("person_id")["net_amount"].sum().round(2)
    expected = truth["customers"].set_index("person_id")["net_amount_known"]

    pd.testing.assert_series_equal(found, expected.reindex(found.index), check_names=False, check_dtype=False)
    assert expected.drop(found.index).eq(0).all()


def test_flaws_are_as_many_as_the_ledger_finds(folder: Path, truth: dict[str, pd.DataFrame]) -> None:
    ledger = take_in(Engagement.open(folder)).ledger.groupby(["source", "table", "outcome"])["n_rows"].sum()
    flaws = truth["flaws"].set_index(["source", "table", "flaw"])["n_rows"]

    for source in ("web_shop", "accounting"):
        assert ledger[source, "orders", "cancelled"] == flaws[source, "orders", "cancelled"]
        assert ledger.get((source, "orders", "after_as_of"), 0) <= flaws[source, "orders", "after the as-of date"]
    assert ledger["accounting", "orders", "malformed"] == flaws["accounting", "orders", "test booking"] == 6
    assert (
        ledger.get(("call_center", "interactions", "duplicate"), 0)
        == flaws["call_center", "interactions", "exported twice"]
    )


@pytest.mark.parametrize("system", list(RECORD_KEEPING))
def test_shares_of_flawed_records_stand_near_their_chances(truth: dict[str, pd.DataFrame], system: str) -> None:
    flaws = truth["flaws"].set_index(["source", "table", "flaw"])["n_rows"]
    n_records = (truth["people"]["source"] == system).sum()
    keeping = RECORD_KEEPING[system]

    for flaw, chance in (
        ("no e-mail", keeping.no_email),
        ("no telephone", keeping.no_phone),
        ("second record of a customer", keeping.second_record),
    ):
        allowed = 4 * (max(chance * (1 - chance), 0.002) / n_records) ** 0.5
        assert flaws[system, "customers", flaw] / n_records == pytest.approx(chance, abs=allowed), flaw


def test_recall_and_precision_of_exact_matching_can_be_measured(folder: Path, truth: dict[str, pd.DataFrame]) -> None:
    view = single_view(take_in(Engagement.open(folder)).tables)
    both = view.tables.frame("customer_ids").merge(truth["people"], on=["source", "customer_id"], validate="1:1")

    def pairs(*by: str) -> int:
        n = both.groupby(list(by)).size()
        return int((n * (n - 1) // 2).sum())

    right = pairs("person_id", "customer_key")
    assert 0.8 < right / pairs("person_id") < 1
    assert right / pairs("customer_key") > 0.97


def test_couples_share_a_telephone_number_and_are_two_customers(truth: dict[str, pd.DataFrame]) -> None:
    households = truth["customers"]["household_id"].value_counts()

    assert 0 < (households == 2).sum() < 0.03 * len(truth["customers"])
    assert households.max() == 2


def test_prospects_never_buy(truth: dict[str, pd.DataFrame]) -> None:
    prospects = truth["customers"][truth["customers"]["is_prospect"]]

    assert len(prospects) == 32
    assert prospects[["n_orders", "net_amount", "n_orders_next_year"]].eq(0).all(axis=None)
