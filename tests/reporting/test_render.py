from __future__ import annotations

import errno
import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from crmplan.errors import IntakeError, RenderError, UnknownNameError
from crmplan.reporting import render
from crmplan.reporting.render import render_report

Write = Callable[..., Path]
FINDING = "from crmplan.reporting.blocks import Findings\nFindings((client,))"


def _render(client: Path, tmp_path: Path, **options):
    return render_report(client, out=tmp_path / "out", notebooks=tmp_path / "chapters", **options)


def test_a_complete_report_is_put_in_place_with_its_provenance(
    small_client: Path, tmp_path: Path, write_chapter: Write
) -> None:
    write_chapter("01_second", FINDING)
    write_chapter("00_first", FINDING)
    steps: list[tuple[str, int, int]] = []

    done = _render(small_client, tmp_path, progress=lambda *step: steps.append(step))

    home = tmp_path / "out" / "small"
    assert done.is_complete
    assert [file.name for file in done.files] == ["report.html", "report.json", "report.pdf"]
    assert sorted(path.name for path in home.iterdir()) == ["report.html", "report.json", "report.pdf", "runs"]
    assert sorted(path.name for path in done.run_folder.iterdir()) == ["report.html", "report.json", "report.pdf"]
    assert steps == [("chapter 1, first", 0, 4), ("chapter 2, second", 1, 4), ("HTML", 2, 4), ("PDF", 3, 4)]
    record = json.loads((home / "report.json").read_text("utf-8"))
    assert record["is_complete"]
    assert len(record["data"]["data/orders.csv"]) == 64
    assert len(record["engagement"]["engagement.yaml"]) == 64
    assert [chapter["name"] for chapter in record["chapters"]] == ["00_first", "01_second"]
    assert record["libraries"]["pandas"]
    page = (home / "report.html").read_text("utf-8")
    assert "Example Trading" in page
    assert str(small_client) in page


def test_nothing_runs_again_while_nothing_changed(small_client: Path, tmp_path: Path, write_chapter: Write) -> None:
    write_chapter("00_first", FINDING)
    first = _render(small_client, tmp_path)

    again = _render(small_client, tmp_path)

    assert [chapter.was_kept for chapter in (*first.chapters, *again.chapters)] == [False, True]
    assert first.run_folder != again.run_folder
    for name in ("report.html", "report.pdf"):
        assert (first.run_folder / name).read_bytes() == (again.run_folder / name).read_bytes()


def test_a_change_of_notebook_data_or_engagement_runs_the_chapter_again(
    small_client: Path, tmp_path: Path, write_chapter: Write
) -> None:
    write_chapter("00_first", FINDING)
    _render(small_client, tmp_path, formats=["html"])
    write_chapter("00_first", FINDING + "\n")
    by_notebook = _render(small_client, tmp_path, formats=["html"])
    data = small_client / "data" / "orders.csv"
    data.write_text(data.read_text("utf-8").rsplit("\n", 2)[0] + "\n", "utf-8")
    by_data = _render(small_client, tmp_path, formats=["html"])
    engagement = small_client / "engagement.yaml"
    engagement.write_text(engagement.read_text("utf-8").replace("Example", "Sample"), "utf-8")
    by_engagement = _render(small_client, tmp_path, formats=["html"])

    assert not any(done.chapters[0].was_kept for done in (by_notebook, by_data, by_engagement))
    assert len(list((small_client / ".crmplan" / "chapters").iterdir())) == 1


