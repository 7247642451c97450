from __future__ import annotations

import numpy as np

from crmplan.value.matrices import history_matrix
from tests.value.test_simulation import PATTERNS, model


def test_a_longer_silence_never_makes_a_customer_likelier_to_be_one() -> None:
    found = history_matrix(model("Pareto/NBD"), model("MBG/NBD"), PATTERNS, 52.0)

    assert found["alive"].between(0, 1).all()
    for _, rows in found.groupby("n_repeat"):
        by_silence = rows.sort_values("idle_weeks")
        assert (np.diff(by_silence["alive"]) <= 1e-12).all()
        assert (np.diff(by_silence["expected"]) <= 1e-9).all()


def test_the_grid_reaches_as_far_as_the_base() -> None:
    found = history_matrix(model("MBG/NBD"), model("MBG/NBD"), PATTERNS, 52.0)

    assert found["n_repeat"].max() == 9
    assert found["recency_weeks"].max() == 40.0
