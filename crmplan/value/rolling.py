"""The check against the past, made at several cut-offs: one lucky or unlucky day must not decide.

At each cut-off the models see what was known on that day and forecast up to half of the observed time. The middle of
the observation is always among the cut-offs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pandas as pd

from crmplan.value.fixed_occasions import Calendar
from crmplan.value.holdout import Holdout, check_forecasts, no_holdout
from crmplan.value.purchase_history import (
    DAYS_PER_WEEK,
    day_in_words,
    middle_of,
    purchase_histories,
    purchases_after,
    with_holdout,
)
from crmplan.value.repeat_models import RepeatModel
from crmplan.value.verdict import verdict_on_level, verdict_on_ranking

if TYPE_CHECKING:
    import ibis

__all__ = ["CutOff", "Rolling", "cut_offs", "roll", "rolling_of"]

_SHARES = (3 / 8, 1 / 2, 5 / 8, 3 / 4)
"""Of the observed time, at which it is cut."""
_LEAST_WEEKS = 13.0
"""A shorter check period says little about the years ahead."""
_MEANS = ["purchases", "bias_share", "bias_size", "mae", "rmse", "purchase_gini", "top_purchases_share", "spend",
          "spend_bias_share", "spend_gini", "top_spend_share"]  # fmt: skip


@dataclass(frozen=True, slots=True)
class CutOff:
    """One cut-off with all that was known then and happened since; working material, not kept."""

    holdout: Holdout
    models: tuple[RepeatModel, ...]
    known: pd.DataFrame

    @property
    def weeks(self) -> float:
        """Length of the check period."""
        if self.holdout.until is None or self.holdout.split_on is None:
            return 0.0
        return (self.holdout.until - self.holdout.split_on).days / DAYS_PER_WEEK

    def model(self, name: str) -> RepeatModel | None:
        """Return the model of that name as it was fitted then."""
        return next((model for model in self.models if model.name == name), None)


@dataclass(frozen=True, slots=True)
class Rolling:
    """Forecasts compared with what happened, over all cut-offs.

    Parameters
    ----------
    checks
        One per cut-off, earliest first; those that could not be made are left out.
    league
        One row per forecast, means over the cut-offs: forecast, is_model, n_cut_offs, purchases, bias_share (signed),
        bias_size (without sign), mae, rmse, purchase_gini, top_purchases_share, spend, spend_bias_share, spend_gini,
        top_spend_share, and excess_error (mean absolute error as a multiple of the best model's, less 1).
    verdict_ranking, verdict_level
        In words, over all cut-offs.
    """

    checks: tuple[Holdout, ...]
    league: pd.DataFrame
    verdict_ranking: str
    verdict_level: str

    @property
    def n_cut_offs(self) -> int:
        """Number of cut-offs at which a check could be made."""
        return len(self.checks)

    def errors(self) -> dict[str, float]:
        """Return the mean absolute error of each model as a multiple of the best one's."""
        models = self.league[self.league["is_model"].astype(bool)]
        return dict(zip(models["forecast"], 1 + models["excess_error"].astype(float), strict=True))

    def told_of(self, used: str) -> Rolling:
        """Return the same with verdicts that name the model that values the customers where none is better in print."""
        if not self.checks:
            return self
        seen = self.checks[0].forecasts if len(self.checks) == 1 else self.league
        return replace(self, verdict_ranking=verdict_on_ranking(seen, used), verdict_level=verdict_on_level(seen, used))


def cut_offs(first: date, until: date) -> tuple[tuple[date, date], ...]:
    """Return the days at which the past is cut, each with the last day of its check period.

    Examples
    --------
    >>> [str(split) for split, _ in cut_offs(date(1997, 1, 1), date(1998, 6, 30))]
    ['1997-07-24', '1997-09-30', '1997-12-07', '1998-02-13']
    """
    days = (until - first).days
    middle = middle_of(first, until)
    found = []
    for share in _SHARES:
        split = middle if share == 1 / 2 else first + timedelta(days=int(days * share))
        end = min(until, split + (until - middle))
        if split == middle or (end - split).days >= _LEAST_WEEKS * DAYS_PER_WEEK:
            found.append((split, end))
    return tuple(found)


def roll(
    days: ibis.Table, *, first: date, until: date, calendar: Calendar | None = None
) -> tuple[CutOff, tuple[CutOff, ...]]:
    """Return the cut-off in the middle, and all cut-offs at which a check could be made.

    Parameters
    ----------
    days
        As :func:`crmplan.value.purchase_history.customer_days` returns it, up to ``until``.
    first, until
        First purchase of all, and last day of observation.
    calendar
        Fixed occasions on which customers buy; None where they buy on any day.
    """
    middle = middle_of(first, until)
    every = {split: _at(days, split, end, calendar) for split, end in cut_offs(first, until)}
    return every[middle], tuple(one for one in every.values() if not one.holdout.unavailable)


def _at(days: ibis.Table, split: date, end: date, calendar: Calendar | None) -> CutOff:
    histories = purchase_histories(days, until=split)
    if calendar is not None and len(histories):
        histories = calendar.snapped(histories, split)
    known = with_holdout(histories, purchases_after(days, after=split, until=end))
    if known.empty:
        return CutOff(no_holdout(f"too little data: nobody had bought by {day_in_words(split)}"), (), known)
    occasions = calendar.kind if calendar is not None else ""
    holdout, models = check_forecasts(known, split_on=split, until=end, occasions=occasions)
    return CutOff(holdout, models, known)


def rolling_of(checks: tuple[Holdout, ...]) -> Rolling:
    """Return the comparison over several cut-offs, with its verdicts."""
    if not checks:
        columns = ["forecast", "is_model", "n_cut_offs", *_MEANS, "excess_error"]
        return Rolling((), pd.DataFrame(columns=columns), "", "")
    rows = pd.concat([_measured(check.forecasts, place) for place, check in enumerate(checks)], ignore_index=True)
    order = list(dict.fromkeys(rows["forecast"]))
    league = rows.groupby("forecast").agg(
        is_model=("is_model", "first"),
        n_cut_offs=("cut_off", "size"),
        **{name: (name, "mean") for name in (*_MEANS, "excess_error")},
    )
    league = league.loc[order].reset_index()
    if len(checks) == 1:
        return Rolling(checks, league, checks[0].verdict_ranking, checks[0].verdict_level)
    return Rolling(checks, league, verdict_on_ranking(league), verdict_on_level(league))


def _measured(forecasts: pd.DataFrame, place: int) -> pd.DataFrame:
    best = forecasts.loc[forecasts["is_model"].astype(bool), "mae"].min()
    return forecasts.assign(
        cut_off=place, bias_size=forecasts["bias_share"].abs(), excess_error=forecasts["mae"] / best - 1
    )
