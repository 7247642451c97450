"""Do fits find what they should? Known parameters, many simulated samples, and how often the ranges hold the truth.

``python benchmarks/recovery.py [--json] [--size small|full]``

For every model and sample the range of each parameter is its estimate times exp(± z x standard error of the
logarithm). A range of 95 % should hold the truth in 95 of 100 samples; with so many samples as were drawn, chance
alone moves the share by about the margin printed. ``bias`` is the mean error of the logarithm of the estimates.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable

import numpy as np
import simulated

from crmplan.value.fitting import Fit
from crmplan.value.gamma_gamma import fit_spend
from crmplan.value.occasions import fit_occasions
from crmplan.value.purchase_history import distinct_patterns
from crmplan.value.renewals import fit_renewals
from crmplan.value.repeat_purchases import REPEAT_MODELS, fit_repeat_model

LEVELS = {0.5: 0.6745, 0.8: 1.2816, 0.95: 1.9600}


def fitter(model: str, n: int) -> Callable[[int], Fit]:
    """Return a function from a seed to the fit of a sample of ``n``."""
    if model in REPEAT_MODELS:
        return lambda seed: fit_repeat_model(model, distinct_patterns(simulated.purchase_histories(model, n, seed)))
    if model == "Gamma-gamma":
        return lambda seed: fit_spend(*simulated.mean_spends(n, seed), np.ones(n))
    if model == "BG/BB":
        return lambda seed: fit_occasions(simulated.occasions(n, seed))
    return lambda seed: fit_renewals(model, simulated.contract_durations(model, n, seed))


def recovery(model: str, n: int, samples: int) -> dict[str, object]:
    truth = simulated.TRUTH[model]
    fit, errors, sds, unusable, began = fitter(model, n), [], [], 0, time.perf_counter()
    for seed in range(samples):
        found = fit(seed)
        if not found.is_usable or found.at_bound:
            unusable += 1
            continue
        errors.append([np.log(found.parameters[name] / value) for name, value in truth.items()])
        sds.append(np.sqrt(np.diag(found.covariance)))
    error, sd = np.array(errors), np.array(sds)
    coverage = {f"{level:.0%}": round(float((np.abs(error) <= z * sd).mean()), 3) for level, z in LEVELS.items()}
    return {
        "model": model,
        "customers": n,
        "samples": samples,
        "at_a_bound_or_not_converged": unusable,
        "coverage": coverage,
        "margin_95": round(1.96 * float(np.sqrt(0.95 * 0.05 / len(error))), 3),
        "bias": {name: round(float(one), 3) for name, one in zip(truth, error.mean(axis=0), strict=True)},
        "seconds": round(time.perf_counter() - began, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--size", choices=["small", "full"], default="full")
    options = parser.parse_args()
    n, samples = (2000, 40) if options.size == "small" else (3000, 200)
    for model in simulated.TRUTH:
        found = recovery(model, n, samples)
        if options.json:
            print(json.dumps(found))
            continue
        shares = "  ".join(f"{level} {share:.3f}" for level, share in found["coverage"].items())  # type: ignore[attr-defined]
        print(f"{model:12} {shares}  (± {found['margin_95']})  bias {found['bias']}  left out "
              f"{found['at_a_bound_or_not_converged']} of {samples}  {found['seconds']} s", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
