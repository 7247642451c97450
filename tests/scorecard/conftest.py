from __future__ import annotations

import pytest

from crmplan.metrics.registry import Measured, registry
from crmplan.scorecard import KPI, load_kpis


@pytest.fixture(scope="session")
def kpis() -> tuple[KPI, ...]:
    return load_kpis()


@pytest.fixture
def everything() -> dict[str, Measured]:
    """Every metric of the registry, measured somewhere in the middle."""
    value = {"share": 0.4, "currency": 50_000.0}
    return {
        one.id: Measured(
            one.id, one.label, one.unit, "computed", value.get(one.unit, 20.0), 400, one.counts,
            low=value.get(one.unit, 20.0) * 0.9, high=value.get(one.unit, 20.0) * 1.1,
        )
        for one in registry().values()
    }  # fmt: skip
