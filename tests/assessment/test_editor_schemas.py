from __future__ import annotations

import pytest

from crmplan import carried
from crmplan.assessment.editor_schemas import SCHEMAS, schema_text
from crmplan.errors import UnknownNameError


@pytest.mark.parametrize("name", list(SCHEMAS))
def test_the_published_schema_is_that_of_the_model(name: str) -> None:
    published = (carried.templates() / "schema" / f"{name}.json").read_text("utf-8")
    assert published == schema_text(name), f"run: crmplan schema {name} > templates/schema/{name}.json"


def test_every_checklist_says_where_its_schema_is() -> None:
    for file in (carried.templates() / "checklists").glob("*.yaml"):
        assert file.read_text("utf-8").startswith("# yaml-language-server: $schema=../schema/checklist.json\n")


def test_a_schema_that_does_not_exist_is_named_with_close_ones() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'overlay'"):
        schema_text("overlays")
