"""Every sample client's report is complete and fit to be handed over."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from crmplan import carried
from crmplan.reporting.render import render_report

CHAPTERS = 10


@pytest.fixture(params=["cdnow", "grocer", "superstore", "rehearsal"])
def report(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return the folder of the report of a fresh copy of a sample client."""
    samples = carried.sample_clients()
    assert samples is not None
    client = tmp_path / request.param
    shutil.copytree(samples / request.param, client, ignore=shutil.ignore_patterns(".crmplan"))
    rendered = render_report(client, out=tmp_path / "reports", formats=("html", "pdf"))
    assert rendered.failures == (), rendered.failures
    return tmp_path / "reports" / str(request.param)


@pytest.mark.slow
def test_the_report_of_a_sample_client_is_whole(report: Path) -> None:
    page = (report / "report.html").read_text("utf-8")
    record = json.loads((report / "report.json").read_text("utf-8"))
    seen = re.sub(r"<(style|svg)\b.*?</\1>", " ", page, flags=re.DOTALL)
    words = re.sub(r"<[^>]+>", " ", seen)

    assert len(record["chapters"]) == CHAPTERS
    assert (report / "report.pdf").read_bytes().startswith(b"%PDF")
    assert not re.search(r"\b(NaN|nan|None(?! of)|NaT|inf)\b", words)
    assert not re.search(r"\b0\.0 %", words)
    assert page.count("<svg") == page.count('role="img"')
    assert not re.search(r"(src|href)=\"https?://", page)
    assert "Traceback" not in page
    assert '<html lang="en' in page
