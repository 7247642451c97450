"""Chapter 03: what is said of new customers where the data begin with old ones, and how the heat map is tinted."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from crmplan.analysis import Profile, profile_customers
from crmplan.reporting.blocks import Chart
from crmplan.reporting.chapters import profile as chapter
from crmplan.reporting.chapters.profile_sentences import sentences
from crmplan.tables import Tables

AS_OF = date(2024, 12, 31)


@pytest.fixture(scope="module")
def profile() -> Profile:
    rows = [(f"C{i:03d}", ago, 20.0 + i) for i in range(200) for ago in (i * 5 % 1000, (i * 5 % 1000) // 3)]
    days = pd.DataFrame(rows, columns=["customer_key", "ago", "net_amount"]).drop_duplicates(["customer_key", "ago"])
    days["day"] = pd.Timestamp(AS_OF) - pd.to_timedelta(days.pop("ago"), unit="D")
    return profile_customers(Tables.from_frames({"customer_days": days.assign(n_orders=1)}), as_of=AS_OF)


def test_figures_of_the_heat_map_are_dark_on_the_lighter_half_of_the_tints(profile: Profile) -> None:
    drawn = chapter.cohort_chart(profile)

    assert isinstance(drawn, Chart)
    cells, words = drawn.spec["layer"]
    highest = 100 * float(profile.cohorts.table["retained_share"].max())
    assert cells["encoding"]["color"]["scale"]["domain"] == [0, pytest.approx(2 * highest)]
    assert words["mark"]["color"] == "brand:ink"


def test_shares_of_the_ladder_add_up(profile: Profile) -> None:
    found = profile.ladder
    told = next(one for one in sentences(profile, "EUR") if "on the ladder" in one)

    assert found.n_earlier
    went = found.rungs[["n_climbed", "n_stayed", "n_stepped_down", "n_left"]].sum()
    assert int(went.sum()) == found.n_earlier
    assert ("stepped down" in told) == bool(went["n_stepped_down"])
