"""Exactly what depends on a change is computed anew."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from crmplan import kept, workbench
from crmplan.workbench import STEPS, Workbench


def _fingerprints(folder: Path) -> dict[str, str]:
    bench = Workbench.open(folder)
    return {step: bench.fingerprint(step) for step in STEPS}


def _changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    return {step for step in STEPS if before[step] != after[step]}


def _edit(folder: Path, old: str, new: str) -> None:
    file = folder / "engagement.yaml"
    assert old in file.read_text("utf-8")
    file.write_text(file.read_text("utf-8").replace(old, new), "utf-8")


def test_nothing_changed_means_nothing_computed(small_client: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = Workbench.open(small_client)
    customers = first.customers().n_customers

    def never(*_: object, **__: object) -> None:
        pytest.fail("a kept result was computed again")

    monkeypatch.setattr("crmplan.intake.take_in", never)
    monkeypatch.setattr("crmplan.customers.single_view", never)

    assert Workbench.open(small_client).customers().n_customers == customers


def test_a_changed_export_reaches_every_step(small_client: Path) -> None:
    before = _fingerprints(small_client)
    with (small_client / "data" / "orders.csv").open("a") as stream:
        stream.write("O999999,9999,2024-05-05,10.00\n")

    assert _changed(before, _fingerprints(small_client)) == set(STEPS)


@pytest.mark.parametrize(
    ("old", "new", "steps"),
    [
        (
            "gross_margin_share: 0.3",
            "gross_margin_share: 0.4",
            {"value", "economics", "metrics", "readiness", "scorecard", "plan"},
        ),
        ("country: Germany", "country: France", {"metrics", "readiness", "scorecard", "plan"}),
        ("name: Example Trading", "name: Another Name", set()),
        ("as_of: 2024-12-31", "as_of: 2024-06-30", set(STEPS)),
        ("role: head_of_sales", "role: ceo", {"readiness", "plan"}),
    ],
)
def test_a_changed_setting_reaches_only_what_uses_it(small_client: Path, old: str, new: str, steps: set[str]) -> None:
    before = _fingerprints(small_client)
    _edit(small_client, old, new)

    assert _changed(before, _fingerprints(small_client)) == steps


def test_another_python_reaches_every_step(small_client: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = _fingerprints(small_client)
    monkeypatch.setattr("platform.python_version", lambda: "3.99.0")

    assert _changed(before, _fingerprints(small_client)) == set(STEPS)


def test_orders_that_hold_refunds_alone_are_not_asked_for_again(small_client: Path) -> None:
    lines = "".join(f"O{number},{number:04d},2024-03-01,-5.00\n" for number in range(40))
    (small_client / "data" / "orders.csv").write_text(f"order_id,customer_id,ordered_at,net_amount\n{lines}", "utf-8")
    measured = Workbench.open(small_client).metrics()
    reasons = {one.reason for one in measured.values() if not one.is_computed}

    assert measured["fastest_segment_growth"].reason == "the `orders` that came hold no purchase of a known customer"
    assert "all 40 customers gave everything back" in measured["top10_value_share"].reason
    assert not {reason for reason in reasons if "made from orders" in reason}


def test_an_answer_reaches_readiness_and_plan(small_client: Path) -> None:
    before = _fingerprints(small_client)
    (small_client / "answers").mkdir()
    (small_client / "answers" / "r1.jsonl").write_text("{}\n")

    assert _changed(before, _fingerprints(small_client)) == {"readiness", "plan"}


@pytest.mark.parametrize(
    ("package", "steps"),
    [
        ("crmplan.value", {"value", "economics", "metrics", "readiness", "scorecard", "plan"}),
        ("crmplan.analysis", {"profile", "segments", "economics", "metrics", "readiness", "scorecard", "plan"}),
        ("crmplan.planning", {"plan"}),
    ],
)
def test_changed_code_reaches_only_what_depends_on_it(
    small_client: Path, monkeypatch: pytest.MonkeyPatch, package: str, steps: set[str]
) -> None:
    before = _fingerprints(small_client)
    original = kept._source

    def edited(name: str) -> bytes | None:
        source = original(name)
        return source + b"\n# edited" if source is not None and name.startswith(package) else source

    monkeypatch.setattr(kept, "_source", edited)
    kept.code_fingerprint.cache_clear()
    try:
        assert _changed(before, _fingerprints(small_client)) == steps
    finally:
        kept.code_fingerprint.cache_clear()


@pytest.mark.parametrize("name", ["vendors.yaml", "decision_rights.yaml"])
def test_offers_and_decision_rights_reach_the_plan_alone(small_client: Path, name: str) -> None:
    before = _fingerprints(small_client)
    (small_client / name).write_text("anything", "utf-8")

    assert _changed(before, _fingerprints(small_client)) == {"plan"}


def test_what_was_computed_is_the_same_when_computed_again(small_client: Path) -> None:
    import shutil

    first = Workbench.open(small_client).value()
    shutil.rmtree(small_client / ".crmplan")
    second = Workbench.open(small_client).value()

    assert first.customers.equals(second.customers)


def test_the_steps_are_in_the_order_of_their_needs() -> None:
    for position, step in enumerate(STEPS):
        assert all(STEPS.index(needed) < position for needed in workbench._NEEDS[step])


def test_moving_the_folder_changes_nothing(small_client: Path, tmp_path: Path) -> None:
    before = _fingerprints(small_client)
    moved = small_client.rename(tmp_path / "elsewhere")

    assert _fingerprints(moved) == before


def test_a_file_with_brackets_in_its_name_counts_with_its_bytes(small_client: Path) -> None:
    file = next((small_client / "data").iterdir())
    _edit(small_client, f"data/{file.name}", "data/orders[1].csv")
    file.rename(file.with_name("orders[1].csv"))

    assert list(Workbench.open(small_client).data_fingerprints) == ["data/orders[1].csv"]


@pytest.mark.parametrize(
    ("rests_on_costs", "margin", "expected"), [(False, 0.27, 0.27), (True, 0.12, 0.12), (False, None, 0.3)]
)
def test_the_plan_counts_with_the_margin_that_the_value_prints(
    small_client: Path, monkeypatch: pytest.MonkeyPatch, rests_on_costs: bool, margin: float | None, expected: float
) -> None:
    found = []
    monkeypatch.setattr("crmplan.planning.make_plan", lambda *_, facts, **__: found.append(facts))
    bench = Workbench.open(small_client)
    value = SimpleNamespace(margin_rests_on_costs=rests_on_costs, margin_share=margin)
    monkeypatch.setattr(bench, "value", lambda: value)
    monkeypatch.setattr(bench, "readiness", lambda: SimpleNamespace(questions=()))
    monkeypatch.setattr(bench, "metrics", dict)
    monkeypatch.setattr(bench, "capabilities", tuple)
    monkeypatch.setattr("crmplan.assessment.capability_gaps.capability_gaps", lambda found: found)

    bench._plan()

    assert [(facts.gross_margin_share, facts.margin_rests_on_costs) for facts in found] == [(expected, rests_on_costs)]
