"""Models of how often customers buy again, and which one is believed.

Every model is fitted to the same distinct histories. The model that erred least, customer by customer, over the
cut-offs of the check is chosen; where errors are nearly equal (within 1 %), the one that describes the purchases so far
best (AIC). Where customers can only buy on fixed occasions, BG/BB is used. The consultant may pin another one. How
likely a customer is still a customer never comes from BG/NBD: it calls everybody who bought once a customer for ever.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmplan.value import repeat_purchases as laws
from crmplan.value.fitting import Fit
from crmplan.value.fixed_occasions import PERIOD_WEEKS
from crmplan.value.purchase_history import Patterns

__all__ = [
    "LEAST_CUSTOMERS",
    "LEAST_REPEAT_CUSTOMERS",
    "POSTERIOR",
    "Choice",
    "RepeatModel",
    "choose",
    "fit_repeat_models",
    "models_frame",
    "too_little",
]

LEAST_CUSTOMERS = 50
LEAST_REPEAT_CUSTOMERS = 20
POSTERIOR = " posterior"
"""Ends the pin of a model whose posterior is wanted."""
_NEARLY_EQUAL_ERROR = 0.01
_WITHOUT_ALIVE = frozenset({"NBD", "BG/NBD"})
_YARDSTICKS = frozenset({"NBD"})
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RepeatModel:
    """One fitted model of repeat purchases, with its predictions for any history.

    ``is_posterior`` tells the centre of a posterior from the most likely parameters.
    """

    name: str
    fit: Fit
    n_customers: int
    is_posterior: bool = False

    @property
    def aic(self) -> float:
        """Akaike's criterion: 2 x number of parameters - 2 x log-likelihood; smaller is better."""
        return 2.0 * len(self.fit.parameters) - 2.0 * self.fit.log_likelihood

    @property
    def gives_alive(self) -> bool:
        """Whether its probability of still being a customer can be believed."""
        return self.name not in _WITHOUT_ALIVE

    @property
    def is_yardstick(self) -> bool:
        """Whether it is only there to be compared with: in NBD nobody ever leaves, so it is never used to forecast."""
        return self.name in _YARDSTICKS

    @property
    def is_of_occasions(self) -> bool:
        """Whether it counts fixed occasions instead of time; its likelihood is not to be compared with the others'."""
        return self.name in laws.OCCASION_MODELS.values()

    @property
    def period_weeks(self) -> float:
        """Weeks from one occasion to the next; 0 where customers may buy at any time."""
        return PERIOD_WEEKS[self.name.split()[-1]] if self.is_of_occasions else 0.0

    @property
    def pin(self) -> str:
        """Name by which a consultant pins it."""
        return f"{self.name}{POSTERIOR}" if self.is_posterior else self.name

    @property
    def standard_errors(self) -> dict[str, float]:
        """Standard errors of the parameters, from the curvature of the log-likelihood; 0 for those at a bound."""
        spread = np.sqrt(np.clip(np.diag(self.fit.covariance), 0.0, None))
        return {name: float(value * e) for (name, value), e in zip(self.fit.parameters.items(), spread, strict=True)}

    def with_parameters(self, parameters: Mapping[str, float]) -> RepeatModel:
        """Return the same model at other parameter values."""
        fit = self.fit
        moved = Fit(dict(parameters), fit.log_likelihood, fit.covariance, fit.status, fit.gap, fit.at_bound, fit.loose)
        return replace(self, fit=moved)

    def expected(self, patterns: Patterns, weeks: float) -> Floats:
        """Return the purchases expected in the coming weeks, one per pattern."""
        found: Floats = self.expected_path(patterns, np.array([weeks]))[0]
        return found

    def expected_path(self, patterns: Patterns, weeks: Floats) -> Floats:
        """Return the purchases expected within each number of weeks: one row each, one column per pattern."""
        return laws.expected_purchases(self.name, self.fit.parameters, patterns, weeks)

    def residual(self, patterns: Patterns, annual_discount_rate: float) -> Floats | None:
        """Return all purchases still to come, discounted to today (DERT); None where a model gives no finite one."""
        return laws.discounted_residual(self.name, self.fit.parameters, patterns, annual_discount_rate)

    def log_likelihood(self, patterns: Patterns) -> Floats:
        """Return the log density of the purchase times of each pattern, for one customer of it."""
        return laws.log_likelihood(self.name, self.fit.parameters, patterns)

    def alive(self, patterns: Patterns) -> Floats:
        """Return the probability of still being a customer, one per pattern."""
        return laws.alive_probability(self.name, self.fit.parameters, patterns)

    def expected_since_first(self, weeks: Floats) -> Floats:
        """Return the repeat purchases expected within so many weeks of a first purchase."""
        return laws.expected_of_new_customer(self.name, self.fit.parameters, weeks)

    def count_probability(self, weeks: Floats, most: int) -> Floats:
        """Return the probability of 0 .. ``most`` repeat purchases within so many weeks of the first."""
        return laws.count_probability(self.name, self.fit.parameters, weeks, most)


