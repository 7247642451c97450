"""Render a client's report: run the chapters in order, print the document, put it in place in one move.

A complete report replaces the one before; an incomplete one is kept among the runs and replaces nothing. Of the runs,
the newest are kept. A chapter is not run again while its notebook, everything the workbench computes from, and the code
are what they were.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from crmplan import carried
from crmplan.durable import beside, write_durably
from crmplan.engagement import Engagement
from crmplan.errors import RenderError, UnknownNameError
from crmplan.kept import code_fingerprint, file_fingerprint, fingerprint
from crmplan.reporting.brand import Brand, load_brand
from crmplan.reporting.document import Chapter, Document, chapter_of
from crmplan.reporting.execute import Executed, execute
from crmplan.reporting.plain import plain
from crmplan.reporting.provenance import ChapterRun, colophon, provenance
from crmplan.workbench import Workbench

__all__ = ["FORMATS", "MOST_RUNS", "Rendered", "chapter_notebooks", "check_formats", "render_report"]

FORMATS = ("html", "pdf")
"""What a report can be made as."""

MOST_RUNS = 20
"""How many of a client's runs are kept, the newest; the one that the report is of stays whatever its age."""

TITLE = "CRM strategy"
_BOARD = "board"
"""The chapter that needs all others and is printed before them, without a number."""
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Rendered:
    """What came of rendering.

    Parameters
    ----------
    client
        Short name of the client.
    run_folder
        Where this run is kept.
    files
        The report as it is to be handed on; empty when a chapter failed.
    chapters
        How each chapter went.
    remarks
        What a consultant should know, such as characters that the PDF's typeface lacks.
    """

    client: str
    run_folder: Path
    files: tuple[Path, ...]
    chapters: tuple[ChapterRun, ...]
    remarks: tuple[str, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether every chapter ran."""
        return all(chapter.failure is None for chapter in self.chapters)

    @property
    def failures(self) -> tuple[ChapterRun, ...]:
        """The chapters that failed."""
        return tuple(chapter for chapter in self.chapters if chapter.failure is not None)


def chapter_notebooks(folder: Path | None = None) -> tuple[Path, ...]:
    """Return the chapters' notebooks in their order.

    Raises
    ------
    RenderError
        When there is none.
    """
    folder = folder or carried.notebooks()
    found = tuple(sorted(folder.glob("[0-9][0-9]_*.ipynb")))
    if not found:
        raise RenderError(f"{folder}: expected chapters such as 00_engagement.ipynb, got none; reinstall crmplan")
    return found


def check_formats(formats: Sequence[str]) -> None:
    """Raise UnknownNameError when a report cannot be made as one of these."""
    for name in formats:
        if name not in FORMATS:
            raise UnknownNameError.among("format", name, FORMATS)


def render_report(
    client_folder: Path,
    *,
    out: Path,
    formats: Sequence[str] = FORMATS,
    progress: Progress | None = None,
    notebooks: Path | None = None,
) -> Rendered:
    """Render the report of one client into ``out/<client>/``.

    Parameters
    ----------
    client_folder
        A folder with an engagement.yaml.
    out
        Where reports are kept.
    formats
        Any of html and pdf.
    progress
        Called with the name of the step that begins, the steps done and the steps in all.
    notebooks
        Folder of the chapters; those that come with crmplan when it is None.

    Raises
    ------
    UnknownNameError
        When a format does not exist.
    EngagementError, TemplateError
        When the engagement or its brand has problems.
    IntakeError
        When a chapter has to run and the client's files cannot be read; all problems are listed, and an earlier report
        stays as it is.
    RenderError
        When there is no chapter, or the document cannot be printed. A chapter that fails is not raised: it is in the
        result.
    """
    check_formats(formats)
    engagement = Engagement.open(client_folder)
    brand = load_brand(engagement)
    files = chapter_notebooks(notebooks)
    tell = _Teller(progress, len(files) + len(formats))
    bench = Workbench(engagement)
    home = Path(out).resolve() / engagement.id
    with _told_where(home):
        home.mkdir(parents=True, exist_ok=True)
    printed: list[Chapter] = []
    runs: list[ChapterRun] = []
    for number, file in enumerate(files, 1):
        tell(f"chapter {number}, {_words(file)}")
        is_front = _words(file) == _BOARD
        chapter, run = _one_chapter(file, 0 if is_front else number, bench, brand)
        printed.insert(0 if is_front else len(printed), chapter)
        runs.append(run)
    name, how = plain(engagement.client.name), colophon(len(bench.data_fingerprints))
    document = Document(TITLE, name, engagement.as_of, brand, tuple(printed), how)
    with _told_where(home):
        place, remarks = _put_down(document, bench, runs, home=home, formats=formats, tell=tell)
        is_complete = all(run.failure is None for run in runs)
        handed_on = _hand_on(place, home) if is_complete else ()
        _forget_old_runs(home, keep=place)
    return Rendered(engagement.id, place, handed_on, tuple(runs), remarks)


@contextlib.contextmanager
def _told_where(home: Path) -> Iterator[None]:
    """Turn what keeps a report from being written, such as a full disk, into words that say what to do."""
    try:
        yield
    except OSError as cause:
        advice = "make room, or name another folder with --out"
        raise RenderError(f"{home}: the report cannot be written: {cause.strerror or cause}; {advice}") from cause


def _put_down(
    document: Document,
    bench: Workbench,
    runs: Sequence[ChapterRun],
    *,
    home: Path,
    formats: Sequence[str],
    tell: Callable[[str], None],
) -> tuple[Path, tuple[str, ...]]:
    """Print the document into a folder of its own, which gets its name when it is whole; return it and the remarks."""
    draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=home))
    try:
        remarks = _print(document, draft, formats, tell)
        place = _free_place(home / "runs")
        record = provenance(
            bench.engagement, runs, data=bench.data_fingerprints, run=place.name, formats=formats, remarks=remarks
        )
        (draft / "report.json").write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", "utf-8")
        draft.chmod(0o755)
        draft.replace(place)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return place, remarks


class _Teller:
    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress, self._total, self._done = progress, total, 0

    def __call__(self, step: str) -> None:
        if self._progress is not None:
            self._progress(step, self._done, self._total)
        self._done += 1


def _words(file: Path) -> str:
    return file.stem.partition("_")[2].replace("_", " ")


def _one_chapter(file: Path, number: int, bench: Workbench, brand: Brand) -> tuple[Chapter, ChapterRun]:
    engagement = bench.engagement
    code = code_fingerprint("crmplan.reporting.chapters", "crmplan.reporting.execute", "crmplan.workbench")
    # Altair writes the charts that a kept chapter holds; what computes is in the workbench's own fingerprint.
    key = fingerprint([file_fingerprint(file), bench.fingerprint(), code, version("altair")])
    place = engagement.kept / "chapters" / f"{file.stem}-{key}.json"
    executed = _kept_chapter(place)
    was_kept = executed is not None
    if executed is None:
        # What is wrong with the client's files is told once and at once, and not by every chapter that needs them.
        bench.intake()
        executed = execute(file, engagement.folder)
        if executed.failure is None:
            _keep_chapter(place, file.stem, executed.notebook)
    is_complete = executed.failure is None
    chapter = chapter_of(executed.notebook, name=file.stem, number=number, brand=brand, is_complete=is_complete)
    return chapter, ChapterRun(file.stem, chapter.title, executed.seconds, was_kept, executed.failure)


def _kept_chapter(place: Path) -> Executed | None:
    try:
        notebook = json.loads(place.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return Executed(notebook, None, 0.0) if isinstance(notebook, dict) and "cells" in notebook else None


def _keep_chapter(place: Path, name: str, notebook: dict[str, Any]) -> None:
    # A folder that cannot be written costs time at the next run, and no more.
    with contextlib.suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        for older in place.parent.glob(f"{name}-*.json"):
            older.unlink(missing_ok=True)
        write_durably(place, json.dumps(notebook).encode())


def _print(document: Document, draft: Path, formats: Sequence[str], tell: Callable[[str], None]) -> tuple[str, ...]:
    remarks: tuple[str, ...] = ()
    if "html" in formats:
        from crmplan.reporting.html import report_html

        tell("HTML")
        (draft / "report.html").write_text(report_html(document), "utf-8")
    if "pdf" in formats:
        from crmplan.reporting.pdf import report_pdf

        tell("PDF")
        pdf = report_pdf(document)
        (draft / "report.pdf").write_bytes(pdf.content)
        remarks = pdf.remarks
    return remarks


def _hand_on(place: Path, home: Path) -> tuple[Path, ...]:
    """Put copies of a run's files in place of the earlier ones: all of them, or none where one cannot be written.

    A format that this run did not make goes: beside the new figures an earlier one would tell of others.
    """
    files = sorted(place.iterdir(), key=lambda file: file.name)
    with contextlib.ExitStack() as stack:
        for file in files:
            # All are on the disk before the first takes its name, which it does when the block ends.
            stack.enter_context(beside(home / file.name)).write_bytes(file.read_bytes())
    for name in FORMATS:
        if f"report.{name}" not in {file.name for file in files}:
            (home / f"report.{name}").unlink(missing_ok=True)
    return tuple(home / file.name for file in files)


def _forget_old_runs(home: Path, *, keep: Path) -> None:
    """Remove all runs but the newest few, the one that has just been made and the one that the report is of."""
    reported = _run_of(home / "report.json")
    runs = sorted((run for run in (home / "runs").iterdir() if run.is_dir()), reverse=True)
    for run in runs[MOST_RUNS:]:
        if run.name not in {keep.name, reported}:
            shutil.rmtree(run, ignore_errors=True)


def _run_of(record: Path) -> str:
    try:
        return str(json.loads(record.read_text("utf-8"))["run"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _free_place(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    # To the microsecond, so that two reports of one client that end together do not meet in one folder.
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    place, count = folder / stamp, 1
    while place.exists():
        count += 1
        place = folder / f"{stamp}-{count}"
    return place
