from __future__ import annotations

import pandas as pd

from crmplan.value.verdict import verdict_on_level, verdict_on_ranking


def scores(model: float, naive: float, bias: float = -0.1, naive_bias: float = 0.5) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "forecast": ["MBG/NBD", "Past spend"],
            "is_model": [True, False],
            "spend_gini": [model, naive],
            "top_spend_share": [0.5, 0.4],
            "bias_share": [bias, naive_bias],
            "mae": [0.5, 0.9],
        }
    )


def test_the_verdict_says_plainly_when_a_simple_ranking_wins() -> None:
    assert "(past spend) did better than every model" in verdict_on_ranking(scores(0.6, 0.7))
    assert "(past spend) did as well as the best model" in verdict_on_ranking(scores(0.7, 0.7))
    assert "MBG/NBD did better than every simple ranking" in verdict_on_ranking(scores(0.7, 0.6))


def test_theverdict_on_the_level_names_the_closest_and_its_error() -> None:
    assert "MBG/NBD came closest (10 % too low)" in verdict_on_level(scores(0.6, 0.7))
    words = verdict_on_level(scores(0.6, 0.7, naive_bias=0.02))
    assert "past spend came closest (2.0 % too high, though with larger errors customer by customer)" in words


def test_rankings_no_better_than_chance_are_all_turned_down() -> None:
    words = verdict_on_ranking(scores(0.05, 0.06))

    assert "No ranking" in words
    assert "0.06" in words


def test_over_several_cut_offs_the_size_of_errors_counts_and_not_their_sum() -> None:
    league = scores(0.6, 0.7, bias=0.0, naive_bias=0.05).assign(bias_size=[0.3, 0.06])

    assert "past spend came closest (off by 6.0 % on average" in verdict_on_level(league)
