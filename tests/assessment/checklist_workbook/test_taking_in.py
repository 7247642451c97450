"""Editing questions in Excel: what would change is shown, what is wrong is told by cell, other lines stay."""

from __future__ import annotations

import difflib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from typer.testing import CliRunner

from crmplan import carried
from crmplan.assessment import load_checklists
from crmplan.assessment.checklist_workbook.reading import read_checklists
from crmplan.assessment.checklist_workbook.taking_in import preview_of, put_in
from crmplan.assessment.checklist_workbook.writing import workbook_of_checklists
from crmplan.cli import app
from crmplan.errors import TemplateError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(carried.templates() / "checklists", tmp_path / "checklists"))


@pytest.fixture
def edit(folder: Path, tmp_path: Path) -> Callable[..., Path]:
    """Return a function that exports the call centre's questions and changes cells of one question."""

    def edit(id: str = "CC-CM-02", /, **cells: Any) -> Path:
        file = tmp_path / "edited.xlsx"
        file.write_bytes(workbook_of_checklists([c for c in load_checklists(folder) if c.checklist == "call_center"]))
        book = openpyxl.load_workbook(file)
        sheet = book["call_center"]
        columns = {cell.value: cell.column for cell in sheet[2]}
        (row,) = (cell.row for cell in sheet["A"] if cell.value == id)
        for heading, value in cells.items():
            sheet.cell(row, columns[heading.replace("_", " ")]).value = value
        book.save(file)
        return file

    return edit


def test_only_the_lines_of_the_question_that_was_edited_change(edit: Callable[..., Path], folder: Path) -> None:
    file = folder / "call_center.yaml"
    remark = "# agreed with the works council\n"
    before = file.read_text("utf-8").replace("  - id: CC-CM-02\n", f"  {remark}  - id: CC-CM-02\n")
    file.write_text(before, "utf-8")

    preview = preview_of(edit(Title="Orders from strangers", Weight=2), folder)
    assert [(one.where, one.field, one.before, one.after) for one in preview.edits] == [
        ("edited.xlsx, call_center!C4", "Title", "Orders from customers not on file", "Orders from strangers"),
        ("edited.xlsx, call_center!AI4", "Weight", 3, 2),
    ]
    assert file.read_text("utf-8") == before
    assert put_in(preview) == 1
    changed = [
        line
        for line in difflib.ndiff(before.splitlines(), file.read_text("utf-8").splitlines())
        if line[0] in "+-" and line[1:].split()[0] in {"title:", "weight:", "rev:", "#", "-", "critical:"}
    ]
    assert changed == [
        "-     title: Orders from customers not on file", "+     title: Orders from strangers",
        "-     weight: 3", "+     weight: 2",
    ]  # fmt: skip
    assert preview_of(edit(), folder).edits == ()


def test_other_words_under_the_same_revision_are_remarked_on(edit: Callable[..., Path], folder: Path) -> None:
    same = preview_of(edit(Text="How do we know who is ordering, really?"), folder)
    raised = preview_of(edit(Text="How do we know who is ordering, really?", Revision=2), folder)

    assert "CC-CM-02 reads otherwise under the same revision" in same.remarks[0]
    assert raised.remarks == ()


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({"Weight": "many"}, "call_center!AI4: expected a whole number, got 'many'"),
        ({"Weight": 9}, "call_center!AI4: expected input should be less than or equal to 3, got '9'"),
        ({"Critical": "perhaps"}, "call_center!AJ4: expected yes or no, got 'perhaps'"),
        ({"Level_3": None}, "call_center!A4: expected give one line for each of the levels 0 to 5"),
        ({"Title": "=A1"}, "call_center!C4: expected a text or a number, got 'a formula'"),
        ({"Scale": "stars"}, "call_center!J4: expected input should be"),
        ({"Revision": 0}, "call_center!B4: expected"),
        ({"Metric": "no_such_metric"}, "call_center:4: expected a known metric, got 'no_such_metric'"),
        ({"Needs_first": "CC-CM-02"}, "expected 'needs' without a circle"),
        ({"Cannot_be:_rule": None}, "expected as many lines as there are rules, 0"),
        ({"Question": "CC-CM-01"}, "expected the rest of the text above, or another id in the first column"),
    ],
)
def test_what_is_wrong_is_told_by_cell_and_nothing_is_taken(
    cells: dict[str, Any], told: str, edit: Callable[..., Path], folder: Path
) -> None:
    with pytest.raises(TemplateError) as raised:
        preview_of(edit(**cells), folder)

    assert told in str(raised.value)


def test_a_lower_revision_is_refused(edit: Callable[..., Path], folder: Path) -> None:
    put_in(preview_of(edit(Revision=3), folder))

    with pytest.raises(TemplateError, match="revision 3 or a higher one, got '2'; revisions only rise"):
        preview_of(edit(Revision=2), folder)


def test_a_question_that_is_added_or_removed_is_told(edit: Callable[..., Path], folder: Path) -> None:
    preview = preview_of(edit("CC-CM-03", Question="CC-ZZ-09"), folder)

    assert [(one.kind, one.question) for one in preview.edits] == [("added", "CC-ZZ-09"), ("removed", "CC-CM-03")]
    put_in(preview)
    assert "CC-ZZ-09" in [one.id for checklist in load_checklists(folder) for one in checklist.questions]


def test_a_workbook_that_holds_no_checklists_is_refused(tmp_path: Path) -> None:
    openpyxl.Workbook().save(tmp_path / "other.xlsx")

    with pytest.raises(TemplateError, match="a workbook of checklists made by crmplan, got 'no sheet Checklists'"):
        read_checklists(tmp_path / "other.xlsx")


def test_a_heading_that_is_missing_or_unknown_is_told(edit: Callable[..., Path], folder: Path) -> None:
    file = edit()
    book = openpyxl.load_workbook(file)
    book["call_center"]["C2"] = "Titel"
    book.save(file)

    with pytest.raises(TemplateError, match=r"expected a known heading, got 'Titel'; did you mean 'Title'"):
        preview_of(file, folder)


def test_the_commands_export_show_and_write(folder: Path, tmp_path: Path, edit: Callable[..., Path]) -> None:
    run = CliRunner()
    out = tmp_path / "out" / "all.xlsx"
    exported = run.invoke(app, ["checklist", "export", "sales", "--folder", str(folder), "--out", str(out)])
    assert exported.output == f"{out}: 13 questions of 1 checklists\n"
    same = run.invoke(app, ["checklist", "import", str(out), "--folder", str(folder)])
    assert same.output == "nothing differs from the files\n"

    file = edit(Title="Orders from strangers")
    shown = run.invoke(app, ["checklist", "import", str(file), "--folder", str(folder)])
    assert "changes: 1, files: 1; --apply writes them" in shown.output
    assert "Orders from strangers" not in (folder / "call_center.yaml").read_text("utf-8")
    taken = run.invoke(app, ["checklist", "import", str(file), "--folder", str(folder), "--apply"])
    assert "changes: 1, files written: 1" in taken.output
    assert "Orders from strangers" in (folder / "call_center.yaml").read_text("utf-8")
    assert run.invoke(app, ["checklist", "export", "salse"]).exit_code == 2
