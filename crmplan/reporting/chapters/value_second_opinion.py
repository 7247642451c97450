"""What chapter 05 says about the second, independent implementation that was fitted to the same purchases."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from crmplan.reporting.blocks import Note
from crmplan.reporting.wording import count, quantity, share

if TYPE_CHECKING:
    from crmplan.value import Value

__all__ = ["second_opinion"]

_SAME = 1e-4
_WORSE = 0.01
"""Log-likelihood by which the other fit must be worse to be called worse."""


def second_opinion(value: Value) -> Note:
    """Return the largest difference between our models and those of lifetimes, and whose fit is better."""
    rows: list[Any] = list(value.second_opinion.itertuples(index=False))
    if not rows:
        reason = value.unavailable or "the models that it knows could not be fitted"
        return Note(f"A second implementation: not available; {reason}.", tone="unavailable")
    compared = [row for row in rows if math.isfinite(row.purchases_difference)]
    sentences = []
    if compared:
        worst = max(compared, key=lambda row: abs(row.purchases_difference))
        sentences.append(
            "Every model was fitted a second time, by the library lifetimes, which others wrote. From the same "
            f"purchases it expects as many in the time ahead, but for {_percent(abs(worst.purchases_difference))}; the "
            f"difference is largest for {worst.model}{_on(worst)}.{_whose(worst)}"
        )
    sentences += [f"For {row.model}, {row.remark}." for row in rows if row.remark]
    return Note(" ".join(sentences))


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
