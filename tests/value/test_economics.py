from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmplan.tables import Tables
from crmplan.value import CustomerEconomics, Value, customer_economics
from crmplan.value.acquisition import ALL, Acquisition, campaign_costs
from crmplan.value.bridge import ALL_CUSTOMERS, BRIDGE_STEPS, price_cuts
from crmplan.value.groups import NOT_KNOWN, SMALLER, cohorts, pooled, value_by_group
from crmplan.value.scenarios import LEVERS, Scenario, new_customers, scenario_values
from tests.value.conftest import days_of, value_of

SOURCES = ("web search", "trade fair")


def tables_of(simulated: pd.DataFrame) -> Tables:
    keys = simulated["customer_key"].unique()
    golden = pd.DataFrame({"customer_key": keys, "first_heard": np.resize([*SOURCES, None], len(keys))})
    orders = simulated.assign(order_id=range(len(simulated)), discount=simulated["net_amount"] * 0.25)
    return Tables.from_frames({"customer_days": simulated, "golden": golden, "orders": orders})


def segments_of(valued: Value) -> pd.DataFrame:
    keys = valued.customers["customer_key"]
    return pd.DataFrame({"customer_key": keys, "segment": np.resize(["Regulars", "New"], len(keys))})


def economics_of(simulated: pd.DataFrame, valued: Value, **changed: object) -> CustomerEconomics:
    options: dict[str, object] = {
        "horizon_months": 24,
        "contact_cost": 1.0,
        "acquisition_cost_by_source": {"trade fair": 5.0},
    }
    return customer_economics(tables_of(simulated), valued, segments_of(valued), **{**options, **changed})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def found(simulated: pd.DataFrame, valued: Value) -> CustomerEconomics:
    return economics_of(simulated, valued)


def test_segments_and_cohorts_add_up_to_the_base(found: CustomerEconomics, valued: Value) -> None:
    for table in (found.segments, found.cohorts):
        assert table["value"].sum() == pytest.approx(valued.equity.total)
        assert table["n_customers"].sum() == len(valued.customers)
        assert ((table["low"] <= table["value"]) & (table["value"] <= table["high"])).all()


def test_customers_of_whom_nobody_knows_the_source_come_last_and_complete_the_base(
    found: CustomerEconomics, valued: Value
) -> None:
    assert set(found.sources["group"]) == {*SOURCES, NOT_KNOWN}
    assert found.sources["group"].iloc[-1] == NOT_KNOWN
    assert found.sources["n_customers"].sum() == len(valued.customers)
    assert found.sources["value"].sum() == pytest.approx(valued.equity.total)


def test_cohorts_stand_in_the_order_of_time(found: CustomerEconomics) -> None:
    assert found.cohorts["group"].tolist() == sorted(found.cohorts["group"])


def test_groups_of_a_handful_are_not_shown_apart() -> None:
    of = pd.Series(["fair"] * 30 + ["web"] * 19 + ["mail"] * 3 + [None] * 5)

    assert pooled(of).value_counts().to_dict() == {"fair": 30, SMALLER: 22, NOT_KNOWN: 5}


def test_a_handful_that_stays_one_when_joined_is_in_no_row(simulated: pd.DataFrame, valued: Value) -> None:
    keys = simulated["customer_key"].unique()
    golden = pd.DataFrame({"customer_key": keys, "first_heard": ["fair"] * (len(keys) - 5) + ["web"] * 5})
    tables = Tables.from_frames({"customer_days": simulated, "golden": golden})

    found = customer_economics(tables, valued, segments_of(valued), horizon_months=24)

    assert found.sources["group"].tolist() == ["fair"]
    assert found.sources["value_share"].sum() < 1


def test_small_and_unchecked_groups_have_no_range(valued: Value) -> None:
    group = pd.Series(["large"] * (len(valued.customers) - 19) + ["small"] * 19)

    checked = value_by_group(valued.customers, group, factor=1.0).set_index("group")
    unchecked = value_by_group(valued.customers, group, factor=None)

    assert np.isfinite(checked.loc["large", ["low", "high"]].astype(float)).all()
    assert checked.loc["small", ["low", "high"]].isna().all()
    assert unchecked[["low", "high"]].isna().all(axis=None)


def test_groups_of_a_base_worth_nothing_have_no_share(valued: Value) -> None:
    group = pd.Series(["A"] * len(valued.customers))

    found = value_by_group(valued.customers.assign(value=0.0), group, factor=1.0)

    assert found["value_share"].isna().all()


def test_every_row_of_the_bridge_adds_up(found: CustomerEconomics, valued: Value) -> None:
    steps = found.bridge[list(BRIDGE_STEPS)].to_numpy("float64")

    assert steps[:, :-1].sum(axis=1) == pytest.approx(steps[:, -1])
    whole = found.bridge.set_index("segment").loc[ALL_CUSTOMERS]
    assert whole["value"] == pytest.approx(valued.equity.total)
    assert whole["discounts"] == pytest.approx(-0.2 * whole["list_revenue"])
    assert whole["returns"] == 0


