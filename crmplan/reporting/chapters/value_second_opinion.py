"""What chapter 05 says about the second, independent implementation that was fitted to the same purchases."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from crmplan.reporting.wording import count, quantity, share

if TYPE_CHECKING:
    from crmplan.value import Value

__all__ = ["second_opinion_words"]

_SAME = 1e-4
_WORSE = 0.01
"""Log-likelihood by which the other fit must be worse to be called worse."""


def second_opinion_words(value: Value) -> str:
    """Return the largest difference between our models and those of lifetimes, and whose fit is better; or nothing."""
    rows: list[Any] = list(value.second_opinion.itertuples(index=False))
    compared = [row for row in rows if math.isfinite(row.purchases_difference)]
    sentences = []
    if compared:
        worst = max(compared, key=lambda row: abs(row.purchases_difference))
        sentences.append(
            "A second implementation by others (lifetimes), fitted to the same purchases, expects as many in the years "
            f"ahead, but for {_percent(abs(worst.purchases_difference))}; the difference is largest for "
            f"{worst.model}{_on(worst)}.{_whose(worst)}"
        )
    sentences += [f"For {row.model}, {row.remark}." for row in rows if row.remark]
    return " ".join(sentences)


def _percent(difference: float) -> str:
    if difference < _SAME:
        return "less than 0.01 %"
    return share(difference, 2 if difference < 0.01 else 1)


def _on(row: Any) -> str:
    return f" (both on an even sample of {count(row.n_histories)} histories)" if row.is_sample else ""


def _whose(row: Any) -> str:
    ahead = row.log_likelihood_difference
    if ahead > _WORSE:
        return f" Its fit is the worse one there, by {quantity(ahead, 2)} of log-likelihood."
    if ahead < -_WORSE:
        return f" Ours is the worse fit there, by {quantity(-ahead, 2)} of log-likelihood."
    return ""
