"""The same models with their whole posterior, by the optional library pymc-marketing.

It is installed by ``pip install "crmplan[bayes]"`` and used where the engagement pins, for instance, ``repeat_model:
MBG/NBD posterior``. The result is a :class:`~crmplan.value.repeat_models.RepeatModel` as any other: its parameters are
the centre of the posterior, its covariance is that of the draws, so that every range made from it rests on the
posterior. Beside our own estimates it shows what the priors of pymc-marketing do: little on a base of thousands, much
on one of fifty. The check against the past is made with our own estimates of the same model: drawing a posterior at
every cut-off would take minutes each, and differ by less than the check can tell.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmplan.errors import MissingExtraError, NotEnoughDataError, UnknownNameError
from crmplan.value.fitting import Fit
from crmplan.value.purchase_history import Patterns
from crmplan.value.repeat_models import POSTERIOR, RepeatModel, too_little
from crmplan.value.repeat_purchases import REPEAT_MODELS, log_likelihood, sample_of

__all__ = ["MOST_CUSTOMERS", "needs_posterior", "posterior_model", "with_posterior"]

Floats = npt.NDArray[np.float64]
MOST_CUSTOMERS = 20_000
"""The library takes customers one by one; of a larger base an even sample is used."""
_CLASSES = MappingProxyType(
    {"BG/NBD": "BetaGeoModel", "MBG/NBD": "ModifiedBetaGeoModel", "Pareto/NBD": "ParetoNBDModel"}
)
_MOST_R_HAT = 1.05
_LIBRARY = "pymc_marketing"


def needs_posterior(pinned: str) -> bool:
    """Return whether a pinned model is a posterior, which the library must be there for.

    Raises
    ------
    MissingExtraError
        When it is one and pymc-marketing is not installed.

    Examples
    --------
    >>> needs_posterior("MBG/NBD")
    False
    """
    if not pinned.endswith(POSTERIOR):
        return False
    if importlib.util.find_spec(_LIBRARY) is None:
        raise MissingExtraError.of("pymc-marketing", "bayes")
    return True


def with_posterior(
    models: tuple[RepeatModel, ...], patterns: Patterns, *, pinned: str, seed: int
) -> tuple[RepeatModel, ...]:
    """Return the models, and the posterior of one of them where the consultant has pinned that."""
    if not models or not needs_posterior(pinned):
        return models
    return (*models, posterior_model(pinned.removesuffix(POSTERIOR), patterns, seed=seed))


def posterior_model(
    name: str, patterns: Patterns, *, seed: int, draws: int = 1000, tune: int = 1000, chains: int = 2
) -> RepeatModel:
    """Return a model of repeat purchases with the posterior of pymc-marketing, under that library's own priors.

    Parameters
    ----------
    name
        BG/NBD, MBG/NBD or Pareto/NBD.
    patterns
        Distinct histories.
    seed
        Of the draws.
    draws, tune, chains
        Draws kept and thrown away in each chain.

    Raises
    ------
    MissingExtraError
        When pymc-marketing is not installed.
    UnknownNameError
        When the library does not have the model.
    NotEnoughDataError
        When the base is too small for any model.
    """
    if name not in _CLASSES:
        raise UnknownNameError.among("model with a posterior", name, tuple(_CLASSES))
    if importlib.util.find_spec(_LIBRARY) is None:
        raise MissingExtraError.of("pymc-marketing", "bayes")
    reason = too_little(patterns)
    if reason:
        raise NotEnoughDataError(reason)
    drawn, r_hat = _drawn(name, _customers(patterns), seed=seed, draws=draws, tune=tune, chains=chains)
    logs = np.log(drawn)
    parameters = dict(zip(REPEAT_MODELS[name], np.exp(logs.mean(axis=0)).tolist(), strict=True))
    found = float(log_likelihood(name, parameters, patterns) @ patterns.n_customers)
    status = "converged" if r_hat <= _MOST_R_HAT else "not converged"
    fit = Fit(parameters, found, np.cov(logs, rowvar=False), status, 0.0)  # type: ignore[arg-type]
    return RepeatModel(name, fit, patterns.total, is_posterior=True)


def _customers(patterns: Patterns) -> pd.DataFrame:
    """Return one row per customer, in the terms of pymc-marketing."""
    whole = patterns
    if patterns.total > MOST_CUSTOMERS:
        whole = sample_of(patterns, MOST_CUSTOMERS)
    times = np.maximum(np.round(whole.n_customers * min(MOST_CUSTOMERS / patterns.total, 1.0)), 1).astype("int64")
    frame = pd.DataFrame({"frequency": whole.n_repeat, "recency": whole.recency_weeks, "T": whole.age_weeks})
    frame = frame.loc[np.repeat(np.arange(len(frame)), times)].reset_index(drop=True)
    return frame.assign(customer_id=np.arange(len(frame)))


def _drawn(
    name: str, customers: pd.DataFrame, *, seed: int, draws: int, tune: int, chains: int
) -> tuple[Floats, float]:
    """Return the draws, one column per parameter, and how far the chains are apart (1 = not at all)."""
    with warnings.catch_warnings(), _silent():
        warnings.simplefilter("ignore")
        library: Any = importlib.import_module("pymc_marketing.clv")
        model = getattr(library, _CLASSES[name])(data=customers)
        model.fit(
            method="mcmc", draws=draws, tune=tune, chains=chains, cores=1, random_seed=seed, progressbar=False
        )  # fmt: skip
        posterior: Any = model.idata.posterior
        by_chain = [np.asarray(posterior[parameter].values, dtype="float64") for parameter in REPEAT_MODELS[name]]
    return np.column_stack([values.reshape(-1) for values in by_chain]), max(_r_hat(values) for values in by_chain)


@contextmanager
def _silent() -> Iterator[None]:
    """Keep the sampler from telling its progress, which would stand in the chapter."""
    logger = logging.getLogger("pymc")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


def _r_hat(by_chain: Floats) -> float:
    """Return how much wider all chains together are than each alone (Gelman and Rubin 1992), halves as chains.

    Examples
    --------
    >>> apart = np.array([[0.0, 0.1, 0.0, 0.1], [5.0, 5.1, 5.0, 5.1]])
    >>> _r_hat(apart) > 10
    True
    """
    half = by_chain.shape[1] // 2
    parts = np.concatenate([by_chain[:, :half], by_chain[:, half : 2 * half]])
    within = float(parts.var(axis=1, ddof=1).mean())
    between = float(parts.mean(axis=1).var(ddof=1))
    return float(np.sqrt((half - 1) / half + between / within)) if within > 0 else float("inf")
