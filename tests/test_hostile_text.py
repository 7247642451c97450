"""Hostile text through every way in and every way out: a table of ways, each tried with each text.

In: what is kept is the text as typed, less the signs that no document can hold. Out: the text is there as text, and
nothing in the file can run, be followed or be reckoned.
"""

from __future__ import annotations

import json
import warnings
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
import pytest
import yaml
from typer.testing import CliRunner

from crmplan.assessment import (
    Answer,
    Checklist,
    append_answer,
    load_checklists,
    read_agreed,
    read_answers,
    read_documents,
    read_reveals,
)
from crmplan.assessment.access import seal
from crmplan.assessment.checklist_workbook.reading import read_checklists
from crmplan.assessment.checklist_workbook.writing import workbook_of_checklists
from crmplan.assessment.decision_rights import read_decision_rights
from crmplan.assessment.questionnaire.asked import asked_of, everything_asked
from crmplan.assessment.questionnaire.layout import identity_of
from crmplan.assessment.questionnaire.taking_in import previews, take_in
from crmplan.assessment.questionnaire.writing import workbook_of
from crmplan.cli import app
from crmplan.engagement import Engagement
from crmplan.entered_text import clean_text
from crmplan.reporting.blocks import MIME, Findings, Note, Table
from crmplan.reporting.brand import standard_brand
from crmplan.reporting.document import Document, chapter_of
from crmplan.reporting.html import report_html
from crmplan.reporting.interview_pdf import interview_pdf
from crmplan.reporting.pdf import report_pdf
from crmplan.reporting.plain import plain
from tests.reporting.conftest import PageReader

AT = "2024-05-31T10:00:00"
TEXTS = {
    "script": "<script>alert(1)</script>",
    "formula": '=HYPERLINK("http://example.org","click")',
    "long": "x" * 100_000,
    "right to left": "\u202e\u0634\u0643\u0631\u0627 שלום",
    "emoji": "🙂👩‍👩‍👧 done",
    "NUL": "before\x00after",
}
Way = Callable[[Path, str], object]


def questions() -> Checklist:
    """Return the sales checklist with its first two questions only, which name no other."""
    sales = next(one for one in load_checklists() if one.checklist == "sales")
    alone = tuple(one.model_copy(update={"needs": (), "conflicts": ()}) for one in sales.questions[:2])
    return sales.model_copy(update={"questions": alone})


def run(*words: str | Path) -> str:
    done = CliRunner().invoke(app, [str(word) for word in words])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.stdout


def answered(client: Path, text: str) -> str:
    """Keep an answer with the text and return the id of its question."""
    question = questions().questions[0]
    answer = Answer(wave=1, question=question.id, revision=question.rev, value=2, at=AT, comment=text)
    append_answer(client / "answers", "r1", answer)
    return question.id


# --- ways in: return what is kept -----------------------------------------------------------------------------------


def answers_file(client: Path, text: str) -> object:
    answered(client, text)
    return read_answers(client / "answers")["comment"].iloc[0]


