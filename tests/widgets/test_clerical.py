"""A person judges one pair after another; every verdict is on disk at once, and what systems wrote is escaped."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from crmplan.customers import read_labels
from crmplan.engagement import find_client
from crmplan.workbench import Workbench

pytest.importorskip("ipywidgets")

from crmplan.widgets.clerical import PairReview


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    rehearsal = find_client("rehearsal")
    Workbench.open("rehearsal").customers()
    folder = tmp_path / "rehearsal"
    shutil.copytree(rehearsal, folder, ignore=shutil.ignore_patterns("truth", "answers"))
    return Workbench.open(folder)


def test_a_verdict_is_written_and_brings_the_next_pair(bench: Workbench) -> None:
    review = PairReview(bench, by="r01", most=2)
    first = review.pair.value
    review.buttons["same"].click()
    review.buttons["unsure"].click()
    said = read_labels(bench.engagement.pair_labels)

    assert review.pair.value != first
    assert sorted(said["verdict"]) == ["same", "unsure"]
    assert set(said["by"]) == {"r01"}
    assert "2 judged" in review.status.value
    assert all(button.disabled for button in review.buttons.values())
    review.judge("same")
    assert len(read_labels(bench.engagement.pair_labels)) == 2


def test_one_may_go_back_and_the_later_verdict_counts(bench: Workbench) -> None:
    review = PairReview(bench, most=2)
    assert review.back.disabled
    first = review.pair.value
    review.buttons["same"].click()
    assert "✓ Kept: pair 1, one customer" in review.said.value
    review.back.click()
    assert (review.pair.value, review.said.value) == (first, "")
    review.buttons["different"].click()

    joining = Workbench.open(bench.engagement.folder).customers().joining
    counts = joining.counts.set_index("what")["n"]
    assert (counts["same"], counts["different"]) == (0, 1)


def test_only_what_contradicts_is_marked(bench: Workbench) -> None:
    view = bench.customers()
    review = PairReview(bench, most=1)
    pair = review._pairs.iloc[0]
    customers = view.tables.frame("customers")
    is_a = (customers["source"] == pair["source_a"]) & (customers["customer_id"] == pair["customer_id_a"])
    told = customers.assign(
        name=["Ann" if one else "Bea" for one in is_a], email=[None if a else "b@x.org" for a in is_a]
    )
    bench._results["customers"] = replace(view, tables=view.tables.with_frames(customers=told))
    seen = PairReview(bench, most=1).pair.value

    assert "<mark>Ann</mark>" in seen
    assert "<mark>Bea</mark>" in seen
    assert "<td>–</td><td>b@x.org</td>" in seen
    assert "<th></th>" not in seen


def test_a_verdict_makes_the_view_be_computed_anew_and_is_not_asked_again(bench: Workbench) -> None:
    before = bench.fingerprint("customers")
    review = PairReview(bench, most=1)
    review.judge("different")
    again = Workbench.open(bench.engagement.folder)
    joining = again.customers().joining

    assert again.fingerprint("customers") != before
    assert joining.counts.set_index("what").loc["different", "n"] == 1
    assert PairReview(again, most=1).pair.value != review.pair.value


def test_what_a_system_wrote_is_shown_as_text(bench: Workbench) -> None:
    view = bench.customers()
    hostile = view.tables.frame("customers").assign(name="<script>alert(1)</script>")
    bench._results["customers"] = replace(view, tables=view.tables.with_frames(customers=hostile))
    review = PairReview(bench, most=1)

    assert "<script>" not in review.pair.value
    assert "&lt;script&gt;" in review.pair.value
