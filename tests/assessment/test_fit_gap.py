from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from crmplan.assessment import Checklist, load_checklists
from crmplan.assessment.fit_gap import FIT_GAP_COLUMNS, fit_gap, needs_met

NAN = math.nan


@pytest.fixture
def capabilities(make_question: Callable[..., dict[str, Any]]) -> tuple[Checklist, ...]:
    needs = {
        "CF-SA-01": {"default": "must"}, "CF-SA-02": {"default": "should", "firms": "must"},
        "CF-MA-01": {"default": "could"}, "CF-SV-01": {"default": "none"}, "CF-SV-02": {"default": "must"},
    }  # fmt: skip
    questions = []
    for id, need in needs.items():
        fields = make_question(id, scale="fit_gap", need=need, leads_to={"initiatives": ["INI-WELCOME"]})
        del fields["anchors"]
        questions.append(fields)
    questions.append(make_question("MK-CH-01"))
    fields = {
        "checklist": "crm_capability", "title": "C", "version": "1.0.0", "introduction": "i", "questions": questions,
    }  # fmt: skip
    return (Checklist.model_validate(fields),)


def known(**levels: tuple[float, float]) -> pd.DataFrame:
    rows = [(id.replace("_", "-"), said, shown) for id, (said, shown) in levels.items()]
    return pd.DataFrame(rows, columns=["question", "said", "shown"])


def test_what_is_short_is_need_against_the_lower_of_people_and_data(capabilities: tuple[Checklist, ...]) -> None:
    found = fit_gap(
        capabilities, known(CF_SA_01=(4.0, 2.0), CF_SA_02=(3.0, NAN), CF_MA_01=(NAN, 1.0), CF_SV_01=(0.0, NAN))
    ).set_index("capability")
    assert found.loc["CF-SA-01", ["level", "basis", "target", "gap", "status"]].tolist() == [
        2.0, "people and data", 4.0, 2.0, "in part",
    ]  # fmt: skip
    assert found.loc["CF-SA-02", ["need", "gap", "status"]].tolist() == ["should", 0.0, "there"]
    assert found.loc["CF-MA-01", ["basis", "gap", "status"]].tolist() == ["data", 1.0, "missing"]
    assert found.loc["CF-SV-01", ["gap", "status"]].tolist() == [0.0, "not needed"]
    assert found.loc["CF-SV-02", "status"] == "not known"
    assert math.isnan(found.loc["CF-SV-02", "gap"])
    assert "MK-CH-01" not in found.index


def test_the_largest_weighted_gap_stands_first(capabilities: tuple[Checklist, ...]) -> None:
    found = fit_gap(
        capabilities, known(CF_SA_01=(3.0, NAN), CF_SA_02=(1.0, NAN), CF_MA_01=(0.0, NAN)), customers="both"
    )
    # must 1 short: 3; should 2 short: 4; could 2 short: 2
    assert found["capability"].tolist()[:3] == ["CF-SA-02", "CF-SA-01", "CF-MA-01"]


def test_some_needs_depend_on_the_kind_of_customers(capabilities: tuple[Checklist, ...]) -> None:
    found = fit_gap(capabilities, known(CF_SA_02=(3.0, NAN)), customers="firms").set_index("capability")
    assert found.loc["CF-SA-02", ["need", "target", "gap"]].tolist() == ["must", 4.0, 1.0]


def test_needs_are_counted_by_what_is_there(capabilities: tuple[Checklist, ...]) -> None:
    met = needs_met(fit_gap(capabilities, known(CF_SA_01=(1.0, NAN), CF_SA_02=(3.0, NAN))))
    assert met.to_dict("records") == [
        {"need": "must", "there": 0, "in part": 0, "missing": 1, "not known": 1, "n": 2},
        {"need": "should", "there": 1, "in part": 0, "missing": 0, "not known": 0, "n": 1},
        {"need": "could", "there": 0, "in part": 0, "missing": 0, "not known": 1, "n": 1},
    ]


def test_without_answers_nothing_is_known_and_nothing_fails() -> None:
    found = fit_gap(load_checklists(), known())
    assert len(found) == 22
    assert set(found["status"]) == {"not known"}
    assert list(found.columns) == list(FIT_GAP_COLUMNS)


def test_a_scope_without_the_fit_gap_gives_an_empty_one() -> None:
    assert fit_gap((), known()).empty
    assert needs_met(fit_gap((), known())).empty
