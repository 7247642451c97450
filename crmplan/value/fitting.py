"""Finding the most likely parameters of a model, and telling whether they were really found.

An optimiser's own word is not taken for it, in either direction: it sometimes complains although it stands at the
optimum, and sometimes reports success although it does not. What counts is how much log-likelihood a further step
would still bring, computed from gradient and curvature.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

__all__ = ["Fit", "Status", "maximise", "weighted"]

Floats = npt.NDArray[np.float64]
Status = Literal[
    "converged",
    "converged although the optimiser complained",
    "not converged although the optimiser reported success",
    "not converged",
    "at a bound",
]

_LEAST, _MOST = 1e-4, 1e4
_STEP = 3e-4
_MOST_GAP, _GOOD_GAP = 0.005, 1e-4
"""Log-likelihood that a Newton step may still promise, and what is aimed at; published values have two decimals."""
_FLAT = 1e-3
"""Curvature of the log-likelihood below which the data do not determine a direction at all."""
_LOOSE = 1.5
"""Standard error of the logarithm of a parameter above which the data hardly say where it is."""
_MOST_STEPS, _MOST_NEWTON_STEPS = 150, 10
_WORST = 1e10


@dataclass(frozen=True, slots=True)
class Fit:
    """Most likely parameters, all positive, with what is known about the search.

    ``covariance`` is that of the logarithms of the parameters; 0 for parameters at a bound. ``gap`` is the
    log-likelihood that a further Newton step promises. ``loose`` names parameters that the data hardly determine.
    """

    parameters: dict[str, float]
    log_likelihood: float
    covariance: Floats
    status: Status
    gap: float
    at_bound: tuple[str, ...] = ()
    loose: tuple[str, ...] = ()

    @property
    def is_usable(self) -> bool:
        """Whether predictions may be made with these parameters."""
        return self.status in {"converged", "converged although the optimiser complained", "at a bound"}


def maximise(
    mean_log_likelihood: Callable[[Floats], float],
    *,
    names: Sequence[str],
    starts: Sequence[Sequence[float]],
    n: float,
    gradient: Callable[[Floats], Floats] | None = None,
    ratios: Mapping[str, str] | None = None,
    most: Mapping[str, float] | None = None,
    spread: Floats | None = None,
) -> Fit:
    """Return the parameters that make a sample most likely.

    Parameters
    ----------
    mean_log_likelihood
        Log-likelihood per customer, given the logarithms of the parameters.
    names
        Of the parameters.
    starts
        Parameter values from which to search; the best end point is kept.
    n
        Number of customers, by which the mean is multiplied.
    gradient
        Of the mean log-likelihood; differences are used when it is not given.
    ratios
        Parameters to be searched for as a multiple of another one. Where data leave only the ratio of two parameters
        known, the search then runs along an axis instead of down a slanting ridge.
    most
        Largest values allowed, where a likelihood cannot be computed beyond.
    spread
        Inverse curvature of the mean log-likelihood near the first start, when it is known from a sample of the
        data; a few steps along it then replace most of the search.

    Examples
    --------
    >>> fit = maximise(lambda x: -float((x[0] - 1.0) ** 2), names=["rate"], starts=[[1.0]], n=50)
    >>> round(fit.parameters["rate"], 4), fit.status
    (2.7183, 'converged')
    """
    problem = _problem(mean_log_likelihood, gradient, tuple(names), ratios or {}, most or {})
    with np.errstate(all="ignore"):
        begins = [np.linalg.solve(problem.basis, np.log(np.asarray(start))) for start in starts]
        if spread is not None:
            begins = [_approach(problem, begins[0], spread, n)]
        ends = [_search(problem, begin, 1e-6 / n) for begin in begins]
        x, says_success = min(ends, key=lambda end: problem.cost(end[0]))
        if problem.cost(x) >= _WORST:
            return _nowhere(names)
        peak = _peak(problem, x, n)
        if peak.gap > _GOOD_GAP:
            x, says_success = _search(problem, x, 1e-15)
            peak = _peak(problem, x, n)
        if peak.gap > _MOST_GAP:
            x, says_success = _refine(problem, x)
            peak = _peak(problem, x, n)
        return _judge(problem, x, n, peak, says_success)


def weighted(
    scores: Callable[[dict[str, float]], tuple[Floats, Floats]], names: Sequence[str], weight: Floats
) -> tuple[Callable[[Floats], float], Callable[[Floats], Floats]]:
    """Return the mean log-likelihood and its gradient as functions of the logarithms of the parameters.

    Both come from one computation, which is kept for the last point asked for.

    Parameters
    ----------
    scores
        From parameters to the log-likelihood of each row and its slopes along the logarithms of the parameters.
    names
        Of the parameters.
    weight
        Customers of each row.
    """
    share = weight / weight.sum()
    known: dict[bytes, tuple[float, Floats]] = {}

    def at(log_parameters: Floats) -> tuple[float, Floats]:
        key = log_parameters.tobytes()
        if key not in known:
            value, slopes = scores(dict(zip(names, np.exp(log_parameters).tolist(), strict=True)))
            known.clear()
            known[key] = float(share @ value), np.asarray(share @ slopes)
        return known[key]

    return lambda x: at(x)[0], lambda x: at(x)[1]


@dataclass(frozen=True, slots=True)
class _Problem:
    """What is to be made small, in coordinates in which ratios of parameters stand where that was asked for."""

    names: tuple[str, ...]
    cost: Callable[[Floats], float]
    slope: Callable[[Floats], Floats]
    bounds: tuple[tuple[float, float], ...]
    basis: Floats


def _problem(
    mean_log_likelihood: Callable[[Floats], float],
    gradient: Callable[[Floats], Floats] | None,
    names: tuple[str, ...],
    ratios: Mapping[str, str],
    most: Mapping[str, float],
) -> _Problem:
    basis = np.eye(len(names))
    for name, other in ratios.items():
        basis[names.index(name), names.index(other)] = 1.0
    bounds = tuple((float(np.log(_LEAST)), float(np.log(most.get(name, _MOST)))) for name in names)

    def cost(x: Floats) -> float:
        value = -float(mean_log_likelihood(basis @ x))
        return value if np.isfinite(value) else _WORST

    def slope(x: Floats) -> Floats:
        if gradient is not None:
            found = -np.asarray(gradient(basis @ x), dtype="float64") @ basis
            if np.isfinite(found).all():
                return np.asarray(found)
        return _differences(cost, x)

    return _Problem(names, cost, slope, bounds, basis)


def _differences(cost: Callable[[Floats], float], x: Floats) -> Floats:
    steps = np.eye(len(x)) * 1e-5
    return np.array([(cost(x + step) - cost(x - step)) / 2e-5 for step in steps])


def _approach(problem: _Problem, x: Floats, spread: Floats, n: float) -> Floats:
    """Go towards the peak by Newton steps with the curvature of a sample, as long as they gain anything."""
    inverse = np.linalg.inv(problem.basis)
    spread, (low, high) = inverse @ spread @ inverse.T, np.asarray(problem.bounds).T
    x = np.clip(x, low, high)
    for _ in range(_MOST_NEWTON_STEPS):
        cost, slope = problem.cost(x), problem.slope(x)
        further = np.clip(x - spread @ slope, low, high)
        if n * float(slope @ (x - further)) < _GOOD_GAP / 10 or problem.cost(further) >= cost:
            break
        x = further
    return x


def _nowhere(names: Sequence[str]) -> Fit:
    """Return the fit of a likelihood that cannot be computed at any start: nothing is claimed."""
    none = float("nan")
    return Fit(dict.fromkeys(names, none), none, np.zeros((len(names), len(names))), "not converged", none)


def _search(problem: _Problem, start: Floats, tolerance: float) -> tuple[Floats, bool]:
    from scipy.optimize import minimize

    options: dict[str, Any] = {"ftol": tolerance, "gtol": 1e-9, "maxiter": _MOST_STEPS}
    found = minimize(problem.cost, start, jac=problem.slope, method="L-BFGS-B", bounds=problem.bounds, options=options)
    return (found.x, bool(found.success)) if problem.cost(found.x) <= problem.cost(start) else (start, False)


def _refine(problem: _Problem, x: Floats) -> tuple[Floats, bool]:
    """Go on without derivatives from where the search got stuck, then once more with them."""
    from scipy.optimize import minimize

    options: dict[str, Any] = {"xatol": 1e-6, "fatol": 1e-11, "maxiter": 300, "maxfev": 300}
    # The search may end a rounding beyond a bound, which scipy then complains of.
    x = np.clip(x, *np.asarray(problem.bounds).T)
    found = minimize(problem.cost, x, method="Nelder-Mead", bounds=problem.bounds, options=options)
    return _search(problem, found.x if problem.cost(found.x) < problem.cost(x) else x, 1e-15)


@dataclass(frozen=True, slots=True)
class _Peak:
    """How the log-likelihood looks around the end of a search.

    ``gap`` is what a Newton step still promises; ``covariance`` leaves out parameters at a bound and directions in
    which the data say nothing; ``is_free`` and ``is_flat`` tell which parameters these are.
    """

    gap: float
    covariance: Floats
    is_free: npt.NDArray[np.bool_]
    is_flat: npt.NDArray[np.bool_]


def _peak(problem: _Problem, x: Floats, n: float) -> _Peak:
    # The pull is taken from the likelihood itself: a gradient that the optimiser believed is not asked again.
    sides = [(x + step, x - step) for step in np.eye(len(x)) * _STEP]
    around = [[(problem.cost(side), problem.slope(side)) for side in pair] for pair in sides]
    pull = np.array([above[0] - below[0] for above, below in around]) / (2 * _STEP)
    bent = np.array([above[1] - below[1] for above, below in around]) / (2 * _STEP)
    low, high = np.asarray(problem.bounds).T
    is_held = ((x <= low + 1e-6) & (pull >= -1e-9)) | ((x >= high - 1e-6) & (pull <= 1e-9))
    free = np.flatnonzero(~is_held)
    covariance, is_flat = np.zeros((len(x), len(x))), np.zeros(len(x), dtype=bool)
    if not len(free):
        return _Peak(0.0, covariance, ~is_held, is_flat)
    values, vectors = np.linalg.eigh(n * (bent + bent.T)[np.ix_(free, free)] / 2)
    along = n * vectors.T @ pull[free]
    is_curved = values > _FLAT
    gap = float((0.5 * along[is_curved] ** 2 / values[is_curved]).sum() + np.abs(along[~is_curved]).sum())
    curved = vectors[:, is_curved]
    covariance[np.ix_(free, free)] = (curved / values[is_curved]) @ curved.T
    is_flat[free] = (np.abs(vectors[:, ~is_curved]) > 0.1).any(axis=1)
    return _Peak(gap, covariance, ~is_held, is_flat)


def _judge(problem: _Problem, x: Floats, n: float, peak: _Peak, says_success: bool) -> Fit:
    covariance = problem.basis @ peak.covariance @ problem.basis.T
    is_loose = peak.is_flat | (np.sqrt(np.clip(np.diag(covariance), 0, None)) > _LOOSE)
    at_bound = tuple(name for name, is_free in zip(problem.names, peak.is_free, strict=True) if not is_free)
    loose = tuple(name for name, loose in zip(problem.names, is_loose, strict=True) if loose and name not in at_bound)
    values = np.exp(problem.basis @ x)
    parameters = {name: float(value) for name, value in zip(problem.names, values, strict=True)}
    status = _status(peak.gap, says_success, bool(at_bound))
    return Fit(parameters, -problem.cost(x) * float(n), covariance, status, peak.gap, at_bound, loose)


def _status(gap: float, says_success: bool, is_at_bound: bool) -> Status:
    if gap > _MOST_GAP:
        return "not converged although the optimiser reported success" if says_success else "not converged"
    if is_at_bound:
        return "at a bound"
    return "converged" if says_success else "converged although the optimiser complained"