def test_refunds_are_returns_and_not_sales() -> None:
    orders = pd.DataFrame(
        {
            "customer_key": ["A", "A", "B", None],
            "net_amount": [100.0, -30.0, 50.0, 9.0],
            "discount": [5.0, 1.0, None, 2.0],
        }
    )

    cuts = price_cuts(Tables.from_frames({"orders": orders})).set_index("customer_key")

    assert cuts.loc["A"].tolist() == [100.0, 5.0, 30.0]
    assert cuts.loc["B"].tolist() == [50.0, 0.0, 0.0]
    assert price_cuts(Tables.from_frames({})).empty


def test_the_base_case_of_the_scenarios_is_the_value_of_the_base(found: CustomerEconomics, valued: Value) -> None:
    assert scenario_values(found.months, 0.1, Scenario()).sum() == pytest.approx(valued.equity.total)


@given(leaving=st.floats(0.2, 3.0), more=st.floats(0.0, 1.0), points=st.floats(0.0, 0.2))
@settings(max_examples=25, deadline=None)
def test_value_falls_with_leaving_and_rate(
    found: CustomerEconomics, leaving: float, more: float, points: float
) -> None:
    base = scenario_values(found.months, 0.1, Scenario(leaving=leaving)).sum()

    assert scenario_values(found.months, 0.1, Scenario(leaving=leaving + more)).sum() <= base + 1e-9
    assert scenario_values(found.months, 0.1, Scenario(leaving=leaving, rate_points=points)).sum() <= base + 1e-9


def test_a_new_customer_in_the_base_case_is_worth_what_the_table_says(found: CustomerEconomics) -> None:
    new = new_customers(found.acquisition, 0.1, Scenario())

    assert len(new) > 1
    assert new["would_be"].to_numpy() == pytest.approx(new["value"].to_numpy())


def test_what_a_first_purchase_brings_hangs_on_the_margin_alone() -> None:
    sources = pd.DataFrame({"source": ["fair"], "value": [100.0], "cost": [50.0], "first_margin": [30.0]})
    later = pd.DataFrame({"segment": ["fair"], "month": 1, "n_days": 30.0, "mid_days": 0.0, "margin": 70.0})
    won = Acquisition(sources, months=later)

    def worth(scenario: Scenario) -> float:
        return float(new_customers(won, 0.0, scenario)["would_be"].iloc[0])

    assert worth(Scenario(frequency=1.5)) == pytest.approx(30 + 105)
    assert worth(Scenario(margin=0.5)) == pytest.approx(15 + 35)
    assert new_customers(Acquisition(), 0.1, Scenario()).empty


def test_the_tornado_has_every_lever_the_strongest_first(found: CustomerEconomics) -> None:
    assert set(found.tornado["lever"]) == {lever.name for lever in LEVERS.values()}
    assert found.tornado["swing"].is_monotonic_decreasing
    assert (found.tornado["low"] < found.tornado["high"]).all()


def test_a_decision_that_hangs_on_a_lever_is_named(
    simulated: pd.DataFrame, valued: Value, found: CustomerEconomics
) -> None:
    offer = float(found.offers["offer"].max())
    name = found.offers.loc[found.offers["offer"].idxmax(), "segment"]

    close = economics_of(simulated, valued, contact_cost=offer * 0.99).changes
    far = economics_of(simulated, valued, contact_cost=offer * 100, acquisition_cost_by_source={}).changes

    told = [tuple(row) for row in close.itertuples(index=False)]
    assert (f"a contact to hold {name}", "would no longer pay", "Margin", "a tenth lower") in told
    assert far.empty


def test_a_source_that_barely_pays_is_a_decision_that_hangs_on_the_margin(
    simulated: pd.DataFrame, valued: Value, found: CustomerEconomics
) -> None:
    worth = found.acquisition.sources.set_index("source")["value"]
    changes = economics_of(
        simulated,
        valued,
        contact_cost=None,
        acquisition_cost_by_source={"trade fair": worth["trade fair"] * 1.02, "web search": worth["web search"] * 0.98},
    ).changes
    by_margin = changes[changes["lever"] == "Margin"]

    assert set(by_margin[["decision", "change", "moved"]].itertuples(index=False, name=None)) == {
        ("winning customers through web search", "would no longer pay", "a tenth lower"),
        ("winning customers through trade fair", "would begin to pay", "a tenth higher"),
    }


def test_one_cost_for_all_customers_is_judged_where_no_source_is_known(simulated: pd.DataFrame, valued: Value) -> None:
    tables = Tables.from_frames({"customer_days": simulated})
    worth = customer_economics(tables, valued, pd.DataFrame(), horizon_months=24).acquisition.sources["value"].iloc[0]
    found = customer_economics(tables, valued, pd.DataFrame(), horizon_months=24, acquisition_cost=worth * 0.98)

    assert set(found.changes["decision"]) == {"winning customers"}


