from __future__ import annotations

from pathlib import Path

import pytest

from crmplan import carried
from crmplan.assessment import load_checklists
from crmplan.assessment.capabilities import own_files
from crmplan.engagement import Engagement
from crmplan.errors import TemplateError
from crmplan.rehearsal.choices import OWN_FILES


@pytest.fixture
def client(tmp_path: Path) -> Engagement:
    sample = carried.sample_clients()
    assert sample is not None
    (tmp_path / "engagement.yaml").write_text((sample / "cdnow" / "engagement.yaml").read_text("utf-8"), "utf-8")
    return Engagement.open(tmp_path)


def test_a_client_needs_neither_file(client: Engagement) -> None:
    assert own_files(client, load_checklists()) == (None, None)


def test_the_files_of_the_rehearsal_fit_the_checklists(client: Engagement) -> None:
    for name, text in OWN_FILES.items():
        (client.folder / name).write_text(text, "utf-8")
    vendors, rights = own_files(client, load_checklists())
    assert vendors is not None
    assert rights is not None
    assert len(vendors.vendors) == 4
    assert len(rights.decisions) == 10


def test_problems_of_both_files_are_told_at_once(client: Engagement) -> None:
    for name, text in OWN_FILES.items():
        (client.folder / name).write_text(
            text.replace("CF-SA-01", "CF-SA-99").replace("agent: 25", "agnet: 25"), "utf-8"
        )
    with pytest.raises(TemplateError) as caught:
        own_files(client, load_checklists())
    assert {problem.where.split(":")[0] for problem in caught.value.problems} == set(OWN_FILES)