def typed_into_excel(client: Path, text: str) -> object:
    engagement = Engagement.open(client)
    asked = asked_of(engagement, "r1", checklists=[questions()])
    file = client / "filled.xlsx"
    file.write_bytes(
        workbook_of(asked, seal=seal(engagement.folder, identity_of(asked).as_text()), as_of=engagement.as_of)
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(file)
    sheet = book.worksheets[1]
    sheet["D5"] = "2"
    # Neither Excel nor a file of it can hold a NUL or more than 32,767 signs in a cell.
    sheet["I5"].value = clean_text(text)[:20_000]
    sheet["I5"].data_type = "s"
    book.save(file)
    (found,) = previews(engagement, [file], checklists=[questions()])
    assert take_in(engagement, found, at=AT) == 1
    return read_answers(client / "answers")["comment"].iloc[0]


def written_in_yaml(client: Path, text: str) -> object:
    fields = questions().model_dump(mode="json", exclude_none=True)
    fields["questions"][0]["help"] = text
    (client / "checklists").mkdir()
    (client / "checklists" / "sales.yaml").write_text(yaml.safe_dump(fields), "utf-8")
    return load_checklists(client / "checklists")[0].questions[0].help


def reworded_in_the_overlay(client: Path, text: str) -> object:
    id = questions().questions[0].id
    (client / "overlay.yaml").write_text(yaml.safe_dump({"reword": {id: {"help": text}}}), "utf-8")
    return next(q.help for one in load_checklists(overlay=client / "overlay.yaml") for q in one.questions if q.id == id)


def named_in_decision_rights(client: Path, text: str) -> object:
    rights = {
        "roles": ["agent"], "meet_customers": ["agent"],
        "decisions": [{"id": "own", "what": text[:100], "unit": "yes_no", "rights": {"agent": True}}],
    }  # fmt: skip
    (client / "decision_rights.yaml").write_text(yaml.safe_dump(rights), "utf-8")
    found = read_decision_rights(client / "decision_rights.yaml")
    assert found is not None
    return found.decisions[0].what


def edited_in_the_checklist_workbook(client: Path, text: str) -> object:
    first, second = questions().questions
    evil = type(first).model_validate({**first.model_dump(), "help": text})
    file = client / "checklists.xlsx"
    file.write_bytes(workbook_of_checklists([questions().model_copy(update={"questions": (evil, second)})]))
    return read_checklists(file)[0].checklist.questions[0].help


def typed_on_the_page(client: Path, text: str) -> object:
    pytest.importorskip("ipywidgets")
    from crmplan.assessment.questionnaire.answering import Answering
    from crmplan.widgets.answering_page import AnsweringPage

    page = AnsweringPage(Answering(Engagement.open(client), "r1"))
    (form,) = page.forms
    options = [one[1] if isinstance(one, tuple) else one for one in form.fields["answer"].options]
    form.fields["answer"].value = next(one for one in options if str(one).startswith("2 "))
    form.fields["comment"].value = text
    return read_answers(client / "answers")["comment"].iloc[-1]


def given_as_a_reason_for_an_agreement(client: Path, text: str) -> object:
    id = answered(client, "said")
    run("decide", "reveal", client, "--by", "Lead", "--apply")
    assert read_reveals(client / "decisions")[0].is_intact
    why = ("--because", text, "--dissent", f"1: {text}")
    out = run("decide", "agree", client, id, "3", *why, "--by", "Lead", "--apply")
    assert len(out) < 2_000, "a terminal shows the beginning only"
    (record,) = read_agreed(client / "decisions")
    assert record.is_intact
    assert record.dissent[0].why == clean_text(text)
    return record.rationale


def title_of_a_document(client: Path, text: str) -> object:
    file = client / "report.txt"
    file.write_text("calls by week", "utf-8")
    title = text[:200]
    run("evidence", "add", client, file, "--title", title, "--dated", "2024-05-01", "--by", "Lead", "--apply")
    run("evidence", "list", client)
    return read_documents(client / "evidence")["title"].iloc[0]


WAYS_IN: dict[str, tuple[Way, int]] = {
    "answers, as a line of JSON": (answers_file, 100_000),
    "questionnaire workbook": (typed_into_excel, 20_000),
    "checklist in YAML": (written_in_yaml, 100_000),
    "overlay in YAML": (reworded_in_the_overlay, 100_000),
    "decision rights in YAML": (named_in_decision_rights, 100),
    "checklist workbook": (edited_in_the_checklist_workbook, 100_000),
    "page in notebook and browser": (typed_on_the_page, 100_000),
    "decide agree": (given_as_a_reason_for_an_agreement, 100_000),
    "evidence add": (title_of_a_document, 200),
}
"""Each way in, with how long a text it holds."""


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize(("way", "most"), WAYS_IN.values(), ids=WAYS_IN)
def test_what_comes_in_is_kept_as_typed(way: Way, most: int, text: str, small_client: Path) -> None:
    assert way(small_client, text) == clean_text(text[:most])


# --- ways out: assert that the text is text and nothing runs --------------------------------------------------------


def report_of(text: str) -> Document:
    blocks = (
        Findings((text,)), Note(text), Table(text, ("A", "B"), ((text, text),), ("left", "left"), text),
    )  # fmt: skip
    cells = [
        {"cell_type": "code", "source": "", "outputs": [{"output_type": "display_data", "data": {MIME: one.facts()}}]}
        for one in blocks
    ]
    brand = standard_brand()
    return Document("Report", text[:200], date(2024, 12, 31), brand,
                    (chapter_of({"cells": cells}, name="01_x", number=1, brand=brand),))  # fmt: skip


def as_html(_: Path, text: str) -> None:
    reader = PageReader()
    reader.feed(report_html(report_of(text)))
    assert "script" not in [tag for tag, _ in reader.tags]
    assert not [name for _, attributes in reader.tags for name in attributes if name.startswith("on")]
    assert not [value for _, attributes in reader.tags if (value := attributes.get("href")) and value[0] != "#"]
    assert plain(text) in reader.data


def as_a_cell_of_a_notebook(_: Path, text: str) -> None:
    bundle = Table(text, ("A",), ((text,),), ("left",))._repr_mimebundle_()
    reader = PageReader()
    reader.feed(bundle["text/html"])
    assert "script" not in [tag for tag, _ in reader.tags]
    assert plain(text) in reader.data


def as_pdf(_: Path, text: str) -> None:
    content = report_pdf(report_of(text)).content
    assert content.startswith(b"%PDF")
    for active in (b"/JavaScript", b"/Launch", b"/URI", b"/EmbeddedFile"):
        assert active not in content


def as_json(client: Path, text: str) -> None:
    answered(client, text)
    line = (client / "answers" / "r1.jsonl").read_text("utf-8")
    assert len(line.splitlines()) == 1
    assert json.loads(line)["comment"] == clean_text(text)
    facts = Table(text, ("A",), ((text,),), ("left",)).facts()
    assert json.loads(json.dumps(facts))["rows"] == [[text]]


def as_a_questionnaire(client: Path, text: str) -> None:
    answered(client, text)
    engagement = Engagement.open(client)
    file = client / "out.xlsx"
    file.write_bytes(
        workbook_of(asked_of(engagement, "r1", checklists=[questions()]), seal="s", as_of=engagement.as_of)
    )
    _is_harmless(file, own_formulas=True)


def as_a_workbook_of_checklists(client: Path, text: str) -> None:
    edited_in_the_checklist_workbook(client, text)
    _is_harmless(client / "checklists.xlsx", own_formulas=False)


def as_pages_for_an_interviewer(client: Path, text: str) -> None:
    engagement = Engagement.open(client)
    first = questions().questions[0]
    evil = type(first).model_validate({**first.model_dump(), "help": text, "interview": f"{text} and so on"})
    asked = everything_asked(engagement, checklists=[questions().model_copy(update={"questions": (evil,)})])
    content = interview_pdf(asked, brand=standard_brand(), as_of=engagement.as_of).content
    assert content.startswith(b"%PDF")
    assert b"/JavaScript" not in content


WAYS_OUT: dict[str, Way] = {
    "report as HTML": as_html,
    "cell of a notebook": as_a_cell_of_a_notebook,
    "report as PDF": as_pdf,
    "JSON": as_json,
    "questionnaire workbook": as_a_questionnaire,
    "checklist workbook": as_a_workbook_of_checklists,
    "pages for an interviewer": as_pages_for_an_interviewer,
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("way", WAYS_OUT.values(), ids=WAYS_OUT)
def test_what_goes_out_is_text_and_nothing_runs(way: Way, text: str, small_client: Path) -> None:
    way(small_client, text)


def _is_harmless(file: Path, *, own_formulas: bool) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(file)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    formulas = [str(cell.value) for cell in cells if cell.data_type == "f"]
    assert not any("HYPERLINK" in one for one in formulas)
    assert own_formulas or not formulas
    with zipfile.ZipFile(file) as packed:
        content = b"".join(packed.read(name) for name in packed.namelist())
    assert b"<hyperlink" not in content
    assert b"externalLink" not in content
