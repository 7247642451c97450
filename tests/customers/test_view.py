"""One view of the customer over all tables of all systems."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmplan.customers import SingleView, single_view
from crmplan.customers.labels import LABEL_COLUMNS
from crmplan.tables import Tables


def _frames() -> dict[str, pd.DataFrame]:
    customers = pd.DataFrame(
        {
            "source": ["crm", "crm", "crm", "shop", "shop"],
            "customer_id": ["1", "2", "3", "a", "b"],
            "name": ["Ann Lee", "Bo Hart", "Ann Lee", "Lee, Ann", "Cy Nord"],
            "email": ["ann@example.org", None, "ann@example.org", "ANN@example.org", "cy@example.org"],
            "city": ["Bonn", "Kiel", "Bonn", "Ulm", "Kiel"],
            "other_ids": [None, "shop:b", None, None, None],
        }
    )
    orders = pd.DataFrame(
        {
            "source": ["shop", "shop", "shop"],
            "order_id": ["o1", "o2", "o3"],
            "customer_id": ["a", "zz", None],
            "ordered_at": pd.to_datetime(["2024-01-05", "2024-02-05", "2024-02-06"]),
            "net_amount": [10.0, 20.0, 30.0],
        }
    )
    calls = pd.DataFrame(
        {
            "source": ["calls", "calls"],
            "interaction_id": ["i1", "i2"],
            "customer_id": ["1", "3"],
            "started_at": pd.to_datetime(["2024-01-06", "2024-02-06"]),
        }
    )
    return {"customers": customers, "orders": orders, "interactions": calls}


def _view(**changes: pd.DataFrame) -> SingleView:
    return single_view(Tables.from_frames({**_frames(), **changes}))


def test_records_of_several_systems_are_one_customer() -> None:
    view = _view()
    ids = view.tables.frame("customer_ids").set_index(["source", "customer_id"])["customer_key"]

    assert (view.n_records, view.n_customers) == (6, 3)
    assert ids["crm", "1"] == ids["crm", "3"] == ids["shop", "a"] == ids["calls", "3"] == "C00001"
    assert ids["crm", "2"] == ids["shop", "b"] == "C00002"
    assert ids["shop", "zz"] == "C00003"


def test_every_table_with_a_customer_gets_the_key_and_unknown_ones_none() -> None:
    tables = _view().tables

    assert tables.frame("orders")["customer_key"].fillna("?").tolist() == ["C00001", "C00003", "?"]
    assert tables.frame("interactions")["customer_key"].tolist() == ["C00001", "C00001"]
    assert tables.frame("customers")["customer_key"].tolist() == ["C00001", "C00002", "C00001", "C00001", "C00002"]
    assert tables.frame("customer_days")["customer_key"].tolist() == ["C00001", "C00003"]


def test_sources_and_overlap_count_records_customers_and_duplicates() -> None:
    view = _view()
    sources = view.sources.set_index("source")

    assert sources.loc["crm"].tolist() == [3, 3, 2, 1, 1 / 3]
    assert sources.loc["calls", ["n_rows", "n_records", "n_customers"]].tolist() == [2, 2, 1]
    assert view.overlap.to_numpy().tolist() == [["calls", "crm", 1], ["calls", "shop", 1], ["crm", "shop", 2]]


def test_the_golden_record_counts_all_systems_that_know_the_customer() -> None:
    golden = _view().tables.frame("golden").set_index("customer_key")

    assert golden["n_sources"].tolist() == [3, 2, 1]
    assert golden["n_records"].tolist() == [3, 2, 1]


def test_conflicts_name_column_and_sources() -> None:
    conflicts = _view().conflicts

    found = conflicts.loc[conflicts["customer_key"].eq("C00001")]
    assert found[["column", "n_values", "sources"]].to_numpy().tolist() == [["city", 2, "crm, shop"]]


def test_nothing_is_changed_in_the_tables_given() -> None:
    frames = _frames()
    single_view(Tables.from_frames(frames))

    for name, frame in _frames().items():
        pd.testing.assert_frame_equal(frames[name], frame)


def test_orders_alone_are_enough() -> None:
    view = single_view(Tables.from_frames({"orders": _frames()["orders"]}))

    assert (view.n_customers, view.unavailable) == (2, "")
    assert view.overlap.empty


def test_contracts_alone_are_enough_and_bring_no_purchase_days() -> None:
    contracts = pd.DataFrame({"source": ["b"], "contract_id": ["1"], "customer_id": ["7"]})
    view = single_view(Tables.from_frames({"contracts": contracts.assign(started_on=pd.Timestamp("2024-01-01"))}))

    assert (view.n_customers, view.tables.count("customer_days")) == (1, 0)


def test_empty_tables_give_a_result_that_says_what_is_needed() -> None:
    view = single_view(Tables.from_frames({name: frame.iloc[:0] for name, frame in _frames().items()}))

    assert view.unavailable == "needs `orders` or `contracts` with `customer_id`"
    assert (view.n_customers, len(view.sources)) == (0, 0)


def test_orders_without_any_customer_give_a_result() -> None:
    orders = _frames()["orders"].assign(customer_id=pd.Series([None] * 3, dtype="str"))
    view = single_view(Tables.from_frames({"orders": orders}))

    assert view.n_customers == 0
    assert view.tables.frame("orders")["customer_key"].isna().all()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_the_order_of_rows_does_not_matter(seed: int) -> None:
    shuffled = {name: frame.sample(frac=1, random_state=seed) for name, frame in _frames().items()}
    one, other = _view(), single_view(Tables.from_frames(shuffled))

    for name in ("golden", "customer_ids", "customer_days"):
        pd.testing.assert_frame_equal(one.tables.frame(name), other.tables.frame(name))
    pd.testing.assert_frame_equal(one.conflicts, other.conflicts)
    pd.testing.assert_frame_equal(one.sources, other.sources)


def test_the_year_of_birth_is_that_of_the_day() -> None:
    customers = _frames()["customers"].assign(born_on=pd.to_datetime(["1980-02-01", *[None] * 3, "1990-05-06"]))
    golden = _view(customers=customers).tables.frame("golden").set_index("name")

    assert golden.loc["Cy Nord", ["born_on", "birth_year"]].tolist() == [pd.Timestamp("1990-05-06"), 1990.0]
    assert golden["birth_year"].notna().sum() == 2


def _verdict(a: tuple[str, str], b: tuple[str, str], verdict: str) -> pd.DataFrame:
    return pd.DataFrame([[*a, *b, verdict, "r01", "2024-01-01T00:00:00+00:00"]], columns=list(LABEL_COLUMNS))


def test_a_persons_word_joins_and_parts_customers_and_moves_their_orders() -> None:
    tables = Tables.from_frames(_frames())
    same = single_view(tables, labels=_verdict(("crm", "2"), ("shop", "zz"), "same"))
    different = single_view(tables, labels=_verdict(("crm", "1"), ("shop", "a"), "different"))
    ids = {
        name: view.tables.frame("customer_ids").set_index(["source", "customer_id"])["customer_key"]
        for name, view in (("same", same), ("different", different))
    }

    assert ids["same"]["crm", "2"] == ids["same"]["shop", "zz"] == ids["same"]["shop", "b"]
    assert same.tables.frame("orders")["customer_key"].iloc[1] == ids["same"]["crm", "2"]
    assert ids["different"]["crm", "1"] != ids["different"]["shop", "a"]


def test_unsure_and_verdicts_on_records_that_are_gone_change_nothing() -> None:
    tables = Tables.from_frames(_frames())
    before = single_view(tables).tables.frame("customer_ids")
    unsure = single_view(tables, labels=_verdict(("crm", "1"), ("shop", "a"), "unsure"))
    gone = single_view(tables, labels=_verdict(("crm", "1"), ("shop", "gone"), "same"))

    pd.testing.assert_frame_equal(unsure.tables.frame("customer_ids"), before)
    pd.testing.assert_frame_equal(gone.tables.frame("customer_ids"), before)


def test_one_row_per_customer_says_what_the_customer_days_add_up_to_and_counts_stay_whole_on_disk(
    tmp_path: Path,
) -> None:
    _view().tables.save(tmp_path)
    kept = Tables.from_folder(tmp_path)
    days, bought = kept.frame("customer_days"), kept.frame("customer_purchases").set_index("customer_key")

    assert str(days["n_orders"].dtype) == str(bought["n_orders"].dtype) == "int64"
    assert days[["customer_key", "day"]].equals(days[["customer_key", "day"]].sort_values(["customer_key", "day"]))
    assert bought["n_purchase_days"].to_dict() == days.groupby("customer_key").size().to_dict()
    assert bought["net_amount"].to_dict() == pytest.approx(days.groupby("customer_key")["net_amount"].sum().to_dict())
