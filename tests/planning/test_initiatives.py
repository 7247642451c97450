from __future__ import annotations

from pathlib import Path

import pytest

from crmplan import carried
from crmplan.errors import TemplateError
from crmplan.metrics.registry import registry
from crmplan.planning import load_initiatives
from crmplan.planning.worth import CITED_METRICS

EXPECTED = [
    "ONE-VIEW",
    "DATA-CARE",
    "WELCOME",
    "WIN-BACK",
    "KEEP-BEST",
    "CROSS-SELL",
    "LEAD-CARE",
    "PIPELINE",
    "CALL-REASONS",
    "FIRST-FIX",
    "ORDER-STATUS",
    "RETURNS",
    "SEGMENT-RULES",
    "LOSS-REVIEW",
    "TERRITORY",
    "CONTRACTS",
    "VOICE",
    "SKILLS",
    "CAMPAIGN-PROOF",
    "PRODUCT-LOOP",
    "DECISION-RIGHTS",
    "PROFIT-VIEW",
    "IT-STRATEGY",
    "LINKS",
    "CRM-CHOICE",
    "CHANNELS",
    "SHARED-KNOWLEDGE",
    "PARTNERS",
    "WORKFLOWS",
    "WORKLOAD",
]


def _changed(tmp_path: Path, old: str, new: str) -> Path:
    for file in (carried.templates() / "initiatives").glob("*.yaml"):
        text = file.read_text("utf-8")
        (tmp_path / file.name).write_text(text.replace(old, new, 1), "utf-8")
    return tmp_path


def test_all_initiatives_are_there() -> None:
    assert {one.id for one in load_initiatives()} == {f"INI-{name}" for name in EXPECTED}


def test_every_metric_cited_exists() -> None:
    cited = {metric for one in load_initiatives() for metric in one.moves}

    assert cited <= set(registry())
    assert set(CITED_METRICS) <= set(registry())


def test_every_step_is_a_sentence_of_its_own() -> None:
    for one in load_initiatives():
        for steps in (one.first_steps.days_30, one.first_steps.days_60, one.first_steps.days_90):
            assert all(step[0].isupper() for step in steps)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "rule: win_back, low: 0.02",
            "rule: win_bak, low: 0.02",
            "there is no rule 'win_bak'; did you mean 'win_back'",
        ),
        ("rule: win_back, low: 0.02", "rule: win_back, low: 0.2", "low must not be above high"),
        ("rule: win_back, low: 0.02, high: 0.05", "rule: win_back", "give low and high"),
        ("rule: win_back, low: 0.02", "rule: enables, low: 0.02", "leave low and high out"),
        ("{low: 8, high: 16}", "{low: 18, high: 16}", "low must not be above high"),
        ("[inactive_share, retention_share]", "[inactive_shar]", "did you mean 'inactive_share'"),
        ("closes: [MK.CH.1, MK.CH.3, MK.CH.2]", "closes: [MK.CH.9]", "an item of the method, got 'MK.CH.9'"),
        ("needs: [INI-DATA-CARE]", "needs: [INI-DATA-CAR]", "did you mean 'INI-DATA-CARE'"),
        ("needs: [INI-DATA-CARE]", "needs: [INI-ONE-VIEW]", "needs that do not lead back to it"),
        ("owner: Head of marketing", "ownr: Head of marketing", "did you mean 'owner'"),
    ],
)
def test_a_problem_says_where_and_what(tmp_path: Path, old: str, new: str, told: str) -> None:
    with pytest.raises(TemplateError, match=told) as caught:
        load_initiatives(_changed(tmp_path, old, new))

    assert all(".yaml:" in problem.where for problem in caught.value.problems)


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    folder = _changed(tmp_path, "owner: Head of marketing", "owner: 3")
    _ = (folder / "sales.yaml").write_text((folder / "sales.yaml").read_text("utf-8").replace("INI-LEAD-CARE", "lead"))

    with pytest.raises(TemplateError) as caught:
        load_initiatives(folder)

    assert {problem.where.split(":")[0] for problem in caught.value.problems} >= {"customers.yaml", "sales.yaml"}
