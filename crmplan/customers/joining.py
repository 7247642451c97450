"""Who is who: records joined by exact keys first, then by likeness, with a person's word above both."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmplan.customers.clusters import Refusals, cluster, components
from crmplan.customers.comparable import comparable_records
from crmplan.customers.counterparts import are_counterparts
from crmplan.customers.golden import without_stand_ins
from crmplan.customers.labels import LABEL_COLUMNS
from crmplan.customers.likeness import Likeness, learn_likeness, likely_pairs, reasons, with_prior
from crmplan.customers.likeness_levels import BIRTH_ALIKE, OTHER_MEMBER, OTHER_NAME, SAME_FIRM
from crmplan.customers.matching import customer_keys, exact_links
from crmplan.customers.threshold import DEFAULT_THRESHOLD, accuracy_by_threshold, best_threshold

__all__ = ["Joined", "Joining", "join_records"]

_MOST_LOOKS = 4
_FEWEST_NEWLY_JOINED = 0.005
"""Share of the customers that a look must have joined for another look to be worth its time."""
_MOST_PAIRS_KEPT = 20_000
_COUNTS = ("exact", "likeness", "same", "different", "household", "size")
_PAIR_COLUMNS = (
    "source_a",
    "customer_id_a",
    "source_b",
    "customer_id_b",
    "probability",
    "weight",
    "outcome",
    "label",
    "reasons",
)


@dataclass(frozen=True, slots=True)
class Joining:
    """How records were joined.

    Parameters
    ----------
    threshold
        Probability from which two records are taken to be one customer; NaN where likeness was not used.
    threshold_reason
        Why this threshold.
    likeness
        What each level of likeness is worth, and why it could not be learned if so.
    pairs
        Pairs that share no exact key, the likeliest first: the two records, ``probability``, ``weight``, ``outcome``
        (joined, apart or household), ``label`` (same, different, unsure or null) and ``reasons`` in words.
    counts
        ``what`` and ``n``: records joined by an exact key and by likeness, verdicts obeyed, links refused.
    accuracy
        By ``threshold``: ``precision``, ``recall``, ``f1`` over the labelled pairs; empty without labels, and where
        likeness was not used.
    households
        ``household``, ``customer_key``: customers of one last name at one address or telephone.
    """

    threshold: float
    threshold_reason: str
    likeness: Likeness
    pairs: pd.DataFrame
    counts: pd.DataFrame
    accuracy: pd.DataFrame
    households: pd.DataFrame


@dataclass(frozen=True, slots=True)
class Joined:
    """The customer of every record, keys that joined nobody, and how it came to that."""

    customer_key: pd.Series
    ignored: pd.DataFrame
    joining: Joining


def join_records(records: pd.DataFrame, references: pd.DataFrame, labels: pd.DataFrame | None = None) -> Joined:
    """Return the customer of every record.

    Parameters
    ----------
    records
        One row per (``source``, ``customer_id``), sorted by them; any columns of ``customers``.
    references
        Columns ``source``, ``customer_id``, ``other_source``, ``other_id``: records that are the same customer.
    labels
        Verdicts of people, as from :func:`crmplan.customers.labels.read_labels`.

    Notes
    -----
    With too few records to learn from, likeness has its usual worth; with hardly any, exact keys alone join, and
    ``joining.likeness.unavailable`` says why.

    Examples
    --------
    >>> records = pd.DataFrame({"source": ["crm", "shop"], "customer_id": ["9", "1"], "email": ["a@b.org", "A@b.org"]})
    >>> references = pd.DataFrame(columns=["source", "customer_id", "other_source", "other_id"])
    >>> done = join_records(records, references)
    >>> done.customer_key.tolist(), done.joining.likeness.unavailable
    (['C00001', 'C00001'], 'needs at least 20 customer records that say more than a number, and two things to compare')
    """
    links = exact_links(records, references)
    said = _rows_of(records, labels)
    made = comparable_records(without_stand_ins(records))
    made = made.loc[made.drop(columns=["unique_id", "is_firm"]).notna().any(axis=1)]
    exact_group = components(len(records), links.pairs)
    sizes = np.bincount(exact_group[made["unique_id"]]) if len(made) else np.array([], dtype="int64")
    likeness = learn_likeness(made, n_known_pairs=int((sizes * (sizes - 1) // 2).sum()))
    likeness, pairs = _looked_at_again(made, likeness, exact_group)
    pairs["is_exact"] = exact_group[pairs["left"]] == exact_group[pairs["right"]]
    pairs["label"] = _labels_of(pairs, said)
    is_household = _is_household(pairs, likeness, made) & ~pairs["is_exact"]
    judged = said.iloc[:0] if likeness.unavailable else said
    accuracy = _judged(judged, pairs.assign(probability=pairs["probability"].mask(is_household, 0.0)), exact_group)
    threshold, reason = best_threshold(accuracy)
    is_likely = pairs["probability"].ge(threshold) & ~is_household & ~pairs["is_exact"]
    groups, refused = cluster(
        records["source"].to_numpy(dtype=object),
        exact=links.pairs,
        likely=_ends(pairs.loc[is_likely]),
        same=_ends(said.loc[said["verdict"].eq("same")]),
        different=_ends(said.loc[said["verdict"].eq("different")]),
        household=_ends(pairs.loc[is_household]),
    )
    keys = customer_keys(groups).set_axis(records.index)
    joining = Joining(
        threshold=float("nan") if likeness.unavailable else threshold,
        threshold_reason="" if likeness.unavailable else reason,
        likeness=likeness,
        pairs=_told(pairs.assign(is_household=is_household), records, groups, likeness, threshold),
        counts=_counts(len(records), exact_group, groups, said, refused),
        accuracy=accuracy,
        households=_households(pairs.loc[is_household & (pairs["probability"] >= threshold)], keys),
    )
    return Joined(keys, links.ignored, joining)


def _looked_at_again(made: pd.DataFrame, likeness: Likeness, exact_group: np.ndarray) -> tuple[Likeness, pd.DataFrame]:
    """Return likeness and pairs, weighed anew each time a look has told who is beyond doubt one customer."""
    groups, n_all = exact_group[made["unique_id"]], len(made) * (len(made) - 1) / 2
    pairs = likely_pairs(made, likeness, customers=groups)
    for _ in range(_MOST_LOOKS - 1):
        counts = pairs["probability"].where(~_is_household(pairs, likeness, made), 0.0)
        surely = _ends(pairs.loc[counts >= DEFAULT_THRESHOLD])
        chains = np.column_stack([np.arange(len(exact_group)), _first_row(exact_group)])
        found = components(len(exact_group), np.concatenate([chains, surely]))[made["unique_id"]]
        n_before, n_now = len(np.unique(groups)), len(np.unique(found))
        if n_before - n_now <= _FEWEST_NEWLY_JOINED * n_before:
            break
        sizes = np.bincount(found)
        n_true = max(float((sizes * (sizes - 1) // 2).sum()), float(counts.sum()))
        likeness, groups = with_prior(likeness, min(0.5, n_true / n_all)), found
        pairs = likely_pairs(made, likeness, customers=groups)
    return likeness, pairs


def _first_row(labels: np.ndarray) -> np.ndarray:
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    return np.asarray(first[inverse], dtype="int64")


def _ends(pairs: pd.DataFrame) -> np.ndarray:
    return pairs[["left", "right"]].to_numpy(dtype="int64").reshape(-1, 2)


def _rows_of(records: pd.DataFrame, labels: pd.DataFrame | None) -> pd.DataFrame:
    """Return ``left``, ``right``, ``verdict`` of the labelled pairs whose records are both still there."""
    if labels is None or labels.empty:
        return pd.DataFrame({"left": [], "right": [], "verdict": []}).astype(
            {"left": "int64", "right": "int64", "verdict": "str"}
        )
    rows = records[["source", "customer_id"]].assign(row=np.arange(len(records)))
    found = labels[list(LABEL_COLUMNS)]
    for side, name in (("a", "left"), ("b", "right")):
        of_side = rows.rename(columns={"source": f"source_{side}", "customer_id": f"customer_id_{side}", "row": name})
        found = found.merge(of_side, on=[f"source_{side}", f"customer_id_{side}"])
    ends = np.sort(_ends(found), axis=1)
    return pd.DataFrame({"left": ends[:, 0], "right": ends[:, 1], "verdict": found["verdict"]})


def _labels_of(pairs: pd.DataFrame, said: pd.DataFrame) -> pd.Series:
    found = pairs[["left", "right"]].merge(said, on=["left", "right"], how="left")["verdict"]
    return found.astype("str").set_axis(pairs.index)


def _judged(said: pd.DataFrame, pairs: pd.DataFrame, exact_group: np.ndarray) -> pd.DataFrame:
    """Return how right each line would be on the judged pairs that no exact key joins.

    What likeness never joins counts as joined at no line: pairs that were not looked at, members of a household.
    """
    is_open = exact_group[said["left"]] != exact_group[said["right"]]
    found = said.loc[is_open].merge(pairs[["left", "right", "probability"]], on=["left", "right"], how="left")
    return accuracy_by_threshold(found["probability"].fillna(0.0), found["verdict"])


def _is_household(pairs: pd.DataFrame, likeness: Likeness, made: pd.DataFrame) -> pd.Series:
    """Return which pairs are two people by their first names: all that they share may be the household's.

    Who shares the day of birth is one person with two first names. People of other last names are such a pair only
    where they share so much that they would be joined; those who buy for one firm are not. A man's name and a woman's
    that look alike (Peter and Petra) are two people too.
    """
    if "name" not in pairs:
        return pd.Series(False, index=pairs.index)
    level = dict(zip(likeness.weights["words"], likeness.weights["level"], strict=True))
    is_stranger = pairs["name"].eq(level[OTHER_NAME]) & (pairs["probability"] >= DEFAULT_THRESHOLD)
    if "firm" in pairs:
        is_stranger &= pairs["firm"].ne(level[SAME_FIRM])
    is_other_member = is_stranger | pairs["name"].eq(level.get(OTHER_MEMBER, -2)) | _of_both_sexes(pairs, made)
    if "birth" in pairs:
        is_other_member &= ~pairs["birth"].isin([level[words] for words in BIRTH_ALIKE if words in level])
    return is_other_member


def _of_both_sexes(pairs: pd.DataFrame, made: pd.DataFrame) -> pd.Series:
    if not {"first_name", "full_name"} <= set(made):
        return pd.Series(False, index=pairs.index)
    names = made.set_index("unique_id")[["first_name", "full_name"]]
    left, right = (names.loc[pairs[side]].set_axis(pairs.index) for side in ("left", "right"))
    return are_counterparts(left["first_name"], right["first_name"], left["full_name"], right["full_name"])


def _told(
    pairs: pd.DataFrame, records: pd.DataFrame, groups: np.ndarray, likeness: Likeness, threshold: float
) -> pd.DataFrame:
    shown = pairs.loc[~pairs["is_exact"]]
    if len(shown) > _MOST_PAIRS_KEPT:
        nearest = (shown["probability"] - threshold).abs().sort_values(kind="stable").index[:_MOST_PAIRS_KEPT]
        shown = shown.loc[nearest.sort_values()]
    together = groups[shown["left"]] == groups[shown["right"]]
    told = {}
    for side, name in (("a", "left"), ("b", "right")):
        told[f"source_{side}"] = records["source"].to_numpy()[shown[name]]
        told[f"customer_id_{side}"] = records["customer_id"].to_numpy()[shown[name]]
    outcome = np.where(together, "joined", np.where(shown["is_household"], "household", "apart"))
    frame = pd.DataFrame(told, index=shown.index).assign(
        probability=shown["probability"],
        weight=shown["weight"],
        outcome=outcome,
        label=shown["label"],
        reasons=reasons(shown, likeness),
    )
    texts = dict.fromkeys(set(_PAIR_COLUMNS) - {"probability", "weight"}, "str")
    return frame[list(_PAIR_COLUMNS)].astype(texts).reset_index(drop=True)


def _counts(
    n_records: int, exact_group: np.ndarray, groups: np.ndarray, said: pd.DataFrame, refused: Refusals
) -> pd.DataFrame:
    n_exact = n_records - len(np.unique(exact_group))
    found = {
        "exact": n_exact,
        "likeness": max(0, n_records - n_exact - len(np.unique(groups))),
        "same": int(said["verdict"].eq("same").sum()),
        "different": int(said["verdict"].eq("different").sum()),
        "household": refused["household"],
        "size": refused["size"],
    }
    return pd.DataFrame({"what": list(_COUNTS), "n": [found[name] for name in _COUNTS]}).astype({"what": "str"})


def _households(pairs: pd.DataFrame, keys: pd.Series) -> pd.DataFrame:
    """Return customers that likely pairs of members connect, numbered like customers."""
    codes, names = pd.factorize(keys, sort=True)
    together = components(len(names), np.column_stack([codes[pairs["left"]], codes[pairs["right"]]]))
    frame = pd.DataFrame({"household": together, "customer_key": names})
    frame = frame.loc[frame.groupby("household")["household"].transform("size") > 1]
    numbers = pd.Series(pd.factorize(frame["household"])[0] + 1, index=frame.index).astype("str").str.zfill(5)
    return frame.assign(household=("H" + numbers).astype("str")).astype({"customer_key": "str"}).reset_index(drop=True)
