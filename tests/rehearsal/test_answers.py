from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from crmplan.assessment import read_answers
from crmplan.engagement import Engagement
from crmplan.rehearsal import QuestionSlot
from crmplan.rehearsal.agreement import RESPONDENTS
from crmplan.rehearsal.answers import draw_answers

AS_OF = date(2025, 12, 31)
ALL_ROLES = tuple(person.role for person in RESPONDENTS)


def answers_to(n_questions: int, seed: int = 7, level: float | None = 2.0) -> pd.DataFrame:
    slots = [
        QuestionSlot(f"CC-CM-{i:02d}", 1, "call_center", ALL_ROLES, "unknown_order_share", level)
        for i in range(n_questions)
    ]
    texts = draw_answers(slots, seed=seed, as_of=AS_OF)
    return pd.DataFrame([{**json.loads(line), "who": who} for who, text in texts.items() for line in text.splitlines()])


def test_who_leads_sees_things_brighter_than_who_does_the_work() -> None:
    found = answers_to(60)
    levels = pd.to_numeric(found["value"], errors="coerce").groupby(found["who"]).mean()

    assert levels[["r01", "r02", "r03", "r09"]].min() > levels[["r04", "r05", "r07"]].max() + 0.5


def test_answers_are_levels_or_say_that_there_is_none() -> None:
    found = answers_to(60)

    assert set(found["value"]) <= {0, 1, 2, 3, 4, 5, "na", "dk"}
    assert 0 < (found["value"] == "dk").mean() < 0.15
    assert found.loc[found["value"].isin(["na", "dk"]), "stated"].isna().all()
    stated = found["stated"].dropna()
    assert 0.4 < len(stated) / len(found) < 0.9
    assert (stated > 0).all()


def test_one_more_question_changes_no_other_level() -> None:
    few, more = answers_to(5), answers_to(6)
    kept = more[more["question"].isin(few["question"])].reset_index(drop=True)

    pd.testing.assert_frame_equal(few.drop(columns="at"), kept.drop(columns="at"))


def test_only_roles_that_are_asked_answer() -> None:
    texts = draw_answers([QuestionSlot("CC-CM-01", 3, "call_center", ("agent",))], seed=7, as_of=AS_OF)
    lines = {who: [json.loads(line) for line in text.splitlines()] for who, text in texts.items()}

    assert {who for who, given in lines.items() if given} == {"r04", "r05", "r10"}
    assert lines["r04"][0]["revision"] == 3
    assert lines["r04"][0]["at"] < "2025-12-31"


def test_the_assessment_reads_what_is_written(folder: Path) -> None:
    found = read_answers(folder / "answers")
    engagement = Engagement.open(folder)

    assert not found.empty
    assert found["problem"].eq("").all()
    assert set(found["respondent"]) <= {person.id for person in engagement.respondents}
    assert np.isin(found["question"].unique(), ["MK-CH-01", "CC-CM-02"]).all()
    assert len(engagement.respondents) == 15
