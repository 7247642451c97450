"""The chapters as they are committed: thin, without outputs, and fit for papermill and nbval alike."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import nbformat
import pytest

from crmplan import carried

CHAPTERS = sorted(carried.notebooks().glob("[0-9][0-9]_*.ipynb"))
ALL = sorted(carried.notebooks().rglob("*.ipynb"))
ALLOWED_IMPORTS = {"crmplan"}
FORBIDDEN = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.For, ast.While, ast.Try, ast.Lambda, ast.With)


def _code_cells(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _tags(cell: nbformat.NotebookNode) -> list[str]:
    return cell.metadata.get("tags", [])


def _read(file: Path) -> nbformat.NotebookNode:
    return nbformat.read(file, as_version=nbformat.NO_CONVERT)


@pytest.fixture(params=CHAPTERS, ids=lambda file: file.stem)
def chapter(request: pytest.FixtureRequest) -> nbformat.NotebookNode:
    return _read(request.param)


@pytest.fixture(params=ALL, ids=lambda file: file.stem)
def notebook(request: pytest.FixtureRequest) -> nbformat.NotebookNode:
    return _read(request.param)


def test_chapters_are_numbered_without_gaps() -> None:
    assert [file.stem[:2] for file in CHAPTERS] == [f"{number:02d}" for number in range(len(CHAPTERS))]


def test_a_notebook_is_valid_and_for_any_python_3(notebook: nbformat.NotebookNode) -> None:
    nbformat.validate(notebook)

    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert notebook.metadata.kernelspec.name == "python3"
    assert notebook.metadata.kernelspec.display_name == "Python 3"


def test_nothing_that_a_run_leaves_behind_is_committed(notebook: nbformat.NotebookNode) -> None:
    assert "papermill" not in notebook.metadata
    assert "widgets" not in notebook.metadata
    for cell in notebook.cells:
        assert "papermill" not in cell.metadata
        assert "injected-parameters" not in _tags(cell)
    for cell in _code_cells(notebook):
        assert not cell.outputs
        assert cell.execution_count is None


def test_cells_have_ids_of_their_own(notebook: nbformat.NotebookNode) -> None:
    ids = [cell.id for cell in notebook.cells]

    assert len(ids) == len(set(ids))


def test_a_chapter_begins_with_its_title_and_a_lead(chapter: nbformat.NotebookNode) -> None:
    first = chapter.cells[0]

    assert first.cell_type == "markdown"
    assert re.match(r"# \S[^\n]*\n\n\S", first.source)
    assert not any(re.search(r"^# ", cell.source, re.M) for cell in chapter.cells[1:] if cell.cell_type == "markdown")


def test_a_chapter_has_one_cell_of_parameters_with_a_literal_client(chapter: nbformat.NotebookNode) -> None:
    (cell,) = [cell for cell in chapter.cells if "parameters" in _tags(cell)]
    (statement,) = ast.parse(cell.source).body

    assert isinstance(statement, ast.Assign)
    assert [ast.unparse(target) for target in statement.targets] == ["client"]
    assert isinstance(ast.literal_eval(statement.value), str)
    assert "\n" not in cell.source.strip()
    assert "#" not in cell.source


def test_a_chapter_is_thin(chapter: nbformat.NotebookNode) -> None:
    cells = _code_cells(chapter)

    assert len(cells) <= 12
    assert all(len(cell.source.splitlines()) <= 10 for cell in cells)


def test_a_chapter_loads_calls_and_shows_and_does_nothing_else(chapter: nbformat.NotebookNode) -> None:
    for cell in _code_cells(chapter):
        nodes = list(ast.walk(ast.parse(cell.source)))
        assert not [node for node in nodes if isinstance(node, FORBIDDEN)], cell.source
        modules = {
            (name or "").split(".")[0]
            for node in nodes
            for name in (
                [node.module] if isinstance(node, ast.ImportFrom)
                else [alias.name for alias in node.names] if isinstance(node, ast.Import)
                else []
            )
        }  # fmt: skip
        allowed = ALLOWED_IMPORTS | ({"ipywidgets", "IPython"} if "workshop" in _tags(cell) else set())
        assert modules <= allowed, cell.source


def test_no_path_of_somebodys_machine_and_no_shell(notebook: nbformat.NotebookNode) -> None:
    for cell in _code_cells(notebook):
        assert not re.search(r"^\s*[!%]", cell.source, re.M), cell.source
        assert not re.search(r"(/home/|/Users/|/work/|[A-Z]:\\|\.\./)", cell.source), cell.source


def test_prose_holds_no_html_and_no_links_to_files(notebook: nbformat.NotebookNode) -> None:
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            assert not re.search(r"<[a-zA-Z/!]", cell.source), cell.source
            assert "](" not in cell.source, cell.source
