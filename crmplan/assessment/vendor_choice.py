"""Which vendor fits best, how surely, and which weight would have to change for another one to win."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from crmplan.assessment.fit_gap import NEED_WEIGHTS
from crmplan.assessment.vendors import ANSWERED, Criterion, Vendor, Vendors

__all__ = ["CONCENTRATION", "RANKING_COLUMNS", "Lead", "VendorChoice", "choose_vendor"]

RANKING_COLUMNS = (
    "vendor", "name", "score", "rank", "first_share", "n_musts", "n_missed", "musts_missed", "n_unanswered",
)  # fmt: skip
CONCENTRATION = 40.0
"""How closely drawn weights stay to the agreed ones: a weight of 20 % then lies between 9 and 34 % in most draws."""

Lead = Literal["clear", "likely", "none"]
"""How sure it is that the first vendor is the first: in nine, in six of ten weightings, or in fewer."""

_SURE, _LIKELY = 0.9, 0.6
_TIE = 1e-9
_TURNING_COLUMNS = ("criterion", "weight", "turning_weight")
_EMPTY = (RANKING_COLUMNS, ("criterion", "weight"), _TURNING_COLUMNS)


@dataclass(frozen=True, slots=True)
class VendorChoice:
    """The comparison of vendors.

    Parameters
    ----------
    ranking
        One row per vendor, the best first: ``vendor``, ``name``, ``score`` (0 to 1), ``rank``, ``first_share`` (of the
        weightings in which it comes first), ``n_musts`` and how many of them it cannot serve, ``n_missed``, with their
        titles in ``musts_missed`` (parted by "; "), ``n_unanswered`` (capabilities that are needed and
        that it did not answer; they count as not served).
    scores
        One row per criterion: ``criterion``, ``weight`` (their sum is 1), and a column of scores (0 to 1) per vendor.
    turning
        One row per criterion: ``criterion``, ``weight``, ``turning_weight`` at which the second overtakes the first
        when the other weights keep their proportions; missing where none does.
    n_draws
        How many weightings were drawn.
    unavailable
        Why nothing can be compared; empty when it can.
    """

    ranking: pd.DataFrame
    scores: pd.DataFrame
    turning: pd.DataFrame
    n_draws: int
    unavailable: str = ""

    @property
    def lead(self) -> Lead:
        """How sure the place of the first vendor is; none where nothing could be compared."""
        share = 0.0 if self.unavailable else float(self.ranking["first_share"].iloc[0])
        return "clear" if share >= _SURE else "likely" if share >= _LIKELY else "none"


def choose_vendor(
    vendors: Vendors, capabilities: pd.DataFrame, *, n_draws: int = 10_000, seed: int = 0
) -> VendorChoice:
    """Return how the vendors compare under the agreed weights and under many others near them.

    A theme's score is the mean of what a vendor answered for its capabilities (see :data:`ANSWERED`), weighted by need
    (see :data:`NEED_WEIGHTS`). A further criterion gives 1 to the best figure, and to another its ratio to the best.
    Weights are drawn from a Dirichlet distribution around the agreed ones.

    Parameters
    ----------
    vendors
        As from :func:`crmplan.assessment.vendors.read_vendors`.
    capabilities
        One row per capability: ``capability``, ``title``, ``theme``, ``need``; as from
        :func:`crmplan.assessment.fit_gap.fit_gap`.
    n_draws
        How many weightings to draw.
    seed
        Same seed, same draws.
    """
    needed = capabilities[capabilities["need"] != "none"]
    weights = {
        theme: weight for theme, weight in vendors.weights.items() if weight > 0 and theme in set(needed["theme"])
    }
    further = {one.name: one for one in vendors.criteria}
    if not weights and not further:
        ranking, scores, turning = (pd.DataFrame(columns=list(names)) for names in _EMPTY)
        return VendorChoice(ranking, scores, turning, 0, "no theme with a weight is needed")
    agreed = pd.Series({**weights, **{name: one.weight for name, one in further.items()}}, dtype="float64")
    agreed = agreed / agreed.sum()
    table = pd.DataFrame(
        {
            vendor.id: [_theme_score(vendor, needed[needed["theme"] == theme]) for theme in weights]
            + [_figure_score(vendor, one, vendors) for one in further.values()]
            for vendor in vendors.vendors
        },
        index=agreed.index,
    )
    totals = table.mul(agreed, axis=0).sum()
    first = _first_shares(table, agreed, n_draws, seed)
    ranking = _ranking(vendors, needed, totals, first)
    scores = table.reset_index(names="criterion")
    scores.insert(1, "weight", agreed.to_numpy())
    leader, runner_up = ranking["vendor"].iloc[0], ranking["vendor"].iloc[1]
    turning = _turning(agreed, table[leader] - table[runner_up])
    return VendorChoice(ranking, scores, turning, n_draws)


def _theme_score(vendor: Vendor, capabilities: pd.DataFrame) -> float:
    needs = capabilities["need"].map(NEED_WEIGHTS).to_numpy(dtype="float64")
    served = [ANSWERED[vendor.answers.get(id, "no")] for id in capabilities["capability"]]
    return float(np.average(served, weights=needs))


def _figure_score(vendor: Vendor, criterion: Criterion, vendors: Vendors) -> float:
    figures = [one.figures[criterion.id] for one in vendors.vendors if criterion.id in one.figures]
    own = vendor.figures.get(criterion.id)
    if own is None:
        return 0.0
    best = min(figures) if criterion.better == "less" else max(figures)
    worse, better = (best, own) if criterion.better == "less" else (own, best)
    return 1.0 if own == best else worse / better


def _first_shares(table: pd.DataFrame, agreed: pd.Series, n_draws: int, seed: int) -> dict[str, float]:
    """Return in which share of the drawn weightings each vendor comes first; a tie is shared."""
    drawn = np.random.default_rng(seed).dirichlet(CONCENTRATION * agreed.to_numpy(), size=n_draws)
    totals = drawn @ table.to_numpy()
    is_first = totals >= totals.max(axis=1, keepdims=True) - _TIE
    shares = (is_first / is_first.sum(axis=1, keepdims=True)).mean(axis=0)
    return dict(zip(map(str, table.columns), map(float, shares), strict=True))


def _ranking(vendors: Vendors, needed: pd.DataFrame, totals: pd.Series, first: Mapping[str, float]) -> pd.DataFrame:
    musts = needed[needed["need"] == "must"]
    rows = []
    for vendor in vendors.vendors:
        missed = [
            title
            for id, title in zip(musts["capability"], musts["title"], strict=True)
            if vendor.answers.get(id, "no") == "no"
        ]
        rows.append(
            {
                "vendor": vendor.id, "name": vendor.name, "score": float(totals[vendor.id]), "rank": 0,
                "first_share": first[vendor.id], "n_musts": len(musts), "n_missed": len(missed),
                "musts_missed": "; ".join(sorted(missed)),
                "n_unanswered": int((~needed["capability"].isin(list(vendor.answers))).sum()),
            }
        )  # fmt: skip
    frame = pd.DataFrame(rows, columns=list(RANKING_COLUMNS))
    frame = frame.sort_values(["score", "vendor"], ascending=[False, True], kind="stable", ignore_index=True)
    return frame.assign(rank=frame["score"].round(9).rank(method="min", ascending=False).astype("int64"))


def _turning(agreed: pd.Series, lead: pd.Series) -> pd.DataFrame:
    """Return for each criterion the weight at which the lead is gone, the other weights keeping their proportions."""
    total = float((agreed * lead).sum())
    rows = []
    for name in agreed.index:
        weight, own = float(agreed[name]), float(lead[name])
        # With weight t on this criterion the lead is t * own + (1 - t) * rest.
        rest = (total - weight * own) / (1 - weight) if weight < 1 else math.nan
        # Where the two are alike on a criterion, no weight of it changes who leads.
        at = rest / (rest - own) if not math.isnan(rest) and abs(own) > _TIE and rest != own else math.nan
        rows.append({"criterion": name, "weight": weight, "turning_weight": at if 0 <= at <= 1 else math.nan})
    return pd.DataFrame(rows, columns=list(_TURNING_COLUMNS))
