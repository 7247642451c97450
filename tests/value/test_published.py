from __future__ import annotations

import pytest

from crmplan.value.published import Check, selfcheck


@pytest.fixture(scope="module")
def checks() -> tuple[Check, ...]:
    return selfcheck()


def test_every_published_figure_is_reproduced(checks: tuple[Check, ...]) -> None:
    failed = [f"{c.name}: published {c.published}, ours {c.ours}" for c in checks if not c.passed]

    assert failed == []
    assert len(checks) >= 180


@pytest.mark.parametrize("model", ["NBD", "BG/NBD", "MBG/NBD", "Pareto/NBD", "Gamma-gamma", "BG/BB", "sBG", "BdW"])
def test_every_model_is_checked_with_its_log_likelihood_and_a_source(model: str, checks: tuple[Check, ...]) -> None:
    assert any(check.name.startswith(model) and check.name.endswith("log-likelihood") for check in checks)
    own = [check for check in checks if check.name.startswith(model)]
    assert len(own) >= 4
    assert all(check.source for check in own)


def test_tolerances_are_as_narrow_as_the_print(checks: tuple[Check, ...]) -> None:
    for check in checks:
        if check.name.endswith("log-likelihood"):
            assert check.tolerance <= 0.01
