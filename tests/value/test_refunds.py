"""Refunds above purchases, from the client's file to the text of the chapter."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from crmplan.reporting.blocks import Note
from crmplan.reporting.chapters import value as chapter
from crmplan.workbench import Workbench
from tests.conftest import ENGAGEMENT, orders

DEAR = [("X1", "GONE", "2024-03-01", 100.0), ("X2", "GONE", "2024-04-01", -250.0)]
PARTLY = [("Y1", "LESS", "2023-03-01", 100.0), ("Y2", "LESS", "2024-03-01", 80.0), ("Y3", "LESS", "2024-05-01", -90.0)]


def with_orders(client: Path, *parts: pd.DataFrame | list[tuple[str, str, str, float]]) -> Workbench:
    names = ["order_id", "customer_id", "ordered_at", "net_amount"]
    frames = [part if isinstance(part, pd.DataFrame) else pd.DataFrame(part, columns=names) for part in parts]
    joined = pd.concat(frames).assign(ordered_at=lambda frame: pd.to_datetime(frame["ordered_at"]))
    joined.to_csv(client / "data" / "orders.csv", index=False, date_format="%Y-%m-%d")
    return Workbench.open(client)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    folder = tmp_path_factory.mktemp("refunds") / "small"
    (folder / "data").mkdir(parents=True)
    (folder / "engagement.yaml").write_text(ENGAGEMENT, "utf-8")
    return with_orders(folder, orders(), DEAR, PARTLY)


def test_a_customer_who_gave_back_more_than_it_bought_has_no_value_and_everybody_else_a_finite_one(
    bench: Workbench,
) -> None:
    value, plain = bench.value(), orders()
    estimates = value.customers[["alive_probability", "expected_purchases", "expected_spend", "value", "value_low"]]

    assert value.unavailable == ""
    assert value.n_unpaid == 1
    assert len(value.customers) == plain["customer_id"].nunique() + 1
    assert np.isfinite(estimates.to_numpy("float64")).all()
    assert np.isfinite(value.equity.total or np.nan)


def test_a_refund_beyond_its_order_is_taken_from_the_one_before(bench: Workbench) -> None:
    key = bench.customers().tables.frame("orders", "customer_key", "customer_id")
    less = key.loc[key["customer_id"] == "LESS", "customer_key"].iloc[0]
    row = bench.value().customers.set_index("customer_key").loc[less]

    assert (row["n_purchases"], row["revenue"]) == (1, 90.0)


def test_the_chapter_says_who_has_no_value_and_why(bench: Workbench) -> None:
    text = chapter.what_it_is(bench.value(), bench.engagement).text()

    assert "1 customer who gave everything back or paid nothing has no value here." in text


def test_what_may_be_spent_stays_finite(bench: Workbench) -> None:
    found = bench.economics()

    assert np.isfinite(found.acquisition.sources["value"].to_numpy("float64")).all()
    assert np.isfinite(found.bridge.select_dtypes("number").to_numpy()).all()
    assert found.roll_forward.items["amount"].iloc[:-1].sum() == pytest.approx(found.roll_forward.amount("closing"))


def test_where_everybody_gave_everything_back_there_are_too_little_data_and_the_reason(small_client: Path) -> None:
    bought = orders(40)
    back = bought.assign(order_id="R" + bought["order_id"], net_amount=-2 * bought["net_amount"])
    back["ordered_at"] = back["ordered_at"] + pd.Timedelta(days=1)
    bench = with_orders(small_client, bought, back[back["ordered_at"] <= "2024-12-31"])
    found = chapter.findings(bench.value(), bench.engagement)

    assert bench.value().unavailable.startswith("too little data: ")
    assert "all 40 customers gave everything back or paid nothing" in bench.value().unavailable
    assert isinstance(found, Note)
    assert bench.economics().unavailable == bench.value().unavailable
