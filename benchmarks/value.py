"""How fast customers are valued, beside lifetimes (and the MAP of pymc-marketing where installed), in one run.

``python benchmarks/value.py [--json] [--size small|full] [--only pareto,bg,map,score,growth] [--chart FILE]``

Every task runs in a fresh process that draws the same customers (seed 1); imports and drawing are not timed, peak
memory is that of the whole process, customers included. Times are seconds of the processor, which other work on the
machine does not change; every engine here uses one core. Ours is timed from raw customers to parameters, so that
finding the distinct histories counts. Figures are medians of three runs; tasks that take minutes run once.

pareto
    Pareto/NBD, 200,000 customers, ages in days. lifetimes gets the raw customers.
bg
    BG/NBD, 5 million customers, weekly. lifetimes gets the raw weekly table.
map
    BG/NBD, 20,000 customers, against pymc-marketing's maximum a posteriori (its priors move the optimum a little).
score
    Probability of being alive, expected purchases, and value with its range, for 5 million customers, MBG/NBD.
growth
    Distinct histories + fit + scores for 10,000 to 5 million customers, ages in days; ``--chart`` draws them.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import simulated

clock = time.process_time
SIZES = {
    "small": {"pareto": 5_000, "bg": 100_000, "map": 2_000, "score": 100_000, "growth": [10_000, 50_000]},
    "full": {
        "pareto": 200_000,
        "bg": 5_000_000,
        "map": 20_000,
        "score": 5_000_000,
        "growth": [10_000, 50_000, 200_000, 1_000_000, 2_000_000, 5_000_000],
    },
}


def our_fit(model: str, n: int, unit_days: int) -> dict[str, Any]:
    from crmplan.value.purchase_history import distinct_patterns
    from crmplan.value.repeat_purchases import fit_repeat_model

    frame = simulated.purchase_histories(model, n, 1, unit_days=unit_days)
    fit_repeat_model(model, distinct_patterns(frame.head(3000)))  # imports
    began = clock()
    patterns = distinct_patterns(frame)
    fit = fit_repeat_model(model, patterns)
    taken = clock() - began
    return {
        "seconds": taken, "parameters": fit.parameters, "log_likelihood": fit.log_likelihood, "status": fit.status,
        "histories": len(patterns.n_repeat),
    }  # fmt: skip


def their_fit(model: str, n: int, unit_days: int) -> dict[str, Any]:
    from crmplan.value.purchase_history import distinct_patterns
    from crmplan.value.repeat_purchases import log_likelihood
    from crmplan.value.second_opinion import _fitter, _quiet

    frame = simulated.purchase_histories(model, n, 1, unit_days=unit_days)
    with _quiet():
        np.random.seed(1)
        fitter = _fitter(model)
        began = clock()
        fitter.fit(frame["n_repeat"], frame["recency_weeks"], frame["age_weeks"], tol=1e-6)
        taken = clock() - began
    parameters = {name: float(value) for name, value in fitter.params_.items()}
    patterns = distinct_patterns(frame)
    found = float(log_likelihood(model, parameters, patterns) @ patterns.n_customers)
    return {"seconds": taken, "parameters": parameters, "log_likelihood": found}


def map_fit(model: str, n: int, unit_days: int) -> dict[str, Any]:
    import pandas as pd
    from pymc_marketing.clv import BetaGeoModel

    frame = simulated.purchase_histories(model, n, 1, unit_days=unit_days)
    names = {"n_repeat": "frequency", "recency_weeks": "recency", "age_weeks": "T"}
    data = frame.rename(columns=names).assign(customer_id=np.arange(n))
    BetaGeoModel(data=data.head(500)).fit(method="map", progressbar=False)  # compiles
    began = clock()
    fitted = BetaGeoModel(data=data)
    fitted.fit(method="map", progressbar=False)
    taken = clock() - began
    summary: pd.Series = fitted.fit_summary()
    return {"seconds": taken, "parameters": {name: float(summary[name]) for name in ("r", "alpha", "a", "b")}}


def scores(n: int, unit_days: int) -> dict[str, Any]:
    """Score customers with the fitted model; the fit is not timed."""
    from crmplan.value import ranges as doubts
    from crmplan.value.lifetime_value import outlook
    from crmplan.value.purchase_history import distinct_patterns
    from crmplan.value.repeat_models import RepeatModel
    from crmplan.value.repeat_purchases import fit_repeat_model

    frame = simulated.purchase_histories("MBG/NBD", n, 1, unit_days=unit_days)
    spend = np.random.default_rng(2).gamma(6.0, 6.0, n)
    model = RepeatModel("MBG/NBD", fit_repeat_model("MBG/NBD", distinct_patterns(frame)), n)
    began = clock()
    patterns = distinct_patterns(frame)
    alive = model.alive(patterns)[patterns.row]
    ahead = outlook(model, patterns, as_of=date(2024, 1, 1), horizon_months=36, annual_discount_rate=0.1)
    value = ahead.discounted[patterns.row] * spend
    doubt = doubts.ranges(model, patterns, 156.5, spend_variance=0.5, seed=1)
    discount = (ahead.discounted / np.maximum(ahead.purchases, 1e-12))[patterns.row]
    low, high = (ends[1][patterns.row] * spend * discount for ends in (doubt.low, doubt.high))
    taken = clock() - began
    assert len(alive) == len(value) == len(low) == len(high) == n  # noqa: S101
    return {"seconds": taken, "histories": len(patterns.n_repeat), "total": float(value.sum())}


def growth(n: int, unit_days: int) -> dict[str, Any]:
    """Time the way from raw customers to scores of the default model."""
    from crmplan.value.purchase_history import distinct_patterns
    from crmplan.value.repeat_models import RepeatModel
    from crmplan.value.repeat_purchases import fit_repeat_model

    frame = simulated.purchase_histories("MBG/NBD", n, 1, unit_days=unit_days)
    model = fit_repeat_model("MBG/NBD", distinct_patterns(frame.head(3000)))  # imports
    found: dict[str, Any] = {}
    began = clock()
    patterns = distinct_patterns(frame)
    found["histories found"] = clock() - began
    for name in ("MBG/NBD", "Pareto/NBD"):
        began = clock()
        fit = fit_repeat_model(name, patterns)
        found[f"{name} fitted"] = clock() - began
        model = fit if name == "MBG/NBD" else model
    began = clock()
    fitted = RepeatModel("MBG/NBD", model, n)
    assert len(fitted.alive(patterns)[patterns.row]) == n  # noqa: S101
    assert len(fitted.expected(patterns, 52.0)[patterns.row]) == n  # noqa: S101
    found["scored"] = clock() - began
    return {"seconds": sum(found.values()), "histories": len(patterns.n_repeat), "parts": found}


TASKS: dict[str, Callable[[int], dict[str, Any]]] = {
    "pareto-ours": lambda n: our_fit("Pareto/NBD", n, 1),
    "pareto-lifetimes": lambda n: their_fit("Pareto/NBD", n, 1),
    "bg-ours": lambda n: our_fit("BG/NBD", n, 7),
    "bg-lifetimes": lambda n: their_fit("BG/NBD", n, 7),
    "map-ours": lambda n: our_fit("BG/NBD", n, 7),
    "map-pymc": lambda n: map_fit("BG/NBD", n, 7),
    "score-weeks": lambda n: scores(n, 7),
    "score-days": lambda n: scores(n, 1),
    "growth": lambda n: growth(n, 1),
}


def measured(task: str, n: int, times: int = 3) -> dict[str, Any]:
    """Return the run with the median time, each in a fresh process."""
    command = [sys.executable, __file__, "--task", task, "--customers", str(n)]
    runs = [json.loads(subprocess.run(command, check=True, capture_output=True).stdout) for _ in range(times)]
    median = statistics.median_low([run["seconds"] for run in runs])
    return next(run for run in runs if run["seconds"] == median)


def compared(ours: dict[str, Any], theirs: dict[str, Any]) -> dict[str, Any]:
    pairs = [(value, theirs["parameters"][name]) for name, value in ours["parameters"].items()]
    found = {
        "times_faster": round(theirs["seconds"] / ours["seconds"], 1),
        "largest_parameter_difference": max(abs(their / our - 1) for our, their in pairs),
    }
    if "log_likelihood" in theirs:
        found["log_likelihood_ahead"] = round(ours["log_likelihood"] - theirs["log_likelihood"], 4)
    return found


def report(name: str, found: dict[str, Any], *, as_json: bool) -> None:
    print(json.dumps({"name": name, **found}) if as_json else f"{name:34} {found}", flush=True)


def run(sizes: dict[str, Any], only: set[str], *, as_json: bool, chart: Path | None) -> None:
    for kind, other in (("pareto", "lifetimes"), ("bg", "lifetimes"), ("map", "pymc")):
        if kind not in only:
            continue
        n = sizes[kind]
        ours = measured(f"{kind}-ours", n)
        report(f"{kind}, {n:,} customers: ours", ours, as_json=as_json)
        if other == "pymc" and importlib.util.find_spec("pymc_marketing") is None:
            report("map", {"left_out": "pymc-marketing is not installed: pip install crmplan[bayes]"}, as_json=as_json)
            continue
        theirs = measured(f"{kind}-{other}", n, times=1 if n >= 200_000 else 3)
        report(f"{kind}, {n:,} customers: {other}", theirs, as_json=as_json)
        report(f"{kind}: ours against {other}", compared(ours, theirs), as_json=as_json)
    if "score" in only and importlib.util.find_spec("crmplan.value.ranges") is None:
        report("score", {"left_out": "needs crmplan.value.ranges, the ranges of a value"}, as_json=as_json)
    elif "score" in only:
        for task in ("score-weeks", "score-days"):
            report(f"{task}, {sizes['score']:,} customers", measured(task, sizes["score"]), as_json=as_json)
    if "growth" in only:
        rows = []
        for n in sizes["growth"]:
            rows.append({"customers": n, **measured("growth", n, times=3 if n < 1_000_000 else 1)})
            report(f"growth, {n:,} customers", rows[-1], as_json=as_json)
        if chart is not None:
            draw(rows, chart)


def draw(rows: list[dict[str, Any]], file: Path) -> None:
    """Write the cost as customers grow as an SVG, on logarithmic axes."""
    import altair as alt
    import pandas as pd
    import vl_convert

    parts = [(row["customers"], part, seconds) for row in rows for part, seconds in row["parts"].items()]
    frame = pd.DataFrame(parts, columns=["customers", "part", "seconds"])
    lines = (
        alt.Chart(frame)
        .mark_line(point=True)
        .encode(
            x=alt.X(
                "customers:Q",
                scale=alt.Scale(type="log"),
                axis=alt.Axis(values=sorted(frame["customers"].unique().tolist()), format="~s", grid=False),
                title="Customers",
            ),
            y=alt.Y(
                "seconds:Q",
                scale=alt.Scale(type="log"),
                axis=alt.Axis(values=[0.001, 0.01, 0.1, 1, 10, 100]),
                title="Seconds of the processor",
            ),
            color=alt.Color("part:N", title=None, sort=None, legend=alt.Legend(orient="top", labelLimit=300)),
        )
        .properties(width=520, height=320)
    )
    file.write_text(vl_convert.vegalite_to_svg(lines.to_json()), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--size", choices=["small", "full"], default="full")
    parser.add_argument("--only", default="pareto,bg,map,score,growth")
    parser.add_argument("--chart", type=Path)
    parser.add_argument("--task", choices=sorted(TASKS), help=argparse.SUPPRESS)
    parser.add_argument("--customers", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.task:
        found = TASKS[options.task](options.customers)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({**found, "seconds": round(found["seconds"], 3), "peak_mb": round(peak)}))
        return
    run(SIZES[options.size], set(options.only.split(",")), as_json=options.json, chart=options.chart)


if __name__ == "__main__":
    main()
