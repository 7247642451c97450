from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from crmplan import method
from crmplan.assessment import load_checklists, questions_by_id
from crmplan.assessment.checklists import Probe
from crmplan.engagement import AREAS
from crmplan.errors import TemplateError
from crmplan.metrics.registry import registry
from crmplan.planning import load_initiatives


@pytest.fixture(scope="module")
def carried() -> dict[str, Any]:
    return {id: question for id, (_, question) in questions_by_id(load_checklists()).items()}


def test_every_item_of_the_method_has_a_question(carried: dict[str, Any]) -> None:
    asked = {item for question in carried.values() for item in question.covers}
    assert asked == {item.id for item in method.items()}
    assert all(question.covers for question in carried.values())


def test_every_area_has_its_checklist_in_order() -> None:
    assert tuple(one.checklist for one in load_checklists()) == AREAS


def test_every_figure_named_is_in_the_registry(carried: dict[str, Any]) -> None:
    assert {metric for question in carried.values() for metric in question.metrics} <= set(registry())


def test_every_item_that_data_can_speak_to_has_a_figure_beside_its_question(carried: dict[str, Any]) -> None:
    by_data = {item.id for item in method.items() if "data" in item.how}
    probed = {item for question in carried.values() if question.probe for item in question.covers}
    assert by_data <= probed


def test_no_line_serves_two_questions(carried: dict[str, Any]) -> None:
    own = [question for question in carried.values() if question.scale != "fit_gap"]
    lines = [line.casefold() for question in own for line in question.anchors.values()]
    assert len(lines) == len(set(lines)) > 100 * 5
    for field in ("title", "text", "interview", "why", "gap"):
        assert len({getattr(question, field) for question in carried.values()}) == len(carried)


def test_every_question_says_what_would_back_its_answer(carried: dict[str, Any]) -> None:
    assert [id for id, question in carried.items() if question.evidence is None] == []


def test_every_scale_is_used(carried: dict[str, Any]) -> None:
    assert {question.scale for question in carried.values()} >= {"practice_0_5", "share", "yes_no", "choice", "fit_gap"}


def test_levels_are_things_one_can_see_and_not_names_of_stages(carried: dict[str, Any]) -> None:
    stages = re.compile(r"\b(ad.?hoc|initial|defined process|managed process|optimi[sz]ed|mature|maturity)\b", re.I)
    lines = [line for question in carried.values() if not question.bands for line in question.anchors.values()]
    assert [line for line in lines if stages.search(line) or len(line) < 20] == []


def test_every_gap_leads_to_an_initiative_that_exists(carried: dict[str, Any]) -> None:
    assert all(question.leads_to.initiatives for question in carried.values())
    assert {id for question in carried.values() for id in question.leads_to.initiatives} == {
        one.id for one in load_initiatives()
    }


def write(folder: Path, questions: list[dict[str, Any]], name: str = "marketing") -> None:
    fields = {"checklist": name, "title": "T", "version": "1.0.0", "introduction": "i", "questions": questions}
    (folder / f"{name}.yaml").write_text(yaml.safe_dump(fields, sort_keys=False), "utf-8")


def test_all_problems_of_all_files_are_raised_once_with_file_and_line(
    tmp_path: Path, make_question: Callable[..., dict[str, Any]]
) -> None:
    two_alike = {str(level): "the same sight" for level in range(6)}
    write(tmp_path, [make_question("MK-CH-01", anchors=two_alike), make_question("MK-CH-02", weight=9)])
    write(tmp_path, [make_question("SM-FM-01", covers=["SM.XX.9"], needs=["SM-FM-09"], weigth=2)], "sales")
    write(tmp_path, [make_question("OP-01", covers=["OP.99"], needs=["OP-02"])], "operations")
    with pytest.raises(TemplateError) as caught:
        load_checklists(tmp_path, metrics={})
    text = str(caught.value)
    for part in ("two levels have the same line", "weight", "did you mean 'weight'", "a known item, got 'OP.99'"):
        assert part in text
    assert all(re.match(r"^\w+\.yaml:\d+$", problem.where) for problem in caught.value.problems)


def test_a_figure_that_does_not_exist_is_named_with_close_ones(
    tmp_path: Path, make_question: Callable[..., dict[str, Any]]
) -> None:
    write(tmp_path, [make_question("MK-CH-01", leads_to={"kpis": ["inactive_shar"]})])
    with pytest.raises(TemplateError, match="a known metric, got 'inactive_shar'; did you mean 'inactive_share'"):
        load_checklists(tmp_path)


def test_questions_that_need_each_other_are_refused(
    tmp_path: Path, make_question: Callable[..., dict[str, Any]]
) -> None:
    write(tmp_path, [make_question("MK-CH-01", needs=["MK-CH-02"]), make_question("MK-CH-02", needs=["MK-CH-01"])])
    with pytest.raises(TemplateError, match="without a circle, got 'MK-CH-01, MK-CH-02'"):
        load_checklists(tmp_path, metrics={})


def test_an_id_used_in_two_files_is_refused(tmp_path: Path, make_question: Callable[..., dict[str, Any]]) -> None:
    write(tmp_path, [make_question("MK-CH-01")])
    write(tmp_path, [make_question("MK-CH-01")], "sales")
    with pytest.raises(TemplateError, match="every id once, got 'MK-CH-01'"):
        load_checklists(tmp_path, metrics={})


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"bands": {1: 0.1, 3: 0.5}, "cap": 3}, "without a gap"),
        ({"bands": {1: 0.5, 2: 0.5}, "cap": 2}, "must rise, or fall"),
        ({"bands": {1: 0.1, 2: 0.5}}, "say with 'cap'"),
        ({"cap": 3}, "'cap' needs 'bands'"),
        ({"bands": {1: 0.1, 2: 0.5}, "cap": 2, "or_else": "repeat_share"}, "another figure needs its own bands"),
    ],
)
def test_bands_that_make_no_sense_are_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Probe(metric="win_rate", cannot_prove="how it came about", **fields)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="a folder with checklists"):
        load_checklists(tmp_path, metrics={})


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"leads_to": {"initiatives": ["INI-WELCOM"]}}, "a known initiative, got 'INI-WELCOM'; did you"),
        ({"leads_to": {"kpis": ["KPI-WAITS"]}}, "a known KPI, got 'KPI-WAITS'; did you mean 'KPI-WAIT'"),
        ({"conflicts": [{"when": 'shown["MK-CH-9"] > 3', "say": "It cannot be."}]}, "a known question, got 'MK-CH-9'"),
        ({"conflicts": [{"when": 'figures["win_rat"] > 3', "say": "It cannot be."}]}, "a known metric, got 'win_rat'"),
    ],
)  # fmt: skip
def test_a_reference_that_leads_nowhere_is_refused(
    tmp_path: Path, make_question: Callable[..., dict[str, Any]], fields: dict[str, Any], message: str
) -> None:
    write(tmp_path, [make_question("MK-CH-01", **fields)])
    with pytest.raises(TemplateError, match=message):
        load_checklists(tmp_path)