def test_another_version_of_what_writes_the_charts_runs_the_chapter_again(
    small_client: Path, tmp_path: Path, write_chapter: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_chapter("00_first", FINDING)
    _render(small_client, tmp_path, formats=["html"])
    monkeypatch.setattr("crmplan.reporting.render.version", lambda _: "0.0.1")

    assert not _render(small_client, tmp_path, formats=["html"]).chapters[0].was_kept


def test_a_torn_kept_chapter_is_run_again(small_client: Path, tmp_path: Path, write_chapter: Write) -> None:
    write_chapter("00_first", FINDING)
    _render(small_client, tmp_path, formats=["html"])
    (kept,) = (small_client / ".crmplan" / "chapters").iterdir()
    kept.write_text(kept.read_text("utf-8")[:50], "utf-8")

    done = _render(small_client, tmp_path, formats=["html"])

    assert done.is_complete
    assert not done.chapters[0].was_kept


def test_an_earlier_report_survives_a_failing_run(small_client: Path, tmp_path: Path, write_chapter: Write) -> None:
    write_chapter("00_first", FINDING)
    write_chapter("01_second", FINDING)
    before = {file: file.read_bytes() for file in _render(small_client, tmp_path).files}
    write_chapter("01_second", "print('so far')", "1/0")

    done = _render(small_client, tmp_path)

    assert not done.is_complete
    assert done.files == ()
    assert {file: file.read_bytes() for file in before} == before
    (failed,) = done.failures
    assert failed.name == "01_second"
    assert failed.failure is not None
    assert (failed.failure.cell, failed.failure.kind) == (4, "ZeroDivisionError")
    draft = (done.run_folder / "report.html").read_text("utf-8")
    assert "chapter 2 could not be completed" in draft
    assert "ZeroDivisionError" not in draft
    record = json.loads((done.run_folder / "report.json").read_text("utf-8"))
    assert not record["is_complete"]
    assert record["chapters"][1]["failure"]["kind"] == "ZeroDivisionError"
    assert "traceback" not in record["chapters"][1]["failure"]


def test_files_that_cannot_be_read_end_the_report_before_a_chapter_runs(
    small_client: Path, tmp_path: Path, write_chapter: Write
) -> None:
    write_chapter("00_first", FINDING)
    write_chapter("01_second", FINDING)
    before = {file: file.read_bytes() for file in _render(small_client, tmp_path).files}
    data = small_client / "data" / "orders.csv"
    text = data.read_text("utf-8")
    data.write_text(text.replace("order_id", "number", 1).replace("ordered_at", "day", 1), "utf-8")

    with pytest.raises(IntakeError, match=r"column 'order_id'(.|\n)*column 'ordered_at'"):
        _render(small_client, tmp_path)
    data.unlink()
    with pytest.raises(IntakeError, match=r"expected the file data/orders\.csv"):
        _render(small_client, tmp_path)

    assert {file: file.read_bytes() for file in before} == before
    assert len(list((tmp_path / "out" / "small" / "runs").iterdir())) == 1


def test_a_document_that_cannot_be_printed_leaves_nothing_half_written(
    small_client: Path, tmp_path: Path, write_chapter: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_chapter("00_first", FINDING)
    before = {file: file.read_bytes() for file in _render(small_client, tmp_path).files}

    def fail(_: object) -> None:
        raise RenderError("the PDF could not be made: no reason")

    monkeypatch.setattr("crmplan.reporting.pdf.report_pdf", fail)
    with pytest.raises(RenderError, match="the PDF could not be made"):
        _render(small_client, tmp_path)

    home = tmp_path / "out" / "small"
    assert {file: file.read_bytes() for file in before} == before
    assert sorted(path.name for path in home.iterdir()) == ["report.html", "report.json", "report.pdf", "runs"]
    assert len(list((home / "runs").iterdir())) == 1


@pytest.mark.parametrize("n_before", [0, 1, 2])
def test_a_full_disk_is_told_and_leaves_the_earlier_report_whole(
    small_client: Path, tmp_path: Path, write_chapter: Write, monkeypatch: pytest.MonkeyPatch, n_before: int
) -> None:
    write_chapter("00_first", FINDING)
    before = {file: file.read_bytes() for file in _render(small_client, tmp_path).files}
    room = iter(range(n_before))

    def synced(_: int) -> None:
        if next(room, None) is None:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", synced)
    with pytest.raises(RenderError, match=r"cannot be written: No space left on device; make room, or"):
        _render(small_client, tmp_path)

    home = tmp_path / "out" / "small"
    assert {file: file.read_bytes() for file in before} == before
    assert sorted(path.name for path in home.iterdir()) == ["report.html", "report.json", "report.pdf", "runs"]


def test_a_hostile_client_name_is_printed_as_text(small_client: Path, tmp_path: Path, write_chapter: Write) -> None:
    engagement = small_client / "engagement.yaml"
    text = engagement.read_text("utf-8")
    name = '"</title><script>alert(1)</script> #panic() {{7*7}}"'
    engagement.write_text(text.replace("Example Trading", name), "utf-8")
    write_chapter("00_first", FINDING)

    done = _render(small_client, tmp_path)

    assert done.is_complete
    assert "<script" not in (done.run_folder / "report.html").read_text("utf-8")


def test_a_format_that_does_not_exist_is_told_before_anything_runs(small_client: Path, tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="there is no format 'docx'"):
        render_report(small_client, out=tmp_path / "out", formats=["docx"])
    assert not (tmp_path / "out").exists()


def test_a_folder_without_chapters_is_an_error(small_client: Path, tmp_path: Path) -> None:
    (tmp_path / "chapters").mkdir()

    with pytest.raises(RenderError, match="expected chapters"):
        _render(small_client, tmp_path)


def test_the_page_for_the_board_is_made_last_and_printed_first(
    small_client: Path, tmp_path: Path, write_chapter: Write
) -> None:
    write_chapter("00_first", FINDING)
    write_chapter("01_board", FINDING)

    done = _render(small_client, tmp_path)

    page = (tmp_path / "out" / "small" / "report.html").read_text("utf-8")
    assert [chapter.name for chapter in done.chapters] == ["00_first", "01_board"]
    assert page.index("Chapter 01_board</h2>") < page.index("Chapter 00_first</h2>")
    assert re.findall(r'aria-hidden="true">(\d*)</p>', page) == ["", "1"]


def test_a_format_that_was_not_made_this_time_does_not_stay_beside_new_figures(
    small_client: Path, tmp_path: Path, write_chapter: Write
) -> None:
    write_chapter("00_first", FINDING)
    first = _render(small_client, tmp_path)
    _render(small_client, tmp_path, formats=["pdf"])

    home = tmp_path / "out" / "small"
    assert sorted(path.name for path in home.iterdir()) == ["report.json", "report.pdf", "runs"]
    assert json.loads((home / "report.json").read_text("utf-8"))["formats"] == ["pdf"]
    # The earlier page is where its own figures are.
    assert (first.run_folder / "report.html").is_file()


def test_an_incomplete_report_takes_no_earlier_format_away(
    small_client: Path, tmp_path: Path, write_chapter: Write
) -> None:
    write_chapter("00_first", FINDING)
    before = {file: file.read_bytes() for file in _render(small_client, tmp_path).files}
    write_chapter("00_first", "1 / 0")
    assert not _render(small_client, tmp_path, formats=["pdf"]).is_complete

    assert {file: file.read_bytes() for file in before} == before


def test_old_runs_go_but_never_the_one_that_the_report_is_of(
    small_client: Path, tmp_path: Path, write_chapter: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(render, "MOST_RUNS", 2)
    write_chapter("00_first", FINDING)
    reported = _render(small_client, tmp_path, formats=["html"]).run_folder
    write_chapter("00_first", "1 / 0")
    failed = [_render(small_client, tmp_path, formats=["html"]).run_folder for _ in range(3)]

    assert sorted((tmp_path / "out" / "small" / "runs").iterdir()) == sorted([reported, *failed[1:]])
    record = json.loads((tmp_path / "out" / "small" / "report.json").read_text("utf-8"))
    assert record["run"] == reported.name
