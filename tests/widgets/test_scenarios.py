"""A slider moves the value at once; at rest it is the value of the chapter."""

from __future__ import annotations

import pandas as pd
import pytest

from crmplan.engagement import Engagement, find_client
from crmplan.value.acquisition import Acquisition
from crmplan.value.economics import CustomerEconomics

pytest.importorskip("ipywidgets")

from crmplan.widgets.scenarios import ScenarioSliders

MONTHS = pd.DataFrame(
    {
        "segment": ["<b>A", "<b>A", "B"],
        "month": [1, 2, 1],
        "n_days": [30.0, 30.0, 30.0],
        "mid_days": [365.25, 365.25, 365.25],
        "margin": [1000.0, 800.0, 200.0],
    }
)


@pytest.fixture(scope="module")
def engagement() -> Engagement:
    return Engagement.open(find_client("cdnow"))


@pytest.fixture
def sliders(engagement: Engagement) -> ScenarioSliders:
    return ScenarioSliders(CustomerEconomics(months=MONTHS, annual_discount_rate=0.0), engagement)


def test_at_rest_the_value_is_that_of_the_chapter(sliders: ScenarioSliders) -> None:
    assert "<b class='total'>USD 2,000</b> in this case, as in the chapter" in sliders.result.value


def test_margin_and_purchases_move_the_value_in_proportion(sliders: ScenarioSliders) -> None:
    sliders.sliders["margin"].value = 10
    sliders.sliders["frequency"].value = -50

    assert "<b class='total'>USD 1,100</b> in this case, 45 % less than in the chapter" in sliders.result.value


def test_fewer_who_leave_are_worth_more_and_more_are_worth_less(sliders: ScenarioSliders) -> None:
    sliders.sliders["leaving"].value = -50
    fewer = sliders.result.value
    sliders.sliders["leaving"].value = 50

    # 1,000 + 1,000 x 0.8 ** 0.5 + 200, and with 0.8 ** 1.5.
    assert "USD 2,094" in fewer
    assert "USD 1,916" in sliders.result.value


def test_a_discount_rate_of_ten_points_takes_a_year_of_ten_percent_off(sliders: ScenarioSliders) -> None:
    sliders.sliders["rate"].value = 10.0

    assert "USD 1,818" in sliders.result.value
    assert "at a discount rate of 10 % a year" in sliders.result.value


def test_the_rate_cannot_fall_below_zero(engagement: Engagement) -> None:
    sliders = ScenarioSliders(CustomerEconomics(months=MONTHS, annual_discount_rate=0.02), engagement)
    sliders.sliders["rate"].value = -5.0

    assert sliders.scenario.rate_points == pytest.approx(-0.02)


def test_one_button_goes_back_to_the_base_case(sliders: ScenarioSliders) -> None:
    before = sliders.result.value
    sliders.sliders["margin"].value = 50
    assert sliders.result.value != before

    sliders.reset.click()

    assert sliders.result.value == before


def test_the_decision_that_would_be_another_one_is_named(engagement: Engagement) -> None:
    sources = pd.DataFrame(
        {"source": ["<i>fair", "all sources"], "value": 100.0, "cost": [95.0, 50.0], "first_margin": 30.0}
    )
    later = pd.DataFrame({"segment": sources["source"], "month": 1, "n_days": 30.0, "mid_days": 0.0, "margin": 70.0})
    economics = CustomerEconomics(
        months=MONTHS, offers=pd.DataFrame({"segment": ["B"], "offer": [9.0]}), contact_cost=10.0,
        acquisition=Acquisition(sources, months=later),
    )  # fmt: skip
    sliders = ScenarioSliders(economics, engagement)
    assert "No decision" in sliders.result.value

    sliders.sliders["margin"].value = 15
    assert "A contact to hold B would begin to pay." in sliders.result.value

    sliders.sliders["margin"].value = -10
    assert "Winning customers through &lt;i&gt;fair would no longer pay." in sliders.result.value


def test_the_largest_segment_comes_first(engagement: Engagement) -> None:
    months = MONTHS.assign(margin=[100.0, 80.0, 900.0])
    text = ScenarioSliders(CustomerEconomics(months=months, annual_discount_rate=0.0), engagement).result.value

    assert text.index("<td>B") < text.index("<td>&lt;b&gt;A")


def test_the_name_of_a_segment_is_shown_as_text(sliders: ScenarioSliders) -> None:
    assert "&lt;b&gt;A" in sliders.result.value
    assert "<b>A" not in sliders.result.value


def test_without_a_value_the_reason_stands_there_and_no_slider(engagement: Engagement) -> None:
    none = ScenarioSliders(CustomerEconomics(unavailable="too little <data>"), engagement)

    assert "not available; too little &lt;data&gt;." in none.result.value
    assert list(none.children) == [none.result]
