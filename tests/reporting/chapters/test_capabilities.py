from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from crmplan import carried
from crmplan.assessment import load_checklists
from crmplan.assessment.capabilities import Capabilities, capabilities_of
from crmplan.assessment.integration import integration_map
from crmplan.engagement import Engagement
from crmplan.metrics.registry import Measured
from crmplan.rehearsal.choices import OWN_FILES
from crmplan.reporting.blocks import Chart, Findings, Note, Table
from crmplan.reporting.brand import standard_brand
from crmplan.reporting.chapters import capabilities as chapter
from crmplan.reporting.charts import svg
from crmplan.reporting.page import block_html

HOSTILE = "<script>alert(1)</script>"
SYSTEMS = pd.DataFrame(
    [
        ("erp", HOSTILE, "accounting", "finance", "own server", 7, "file", 30, "high"),
        ("phone", "Telephone", "service", "call_center", "own server", 1, "none", 35, "high"),
        ("shop", "Shop", "e_commerce", "", "hosted", None, "interface", None, ""),
    ],
    columns=["system_id", "name", "serves", "owner", "technology", "remaining_life_years", "link", "link_effort_days",
             "urgency"],
)  # fmt: skip


def engagement(folder: Path, *, own_files: bool = True) -> Engagement:
    sample = carried.sample_clients()
    assert sample is not None
    text = (sample / "cdnow" / "engagement.yaml").read_text("utf-8")
    (folder / "engagement.yaml").write_text(text, "utf-8")
    for name, content in OWN_FILES.items() if own_files else ():
        (folder / name).write_text(content, "utf-8")
    return Engagement.open(folder)


def known(level: float = math.nan) -> pd.DataFrame:
    ids = [question.id for one in load_checklists() for question in one.questions]
    return pd.DataFrame({"question": ids, "said": level, "shown": math.nan})


def blocks(found: Capabilities, client: Engagement) -> list[Any]:
    return [
        chapter.findings(found),
        chapter.fit_gap_chart(found),
        chapter.fit_gap_table(found),
        chapter.integration_picture(found.integration),
        chapter.integration_table(found),
        chapter.rights_table(found, client),
        chapter.vendor_table(found),
        chapter.vendor_scores(found),
    ]


def test_a_client_with_everything_sees_everything(tmp_path: Path) -> None:
    client = engagement(tmp_path)
    shown = blocks(capabilities_of(client, load_checklists(), known(2.0), SYSTEMS), client)
    assert [type(one) for one in shown] == [Findings, Chart, Table, Chart, Table, Table, Table, Table]
    for one in shown:
        text = one.text() + block_html(one.facts())
        assert "nan" not in text.lower().replace("finance", "")
        assert HOSTILE not in block_html(one.facts())
    assert len(shown[0].sentences) == 4


def test_a_client_with_nothing_is_told_in_one_table_what_is_needed(tmp_path: Path) -> None:
    client = engagement(tmp_path, own_files=False)
    found = capabilities_of(client, load_checklists(), known(), None)
    first, *others = blocks(found, client)
    assert isinstance(first, Note)
    assert others == [None] * 7
    table = chapter.missing(found, {})
    assert isinstance(table, Table)
    assert len(table.rows) == 5
    for needed in ("inventory of systems", "decision_rights.yaml", "vendors.yaml", "questions on CRM capability"):
        assert needed in table.text()


def test_only_what_is_missing_is_asked_for(tmp_path: Path) -> None:
    client = engagement(tmp_path)
    calls = {"calls_per_day": measured(2.1, pd.DataFrame({"group": ["Mon 09:00"], "value": [4.0], "n": [40]}))}
    found = capabilities_of(client, load_checklists(), known(2.0), None)
    table = chapter.missing(found, calls)
    assert isinstance(table, Table)
    assert [row[0] for row in table.rows] == ["The systems around the customer record"]
    whole = capabilities_of(client, load_checklists(), known(2.0), SYSTEMS)
    assert chapter.missing(whole, calls) is None


def test_vendors_are_compared_before_anybody_was_asked(tmp_path: Path) -> None:
    client = engagement(tmp_path)
    found = capabilities_of(client, load_checklists(), known(), None)
    assert isinstance(chapter.vendor_table(found), Table)
    assert chapter.findings(found).text().startswith("• Vendor ")


def test_everything_in_place_is_said_so(tmp_path: Path) -> None:
    client = engagement(tmp_path)
    found = capabilities_of(client, load_checklists(), known(5.0), SYSTEMS.tail(1))
    assert "All 8 capabilities that must be there are there." in chapter.findings(found).text()
    assert "1 of 1 system is linked by an interface." in chapter.findings(found).text()
    assert chapter.fit_gap_table(found).text().startswith("No capability that was answered falls short")


def test_the_picture_of_many_systems_shows_the_most_pressing(tmp_path: Path) -> None:
    many = pd.DataFrame(
        {"system_id": [f"s{i}" for i in range(40)], "name": "x" * 200, "link": "none", "urgency": "high"}
    )
    picture = chapter.integration_picture(integration_map(many))
    assert "leaves out 26 systems" in picture.caption
    drawn = svg(picture.spec, standard_brand())
    assert "x" * 40 not in drawn
    assert drawn.count("Customer") == 1


@pytest.mark.parametrize(
    ("limit", "unit", "shown"),
    [(0.0, "currency", "–"), (math.inf, "currency", "Any"), (math.inf, "yes_no", "Yes"), (0.05, "share", "5 %"),
     (12.5, "currency", "EUR 12.50"), (1000.0, "currency", "EUR 1,000"), (1.0, "days", "1 day")],
)  # fmt: skip
def test_a_limit_is_written_in_its_unit(limit: float, unit: str, shown: str) -> None:
    assert chapter._limit_text(limit, unit, "EUR") == shown


def measured(value: float | None, breakdown: pd.DataFrame | None = None, reason: str = "") -> Measured:
    status = "computed" if value is not None else "not_available"
    return Measured("m", "M", "ratio", status, value, 400, "calls", reason=reason, breakdown=breakdown)  # type: ignore[arg-type]


def test_the_map_of_calls_names_the_busiest_hour_and_the_waiting() -> None:
    hours = pd.DataFrame(
        {"group": ["Mon 09:00", "Mon 10:00", "Sat 09:00"], "value": [4.0, 9.5, 1.0], "n": [40, 95, 10]}
    )
    shown = chapter.contact_map({"calls_per_day": measured(2.1, hours), "peak_wait_ratio": measured(2.0)})
    assert isinstance(shown, Chart)
    assert shown.title == "Most customers call on Monday at 10:00"
    assert "Monday 13.5, Saturday 1.0" in shown.alt
    assert "wait 2.0 times as long" in shown.caption
    even = chapter.contact_map({"calls_per_day": measured(2.1, hours), "peak_wait_ratio": measured(1.0)})
    assert "shifts follow the calls" in even.caption


def test_without_calls_there_is_no_map() -> None:
    assert chapter.contact_map({}) is None
    assert chapter.contact_map({"calls_per_day": measured(None, reason="needs calls")}) is None
