"""Splink, as we use it: comparisons made of our levels, training on shared marks, scoring on DuckDB or Spark."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pandas as pd

from crmplan.customers.comparable import LOOK_UPS
from crmplan.customers.likeness_levels import Aspect

__all__ = ["column_of", "scored", "spark_jar", "trained"]

_SEED = 20
_MOST_TRAINING_PAIRS = 1_000_000
_LEAST_WEIGHT = -4.0
"""Pairs below about one in twenty are not kept."""

Learned = dict[tuple[str, str], tuple[float | None, float | None]]
"""*m* and *u* by aspect and level; none where no pair showed the level."""


def trained(
    made: pd.DataFrame, aspects: Sequence[Aspect], *, prior: float, sessions: Sequence[Sequence[str]]
) -> Learned:
    """Return what was learned from records: *u* from random pairs, *m* from pairs that share the marks of a session."""
    with _silent():
        linker = _linker(made, aspects, prior=prior, engine=_embedded())
        linker.training.estimate_u_using_random_sampling(max_pairs=1e6 if len(made) < 100_000 else 5e6, seed=_SEED)
        for marks in sessions:
            linker.training.estimate_parameters_using_expectation_maximisation(
                _block_on(*marks), estimate_without_term_frequencies=True, max_pairs=_MOST_TRAINING_PAIRS
            )
        learned = linker.misc.save_model_to_json()
    found: Learned = {}
    for aspect, comparison in zip(aspects, learned["comparisons"], strict=True):
        known = [one for one in comparison["comparison_levels"] if not one.get("is_null_level")]
        for level, one in zip(aspect.levels, known, strict=True):
            found[aspect.name, level.words] = (_share(one.get("m_probability")), _share(one.get("u_probability")))
    return found


def scored(
    made: pd.DataFrame,
    aspects: Sequence[Aspect],
    *,
    prior: float,
    weights: pd.DataFrame,
    frequencies: Mapping[str, pd.Series],
    spark: Any = None,
) -> pd.DataFrame:
    """Return pairs that share a look-up, as Splink has them.

    Parameters
    ----------
    made
        As from :func:`crmplan.customers.comparable.comparable_records`.
    weights
        As :class:`crmplan.customers.likeness.Likeness` has them.
    frequencies
        By column, how often strangers have a value, by value.
    spark
        A Spark session; none for the embedded engine.
    """
    with _silent():
        engine = _embedded() if spark is None else _on_spark(spark)
        linker = _linker(made, aspects, prior=prior, weights=weights, engine=engine, spark=spark)
        for column, shares in frequencies.items():
            table = shares.rename(f"tf_{column}").rename_axis(column).reset_index()
            linker.table_management.register_term_frequency_lookup(_registered(engine, table, spark), column)
        found: pd.DataFrame = linker.inference.predict(threshold_match_weight=_LEAST_WEIGHT).as_pandas_dataframe()
    return found


def column_of(aspect: str) -> str:
    """Return an aspect's name as Splink uses it in columns."""
    return aspect.replace(" ", "_").replace("-", "_")


def spark_jar() -> str:
    """Return the file that a Spark session must be given as ``spark.jars`` to compare texts."""
    from splink.backends.spark import similarity_jar_location

    return str(similarity_jar_location())


def _share(value: Any) -> float | None:
    return float(value) if isinstance(value, float) and value > 0 else None


def _linker(
    made: pd.DataFrame,
    aspects: Sequence[Aspect],
    *,
    prior: float,
    engine: Any,
    weights: pd.DataFrame | None = None,
    spark: Any = None,
) -> Any:
    from splink import Linker, SettingsCreator

    settings = SettingsCreator(
        link_type="dedupe_only",
        probability_two_random_records_match=prior,
        comparisons=[_comparison(aspect, weights, on_spark=spark is not None) for aspect in aspects],
        blocking_rules_to_generate_predictions=[_block_on(name) for name in LOOK_UPS if name in made],
        retain_intermediate_calculation_columns=True,
    )
    return Linker(_registered(engine, made, spark), settings)


def _registered(engine: Any, table: pd.DataFrame, spark: Any) -> Any:
    if spark is None:
        return engine.register(table)
    return engine.register(spark.createDataFrame(table.astype(object).where(table.notna(), None)))


def _embedded() -> Any:
    import duckdb
    from splink import DuckDBAPI

    # One thread adds up in one order, so that the same records always get the same weights.
    return DuckDBAPI(duckdb.connect(config={"threads": 1}))


def _on_spark(session: Any) -> Any:
    import splink

    api: Any = splink.SparkAPI
    return api(spark_session=session, break_lineage_method="persist", register_udfs_automatically=True)


def _block_on(*columns: str) -> Any:
    from splink import block_on

    return block_on(*columns)


def _comparison(aspect: Aspect, weights: pd.DataFrame | None, *, on_spark: bool) -> Any:
    import splink.comparison_level_library as levels
    import splink.comparison_library as comparisons

    made: list[Any] = [_level(levels, aspect.is_unknown, "unknown", on_spark).configure(is_null_level=True)]
    for level, one in enumerate(aspect.levels):
        creator = _level(levels, one.condition, one.words, on_spark) if one.condition else levels.ElseLevel()
        options: dict[str, Any] = {"tf_adjustment_column": one.frequency_of} if one.frequency_of else {}
        if weights is not None:
            learned = weights.loc[weights["aspect"].eq(aspect.name) & weights["words"].eq(one.words)]
            if learned.empty:
                raise ValueError(f"level {level} of {aspect.name} was not learned")
            options |= {"m_probability": float(learned["m"].iloc[0]), "u_probability": float(learned["u"].iloc[0])}
        made.append(creator.configure(**options) if options else creator)
    return comparisons.CustomComparison(made, output_column_name=column_of(aspect.name))


def _level(levels: Any, condition: str, words: str, on_spark: bool) -> Any:
    sql = condition.replace("jaro_winkler_similarity", "jaro_winkler") if on_spark else condition
    return levels.CustomLevel(sql, label_for_charts=words)


@contextmanager
def _silent() -> Iterator[None]:
    """Keep Splink from telling its progress; its loggers are as before afterwards."""
    import splink  # noqa: F401 - its loggers must be there

    loggers = [
        one
        for name, one in logging.root.manager.loggerDict.items()
        if name.partition(".")[0] == "splink" and isinstance(one, logging.Logger) and not one.disabled
    ]
    try:
        for one in loggers:
            one.disabled = True
        yield
    finally:
        for one in loggers:
            one.disabled = False
