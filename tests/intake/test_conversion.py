"""Text becomes values of a kind; what cannot be read becomes null and is counted."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmplan.intake.conversion import convert, numbers, timestamps


def _one(text: str | None, kind: str, **how: object) -> object:
    value = convert(pd.Series([text], dtype="str"), kind, **how).values.iloc[0]  # type: ignore[arg-type]
    return None if pd.isna(value) else value


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("12.5", 12.5), ("$342.09K", 342_090), ("(12.50)", -12.5), ("12.50-", -12.5), ("−3", -3),
        ("-$1,234.56", -1234.56),
        ("1,234,567", 1_234_567), ("12,34,567.5", 1_234_567.5), ("€ 5", 5), ("EUR 7.10", 7.1), ("7.10 CHF", 7.1),
        ("3'000", 3000), ("1.5M", 1_500_000), ("2bn", 2e9), (".5", 0.5), ("1e-05", 1e-05), ("1 234", 1234), ("+4", 4),
    ],
)  # fmt: skip
def test_money_is_read_however_it_is_written(text: str, amount: float) -> None:
    assert _one(text, "money") == pytest.approx(amount)


@pytest.mark.parametrize(
    ("text", "amount"), [("1.234,56", 1234.56), ("12,5", 12.5), ("1.234", 1234), ("5", 5), ("(1.000,00 €)", -1000)]
)
def test_a_decimal_comma_is_read_where_the_mapping_says_so(text: str, amount: float) -> None:
    assert _one(text, "money", decimal=",") == pytest.approx(amount)


@pytest.mark.parametrize(
    "text", ["twelve", "1.234,56", "12,50", "1,23", "--5", "1-2", "K", "$", "1.2.3", "1e999", "12abc", "5%", "((3))"]
)
def test_what_is_no_number_is_not_guessed_at(text: str) -> None:
    done = convert(pd.Series([text]), "money")

    assert done.n_failed == 1
    assert done.failed == (text,)
    assert done.values.isna().all()


@pytest.mark.parametrize("text", ["", " ", "NULL", "n/a", "-", "nan", None])
def test_nothing_is_nothing_and_no_failure(text: str | None) -> None:
    done = convert(pd.Series([text], dtype="str"), "money")

    assert (done.n_failed, done.values.isna().all()) == (0, True)


@pytest.mark.parametrize(
    ("text", "id_"), [("007", "007"), ("42.0", "42"), (" 7 ", "7"), ("A.0", "A.0"), ("1.50", "1.50"), ("", None)]
)
def test_ids_keep_leading_zeros_and_lose_what_spreadsheets_add(text: str, id_: str | None) -> None:
    assert _one(text, "id") == id_


@pytest.mark.parametrize(("text", "flag"), [("Yes", True), ("n", False), ("1", True), ("0.0", False), ("TRUE", True)])
def test_flags_are_read_however_they_are_written(text: str, flag: bool) -> None:
    assert bool(_one(text, "flag")) is flag


def test_an_unknown_flag_is_a_failure() -> None:
    assert convert(pd.Series(["maybe", "yes"]), "flag").n_failed == 1


def test_values_are_translated_before_anything_else() -> None:
    text = pd.Series(["W", "L", "", "other"])
    done = convert(text, "text", values={"W": "won", "L": "lost", "": "open", "other": None})

    assert done.values.fillna("?").tolist() == ["won", "lost", "open", "?"]
    assert done.n_failed == 0


def test_translated_numbers_keep_their_worth_under_a_decimal_comma() -> None:
    assert _one("half", "number", values={"half": 0.5}, decimal=",") == 0.5


def test_scale_multiplies_numbers() -> None:
    assert _one("2.5", "money", scale=1000) == 2500


def test_words_that_computations_know_are_brought_to_small_letters() -> None:
    words = convert(pd.Series(["Won", "Canceled", "Later"]), "text", vocabulary=("won", "cancelled")).values

    assert words.tolist() == ["won", "cancelled", "Later"]


def test_formats_are_tried_in_order() -> None:
    text = pd.Series(["03/04/2024", "2024-04-03", "4.3.2024", "31/31/2024"])
    read = timestamps(text, ["%d/%m/%Y", "%Y-%m-%d"])

    assert read.iloc[:2].tolist() == [pd.Timestamp("2024-04-03")] * 2
    assert read.iloc[2:].isna().all()


def test_times_with_a_zone_become_local_ones_and_others_stay() -> None:
    text = pd.Series(["2024-01-01T23:30:00Z", "2024-01-01T23:30:00", "2024-07-01 10:00:00+02:00"])
    read = timestamps(text, time_zone="Europe/Berlin")

    assert read.astype("str").tolist() == ["2024-01-02 00:30:00", "2024-01-01 23:30:00", "2024-07-01 10:00:00"]


def test_a_date_has_no_time_of_day() -> None:
    assert _one("2024-01-01 23:30", "date") == pd.Timestamp("2024-01-01")


def test_days_beyond_the_reach_of_nanoseconds_are_read() -> None:
    assert _one("9999-12-31", "date") == pd.Timestamp("9999-12-31")


def test_rows_are_counted_not_different_texts() -> None:
    assert convert(pd.Series(["x", "x", "y", "1"]), "number").n_failed == 3


@given(
    st.lists(st.one_of(st.none(), st.text(max_size=15)), max_size=30),
    st.sampled_from(["id", "text", "number", "money", "flag", "timestamp", "date"]),
)
def test_any_text_is_converted_or_counted(texts: list[str | None], kind: str) -> None:
    text = pd.Series(texts, dtype="str")
    before = text.copy()
    done = convert(text, kind)  # type: ignore[arg-type]

    assert len(done.values) == len(text)
    assert done.n_failed <= int(done.values.isna().sum())
    pd.testing.assert_series_equal(text, before)


@given(st.floats(min_value=-1e9, max_value=1e9).map(lambda value: round(value, 2)))
def test_an_amount_survives_being_written_with_separators(amount: float) -> None:
    english = f"{amount:,.2f}"
    german = english.translate(str.maketrans(",.", ".,"))

    assert numbers(pd.Series([english])).iloc[0] == pytest.approx(amount)
    assert numbers(pd.Series([german]), decimal=",").iloc[0] == pytest.approx(amount)


def test_a_day_too_early_to_compute_with_is_no_day() -> None:
    assert _one("0001-01-01", "timestamp") is None
    assert _one("1700-01-01", "date") == pd.Timestamp("1700-01-01")


def test_an_amount_beyond_all_money_is_no_amount() -> None:
    assert _one("1e308", "money") is None
    assert _one("2e12", "money", scale=1e6) is None
    assert _one("-9e14", "money") == -9e14
