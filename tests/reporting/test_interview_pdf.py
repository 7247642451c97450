from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from crmplan.assessment import Checklist, load_checklists
from crmplan.assessment.questionnaire.asked import Questionnaire, asked_of, everything_asked
from crmplan.cli import app
from crmplan.engagement import Engagement
from crmplan.reporting.brand import standard_brand
from crmplan.reporting.interview_pdf import interview_pdf
from crmplan.reporting.pdf import Pdf


def _two_questions(engagement: Engagement, **fields: object) -> Questionnaire:
    sales = next(one for one in load_checklists() if one.checklist == "sales")
    questions = tuple(one.model_copy(update={**fields, "needs": ()}) for one in sales.questions[:2])
    checklist: Checklist = sales.model_copy(update={"questions": questions})
    return everything_asked(engagement, checklists=[checklist])


def _made(asked: Questionnaire, engagement: Engagement) -> Pdf:
    return interview_pdf(asked, brand=standard_brand(), as_of=engagement.as_of)


def _text(pdf: Pdf, tmp_path: Path) -> str:
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext (poppler-utils) is not installed")
    file = tmp_path / "interview.pdf"
    file.write_bytes(pdf.content)
    return subprocess.run(["pdftotext", "-raw", file, "-"], capture_output=True, text=True, check=True).stdout


@pytest.fixture
def engagement(small_client: Path) -> Engagement:
    return Engagement.open(small_client)


def test_a_question_is_one_page_with_all_there_is_to_ask(engagement: Engagement, tmp_path: Path) -> None:
    asked = _two_questions(engagement)
    pdf = _made(asked, engagement)
    pages = _text(pdf, tmp_path).rstrip("\f").split("\f")

    assert pdf.remarks == ()
    assert len(pages) == 1 + len(asked.asked) == 3
    for page, one in zip(pages[1:], asked.asked, strict=True):
        flat = " ".join(page.split())
        assert one.question.id in flat
        for text in (one.question.interview, one.question.why, *one.question.anchors.values()):
            assert " ".join(text.split()) in flat
        assert one.question.text not in flat, "the wording of the survey is not that of a talk"
        assert "does not apply here" in flat


def test_the_same_questions_give_the_same_bytes(engagement: Engagement) -> None:
    asked = _two_questions(engagement)

    assert _made(asked, engagement).content == _made(asked, engagement).content


@pytest.mark.parametrize("text", ["#panic() $x$ *a* <script>", '=HYPERLINK("x")', "x" * 5_000, "\u202e\u0634\u0643"])
def test_hostile_text_is_printed_as_text(text: str, engagement: Engagement) -> None:
    pdf = _made(_two_questions(engagement, interview=text, why=text, title=text[:60]), engagement)

    assert pdf.content.startswith(b"%PDF")


def test_a_character_that_the_typeface_lacks_is_named(engagement: Engagement) -> None:
    (remark,) = _made(_two_questions(engagement, interview="ask this 🙂 now, please"), engagement).remarks

    assert "🙂" in remark


def test_the_command_prints_for_one_respondent_or_every_question(small_client: Path, tmp_path: Path) -> None:
    run = CliRunner().invoke
    everything = run(app, ["questionnaire", "print", str(small_client), "--out", str(tmp_path / "out")])
    one = run(app, ["questionnaire", "print", str(small_client), "--out", str(tmp_path / "out"), "--respondent", "r1"])

    assert (everything.exit_code, one.exit_code) == (0, 0)
    names = {file.name for file in (tmp_path / "out" / "small").iterdir()}
    assert names == {"small-interview-everybody.pdf", "small-interview-r1.pdf"}
    n_everything, n_one = (int(out.stdout.split(": ")[1].split()[0]) for out in (everything, one))
    assert n_everything > n_one == len(asked_of(Engagement.open(small_client), "r1").asked)
