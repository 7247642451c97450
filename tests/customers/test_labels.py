"""Verdicts on pairs are appended, the last one counts, and nothing is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from crmplan.customers.labels import PairLabel, Verdict, keep_label, read_labels
from crmplan.errors import LabelsError


def _label(verdict: Verdict = "same", **changes: str) -> PairLabel:
    values = {"source_a": "crm", "customer_id_a": "1", "source_b": "shop", "customer_id_b": "7"} | changes
    return PairLabel(**values, verdict=verdict, by="r01", at="2024-05-31T14:30:00+00:00")  # type: ignore[arg-type]


def test_no_file_is_no_verdict(tmp_path: Path) -> None:
    assert read_labels(tmp_path / "none.jsonl").empty


def test_the_last_verdict_counts_whichever_record_is_named_first(tmp_path: Path) -> None:
    file = tmp_path / "decisions" / "pairs.jsonl"
    keep_label(file, _label("same"))
    swapped = {"source_a": "shop", "customer_id_a": "7", "source_b": "crm", "customer_id_b": "1"}
    keep_label(file, _label("different", **swapped))

    assert len(file.read_text("utf-8").splitlines()) == 2
    assert read_labels(file)[["source_a", "source_b", "verdict"]].to_numpy().tolist() == [["crm", "shop", "different"]]


def test_a_line_that_was_cut_off_is_passed_over_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "pairs.jsonl"
    file.write_text('{"source_a": "cr', "utf-8")
    keep_label(file, _label())

    assert read_labels(file)["verdict"].tolist() == ["same"]
    assert file.read_text("utf-8").startswith('{"source_a": "cr\n')


@pytest.mark.parametrize(
    "line", ['{"verdict": "same"}', "[1]", '"x"', "17", "null", '{"source_a": 1}'],
)  # fmt: skip
def test_whole_lines_that_are_no_verdict_are_told_with_their_number(tmp_path: Path, line: str) -> None:
    file = tmp_path / "pairs.jsonl"
    keep_label(file, _label())
    file.write_text(file.read_text("utf-8") + line + "\n", "utf-8")

    with pytest.raises(LabelsError, match=r"pairs.jsonl:2: expected texts source_a"):
        read_labels(file)


def test_an_unknown_verdict_is_told(tmp_path: Path) -> None:
    file = tmp_path / "pairs.jsonl"
    keep_label(file, _label("perhaps"))  # type: ignore[arg-type]

    with pytest.raises(LabelsError, match="verdict one of same, different, unsure"):
        read_labels(file)
