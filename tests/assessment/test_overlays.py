from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from crmplan.assessment import Question, load_checklists, questions_by_id
from crmplan.errors import TemplateError


def asked_with(folder: Path, **parts: Any) -> dict[str, tuple[str, Question]]:
    (folder / "overlay.yaml").write_text(yaml.safe_dump(parts, sort_keys=False), "utf-8")
    return questions_by_id(load_checklists(overlay=folder / "overlay.yaml"))


def test_a_client_without_an_overlay_is_asked_what_everybody_is(tmp_path: Path) -> None:
    assert load_checklists(overlay=tmp_path / "overlay.yaml") == load_checklists()


def test_a_hidden_question_is_not_asked(tmp_path: Path) -> None:
    asked = asked_with(tmp_path, hide=[{"id": "MK-PD-03", "because": "Not a regulated trade"}])
    assert set(questions_by_id(load_checklists())) - set(asked) == {"MK-PD-03"}


def test_other_words_keep_the_id_and_mark_the_revision(tmp_path: Path) -> None:
    carried = questions_by_id(load_checklists())["OP-01"][1]
    words = {"text": "What does a fitter know of a household?", "anchors": {"0": "A fitter gets a street and a number"}}
    changed = asked_with(tmp_path, reword={"OP-01": words})["OP-01"][1]
    assert (changed.text, changed.anchors[0]) == (words["text"], words["anchors"]["0"])
    assert changed.anchors[1] == carried.anchors[1]
    assert changed.rev == carried.rev + 100
    again = asked_with(tmp_path, reword={"OP-01": {**words, "wording": 2}})["OP-01"][1]
    assert again.rev == carried.rev + 200


def test_an_added_question_is_asked_in_its_area(tmp_path: Path, make_question: Callable[..., dict[str, Any]]) -> None:
    asked = asked_with(tmp_path, add=[make_question("OWN-01", area="sales", covers=[])])
    assert asked["OWN-01"][0] == "sales"


def test_everything_wrong_in_an_overlay_is_told_with_its_line(
    tmp_path: Path, make_question: Callable[..., dict[str, Any]]
) -> None:
    with pytest.raises(TemplateError) as caught:
        asked_with(
            tmp_path,
            hide=[{"id": "MK-PD-99", "because": "Not here"}, {"id": "OP-03", "because": "No time"}],
            reword={"OP-02": {"anchors": {"1": "Errors are reported to the office, and corrected when there is time"}}},
            add=[make_question("OP-02", area="operations", needs=["OP-77"])],
        )
    text = str(caught.value)
    for part in (
        "a known question, got 'MK-PD-99'",
        "a question on which no other builds, got 'OP-03'",
        "two levels have the same line",
        "every id once, got 'OP-02'",
        "a known question, got 'OP-77'",
    ):
        assert part in text
    assert {problem.where.split(":")[0] for problem in caught.value.problems} == {"overlay.yaml"}


def test_others_may_build_on_a_hidden_question_that_is_met(tmp_path: Path) -> None:
    asked = asked_with(tmp_path, hide=[{"id": "OP-03", "because": "Settled by the new shared record", "is_met": True}])
    assert all("OP-03" not in question.needs for _, question in asked.values())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- MK-PD-01", "the keys 'hide', 'reword' and 'add'"),
        ("hide: [{id: MK-PD-01}]", r"overlay.yaml:1: expected entry, hide.0.because"),
        ("hidden: []", "a known key"),
        ("add: [{id: own, rev: 0}]", "add.0.id: string should match"),
        ("hide: [", "valid YAML"),
    ],
)
def test_what_is_no_overlay_is_refused_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "overlay.yaml").write_text(text, "utf-8")
    with pytest.raises(TemplateError, match=message):
        load_checklists(overlay=tmp_path / "overlay.yaml")


def test_an_empty_overlay_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "overlay.yaml").write_text("# nothing yet\n", "utf-8")
    assert load_checklists(overlay=tmp_path / "overlay.yaml") == load_checklists()
