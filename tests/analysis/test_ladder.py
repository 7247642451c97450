from __future__ import annotations

from datetime import date

import pandas as pd

from crmplan.analysis.ladder import ladder
from crmplan.tables import Tables

AS_OF = date(2024, 12, 31)
_ROWS = [
    *[("climbs", ago, 1) for ago in (800, 20)],  # first-time buyer off the ladder a year ago, repeat buyer now
    *[("up", ago, 1) for ago in (500, 10)],  # first-time buyer, then repeat buyer
    *[("stays", ago, 1) for ago in (700, 600, 500, 400, 5)],  # client then and now
    ("leaves", 450, 1),  # first-time buyer who has left
    ("new", 3, 1),
]


def _n(found, column):
    return dict(zip(found.rungs["rung"], found.rungs[column].tolist(), strict=True))


def test_who_stands_where_and_where_they_went(days_of):
    found = ladder(days_of(_ROWS), Tables.from_frames({}), as_of=AS_OF)
    assert _n(found, "n_now") == {"First-time buyer": 1, "Repeat buyer": 2, "Client": 1}
    assert _n(found, "n_earlier") == {"First-time buyer": 2, "Repeat buyer": 0, "Client": 1}
    assert _n(found, "n_climbed") == {"First-time buyer": 1, "Repeat buyer": 0, "Client": 0}
    assert _n(found, "n_left") == {"First-time buyer": 1, "Repeat buyer": 0, "Client": 0}
    assert (found.n_now, found.n_earlier, found.n_joined) == (4, 3, 2)
    assert (found.climbed_share, found.stayed_share, found.left_share) == (1 / 3, 1 / 3, 1 / 3)
    assert len(found.missing) == 2


def test_moves_add_up_to_who_stood_there(days_of):
    rungs = ladder(days_of(_ROWS), Tables.from_frames({}), as_of=AS_OF).rungs
    moves = rungs[["n_climbed", "n_stayed", "n_stepped_down", "n_left"]].sum(axis=1)
    assert moves.tolist() == rungs["n_earlier"].tolist()


def test_a_survey_makes_advocates_and_a_running_contract_partners(days_of):
    surveys = pd.DataFrame(
        {
            "customer_key": ["stays", "new", "up", "up"],
            "kind": ["recommend"] * 4,
            "score": [10, 10, 9, 2],
            "answered_at": pd.to_datetime(["2024-05-01", "2024-05-01", "2023-05-01", "2024-06-01"]),
        }
    )
    contracts = pd.DataFrame(
        {
            "customer_key": ["climbs", "up"],
            "started_on": pd.to_datetime(["2024-01-01", "2024-01-01"]),
            "ended_on": pd.to_datetime([None, "2024-12-30"]),
        }
    )
    found = ladder(days_of(_ROWS), Tables.from_frames({"surveys": surveys, "contracts": contracts}), as_of=AS_OF)
    # "new" bought once only, "up" has changed its mind and its contract has ended.
    assert _n(found, "n_now") == {"First-time buyer": 1, "Repeat buyer": 1, "Client": 0, "Advocate": 1, "Partner": 1}
    assert _n(found, "n_earlier")["Advocate"] == 0
    assert found.missing == ()


def test_a_short_history_has_no_year_before(days_of):
    found = ladder(days_of([("A", 3, 1), ("A", 300, 1)]), Tables.from_frames({}), as_of=AS_OF)
    assert (found.n_now, found.n_earlier, found.left_share) == (1, None, None)
    assert "n_earlier" not in found.rungs


def test_without_purchases_there_is_no_ladder(days_of):
    assert ladder(days_of([]), Tables.from_frames({}), as_of=AS_OF).unavailable == "needs `orders`"
