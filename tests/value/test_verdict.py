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


def test_of_models_that_print_the_same_score_the_one_that_values_customers_is_named() -> None:
    other = scores(0.704, 0.6, bias=-0.1004).assign(forecast=["BG/NBD", "RFM"], top_spend_share=[0.45, 0.3])
    both = pd.concat([scores(0.7, 0.6), other], ignore_index=True)

    assert "BG/NBD did better than every simple ranking" in verdict_on_ranking(both, "BG/NBD")
    assert verdict_on_ranking(both).count("45 % of the spend when BG/NBD chose them") == 1
    assert "50 % of the spend when MBG/NBD chose them" in verdict_on_ranking(both, "MBG/NBD")
    assert verdict_on_level(both, "BG/NBD").startswith("For the total number of purchases, BG/NBD came closest (10 %")
    assert verdict_on_level(both).startswith("For the total number of purchases, MBG/NBD came closest (10 %")


def test_a_used_model_that_is_clearly_worse_is_not_named_as_the_best() -> None:
    worse = scores(0.65, 0.6, bias=0.3).assign(forecast=["BG/NBD", "RFM"])
    both = pd.concat([scores(0.7, 0.6), worse], ignore_index=True)

    assert verdict_on_ranking(both, "BG/NBD") == verdict_on_ranking(both)
    assert verdict_on_level(both, "BG/NBD") == verdict_on_level(both)


def test_two_rankings_whose_first_tenth_spent_alike_are_not_told_twice() -> None:
    words = verdict_on_ranking(scores(0.7, 0.7).assign(top_spend_share=[0.301, 0.299]))

    assert words.endswith("the tenth of customers that either put first made 30 % of the spend.")
