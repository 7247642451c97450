from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from crmplan.engagement import Engagement
from crmplan.errors import ConfigError
from crmplan.intake import take_in
from crmplan.rehearsal import make_rehearsal
from crmplan.schema import TABLES


def contents(folder: Path) -> dict[str, bytes]:
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    first = contents(make_rehearsal(tmp_path / "a", n_customers=80, seed=11))
    second = contents(make_rehearsal(tmp_path / "b", n_customers=80, seed=11))

    assert first == second


def test_another_seed_writes_other_data(tmp_path: Path) -> None:
    first = contents(make_rehearsal(tmp_path / "a", n_customers=80, seed=11))
    second = contents(make_rehearsal(tmp_path / "b", n_customers=80, seed=12))

    assert first.keys() == second.keys()
    assert first["data/web_shop/orders.csv"] != second["data/web_shop/orders.csv"]
    assert first["truth/customers.csv"] != second["truth/customers.csv"]


def test_every_canonical_table_comes_and_every_file_is_mapped(folder: Path) -> None:
    engagement = Engagement.open(folder)
    mapped = [mapping for source in engagement.sources for mapping in source.tables]
    files = {file.relative_to(folder).as_posix() for file in (folder / "data").rglob("*") if file.is_file()}

    assert {mapping.table for mapping in mapped} == set(TABLES)
    assert {mapping.file for mapping in mapped} == files
    assert len(engagement.sources) == 5


def test_intake_takes_every_table_and_converts_every_column(folder: Path) -> None:
    intake = take_in(Engagement.open(folder))

    assert not intake.unavailable
    for name in TABLES:
        frame = intake.tables.frame(name)
        assert len(frame), name
        empty = [column for column in frame if frame[column].isna().all()]
        assert not empty, (name, empty)


def test_each_system_writes_days_numbers_and_letters_in_its_own_way(folder: Path) -> None:
    data = folder / "data"
    booked = (data / "accounting" / "belege.csv").read_bytes().decode("cp1252")
    calls = (data / "call_center" / "calls.csv").read_text(encoding="utf-8")
    tickets = (data / "service_desk" / "tickets.tsv").read_text(encoding="utf-8")
    orders = (data / "web_shop" / "orders.csv").read_text(encoding="utf-8")

    for text, marks in (
        (booked, ("Außendienst", ";", "\r\n", ".2024 ", ",50;")),
        (calls, ("/2024 ", ".0,")),
        (tickets, ("\t", ".2023 ", "2025-")),
        (orders, ("W-000", "2024-")),
    ):
        assert [mark for mark in marks if mark not in text] == []


def test_money_in_the_exports_is_the_money_that_intake_reads(folder: Path) -> None:
    ledger = take_in(Engagement.open(folder)).ledger
    lines = ledger[(ledger["table"] == "orders") & (ledger["outcome"] != "malformed")]
    web = (folder / "data" / "web_shop" / "orders.csv").read_text(encoding="utf-8").splitlines()
    place = web[0].split(",").index("amount")
    expected = sum(float(line.split(",")[place]) for line in web[1:])

    assert lines.loc[lines["source"] == "web_shop", "net_amount"].sum() == pytest.approx(expected)


def test_a_folder_with_files_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")

    with pytest.raises(ConfigError, match="an empty folder or none"):
        make_rehearsal(tmp_path)

    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]


def test_numbers_out_of_range_are_told_together(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"(?s)n_customers.*50.*years.*seed") as caught:
        make_rehearsal(tmp_path / "x", n_customers=3, years=0, seed=-1)

    assert len(caught.value.problems) == 3
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(("n_customers", "years", "as_of"), [(50, 1, date(2024, 2, 29)), (60, 6, date(2026, 6, 30))])
def test_short_long_and_small_rehearsals_can_be_taken_in(
    tmp_path: Path, n_customers: int, years: int, as_of: date
) -> None:
    made = make_rehearsal(tmp_path / "r", n_customers=n_customers, years=years, as_of=as_of, seed=2)
    intake = take_in(Engagement.open(made))

    assert set(intake.tables.names) == set(TABLES)
    assert intake.tables.frame("orders", "ordered_at")["ordered_at"].max().date() <= as_of
