"""One small rehearsal, drawn and written once for all tests."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from crmplan.rehearsal import QuestionSlot, make_rehearsal
from crmplan.rehearsal.drawing import Rehearsal, draw_rehearsal

N_CUSTOMERS = 400
AS_OF = date(2025, 12, 31)
QUESTIONS = (
    QuestionSlot("MK-CH-01", 1, "marketing", ("head_of_marketing", "seller"), "inactive_share"),
    QuestionSlot("CC-CM-02", 2, "call_center", ("agent", "call_center_manager"), "unknown_order_share", level=2.0),
)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a small rehearsal client."""
    to = tmp_path_factory.mktemp("rehearsal") / "small"
    return make_rehearsal(to, n_customers=N_CUSTOMERS, questions=QUESTIONS)


@pytest.fixture(scope="session")
def world() -> Rehearsal:
    """Return a rehearsal of 2,500 customers, drawn and not written."""
    return draw_rehearsal(2500, seed=7, years=3, as_of=AS_OF)


@pytest.fixture(scope="session")
def truth(folder: Path) -> dict[str, pd.DataFrame]:
    """Return the tables of truth by name."""
    as_text = {"customer_id": str, "person_id": str, "household_id": str}
    return {file.stem: pd.read_csv(file, dtype=as_text) for file in (folder / "truth").glob("*.csv")}
