"""Results kept on disk by the fingerprint of everything they were made from.

A result is found again only while its inputs, its parameters and the code that made it are what they were. Results
are written as Parquet and JSON, never as pickles: a client's folder handed on from somebody else must not be able to
run code. A result that is torn or unreadable counts as not there, and is made anew.
"""

from __future__ import annotations

import ast
import hashlib
import importlib
import importlib.util
import json
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from crmplan.tables import Tables

__all__ = ["Kept", "code_fingerprint", "file_fingerprint", "folder_fingerprint", "fingerprint"]

_KEPT_PER_STEP = 3
_STILL_USED_SECONDS = 3600.0
"""A result written within the last hour may be in use by another worker that reads its tables only when needed."""
_UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError, ImportError)


def fingerprint(facts: Any) -> str:
    """Return the fingerprint of JSON-like values; the order of keys does not matter.

    Examples
    --------
    >>> fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
    True
    """
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()[:32]


def file_fingerprint(path: Path) -> str:
    """Return the fingerprint of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def folder_fingerprint(folder: Path, pattern: str = "**/*") -> str:
    """Return the fingerprint of the names and bytes of the files in a folder; empty when there is no folder."""
    if not folder.is_dir():
        return ""
    files = sorted(path for path in folder.glob(pattern) if path.is_file())
    return fingerprint([(path.relative_to(folder).as_posix(), file_fingerprint(path)) for path in files])


@cache
def code_fingerprint(*roots: str) -> str:
    """Return the fingerprint of modules and of every crmplan module that they import, directly or not.

    Parameters
    ----------
    roots
        Names such as ``crmplan.value``; a package stands for all its modules.
    """
    sources = dict(_reached(roots))
    return fingerprint({name: hashlib.sha256(text).hexdigest() for name, text in sources.items()})


def _reached(roots: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    waiting = [name for root in roots for name in _modules_of(root)]
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        source = _source(name)
        if source is not None:
            yield name, source
            waiting.extend(_imports(source))


def _modules_of(root: str) -> list[str]:
    spec = importlib.util.find_spec(root)
    if spec is None or not spec.submodule_search_locations:
        return [root]
    folder = Path(next(iter(spec.submodule_search_locations)))
    inside = (path.relative_to(folder).with_suffix("").parts for path in sorted(folder.rglob("*.py")))
    return [root, *(".".join((root, *parts)) for parts in inside if parts[-1] != "__init__")]


def _source(name: str) -> bytes | None:
    try:
        spec = importlib.util.find_spec(name)
    except (ModuleNotFoundError, ValueError):
        return None
    return Path(spec.origin).read_bytes() if spec and spec.origin and spec.origin.endswith(".py") else None


def _imports(source: bytes) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("crmplan."))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "crmplan":
            module = node.module or ""
            if module != "crmplan":
                yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


class Kept:
    """The kept results of one client.

    Examples
    --------
    >>> folder = Path(tempfile.mkdtemp())
    >>> kept = Kept(folder)
    >>> kept.find("profile", "abc") is None
    True
    >>> kept.keep("profile", "abc", {"n_customers": 3}, seconds=0.1)
    {'n_customers': 3}
    >>> kept.find("profile", "abc")
    {'n_customers': 3}
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find(self, step: str, key: str) -> Any:
        """Return the result of a step kept under a fingerprint; None when there is none that can be read."""
        place = self.folder / "results" / step / key
        try:
            return _decoded(json.loads((place / "result.json").read_text("utf-8"))["result"], place)
        except _UNREADABLE:
            return None

    def seconds(self, step: str, key: str) -> float | None:
        """Return how long it took to make a kept result; None when there is none."""
        try:
            record = json.loads((self.folder / "results" / step / key / "result.json").read_text("utf-8"))
            return float(record["seconds"])
        except _UNREADABLE:
            return None

    def keep(self, step: str, key: str, result: Any, *, seconds: float) -> Any:
        """Keep a result under its fingerprint and return it as it will be read again.

        The folder appears under its name only when it is complete; of each step the newest few are kept, and
        those of the last hour. Where nothing
        can be written, the result is returned all the same and made anew the next time.
        """
        try:
            self._write(step, key, result, seconds)
        except OSError:
            return result
        found = self.find(step, key)
        return result if found is None else found

    def _write(self, step: str, key: str, result: Any, seconds: float) -> None:
        home = self.folder / "results" / step
        home.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=home))
        try:
            record = {"step": step, "seconds": round(seconds, 3), "result": _encoded(result, draft, "r")}
            (draft / "result.json").write_text(json.dumps(record, allow_nan=True), "utf-8")
            if self.find(step, key) is None:
                _put_in_place(draft, home / key)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        _forget_old(home, keep=key)


