from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmplan.assessment.agreement import Said
from crmplan.assessment.documents import no_documents
from crmplan.assessment.grades import Founded, documents_for, founded_on, grade_at_age

Say = Callable[..., pd.DataFrame]
AS_OF = date(2024, 6, 30)


def documents(**fields: Any) -> pd.DataFrame:
    row = {"document": "EV-001", "title": "t", "dated": "2024-06-01", "supports": "Q1", "status": "on file", **fields}
    return pd.DataFrame([{**dict.fromkeys(no_documents().columns, ""), **row}])


def founded(said: Say, n: int, **options: Any) -> Founded:
    answers = said(*((f"r{i}", "Q1", 3) for i in range(n)), at="2024-05-31T10:00:00")
    fields: dict[str, Any] = {"documents": no_documents(), "as_of": AS_OF, **options}
    return founded_on("Q1", answers, Said(value=3.0, n=n), **fields)


@pytest.mark.parametrize(
    ("n", "options", "evidence", "grade"),
    [
        (2, {"has_data": True, "data_until": AS_OF, "documents": documents()}, "data", "A"),
        (2, {"documents": documents()}, "document", "B"),
        (2, {}, "several people", "C"),
        (1, {}, "one person", "D"),
        (0, {}, "none", ""),
        (0, {"documents": documents()}, "none", ""),
        (2, {"documents": documents(status="changed")}, "several people", "C"),
        (2, {"documents": documents(supports="Q2")}, "several people", "C"),
        (2, {"has_data": True, "data_until": date(2021, 6, 1), "documents": documents()}, "document", "B"),
        (2, {"documents": documents(dated="2023-06-01"), "fresh_days": 700}, "document", "B"),
        (2, {"documents": documents(dated="2020-06-01"), "as_of": None}, "document", "B"),
    ],
)
def test_a_level_rests_on_the_evidence_with_the_best_grade_at_its_age(
    said: Say, n: int, options: dict[str, Any], evidence: str, grade: str
) -> None:
    found = founded(said, n, **options)
    assert (found.evidence, found.grade) == (evidence, grade)


def test_the_age_is_counted_from_the_day_of_the_evidence(said: Say) -> None:
    assert founded(said, 2).age_days == 30.0
    assert founded(said, 2, documents=documents()).age_days == 29.0
    assert math.isnan(founded(said, 2, as_of=None).age_days)


def test_a_document_counts_where_an_answer_names_it(said: Say) -> None:
    answers = said(("a", "Q1", 3), evidence="minutes; EV-001")
    assert documents_for("Q1", answers, documents(supports=""))["document"].tolist() == ["EV-001"]
    assert documents_for("Q1", said(("a", "Q1", 3), evidence="EV-0011"), documents(supports="")).empty


@given(st.sampled_from("ABCD"), st.floats(0, 5000), st.floats(0, 5000))
def test_a_grade_never_rises_with_age(grade: Any, age_days: float, more_days: float) -> None:
    assert grade <= grade_at_age(grade, age_days) <= grade_at_age(grade, age_days + more_days) <= "D"
