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


def test_every_item_is_covered_in_every_way_the_method_names() -> None:
    frame = coverage()
    assert frame["status"].tolist() == ["covered"] * 124
    assert frame.loc[frame["open_ways"] != "", "item"].tolist() == []
    by_data = frame[frame["how"].str.contains("data")]
    assert by_data.loc[by_data["metrics"] == "", "item"].tolist() == []
