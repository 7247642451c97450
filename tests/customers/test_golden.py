"""The record changed last wins, what it lacks comes from the next, and disagreement is told."""

from __future__ import annotations

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from crmplan.customers.golden import conflicts, golden_records, lineage, without_stand_ins


def _records(**columns: list[object]) -> pd.DataFrame:
    n = len(next(iter(columns.values())))
    base = {"source": ["crm", "shop", "web"][:n], "customer_id": ["1", "2", "3"][:n], "customer_key": ["C1"] * n}
    return pd.DataFrame({**base, **columns})


def _golden(records: pd.DataFrame) -> pd.Series:
    return golden_records(records, records[["source", "customer_id", "customer_key"]]).iloc[0]


def test_the_record_changed_last_wins_and_gaps_are_filled_from_the_next() -> None:
    records = _records(
        city=["Bonn", "Kiel", "Ulm"],
        phone=["030 1", None, "030 3"],
        updated_at=list(pd.to_datetime(["2024-01-01", "2024-03-01", "2024-02-01"])),
    )
    golden = _golden(records)

    assert (golden["city"], golden["phone"], golden["phone_source"]) == ("Kiel", "030 3", "web")
    assert (golden["n_records"], golden["n_sources"]) == (3, 3)


def test_without_dates_the_most_complete_record_wins() -> None:
    assert _golden(_records(city=["Bonn", "Kiel"], region=[None, "North"]))["city"] == "Kiel"


def test_a_record_without_a_date_yields_to_one_with() -> None:
    records = _records(city=["Bonn", "Kiel"], updated_at=[pd.NaT, pd.Timestamp("2020-01-01")])

    assert _golden(records)["city"] == "Kiel"


def test_the_customer_began_with_the_earliest_record_and_heard_of_the_firm_then() -> None:
    records = _records(
        created_at=list(pd.to_datetime(["2024-01-01", "2020-01-01"])),
        first_heard=["advert", "friend"],
        updated_at=list(pd.to_datetime(["2024-06-01", "2020-01-01"])),
    )
    golden = _golden(records)

    assert (golden["created_at"], golden["first_heard"]) == (pd.Timestamp("2020-01-01"), "friend")


def test_a_column_that_the_client_lacks_is_absent() -> None:
    records = _records(city=["Bonn"])

    golden = golden_records(records, records[["source", "customer_id", "customer_key"]])
    assert list(golden.columns) == ["customer_key", "n_records", "n_sources", "city"]


def test_ways_of_writing_are_no_conflict_and_differences_are() -> None:
    records = _records(
        name=["Ann Lee", "LEE, Ann", None],
        phone=["+44 20 7946 0018", "020 7946 0018", "020 7946 0018"],
        city=["Bonn", "bonn ", "Kiel"],
    )

    assert conflicts(records).to_dict("records") == [
        {"customer_key": "C1", "column": "city", "n_values": 2, "sources": "crm, shop, web"}
    ]


def test_what_stands_for_none_is_no_address_and_no_number() -> None:
    shared = pd.DataFrame({"source": ["crm"] * 11 + ["shop"], "email": ["till@shop.de"] * 12})
    phones = pd.DataFrame({"source": "crm", "phone": ["0000000", "020 7946 0018", "123"]})

    assert without_stand_ins(shared)["email"].isna().tolist() == [True] * 11 + [False]
    assert without_stand_ins(phones)["phone"].fillna("?").tolist() == ["?", "020 7946 0018", "123"]


def test_one_record_disagrees_with_nobody() -> None:
    assert conflicts(_records(city=["Bonn"])).empty


def test_a_day_of_birth_that_a_form_begins_with_is_none() -> None:
    days = ["1900-01-01", *["1970-01-01"] * 11, *[f"1980-02-{day:02}" for day in range(1, 29)]]
    records = pd.DataFrame({"source": "crm", "born_on": pd.to_datetime(days)}).assign(
        birth_year=lambda frame: frame["born_on"].dt.year.astype("float64")
    )
    cleaned = without_stand_ins(records)

    assert cleaned["born_on"].notna().tolist() == [False] * 12 + [True] * 28
    assert cleaned["birth_year"].notna().tolist() == [False] * 12 + [True] * 28


def test_two_days_of_birth_are_a_conflict() -> None:
    records = _records(born_on=list(pd.to_datetime(["1980-02-01", "1980-02-10"])))

    assert conflicts(records)[["column", "n_values"]].to_numpy().tolist() == [["born_on", 2]]
    assert _golden(records)["born_on"] == pd.Timestamp("1980-02-01")


def test_a_tie_goes_to_the_first_in_the_order_of_source_and_number() -> None:
    day = [pd.Timestamp("2024-01-01")] * 3
    records = _records(city=["Bonn", "Kiel", "Ulm"], updated_at=day)

    assert _golden(records)["city"] == _golden(records.iloc[::-1])["city"] == "Bonn"
    assert _golden(records.assign(source=["web", "shop", "crm"]))["city"] == "Ulm"


def test_of_two_changed_on_one_day_the_fuller_wins() -> None:
    day = [pd.Timestamp("2024-01-01")] * 2

    assert _golden(_records(city=["Bonn", "Kiel"], region=[None, "North"], updated_at=day))["city"] == "Kiel"


CELL = st.sampled_from([None, "Bonn", "Kiel"])
DAY = st.sampled_from([None, "2023-01-01", "2024-01-01"])


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["C1", "C2"]), CELL, CELL, DAY, DAY), min_size=1, max_size=7),
    st.randoms(use_true_random=False),
)
def test_every_value_comes_from_a_record_of_the_customer_and_the_order_of_rows_does_not_matter(
    rows: list[tuple[str | None, ...]], chance: object
) -> None:
    records = pd.DataFrame(rows, columns=["customer_key", "city", "phone", "created_at", "updated_at"])
    records = records.astype({"customer_key": "str", "city": "str", "phone": "str"})
    records = records.assign(
        source=[f"s{i % 3}" for i in range(len(rows))],
        customer_id=[str(i) for i in range(len(rows))],
        created_at=pd.to_datetime(records["created_at"]),
        updated_at=pd.to_datetime(records["updated_at"]),
    )
    place = list(range(len(rows)))
    chance.shuffle(place)  # type: ignore[attr-defined]
    shuffled = records.iloc[place]
    ids = records[["source", "customer_id", "customer_key"]]
    golden = golden_records(records, ids)

    pd.testing.assert_frame_equal(golden, golden_records(shuffled, ids))
    pd.testing.assert_frame_equal(lineage(records), lineage(shuffled))
    pd.testing.assert_frame_equal(conflicts(records), conflicts(shuffled))
    said = golden.set_index("customer_key")
    for one in lineage(records).to_dict("records"):
        (row,) = records.loc[records["source"].eq(one["source"]) & records["customer_id"].eq(one["customer_id"])].index
        assert records.loc[row, "customer_key"] == one["customer_key"]
        assert records.loc[row, one["column"]] == said.loc[one["customer_key"], one["column"]]
