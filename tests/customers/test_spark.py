"""On Spark the same expressions give the same table, and a model learned on DuckDB scores the same pairs."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pandas as pd
import pytest

from crmplan.customers.comparable import comparable_records
from crmplan.customers.likeness import learn_likeness, likely_pairs
from crmplan.customers.purchases import customer_table, fold_purchases

pytest.importorskip("pyspark", reason="needs the extra 'spark'")
if shutil.which("java") is None:
    pytest.skip("needs Java (Debian: openjdk-17-jre-headless)", allow_module_level=True)

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from pyspark.sql import SparkSession

    from crmplan.customers.likeness import spark_jar

    folder = tmp_path_factory.mktemp("spark")
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        made = (
            SparkSession.builder.master("local[2]")
            .config("spark.driver.memory", "1g")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "2")
            .config("spark.default.parallelism", "2")
            .config("spark.jars", spark_jar())
            .config("spark.sql.warehouse.dir", str(folder))
            .config("spark.log.level", "OFF")
            .getOrCreate()
        )
        yield made
        made.stop()


def _lines(n: int, seed: int) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "customer_key": pd.Series(draw.integers(0, n // 10, n)).map("C{:05d}".format),
            "source": draw.choice(["shop", "desk"], n),
            "order_id": pd.Series(draw.integers(0, n // 2, n)).map("O{:05d}".format),
            "ordered_at": pd.Timestamp("2023-01-01") + pd.to_timedelta(draw.integers(0, 600 * 24, n), unit="h"),
            "net_amount": np.round(draw.gamma(2.0, 20.0, n) - 4.0, 2),
            "cost": np.where(draw.random(n) < 0.98, np.round(draw.gamma(2.0, 9.0, n), 2), np.nan),
        }
    ).astype({"ordered_at": "datetime64[us]"})


def test_the_customer_table_is_the_same_on_duckdb_and_spark(session: Any, tmp_path: Path) -> None:
    _lines(2_000, seed=3).to_parquet(tmp_path / "orders.parquet", index=False)
    tables = []
    for engine in (ibis.duckdb.connect(), ibis.pyspark.connect(session)):
        orders = engine.read_parquet(str(tmp_path / "orders.parquet"), table_name="orders")
        days = fold_purchases(orders).customer_days
        tables.append(customer_table(days).order_by("customer_key").to_pandas())
    on_duckdb, on_spark = (
        table.astype({"first_day": "datetime64[us]", "last_day": "datetime64[us]", "customer_key": "str"})
        for table in tables
    )

    assert len(on_duckdb) > 150
    pd.testing.assert_frame_equal(on_spark, on_duckdb, check_exact=True)


def test_a_model_learned_on_duckdb_finds_the_same_pairs_on_spark(session: Any, two_systems: pd.DataFrame) -> None:
    made = comparable_records(two_systems.iloc[::2].reset_index(drop=True).drop(columns="person"))
    likeness = learn_likeness(comparable_records(two_systems.drop(columns="person")), n_known_pairs=100)
    here = likely_pairs(made, likeness)
    there = likely_pairs(made, likeness, spark=session)

    assert len(here) > 20
    columns = ["left", "right", "probability"]
    by_row = ["left", "right"]
    pd.testing.assert_frame_equal(
        there.loc[there["probability"] >= 0.5, columns].sort_values(by_row, ignore_index=True),
        here.loc[here["probability"] >= 0.5, columns].sort_values(by_row, ignore_index=True),
        rtol=1e-6,
    )