@dataclass(frozen=True, slots=True)
class Choice:
    """The model that is used, the one that gives the probability of still being a customer, and why."""

    model: RepeatModel
    alive_model: RepeatModel
    because: str


def too_little(patterns: Patterns) -> str:
    """Return why a base is too small for a model, in words; empty when it is not."""
    n_repeat = int(patterns.n_customers[patterns.n_repeat > 0].sum())
    if patterns.total == 0:
        return "too little data: no customer has bought yet"
    if n_repeat == 0:
        return "too little data: no customer has bought on a second day"
    if patterns.total < LEAST_CUSTOMERS or n_repeat < LEAST_REPEAT_CUSTOMERS:
        return (
            f"too little data: {_customers(patterns.total)}, {n_repeat} of them bought again; "
            f"{LEAST_CUSTOMERS} customers and {LEAST_REPEAT_CUSTOMERS} who bought again are needed"
        )
    if float(patterns.age_weeks.max()) < 4:
        return "too little data: the purchases cover less than four weeks"
    return ""


def fit_repeat_models(patterns: Patterns, occasions: str = "") -> tuple[RepeatModel, ...]:
    """Return every model fitted to a base; none when it is too small (see :func:`too_little`).

    Parameters
    ----------
    patterns
        Distinct histories.
    occasions
        Kind of the fixed occasions on which customers buy, whose model is then fitted too; empty where they buy on any
        day.
    """
    if too_little(patterns):
        return ()
    names = [*laws.REPEAT_MODELS, *([laws.OCCASION_MODELS[occasions]] if occasions else [])]
    return tuple(RepeatModel(name, laws.fit_repeat_model(name, patterns), patterns.total) for name in names)


def choose(models: tuple[RepeatModel, ...], errors: Mapping[str, float], *, pinned: str = "") -> Choice | None:
    """Return the model to use; None when no fit is usable.

    Parameters
    ----------
    models
        As :func:`fit_repeat_models` returns them.
    errors
        Mean absolute error in the check by model, in any unit; may be empty.
    pinned
        Model that the consultant wants, by name; empty for the best.
    """
    could_be = [model for model in models if model.fit.is_usable and not model.is_yardstick]
    on_occasions = next((model for model in could_be if model.is_of_occasions), None)
    if on_occasions is not None and pinned in {"", on_occasions.name}:
        return Choice(on_occasions, on_occasions, _on_occasions(on_occasions, pinned))
    usable = [model for model in could_be if not (model.is_posterior or model.is_of_occasions)]
    for_alive = [model for model in usable if model.gives_alive]
    if not for_alive:
        return None
    judged = [model for model in usable if np.isfinite(errors.get(model.name, np.nan))]
    if judged:
        least = min(errors[model.name] for model in judged)
        near = [model for model in judged if errors[model.name] <= least * (1 + _NEARLY_EQUAL_ERROR)]
        chosen, because = min(near, key=lambda m: m.aic), ""
    else:
        chosen, because = min(usable, key=lambda m: m.aic), ""
    wanted = next((model for model in could_be if model.pin == pinned), None)
    if wanted is not None:
        because = _pinned(wanted, on_occasions or chosen)
        chosen = wanted
    elif pinned:
        because = f"{pinned} is pinned in engagement.yaml but could not be fitted; "
    alive = chosen if chosen.gives_alive else min(for_alive, key=lambda model: model.aic)
    if wanted is None:
        because += _reason(chosen, judged, usable, errors)
    return Choice(chosen, alive, because)


