from __future__ import annotations

import re

import pytest

from crmplan.metrics.registry import registry
from crmplan.reporting.chapters.scorecard_needs import needs_text


@pytest.mark.parametrize("name", sorted(registry()))
def test_what_a_metric_needs_shows_no_name_of_a_table_or_column(name: str) -> None:
    needs = registry()[name].needs
    reason = "needs " + "; ".join(
        f"{table} ({', '.join(columns)})" if columns else table for table, columns in needs.items()
    )

    assert not re.search(r"_|\b(golden|touches|interactions|opportunities)\b", needs_text(reason))


def test_a_reason_that_names_no_table_stands_as_it_is() -> None:
    for reason in ("the orders hold no refunds or returns", "needs patience", "needs data since 1 July 2020"):
        assert needs_text(reason) == reason
