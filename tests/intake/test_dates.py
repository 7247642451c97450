"""Notations of dates are found, and day and month are never guessed."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmplan.intake.conversion import convert, timestamps
from crmplan.intake.dates import date_forms

DAYS = st.dates(date(1950, 1, 1), date(2090, 1, 1))


@pytest.mark.parametrize(
    ("values", "formats"),
    [
        (["2024-12-31", "2024-12-31T10:00:00Z"], ("ISO8601",)),
        (["20-10-16", "01-03-17"], ("%d-%m-%y",)),
        (["12/25/2024 3:04 PM", "1/2/2024 3:05 AM"], ("%m/%d/%Y %I:%M %p",)),
        (["31 Dec 2024"], ("%d %b %Y",)),
        (["December 31, 2024"], ("%B %d, %Y",)),
        (["20241231"], ("%Y%m%d",)),
        (["2024/12/31"], ("%Y/%m/%d",)),
        (["45292", "45293.5"], ("excel",)),
        (["1704067200"], ("unix",)),
        (["1704067200000"], ("unix_ms",)),
        (["unknown", ""], ()),
    ],
)
def test_a_notation_is_found(values: list[str], formats: tuple[str, ...]) -> None:
    found = date_forms(values)

    assert (found.formats, found.either) == (formats, ())
    if formats:
        assert timestamps(pd.Series(values), formats).notna().all()


def test_dates_that_fit_both_ways_are_left_open() -> None:
    found = date_forms(["03/04/2024", "05/06/2024", "07/07/2024"])

    assert found.either == (("%d/%m/%Y", "%m/%d/%Y"),)
    assert (found.formats, found.n_undecided) == ((), 2)


def test_one_date_decides_for_all_with_the_same_mark() -> None:
    assert date_forms(["03/04/2024", "25/04/2024 10:00"]).formats == ("%d/%m/%Y", "%d/%m/%Y %H:%M")
    assert date_forms(["03/04/2024", "25.04.2024"]).either == (("%d/%m/%Y", "%m/%d/%Y"),)


def test_dates_that_contradict_each_other_are_left_open() -> None:
    assert date_forms(["25/04/2024", "04/25/2024", "01/02/2024"]).either == (("%d/%m/%Y", "%m/%d/%Y"),)


def test_days_that_a_spreadsheet_took_for_months_are_noticed() -> None:
    right = [date(2024, 1, 1) + timedelta(days=n) for n in range(200)]
    damaged = [f"{d:%Y-%d-%m}" if d.day <= 12 else f"{d:%d/%m/%Y}" for d in right]

    assert date_forms(damaged).is_swapped
    assert not date_forms([f"{d:%d/%m/%Y}" for d in right]).is_swapped


@settings(max_examples=50)
@given(st.lists(DAYS, min_size=1, max_size=30), st.sampled_from(["%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%m-%d-%y"]))
def test_a_wrong_order_of_day_and_month_is_never_certain(days: list[date], form: str) -> None:
    found = date_forms([f"{day:{form}}" for day in days])

    assert all(one == form for one in found.formats)
    assert found.formats or found.either


def test_a_date_that_two_formats_read_as_different_days_is_counted() -> None:
    text = pd.Series(["03/04/2024", "03/04/2024", "05/05/2024", "25/04/2024", None])

    assert convert(text, "date", formats=["%d/%m/%Y", "%m/%d/%Y"]).n_two_ways == 2
    assert convert(text, "date", formats=["%d/%m/%Y"]).n_two_ways == 0