def _put_in_place(draft: Path, place: Path) -> None:
    shutil.rmtree(place, ignore_errors=True)
    try:
        draft.replace(place)
    except OSError:
        # Another worker has put the same result there in the meantime: theirs is as good as ours.
        if not (place / "result.json").is_file():
            raise


def _forget_old(home: Path, *, keep: str) -> None:
    others = [path for path in home.iterdir() if path.name != keep and not path.name.startswith(".draft-")]
    others.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    for path in others[_KEPT_PER_STEP - 1 :]:
        if time.time() - path.stat().st_mtime > _STILL_USED_SECONDS:
            shutil.rmtree(path, ignore_errors=True)


def _encoded(value: Any, place: Path, name: str) -> Any:  # noqa: PLR0911 - one line a type reads best
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, datetime):
        return {"$datetime": value.isoformat()}
    if isinstance(value, date):
        return {"$date": value.isoformat()}
    if isinstance(value, tuple | list):
        items = [_encoded(item, place, f"{name}.{i}") for i, item in enumerate(value)]
        return {"$tuple": items} if isinstance(value, tuple) else items
    if isinstance(value, dict):
        return {"$dict": {key: _encoded(item, place, f"{name}.{key}") for key, item in value.items()}}
    if isinstance(value, pd.DataFrame):
        value.reset_index(drop=True).to_parquet(place / f"{name}.parquet", index=False)
        return {"$frame": f"{name}.parquet"}
    if isinstance(value, Tables):
        value.save(place / name)
        return {"$tables": name}
    if is_dataclass(value) and type(value).__module__.startswith("crmplan."):
        inside = {f.name: _encoded(getattr(value, f.name), place, f"{name}.{f.name}") for f in fields(value)}
        return {"$type": f"{type(value).__module__}:{type(value).__qualname__}", "fields": inside}
    if hasattr(value, "item"):
        return _encoded(value.item(), place, name)
    raise TypeError(f"a result may not hold {type(value).__name__} ({name})")


def _decoded(value: Any, place: Path) -> Any:  # noqa: PLR0911 - one line a type reads best
    if isinstance(value, list):
        return [_decoded(item, place) for item in value]
    if not isinstance(value, dict):
        return value
    kind = next(iter(value))
    inside = value[kind]
    match kind:
        case "$datetime":
            return datetime.fromisoformat(inside)
        case "$date":
            return date.fromisoformat(inside)
        case "$tuple":
            return tuple(_decoded(item, place) for item in inside)
        case "$dict":
            return {key: _decoded(item, place) for key, item in inside.items()}
        case "$frame":
            return pd.read_parquet(place / Path(inside).name)
        case "$tables":
            return Tables.from_folder(place / Path(inside).name)
        case _:
            return _dataclass(inside)(**{key: _decoded(item, place) for key, item in value["fields"].items()})


def _dataclass(name: str) -> type[Any]:
    module, _, qualified = name.partition(":")
    if not module.startswith("crmplan."):
        raise ValueError("only results of crmplan are read")
    found = getattr(importlib.import_module(module), qualified)
    if not (isinstance(found, type) and is_dataclass(found)):
        raise ValueError(f"{name} is not a result")
    return found
