from __future__ import annotations

from pathlib import Path

import pytest

from crmplan.errors import TemplateError
from crmplan.metrics.registry import registry
from crmplan.scorecard.kpis import PERSPECTIVES, load_kpis

GOOD = """\
perspective: customer
kpis:
  - id: KPI-ONE
    name: One
    question: Does it work?
    decides: What to do next
    department: sales
    phase: retention
    kind: leading
    metric: repeat_share
    definition: A share of something
    exclude: Nothing
    direction: up
    unit: share
    target: {improve_by_points: 0.03}
    rhythm: monthly
    owner: Head of sales
    side_effects: None to be feared
    pair_with: KPI-TWO
    not_for: Individual pay
    cost: S
    gotchas: [Mind the gap]
"""


def _second(**changes: str) -> str:
    lines = GOOD.splitlines()[2:]
    values = {"id": "KPI-TWO", "pair_with": "KPI-ONE", "metric": "average_order_value", "unit": "currency", **changes}
    for position, line in enumerate(lines):
        key = line.strip().removeprefix("- ").split(":")[0]
        if key in values:
            lead = "  - " if "- id" in line else "    "
            lines[position] = f"{lead}{key}: {values[key]}"
    return "\n".join(lines) + "\n"


def _folder(tmp_path: Path, text: str) -> Path:
    (tmp_path / "customer.yaml").write_text(text, "utf-8")
    return tmp_path


def test_the_library_loads_and_covers_every_perspective() -> None:
    kpis = load_kpis()

    assert len(kpis) >= 26
    for perspective in PERSPECTIVES:
        assert sum(kpi.perspective == perspective for kpi in kpis) >= 6
    assert [PERSPECTIVES.index(kpi.perspective) for kpi in kpis] == sorted(
        PERSPECTIVES.index(kpi.perspective) for kpi in kpis
    )


def test_every_metric_cited_exists_and_serves_one_kpi() -> None:
    cited = [kpi.metric for kpi in load_kpis() if kpi.metric]

    assert set(cited) <= set(registry())
    assert len(cited) == len(set(cited))


def test_every_phase_and_department_has_a_kpi() -> None:
    kpis = load_kpis()

    assert {kpi.phase for kpi in kpis} == {"acquisition", "selling_up", "selling_across", "retention", "service"}
    assert {kpi.department for kpi in kpis} == {"management", "marketing", "sales", "call_center", "operations"}


def test_a_good_file_loads(tmp_path: Path) -> None:
    assert [kpi.id for kpi in load_kpis(_folder(tmp_path, GOOD + _second()))] == ["KPI-ONE", "KPI-TWO"]


def test_all_problems_are_told_at_once_with_file_and_line(tmp_path: Path) -> None:
    text = GOOD.replace("unit: share", "unit: count").replace("kind: leading", "kind: soon") + _second(
        metric="repeat_shar", pair_with="KPI-ON"
    )

    with pytest.raises(TemplateError) as caught:
        load_kpis(_folder(tmp_path, text))

    said = [str(problem) for problem in caught.value.problems]
    assert any(problem.startswith("customer.yaml:9:") and "kind" in problem for problem in said)
    assert any("did you mean 'repeat_share'" in problem for problem in said)
    assert any("another KPI as its pair" in problem for problem in said)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("direction: up", "direction: down", "customer.yaml:13: expected KPI-ONE: the direction of repeat_share, up"),
        ("unit: share", "unit: days", "customer.yaml:14: expected KPI-ONE: the unit of repeat_share, share"),
        ("kind: leading", "kindd: leading", "did you mean 'kind'"),
        ("{improve_by_points: 0.03}", "{improve_by_points: 0.03, reach: 0.5}", "exactly one of improve_by_share"),
        ("    metric: repeat_share\n", "", "either 'metric' or 'collect'"),
        ("perspective: customer", "perspective: custom", "customer.yaml:1: expected one of financial"),
        ("id: KPI-ONE", "id: KPI-TWO", "every KPI once"),
        ("owner: Head of sales", "owner: 7", "customer.yaml:17"),
    ],
)
def test_a_problem_says_where_and_what(tmp_path: Path, old: str, new: str, told: str) -> None:
    with pytest.raises(TemplateError, match=told.replace("(", r"\(")):
        load_kpis(_folder(tmp_path, GOOD.replace(old, new) + _second()))


def test_a_metric_may_serve_one_kpi_only(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="KPI-ONE uses it already"):
        load_kpis(_folder(tmp_path, GOOD + _second(metric="repeat_share", unit="share")))


def test_an_empty_folder_is_said_to_be_empty(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match=r"\.yaml files"):
        load_kpis(tmp_path)
