from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pandas as pd
import pytest

from crmplan.reporting.blocks import Chart, KeyFigures, Note
from crmplan.reporting.chapters.contract_value import blocks
from crmplan.tables import Tables
from crmplan.value.contracts import value_contracts

ENGAGEMENT = SimpleNamespace(client=SimpleNamespace(currency="EUR"))


def shown(frame: pd.DataFrame | None) -> tuple[object, ...]:
    tables = Tables.from_frames({} if frame is None else {"contracts": frame})
    contracts = value_contracts(
        tables, as_of=date(2023, 12, 31), gross_margin_share=0.5, annual_discount_rate=0.1, horizon_months=24
    )
    return blocks(SimpleNamespace(contracts=contracts), ENGAGEMENT)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    """Two contracts a month for three years; of each pair one ends after ten months."""
    begun = pd.date_range("2021-01-05", periods=36, freq="MS").repeat(2)
    ended = pd.Series(begun + pd.Timedelta(days=300)).where([i % 2 == 0 for i in range(72)])
    return pd.DataFrame(
        {
            "contract_id": [f"K{i:03d}" for i in range(72)],
            "customer_key": [f"C{i:03d}" for i in range(72)],
            "started_on": begun,
            "ended_on": ended.where(ended <= "2023-12-31"),
            "monthly_fee": 100.0,
        }
    )


def test_figures_and_picture_tell_the_same_contracts(frame: pd.DataFrame) -> None:
    figures, picture = shown(frame)

    assert isinstance(figures, KeyFigures)
    assert isinstance(picture, Chart)
    assert "of 44 contracts in force" in figures.figures[2].remark
    assert "70 contracts begun by 31 Dec 2023, of which 26 ended" in picture.caption
    assert "nan" not in (picture.title + picture.alt + picture.caption).lower()


def test_a_client_without_contracts_gets_one_remark() -> None:
    (note,) = shown(None)

    assert isinstance(note, Note)
    assert note.message == "The value of contracts: not available; needs `contracts`."


def test_too_few_contracts_get_one_remark(frame: pd.DataFrame) -> None:
    (note,) = shown(frame.head(5))

    assert isinstance(note, Note)
    assert "too little data: 5 contracts" in note.message
