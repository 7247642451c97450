from __future__ import annotations

import errno
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from crmplan import __version__, carried
from crmplan.cli import app
from crmplan.engagement import Engagement

HEAVY = {"pandas", "numpy", "ibis", "pydantic", "altair", "rich", "papermill", "typst", "sklearn", "yaml"}


def _run(*words: str | Path) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, [str(word) for word in words])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture
def chapters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Return a function that makes a chapter with one cell the only one there is."""
    import nbformat

    folder = tmp_path / "chapters"
    folder.mkdir()
    monkeypatch.setattr(carried, "notebooks", lambda: folder)

    def write(code: str) -> None:
        cells = [
            nbformat.v4.new_markdown_cell("# One"),
            nbformat.v4.new_code_cell('client = "cdnow"', metadata={"tags": ["parameters"]}),
            nbformat.v4.new_code_cell(code),
        ]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "00_one.ipynb")

    return write


def test_help_imports_nothing_heavy() -> None:
    code = f"import crmplan.cli, sys; print({sorted(HEAVY)!r} and [n for n in {sorted(HEAVY)!r} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_help_names_every_command() -> None:
    code, out, _ = _run("--help")

    assert code == 0
    assert all(name in out for name in ("new", "check", "report", "coverage", "selfcheck", "lab"))


def test_the_version_is_told() -> None:
    assert _run("--version") == (0, f"crmplan {__version__}\n", "")


def test_usage_errors_end_with_two() -> None:
    assert _run("report")[0] == 2
    assert _run("nonsense")[0] == 2
    assert _run("report", "cdnow", "--nonsense")[0] == 2


def test_a_new_client_can_be_opened_and_is_not_made_twice(tmp_path: Path) -> None:
    assert _run("new", "mill", "--in", tmp_path)[0] == 0

    engagement = Engagement.open(tmp_path / "mill")
    assert engagement.client.name == "mill"
    code, _, err = _run("new", "mill", "--in", tmp_path)
    assert code == 1
    assert "a new or empty folder" in err


@pytest.mark.parametrize("name", ["a b", "-x", "ä", "a.b"])
def test_a_name_that_is_no_short_name_is_refused(tmp_path: Path, name: str) -> None:
    code, _, err = _run("new", "--in", tmp_path, "--", name)

    assert code == 1
    assert "letters, digits" in err
    assert not list(tmp_path.iterdir())


def test_a_rehearsal_client_has_data_answers_and_an_engagement(tmp_path: Path) -> None:
    code, _, _ = _run("new", "drill", "--rehearsal", "--in", tmp_path, "--customers", "120", "--seed", "3")

    assert code == 0
    assert Engagement.open(tmp_path / "drill").sources
    assert list((tmp_path / "drill" / "answers").iterdir())
    assert _run("new", "drill", "--rehearsal", "--in", tmp_path)[0] == 1


def test_coverage_lists_every_item_and_adds_them_up() -> None:
    items = json.loads(_run("coverage", "--json")[1])
    code, out, _ = _run("coverage")

    assert code == 0
    assert len(items) == 124
    assert {"item", "questions", "metrics", "status"} <= set(items[0])
    assert all(item["item"] in out for item in items)
    n_open = sum(item["status"] == "open" for item in items)
    assert f"124 items: {sum(bool(item['questions']) for item in items)} asked of people" in out
    assert out.rstrip().endswith(f"{n_open} open")


def test_an_error_is_one_message_without_a_traceback() -> None:
    code, out, err = _run("check", "cdnov")

    assert code == 2
    assert out == ""
    assert err == "crmplan: there is no client 'cdnov'; did you mean 'cdnow'?\n"


def test_verbose_shows_where_an_error_came_from() -> None:
    with pytest.raises(LookupError, match="cdnov"):
        _run("--verbose", "check", "cdnov")


def test_check_lists_findings_and_ends_with_one(small_client: Path) -> None:
    orders = small_client / "data" / "orders.csv"
    orders.write_text(orders.read_text("utf-8") + "X1,0001,2024-01-05,0.00\n", "utf-8")

    code, out, _ = _run("check", small_client, "--json")

    assert code == 1
    assert "zero_amount" in {finding["code"] for finding in json.loads(out)}
    assert "zero_amount" in _run("check", small_client)[1]


def test_check_tells_every_problem_of_the_engagement(small_client: Path) -> None:
    file = small_client / "engagement.yaml"
    file.write_text(file.read_text("utf-8").replace("EUR", "Euro").replace("0.3", "3"), "utf-8")

    code, _, err = _run("check", small_client)

    assert code == 1
    assert "2 problems" in err
    assert "engagement.yaml:3" in err


def test_report_prints_the_files_it_made(small_client: Path, tmp_path: Path, chapters: Callable[[str], None]) -> None:
    chapters("print(client)")

    code, out, err = _run("report", small_client, "--out", tmp_path / "out", "--format", "html")

    assert code == 0
    assert out.split() == [str(tmp_path / "out" / "small" / name) for name in ("report.html", "report.json")]
    assert err == ""


def test_a_failed_report_names_chapter_cell_and_traceback(
    small_client: Path, tmp_path: Path, chapters: Callable[[str], None]
) -> None:
    chapters("1/0")

    code, out, err = _run("report", small_client, "--out", tmp_path / "out")

    assert code == 1
    assert out == ""
    assert "00_one.ipynb stopped at cell 3" in err
    assert "    1/0" in err
    assert "ZeroDivisionError: division by zero" in err


def test_one_broken_client_does_not_keep_the_others_from_their_reports(
    small_client: Path, tmp_path: Path, chapters: Callable[[str], None]
) -> None:
    chapters("print(client)")
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "engagement.yaml").write_text("client: 1\n", "utf-8")

    code, out, err = _run("report", broken, small_client, "--out", tmp_path / "out", "--format", "html", "--json")

    assert code == 1
    assert "broken" in err
    results = json.loads(out)
    assert [result["is_complete"] for result in results] == [False, True]


def test_a_nightly_job_goes_on_whatever_happens_to_one_client_and_sums_up(
    small_client: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from crmplan.reporting.render import Rendered

    for name in ("faulty", "locked"):
        (tmp_path / name).mkdir()

    def render(folder: Path, **_: object) -> Rendered:
        if folder.name == "faulty":
            raise ZeroDivisionError("ann@example.org")
        if folder.name == "locked":
            raise PermissionError(errno.EACCES, "Permission denied", "data/orders.csv")
        return Rendered(folder.name, folder, (folder / "report.html",), ())

    monkeypatch.setattr("crmplan.reporting.render.render_report", render)
    code, out, err = _run("report", tmp_path / "faulty", "absent", tmp_path / "locked", small_client)

    assert code == 1
    assert out == f"{small_client / 'report.html'}\n"
    told = err.partition("1 of 4 reports are complete\n")[2].splitlines()
    assert told[0].startswith("  faulty: stopped by an error of crmplan's own: ZeroDivisionError: ")
    assert "ZeroDivisionError: a***@***" in err
    assert "ann@" not in err
    assert told[1:] == ["  absent: there is no such client", "  locked: data/orders.csv: Permission denied"]
    assert "there is no client 'absent'" in err


def test_two_clients_whose_reports_would_be_one_are_refused_before_anything_runs(
    small_client: Path, tmp_path: Path
) -> None:
    other = tmp_path / "elsewhere" / small_client.name
    other.mkdir(parents=True)
    code, _, err = _run("report", small_client, other)

    assert code == 2
    assert "two clients are called 'small'" in err


def test_selfcheck_ends_with_one_when_a_figure_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    from crmplan.value import published

    right = published.Check("r", 0.243, 0.243, 0.001, passed=True, source="S")
    wrong = published.Check("alpha", 4.4, 5.0, 0.001, passed=False, source="S")
    monkeypatch.setattr(published, "selfcheck", lambda: (right, wrong))

    code, out, _ = _run("selfcheck")
    assert code == 1
    assert "DIFFERENT" in out
    assert "1 of 2 published figures come out the same" in out
    monkeypatch.setattr(published, "selfcheck", lambda: (right,))
    assert _run("selfcheck")[0] == 0
    assert json.loads(_run("selfcheck", "--json")[1])[0]["ours"] == 0.243


def test_lab_without_jupyterlab_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.util

    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    code, _, err = _run("lab")

    assert code == 1
    assert 'pip install "crmplan[workshop]"' in err


def test_what_is_wrong_with_a_clients_files_is_told_once_and_without_a_traceback(
    small_client: Path, tmp_path: Path, chapters: Callable[[str], None]
) -> None:
    chapters("from crmplan import Workbench\nWorkbench.open(client).readiness()")
    (small_client / "answers").mkdir(exist_ok=True)
    (small_client / "answers" / "r1.jsonl").write_text("[1]\n", "utf-8")

    assert _run("check", small_client)[0] == 1
    code, _, err = _run("report", small_client, "--out", tmp_path / "reports", "--format", "html")

    assert code == 1
    assert err.count("r1.jsonl:1: expected") == 1
    assert "Traceback" not in err


def test_a_place_that_cannot_be_written_is_told_without_a_traceback(
    small_client: Path, tmp_path: Path, chapters: Callable[[str], None]
) -> None:
    chapters("1")
    (tmp_path / "taken").write_text("a file", "utf-8")
    code, _, err = _run("report", small_client, "--out", tmp_path / "taken")

    assert code == 1
    assert "taken" in err
    assert "name another folder with --out" in err
    assert "Traceback" not in err


def test_a_command_that_is_stopped_says_so_without_a_traceback(
    small_client: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("crmplan.reporting.render.render_report", stop)
    code, _, err = _run("report", small_client)

    assert (code, err) == (130, "crmplan: stopped; what was there before stands as it was\n")


def test_a_fault_of_the_machine_without_a_file_name_is_told_without_a_traceback(
    small_client: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("crmplan.engagement.find_client", full)

    assert _run("check", small_client) == (1, "", "crmplan: No space left on device\n")


@pytest.mark.parametrize("formats", ["", "docx", "html,"])
def test_a_report_in_no_known_format_is_a_mistake_in_the_command(small_client: Path, formats: str) -> None:
    code, _, err = _run("report", small_client, "--format", formats)

    assert code == 2
    assert "there is no format" in err


def test_map_proposes_and_writes_on_demand(tmp_path: Path) -> None:
    assert _run("new", "mill", "--in", tmp_path)[0] == 0
    folder = tmp_path / "mill"
    text = "Order ID,Customer ID,Order Date,Amount\n1,7,2024-01-02,5.00\n"
    (folder / "data" / "sales.csv").write_text(text, "utf-8")

    code, out, _ = _run("map", folder, "data/sales.csv", "--json")
    assert (code, [one["table"] for one in json.loads(out)["tables"]]) == (0, ["orders"])
    code, out, _ = _run("map", folder, "data/sales.csv")
    assert "    ordered_at: Order Date " in out
    assert "% known name, and its values fit" in out
    assert "add --apply" in out
    code, out, _ = _run("map", folder, "data/sales.csv", "--apply", "--source", "shop")
    assert (code, out.splitlines()[-1][:45]) == (0, "engagement.yaml: written under source shop; n")
    assert Engagement.open(folder).sources[0].tables[0].columns["order_id"].column == "Order ID"
    assert _run("map", folder, "data/sales.csv", "--table", "order")[0] == 2
