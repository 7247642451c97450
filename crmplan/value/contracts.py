"""What the contracts in force will still bring: fees to come, weighed by how long contracts have lasted so far.

Contracts end in the open, so nobody has to be guessed alive. Time is counted in months, or in years where contracts
end on their anniversaries. A contract whose end is agreed already runs until then and no longer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmplan.tables import Tables
from crmplan.value.contract_records import LEAST_ENDED, SeenContracts, seen_contracts
from crmplan.value.fitting import Fit
from crmplan.value.lifetime_value import months_later
from crmplan.value.renewals import (
    RENEWAL_MODELS,
    durations,
    expected_residual,
    fit_renewals,
    kaplan_meier,
    log_survival,
)

__all__ = ["ContractValue", "no_contracts", "value_contracts"]

Floats = npt.NDArray[np.float64]
LEAST_CONTRACTS = 30
_CLEARLY_BETTER_AIC = 2.0
_DRAWS, _SEED = 200, 11
_MOST_LOG_STEP = 3.0
_RUNNING = [
    "contract_id", "customer_key", "started_on", "age_months", "monthly_fee", "stays_a_year",
    "expected_months", "value",
]  # fmt: skip
_CURVE = ["period", "n_at_risk", "n_ended", "retention_share", "survival_share", "low", "high", *RENEWAL_MODELS]
_MODELS = ["model", "parameters", "log_likelihood", "aic", "status"]


@dataclass(frozen=True, slots=True)
class ContractValue:
    """The value of the contracts in force, and how long contracts last.

    Parameters
    ----------
    as_of, horizon_end
        The value is that of fees between these days, discounted to the first.
    period_months
        1 or 12: the step in which contracts end.
    n_contracts, n_running, n_ended, n_left_out
        Contracts begun; of these in force and ended by ``as_of``; contracts left out (no start, begun later, ended
        before they began).
    curve
        One row per period: period, n_at_risk, n_ended, retention_share, survival_share with low and high
        (Kaplan-Meier), and the share that each model expects to outlive it (sBG, BdW); periods to come have only these.
    models
        model, parameters, log_likelihood, aic, status.
    chosen_model, chosen_because
        Which model is used, and why.
    running
        One row per contract in force: contract_id, customer_key, started_on, age_months, monthly_fee, stays_a_year
        (probability of still being in force after twelve months), expected_months (fees until the horizon), value
        (currency today; missing without a fee).
    total, low, high
        Sum of the values and its 95 % range, from uncertain parameters and the chance of which contracts end.
    mean_residual_months
        Months for which a contract in force will still be paid, without a horizon but discounted; mean over contracts.
    margin_share, is_profit
        Share of fees that is profit; without one the value is revenue.
    """

    as_of: date
    horizon_end: date
    period_months: int
    n_contracts: int
    n_running: int
    n_ended: int
    n_left_out: int
    curve: pd.DataFrame
    models: pd.DataFrame
    chosen_model: str
    chosen_because: str
    running: pd.DataFrame
    total: float | None
    low: float | None
    high: float | None
    mean_residual_months: float | None
    margin_share: float | None
    is_profit: bool
    unavailable: str = ""


@dataclass(frozen=True, slots=True)
class _Asked:
    as_of: date
    horizon_months: int
    annual_discount_rate: float
    gross_margin_share: float | None

    @property
    def margin(self) -> float:
        """Share of a fee that counts; all of it where no margin is known."""
        return 1.0 if self.gross_margin_share is None else self.gross_margin_share

    @property
    def discount_factors(self) -> Floats:
        """Factor of each coming month, from its middle."""
        return np.asarray((1 + self.annual_discount_rate) ** (-(np.arange(self.horizon_months) + 0.5) / 12))


def value_contracts(
    tables: Tables,
    *,
    as_of: date,
    gross_margin_share: float | None,
    annual_discount_rate: float,
    horizon_months: int,
) -> ContractValue:
    """Return what the contracts in force will bring from ``as_of`` to the horizon, and how long contracts last.

    Parameters
    ----------
    tables
        With ``contracts`` (contract_id, customer_key or customer_id, started_on, ended_on, monthly_fee).
    as_of, gross_margin_share, annual_discount_rate, horizon_months
        As for :func:`crmplan.value.estimate.estimate_value`.

    Returns
    -------
    ContractValue
        With ``unavailable`` saying why when there is nothing to estimate; what was seen is still in it.
    """
    asked = _Asked(as_of, horizon_months, annual_discount_rate, gross_margin_share)
    if not tables.has("contracts", "contract_id", "started_on"):
        return no_contracts("needs `contracts`", as_of=as_of, horizon_months=horizon_months)
    seen = seen_contracts(tables.frame("contracts"), as_of)
    n_ended = int(seen.frame["is_ended"].sum())
    if not len(seen.frame):
        return _nothing(asked, seen, "no contract has begun yet")
    if len(seen.frame) < LEAST_CONTRACTS or n_ended < LEAST_ENDED:
        reason = (
            f"too little data: {len(seen.frame)} {'contract' if len(seen.frame) == 1 else 'contracts'}, {n_ended} of "
            f"them ended; {LEAST_CONTRACTS} contracts and "
            f"{LEAST_ENDED} ended ones are needed"
        )
        return _nothing(asked, seen, reason)
    return _valued(asked, seen)


def no_contracts(reason: str, *, as_of: date, horizon_months: int) -> ContractValue:
    """Return the result for a client without contracts."""
    asked = _Asked(as_of, horizon_months, 0.0, None)
    none = pd.DataFrame(columns=[*_RUNNING[:4], "is_ended", "n_periods", "ends_in_months"])
    return _nothing(asked, SeenContracts(none, 1, 0), reason)


def _valued(asked: _Asked, seen: SeenContracts) -> ContractValue:
    counts = durations(seen.frame["n_periods"].to_numpy(), seen.frame["is_ended"].to_numpy())
    fits = {name: fit_renewals(name, counts) for name in RENEWAL_MODELS}
    name, because = _choose(fits)
    if not name:
        return _nothing(asked, seen, "too little data: no model of contracts could be fitted reliably")
    fit = fits[name]
    running = _running(asked, seen, fit.parameters)
    total = float(running["value"].sum()) if running["monthly_fee"].notna().any() else None
    fee = running["monthly_fee"].fillna(0.0).to_numpy("float64") * asked.margin
    half_width = 1.96 * _spread(asked, seen, fit, fee)
    return ContractValue(
        as_of=asked.as_of,
        horizon_end=months_later(asked.as_of, asked.horizon_months),
        period_months=seen.period_months,
        n_contracts=len(seen.frame),
        n_running=len(running),
        n_ended=len(seen.frame) - len(running),
        n_left_out=seen.n_left_out,
        curve=_curve(kaplan_meier(counts), fits, asked.horizon_months // seen.period_months),
        models=_models(fits),
        chosen_model=name,
        chosen_because=because,
        running=running,
        total=total,
        low=_low(total, half_width, fee) if total is not None else None,
        high=total + half_width if total is not None else None,
        mean_residual_months=_residual(asked, seen, fit.parameters),
        margin_share=asked.gross_margin_share,
        is_profit=asked.gross_margin_share is not None,
        unavailable="" if total is not None else "needs `monthly_fee` of contracts in force",
    )


def _low(total: float, half_width: float, fee: Floats) -> float:
    """Return the low end of the range: not below nothing, unless some contracts cost money."""
    return total - half_width if fee.min(initial=0.0) < 0 else max(total - half_width, 0.0)


def _choose(fits: dict[str, Fit]) -> tuple[str, str]:
    aic = {name: _aic(fit) for name, fit in fits.items() if fit.is_usable}
    if "BdW" in aic and aic["BdW"] < aic.get("sBG", np.inf) - _CLEARLY_BETTER_AIC:
        return (
            "BdW",
            "the chance that a contract ends changes with its age, more than differences between contracts explain",
        )
    if "sBG" in aic:
        return "sBG", "differences between contracts in their chance of ending are enough to explain how long they last"
    return "", ""


def _aic(fit: Fit) -> float:
    return 2.0 * len(fit.parameters) - 2.0 * fit.log_likelihood


@dataclass(frozen=True, slots=True)
class _Alike:
    """Contracts in force of the same age to half a month, whose end is agreed for the same month or open.

    ``row`` gives for each contract the position of its kind; -1 in ``agreed_months`` stands for an open end.
    """

    n_periods: npt.NDArray[np.int64]
    age_months: Floats
    agreed_months: Floats
    row: npt.NDArray[np.int64]

    @classmethod
    def among(cls, running: pd.DataFrame) -> _Alike:
        """Return the kinds of contracts in force."""
        agreed = np.ceil(running["ends_in_months"].to_numpy("float64") - 0.5)
        kinds = np.column_stack(
            [
                running["n_periods"].to_numpy("float64"),
                np.floor(2 * running["age_months"].to_numpy("float64")) / 2,
                np.where(np.isnan(agreed), -1.0, np.maximum(agreed, 0.0)),
            ]
        )
        distinct, row = np.unique(kinds, axis=0, return_inverse=True)
        return cls(distinct[:, 0].astype("int64"), distinct[:, 1], distinct[:, 2], row.reshape(-1).astype("int64"))

    def stays(self, parameters: dict[str, float], n_months: int, period_months: int) -> Floats:
        """Return the chance that the fee of each coming month will be paid: one row per kind."""
        months = np.arange(n_months)
        age = self.age_months[:, None] + months + 0.5
        then = np.maximum(np.floor(age / period_months).astype("int64"), self.n_periods[:, None])
        table = log_survival(parameters, np.arange(int(then.max(initial=0)) + 1))
        stays = np.exp(table[then] - table[self.n_periods][:, None])
        agreed = self.agreed_months[:, None]
        return np.asarray(np.where(agreed < 0, stays, (months < agreed).astype("float64")))


def _running(asked: _Asked, seen: SeenContracts, parameters: dict[str, float]) -> pd.DataFrame:
    running = seen.running
    alike = _Alike.among(running)
    stays = alike.stays(parameters, asked.horizon_months, seen.period_months)
    fee = pd.to_numeric(running["monthly_fee"]).astype("float64")
    valued = running.assign(
        monthly_fee=fee,
        stays_a_year=alike.stays(parameters, 12, seen.period_months)[alike.row, -1],
        expected_months=stays.sum(axis=1)[alike.row],
        value=fee * asked.margin * (stays @ asked.discount_factors)[alike.row],
    )
    return valued[_RUNNING].reset_index(drop=True)


def _spread(asked: _Asked, seen: SeenContracts, fit: Fit, fee: Floats) -> float:
    """Return the standard deviation of the total: parameters drawn anew, and which contracts happen to end when."""
    alike, factors = _Alike.among(seen.running), asked.discount_factors
    by_kind = np.bincount(alike.row, fee, len(alike.n_periods))
    squares = np.bincount(alike.row, fee**2, len(alike.n_periods))
    stays = alike.stays(fit.parameters, asked.horizon_months, seen.period_months)
    # A contract that is paid for k more months brings the sum of the first k factors.
    certain, never = np.ones((len(stays), 1)), np.zeros((len(stays), 1))
    ends_after = np.hstack([certain, stays]) - np.hstack([stays, never])
    brings = np.concatenate([[0.0], np.cumsum(factors)])
    variance = np.clip(ends_after @ brings**2 - (ends_after @ brings) ** 2, 0.0, None)
    centre = np.log(list(fit.parameters.values()))
    random = np.random.default_rng(_SEED)
    steps = random.multivariate_normal(np.zeros(len(centre)), fit.covariance, size=_DRAWS, method="eigh")
    totals = []
    for step in np.clip(steps, -_MOST_LOG_STEP, _MOST_LOG_STEP):
        moved = dict(zip(fit.parameters, np.exp(centre + step).tolist(), strict=True))
        totals.append(float(by_kind @ (alike.stays(moved, asked.horizon_months, seen.period_months) @ factors)))
    return float(np.sqrt(squares @ variance + np.nanvar(totals)))


def _residual(asked: _Asked, seen: SeenContracts, parameters: dict[str, float]) -> float | None:
    """Mean over the running contracts of the discounted months to come, without a horizon."""
    running = seen.running[seen.running["ends_in_months"].isna()]
    if asked.annual_discount_rate <= 0 or running.empty:
        return None
    rate = (1 + asked.annual_discount_rate) ** (seen.period_months / 12) - 1
    ages = running["n_periods"].value_counts()
    months = [seen.period_months * expected_residual(parameters, int(age) + 1, rate) for age in ages.index]
    return float(np.average(months, weights=ages.to_numpy()))


def _curve(seen: pd.DataFrame, fits: dict[str, Fit], n_ahead: int) -> pd.DataFrame:
    periods = pd.DataFrame({"period": np.arange(1, int(seen["period"].max()) + n_ahead + 1)})
    curve = periods.merge(seen, on="period", how="left")
    for name, fit in fits.items():
        curve[name] = np.exp(log_survival(fit.parameters, curve["period"])) if fit.is_usable else np.nan
    return curve[_CURVE]


def _models(fits: dict[str, Fit]) -> pd.DataFrame:
    rows = [
        {
            "model": name,
            "parameters": ", ".join(f"{key} {value:.4g}" for key, value in fit.parameters.items()),
            "log_likelihood": fit.log_likelihood,
            "aic": _aic(fit),
            "status": fit.status,
        }
        for name, fit in fits.items()
    ]
    return pd.DataFrame(rows, columns=_MODELS)


def _nothing(asked: _Asked, seen: SeenContracts, reason: str) -> ContractValue:
    is_ended = seen.frame["is_ended"].to_numpy(dtype=bool)
    has_any = len(seen.frame) > 0
    curve = kaplan_meier(durations(seen.frame["n_periods"].to_numpy(), is_ended)) if has_any else pd.DataFrame()
    return ContractValue(
        as_of=asked.as_of,
        horizon_end=months_later(asked.as_of, asked.horizon_months),
        period_months=seen.period_months,
        n_contracts=len(seen.frame),
        n_running=int((~is_ended).sum()),
        n_ended=int(is_ended.sum()),
        n_left_out=seen.n_left_out,
        curve=curve.reindex(columns=_CURVE).astype("float64"),
        models=pd.DataFrame(columns=_MODELS),
        chosen_model="",
        chosen_because="",
        running=pd.DataFrame(columns=_RUNNING),
        total=None,
        low=None,
        high=None,
        mean_residual_months=None,
        margin_share=asked.gross_margin_share,
        is_profit=asked.gross_margin_share is not None,
        unavailable=reason,
    )
