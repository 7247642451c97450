"""How likely two records are the same customer, with weights learned from the client's own records.

Every level of likeness has two probabilities: *m*, how often two records of one customer agree so, and *u*, how often
two records of different customers do. The weight of a level is log2(m / u); the weights of a pair add up (Fellegi and
Sunter 1969, A Theory for Record Linkage, JASA 64). *u* comes from random pairs, *m* from expectation maximisation over
pairs that share one exact mark. Everything is seeded, and nothing depends on the order of rows.

Two corrections matter. Among random pairs some are one customer, and for a telephone number those are nearly all that
agree: what they contribute is taken off *u*. And a value that two records share counts by how many *other* customers
have it, or a customer with five records would make its own telephone number look common.

The model is kept as plain probabilities, not as SQL of one engine, so that one learned on DuckDB scores on Spark.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from crmplan.customers.comparable import LOOK_UPS
from crmplan.customers.likeness_engine import Learned, column_of, scored, spark_jar, trained
from crmplan.customers.likeness_levels import USUAL_FREQUENCY, USUAL_U, Aspect, aspects_of

__all__ = ["Likeness", "learn_likeness", "likely_pairs", "reasons", "spark_jar", "with_prior"]

_FEWEST_RECORDS = 20
_FEWEST_TO_LEARN = 300
"""Among fewer, so many of the random pairs are one customer that what strangers share by chance cannot be seen."""
_FEWEST_PAIRS = 30
_EXPECTED_RECALL = 0.8
"""Share of true pairs that exact keys are taken to find, from which the number of true pairs is first reckoned."""
_TRAINING = (("email",), ("first_name", "last_name"), ("phone",), ("firm_name",), ("born_on",), ("street", "postcode"))
_USUAL_PAIRS, _LEAST_USUAL_SHARE = 50, 0.1
"""As how many pairs the usual probabilities count beside what was learned, and at least with which share: pairs that
share an exact mark are better kept than others, so that what they never show is rare and not impossible."""
_WEIGHTS = {"aspect": "str", "level": "int64", "words": "str", "m": "float64", "u": "float64", "u_random": "float64"}


@dataclass(frozen=True, slots=True)
class Likeness:
    """What likeness is worth, as learned from one client's records.

    Parameters
    ----------
    weights
        One row per level: ``aspect``, ``level`` (from 0, different, up), ``words``, ``m``, ``u``, ``u_random`` (share
        of random pairs on that level, those of one customer among them), ``weight`` (log2 of m / u).
    prior
        Probability that two records picked at random are the same customer.
    trained_on
        The marks that records had to share to be learned from; none where the usual weights are used.
    unavailable
        Empty, or why likeness is not used.
    """

    weights: pd.DataFrame
    prior: float
    trained_on: tuple[str, ...]
    unavailable: str = ""


def learn_likeness(made: pd.DataFrame, *, n_known_pairs: int) -> Likeness:
    """Return what likeness is worth among these records: learned where they are enough, else the usual weights.

    Parameters
    ----------
    made
        As from :func:`crmplan.customers.comparable.comparable_records`.
    n_known_pairs
        Pairs of records that exact keys have joined.
    """
    aspects = aspects_of(made.columns)
    look_ups = [name for name in LOOK_UPS if name in made]
    if len(made) < _FEWEST_RECORDS or len(aspects) < 2 or not look_ups:
        why = (
            f"needs at least {_FEWEST_RECORDS} customer records that say more than a number, and two things to compare"
        )
        return Likeness(_weights([], 0.0), 0.0, (), why)
    prior = min(0.5, max(1, n_known_pairs) / _EXPECTED_RECALL / (len(made) * (len(made) - 1) / 2))
    sessions = [marks for marks in _TRAINING if _n_sharing(made, marks) >= _FEWEST_PAIRS]
    if len(made) < _FEWEST_TO_LEARN or n_known_pairs < _FEWEST_PAIRS or not sessions:
        sessions = []
    learned = trained(made, aspects, prior=prior, sessions=sessions) if sessions else {}
    trained_on = tuple(" and ".join(marks).replace("_", " ") for marks in sessions)
    return Likeness(_weights(_rows(learned, aspects, n_known_pairs), prior), prior, trained_on)


def with_prior(likeness: Likeness, prior: float) -> Likeness:
    """Return the same likeness where another share of all pairs is one customer."""
    rows = likeness.weights[["aspect", "level", "words", "m", "u_random"]].itertuples(index=False, name=None)
    return replace(likeness, weights=_weights(list(rows), prior), prior=prior)


def likely_pairs(
    made: pd.DataFrame, likeness: Likeness, *, customers: np.ndarray | None = None, spark: Any = None
) -> pd.DataFrame:
    """Return pairs of records that may be the same customer, the likeliest first.

    Parameters
    ----------
    made
        As from :func:`crmplan.customers.comparable.comparable_records`.
    likeness
        As from :func:`learn_likeness`, of these or of other records.
    customers
        For every record a number, the same for records that are known to be one customer: a value counts as frequent
        when many customers have it, not when many records do.
    spark
        A Spark session on which to score; none for the embedded engine.

    Returns
    -------
    pd.DataFrame
        ``left``, ``right`` (row numbers, left below right), ``weight`` (log2 of the odds), ``probability``, and for
        every aspect the level reached (-1 for unknown) and ``<aspect> weight``, in the order of the likeliest.
    """
    aspects = [one for one in aspects_of(made.columns) if one.name in set(likeness.weights["aspect"])]
    names = [one.name for one in aspects]
    if likeness.unavailable or not aspects or not any(name in made for name in LOOK_UPS):
        return _no_pairs(names)
    frequencies = _frequencies(made, aspects, customers)
    found = scored(made, aspects, prior=likeness.prior, weights=likeness.weights, frequencies=frequencies, spark=spark)
    pairs = pd.DataFrame(
        {
            "left": found[["unique_id_l", "unique_id_r"]].min(axis=1).astype("int64"),
            "right": found[["unique_id_l", "unique_id_r"]].max(axis=1).astype("int64"),
            "weight": found["match_weight"].astype("float64").round(6),
            "probability": found["match_probability"].astype("float64").round(9),
        }
    )
    for name in names:
        column = column_of(name)
        pairs[name] = found[f"gamma_{column}"].astype("int64")
        pairs[f"{name} weight"] = found[f"mw_{column}"].astype("float64").round(6)
        if f"mw_tf_adj_{column}" in found:
            pairs[f"{name} weight"] += found[f"mw_tf_adj_{column}"].astype("float64").round(6)
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
        words = pairs[aspect].map(dict(zip(levels["level"], levels["words"], strict=True))).astype("str")
        # Of no pairs at all, Pandas would make numbers of words.
        weight = pairs[f"{aspect} weight"].map("{:+.1f}".format).astype("str").str.replace("-", "−")
        told += ("; " + words + " (" + weight + ")").fillna("")
    return told.str.removeprefix("; ")


def _n_sharing(made: pd.DataFrame, marks: tuple[str, ...]) -> int:
    if not set(marks) <= set(made):
        return 0
    n = made.dropna(subset=list(marks)).groupby(list(marks)).size()
    return int((n * (n - 1) // 2).sum())


def _frequencies(made: pd.DataFrame, aspects: Sequence[Aspect], customers: np.ndarray | None) -> dict[str, pd.Series]:
    """Return by column and value the share of *further* customers who have what two records share."""
    who = pd.Series(np.arange(len(made)) if customers is None else customers, index=made.index)
    columns = {level.frequency_of for aspect in aspects for level in aspect.levels if level.frequency_of}
    found = {}
    for name in sorted(columns):
        n = who.groupby(made[name]).nunique()
        # The two that are compared say nothing of how common it is: they may be one.
        found[name] = (n - 2).clip(lower=0) / who[made[name].notna()].nunique() + USUAL_FREQUENCY[name]
    return found


def _rows(learned: Learned, aspects: Sequence[Aspect], n_known_pairs: int) -> list[tuple[str, int, str, float, float]]:
    usual = max(_LEAST_USUAL_SHARE, _USUAL_PAIRS / (_USUAL_PAIRS + n_known_pairs))
    rows = []
    for aspect in aspects:
        is_learned = any(learned.get((aspect.name, level.words), (None,))[0] for level in aspect.levels)
        for place, level in enumerate(aspect.levels):
            m, u = learned.get((aspect.name, level.words), (None, None))
            mixed = usual * level.m + (1 - usual) * (m or 0.0) if is_learned else level.m
            rows.append((aspect.name, len(aspect.levels) - 1 - place, level.words, mixed, u or level.u))
    return rows


def _weights(rows: list[tuple[str, int, str, float, float]], prior: float) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["aspect", "level", "words", "m", "u_random"])
    usual = [USUAL_U.get((aspect, words), 0.0) for aspect, words in zip(frame["aspect"], frame["words"], strict=True)]
    frame["u"] = ((frame["u_random"] - prior * frame["m"]) / (1 - prior)).clip(lower=pd.Series(usual, dtype="float64"))
    frame = frame[list(_WEIGHTS)].astype(_WEIGHTS)
    return frame.assign(weight=np.log2(frame["m"] / frame["u"]))


def _no_pairs(names: list[str]) -> pd.DataFrame:
    columns: dict[str, str] = {"left": "int64", "right": "int64", "weight": "float64", "probability": "float64"}
    for name in names:
        columns |= {name: "int64", f"{name} weight": "float64"}
    return pd.DataFrame({name: pd.Series([], dtype=dtype) for name, dtype in columns.items()})
