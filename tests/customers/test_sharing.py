"""People who share an e-mail address or a telephone are told apart by their first names, whatever the order of rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmplan.customers.sharing import by_member


def _groups(*names: str | None, **more: object) -> list[int]:
    """Return who shares the key with whom, numbered in order; -1 for records that belong to nobody."""
    records = pd.DataFrame({"name": pd.Series(names, dtype="str"), **more})
    return pd.factorize(by_member(records, pd.Series("k", index=records.index)))[0].tolist()


@pytest.mark.parametrize(
    ("one", "other"),
    [("Peter Lee", "Petra Lee"), ("Martin Lee", "Martina Lee"), ("Paul Lee", "Paula Lee"), ("Lee, Jan", "Jana Lee"),
     ("Christian Lee", "Christina Lee"), ("Jan Lee", "Johann Lee"), ("Ann Lee", "Ben Lee"), ("Ann Lee", "Ben Hart")],
)  # fmt: skip
def test_a_couple_is_two_customers_even_where_the_names_look_alike(one: str, other: str) -> None:
    assert _groups(one, other) == [0, 1]
    assert _groups(other, one) == [0, 1]


@pytest.mark.parametrize(
    ("one", "other"),
    [("Ann Lee", "Anne Lee"), ("Chris Lee", "Christina Lee"), ("Maria Lee", "Marie Lee"), ("Bob Lee", "Robert Lee"),
     ("A. Lee", "Ann Lee"), ("Katharina Lee", "Katarina Lee"), ("Ann Lee", "Ann Hart"), ("Lee", "Ann Lee"),
     ("Anna Maria Lee", "Maria Lee"), ("ANN LEE", "Lee, Ann")],
)  # fmt: skip
def test_ways_of_writing_one_person_are_one_customer(one: str, other: str) -> None:
    assert _groups(one, other) == [0, 0]
    assert _groups(other, one) == [0, 0]


def test_twins_of_other_names_are_two_although_they_share_the_day_of_birth() -> None:
    born = pd.to_datetime(["1990-05-06"] * 2)

    assert _groups("Anna Lee", "Lena Lee", born_on=born) == [0, 1]


def test_parents_and_children_under_one_address_are_each_a_customer() -> None:
    names = ("Ann Lee", "Ben Lee", "Clara Lee", "A. Lee", "Ben Lee")

    assert _groups(*names) == [0, 1, 2, 0, 1]


def test_years_of_birth_far_apart_keep_people_of_like_names_apart() -> None:
    assert _groups("Jana Lee", "Jane Lee", birth_year=[1950.0, 1982.0]) == [0, 1]
    assert _groups("Jana Lee", "Jane Lee", birth_year=[1950.0, 1951.0]) == [0, 0]
    assert _groups("Ann Lee", "Ann Hart", birth_year=[1950.0, 1982.0]) == [0, 0]


def test_what_names_nobody_or_fits_several_belongs_to_none() -> None:
    assert _groups("Ann Lee", "Ben Lee", None, "", "n/a", "Lee") == [0, 1, -1, -1, -1, -1]
    assert _groups("Ann Lee", "Adam Lee", "A. Lee") == [0, 1, -1]
    assert _groups("Ann Lee", None) == [0, 0]
    assert _groups(None, None, "") == [0, 0, 0]


def test_where_nobody_has_a_first_name_initials_tell_apart() -> None:
    assert _groups("A. Lee", "B. Lee", "A Lee", "Lee") == [0, 1, 0, -1]
    assert _groups("Lee", "Hart") == [0, 0]


def test_a_firm_is_none_of_the_people_under_its_address() -> None:
    assert _groups("Ann Lee", "Ben Lee", "Acme Ltd", "ACME limited") == [0, 1, 2, 2]
    assert _groups("Ann Lee", "Acme Ltd") == [0, 0]
    assert _groups("Ann Lee", "Ben Hart", firm=["Acme", "Acme"]) == [0, 0]


@pytest.mark.parametrize(
    ("one", "other"),
    [("Иван Петров", "Пётр Петров"), ("राम कुमार", "रीता कुमार"), ("王小明", "王丽华"), ("김철수", "김영희"),
     ("محمد علي", "فاطمة علي"), ("Γιώργος Παππάς", "Μαρία Παππά"), ("山田太郎", "山田花子")],
)  # fmt: skip
def test_names_of_any_script_are_told_apart(one: str, other: str) -> None:
    assert _groups(one, other) == [0, 1]
    assert _groups(one, one.upper()) == [0, 0]


def test_a_name_in_east_asian_characters_is_one_with_and_without_a_blank() -> None:
    assert _groups("王小明", "王 小明", "王丽华") == [0, 0, 1]


def test_keys_that_nobody_shares_stay_as_they_are() -> None:
    keys = pd.Series(["a", None, "b", "b"], index=[7, 3, 5, 1])
    records = pd.DataFrame({"name": ["Ann Lee", "Ben Lee", "Cy Nord", "NORD, Cy"]}, index=keys.index)

    pd.testing.assert_series_equal(by_member(records, keys), keys)


NAMES = st.sampled_from(
    [None, "", "Lee", "Ann Lee", "Anne Lee", "Ben Lee", "A. Lee", "B Lee", "Lee, Ann Maria", "Maria Lee", "Acme Ltd",
     "Peter Lee", "Petra Lee", "王小明", "Иван Ли"]
)  # fmt: skip
ROWS = st.lists(
    st.tuples(st.sampled_from(["k", "l", None]), NAMES, st.sampled_from([None, 1950.0, 1980.0])), min_size=1, max_size=9
)


@settings(max_examples=40, deadline=None)
@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(
    rows: list[tuple[str | None, str | None, float | None]], chance: object
) -> None:
    records = pd.DataFrame(rows, columns=["key", "name", "birth_year"]).astype(
        {"key": "str", "name": "str", "birth_year": "float64"}
    )
    place = list(range(len(rows)))
    chance.shuffle(place)  # type: ignore[attr-defined]
    shuffled = records.iloc[place].reset_index(drop=True)
    there = by_member(shuffled, shuffled["key"]).set_axis(place).sort_index()

    pd.testing.assert_series_equal(by_member(records, records["key"]), there, check_names=False, check_index_type=False)


@settings(max_examples=40, deadline=None)
@given(ROWS)
def test_a_key_is_kept_or_parted_and_never_joined_with_another(
    rows: list[tuple[str | None, str | None, float | None]],
) -> None:
    records = pd.DataFrame(rows, columns=["key", "name", "birth_year"]).astype(
        {"key": "str", "name": "str", "birth_year": "float64"}
    )
    done = by_member(records, records["key"])
    is_kept = done.notna().to_numpy()

    assert not (records["key"].isna().to_numpy() & is_kept).any()
    assert np.array_equal(done[is_kept].str.replace(r"\|.*", "", regex=True), records["key"][is_kept].to_numpy())
