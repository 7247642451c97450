"""The verdict of the check, in words: whom to trust for the order of customers, and whom for the total.

When a simple ranking that needs no model does better, the verdict says so.
"""

from __future__ import annotations

import pandas as pd

__all__ = ["verdict_on_level", "verdict_on_ranking"]

_DRAW = 0.01
"""Differences in ranking below this are called a draw."""
_NO_ORDER = 0.1
"""No better than this, a ranking says nothing that a client could use."""


def verdict_on_ranking(forecasts: pd.DataFrame, used: str = "") -> str:
    """Return whom to trust for the order of customers by what they will spend.

    Parameters
    ----------
    forecasts
        forecast, is_model, spend_gini, top_spend_share: of one cut-off, or means over several.
    used
        Model that values the customers: it is the one named where no other is better in print.
    """
    scored = forecasts.dropna(subset=["spend_gini"])
    models, naive = scored[scored["is_model"].astype(bool)], scored[~scored["is_model"].astype(bool)]
    if models.empty or naive.empty:
        return "Customers spent too evenly in the check period to tell rankings apart."
    best_model = _named(
        models.sort_values("spend_gini", ascending=False), models["spend_gini"].map("{:.2f}".format), used
    )
    best_naive = naive.sort_values("spend_gini").iloc[-1]
    ahead = float(models["spend_gini"].max() - best_naive["spend_gini"])
    top = _top(best_model, best_naive)
    scores = f"{best_naive['spend_gini']:.2f} against {best_model['spend_gini']:.2f}, where 1 is a perfect order"
    highest = float(scored["spend_gini"].max())
    if highest < _NO_ORDER:
        return (
            f"No ranking, with or without a model, told who would spend: the best reached {max(highest, 0):.2f}, "
            "where 0 is chance and 1 a perfect order."
        )
    if ahead < -_DRAW:
        return (
            f"To put customers in order of what they will spend, a ranking that needs no model "
            f"({_plain(best_naive['forecast'])}) did better than every model ({scores}); {top}."
        )
    if ahead <= _DRAW:
        return (
            f"To put customers in order of what they will spend, a ranking that needs no model "
            f"({_plain(best_naive['forecast'])}) did as well as the best model ({scores}); {top}."
        )
    scores = f"{best_model['spend_gini']:.2f} against {best_naive['spend_gini']:.2f}, where 1 is a perfect order"
    return (
        f"To put customers in order of what they will spend, {best_model['forecast']} did better than every simple "
        f"ranking (best of these: {_plain(best_naive['forecast'])}, {scores}); {top}."
    )


def verdict_on_level(forecasts: pd.DataFrame, used: str = "") -> str:
    """Return whom to trust for the total number of purchases.

    Parameters
    ----------
    forecasts
        forecast, is_model, bias_share, mae: of one cut-off, or means over several, then with bias_size (mean of the
        errors without their sign).
    used
        As in :func:`verdict_on_ranking`.
    """
    level = forecasts.dropna(subset=["bias_share"])
    level = level.assign(off=level["bias_size"] if "bias_size" in level else level["bias_share"].abs())
    models, naive = level[level["is_model"].astype(bool)], level[~level["is_model"].astype(bool)]
    if models.empty:
        return ""
    best = _named(models.sort_values("off"), models.apply(_off, axis="columns"), used)
    simple = naive.sort_values("off").iloc[0]
    if simple["off"] < models["off"].min() - 0.005:
        careful = "" if simple["mae"] < best["mae"] else ", though with larger errors customer by customer"
        return (
            f"For the total number of purchases, {_plain(simple['forecast'])} came closest ({_off(simple)}{careful}); "
            f"the best model, {best['forecast']}, was {_off(best)}."
        )
    return (
        f"For the total number of purchases, {best['forecast']} came closest ({_off(best)}); the best simple rule, "
        f"{_plain(simple['forecast'])}, was {_off(simple)}."
    )


def _top(model: pd.Series, naive: pd.Series) -> str:
    """Return how much of the spend the customers made whom the best model, and the best simple ranking, put first."""
    by_model, by_naive = (f"{100 * row['top_spend_share']:.0f} %" for row in (model, naive))
    if by_model == by_naive:
        return f"the tenth of customers that either put first made {by_model} of the spend"
    return (
        f"the tenth of customers put first made {by_model} of the spend when {model['forecast']} chose them and "
        f"{by_naive} when {_plain(naive['forecast'])} did"
    )


def _named(best_first: pd.DataFrame, printed: pd.Series, used: str) -> pd.Series:
    """Return the best row, or that of the used model where the same figure is printed for it."""
    best = best_first.index[0]
    tied = best_first[(best_first["forecast"] == used) & (printed == printed[best]).reindex(best_first.index)]
    return best_first.iloc[0] if tied.empty else tied.iloc[0]


def _off(row: pd.Series) -> str:
    bias = float(row["bias_share"])
    if "bias_size" in row:
        return f"off by {100 * row['bias_size']:.{0 if row['bias_size'] >= 0.0995 else 1}f} % on average"
    if abs(bias) < 0.0005:
        return "exactly right"
    return f"{100 * abs(bias):.{0 if abs(bias) >= 0.0995 else 1}f} % too {'high' if bias > 0 else 'low'}"


def _plain(name: str) -> str:
    return name if name.startswith("RFM") else f"{name[0].lower()}{name[1:]}"
