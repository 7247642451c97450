"""Would traits of customers make a better forecast? Measured at the cut-offs of the check, by error and by AIC.

``python benchmarks/traits.py [CLIENT ...]``

MBG/NBD with one trait is held against the models without any, on the whole base: customers of small groups, and those
of whom the trait is not known, are a group of their own. The error is the mean absolute one a customer, beside that of
the best model without traits.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import numpy as np
import pandas as pd

from crmplan.value import covariates
from crmplan.value.purchase_history import (
    customer_days,
    distinct_patterns,
    purchase_histories,
    purchases_after,
    with_holdout,
)
from crmplan.value.repeat_models import RepeatModel, fit_repeat_models
from crmplan.value.rolling import cut_offs
from crmplan.value.traits import TRAITS, traits
from crmplan.workbench import Workbench

CLIENTS = ("grocer", "superstore", "rehearsal")
REST = "(all others)"


def measured(client: str) -> Iterator[dict[str, object]]:
    """Yield one row per day and forecast: AIC of what was known then, and the error until the end of the check."""
    bench = Workbench.open(client)
    days, known = customer_days(bench.customers().tables), traits(bench.customers().tables)
    as_of = bench.engagement.as_of
    first = purchase_histories(days, until=as_of)["first_day"].min().date()
    for split, end in (*cut_offs(first, as_of), (as_of, None)):
        histories = purchase_histories(days, until=split).merge(known, on="customer_key", how="left")
        bought = None
        if end is not None:
            later = with_holdout(histories, purchases_after(days, after=split, until=end))
            bought = later["n_bought"].to_numpy("float64")
        weeks = (end - split).days / 7 if end else 0.0
        for name, aic, expected in forecasts(histories, weeks):
            error = float(np.abs(expected - bought).mean()) if bought is not None else np.nan
            yield {"day": split, "is_today": end is None, "forecast": name, "aic": aic, "error": error}


def forecasts(histories: pd.DataFrame, weeks: float) -> Iterator[tuple[str, float, np.ndarray]]:
    """Yield each model, without and with a trait: its name, AIC, and purchases expected of each customer."""
    patterns = distinct_patterns(histories)
    models = [model for model in fit_repeat_models(patterns) if model.fit.is_usable and not model.is_yardstick]
    for model in models:
        yield model.name, model.aic, model.expected(patterns, weeks)[patterns.row]
    plain = next((model for model in models if model.name == covariates.MODEL), None)
    if plain is None:
        return
    for trait in TRAITS:
        if trait in histories and len(covariates._parts(histories, trait)) > 1:
            yield with_trait(histories, trait, plain, weeks)


def with_trait(histories: pd.DataFrame, trait: str, plain: RepeatModel, weeks: float) -> tuple[str, float, np.ndarray]:
    """Return MBG/NBD whose rate and odds of leaving differ by group."""
    large = [name for name, _ in covariates._parts(histories, trait)]
    group = histories[trait].astype(str)
    group = group.where(histories[trait].notna() & group.isin(large), REST)
    names = [*large, *([REST] if (group == REST).any() else [])]
    patterns = [distinct_patterns(histories[group == name]) for name in names]
    fit = covariates._fit(patterns, [*plain.fit.parameters.values(), *[1.0] * (2 * len(names) - 2)])
    expected = np.zeros(len(histories))
    for name, model, part in zip(names, covariates._by_group(fit, len(names)), patterns, strict=True):
        expected[(group == name).to_numpy()] = model.expected(part, weeks)[part.row]
    return f"{covariates.MODEL} with {trait}", 2 * len(fit.parameters) - 2 * fit.log_likelihood, expected


def told(client: str, rows: pd.DataFrame) -> None:
    plain = rows[~rows["forecast"].str.contains(" with ") & ~rows["is_today"]]
    least = plain.groupby("day")["error"].min()
    print(f"\n{client}: AIC today, error beside that of the best model without traits at each cut-off")
    for name, some in rows.groupby("forecast", sort=False):
        checked = some[~some["is_today"]].set_index("day")["error"]
        more = 100 * (checked / least - 1)
        aic = float(some.loc[some["is_today"], "aic"].iloc[0])
        print(f"  {name:32s} {aic:10,.0f}  {', '.join(f'{one:+.1f} %' for one in more)}  mean {more.mean():+.1f} %")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clients", nargs="*", default=CLIENTS)
    for client in parser.parse_args().clients:
        told(client, pd.DataFrame(measured(client)))


if __name__ == "__main__":
    main()
