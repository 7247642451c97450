"""The registry is whole, and every metric answers whatever the client's data look like."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from crmplan.errors import UnknownNameError
from crmplan.intake.quality_profile import PROFILE_COLUMNS
from crmplan.method import items
from crmplan.metrics.registry import Estimate, Measured, Metric, get, measure, measure_all, metric, registry
from crmplan.schema import TABLES
from crmplan.tables import Tables

AS_OF = date(2023, 12, 31)
FACTS = {"home_country": "Germany", "yearly_sales_target": 1000.0}
DERIVED = {
    "golden": ("customer_key", "kind", "first_heard", "segment", "n_sources"),
    "customer_ids": ("source", "customer_id", "customer_key"),
    "customer_days": ("customer_key", "day", "n_orders", "net_amount", "profit"),
    "segments": (
        "customer_key",
        "segment",
        "previous_segment",
        "tier",
        "revenue",
        "revenue_12m",
        "revenue_previous_12m",
    ),
    "customer_value": ("customer_key", "value", "alive_probability", "expected_purchases"),
    "quality": PROFILE_COLUMNS,
}
EXPECTED = """
purchase_frequency repeat_share single_category_share white_space_share inactive_share second_purchase_share
contact_after_first_share new_customers revenue_growth_share fastest_segment_growth slowest_segment_growth
top20_revenue_share unprofitable_share margin_share average_order_value revenue_per_customer cross_channel_share
satisfaction_mean promoter_score survey_reason_share campaign_response_share acquisition_cost
campaign_lead_no_followup_share contract_churn_share cancel_reason_known_share upward_migration_share
movable_middle_share rising_customers_share falling_customers_share falling_revenue lead_response_hours
pipeline_coverage sales_cycle_days win_rate lost_to_competitor_share lost_reason_known_share
contract_compliance_share account_profit_known_share falling_territories_share retention_share orders_per_day
unknown_order_share international_order_share calls_per_day product_call_share order_status_call_share
billing_call_share revenue_call_share internal_calls_per_status_call status_answer_minutes
first_contact_resolution reopen_share repeat_contact_share wait_seconds training_hours joined_view_share
return_share wrong_item_share wrong_item_cost on_time_share valid_contact_data_share completeness_share
duplicate_share conflict_share cross_source_match_share contacts_matched_share client_facing_contributors_share
customer_equity mean_customer_value expected_active_customers top10_value_share linked_systems_share
lasting_systems_share customers_on_file product_known_share first_heard_known_share peak_wait_ratio
campaign_lead_known_share data_complete_share data_valid_share data_unique_share data_linked_share data_age_days
carried_changes upkeep_cost
""".split()  # noqa: SIM905


def _columns() -> dict[str, tuple[str, ...]]:
    canonical = {name: (*table.names, "source", "customer_key") for name, table in TABLES.items()}
    return {**canonical, **DERIVED}


def _all(metrics: dict[str, Measured]) -> None:
    assert set(metrics) == set(registry())
    for id, one in metrics.items():
        assert one.metric == id
        assert not one.is_computed
        assert one.value is None
        assert one.reason


def test_every_metric_that_is_cited_is_there():
    assert set(EXPECTED) <= set(registry())


@pytest.mark.parametrize("one", registry().values(), ids=lambda one: one.id)
def test_a_definition_says_everything(one: Metric):
    for words in (one.label, one.definition, one.cannot_prove, one.counts):
        assert words == words.strip()
        assert len(words) > 4
    assert one.definition.endswith(".")
    assert one.cannot_prove.endswith(".")
    assert one.covers
    assert one.needs
    assert one.min_rows >= 0
    columns = _columns()
    for table, names in one.needs.items():
        assert names
        assert set(names) <= set(columns[table])


def test_metrics_cover_items_of_the_method():
    cited = {id for one in registry().values() for id in one.covers}

    assert cited <= {item.id for item in items()}


def test_every_item_with_data_is_covered():
    covered = {item for one in registry().values() for item in one.covers}
    assert [item.id for item in items() if "data" in item.how and item.id not in covered] == []


def test_no_metric_is_defined_twice():
    with pytest.raises(ValueError, match="metric 'repeat_share' is defined twice"):
        metric(
            id="repeat_share", label="x", definition="x", department="sales", unit="share", needs={}, counts="x",
            cannot_prove="x",
        )(lambda tables, period: Estimate(None, 0))  # fmt: skip

    assert len({one.label for one in registry().values()}) == len(registry())


def test_an_unknown_metric_is_answered_with_close_names():
    with pytest.raises(UnknownNameError, match="did you mean 'repeat_share'"):
        get("repeat_shar")


def test_no_tables_at_all_give_what_is_needed():
    metrics = measure_all(Tables.from_frames({}), as_of=AS_OF, facts=FACTS)

    _all(metrics)
    assert metrics["win_rate"].reason == "needs opportunities"
    assert metrics["repeat_share"].reason == "needs customer_days (made from orders)"


def test_a_missing_column_is_named():
    frames = {
        "orders": pd.DataFrame({"order_id": ["1"], "customer_key": ["A"]}),
        "customer_days": pd.DataFrame({"customer_key": ["A"], "day": pd.to_datetime(["2023-05-01"])}),
    }
    metrics = measure_all(Tables.from_frames(frames), as_of=AS_OF)

    assert metrics["unknown_order_share"].reason == "needs orders (ordered_at, net_amount)"
    assert metrics["unprofitable_share"].reason == "needs orders (cost)"


def test_tables_without_rows_give_no_figure():
    frames = {name: pd.DataFrame(columns=list(columns)) for name, columns in _columns().items()}

    _all(measure_all(Tables.from_frames(frames), as_of=AS_OF, facts=FACTS))


def test_tables_without_values_give_no_figure():
    frames = {name: pd.DataFrame({column: [None] * 40 for column in columns}) for name, columns in _columns().items()}
    metrics = measure_all(Tables.from_frames(frames), as_of=AS_OF, facts=FACTS)

    # Records without a single field are records all the same.
    computed = {id: one.value for id, one in metrics.items() if one.is_computed}
    assert computed == {"completeness_share": 0, "valid_contact_data_share": 0}


@pytest.mark.parametrize("kind", ["datetime64[ns]", "float64", "string", "boolean"])
def test_empty_columns_of_any_type_do_no_harm(kind: str):
    frames = {
        name: pd.DataFrame({column: pd.Series([None] * 3, dtype=kind) for column in columns})
        for name, columns in _columns().items()
    }

    _all(measure_all(Tables.from_frames(frames), as_of=AS_OF, facts=FACTS))


def test_only_the_columns_that_are_needed_are_needed():
    for one in registry().values():
        frames = {name: pd.DataFrame({column: [None] * 2 for column in names}) for name, names in one.needs.items()}
        found = measure(one, Tables.from_frames(frames), as_of=AS_OF, facts=FACTS)

        assert not found.is_computed or one.min_rows <= found.n


def test_a_figure_on_too_few_rows_is_withheld():
    days = pd.DataFrame(
        {"customer_key": ["A"] * 2, "day": pd.to_datetime(["2023-01-01", "2023-05-01"]), "net_amount": [1.0, 2.0]}
    )
    found = measure(get("repeat_share"), Tables.from_frames({"customer_days": days}), as_of=AS_OF)

    assert (found.status, found.value, found.n) == ("too_few_rows", None, 1)
    assert found.reason == "needs at least 30 customers; the data hold 1"
