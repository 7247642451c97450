"""The commands by which people are asked, as a consultant runs them."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from crmplan.assessment import read_answers
from crmplan.assessment.access import holder_of
from crmplan.cli import app


def _run(*words: str | Path) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, [str(word) for word in words])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout, done.stderr


def _filled(client: Path, out: Path, **cells: str) -> Path:
    assert _run("questionnaire", "export", client, "--out", out)[0] == 0
    (file,) = (out / "small").glob("*.xlsx")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(file)
    for cell, value in cells.items():
        book.worksheets[1][cell] = value
    book.save(file)
    return file


def test_export_writes_a_workbook_for_each_respondent(small_client: Path, tmp_path: Path) -> None:
    code, out, _ = _run("questionnaire", "export", small_client, "--out", tmp_path / "q", "--json")

    (written,) = json.loads(out)
    assert code == 0
    assert Path(written["file"]).is_file()
    assert written["respondent"] == "r1"
    assert written["n_questions"] > 5


def test_import_shows_first_and_takes_in_on_apply(small_client: Path, tmp_path: Path) -> None:
    file = _filled(small_client, tmp_path / "q", D5="2", I5="as seen")

    code, out, _ = _run("questionnaire", "import", small_client, file)
    assert (code, "1 changed" in out, "as seen" in out, "D5" in out) == (0, True, True, True)
    assert read_answers(small_client / "answers").empty
    code, out, _ = _run("questionnaire", "import", small_client, file, "--apply", "--by", "lead")
    assert (code, "1 taken in" in out) == (0, True)
    assert read_answers(small_client / "answers")["entered_by"].tolist() == ["lead"]
    assert "0 taken in" in _run("questionnaire", "import", small_client, file, "--apply")[1]
    assert len(read_answers(small_client / "answers")) == 1


def test_import_ends_with_one_where_something_is_wrong(small_client: Path, tmp_path: Path) -> None:
    file = _filled(small_client, tmp_path / "q", D5="9")
    code, _, err = _run("questionnaire", "import", small_client, file)
    assert (code, "D5: expected one of the lines" in err) == (1, True)

    other = tmp_path / "other.xlsx"
    other.write_bytes(b"nothing")
    code, _, err = _run("questionnaire", "import", small_client, other, "--apply")
    assert (code, "refused: other.xlsx" in err) == (1, True)


def test_import_tells_programs_what_it_would_do(small_client: Path, tmp_path: Path) -> None:
    file = _filled(small_client, tmp_path / "q", D5="2")

    (found,) = json.loads(_run("questionnaire", "import", small_client, file, "--json")[1])

    assert [one["after"]["value"] for one in found["changes"]] == [[2.0, 2.0]]
    assert found["n_taken"] is None


def test_invite_issues_tokens_once(small_client: Path) -> None:
    code, out, _ = _run("questionnaire", "invite", small_client, "--json")

    issued = {one["holder"]: one["token"] for one in json.loads(out)}
    assert code == 0
    assert set(issued) == {"r1", "facilitator"}
    assert holder_of(small_client, issued["r1"]) == "r1"
    assert json.loads(_run("questionnaire", "invite", small_client, "--json")[1]) == []
    assert "everybody has a token" in _run("questionnaire", "invite", small_client)[1]
    renewed = json.loads(_run("questionnaire", "invite", small_client, "--respondent", "r1", "--renew", "--json")[1])
    assert holder_of(small_client, issued["r1"]) is None
    assert holder_of(small_client, renewed[0]["token"]) == "r1"


@pytest.mark.parametrize("command", ["export", "invite"])
def test_an_unknown_respondent_is_a_usage_error(command: str, small_client: Path, tmp_path: Path) -> None:
    code, _, err = _run("questionnaire", command, small_client, "--respondent", "r9")

    assert (code, "there is no respondent 'r9'" in err) == (2, True)


def test_a_client_without_respondents_is_told_what_to_do(small_client: Path) -> None:
    file = small_client / "engagement.yaml"
    file.write_text(file.read_text("utf-8").split("respondents:")[0], "utf-8")

    code, _, err = _run("questionnaire", "export", small_client)

    assert (code, "list who answers under 'respondents'" in err) == (1, True)
