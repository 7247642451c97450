"""The sample clients are complete, small, and what their notes say they are."""

from __future__ import annotations

import hashlib
import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from crmplan import carried
from crmplan.assessment import load_checklists, questions_by_id, read_answers
from crmplan.engagement import Engagement
from crmplan.intake import Intake, take_in

SAMPLES = carried.sample_clients() or Path()
LARGEST = {"cdnow": 400_000, "grocer": 4_000_000, "rehearsal": 6_000_000, "superstore": 3_000_000}
"""Bytes that a sample may take."""

KEPT_OUT = (".crmplan", "__pycache__")


def files_of(folder: Path) -> list[Path]:
    return sorted(
        file for file in folder.rglob("*") if file.is_file() and not any(part in KEPT_OUT for part in file.parts)
    )


def module_of(sample: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"make_{sample}", SAMPLES / sample / "make.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module", params=sorted(LARGEST))
def engagement(request: pytest.FixtureRequest) -> Engagement:
    return Engagement.open(SAMPLES / request.param)


@pytest.fixture(scope="module")
def intake(engagement: Engagement) -> Intake:
    return take_in(engagement)


def test_there_are_no_other_samples() -> None:
    assert sorted(folder.name for folder in SAMPLES.iterdir() if (folder / "engagement.yaml").is_file()) == sorted(
        LARGEST
    )


def test_a_sample_stays_small(engagement: Engagement) -> None:
    assert sum(file.stat().st_size for file in files_of(engagement.folder)) < LARGEST[engagement.id]


def test_a_sample_says_where_it_comes_from_and_what_to_keep_in_mind(engagement: Engagement) -> None:
    note = (engagement.folder / "ORIGIN.md").read_text(encoding="utf-8")

    assert "**What was done.**" in note
    assert engagement.id == "rehearsal" or "MIT" in note
    assert engagement.caveats
    assert engagement.goals
    assert engagement.mission


def test_hashes_in_the_note_are_those_of_the_files(engagement: Engagement) -> None:
    note = (engagement.folder / "ORIGIN.md").read_text(encoding="utf-8")
    told = set(re.findall(r"`([0-9a-f]{64})`", note))
    found = {hashlib.sha256(file.read_bytes()).hexdigest() for file in files_of(engagement.folder / "data")}

    assert told <= found
    assert engagement.id == "rehearsal" or told == found


def test_every_file_is_mapped(engagement: Engagement) -> None:
    mapped = {mapping.file for source in engagement.sources for mapping in source.tables}

    assert mapped == {file.relative_to(engagement.folder).as_posix() for file in files_of(engagement.folder / "data")}


def test_intake_takes_a_sample_without_losing_a_row(engagement: Engagement, intake: Intake) -> None:
    assert not intake.unavailable
    left_out = intake.ledger[intake.ledger["outcome"] == "malformed"]
    assert left_out["n_rows"].sum() == (6 if engagement.id == "rehearsal" else 0)
    assert intake.tables.frame("orders", "ordered_at")["ordered_at"].max().date() <= engagement.as_of


def test_no_column_that_is_mapped_comes_out_empty(intake: Intake) -> None:
    for name in intake.tables.names:
        frame = intake.tables.frame(name)
        assert [column for column in frame if frame[column].isna().all()] == []


def test_cdnow_is_the_published_log() -> None:
    orders = take_in(Engagement.open(SAMPLES / "cdnow")).tables.frame("orders")

    assert (len(orders), orders["customer_id"].nunique(), orders["order_id"].is_unique) == (6919, 2357, True)
    assert orders["net_amount"].sum() == pytest.approx(244_091.94)
    assert (str(orders["ordered_at"].min().date()), str(orders["ordered_at"].max().date())) == (
        "1997-01-01",
        "1998-06-30",
    )
    assert orders["customer_id"].str.len().eq(5).all()


def test_superstore_earns_what_its_lines_say() -> None:
    tables = take_in(Engagement.open(SAMPLES / "superstore")).tables
    lines = pd.read_csv(SAMPLES / "superstore" / "data" / "superstore.csv")
    orders = tables.frame("orders")

    assert (orders["net_amount"] - orders["cost"]).sum() == pytest.approx(lines["Profit"].sum())
    assert (tables.count("customers"), tables.count("products")) == (793, 1862)


