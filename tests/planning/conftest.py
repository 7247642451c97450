from __future__ import annotations

import pytest

from crmplan.metrics.registry import Measured, registry
from crmplan.planning import Initiative, load_initiatives


@pytest.fixture(scope="session")
def initiatives() -> tuple[Initiative, ...]:
    return load_initiatives()


@pytest.fixture
def everything() -> dict[str, Measured]:
    """Every metric of the registry, measured at a large client."""
    value = {"share": 0.3, "currency": 2_000.0, "count": 40_000.0}
    return {
        one.id: Measured(one.id, one.label, one.unit, "computed", value.get(one.unit, 20.0), 50_000, one.counts)
        for one in registry().values()
    }
