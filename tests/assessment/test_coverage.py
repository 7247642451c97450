from __future__ import annotations

from crmplan.assessment import Checklist, coverage
from crmplan.metrics.registry import Metric


def test_every_item_is_listed_with_what_answers_it(checklists: tuple[Checklist, ...]) -> None:
    metric = Metric(
        "win_rate",
        "Win rate",
        "d",
        "sales",
        "share",
        "up",
        {},
        "deals",
        365,
        30,
        ("MV.5", "SY.2"),
        "c",
        lambda *_: None,
    )  # type: ignore[arg-type]
    frame = coverage(checklists, {"win_rate": metric}).set_index("item")
    assert len(frame) == 124
    assert frame.loc["MK.CH.1", ["questions", "metrics", "status"]].tolist() == [
        "MK-CH-01, MK-CH-02, MK-CH-03", "win_rate", "covered",
    ]  # fmt: skip
    assert frame.loc["MV.5", "status"] == "covered"
    assert frame.loc["CF.R.1", ["status", "open_ways"]].tolist() == ["open", "fit_gap"]


def test_nothing_of_the_strategy_checklist_is_open() -> None:
    frame = coverage()
    ours = frame[frame["area"].isin(["marketing", "sales", "call_center", "operations"])]
    assert len(ours) == 54
    assert ours["open_ways"].tolist() == [""] * 54
