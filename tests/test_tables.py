"""Tables read the same from memory and from disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from crmplan.errors import UnknownNameError
from crmplan.schema import TABLES
from crmplan.tables import Tables

ORDERS = pd.DataFrame(
    {
        "order_id": ["a", "b", "c"],
        "customer_key": ["C1", None, "C2"],
        "ordered_at": pd.to_datetime(["2024-01-01", "2024-01-02", None]),
        "net_amount": [10.0, 5.0, float("nan")],
    }
)


@pytest.fixture(params=["memory", "disk"])
def tables(request: pytest.FixtureRequest, tmp_path: Path) -> Tables:
    made = Tables.from_frames({"orders": ORDERS})
    if request.param == "memory":
        return made
    made.save(tmp_path)
    return Tables.from_folder(tmp_path)


def test_what_is_there_is_known(tables: Tables) -> None:
    assert tables.names == ("orders",)
    assert tables.has("orders", "net_amount", "customer_key")
    assert not tables.has("orders", "cost")
    assert not tables.has("contracts")
    assert (tables.count("orders"), tables.count("contracts")) == (3, 0)


def test_expression_and_frame_agree(tables: Tables) -> None:
    pd.testing.assert_frame_equal(tables.frame("orders"), ORDERS, check_dtype=False)
    assert int(tables["orders"].customer_key.count().execute()) == 2
    assert float(tables["orders"].net_amount.sum().execute()) == 15.0


def test_a_frame_that_is_changed_leaves_the_table_alone(tables: Tables) -> None:
    taken = tables.frame("orders")
    taken["net_amount"] = 0.0

    assert float(tables["orders"].net_amount.sum().execute()) == 15.0


def test_an_added_frame_replaces_the_table_of_its_name(tables: Tables) -> None:
    more = tables.with_frames(orders=ORDERS.head(1), golden=pd.DataFrame({"customer_key": ["C1"]}))

    assert more.names == ("golden", "orders")
    assert more.count("orders") == 1
    assert tables.count("orders") == 3


def test_an_empty_table_is_a_table(tmp_path: Path) -> None:
    empty = Tables.from_frames({"orders": ORDERS.head(0)})
    empty.save(tmp_path)

    assert int(Tables.from_folder(tmp_path)["orders"].count().execute()) == 0
    assert int(empty["orders"].count().execute()) == 0


def test_a_wrong_name_gets_a_hint(tables: Tables) -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'orders'"):
        tables["order"]


def test_every_canonical_table_names_its_key_among_its_columns() -> None:
    for table in TABLES.values():
        assert set(table.key) <= {"source", *table.names}
        assert any(column.is_required for column in table.columns)
        assert len(set(table.names)) == len(table.names)


def test_a_column_without_a_single_value_is_text_that_is_empty() -> None:
    made = Tables.from_frames({"orders": pd.DataFrame({"order_id": ["a", "b"], "channel": [None, None]})})

    assert made["orders"].channel.type().is_string()
    assert made["orders"].channel.notnull().sum().execute() == 0


def test_a_sum_comes_out_the_same_every_time() -> None:
    draw = np.random.default_rng(1)
    frame = pd.DataFrame({"key": draw.integers(0, 40, 400_000), "net_amount": draw.gamma(2.0, 17.3, 400_000)})

    def sums() -> pd.DataFrame:
        table = Tables.from_frames({"orders": frame})["orders"]
        found: pd.DataFrame = table.group_by("key").agg(total=table.net_amount.sum()).execute()
        return found.sort_values("key", ignore_index=True)

    first = sums()

    assert all(sums().equals(first) for _ in range(5))


def test_an_expression_is_a_table_like_any_other_and_written_while_it_is_computed(tmp_path: Path) -> None:
    flagged = Tables.from_frames({"orders": ORDERS.assign(is_refund=pd.array([True, None, False], dtype="boolean"))})
    known = flagged["orders"].filter(flagged["orders"].customer_key.notnull())
    made = flagged.with_expressions(known=known, orders=flagged["orders"].mutate(n=1))
    made.save(tmp_path)

    assert made.names == ("known", "orders")
    assert (made.count("known"), made.columns("orders")[-1], made.has("known", "n")) == (2, "n", False)
    for tables in (made, Tables.from_folder(tmp_path)):
        assert tables.frame("known", "order_id")["order_id"].tolist() == ["a", "c"]
        assert str(tables.frame("known")["is_refund"].dtype) == "boolean"
        assert tables.frame("orders")["is_refund"].isna().tolist() == [False, True, False]


def test_tables_made_of_one_another_can_be_joined() -> None:
    orders = Tables.from_frames({"orders": ORDERS})
    more = orders.with_expressions(doubled=orders["orders"].mutate(net_amount=orders["orders"].net_amount * 2))
    more = more.with_frames(golden=pd.DataFrame({"customer_key": ["C1"]}))

    assert more["doubled"].join(more["golden"], "customer_key").net_amount.sum().execute() == 20.0


def test_what_cannot_be_written_is_told_like_any_other_fault_of_the_machine(tmp_path: Path) -> None:
    orders = Tables.from_frames({"orders": ORDERS})
    (tmp_path / "made.parquet").mkdir()

    with pytest.raises(OSError, match=r"made\.parquet"):
        orders.with_expressions(made=orders["orders"]).save(tmp_path)
