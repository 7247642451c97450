"""Template files of one kind, read and checked; every problem is told with its file and line."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from crmplan import _yaml
from crmplan.errors import Problem, TemplateError, closest, wanted_of

__all__ = ["checked", "documents", "entries", "numbered_keys"]

_Model = TypeVar("_Model", bound=BaseModel)
Location = tuple[str | int, ...]


def documents(folder: Path) -> list[_yaml.Document]:
    """Return the YAML documents of a folder in the order of their names.

    Raises
    ------
    TemplateError
        When there is no such folder, nothing in it, or a file is not strict YAML.
    """
    files = sorted(folder.glob("*.yaml")) if folder.is_dir() else []
    if not files:
        raise TemplateError([Problem(str(folder), "a folder with .yaml files in it")])
    return [_yaml.read(file, error=TemplateError) for file in files]


def entries(document: _yaml.Document, key: str, problems: list[Problem]) -> list[tuple[Location, dict[str, Any]]]:
    """Return the mappings listed under a key, each with its place; what is no mapping goes to ``problems``."""
    listed = document.data.get(key) if isinstance(document.data, dict) else None
    if not isinstance(listed, list) or not listed:
        problems.append(Problem(document.where((key,)), f"a list under '{key}'"))
        return []
    found: list[tuple[Location, dict[str, Any]]] = []
    for position, entry in enumerate(listed):
        if isinstance(entry, dict):
            found.append(((key, position), entry))
        else:
            problems.append(Problem(document.where((key, position)), f"keys and values for an entry of '{key}'"))
    return found


def checked(
    model: type[_Model], data: dict[str, Any], document: _yaml.Document, location: Location, problems: list[Problem]
) -> _Model | None:
    """Return the data as a model; when they do not fit, add every reason to ``problems`` and return None."""
    try:
        return model(**data)
    except ValidationError as cause:
        name = str(data.get("id", "entry"))
        problems.extend(_problem(error, document, location, name, model) for error in cause.errors())
        return None


def _problem(error: Any, document: _yaml.Document, location: Location, name: str, model: type[BaseModel]) -> Problem:
    inner = tuple(part for part in error["loc"] if isinstance(part, int) or not part.startswith("function-"))
    where = document.where((*location, *inner))
    field = ".".join(str(part) for part in inner)
    if error["type"] == "extra_forbidden":
        close = closest(str(inner[-1]), model.model_fields)
        return Problem(where, f"a known key in {name}", field, f"did you mean {close}?" if close else "")
    message = wanted_of(error)
    expected = f"{name}, {field}: {message[0].lower()}{message[1:]}" if field else f"{name}: {message}"
    shown = error["type"] != "missing" and not isinstance(error.get("input"), dict | list | tuple)
    return Problem(where, expected, str(error.get("input", "")) if shown else "")


def numbered_keys(value: Any) -> Any:
    """Return a mapping with its keys as whole numbers, where they are; YAML keys are read as text.

    Examples
    --------
    >>> numbered_keys({"0": "never", "1": "at times"})
    {0: 'never', 1: 'at times'}
    """
    if not isinstance(value, dict):
        return value
    return {int(key) if str(key).isdigit() else key: entry for key, entry in value.items()}
