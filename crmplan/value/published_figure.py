"""One published figure beside ours, and where the data behind the published figures are."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Check", "carried_data", "compare"]


@dataclass(frozen=True, slots=True)
class Check:
    """One published figure beside ours; ``tolerance`` is absolute."""

    name: str
    published: float
    ours: float
    tolerance: float
    passed: bool
    source: str


def compare(name: str, published: float, ours: float, tolerance: float, source: str) -> Check:
    """Return a figure compared.

    Examples
    --------
    >>> compare("pi", 3.14, 3.1416, 0.005, "Archimedes").passed
    True
    """
    return Check(name, published, float(ours), tolerance, bool(abs(ours - published) <= tolerance), source)


def carried_data(name: str) -> Path:
    """Return the path of a file that the lifetimes wheel carries, found without importing the library.

    Raises
    ------
    FileNotFoundError
        When lifetimes is not installed.
    """
    found = importlib.util.find_spec("lifetimes")
    if found is None or not found.submodule_search_locations:
        raise FileNotFoundError("the package lifetimes is not installed; run: pip install lifetimes==0.11.3")
    return Path(found.submodule_search_locations[0]) / "datasets" / name