def test_the_grocer_counts_what_the_chain_itself_took_off() -> None:
    orders = take_in(Engagement.open(SAMPLES / "grocer")).tables.frame(
        "orders", "net_amount", "discount", "customer_id"
    )
    lines = pd.read_parquet(SAMPLES / "grocer" / "data" / "transactions.parquet")

    assert orders["discount"].sum() == pytest.approx((lines["retail_disc"] + lines["coupon_match_disc"]).sum())
    assert orders["net_amount"].sum() == pytest.approx(lines["sales_value"].sum())
    assert orders["customer_id"].nunique() == 500


def test_a_response_at_the_grocer_is_a_coupon_redeemed() -> None:
    touches = pd.read_parquet(SAMPLES / "grocer" / "data" / "touches.parquet")

    assert touches["is_response"].eq(touches["n_redemptions"] > 0).all()
    assert touches["is_response"].eq(touches["first_redemption"].notna()).all()
    assert not touches.duplicated(["campaign_id", "household_id"]).any()


def test_the_rehearsal_that_is_kept_is_the_one_that_is_made(tmp_path: Path) -> None:
    make = module_of("rehearsal")
    made = make.make_rehearsal(
        tmp_path / "rehearsal", n_customers=make.N_CUSTOMERS, questions=make.checklist_questions()
    )
    kept = {file.relative_to(SAMPLES / "rehearsal"): file for file in files_of(SAMPLES / "rehearsal")}
    others = {Path("ORIGIN.md"), Path("make.py")}

    assert {file.relative_to(made) for file in files_of(made)} == set(kept) - others
    differs = [str(name) for name in set(kept) - others if kept[name].read_bytes() != (made / name).read_bytes()]
    assert differs == [], "run data/sample/rehearsal/make.py"


def test_answers_of_the_rehearsal_fit_the_checklists() -> None:
    answers = read_answers(SAMPLES / "rehearsal" / "answers")
    questions = questions_by_id(load_checklists())

    assert answers["respondent"].nunique() == 15
    assert set(answers["question"]) == set(questions)
    assert [q for q, r in zip(answers["question"], answers["revision"], strict=True) if questions[q][1].rev != r] == []


def test_the_superstore_is_refused_when_its_hash_differs(tmp_path: Path) -> None:
    (tmp_path / "superstore.csv").write_text("Row ID\n1\n", encoding="utf-8")

    with pytest.raises(SystemExit, match=r"expected 1a418154b1.*use version 3\.2\.0"):
        module_of("superstore").fetch(tmp_path, tmp_path / "to")

    assert not (tmp_path / "to").exists()


def test_the_grocer_is_drawn_by_household_and_the_same_each_time(tmp_path: Path) -> None:
    make = module_of("grocer")
    package = tmp_path / "package"
    package.mkdir()
    ids = range(1, 601)
    at = pd.Timestamp("2017-03-01 12:00")
    frames = {
        "transactions": {"household_id": ids, "basket_id": ids, "product_id": 7, "transaction_timestamp": at},
        "products": {"product_id": [7, 8], "department": ["DELI", "MEAT"]},
        "demographics": {"household_id": ids, "age": "19-24"},
        "campaign_descriptions": {"campaign_id": [1], "start_date": [at]},
        "campaigns": {"campaign_id": 1, "household_id": ids},
        "coupon_redemptions": {"household_id": [1, 1], "coupon_upc": [5, 6], "campaign_id": 1, "redemption_date": at},
    }
    for name, columns in frames.items():
        pd.DataFrame(columns).to_parquet(package / f"{name}.parquet")

    make.draw(package, tmp_path / "a")
    make.draw(package, tmp_path / "b")

    drawn = {file.name: file.read_bytes() for file in files_of(tmp_path / "a")}
    assert drawn == {file.name: file.read_bytes() for file in files_of(tmp_path / "b")}
    assert len(pd.read_parquet(tmp_path / "a" / "transactions.parquet")) == make.N_HOUSEHOLDS
    assert pd.read_parquet(tmp_path / "a" / "products.parquet")["product_id"].tolist() == [7]
