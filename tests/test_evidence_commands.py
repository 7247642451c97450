"""Documents taken in and listed, by the commands a consultant runs."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from crmplan.assessment import load_checklists, read_documents
from crmplan.cli import app


def run(*words: str | Path) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, [str(word) for word in words])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture
def report(tmp_path: Path) -> Path:
    file = tmp_path / "Monthly report.pdf"
    file.write_bytes(b"a report")
    return file


def add(client: Path, file: Path, *more: str) -> tuple[int, str, str]:
    return run(
        "evidence", "add", client, file, "--title", "Monthly report", "--dated", "2024-05-01", "--by", "Lead", *more
    )


def test_a_document_is_shown_first_and_taken_in_on_apply(small_client: Path, report: Path) -> None:
    question = load_checklists()[0].questions[0]
    code, out, _ = add(small_client, report, "--supports", question.id)
    assert (code, f"speaks to {question.id}: {question.title}" in out, "--apply takes it in" in out) == (0, True, True)
    assert read_documents(small_client / "evidence").empty
    assert run("evidence", "list", small_client)[1] == "no documents on file\n"

    assert "taken in as EV-001 (EV-001-1.pdf)" in add(small_client, report, "--supports", question.id, "--apply")[1]
    (row,) = read_documents(small_client / "evidence").to_dict("records")
    assert row["fingerprint"] == hashlib.sha256(b"a report").hexdigest()
    assert (row["dated"], row["supports"], row["by"], row["status"]) == ("2024-05-01", question.id, "Lead", "on file")
    assert "the same file is on file already as EV-001" in add(small_client, report)[1]
    assert "taken in as EV-001 (EV-001-2.pdf)" in add(small_client, report, "--document", "EV-001", "--apply")[1]


def test_a_document_that_is_no_longer_the_one_recorded_is_listed_as_such(small_client: Path, report: Path) -> None:
    add(small_client, report, "--apply")
    assert run("evidence", "list", small_client)[0] == 0
    (small_client / "evidence" / "EV-001-1.pdf").write_bytes(b"another")

    code, out, _ = run("evidence", "list", small_client)
    assert (code, "changed" in out) == (1, True)


@pytest.mark.parametrize(
    ("more", "code", "told"),
    [
        (("--dated", "1 May"), 1, "--dated: expected a day such as 2024-05-31, got '1 May'"),
        (("--dated", "2999-01-01"), 1, "expected a day up to 'as_of'"),
        (("--supports", "XX-99"), 2, "XX-99"),
        (("--document", "EV-009"), 2, "EV-009"),
        (("--title", ""), 1, "title: expected a text of at least 1 characters"),
    ],
)
def test_what_cannot_be_taken_in_is_told(
    more: tuple[str, ...], code: int, told: str, small_client: Path, report: Path
) -> None:
    found = add(small_client, report, *more, "--apply")

    assert (found[0], told in found[2]) == (code, True), found[2]
    assert read_documents(small_client / "evidence").empty


def test_a_file_that_is_not_there_is_told(small_client: Path, tmp_path: Path) -> None:
    code, _, err = add(small_client, tmp_path / "none.pdf")

    assert (code, "none.pdf: expected a file that can be read" in err) == (1, True)
