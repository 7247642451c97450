from __future__ import annotations

import pytest

from crmplan.value.published import Check, cdnow_coverage, selfcheck


@pytest.fixture(scope="module")
def checks() -> tuple[Check, ...]:
    return selfcheck()


def test_every_published_figure_is_reproduced(checks: tuple[Check, ...]) -> None:
    failed = [f"{c.name}: published {c.published}, ours {c.ours}" for c in checks if not c.passed]

    assert failed == []
    assert len(checks) >= 244


@pytest.mark.parametrize(
    "model", ["NBD", "BG/NBD", "MBG/NBD", "Pareto/NBD", "Gamma-gamma", "BG/BB", "sBG", "BdW", "GGompertz"]
)
def test_every_model_is_checked_with_its_log_likelihood_and_a_source(model: str, checks: tuple[Check, ...]) -> None:
    assert any(check.name.startswith(model) and check.name.endswith("log-likelihood") for check in checks)
    own = [check for check in checks if check.name.startswith(model)]
    assert len(own) >= 4
    assert all(check.source for check in own)


def test_tolerances_are_as_narrow_as_the_print(checks: tuple[Check, ...]) -> None:
    for check in checks:
        if check.name.endswith("log-likelihood"):
            assert check.tolerance <= 0.01


@pytest.mark.parametrize(
    "forecast", ["BG/NBD", "MBG/NBD", "Pareto/NBD", "Past purchase rate", "Past spend", "RFM score"]
)
def test_every_forecast_is_compared_in_its_order_and_the_rule_for_ties_is_told(
    forecast: str, checks: tuple[Check, ...]
) -> None:
    orders = [check for check in checks if check.name.startswith(f"{forecast}, order by")]

    assert len(orders) >= 2
    assert all("ties" in check.source or "ties" in check.name for check in orders)


def test_coverage_is_measured_for_every_model_kind_of_range_and_level() -> None:
    found = cdnow_coverage()

    assert set(found["model"]) == {"BG/NBD", "MBG/NBD", "Pareto/NBD"}
    assert set(found["level"]) == {0.50, 0.80, 0.95}
    assert len(found) == 36
    assert found["measured"].between(0, 1).all()
