"""Records that share an exact key are one customer, and nothing else is."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmplan.customers.clusters import components
from crmplan.customers.matching import MOST_SHARED, MOST_SHARED_IN_ALL, customer_keys, exact_links

NO_REFERENCES = pd.DataFrame(columns=["source", "customer_id", "other_source", "other_id"])


def _records(*rows: dict[str, object]) -> pd.DataFrame:
    filled = [{"source": "abcdefgh"[i], "customer_id": str(i), **row} for i, row in enumerate(rows)]
    return pd.DataFrame(filled)


def _matched(records: pd.DataFrame, references: pd.DataFrame = NO_REFERENCES) -> pd.Series:
    return customer_keys(components(len(records), exact_links(records, references).pairs))


def _keys(*rows: dict[str, object]) -> list[str]:
    return _matched(_records(*rows)).tolist()


def test_equal_addresses_are_one_customer() -> None:
    assert _keys({"email": "a@b.de"}, {"email": "x@b.de"}, {"email": "A@B.de"}) == ["C00001", "C00002", "C00001"]


def test_a_family_that_shares_an_address_is_as_many_customers_as_it_has_people() -> None:
    def member(name: str | None, **more: object) -> dict[str, object]:
        return {"name": name, "email": "lee.family@b.de", **more}

    assert _keys(member("Ann Lee"), member("Ben Lee"), member("Tom Hart")) == ["C00001", "C00002", "C00003"]
    assert _keys(member("Ann Lee"), member("LEE, A."), member("Anne Lee")) == ["C00001"] * 3
    assert _keys(member("Bob Lee"), member("Robert Lee"), member("Lee Bob")) == ["C00001"] * 3
    assert _keys(member("Ann Lee"), member("Ann Hart")) == ["C00001", "C00001"]
    assert _keys(member("Maria Anna Lee"), member("Anna Lee")) == ["C00001", "C00001"]


def test_a_record_that_may_be_several_of_a_family_is_joined_to_none_of_them() -> None:
    family = [{"name": name, "email": "lee.family@b.de"} for name in ("Ann Lee", "Ben Lee", None, "Lee", "B. Lee")]

    assert _keys(*family) == ["C00001", "C00002", "C00003", "C00004", "C00002"]
    assert _keys(family[0], family[2]) == ["C00001", "C00001"]


def test_those_who_buy_for_one_firm_under_its_address_are_one_customer() -> None:
    buyers = [{"name": name, "email": "order.desk@b.de", "firm": "Acme Ltd"} for name in ("Ann Lee", "Ben Hart")]

    assert _keys(*buyers, {"name": "Acme Ltd", "kind": "firm", "email": "order.desk@b.de"}) == ["C00001"] * 3


def test_two_days_of_birth_keep_like_named_members_of_a_family_apart() -> None:
    sisters = [
        {"name": name, "email": "lee.family@b.de", "born_on": pd.Timestamp(day)}
        for name, day in (("Jana Lee", "1980-03-01"), ("Jane Lee", "1986-07-09"), ("Jane Lee", None))
    ]

    assert _keys(*sisters[:2]) == ["C00001", "C00002"]
    assert _keys(sisters[1], sisters[2]) == ["C00001", "C00001"]


def test_a_number_of_a_common_register_joins_what_shares_nothing_else() -> None:
    given = [("a", "0", "tax", "DE 123.456"), ("b", "1", "tax", "de123456"), ("c", "2", "tax", "DE 999.456")]
    references = pd.DataFrame(given, columns=NO_REFERENCES.columns)

    assert _matched(_records({}, {}, {}), references).tolist() == ["C00001", "C00001", "C00002"]
    none = references.assign(other_id="n/a")
    assert _matched(_records({}, {}, {}), none).nunique() == 3


def test_an_equal_telephone_number_needs_an_equal_last_name() -> None:
    ann, bo, lee = ({"phone": "030 1234 5987", "name": name} for name in ("Ann Lee", "Bo Hart", "A. Lee"))

    assert _keys(ann, bo, lee) == ["C00001", "C00002", "C00001"]


def test_an_equal_name_needs_an_equal_postal_code() -> None:
    here, there, again = (
        {"name": name, "postcode": code}
        for name, code in (("Ann Lee", "10115"), ("Ann Lee", "80331"), ("Lee, Ann", "10115"))
    )

    assert _keys(here, there, again) == ["C00001", "C00002", "C00001"]


def test_a_last_name_alone_joins_no_persons_but_a_firm_may_have_one_word() -> None:
    assert _keys({"name": "Lee", "postcode": "10115"}, {"name": "Lee", "postcode": "10115"}) == ["C00001", "C00002"]
    firms = [{"name": name, "postcode": "10115", "kind": "firm"} for name in ("Acme Ltd", "ACME")]
    assert _keys(*firms) == ["C00001", "C00001"]


def test_father_and_son_of_one_name_at_one_address_are_two() -> None:
    people = [{"name": "Ann Lee", "postcode": "10115", "birth_year": year} for year in (1950.0, 1980.0)]

    assert _keys(*people) == ["C00001", "C00002"]
    by_day = [
        {"name": "Ann Lee", "postcode": "10115", "born_on": pd.Timestamp(f"{year}-05-01")} for year in (1950, 1980)
    ]
    assert _keys(*by_day) == ["C00001", "C00002"]


def test_a_couple_that_shares_a_telephone_is_two_and_a_firm_with_its_buyer_is_one() -> None:
    def caller(name: str, **more: object) -> dict[str, object]:
        return {"name": name, "phone": "030 1234 5987", **more}

    assert _keys(caller("Ann Lee"), caller("Ben Lee"), caller("LEE, A.")) == ["C00001", "C00002", "C00001"]
    assert _keys(caller("Ann Lee"), caller("Painter Lee Ltd")) == ["C00001", "C00001"]
    assert _keys(caller("Ann Lee", firm="Painter Lee"), caller("Painter Lee", kind="firm")) == ["C00001", "C00001"]
    assert _keys(caller("Ann Lee"), caller("Ben Lee"), caller("Lee Ltd")) == ["C00001", "C00002", "C00003"]


def test_chains_of_keys_are_one_customer() -> None:
    one = {"email": "a@b.de", "name": "Ann Lee", "postcode": None}
    two = {"email": "a@b.de", "name": "Ann Lee", "postcode": "10115"}
    three = {"email": None, "name": "Lee Ann", "postcode": "10115"}

    assert set(_keys(one, two, three)) == {"C00001"}


def test_cross_references_join_what_shares_nothing_else() -> None:
    references = pd.DataFrame([["a", "0", "b", "1"], ["a", "0", "zz", "1"]], columns=NO_REFERENCES.columns)

    assert _matched(_records({}, {}), references).nunique() == 1


def test_a_key_that_too_many_records_of_one_source_share_joins_nobody_and_is_told() -> None:
    n = MOST_SHARED + 1
    many = pd.DataFrame({"source": "crm", "customer_id": [str(i).zfill(2) for i in range(n)], "email": "till@shop.de"})
    links = exact_links(many, NO_REFERENCES)

    assert _matched(many).nunique() == n
    assert links.ignored[["column", "n_values", "sources"]].to_numpy().tolist() == [["email", n, "crm"]]
    assert _matched(many.iloc[1:]).nunique() == 1


def test_an_address_of_the_shop_itself_is_told_also_where_it_stands_with_many_names() -> None:
    n = MOST_SHARED + 1
    names = [f"{first} {last}" for first in ("Ann", "Ben") for last in ("Lee", "Hart", "Nord", "Frost", "Wood", "Hill")]
    many = pd.DataFrame({"source": "crm", "customer_id": [str(i).zfill(2) for i in range(n)], "name": names[:n]})
    links = exact_links(many.assign(email="till@shop.de"), NO_REFERENCES)

    assert len(links.pairs) == 0
    assert links.ignored[["column", "n_values", "sources"]].to_numpy().tolist() == [["email", n, "crm"]]


def test_a_key_that_many_records_of_many_sources_share_joins_nobody() -> None:
    n = MOST_SHARED_IN_ALL + 1
    many = pd.DataFrame({"source": [f"s{i % 20:02d}" for i in range(n)], "customer_id": [f"{i:03d}" for i in range(n)]})
    many = many.assign(email="a@b.de").sort_values(["source", "customer_id"], ignore_index=True)

    assert exact_links(many, NO_REFERENCES).ignored["n_values"].tolist() == [n]
    assert _matched(many.iloc[1:]).nunique() == 1


def test_no_records_have_no_customers() -> None:
    empty = pd.DataFrame({"source": pd.Series([], dtype="str"), "customer_id": pd.Series([], dtype="str")})

    assert len(_matched(empty)) == 0


VALUE = st.sampled_from([None, "1", "2", "3"])


@given(st.lists(st.tuples(VALUE, VALUE, VALUE), min_size=1, max_size=15))
def test_matching_is_an_equivalence_that_contains_every_shared_key(rows: list[tuple[str | None, ...]]) -> None:
    records = pd.DataFrame(
        {
            "source": [f"s{i % 3}" for i in range(len(rows))],
            "customer_id": [f"{i:03d}" for i in range(len(rows))],
            "email": pd.Series([None if a is None else f"{a}@b.de" for a, _, _ in rows], dtype="str"),
            "name": pd.Series([None if b is None else f"Ann Lee{b}" for _, b, _ in rows], dtype="str"),
            "postcode": pd.Series([None if c is None else f"1011{c}" for _, _, c in rows], dtype="str"),
        }
    ).sort_values(["source", "customer_id"], ignore_index=True)
    keys = _matched(records)

    assert keys.drop_duplicates().is_monotonic_increasing
    for column in (["email"], ["name", "postcode"]):
        shared = records[column].dropna().assign(key=keys).groupby(column)["key"].nunique()
        small = (
            records[["source", *column]].dropna().groupby(["source", *column]).size().groupby(column).max()
            <= MOST_SHARED
        )
        assert (shared[small] == 1).all()


@pytest.mark.parametrize("n", [1, 99_999, 100_001])
def test_keys_are_as_wide_as_the_largest_number(n: int) -> None:
    records = pd.DataFrame({"source": "crm", "customer_id": pd.Series(range(n)).astype("str").str.zfill(7)})
    keys = _matched(records)

    assert keys.str.len().unique().tolist() == [7 if n > 99_999 else 6]
