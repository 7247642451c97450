"""How likely two records are the same customer, by Splink, with weights learned from the client's own records.

Every level of likeness has two probabilities: *m*, how often two records of one customer agree so, and *u*, how often
two records of different customers do. The weight of a level is log2(m / u); the weights of a pair add up (Fellegi and
Sunter 1969, A Theory for Record Linkage, JASA 64). *u* comes from random pairs, *m* from expectation maximisation over
pairs that share one exact mark. Everything is seeded, and nothing depends on the order of rows.

The model is kept as plain probabilities, not as SQL of one engine, so that one learned on DuckDB scores on Spark.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pandas as pd

from crmplan.customers.comparable import LOOK_UPS
from crmplan.customers.likeness_levels import Aspect, aspects_of

__all__ = ["Likeness", "learn_likeness", "likely_pairs", "reasons"]

_SEED = 20
_FEWEST_RECORDS = 100
_FEWEST_PAIRS = 30
_EXPECTED_RECALL = 0.8
"""Share of true pairs that exact keys are taken to find, from which the number of true pairs is reckoned."""
_TRAINING = (("email",), ("first_name", "last_name"), ("phone",), ("firm_name",), ("born_on",), ("street", "postcode"))
_MOST_TRAINING_PAIRS = 1_000_000
_LEAST_M, _LEAST_U = 1e-3, 1e-6
_LEAST_WEIGHT = -4.0
"""Pairs below about one in twenty are not kept."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """What likeness is worth, as learned from one client's records.

    Parameters
    ----------
    weights
        One row per level: ``aspect``, ``level`` (from 0, different, up), ``words``, ``m``, ``u``, ``weight`` (log2 of
        m / u; 0 where either could not be learned).
    prior
        Probability that two records picked at random are the same customer.
    trained_on
        The marks that records had to share to be learned from.
    unavailable
        Empty, or why nothing could be learned.
    """

    weights: pd.DataFrame
    prior: float
    trained_on: tuple[str, ...]
    unavailable: str = ""


def learn_likeness(made: pd.DataFrame, *, n_known_pairs: int) -> Likeness:
    """Return what likeness is worth among these records.

    Parameters
    ----------
    made
        As from :func:`crmplan.customers.comparable.comparable_records`.
    n_known_pairs
        Pairs of records that exact keys have joined.
    """
    sessions = [marks for marks in _TRAINING if _n_sharing(made, marks) >= _FEWEST_PAIRS]
    aspects = aspects_of(made.columns)
    why = ""
    if len(made) < _FEWEST_RECORDS:
        why = f"needs at least {_FEWEST_RECORDS} customer records that say more than a number"
    elif n_known_pairs < _FEWEST_PAIRS or len(aspects) < 2 or not sessions:
        why = f"needs at least {_FEWEST_PAIRS} pairs of records that share an exact mark, and two things to compare"
    if why:
        return Likeness(_weights([]), 0.0, (), why)
    n_pairs = len(made) * (len(made) - 1) / 2
    prior = min(0.5, n_known_pairs / _EXPECTED_RECALL / n_pairs)
    with _silent():
        linker = _linker(made, aspects, prior=prior, blocks=[LOOK_UPS[0]])
        linker.training.estimate_u_using_random_sampling(max_pairs=1e6 if len(made) < 100_000 else 5e6, seed=_SEED)
        for marks in sessions:
            linker.training.estimate_parameters_using_expectation_maximisation(
                _block_on(*marks), estimate_without_term_frequencies=True, max_pairs=_MOST_TRAINING_PAIRS
            )
        learned = linker.misc.save_model_to_json()
    trained_on = tuple(" and ".join(marks).replace("_", " ") for marks in sessions)
    return Likeness(_read_off(learned, aspects), prior, trained_on)


def likely_pairs(made: pd.DataFrame, likeness: Likeness, *, spark: Any = None) -> pd.DataFrame:
    """Return pairs of records that may be the same customer, the likeliest first.

    Parameters
    ----------
    made
        As from :func:`crmplan.customers.comparable.comparable_records`.
    likeness
        As from :func:`learn_likeness`, of these or of other records.
    spark
        A Spark session on which to score; none for the embedded engine.

    Returns
    -------
    pd.DataFrame
        ``left``, ``right`` (row numbers, left below right), ``weight`` (log2 of the odds), ``probability``, and for
        every aspect the level reached (-1 for unknown) and ``<aspect> weight``, in the order of the likeliest.
    """
    aspects = [one for one in aspects_of(made.columns) if one.name in set(likeness.weights["aspect"])]
    blocks = [name for name in LOOK_UPS if name in made]
    names = [one.name for one in aspects]
    if likeness.unavailable or not blocks or not aspects:
        return _no_pairs(names)
    with _silent():
        linker = _linker(made, aspects, prior=likeness.prior, blocks=blocks, weights=likeness.weights, spark=spark)
        scored = linker.inference.predict(threshold_match_weight=_LEAST_WEIGHT).as_pandas_dataframe()
    pairs = pd.DataFrame(
        {
            "left": scored[["unique_id_l", "unique_id_r"]].min(axis=1).astype("int64"),
            "right": scored[["unique_id_l", "unique_id_r"]].max(axis=1).astype("int64"),
            "weight": scored["match_weight"].astype("float64").round(6),
            "probability": scored["match_probability"].astype("float64").round(9),
        }
    )
    for name in names:
        column = _column(name)
        pairs[name] = scored[f"gamma_{column}"].astype("int64")
        pairs[f"{name} weight"] = scored[f"mw_{column}"].astype("float64").round(6)
        if f"mw_tf_adj_{column}" in scored:
            pairs[f"{name} weight"] += scored[f"mw_tf_adj_{column}"].astype("float64").round(6)
    return pairs.sort_values(["weight", "left", "right"], ascending=[False, True, True], ignore_index=True)


def reasons(pairs: pd.DataFrame, likeness: Likeness) -> pd.Series:
    """Return in words why two records are taken to be one customer or not: every aspect with its weight.

    Examples
    --------
    >>> weights = pd.DataFrame({"aspect": ["telephone"] * 2, "level": [1, 0], "words": ["same", "other"],
    ...                         "m": [0.9, 0.1], "u": [0.001, 0.999], "weight": [9.8, -3.3]})
    >>> pairs = pd.DataFrame({"telephone": [1, -1], "telephone weight": [9.8, 0.0]})
    >>> reasons(pairs, Likeness(weights, 0.001, ())).tolist()
    ['same (+9.8)', '']
    """
    told = pd.Series("", index=pairs.index, dtype="str")
    for aspect, levels in likeness.weights.groupby("aspect", sort=False):
        words = pairs[aspect].map(dict(zip(levels["level"], levels["words"], strict=True)))
        weight = pairs[f"{aspect} weight"].map("{:+.1f}".format).str.replace("-", "−")
        told += ("; " + words + " (" + weight + ")").fillna("")
    return told.str.removeprefix("; ")


def _n_sharing(made: pd.DataFrame, marks: tuple[str, ...]) -> int:
    if not set(marks) <= set(made):
        return 0
    n = made.dropna(subset=list(marks)).groupby(list(marks)).size()
    return int((n * (n - 1) // 2).sum())


def _linker(
    made: pd.DataFrame,
    aspects: tuple[Aspect, ...] | list[Aspect],
    *,
    prior: float,
    blocks: list[str],
    weights: pd.DataFrame | None = None,
    spark: Any = None,
) -> Any:
    from splink import Linker, SettingsCreator

    settings = SettingsCreator(
        link_type="dedupe_only",
        probability_two_random_records_match=prior,
        comparisons=[_comparison(aspect, weights, on_spark=spark is not None) for aspect in aspects],
        blocking_rules_to_generate_predictions=[_block_on(name) for name in blocks],
        retain_intermediate_calculation_columns=True,
    )
    engine = _embedded() if spark is None else _on_spark(spark)
    table = made if spark is None else spark.createDataFrame(made.astype(object).where(made.notna(), None))
    return Linker(engine.register(table), settings)


def _embedded() -> Any:
    import duckdb
    from splink import DuckDBAPI

    # One thread adds up in one order, so that the same records always get the same weights.
    return DuckDBAPI(duckdb.connect(config={"threads": 1}))


def _on_spark(session: Any) -> Any:
    import splink

    api: Any = splink.SparkAPI
    return api(spark_session=session, register_udfs_automatically=True)


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
    return comparisons.CustomComparison(made, output_column_name=_column(aspect.name))


def _level(levels: Any, condition: str, words: str, on_spark: bool) -> Any:
    sql = condition.replace("jaro_winkler_similarity", "jaro_winkler") if on_spark else condition
    return levels.CustomLevel(sql, label_for_charts=words)


def _column(name: str) -> str:
    return name.replace(" ", "_").replace("-", "_")


def _read_off(learned: dict[str, Any], aspects: tuple[Aspect, ...]) -> pd.DataFrame:
    rows = []
    for aspect, comparison in zip(aspects, learned["comparisons"], strict=True):
        known = [one for one in comparison["comparison_levels"] if not one.get("is_null_level")]
        for place, (level, one) in enumerate(zip(aspect.levels, known, strict=True)):
            m, u = one.get("m_probability"), one.get("u_probability")
            is_learned = isinstance(m, float) and isinstance(u, float) and m > 0 and u > 0
            # A level that no training pair showed says nothing for or against; nothing is held to be impossible.
            m, u = (max(float(m), _LEAST_M), max(float(u), _LEAST_U)) if is_learned else (_LEAST_M, _LEAST_M)
            rows.append((aspect.name, len(known) - 1 - place, level.words, m, u))
    return _weights(rows)


def _weights(rows: list[tuple[str, int, str, float, float]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["aspect", "level", "words", "m", "u"])
    frame["weight"] = [math.log2(m / u) for m, u in zip(frame["m"], frame["u"], strict=True)]
    dtypes = {"aspect": "str", "level": "int64", "words": "str", "m": "float64", "u": "float64", "weight": "float64"}
    return frame.astype(dtypes)


def _no_pairs(names: list[str]) -> pd.DataFrame:
    columns: dict[str, str] = {"left": "int64", "right": "int64", "weight": "float64", "probability": "float64"}
    for name in names:
        columns |= {name: "int64", f"{name} weight": "float64"}
    return pd.DataFrame({name: pd.Series([], dtype=dtype) for name, dtype in columns.items()})


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
