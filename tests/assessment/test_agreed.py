from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from crmplan.assessment import AgreedValue, agree_on, read_agreed
from crmplan.assessment.agreed import AGREED_FILE, agreed_values
from crmplan.errors import AnswersError


def record(**fields: Any) -> AgreedValue:
    return AgreedValue(
        **{
            "wave": 1, "question": "CC-CM-02", "revision": 1, "value": 2, "rule": "facilitated",
            "rationale": "Two of three teams do it.", "by": "facilitator", "at": "2024-06-07T15:00:00", **fields,
        }
    )  # fmt: skip


def test_what_was_agreed_is_read_again_with_reason_and_dissent(tmp_path: Path) -> None:
    hostile = "<script>alert(1)</script> =1+1 שלום 🙂: - {x}\n# not a comment\ttab"
    written = agree_on(tmp_path, record(rationale=hostile, dissent=[{"value": 1, "why": hostile, "n_people": 2}]))
    (found,) = read_agreed(tmp_path)
    assert found == written
    assert (found.rationale, found.dissent[0].why, found.is_intact) == (hostile, hostile, True)


def test_a_later_record_counts_and_the_earlier_one_stays(tmp_path: Path) -> None:
    agree_on(tmp_path, record(value=2))
    agree_on(tmp_path, record(value=3, at="2024-06-14T15:00:00"))
    found = read_agreed(tmp_path)
    assert [one.value for one in found] == [2.0, 3.0]
    assert agreed_values(found, wave=1, revisions={"CC-CM-02": 1})["CC-CM-02"].value == 3.0


def test_a_record_of_another_wave_or_wording_or_with_a_broken_seal_does_not_count(tmp_path: Path) -> None:
    agree_on(tmp_path, record())
    found = read_agreed(tmp_path)
    assert agreed_values(found, wave=2, revisions={"CC-CM-02": 1}) == {}
    assert agreed_values(found, wave=1, revisions={"CC-CM-02": 2}) == {}
    file = tmp_path / AGREED_FILE
    file.write_text(file.read_text("utf-8").replace("value: 2.0", "value: 4.0"), "utf-8")
    assert agreed_values(read_agreed(tmp_path), wave=1, revisions={"CC-CM-02": 1}) == {}


@pytest.mark.parametrize(
    "fields", [{"low": 3}, {"high": 1}, {"value": 6}, {"rationale": ""}, {"rule": "vote"}, {"by": ""}, {"at": "today"}]
)
def test_a_record_that_says_too_little_or_contradicts_itself_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        record(**fields)


def test_a_malformed_file_names_every_problem_with_its_line(tmp_path: Path) -> None:
    (tmp_path / AGREED_FILE).write_text("- {wave: 1}\n- {wave: one}\n", "utf-8")
    with pytest.raises(AnswersError, match=r"agreed.yaml:1: expected by: field required") as caught:
        read_agreed(tmp_path)
    assert any("agreed.yaml:2" in str(problem) for problem in caught.value.problems)
