"""The closest calls are judged first, and both records are seen side by side."""

from __future__ import annotations

import pandas as pd

from crmplan.customers.review import open_pairs, side_by_side


def test_the_closest_calls_come_first_and_judged_pairs_not_at_all() -> None:
    pairs = pd.DataFrame({"probability": [1.0, 0.96, 0.94, 0.5, 0.0], "label": [None, "unsure", None, None, None]})

    assert open_pairs(pairs, threshold=0.95)["probability"].tolist() == [0.94, 0.5, 1.0, 0.0]
    assert len(open_pairs(pairs, threshold=0.95, most=1)) == 1
    assert open_pairs(pairs.iloc[:0], threshold=float("nan")).empty


def test_fields_that_neither_record_fills_are_left_out() -> None:
    customers = pd.DataFrame(
        {
            "source": ["a", "b"],
            "customer_id": ["1", "2"],
            "name": ["Ann", "ANN"],
            "email": [None, None],
            "birth_year": [1980.0, None],
            "created_at": pd.to_datetime(["2024-01-05 10:00", None]),
        }
    )
    pair = pd.Series({"source_a": "a", "customer_id_a": "1", "source_b": "b", "customer_id_b": "2"})

    assert side_by_side(customers, pair).to_numpy().tolist() == [
        ["name", "Ann", "ANN", True],
        ["birth_year", "1980", "", False],
        ["created_at", "2024-01-05", "", False],
    ]


def test_a_record_that_only_other_tables_know_is_empty() -> None:
    customers = pd.DataFrame({"source": ["a"], "customer_id": ["1"], "name": ["Ann"]})
    pair = pd.Series({"source_a": "a", "customer_id_a": "1", "source_b": "zz", "customer_id_b": "2"})

    assert side_by_side(customers, pair)["b"].tolist() == [""]
