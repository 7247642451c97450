"""Whatever a client's tables hold, shares are shares, and neither the order of rows nor other columns change them."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from crmplan.metrics.registry import Estimate, Period, get, registry
from crmplan.tables import Tables

AS_OF = date(2023, 12, 31)
MAY_BE_NEGATIVE = {"revenue_growth_share", "fastest_segment_growth", "slowest_segment_growth", "margin_share"}
KEYS = [*(f"C{number}" for number in range(9)), None]
CHOICES = {
    "channel": ["call", "Call", "mail", "web", "shop", None],
    "direction": ["inbound", "Inbound", "outbound", "internal"],
    "topic": ["product", "order_status", "Billing", "", None], "outcome": ["won", "Lost", "open", None],
    "kind": ["satisfaction", "recommend", "firm", "person"], "country": ["Germany", "germany", "France", None],
    "status": ["completed", "cancelled", None], "department": ["call_center", "sales", None],
    "category": ["Food", "food", "Wine", "Tools", None], "segment": ["best", "Best", "lost", "", None],
    "source": ["erp", "crm"], "table": ["orders", "customers", "interactions"],
    "link": ["none", "file", "interface", "Interface", None], "serves": ["service", "", None],
}  # fmt: skip
TABLES = {
    "orders": "source order_id customer_key ordered_at product_id net_amount cost channel country territory is_refund "
    "refunds_order_id status",
    "customer_days": "customer_key day n_orders net_amount profit",
    "products": "product_id category",
    "segments": "customer_key segment previous_segment tier revenue revenue_12m revenue_previous_12m",
    "customer_value": "customer_key value alive_probability",
    "interactions": "source interaction_id customer_key started_at channel direction topic wait_seconds "
    "duration_seconds is_resolved is_reopened revenue agent_id parent_id",
    "opportunities": "opportunity_id customer_key created_at first_response_at closed_at outcome stage amount "
    "lead_source campaign_id owner territory lost_reason competitor",
    "contracts": "customer_key started_on ended_on monthly_fee committed_amount fulfilled_amount cancel_reason",
    "campaigns": "campaign_id name started_on cost",
    "touches": "campaign_id customer_key touched_at is_response",
    "surveys": "answered_at kind score reason",
    "shipments": "promised_on delivered_on is_correct_item handling_cost",
    "staff": "staff_id department is_client_facing training_hours",
    "customers": "source customer_id customer_key name email phone postcode city birth_year created_by created_at "
    "first_heard updated_at",
    "systems": "system_id serves remaining_life_years link",
    "customer_ids": "source customer_id customer_key",
    "golden": "customer_key kind first_heard",
    "quality": "source table n_cells n_filled n_given n_invalid n_received n_twice n_references n_dangling days_old",
}
COUNTS = (
    ("n_filled", "n_cells"), ("n_invalid", "n_given"), ("n_twice", "n_received"), ("n_dangling", "n_references"),
)  # fmt: skip
UNIQUE = {"segments", "customer_value", "golden"}


def _column(name: str, n: int, draw: np.random.Generator) -> pd.Series:  # noqa: PLR0911
    if name == "customer_key":
        return pd.Series(draw.choice(np.array(KEYS, dtype=object), n))
    if name.endswith(("_at", "_on")) or name == "day":
        days = pd.Timestamp("2021-01-01") + pd.to_timedelta(draw.integers(0, 1200, n), unit="D")
        return pd.Series(days).where(pd.Series(draw.random(n) < 0.85))
    if name.startswith("is_"):
        return pd.Series(draw.choice(np.array([True, False, None], dtype=object), n)).astype("boolean")
    if name.endswith("_id"):
        return pd.Series([None if number == 12 else f"{number}" for number in draw.integers(0, 13, n)], dtype=object)
    if name.endswith(("segment", "tier")):
        return pd.Series(draw.choice(np.array(CHOICES["segment"], dtype=object), n))
    if name in CHOICES:
        return pd.Series(draw.choice(np.array(CHOICES[name], dtype=object), n))
    if name in {"territory", "stage", "lead_source", "owner", "lost_reason", "competitor", "cancel_reason", "reason",
                "name", "email", "phone", "postcode", "city", "created_by", "first_heard"}:  # fmt: skip
        return pd.Series(draw.choice(np.array(["a@b.de", "0123456789", "x", "X", "n/a", None], dtype=object), n))
    if name == "alive_probability":
        return pd.Series(draw.random(n))
    return pd.Series(np.round(draw.normal(3, 5, n), 1)).where(pd.Series(draw.random(n) < 0.9))


def _client(seed: int, n: int) -> dict[str, pd.DataFrame]:
    draw = np.random.default_rng(seed)
    frames = {}
    for table, columns in TABLES.items():
        frame = pd.DataFrame({name: _column(name, n, draw) for name in columns.split()})
        if table in UNIQUE:
            frame = frame.drop_duplicates("customer_key").dropna(subset="customer_key").reset_index(drop=True)
        if table == "customer_days":
            frame["net_amount"] = frame["net_amount"].abs() + 1
            # Somebody has been there from the start, so that years can be compared.
            frame.loc[0, ["customer_key", "day"]] = ["C0", pd.Timestamp("2021-01-01")]
        if table == "orders" and n:
            frame.loc[0, "ordered_at"] = pd.Timestamp("2021-01-01")
        if table == "quality":
            for part, whole in COUNTS:
                frame[whole] = draw.integers(0, 500, n)
                frame[part] = (frame[whole] * draw.random(n)).astype("int64")
        frames[table] = frame
    return frames


def _estimates(frames: dict[str, pd.DataFrame]) -> dict[str, Estimate]:
    tables = Tables.from_frames(frames)
    end = AS_OF + timedelta(days=1)
    found = {}
    for id, one in registry().items():
        start = end - timedelta(days=one.window_days) if one.window_days else date(1, 1, 1)
        found[id] = one.compute(tables, Period(start, end, home_country="Germany"))
    return found


CLIENTS = st.tuples(st.integers(0, 10**6), st.integers(1, 120))
# A client takes seconds to measure, so a failing one is shown as it is and not made smaller.
FEW = settings(max_examples=3, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.slow
@FEW
@given(CLIENTS)
def test_shares_lie_between_0_and_1_and_every_figure_within_its_interval(client: tuple[int, int]):
    for id, found in _estimates(_client(*client)).items():
        if found.breakdown is not None:
            assert list(found.breakdown.columns) == ["group", "value", "n"], id
            assert found.breakdown["group"].map(type).eq(str).all(), id
            assert found.breakdown["group"].str.lower().is_unique, id
            assert found.breakdown["value"].map(np.isfinite).all(), id
            assert (found.breakdown["n"] >= 0).all(), id
        assert found.n >= 0
        if found.value is None:
            continue
        assert np.isfinite(found.value)
        assert not found.reason
        if found.low is not None and found.high is not None:
            assert found.low <= found.value <= found.high, id
        if get(id).unit == "share" and id not in MAY_BE_NEGATIVE:
            assert 0 <= found.value <= 1, id
            assert found.low is None or found.low >= 0
            assert found.high is None or found.high <= 1


@pytest.mark.slow
@FEW
@given(CLIENTS, st.integers(0, 10**6))
def test_the_order_of_rows_does_not_matter(client: tuple[int, int], seed: int):
    frames = _client(*client)
    copies = {name: frame.copy() for name, frame in frames.items()}
    shuffled = {name: frame.sample(frac=1, random_state=seed % 2**32) for name, frame in frames.items()}
    before, after = _estimates(frames), _estimates(shuffled)

    for id, found in before.items():
        again = after[id]
        assert (found.n, found.reason) == (again.n, again.reason), id
        assert found.value == (again.value if again.value is None else pytest.approx(again.value)), id
        if found.breakdown is not None:
            pd.testing.assert_frame_equal(found.breakdown, again.breakdown)
    for name, frame in frames.items():
        pd.testing.assert_frame_equal(frame, copies[name])


@pytest.mark.slow
@FEW
@given(CLIENTS)
def test_what_happens_after_the_last_day_does_not_matter(client: tuple[int, int]):
    frames = _client(*client)
    frames["orders"]["ordered_at"] = frames["orders"]["ordered_at"].fillna(pd.Timestamp("2023-05-01"))
    later = frames["orders"].assign(ordered_at=pd.Timestamp("2024-01-01"), net_amount=10_000.0)
    days = frames["customer_days"].assign(day=pd.Timestamp("2024-01-01"), net_amount=10_000.0)
    more = {
        **frames,
        "orders": pd.concat([frames["orders"], later], ignore_index=True),
        "customer_days": pd.concat([frames["customer_days"], days], ignore_index=True),
    }
    before, after = _estimates(frames), _estimates(more)

    for id in set(before) - {"joined_view_share"}:
        assert before[id].value == (None if after[id].value is None else pytest.approx(after[id].value)), id
