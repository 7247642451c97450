"""YAML to Excel to YAML is the identity: for any checklist, and for those that crmplan carries, byte for byte."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmplan import _yaml, carried
from crmplan.assessment import Checklist, load_checklists
from crmplan.assessment.checklist_text import checklist_text
from crmplan.assessment.checklist_workbook.reading import read_checklists
from crmplan.assessment.checklist_workbook.taking_in import preview_of
from crmplan.assessment.checklist_workbook.writing import workbook_of_checklists
from crmplan.assessment.scales import CAPABILITY_LEVELS
from tests.assessment.questionnaire.conftest import HOSTILE, every_scale, question

CHECKLISTS = carried.templates() / "checklists"

texts = st.text(max_size=25) | st.sampled_from(["NO", "02134", "1.5e3", "2024-01-31", "~", " a: b", "# c", "=1+1", "'"])
long_texts = st.builds(lambda one, fill: one + fill * 10, texts, st.sampled_from("x\u0634🙂"))
entries = texts.map(lambda text: f"e{text.strip()}f").filter(lambda text: len(text.splitlines()) == 1)
some_entries = st.lists(entries, max_size=3)
numbers = st.floats(0, 5)


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


@st.composite
def bands(draw: st.DrawFn) -> dict[int, float]:
    size = draw(st.integers(2, 5))
    ordered = sorted(draw(st.lists(st.floats(-1e12, 1e12), min_size=size, max_size=size, unique=True)))
    return dict(enumerate(ordered if draw(st.booleans()) else ordered[::-1], start=1))


@st.composite
def questions(draw: st.DrawFn, id: str) -> dict[str, Any]:
    scale = draw(st.sampled_from(["practice_0_5", "yes_no", "choice", "number", "share", "fit_gap"]))
    made = question(id, scale, text=draw(long_texts), interview=draw(long_texts), why=draw(long_texts))
    made |= {"title": f"title {draw(texts)}", "theme": draw(texts), "help": draw(texts), "gap": draw(long_texts)}
    made |= {"rev": draw(st.integers(1, 99)), "weight": draw(st.integers(1, 3)), "critical": draw(st.booleans())}
    made |= {"covers": draw(some_entries), "needs": draw(some_entries), "na_reasons": draw(some_entries)}
    made["ask"] = {"roles": draw(st.lists(entries, min_size=1, max_size=3)), "min_people": draw(st.integers(1, 20))}
    made["leads_to"] = {"initiatives": draw(st.lists(st.just("INI-A-1"), max_size=1)), "kpis": draw(some_entries)}
    levels = {"practice_0_5": range(6), "yes_no": (0, 4), "choice": (0, 2, 5)}.get(scale)
    if levels:
        made["anchors"] = {level: f"{level} {draw(texts)}" for level in levels}
    if scale in {"number", "share"}:
        made["bands"] = draw(bands())
        made["states"] = {"unit": "share" if scale == "share" else "days", "ask": draw(long_texts)}
    kinds = ("default", "consumers", "firms")
    if scale == "fit_gap":
        made["need"] = {kind: draw(st.sampled_from(["must", "should", "could", "none"])) for kind in kinds}
    if draw(st.booleans()):
        made["target"] = {"default": draw(numbers), "consumers": draw(maybe(numbers)), "firms": draw(maybe(numbers))}
    if draw(st.booleans()):
        example = st.builds("an example {}".format, entries)
        made["evidence"] = {"examples": draw(st.lists(example, min_size=1, max_size=2)), "methods": ["test"]}
    if draw(st.booleans()):
        made["probe"] = {"metric": draw(texts), "cannot_prove": draw(long_texts), "also": draw(some_entries)}
        made["probe"] |= (
            {"or_else": draw(maybe(entries))} if draw(st.booleans()) else {"bands": draw(bands()), "cap": 3}
        )
    if draw(st.booleans()):
        rule = {"when": f'answers["{id}"] >= 4', "say": f"It cannot be: {draw(entries)}"}
        made["conflicts"] = [rule] * draw(st.integers(1, 2))
    return made


@st.composite
def any_checklist(draw: st.DrawFn) -> Checklist:
    asked = [draw(questions(f"MK-CH-0{number}")) for number in range(1, draw(st.integers(2, 4)))]
    head = {"checklist": "marketing", "version": "1.0.0", "title": draw(texts), "introduction": draw(texts)}
    return Checklist.model_validate({**head, "questions": asked})


def through_excel(checklist: Checklist, folder: Path) -> Checklist:
    file = folder / "checklists.xlsx"
    file.write_bytes(workbook_of_checklists([checklist]))
    (edited,) = read_checklists(file)
    return edited.checklist


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(checklist=any_checklist())
def test_yaml_to_excel_to_yaml_is_the_identity(checklist: Checklist, tmp_path: Path) -> None:
    text = checklist_text(checklist)
    read = Checklist.model_validate(_yaml.read_text(text).data)

    assert read == checklist
    assert checklist_text(through_excel(read, tmp_path)) == text


@pytest.mark.parametrize("text", [one for one in HOSTILE if len(one) >= 10], ids=lambda text: ascii(text[:12]))
def test_hostile_text_goes_through_excel_and_yaml_harmless_and_whole(text: str, tmp_path: Path) -> None:
    first, *others = every_scale().questions
    evil = first.model_dump() | {"text": text, "why": text, "help": text, "interview": text}
    evil["anchors"] = {level: f"{level}{text}" for level in range(6)}
    evil |= {"theme": text, "gap": text}
    checklist = Checklist.model_validate(
        {**every_scale().model_dump(), "introduction": text, "questions": [evil, *others]}
    )

    back = through_excel(checklist, tmp_path)
    assert back == checklist
    assert Checklist.model_validate(_yaml.read_text(checklist_text(back)).data) == checklist
    book = openpyxl.load_workbook(tmp_path / "checklists.xlsx")
    assert not any(cell.data_type == "f" or cell.hyperlink for row in book["marketing"].iter_rows() for cell in row)


def test_the_carried_checklists_come_back_and_no_file_changes(tmp_path: Path) -> None:
    file = tmp_path / "checklists.xlsx"
    file.write_bytes(workbook_of_checklists(load_checklists()))

    preview = preview_of(file, CHECKLISTS)
    assert tuple(one.checklist for one in read_checklists(file)) == load_checklists()
    assert (preview.edits, preview.remarks, dict(preview.texts)) == ((), (), {})


@pytest.mark.parametrize("area", sorted(file.stem for file in CHECKLISTS.glob("*.yaml")))
def test_a_file_whose_questions_are_as_they_were_keeps_every_byte(area: str) -> None:
    text = (CHECKLISTS / f"{area}.yaml").read_text("utf-8")
    checklist = Checklist.model_validate(_yaml.read_text(text).data)

    assert checklist_text(checklist, text, was=checklist) == text


def test_lines_common_to_all_need_not_be_filled_in(tmp_path: Path) -> None:
    file = tmp_path / "checklists.xlsx"
    file.write_bytes(workbook_of_checklists([every_scale()]))
    sheet = openpyxl.load_workbook(file)["marketing"]
    headings = [cell.value for cell in sheet[2]]
    last = dict(zip(headings, [cell.value for cell in sheet[sheet.max_row]], strict=True))

    assert (last["Scale"], last["Level 0"], last["Target, default"]) == ("fit_gap", None, None)
    assert dict(read_checklists(file)[0].checklist.questions[-1].anchors) == dict(CAPABILITY_LEVELS)
