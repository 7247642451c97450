"""From which probability on two records are taken to be one customer, and how right that is."""

from __future__ import annotations

import pandas as pd

__all__ = ["DEFAULT_THRESHOLD", "accuracy_by_threshold", "best_threshold"]

DEFAULT_THRESHOLD = 0.95
"""Without verdicts of people: of twenty pairs just above it one is wrong by the model's own reckoning."""

LEAST_PRECISION = 0.98
"""Two customers taken for one do more harm than one taken for two."""

_FEWEST_LABELS = 30
_FEWEST_OF_A_KIND = 5
_THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.925, 0.95, 0.975, 0.99, 0.995, 0.999, 0.9999)


def accuracy_by_threshold(probability: pd.Series, label: pd.Series) -> pd.DataFrame:
    """Return how right each threshold would be on the pairs that people have judged.

    Parameters
    ----------
    probability
        One per pair.
    label
        same, different, or anything else for not judged.

    Returns
    -------
    pd.DataFrame
        ``threshold``, ``n_same``, ``n_different`` (judged pairs), ``precision`` (of the pairs joined, the share that is
        the same; null where none is joined), ``recall`` (of the same, the share joined), ``f1``; no rows without a
        verdict of each kind.

    Examples
    --------
    >>> found = accuracy_by_threshold(pd.Series([0.99, 0.92, 0.92]), pd.Series(["same", "same", "different"]))
    >>> found.loc[found["threshold"].eq(0.9), ["precision", "recall"]].round(3).to_numpy().tolist()
    [[0.667, 1.0]]
    """
    is_same, is_different = label.eq("same"), label.eq("different")
    rows = []
    if is_same.any() and is_different.any():
        for threshold in _THRESHOLDS:
            joined = probability >= threshold
            n_right, n_wrong = int((joined & is_same).sum()), int((joined & is_different).sum())
            precision = n_right / (n_right + n_wrong) if n_right + n_wrong else float("nan")
            recall = n_right / int(is_same.sum())
            f1 = 2 * n_right / (n_right + n_wrong + int(is_same.sum()))
            rows.append((threshold, int(is_same.sum()), int(is_different.sum()), precision, recall, f1))
    frame = pd.DataFrame(rows, columns=["threshold", "n_same", "n_different", "precision", "recall", "f1"])
    return frame.astype(dict.fromkeys(frame, "float64") | {"n_same": "int64", "n_different": "int64"})


def best_threshold(accuracy: pd.DataFrame) -> tuple[float, str]:
    """Return the threshold and why: the lowest one that is right often enough on the judged pairs, or the default.

    Examples
    --------
    >>> best_threshold(accuracy_by_threshold(pd.Series([0.99]), pd.Series(["same"])))
    (0.95, 'the usual one, for fewer than 30 pairs have been judged')
    """
    if accuracy.empty or not _are_enough(accuracy.iloc[0]):
        return DEFAULT_THRESHOLD, f"the usual one, for fewer than {_FEWEST_LABELS} pairs have been judged"
    n = int(accuracy["n_same"].iloc[0] + accuracy["n_different"].iloc[0])
    right = accuracy.loc[accuracy["precision"] >= LEAST_PRECISION]
    if right.empty:
        return float(accuracy["threshold"].iloc[-1]), f"the highest, for none is right often enough on {n} judged pairs"
    reason = f"the lowest at which {100 * LEAST_PRECISION:.0f} % of what it joins is right, by {n} judged pairs"
    return float(right["threshold"].iloc[0]), reason


def _are_enough(first: pd.Series) -> bool:
    n_same, n_different = int(first["n_same"]), int(first["n_different"])
    return n_same + n_different >= _FEWEST_LABELS and min(n_same, n_different) >= _FEWEST_OF_A_KIND