def _on_occasions(model: RepeatModel, pinned: str) -> str:
    if pinned:
        return f"{pinned} is pinned in engagement.yaml"
    kind = model.name.split()[-1]
    return f"customers buy only on {kind} occasions, and {model.name} is the model that knows of occasions"


def _pinned(wanted: RepeatModel, best: RepeatModel) -> str:
    if wanted.is_posterior:
        return (
            f"the posterior of {wanted.name} (by pymc-marketing) is pinned in engagement.yaml; the check, made with "
            f"the most likely parameters, would have chosen {best.name}"
        )
    if wanted is best:
        return f"{wanted.name} is pinned in engagement.yaml, and is the one that the check would have chosen"
    return f"{wanted.name} is pinned in engagement.yaml; the check would have chosen {best.name}"


def _reason(
    chosen: RepeatModel, judged: list[RepeatModel], usable: list[RepeatModel], errors: Mapping[str, float]
) -> str:
    others = [model for model in (judged or usable) if model is not chosen]
    if len(usable) == 1:
        return f"{chosen.name} is the only model that could be fitted"
    if not judged:
        named = " and ".join(model.name for model in others)
        return f"{chosen.name} describes the purchases so far better than {named}; there was no period to check it on"
    if not others:
        return f"{chosen.name} is the only model that could be checked against the past"
    second = min(others, key=lambda m: (errors[m.name], m.aic))
    more = errors[second.name] / errors[chosen.name] - 1
    if more <= _NEARLY_EQUAL_ERROR:
        return (
            f"{chosen.name} and {second.name} erred about equally when checked against the past; {chosen.name} "
            "describes the purchases so far better"
        )
    return (
        f"{chosen.name} erred least, customer by customer, when checked against the past ({second.name} "
        f"{100 * more:.1f} % more)"
    )


def models_frame(models: tuple[RepeatModel, ...]) -> pd.DataFrame:
    """Return one row per model: model, parameters, log_likelihood, aic, status, remark; best AIC first."""
    drawn = {model.name for model in models if model.is_posterior}
    rows = [
        {
            "model": model.name if model.is_posterior or model.name not in drawn else f"{model.name}, most likely",
            "parameters": _worded(model.fit.parameters),
            "log_likelihood": model.fit.log_likelihood,
            "aic": model.aic,
            "status": model.fit.status,
            "remark": _remark(model),
        }
        for model in sorted(models, key=lambda model: (not model.fit.is_usable, not model.is_of_occasions, model.aic))
    ]
    columns = ["model", "parameters", "log_likelihood", "aic", "status", "remark"]
    return pd.DataFrame(rows, columns=columns).astype({"log_likelihood": "float64", "aic": "float64"})


def _worded(parameters: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:.4g}" for name, value in parameters.items() if np.isfinite(value))


def _remark(model: RepeatModel) -> str:
    remarks = ["nobody ever leaves; only to compare with"] if model.is_yardstick else []
    if model.is_of_occasions:
        remarks.append("counts occasions; its log-likelihood and AIC are not comparable with the others")
    if model.is_posterior:
        remarks.append("centre of the posterior, by pymc-marketing")
    if model.fit.at_bound:
        remarks.append(f"at its bound: {', '.join(model.fit.at_bound)}")
    if model.fit.loose:
        remarks.append(f"hardly determined: {', '.join(model.fit.loose)}")
    return "; ".join(remarks)


def _customers(n: int) -> str:
    return "1 customer" if n == 1 else f"{n} customers"
