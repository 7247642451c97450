from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from crmplan.assessment.round_changes import ROUND_CHANGE_COLUMNS, round_changes

Say = Callable[..., pd.DataFrame]


def test_a_second_round_is_set_against_what_the_same_people_said_before(said: Say) -> None:
    first = said(("a", "Q", 0), ("b", "Q", 2), ("c", "Q", 4), ("d", "Q", 5), ("a", "P", 1))
    second = said(("a", "Q", 2), ("b", "Q", 2), ("c", "Q", 3), ("e", "Q", 0), ("a", "P", "dk"), round=2)
    found = round_changes(pd.concat([first, second]), wave=1).iloc[0]
    assert (found["round"], found["n_questions"], found["n_answers"]) == (2, 1, 3)
    assert found["moved_share"] == pytest.approx(2 / 3)
    assert found["stable_share"] == pytest.approx(2 / 3)
    assert found["deviation_before"] == pytest.approx(4 / 3)
    assert found["deviation_after"] == pytest.approx(1 / 3)


def test_a_third_round_is_set_against_the_last_word_before_it(said: Say) -> None:
    answers = pd.concat([said(("a", "Q", 0)), said(("a", "Q", 4), round=2), said(("a", "Q", 4), round=3)])
    found = round_changes(answers, wave=1)
    assert found["round"].tolist() == [2, 3]
    assert found["moved_share"].tolist() == [1.0, 0.0]


def test_one_round_or_another_wording_is_no_change(said: Say) -> None:
    reworded = pd.concat([said(("a", "Q", 0)), said(("a", "Q", 4), round=2, revision=2)])
    for answers in (said(("a", "Q", 0)), reworded, said()):
        found = round_changes(answers, wave=1)
        assert found.empty
        assert list(found.columns) == list(ROUND_CHANGE_COLUMNS)