def test_an_offer_grows_with_the_share_it_holds_and_a_safe_one_is_smaller(
    simulated: pd.DataFrame, valued: Value, found: CustomerEconomics
) -> None:
    doubled = economics_of(simulated, valued, offer_success_share=0.2).offers

    assert doubled["offer"].to_numpy() == pytest.approx(2 * found.offers["offer"].to_numpy())
    assert (found.offers["safe_offer"] <= found.offers["offer"]).all()
    assert found.offers["leaving_share"].between(0, 1).all()
    assert found.offers["chance_of_loss"].between(0, 1).all()


def test_a_new_customer_has_a_worth_and_a_cost_a_payback(found: CustomerEconomics) -> None:
    sources = found.acquisition.sources.set_index("source")

    assert sources.index[-1] == ALL
    assert sources.loc["trade fair", "cost"] == 5.0
    assert sources.loc["trade fair", "payback_months"] <= 24
    assert 0 <= sources.loc["trade fair", "chance_of_loss"] <= 1
    assert np.isnan(sources.loc["web search", "cost"])
    assert (sources["first_margin"] < sources["first_year_margin"]).all()
    assert (sources["safe_cost"] <= sources["value"]).all()


def test_the_first_year_of_new_customers_is_checked_against_the_past(found: CustomerEconomics) -> None:
    actual, expected = found.acquisition.first_year_actual, found.acquisition.first_year_expected

    assert actual is not None
    assert expected == pytest.approx(actual, rel=0.25)


def test_in_data_of_one_year_the_first_year_is_not_judged_by_those_who_were_there_from_the_start(
    simulated: pd.DataFrame,
) -> None:
    young = simulated[simulated["day"] >= pd.Timestamp("2022-12-31")]
    tables = Tables.from_frames({"customer_days": young})

    found = customer_economics(tables, value_of(young), pd.DataFrame(), horizon_months=24).acquisition

    assert (found.first_year_actual, found.first_year_expected) == (None, None)


def test_a_campaign_named_like_a_source_gives_its_cost() -> None:
    campaigns = pd.DataFrame(
        {
            "channel": ["Trade fair", "mail", "trade fair"],
            "started_on": pd.to_datetime(["2023-05-01", "2023-05-01", "2021-05-01"]),
            "cost": [900.0, 100.0, 9_999.0],
        }
    )
    won = pd.Series(["trade fair", "trade fair", "trade fair", "web search", None])

    assert campaign_costs(campaigns, won, date(2023, 12, 31)) == {"trade fair": 300.0}


def test_serving_lowers_the_value_by_its_cost_a_purchase(simulated: pd.DataFrame, valued: Value) -> None:
    served = value_of(simulated, serve_cost_per_purchase=1.0)
    bridge = economics_of(simulated, served).bridge.set_index("segment").loc[ALL_CUSTOMERS]

    assert served.equity.total < valued.equity.total
    assert bridge["serving"] == pytest.approx(-served.customers["expected_purchases"].sum())
    assert sum(bridge[list(BRIDGE_STEPS[:-1])]) == pytest.approx(served.equity.total)


def test_without_a_value_there_are_no_economics() -> None:
    nothing = value_of(days_of())

    assert customer_economics(Tables.from_frames({}), nothing, pd.DataFrame(), horizon_months=12).unavailable


def test_without_segments_all_customers_are_one_group(simulated: pd.DataFrame, valued: Value) -> None:
    found = customer_economics(
        Tables.from_frames({"customer_days": simulated}), valued, pd.DataFrame(), horizon_months=24
    )

    assert found.segments["group"].tolist() == ["without a segment"]
    assert found.sources.empty


def test_winning_is_told_by_quarter_or_month_where_the_data_are_young() -> None:
    newest = cohorts(pd.DataFrame({"age_weeks": [1.0, 10.0]}), date(2024, 12, 31))
    young = cohorts(pd.DataFrame({"age_weeks": [1.0, 30.0]}), date(2024, 12, 31))
    old = cohorts(pd.DataFrame({"age_weeks": [1.0, 52.0 * 20]}), date(2024, 12, 31))

    assert newest.tolist() == ["2024-12", "2024-10"]
    assert young.tolist() == ["2024 Q4", "2024 Q2"]
    assert old.tolist() == ["2024", "2017 and before"]


def test_a_wider_factor_gives_a_wider_range(valued: Value) -> None:
    group = pd.Series(["A"] * len(valued.customers))
    narrow, wide = (value_by_group(valued.customers, group, factor=factor).iloc[0] for factor in (1.0, 2.0))

    assert wide["high"] - wide["value"] == pytest.approx(2 * (narrow["high"] - narrow["value"]))
