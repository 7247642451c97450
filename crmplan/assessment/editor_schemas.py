"""JSON Schemas of the files that people write, so that an editor can check and complete them while one types.

A file says in its first line where its schema is: ``# yaml-language-server: $schema=../schema/checklist.json``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType

from pydantic import BaseModel

from crmplan.assessment.overlays import Overlay
from crmplan.assessment.questions import Checklist
from crmplan.errors import UnknownNameError

__all__ = ["SCHEMAS", "schema_text"]

SCHEMAS: Mapping[str, type[BaseModel]] = MappingProxyType({"checklist": Checklist, "overlay": Overlay})
"""The model behind each file, by the name of its schema."""


def schema_text(name: str) -> str:
    """Return the JSON Schema of one kind of file as text, always the same for the same version.

    Raises
    ------
    UnknownNameError
        When there is no schema of that name.

    Examples
    --------
    >>> json.loads(schema_text("checklist"))["required"]
    ['checklist', 'title', 'version', 'introduction', 'questions']
    """
    if name not in SCHEMAS:
        raise UnknownNameError.among("schema", name, SCHEMAS)
    return json.dumps(SCHEMAS[name].model_json_schema(), indent=1, ensure_ascii=False) + "\n"
