"""Whatever a client sends, every model gives finite figures or says that there is too little data, and why."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from crmplan.tables import Tables
from crmplan.value import Value, customer_economics
from crmplan.value.contracts import value_contracts
from crmplan.value.fixed_occasions import PERIOD_WEEKS
from crmplan.value.holdout import NAIVE, naive_scores
from crmplan.value.matrices import history_matrix
from crmplan.value.purchase_history import customer_days, distinct_patterns, purchase_histories
from crmplan.value.ranges import ranges
from crmplan.value.renewals import RENEWAL_MODELS, durations, expected_residual, fit_renewals, log_survival
from crmplan.value.repeat_models import RepeatModel
from crmplan.value.repeat_purchases import _LAWS, OCCASION_MODELS, REPEAT_MODELS, fit_repeat_model
from crmplan.value.spend import fit_spend_model
from crmplan.value.tracking import frequency_fit
from tests.value.conftest import AS_OF, START, days_of, simulated_days, value_of

WEEKS = np.array([0.0, 1.0, 52.0, 2000.0])


def base(*rows: tuple[float, float, float], n: int = 1) -> pd.DataFrame:
    frame = pd.DataFrame([row for row in rows for _ in range(n)], columns=["n_repeat", "recency_weeks", "age_weeks"])
    return frame.astype("float64")


def spread_out(n: int, least: int, most: int, weeks: float) -> pd.DataFrame:
    draw = np.random.default_rng(1)
    counts = draw.integers(least, most, n).astype("float64")
    recency = np.where(counts > 0, weeks * draw.uniform(0.2, 1.0, n), 0.0)
    return pd.DataFrame({"n_repeat": counts, "recency_weeks": recency, "age_weeks": weeks})


BASES = {
    "purchases in thousands": pd.concat([spread_out(60, 1000, 9000, 150.0), base((0, 0, 100), n=40)]),
    "one customer of thousands": pd.concat([base((1, 5, 50), (0, 0, 50), n=60), base((8000, 49.9, 50))]),
    "everybody came today": base((0, 0, 0), n=80),
    "half came today": base((0, 0, 0), (3, 20, 30), n=60),
    "bought again on the day they came": base((0, 0, 0), (1, 0, 0), n=40),
    "one day old": base((1, 1 / 7, 1 / 7), (0, 0, 1 / 7), n=60),
    "decades": spread_out(30, 0, 40, 2600.0),
    "one customer": base((5, 20, 30)),
    "all one-timers": base((0, 0, 50), n=100),
    "all but one are one-timers": pd.concat([base((0, 0, 50), n=100), base((1, 3, 50))]),
    "all alike": base((4, 30, 40), n=100),
    "everybody bought on the same last day": base((1, 50, 50), n=100),
    "everybody buys every day": base((364, 52, 52), n=100),
}
MODELS = [*REPEAT_MODELS, *OCCASION_MODELS.values()]


def counted_in(frame: pd.DataFrame, model: str) -> pd.DataFrame:
    """Return histories as a model wants them: in occasions, where it knows of any."""
    kinds = {name: kind for kind, name in OCCASION_MODELS.items()}
    if model not in kinds:
        return frame
    period = PERIOD_WEEKS[kinds[model]]
    taken, seen = (np.ceil(frame[name] / period) for name in ("recency_weeks", "age_weeks"))
    return pd.DataFrame(
        {
            "n_repeat": np.minimum(frame["n_repeat"], taken),
            "recency_weeks": taken * period,
            "age_weeks": seen * period,
        }
    )


@pytest.mark.slow
@pytest.mark.parametrize("kind", BASES)
@pytest.mark.parametrize("name", MODELS)
def test_every_model_is_fitted_to_finite_figures_or_says_that_it_was_not(name: str, kind: str) -> None:
    patterns = distinct_patterns(counted_in(BASES[kind], name))
    fit = fit_repeat_model(name, patterns)
    if not fit.is_usable:
        assert fit.status.startswith("not converged")
        return
    model = RepeatModel(name, fit, patterns.total)
    alive, ahead = model.alive(patterns), model.expected_path(patterns, WEEKS)
    doubt = ranges(model, patterns, 104.0, spend_variance=9.0, seed=1)
    residual = model.residual(patterns, 0.1)

    assert ((alive >= 0) & (alive <= 1)).all()
    assert np.isfinite(ahead).all()
    # Digits are lost against what somebody would buy who never leaves.
    most = _LAWS[name].most(fit.parameters, patterns.n_repeat, patterns.age_weeks, WEEKS[1:, None])
    assert (np.diff(ahead, axis=0) >= -1e-9 * most).all()
    assert np.isfinite(model.log_likelihood(patterns)).all()
    assert np.isfinite(model.expected_since_first(WEEKS)).all()
    assert np.isfinite(frequency_fit(model, patterns)["expected"]).all()
    assert np.isfinite(np.concatenate([doubt.process_sd, doubt.parameter_sd])).all()
    assert np.isfinite(doubt.high).all()
    assert (doubt.low <= doubt.high).all()
    assert residual is None or np.isfinite(residual).all()
    if model.gives_alive:
        matrix = history_matrix(model, model, patterns, 104.0).select_dtypes("number")
        assert np.isfinite(matrix.to_numpy("float64")).all()


def clock(n: int, every: int, until: int, amount: float = 3.0) -> pd.DataFrame:
    return days_of(
        *((f"C{i:03d}", str((START + pd.Timedelta(days=day)).date()), amount)
          for i in range(n) for day in range(0, until, every))
    )  # fmt: skip


def simulated_with(**changed: object) -> pd.DataFrame:
    return simulated_days(100).assign(**changed)


def refunds(frame: pd.DataFrame) -> pd.DataFrame:
    """Every third day somebody gives back five times what the day brought."""
    amount = frame["net_amount"].to_numpy()
    return frame.assign(net_amount=np.where(np.arange(len(frame)) % 3 == 0, -5 * amount, amount))


def giant() -> pd.DataFrame:
    one = [("G", str((START + pd.Timedelta(days=day)).date()), 5.0) for day in range(720)]
    return pd.concat([simulated_days(100), days_of(*one)])


def decades() -> pd.DataFrame:
    frame = simulated_days(100)
    since = (frame["day"] - START).dt.days
    return frame.assign(day=pd.Timestamp(AS_OF) - pd.to_timedelta((729 - since) * 15, unit="D"))


FRAMES = {
    "a giant": giant,
    "decades": decades,
    "everybody began on one day": lambda: (f := simulated_days(100)).assign(
        day=f["day"].where(f.duplicated("customer_key"), START)
    ),
    "everybody bought on the same two days": lambda: clock(80, 400, 700),
    "everybody buys every day": lambda: clock(60, 1, 729),
    "by the clock, and all gone": lambda: clock(100, 30, 300),
    "half came today": lambda: pd.concat(
        [simulated_days(100), days_of(*((f"T{i}", "2023-12-31", 9.0) for i in range(100)))]
    ),
    "constant spend": lambda: simulated_with(net_amount=9.99),
    "hardly differing spend": lambda: simulated_with(net_amount=lambda f: 9.99 + 1e-9 * np.arange(len(f))),
    "amounts of a million million": lambda: simulated_with(net_amount=lambda f: 1e12 * f["net_amount"]),
    "amounts of a thousand-millionth": lambda: simulated_with(net_amount=lambda f: 1e-9 * f["net_amount"]),
    "amounts huge and tiny": lambda: simulated_with(
        net_amount=lambda f: f["net_amount"] * 10.0 ** (np.arange(len(f)) % 15 - 6)
    ),
    "refunds on many days": lambda: refunds(simulated_days(100)),
    "refunds and losses": lambda: refunds(simulated_days(100)).assign(profit=lambda f: -f["net_amount"]),
    "refunds above all purchases": lambda: simulated_with(net_amount=lambda f: -f["net_amount"]),
    "every sale a loss": lambda: simulated_with(profit=lambda f: -0.5 * f["net_amount"]),
    "all one-timers": lambda: clock(200, 800, 700),
    "one customer": lambda: days_of(("A", "2023-01-01", 1.0), ("A", "2023-01-09", 2.0)),
    "nobody": days_of,
}
TOO_LITTLE = {"refunds above all purchases", "all one-timers", "one customer", "nobody"}


def check_value(value: Value, days: pd.DataFrame, horizon_months: int = 24) -> None:
    if value.unavailable:
        assert value.unavailable.startswith("too little data")
        assert value.equity.total is None
        return
    estimates = ["alive_probability", "expected_purchases", "expected_spend", "value", "value_low", "value_high",
                 "process_sd", "parameter_sd"]  # fmt: skip
    assert np.isfinite(value.customers[estimates].to_numpy("float64")).all()
    assert value.customers["alive_probability"].between(0, 1).all()
    assert (value.customers["value_low"] <= value.customers["value_high"]).all()
    assert value.equity.low is not None
    assert value.equity.low <= value.equity.total <= value.equity.high  # type: ignore[operator]
    told = [number for check in value.assumptions for number in (check.number, check.money) if number is not None]
    assert np.isfinite(told).all()
    for frame in (value.frequency, value.tracking, value.matrix):
        assert np.isfinite(frame.select_dtypes("number").to_numpy("float64")).all()
    league = value.rolling.league.select_dtypes("number").to_numpy("float64")
    assert not np.isinf(league).any()
    tables = Tables.from_frames({"customer_days": days})
    economics = customer_economics(tables, value, pd.DataFrame(), horizon_months=horizon_months)
    for frame in (economics.tornado, economics.months, economics.bridge, economics.roll_forward.items):
        assert np.isfinite(frame.select_dtypes("number").to_numpy("float64")).all()
    assert economics.roll_forward.amount("closing") == pytest.approx(value.equity.total, rel=1e-6, abs=0.01)


@pytest.mark.slow
@pytest.mark.parametrize("kind", FRAMES)
def test_every_base_is_valued_in_finite_figures_or_told_to_be_too_small(kind: str) -> None:
    days = FRAMES[kind]()
    value = value_of(days)

    check_value(value, days)
    assert bool(value.unavailable) == (kind in TOO_LITTLE)


@pytest.mark.slow
@pytest.mark.parametrize(
    "changed",
    [
        {"as_of": date(2045, 1, 1)},
        {"horizon_months": 1},
        {"horizon_months": 600},
        {"annual_discount_rate": 0.0},
        {"annual_discount_rate": 10.0},
        {"gross_margin_share": 0.0},
        {"serve_cost_per_purchase": 1e6},
    ],
    ids=["all lapsed decades ago", "a month", "fifty years", "no discount", "a rate of 1000 %", "no margin",
         "serving costs more than all"],
)  # fmt: skip
def test_every_setting_gives_finite_figures(simulated: pd.DataFrame, changed: dict[str, object]) -> None:
    check_value(value_of(simulated, **changed), simulated, int(str(changed.get("horizon_months", 24))))


@pytest.mark.parametrize("kind", [name for name in FRAMES if name != "nobody"])
def test_spend_and_simple_rankings_are_finite_whatever_was_paid(kind: str) -> None:
    days = customer_days(Tables.from_frames({"customer_days": FRAMES[kind]()}))
    histories = purchase_histories(days, until=AS_OF)
    if histories.empty:
        assert fit_spend_model(histories).facts.because == "nobody has bought"
        return
    spend = fit_spend_model(histories)
    scores = naive_scores(histories, 52.0)

    assert np.isfinite(spend.expected).all()
    assert (spend.expected > 0).all()
    assert set(scores) == set(NAIVE)
    assert all(np.isfinite(score).all() for score in scores.values())


CONTRACTS = {
    "all began today": ([0] * 60, [False] * 60),
    "all ended in the first month": ([1] * 60, [True] * 60),
    "none ended": (list(range(60)), [False] * 60),
    "decades": ([600 - i for i in range(60)], [i % 2 == 0 for i in range(60)]),
    "one contract": ([5], [True]),
    "all ended in the same month": ([12] * 60, [True] * 60),
}


@pytest.mark.parametrize("kind", CONTRACTS)
@pytest.mark.parametrize("model", RENEWAL_MODELS)
def test_every_model_of_contracts_is_finite_or_says_that_it_was_not_fitted(model: str, kind: str) -> None:
    periods, is_ended = CONTRACTS[kind]
    fit = fit_renewals(model, durations(np.array(periods), is_ended))
    if not fit.is_usable:
        assert fit.status.startswith("not converged")
        return
    survival = np.exp(log_survival(fit.parameters, np.arange(0, 1000)))

    assert ((survival >= 0) & (survival <= 1)).all()
    assert (np.diff(survival) <= 1e-9).all()
    assert np.isfinite(expected_residual(fit.parameters, 3, 0.01))


@pytest.mark.parametrize("kind", CONTRACTS)
@pytest.mark.parametrize("fee", [0.0, -20.0, 1e-9, 1e12])
def test_contracts_have_a_finite_value_or_a_reason(kind: str, fee: float) -> None:
    periods, is_ended = CONTRACTS[kind]
    ended = [pd.Timestamp(AS_OF) if over else pd.NaT for over in is_ended]
    begun = [pd.Timestamp(AS_OF) + pd.Timedelta(days=1) - pd.DateOffset(months=n) for n in periods]
    frame = pd.DataFrame({"started_on": begun, "ended_on": pd.to_datetime(ended), "monthly_fee": fee})
    frame["contract_id"] = frame["customer_key"] = [f"K{i}" for i in range(len(frame))]

    found = value_contracts(
        Tables.from_frames({"contracts": frame}),
        as_of=AS_OF,
        gross_margin_share=0.4,
        annual_discount_rate=0.1,
        horizon_months=24,
    )

    if found.unavailable:
        assert found.total is None
        return
    assert np.isfinite(found.running["value"]).all()
    assert found.low <= found.total <= found.high  # type: ignore[operator]
