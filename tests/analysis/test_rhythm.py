from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from crmplan.analysis.rhythm import months, rhythm

AS_OF = date(2024, 12, 31)


def test_every_returning_customer_counts_once_however_often_he_bought(days_of):
    often = [("A", ago, 1) for ago in range(0, 50, 5)]
    found = rhythm(days_of([*often, ("B", 0, 1), ("B", 100, 1), ("C", 0, 1), ("C", 100, 1)]))
    assert found.median_gap_days == 100
    assert found.n_returning == 3
    assert found.is_assumed
    assert (found.quiet_after_days, found.gone_after_days) == (90, 365)


def test_the_rhythm_is_the_clients_own_when_enough_have_returned(days_of):
    rows = [(f"C{i}", ago, 1) for i in range(40) for ago in (0, 10 + i)]
    found = rhythm(days_of(rows))
    # Gaps are 10 to 49: three in four are 39 or less, nine in ten 45 or less; gone is at least twice quiet.
    assert (found.quiet_after_days, found.gone_after_days, found.is_assumed) == (39, 78, False)


def test_weights_of_one_change_nothing(days_of):
    days = days_of([(f"C{i}", ago, 1) for i in range(40) for ago in (0, 10 + i)])
    assert rhythm(days, weights=np.ones(40)) == rhythm(days)


def test_nobody_returned(days_of):
    assert rhythm(days_of([("A", 3, 1)])).median_gap_days is None


def test_months_without_purchases_are_there_and_cut_months_are_marked():
    days = pd.DataFrame(
        {
            "customer_key": pd.Categorical(["A", "A", "B"]),
            "day": pd.to_datetime(["2024-10-20", "2024-12-01", "2024-12-05"]),
            "n_orders": [1.0, 2.0, 1.0],
            "net_amount": [5.0, 6.0, 7.0],
        }
    )
    found = months(days, as_of=date(2024, 12, 30))
    assert found["n_customers"].tolist() == [1, 0, 2]
    assert found["n_orders"].tolist() == [1, 0, 3]
    assert found["revenue"].tolist() == [5.0, 0.0, 13.0]
    assert found["is_complete"].tolist() == [False, True, False]
    assert months(days, as_of=AS_OF)["is_complete"].tolist() == [False, True, True]
    assert months(days.iloc[:0], as_of=AS_OF).empty
