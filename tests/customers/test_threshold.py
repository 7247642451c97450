"""The threshold is the usual one until enough pairs have been judged, then the lowest that is right often enough."""

from __future__ import annotations

import pandas as pd

from crmplan.customers.threshold import DEFAULT_THRESHOLD, accuracy_by_threshold, best_threshold


def _judged(*rows: tuple[float, str, int]) -> pd.DataFrame:
    pairs = [(probability, label) for probability, label, n in rows for _ in range(n)]
    frame = pd.DataFrame(pairs, columns=["probability", "label"])
    return accuracy_by_threshold(frame["probability"], frame["label"])


def test_precision_and_recall_are_shares_of_the_judged_pairs() -> None:
    at = _judged((0.96, "same", 3), (0.96, "different", 1), (0.6, "same", 1), (0.99, "unsure", 9)).set_index(
        "threshold"
    )

    assert at.loc[0.95, ["precision", "recall"]].tolist() == [0.75, 0.75]
    assert at.loc[0.5, ["precision", "recall", "f1"]].tolist() == [0.8, 1.0, 8 / 9]
    assert pd.isna(at.loc[0.999, "precision"])


def test_few_verdicts_change_nothing() -> None:
    assert best_threshold(_judged((0.99, "same", 20), (0.6, "different", 9)))[0] == DEFAULT_THRESHOLD
    assert best_threshold(_judged((0.99, "same", 50), (0.6, "different", 4)))[0] == DEFAULT_THRESHOLD


def test_enough_verdicts_choose_the_lowest_threshold_that_is_right() -> None:
    threshold, reason = best_threshold(_judged((0.99, "same", 50), (0.82, "same", 10), (0.65, "different", 10)))

    assert threshold == 0.7
    assert reason == "the lowest at which 98 % of what it joins is right, by 70 judged pairs"


def test_where_no_threshold_is_right_the_highest_is_taken() -> None:
    threshold, reason = best_threshold(_judged((0.99999, "same", 20), (0.99999, "different", 20)))

    assert threshold == 0.9999
    assert reason == "the highest, for none is right often enough on 40 judged pairs"
