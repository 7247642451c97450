"""Workbooks out and in: nothing lost, nothing run, nothing of another client taken."""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import openpyxl
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmplan.assessment import Checklist, assess, load_checklists, read_answers, reveal_round
from crmplan.assessment.access import ACCESS_FILE, seal
from crmplan.assessment.answer_files import answers_of
from crmplan.assessment.questionnaire.asked import Asked, Questionnaire, asked_of
from crmplan.assessment.questionnaire.layout import FIELD_COLUMNS, identity_of
from crmplan.assessment.questionnaire.reading import read_workbook
from crmplan.assessment.questionnaire.reply import Reply, understood
from crmplan.assessment.questionnaire.taking_in import Preview, previews, take_in
from crmplan.assessment.questionnaire.writing import locked_texts, workbook_of
from crmplan.assessment.scales import Scale
from crmplan.engagement import Engagement, Respondent, Targets
from crmplan.errors import AnswersError

from .conftest import AT, HOSTILE, every_scale, question
from .test_reply import QUESTIONS, replies


@pytest.fixture
def preview(engagement: Engagement, checklists: tuple[Checklist, ...]) -> Callable[..., Preview]:
    def preview(*files: Path) -> Preview:
        return previews(engagement, files, checklists=checklists)[0]

    return preview


