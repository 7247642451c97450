"""Records are joined by exact keys, then by likeness, and a person's word stands above both."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crmplan.customers.joining import Joined, join_records
from crmplan.customers.labels import LABEL_COLUMNS
from crmplan.customers.likeness import reasons
from crmplan.workbench import Workbench


def _accuracy(keys: pd.Series, persons: pd.Series) -> tuple[float, float]:
    def n_pairs(*by: pd.Series) -> int:
        n = pd.concat(by, axis=1).value_counts()
        return int((n * (n - 1) // 2).sum())

    right = n_pairs(keys.rename("key"), persons)
    return right / n_pairs(keys), right / n_pairs(persons)


@pytest.fixture(scope="module")
def joined(two_systems: pd.DataFrame, no_references: pd.DataFrame) -> Joined:
    return join_records(two_systems.drop(columns="person"), no_references)


def _labelled(records: pd.DataFrame, left: int, right: int, verdict: str) -> pd.DataFrame:
    a, b = (records.loc[i, ["source", "customer_id"]].tolist() for i in (left, right))
    return pd.DataFrame([[*a, *b, verdict, "r01", "2024-01-01T00:00:00+00:00"]], columns=list(LABEL_COLUMNS))


def test_likeness_finds_what_a_slip_of_the_pen_hides_from_exact_keys(two_systems: pd.DataFrame, joined: Joined) -> None:
    precision, recall = _accuracy(joined.customer_key.rename("key"), two_systems["person"])
    counts = joined.joining.counts.set_index("what")["n"]

    assert joined.joining.likeness.unavailable == ""
    assert (precision, recall) == (1.0, 1.0)
    assert counts["likeness"] >= 15


def test_of_no_pairs_at_all_there_is_nothing_to_tell(joined: Joined) -> None:
    likeness = joined.joining.likeness
    columns = {name: pd.Series([], dtype="int64") for name in likeness.weights["aspect"].unique()}
    weights = {f"{name} weight": pd.Series([], dtype="float64") for name in columns}

    assert reasons(pd.DataFrame({**columns, **weights}), likeness).tolist() == []


def test_every_joined_pair_tells_why(joined: Joined) -> None:
    pairs = joined.joining.pairs
    likely = pairs.loc[pairs["outcome"].eq("joined")]

    assert likely["reasons"].str.contains("same first name, last name alike (+", regex=False).any()
    assert pairs["reasons"].str.len().gt(0).all()
    assert pairs["probability"].is_monotonic_decreasing


def test_the_same_records_are_joined_in_the_same_way_twice(
    two_systems: pd.DataFrame, no_references: pd.DataFrame, joined: Joined
) -> None:
    again = join_records(two_systems.drop(columns="person"), no_references)

    pd.testing.assert_series_equal(again.customer_key, joined.customer_key)
    pd.testing.assert_frame_equal(again.joining.pairs, joined.joining.pairs)
    pd.testing.assert_frame_equal(again.joining.likeness.weights, joined.joining.likeness.weights)


def test_a_verdict_stands_above_exact_keys_and_likeness(
    two_systems: pd.DataFrame, no_references: pd.DataFrame, joined: Joined
) -> None:
    records = two_systems.drop(columns="person")
    keys = joined.customer_key
    exact = next(pair for pair in ((0, i) for i in range(1, len(keys))) if keys[pair[0]] == keys[pair[1]])
    strangers = (1, next(i for i in range(2, len(keys)) if keys[i] != keys[1]))
    verdicts = pd.concat([_labelled(records, *exact, "different"), _labelled(records, *strangers, "same")])
    after = join_records(records, no_references, verdicts).customer_key

    assert after[exact[0]] != after[exact[1]]
    assert after[strangers[0]] == after[strangers[1]]


def test_unsure_changes_nothing(two_systems: pd.DataFrame, no_references: pd.DataFrame, joined: Joined) -> None:
    records = two_systems.drop(columns="person")
    after = join_records(records, no_references, _labelled(records, 0, 1, "unsure"))

    pd.testing.assert_series_equal(after.customer_key, joined.customer_key)


def test_among_a_handful_of_records_exact_keys_alone_decide_and_it_is_told(
    two_systems: pd.DataFrame, no_references: pd.DataFrame
) -> None:
    few = two_systems.drop(columns="person").iloc[:15]
    joining = join_records(few, no_references).joining

    assert joining.likeness.unavailable.startswith("needs at least 20 customer records")
    assert np.isnan(joining.threshold)
    assert joining.pairs.empty


def test_where_too_few_records_are_there_to_learn_from_likeness_has_its_usual_worth(
    two_systems: pd.DataFrame, no_references: pd.DataFrame
) -> None:
    few = two_systems.loc[two_systems["person"].lt("P040")].reset_index(drop=True)
    done = join_records(few.drop(columns="person"), no_references)
    precision, recall = _accuracy(done.customer_key.rename("key"), few["person"])

    assert done.joining.likeness.unavailable == ""
    assert done.joining.likeness.trained_on == ()
    assert (precision, recall) == (1.0, 1.0)
    assert done.joining.counts.set_index("what")["n"]["likeness"] >= 2


def test_records_without_any_address_of_the_electronic_kind_are_joined(
    two_systems: pd.DataFrame, no_references: pd.DataFrame
) -> None:
    done = join_records(two_systems.drop(columns=["person", "email"]), no_references)

    assert done.joining.likeness.unavailable == ""
    assert _accuracy(done.customer_key.rename("key"), two_systems["person"])[0] == 1.0


def test_records_that_are_numbers_only_are_customers_of_their_own(no_references: pd.DataFrame) -> None:
    bare = pd.DataFrame({"source": "shop", "customer_id": [str(i) for i in range(300)]})
    done = join_records(bare, no_references)

    assert done.customer_key.nunique() == 300
    assert done.joining.likeness.unavailable


def test_a_couple_is_a_household_of_two_customers(two_systems: pd.DataFrame, no_references: pd.DataFrame) -> None:
    records = two_systems.drop(columns="person")
    one = records.iloc[[0]].assign(customer_id="zz", source="zz", name="Wilma " + records["name"][0].split(",")[0])
    done = join_records(pd.concat([records, one.assign(email=None)], ignore_index=True), no_references)
    households = done.joining.households

    assert done.customer_key.iloc[-1] != done.customer_key.iloc[0]
    assert set(households["customer_key"]) >= {done.customer_key.iloc[0], done.customer_key.iloc[-1]}
    assert "household" in set(done.joining.pairs["outcome"])


def test_the_rehearsal_firm_is_matched_as_the_truth_has_it() -> None:
    bench = Workbench.open("rehearsal")
    view = bench.customers()
    truth = pd.read_csv(bench.engagement.folder / "truth" / "people.csv", dtype="str")
    found = truth.merge(view.tables.frame("customer_ids"), on=["source", "customer_id"], validate="one_to_one")
    precision, recall = _accuracy(found["customer_key"], found["person_id"])

    assert len(found) == len(truth)
    assert precision >= 0.98
    assert recall >= 0.94
    assert view.joining.households["customer_key"].is_unique


def test_martin_and_martina_at_one_address_are_a_household_of_two(
    two_systems: pd.DataFrame, no_references: pd.DataFrame
) -> None:
    records = two_systems.drop(columns="person")
    couple = pd.DataFrame(
        {
            "source": "zz",
            "customer_id": ["1", "2", "3"],
            "name": ["Martin Zeidlerhof", "Martina Zeidlerhof", "Martin Zeidlerhoff"],
            "email": "zeidlerhof@example.org",
            "phone": "030 5551234",
            "postcode": "10999",
        }
    )
    done = join_records(pd.concat([records, couple], ignore_index=True), no_references)
    keys = done.customer_key.iloc[-3:].tolist()

    assert keys[0] == keys[2] != keys[1]


def test_judged_pairs_that_likeness_never_joins_count_as_joined_at_no_line(
    two_systems: pd.DataFrame, no_references: pd.DataFrame, joined: Joined
) -> None:
    records, keys = two_systems.drop(columns="person"), joined.customer_key
    strangers = (0, next(i for i in range(len(keys) - 1, 0, -1) if keys[i] != keys[0]))
    likely = joined.joining.pairs.iloc[0]
    same = pd.DataFrame(
        [[*likely[list(LABEL_COLUMNS[:4])], "same", "r01", ""], *_labelled(records, *strangers, "same").to_numpy()],
        columns=list(LABEL_COLUMNS),
    )
    other = (1, next(i for i in range(len(keys) - 1, 1, -1) if keys[i] != keys[1]))
    verdicts = pd.concat([same, _labelled(records, *other, "different")])
    accuracy = join_records(records, no_references, verdicts).joining.accuracy

    assert accuracy[["n_same", "n_different"]].iloc[0].tolist() == [2, 1]
    assert accuracy[["precision", "recall"]].iloc[0].tolist() == [1.0, 0.5]
