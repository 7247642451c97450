"""Ways of writing the same thing become one; what stands for nothing becomes null."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmplan.customers import standardise


def _one(change: object, text: str) -> str | None:
    value = change(pd.Series([text])).iloc[0]  # type: ignore[operator]
    return None if pd.isna(value) else value


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Ann.Lee@Example.ORG ", "ann.lee@example.org"), ("mailto:a@b.cd", "a@b.cd"), ("INFO@firm.com", None),
        ("none@none.com", None), ("no e-mail", None), ("a@b@c.de", None), ("", None),
    ],
)  # fmt: skip
def test_addresses_are_compared_without_capitals_and_shared_ones_not_at_all(text: str, key: str | None) -> None:
    assert _one(standardise.emails, text) == key


@pytest.mark.parametrize(
    ("text", "key"),
    [("+1 (212) 555-0142", "125550142"), ("212.555.0142 x12", "125550142"), ("00000000", None), ("1234567", None),
     ("0049 7777777", "497777777"), ("077777777", None), ("55-01", None)],
)  # fmt: skip
def test_telephone_numbers_are_compared_by_their_last_digits(text: str, key: str | None) -> None:
    assert _one(standardise.phones, text) == key


@pytest.mark.parametrize(
    ("one", "other"),
    [("Lee, Ann", "ann LEE"), ("Müller & Söhne GmbH", "muller sohne"), ("Dr. J.R. Hart", "JR Hart"),
     ("O'Neil Bo", "Bo ONeil"), ("The Acme Co., Inc.", "ACME")],
)  # fmt: skip
def test_names_are_compared_without_order_accents_titles_and_legal_forms(one: str, other: str) -> None:
    assert _one(standardise.names, one) == _one(standardise.names, other)


@pytest.mark.parametrize(
    ("text", "key", "initial"),
    [("Maria Sá", "maria sa", "m"), ("Sá, Maria", "maria sa", "m"), ("SÁ, MARIA", "maria sa", "m"),
     ("Maria Sa", "maria sa", "m"), ("Kim Se Young", "kim se young", "k"), ("Anna Ek", "anna ek", "a"),
     ("Danone SA", "danone", "firm"), ("danone sa", "danone", "firm"), ("Danone S.A. (Paris)", "danone paris", "firm"),
     ("Danone, S.A.", "danone", "firm"), ("SAP SE", "sap", "firm"), ("Otto Ek e.K.", "otto", "firm"),
     ("Sa Foods Ltd", "foods sa", "firm")],
)  # fmt: skip
def test_legal_forms_that_people_are_called_make_a_firm_only_as_firms_write_them(
    text: str, key: str, initial: str
) -> None:
    assert (_one(standardise.names, text), _one(standardise.initials, text)) == (key, initial)


@pytest.mark.parametrize("text", ["N/A", "Unknown", "Test", "..."])
def test_a_name_that_stands_for_nothing_is_null(text: str) -> None:
    assert _one(standardise.names, text) is None


def test_a_firm_that_is_called_after_its_form_keeps_a_name() -> None:
    assert _one(standardise.names, "The Company") == "company the"


@pytest.mark.parametrize(
    ("text", "key"), [("1010-aa", "1010AA"), ("99999", None), ("02134-0001", "02134"), ("1", None)]
)
def test_postal_codes_are_compared_without_blanks(text: str, key: str | None) -> None:
    assert _one(standardise.postcodes, text) == key


@given(st.lists(st.one_of(st.none(), st.text(max_size=20)), max_size=20))
def test_any_text_has_a_standard_form_or_none(texts: list[str | None]) -> None:
    series = pd.Series(texts, dtype="str")
    before = series.copy()
    for change in (
        standardise.emails,
        standardise.phones,
        standardise.names,
        standardise.last_names,
        standardise.postcodes,
    ):
        done = change(series)
        assert len(done) == len(series)
        assert not done.eq("").any()
    pd.testing.assert_series_equal(series, before)