def fill(file: Path, **cells: Any) -> None:
    """Write values into cells of the first sheet of questions, as a person would."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(file)
    for cell, value in cells.items():
        book.worksheets[1][cell] = value
    book.save(file)


def kept(engagement: Engagement) -> list[tuple[str, Reply]]:
    return [(one.question, Reply.of(one)) for one in answers_of(engagement.answers).get("r1", ())]


def _questionnaire(said: dict[str, Reply]) -> Questionnaire:
    asked = tuple(Asked("marketing", one, said.get(one.id, Reply())) for one in every_scale().questions)
    person = Respondent(id="r1", role="head_of_sales")
    return Questionnaire("small", "Small", "EUR", person, 1, 1, {"marketing": "Marketing"}, "marketing 1.0.0", asked)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_answers_through_a_workbook_come_back_as_they_were(
    data: st.DataObject, tmp_path: Path, engagement: Engagement
) -> None:
    """The round trip is the identity twice over: by what the cells show, and by what the workbook remembers."""
    said = {id: data.draw(st.just(Reply()) | replies(one)) for id, one in QUESTIONS.items()}
    file = tmp_path / "any.xlsx"
    file.write_bytes(workbook_of(_questionnaire(said), seal="s", as_of=engagement.as_of))

    filled = read_workbook(file)

    assert {id: sent.reply for id, sent in filled.earlier.items()} == said
    for row in filled.rows:
        reply, wrong = understood(QUESTIONS[row.question], row.typed)
        assert not wrong
        assert _shown(reply) == _shown(said[row.question])


def _shown(reply: Reply) -> Any:
    from dataclasses import replace

    from crmplan.entered_text import clean_text

    figure = None if reply.stated is None else float(f"{reply.stated:.16G}")
    texts = {name: clean_text(getattr(reply, name)) for name in ("comment", "reason")}
    return replace(reply, stated=figure, **texts, evidence=tuple(clean_text(one).strip() for one in reply.evidence))


def test_the_questions_in_the_workbook_are_those_of_the_checklist(exported: Callable[[], Path]) -> None:
    rows = read_workbook(exported()).rows

    assert [row.question for row in rows] == [one.id for one in every_scale().questions]
    for row, one in zip(rows, every_scale().questions, strict=True):
        assert row.texts == locked_texts(Asked("marketing", one))
        assert one.text in row.texts[0]
        assert all(line in row.texts[1] for line in one.anchors.values())


def test_the_same_questionnaire_gives_the_same_bytes(exported: Callable[[], Path]) -> None:
    assert exported().read_bytes() == exported().read_bytes()


def test_what_is_typed_is_taken_in_once(
    exported: Callable[[], Path], preview: Callable[..., Preview], engagement: Engagement
) -> None:
    file = exported()
    fill(file, D5="2 - sight 2", G5="3", I5="as seen", J5="report 1\nreport 2", D6="NA", H6="outsourced", F9=0.6)

    found = preview(file)
    assert not found.refused
    assert not found.problems
    assert kept(engagement) == []
    assert take_in(engagement, found, at=AT, entered_by="consultant") == 3
    assert kept(engagement) == [
        ("MK-CH-01", Reply((2.0, 2.0), confidence=3, comment="as seen", evidence=("report 1", "report 2"))),
        ("MK-CH-02", Reply("na", reason="outsourced")),
        ("MK-CH-05", Reply((2.0, 2.0), stated=0.6)),
    ]
    (first, *_) = answers_of(engagement.answers)["r1"]
    assert (first.via, first.entered_by, first.round) == ("workbook", "consultant", 1)
    again = preview(file)
    assert (again.changes, again.n_unchanged) == ((), 7)
    assert take_in(engagement, again, at=AT) == 0


def test_every_scale_goes_from_yaml_by_way_of_excel_to_its_level(
    tmp_path: Path, engagement: Engagement, checklists: tuple[Checklist, ...], exported: Callable[[], Path]
) -> None:
    """A line chosen is its level; 0.6 lies between the bands 0.5 (2) and 0.8 (3), 5 days between 9 (1) and 3 (2)."""
    folder = tmp_path / "checklists"
    folder.mkdir()
    written = checklists[0].model_dump(mode="json", exclude_none=True)
    (folder / "marketing.yaml").write_text(yaml.safe_dump(written, allow_unicode=True), "utf-8")
    read = load_checklists(folder)
    assert read == checklists
    assert {one.scale for one in read[0].questions} == set(get_args(Scale))

    file = exported()
    fill(file, D5="2 - sight 2", D6="1", D7="4 - Yes, in writing", D8="5", F9=0.6, F10=5, D11="3")
    (found,) = previews(engagement, [file], checklists=read)
    assert take_in(engagement, found, at=AT) == 7
    result = assess(
        read, read_answers(engagement.answers), {}, targets=Targets(), scope=["marketing"],
        respondents=engagement.respondents,
    )  # fmt: skip
    assert dict(zip(result.questions["question"], result.questions["said"], strict=True)) == {
        "MK-CH-01": 2.0, "MK-CH-02": 1.0, "MK-CH-03": 4.0, "MK-CH-04": 5.0, "MK-CH-05": 2.0, "MK-CH-06": 1.0,
        "MK-CH-07": 3.0,
    }  # fmt: skip
    stated = read_answers(engagement.answers).set_index("question")["stated"]
    assert (stated["MK-CH-05"], stated["MK-CH-06"]) == (0.6, 5.0)


def test_the_carried_checklists_use_every_scale() -> None:
    assert {q.scale for one in load_checklists() for q in one.questions} == set(get_args(Scale))


def test_an_unchanged_workbook_does_not_undo_an_answer_given_elsewhere(
    say: Callable[..., None], exported: Callable[[], Path], preview: Callable[..., Preview]
) -> None:
    say("MK-CH-01", 2)
    file = exported()
    say("MK-CH-01", 4)

    assert preview(file).changes == ()


def test_an_answer_changed_in_both_places_is_a_conflict_and_waits(
    say: Callable[..., None], exported: Callable[[], Path], preview: Callable[..., Preview], engagement: Engagement
) -> None:
    say("MK-CH-01", 2)
    file = exported()
    say("MK-CH-01", 4)
    fill(file, D5="1")

    found = preview(file)
    assert [one.is_conflict for one in found.changes] == [True]
    assert take_in(engagement, found, at=AT) == 0
    assert take_in(engagement, found, at=AT, prefer_workbook=True) == 1
    assert preview(file).changes == ()


def test_going_back_to_an_older_answer_is_a_change(
    say: Callable[..., None], exported: Callable[[], Path], preview: Callable[..., Preview]
) -> None:
    say("MK-CH-01", 3)
    say("MK-CH-01", 2)
    file = exported()
    fill(file, D5="3")

    assert [one.after.value for one in preview(file).changes] == [(3.0, 3.0)]


@pytest.mark.parametrize(
    ("cells", "where", "what"),
    [
        ({"D5": "9"}, "M!D5", "one of the lines 0, 1, 2, 3, 4, 5, NA, DK"),
        ({"D5": "2", "I5": "=1+1"}, "M!I5", "a value, not a formula"),
        ({"D5": "#REF!"}, "M!D5", "a value"),
        ({"D5": "NA"}, "M!H5", "why the question does not apply"),
        ({"F9": "many"}, "M!F9", "a share such as 12 % or 0.12"),
        ({"F5": 3}, "M!F5", "nothing: no figure is asked for"),
        ({"B5": "Other words"}, "M!D5", "the question as it was asked"),
        ({"A5": "ZZ-99"}, "M!D5", "a question of this questionnaire"),
        ({"A6": "MK-CH-01"}, "M!D6", "every question once"),
    ],
)
def test_what_is_wrong_is_told_cell_by_cell(
    cells: dict[str, Any], where: str, what: str, exported: Callable[[], Path], preview: Callable[..., Preview]
) -> None:
    file = exported()
    fill(file, **cells)

    problems = preview(file).problems
    assert (f"r1.xlsx, {where}", what) in [(one.where, one.expected) for one in problems]


def test_an_answer_is_not_taken_back_by_an_empty_cell(
    say: Callable[..., None], exported: Callable[[], Path], preview: Callable[..., Preview]
) -> None:
    say("MK-CH-01", 2)
    file = exported()
    fill(file, D5=None)

    found = preview(file)
    assert found.changes == ()
    assert "cannot be taken back" in str(found.problems[0])


def test_one_wrong_cell_does_not_hold_back_the_others(
    exported: Callable[[], Path], preview: Callable[..., Preview], engagement: Engagement
) -> None:
    file = exported()
    fill(file, D5="9", D6="1")

    assert take_in(engagement, preview(file), at=AT) == 1
    assert kept(engagement) == [("MK-CH-02", Reply((1.0, 1.0)))]


def test_a_workbook_of_another_client_is_refused(
    exported: Callable[[], Path], engagement: Engagement, checklists: tuple[Checklist, ...]
) -> None:
    file = exported()
    folder = engagement.folder.rename(engagement.folder.with_name("other"))

    (found,) = previews(Engagement.open(folder), [file], checklists=checklists)
    assert "expected a workbook of other, got 'one of small'" in str(found.refused[0])
    with pytest.raises(AnswersError, match="a workbook of other"):
        take_in(Engagement.open(folder), found, at=AT)


def test_a_workbook_with_a_foreign_seal_is_refused(
    exported: Callable[[], Path], engagement: Engagement, preview: Callable[..., Preview]
) -> None:
    file = exported()
    (engagement.folder / ACCESS_FILE).unlink()

    assert "the seal of this client's folder" in str(preview(file).refused[0])


def test_a_workbook_whose_respondent_was_changed_is_refused(
    exported: Callable[[], Path], preview: Callable[..., Preview], engagement: Engagement
) -> None:
    file = exported()
    fill(file)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(file)
    book["_meta"]["B2"] = "r2"
    book.save(file)

    assert "contradicts the document's properties" in str(preview(file).refused[0])


def test_a_workbook_of_an_unknown_respondent_is_refused(
    exported: Callable[[], Path], small_client: Path, checklists: tuple[Checklist, ...]
) -> None:
    file = exported()
    settings = small_client / "engagement.yaml"
    settings.write_text(settings.read_text("utf-8").replace("id: r1", "id: r2"), "utf-8")

    (found,) = previews(Engagement.open(small_client), [file], checklists=checklists)
    assert "expected a respondent of the engagement, got 'r1'" in str(found.refused[0])


def test_a_workbook_of_another_version_or_wording_is_refused(
    exported: Callable[[], Path], engagement: Engagement
) -> None:
    file = exported()
    newer = every_scale().model_copy(update={"version": "1.1.0"})
    worded = every_scale().questions[0].model_copy(update={"text": "How is it done now?"})
    other = every_scale().model_copy(update={"questions": (worded, *every_scale().questions[1:])})

    (by_version,) = previews(engagement, [file], checklists=[newer])
    (by_words,) = previews(engagement, [file], checklists=[other])
    assert "expected the checklists marketing 1.1.0, got 'marketing 1.0.0'" in str(by_version.refused[0])
    assert "questions worded otherwise" in str(by_words.refused[0])


def test_a_workbook_of_a_revealed_round_is_refused(
    say: Callable[..., None], exported: Callable[[], Path], preview: Callable[..., Preview], engagement: Engagement
) -> None:
    say("MK-CH-01", 2)
    file = exported()
    reveal_round(
        engagement.answers, engagement.folder / "decisions", wave=1, round=1, by="f", at=AT, rule=engagement.consensus,
        respondents=engagement.respondents,
    )  # fmt: skip

    assert "expected wave 1, round 2, which is open now, got 'wave 1, round 1'" in str(preview(file).refused[0])


def test_two_workbooks_of_one_respondent_are_both_refused(
    exported: Callable[[], Path], engagement: Engagement, checklists: tuple[Checklist, ...], tmp_path: Path
) -> None:
    file = exported()
    copy = tmp_path / "copy.xlsx"
    copy.write_bytes(file.read_bytes())

    found = previews(engagement, [file, copy], checklists=checklists)
    assert all("one workbook for each respondent" in str(one.refused[0]) for one in found)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"id,answer\nMK-CH-01,2\n", b"\x00" * 100])
def test_what_is_no_workbook_is_refused(content: bytes, tmp_path: Path, preview: Callable[..., Preview]) -> None:
    file = tmp_path / "odd.xlsx"
    file.write_bytes(content)

    assert "a questionnaire workbook made by crmplan" in str(preview(file).refused[0])


def test_any_other_workbook_is_refused(tmp_path: Path, preview: Callable[..., Preview]) -> None:
    file = tmp_path / "other.xlsx"
    openpyxl.Workbook().save(file)

    assert "no sheet _meta" in str(preview(file).refused[0])


def test_a_workbook_that_unpacks_to_too_much_or_declares_entities_is_refused(
    tmp_path: Path, preview: Callable[..., Preview], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
    assert "a document type inside" in str(preview(file).refused[0])
    monkeypatch.setattr("crmplan.assessment.workbook_file._MOST_UNPACKED", 10)
    assert "unpacks to more than" in str(preview(file).refused[0])


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_goes_out_and_in_harmless_and_whole(
    text: str,
    say: Callable[..., None],
    exported: Callable[[], Path],
    preview: Callable[..., Preview],
    asked: Callable[[], Questionnaire],
) -> None:
    say("MK-CH-01", 2, comment=text, evidence=[text])
    said = asked().asked[0].reply

    file = exported()
    filled = read_workbook(file)
    assert filled.earlier["MK-CH-01"].reply == said
    assert not any(row.problems for row in filled.rows), "a text became a formula"
    assert preview(file).changes == ()
    assert preview(file).problems == ()
    with zipfile.ZipFile(file) as packed:
        assert not any(b"<hyperlink" in packed.read(name) for name in packed.namelist())


@pytest.mark.parametrize("text", [one for one in HOSTILE if len(one) < 1000], ids=range(11))
def test_hostile_text_typed_into_cells_is_text(
    text: str, exported: Callable[[], Path], preview: Callable[..., Preview], engagement: Engagement
) -> None:
    from crmplan.entered_text import clean_text

    file = exported()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(file)
    sheet = book.worksheets[1]
    sheet["D5"] = "2"
    # openpyxl writes no escapes; Excel does, so that "_x0041_" is not read as the letter A.
    sheet["I5"].value = re.sub("_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", clean_text(text))
    sheet["I5"].data_type = "s"
    book.save(file)

    take_in(engagement, preview(file), at=AT)
    assert kept(engagement)[0][1].comment == clean_text(text)


def test_a_text_longer_than_a_cell_is_kept_whole_and_not_edited_in_excel(
    say: Callable[..., None], exported: Callable[[], Path], preview: Callable[..., Preview], engagement: Engagement
) -> None:
    say("MK-CH-01", 2, comment="x" * 40_000)
    file = exported()
    fill(file, D5="4")
    take_in(engagement, preview(file), at=AT)
    assert kept(engagement)[-1][1] == Reply((4.0, 4.0), comment="x" * 40_000)

    file = exported()
    fill(file, I5="shorter")
    assert "longer than a cell can hold" in str(preview(file).problems[0])


def test_answer_cells_are_open_and_everything_else_is_locked(exported: Callable[[], Path]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(exported())
    sheet = book.worksheets[1]
    is_open = {cell.coordinate for row in sheet.iter_rows() for cell in row if not cell.protection.locked}
    columns = [chr(ord("A") + column) for column in FIELD_COLUMNS.values()]
    figures = {"F6", "F9", "F10"}
    assert is_open == {f"{c}{r}" for c in columns for r in range(5, 12) if c != "F"} | figures
    assert all(one.protection.sheet for one in book.worksheets)
    assert {one.title: one.sheet_state for one in book.worksheets[2:]} == dict.fromkeys(
        ("_lists", "_meta", "_earlier"), "veryHidden"
    )
    named = {one.formula1 for one in sheet.data_validations.dataValidation if one.type == "list"}
    assert {name.removeprefix("=") for name in named} <= set(book.defined_names)


def test_a_hostile_checklist_makes_no_formula(engagement: Engagement, tmp_path: Path) -> None:
    evil = question("MK-CH-01", text="=HYPERLINK(1) at the start", anchors={str(n): f"=1+{n}" for n in range(6)})
    fields = {
        "checklist": "marketing",
        "title": "=[]:*?/'",
        "version": "1.0.0",
        "introduction": "i",
        "questions": [evil],
    }
    asked = asked_of(engagement, "r1", checklists=[Checklist.model_validate(fields)])
    file = tmp_path / "evil.xlsx"
    file.write_bytes(
        workbook_of(asked, seal=seal(engagement.folder, identity_of(asked).as_text()), as_of=engagement.as_of)
    )

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(file)
    formulas = {cell.value for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"}
    assert all(formula.startswith(("=IF(AND(", "=COUNTIF(", "=C")) for formula in formulas)
