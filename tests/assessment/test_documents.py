from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import pytest

from crmplan.assessment import add_document, read_documents
from crmplan.assessment.documents import DOCUMENT_COLUMNS, DOCUMENTS_FILE
from crmplan.errors import AnswersError

AT = "2024-05-31T10:00:00"


@pytest.fixture
def report(tmp_path: Path) -> Path:
    file = tmp_path / "Monthly report (final)?.PDF"
    file.write_bytes(b"%PDF first")
    return file


def take_in(folder: Path, original: Path, **fields: object) -> str:
    options: dict = {"title": "Monthly report", "dated": date(2024, 4, 30), "by": "consultant", "at": AT, **fields}
    return add_document(folder, original, **options).document


def test_a_document_is_copied_and_recorded_by_day_and_fingerprint(tmp_path: Path, report: Path) -> None:
    folder = tmp_path / "evidence"
    id = take_in(folder, report, supports=["CC-CM-01", "CC-CM-02"])
    row = read_documents(folder).iloc[0]
    assert (id, row["document"], row["file"], row["status"]) == ("EV-001", "EV-001", "EV-001-1.pdf", "on file")
    assert row["fingerprint"] == hashlib.sha256(b"%PDF first").hexdigest()
    assert (row["dated"], row["supports"], row["n_revisions"]) == ("2024-04-30", "CC-CM-01, CC-CM-02", 1)
    assert (folder / row["file"]).read_bytes() == report.read_bytes()


def test_a_new_revision_counts_and_the_old_one_stays(tmp_path: Path, report: Path) -> None:
    folder = tmp_path / "evidence"
    id = take_in(folder, report)
    report.write_bytes(b"%PDF second")
    take_in(folder, report, document=id, dated=date(2024, 5, 31), title="Monthly report, May")
    row = read_documents(folder).iloc[0]
    assert (row["file"], row["dated"], row["n_revisions"]) == ("EV-001-2.pdf", "2024-05-31", 2)
    assert (folder / "EV-001-1.pdf").read_bytes() == b"%PDF first"
    assert take_in(folder, report) == "EV-002"


@pytest.mark.parametrize(("after", "status"), [("gone", "missing"), ("edited", "changed"), ("record", "altered")])
def test_what_happened_to_a_document_since_shows(tmp_path: Path, report: Path, after: str, status: str) -> None:
    folder = tmp_path / "evidence"
    take_in(folder, report)
    if after == "gone":
        (folder / "EV-001-1.pdf").unlink()
    elif after == "edited":
        (folder / "EV-001-1.pdf").write_bytes(b"other")
    else:
        file = folder / DOCUMENTS_FILE
        file.write_text(file.read_text("utf-8").replace("2024-04-30", "2024-06-30"), "utf-8")
    assert read_documents(folder)["status"].tolist() == [status]


def test_no_folder_is_no_document(tmp_path: Path) -> None:
    found = read_documents(tmp_path / "evidence")
    assert found.empty
    assert list(found.columns) == list(DOCUMENT_COLUMNS)


def test_a_file_that_is_not_there_and_an_id_that_is_not_known_are_refused(tmp_path: Path, report: Path) -> None:
    folder = tmp_path / "evidence"
    with pytest.raises(AnswersError, match=r"nowhere.pdf: expected a file that can be read"):
        take_in(folder, tmp_path / "nowhere.pdf")
    with pytest.raises(AnswersError, match=r"the id of a document on file, got 'EV-009'; known: none yet"):
        take_in(folder, report, document="EV-009")


@pytest.mark.parametrize("name", ["../answers/r01.jsonl", "/etc/hosts", "evidence.yaml", ""])
def test_a_record_cannot_point_outside_the_folder(tmp_path: Path, report: Path, name: str) -> None:
    folder = tmp_path / "evidence"
    take_in(folder, report)
    file = folder / DOCUMENTS_FILE
    file.write_text(file.read_text("utf-8").replace("EV-001-1.pdf", repr(name)), "utf-8")
    with pytest.raises(AnswersError, match="file: the name of a file in the evidence folder"):
        read_documents(folder)
